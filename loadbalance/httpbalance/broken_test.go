package httpbalance_test

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
	"github.com/sysdesign-lab/sysdesign/loadbalance"
	"github.com/sysdesign-lab/sysdesign/loadbalance/httpbalance"
)

// naive is a balancing round tripper as one would write it first, for one request at a time. Sound as it stands; each of
// its bugs is one that was shipped somewhere.
type naive struct {
	bug    bug
	picker loadbalance.Picker[*url.URL]
	inner  http.RoundTripper
}

type bug int

const (
	sound         bug = iota
	endsAtHeaders     // a request is over when its answer begins
	endsAtEOF         // a request is over only when its answer was read to the end
	copiesToken       // whoever reads and whoever closes an answer have a token each
	retriesSent       // any error is a reason to try elsewhere
	sendsTheRest      // another endpoint gets what the first has left of the body
	leavesBody        // an error before anything is sent leaves the body open
	closesInside      // a Close by the inner round tripper is not held back
	sharesURL         // a copy of the request has the caller's URL
)

func broken(b bug) constructor {
	return func(p loadbalance.Picker[*url.URL], o httpbalance.Options) (http.RoundTripper, error) {
		return &naive{b, p, o.Inner}, nil
	}
}

func (n *naive) RoundTrip(req *http.Request) (*http.Response, error) {
	body := req.Body
	var once *held
	if body != nil && body != http.NoBody && req.GetBody == nil {
		once = &held{ReadCloser: body, bug: n.bug}
		body = once
	}
	var exclude []string
	var refusal error
	for {
		token, err := n.pick(req.Context(), exclude)
		if err != nil {
			once.settle()
			if body != nil && n.bug != leavesBody {
				body.Close()
			}
			return nil, cmp.Or(refusal, err)
		}
		to := token.Endpoint()
		out := *req
		if n.bug != sharesURL {
			u := *req.URL
			out.URL = &u
		}
		out.URL.Scheme, out.URL.Host, out.Body = to.Value.Scheme, to.Value.Host, body
		response, err := n.inner.RoundTrip(&out)
		if err == nil {
			once.settle()
			response.Body = n.answer(req.Context(), token, response)
			return response, nil
		}
		outcome := loadbalance.Failed
		if req.Context().Err() != nil || once != nil && once.broke {
			outcome = loadbalance.Cancelled
		}
		token.Done(0, outcome)
		if !errors.Is(err, errRefused) && n.bug != retriesSent || once != nil && once.read && n.bug != sendsTheRest {
			once.settle()
			return nil, err
		}
		refusal, exclude = err, append(exclude, to.ID)
		if req.GetBody != nil {
			if body, err = req.GetBody(); err != nil {
				return nil, err
			}
		}
	}
}

func (n *naive) pick(ctx context.Context, exclude []string) (loadbalance.Token[*url.URL], error) {
	if err := ctx.Err(); err != nil {
		return loadbalance.Token[*url.URL]{}, err
	}
	return n.picker.Pick(0, loadbalance.Request{Exclude: exclude})
}

// held is a body that is closed when nobody else will need it, and once.
type held struct {
	io.ReadCloser
	bug                                bug
	read, broke, wanted, final, closed bool
}

func (h *held) Read(p []byte) (int, error) {
	n, err := h.ReadCloser.Read(p)
	h.read, h.broke = true, h.broke || err != nil && err != io.EOF
	return n, err
}

func (h *held) Close() error {
	if h.bug == closesInside {
		return h.ReadCloser.Close()
	}
	if h.wanted = true; h.final && !h.closed {
		h.closed = true
		return h.ReadCloser.Close()
	}
	return nil
}

func (h *held) settle() {
	if h == nil {
		return
	}
	if h.final = true; h.wanted {
		h.Close()
	}
}

// answer is a body whose end is the end of the request.
type answer struct {
	io.ReadCloser
	bug     bug
	ctx     context.Context
	token   loadbalance.Token[*url.URL]
	another loadbalance.Token[*url.URL]
	outcome loadbalance.Outcome
}

func (n *naive) answer(ctx context.Context, token loadbalance.Token[*url.URL], r *http.Response) io.ReadCloser {
	a := &answer{ReadCloser: r.Body, bug: n.bug, ctx: ctx, token: token, another: token}
	switch {
	case r.StatusCode == 429 || r.StatusCode == 503:
		a.outcome = loadbalance.Overloaded
	case r.StatusCode >= 500:
		a.outcome = loadbalance.Failed
	}
	if n.bug == endsAtHeaders {
		a.token.Done(0, a.outcome)
	}
	return a
}

func (a *answer) Read(p []byte) (int, error) {
	n, err := a.ReadCloser.Read(p)
	switch {
	case err == io.EOF:
		a.token.Done(0, a.outcome)
	case err != nil:
		a.token.Done(0, a.unless(loadbalance.Failed))
	}
	return n, err
}

func (a *answer) Close() error {
	switch a.bug {
	case endsAtEOF:
	case copiesToken:
		a.another.Done(0, a.unless(loadbalance.OK))
	default:
		a.token.Done(0, a.unless(loadbalance.OK))
	}
	return a.ReadCloser.Close()
}

// unless is the outcome of an answer that is not read to its end, where neither its status nor the caller says otherwise.
func (a *answer) unless(o loadbalance.Outcome) loadbalance.Outcome {
	switch {
	case a.outcome != loadbalance.OK:
		return a.outcome
	case a.ctx.Err() != nil:
		return loadbalance.Cancelled
	}
	return o
}

// The naive round tripper obeys the laws: what fails below is the bug, not the model.
func TestBroken_NothingWithoutABug(t *testing.T) {
	lawtest.Holds(t, lawEndsOnce(broken(sound)))
	lawtest.Holds(t, lawBodiesAreClosed(broken(sound)))
	lawtest.Holds(t, lawTheRequestIsNotModified(broken(sound)))
}

func TestBroken_OverWhenTheAnswerBegins(t *testing.T) {
	lawtest.Breaks(t, "A request that is over when its answer begins is called a success, whatever becomes of the answer",
		lawEndsOnce(broken(endsAtHeaders)))
}

func TestBroken_OverOnlyWhenReadToItsEnd(t *testing.T) {
	lawtest.Breaks(t, "A request that is over when its answer was read stays in flight for ever if the caller closes early",
		lawEndsOnce(broken(endsAtEOF)))
}

func TestBroken_TwoTokensForOneRequest(t *testing.T) {
	lawtest.Breaks(t, "A copied token ends the request twice: at the end of the answer, and when that is closed",
		lawEndsOnce(broken(copiesToken)))
}

func TestBroken_RetryOfWhatWasSent(t *testing.T) {
	lawtest.Breaks(t, "A retry after any error sends again what an endpoint may have done already",
		lawEndsOnce(broken(retriesSent)))
}

func TestBroken_BodySentByHalf(t *testing.T) {
	lawtest.Breaks(t, "A retry with a body that was read in part sends only the rest",
		lawBodiesAreClosed(broken(sendsTheRest)))
}

func TestBroken_BodyLeftOpen(t *testing.T) {
	lawtest.Breaks(t, "An early return with an error forgets to close the request's body",
		lawBodiesAreClosed(broken(leavesBody)))
}

func TestBroken_BodyClosedTwice(t *testing.T) {
	lawtest.Breaks(t, "A body that the inner round tripper closes, and then the loop of retries, is closed twice",
		lawBodiesAreClosed(broken(closesInside)))
}

func TestBroken_CallersURL(t *testing.T) {
	lawtest.Breaks(t, "A shallow copy of a request shares its URL, and addressing the copy changes the original",
		lawTheRequestIsNotModified(broken(sharesURL)))
}
