package httpbalance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/sysdesign-lab/sysdesign/loadbalance"
)

// Transport is an [http.RoundTripper] that sends each request to the endpoint its picker picks. The scheme and host of
// the request's URL only name the service; the endpoint's take their place. A request that was refused a
// connection is sent to another endpoint, each at most once (see the package's documentation).
//
// The response's Request is the one that was sent, so its URL tells which endpoint answered.
//
// It is safe for concurrent use if its picker is. It costs one allocation a request, besides those of the inner
// round tripper; a request body that cannot be had again (no GetBody) costs one more.
type Transport struct {
	picker loadbalance.Picker[*url.URL]
	inner  http.RoundTripper
	key    func(*http.Request) string
	start  time.Time
}

type token = loadbalance.Token[*url.URL]

// Options are what a Transport can do without. The zero Options are good ones.
type Options struct {
	// Inner sends the requests; nil is http.DefaultTransport. That one keeps two idle connections to each host:
	// for steady load, give a clone with a larger MaxIdleConnsPerHost, or most requests will dial.
	Inner http.RoundTripper

	// Key gives the key of a request, for policies that send equal keys to the same endpoint; nil gives none. It is
	// called once a request, with the request as the Transport got it, and must not modify it.
	Key func(*http.Request) string
}

// NewTransport returns a Transport over the picker's endpoints, whose values must be URLs with a scheme and a host. Those
// that an Update brings later are checked when they are picked: the request fails then, and is not tried elsewhere.
func NewTransport(picker loadbalance.Picker[*url.URL], options Options) (*Transport, error) {
	if picker == nil {
		return nil, errors.New("httpbalance: the picker must not be nil")
	}
	for _, e := range picker.Endpoints() {
		if err := check(e); err != nil {
			return nil, err
		}
	}
	t := &Transport{picker: picker, inner: options.Inner, key: options.Key, start: time.Now()}
	if t.inner == nil {
		t.inner = http.DefaultTransport
	}
	return t, nil
}

// check says whether requests can be sent to an endpoint.
func check(e loadbalance.Endpoint[*url.URL]) error {
	switch u := e.Value; {
	case u == nil:
		return fmt.Errorf("httpbalance: an endpoint's URL must not be nil: %q", e.ID)
	case u.Scheme == "" || u.Host == "":
		return fmt.Errorf("httpbalance: an endpoint's URL must have a scheme and a host: %q of %q", u.Redacted(), e.ID)
	}
	return nil
}

func (t *Transport) now() time.Duration { return time.Since(t.start) }

// RoundTrip implements [http.RoundTripper]. Its errors are those of the inner round tripper, of the request's context, or
// of the picker ([loadbalance.ErrNoneEligible]). When every endpoint refused, it is the last refusal.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL == nil || req.Header == nil {
		closeBody(req.Body)
		return nil, errors.New("httpbalance: a request must have a URL and a header")
	}
	var wanted loadbalance.Request
	if t.key != nil {
		wanted.Key = t.key(req)
	}
	body := req.Body // what the next attempt sends
	var refusal error
	for {
		a, err := t.begin(req, wanted)
		if err != nil {
			closeBody(body)
			if refusal != nil && errors.Is(err, loadbalance.ErrNoneEligible) {
				err = refusal
			}
			return nil, err
		}
		endpoint := a.token.Endpoint().ID
		response, err := a.send(body)
		if err == nil {
			return response, nil
		}
		if !refused(err) {
			a.loan.settle()
			return nil, err
		}
		refusal = err
		if body, err = a.bodyAgain(req); err != nil {
			return nil, fmt.Errorf("%w; not tried elsewhere: %w", refusal, err)
		}
		wanted.Exclude = append(wanted.Exclude, endpoint)
	}
}

// refused says that no connection came about, so that the endpoint has seen nothing of the request. An error that is
// first of all something else, such as a proxy's between here and the endpoint, does not say so.
func refused(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// begin picks an endpoint and addresses the request to it. A request whose time is over is not even picked for.
func (t *Transport) begin(req *http.Request, wanted loadbalance.Request) (*attempt, error) {
	if ctx := req.Context(); ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	a := &attempt{transport: t}
	var err error
	if a.token, err = t.picker.Pick(t.now(), wanted); err != nil {
		return nil, err
	}
	endpoint := a.token.Endpoint()
	if err := check(endpoint); err != nil {
		a.end(loadbalance.Failed)
		return nil, err
	}
	a.address(req, endpoint.Value)
	return a, nil
}

// CloseIdleConnections closes those of the inner round tripper, if it can; http.Client's method of that name calls it.
func (t *Transport) CloseIdleConnections() {
	if inner, can := t.inner.(interface{ CloseIdleConnections() }); can {
		inner.CloseIdleConnections()
	}
}

func closeBody(body io.Closer) {
	if body != nil {
		_ = body.Close() // nobody is left to tell
	}
}
