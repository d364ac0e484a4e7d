package httpbalance_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/loadbalance"
	"github.com/sysdesign-lab/sysdesign/loadbalance/httpbalance"
)

// constructor makes a round tripper under test.
type constructor func(loadbalance.Picker[*url.URL], httpbalance.Options) (http.RoundTripper, error)

func newTransport(p loadbalance.Picker[*url.URL], o httpbalance.Options) (http.RoundTripper, error) {
	return httpbalance.NewTransport(p, o)
}

// play is what becomes of one attempt.
type play struct {
	reads   int    // bytes of the request's body that are read first
	closes  string // the request's body: early, late (after the round trip) or both
	cancels bool   // the caller gives up meanwhile
	act     string // refuse, break or answer
	status  int
	text    string
	broken  bool // the answer breaks off after its text
}

// caller is who sends the request.
type caller struct {
	body         string // none, empty, once or again (it has GetBody)
	text         string // of the body
	breaks       bool   // the body cannot be read to its end
	gone         bool   // gives up before it begins
	cancels      bool   // gives up before it reads the answer
	reads        int    // bytes of the answer, unless all
	readsAll     bool
	closes       int
	closesAtOnce bool // does not read
}

// drawPlays draws what each endpoint would do. The names are those of a printed counterexample.
func drawPlays(t *rapid.T) []play {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) play {
		return play{
			reads:   rapid.SampledFrom([]int{0, 0, 2, 100}).Draw(t, "reads"),
			closes:  rapid.SampledFrom([]string{"early", "late", "both"}).Draw(t, "closes"),
			cancels: rapid.SampledFrom([]bool{false, false, false, true}).Draw(t, "cancels"),
			act:     rapid.SampledFrom([]string{"answer", "refuse", "refuse", "break"}).Draw(t, "act"),
			status:  rapid.SampledFrom([]int{200, 204, 301, 404, 429, 500, 501, 502, 503, 599}).Draw(t, "status"),
			text:    rapid.StringOfN(rapid.RuneFrom([]rune("xyz")), 0, 5, -1).Draw(t, "text"),
			broken:  rapid.Bool().Draw(t, "broken"),
		}
	}), 1, 4).Draw(t, "endpoints")
}

func drawCaller(t *rapid.T) caller {
	return caller{
		body:         rapid.SampledFrom([]string{"none", "empty", "once", "once", "once", "again"}).Draw(t, "body"),
		text:         "abcdef"[:rapid.IntRange(3, 6).Draw(t, "body text")],
		breaks:       rapid.SampledFrom([]bool{false, false, false, true}).Draw(t, "body breaks"),
		gone:         rapid.IntRange(0, 15).Draw(t, "gone") == 15,
		cancels:      rapid.SampledFrom([]bool{false, false, true}).Draw(t, "caller cancels"),
		reads:        rapid.IntRange(0, 6).Draw(t, "caller reads"),
		readsAll:     rapid.Bool().Draw(t, "caller reads all"),
		closes:       rapid.IntRange(1, 3).Draw(t, "caller closes"),
		closesAtOnce: rapid.SampledFrom([]bool{false, false, false, true}).Draw(t, "caller closes at once"),
	}
}

// run is one request, what was to be, and what was.
type run struct {
	caller caller
	plays  []play

	request   *http.Request
	before    http.Request // copies from before the round trip
	url       url.URL
	header    http.Header
	bodies    []*plainly // every body that the caller made
	picks     []loadbalance.Request
	sent      []string // of the request's body, attempt by attempt
	addresses []string
	ends      []done
	err       error
	idle      bool     // all counts are back at zero
	story     []string // what was done, for who reads a failure
}

// exercise sends one request through endpoints that play their parts.
func exercise(t *rapid.T, make constructor) *run {
	r := &run{plays: drawPlays(t), caller: drawCaller(t)}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var afterwards []func()
	inner := roundTripper(func(out *http.Request) (*http.Response, error) {
		p := r.plays[len(r.sent)]
		r.addresses = append(r.addresses, out.URL.Host)
		var sent []byte
		var err error
		if p.cancels {
			cancel()
		}
		defer r.tellAttempt(p, out)
		if out.Body != nil {
			sent, err = io.ReadAll(io.LimitReader(out.Body, int64(p.reads)))
			if p.closes != "late" {
				out.Body.Close()
			}
			if p.closes != "early" {
				afterwards = append(afterwards, func() { out.Body.Close() })
			}
		}
		r.sent = append(r.sent, string(sent))
		switch {
		case err != nil && p.act != "refuse":
			return nil, err
		case p.act == "refuse":
			return nil, errRefused
		case p.act == "break":
			return nil, errBroken
		}
		body := io.Reader(strings.NewReader(p.text))
		if p.broken {
			body = io.MultiReader(body, iotest.ErrReader(errBroken))
		}
		return &http.Response{StatusCode: p.status, Body: io.NopCloser(body), Request: out}, nil
	})
	var endpoints []endpoint
	for i := range r.plays {
		id := fmt.Sprint("endpoint-", i)
		endpoints = append(endpoints, endpoint{ID: id, Value: &url.URL{Scheme: "http", Host: id, Path: "/base"}})
	}
	counts, err := loadbalance.NewLeastConnections(endpoints, nil)
	if err != nil {
		t.Fatal(err)
	}
	picker := overCounts(counts)
	transport, err := make(picker, httpbalance.Options{Inner: inner})
	if err != nil {
		t.Fatal(err)
	}

	r.request, err = http.NewRequestWithContext(ctx, "POST", "http://service/dir?a=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.request.Header.Set("X-Caller", "1")
	fresh := func() io.ReadCloser {
		body := &plainly{Reader: strings.NewReader(r.caller.text)}
		if r.caller.breaks {
			body.Reader = io.MultiReader(strings.NewReader(r.caller.text[:1]), iotest.ErrReader(errBroken))
		}
		r.bodies = append(r.bodies, body)
		return body
	}
	switch r.caller.body {
	case "empty":
		r.request.Body = http.NoBody
	case "once":
		r.request.Body = fresh()
	case "again":
		r.request.Body = fresh()
		r.request.GetBody = func() (io.ReadCloser, error) { return fresh(), nil }
	}
	r.before, r.url, r.header = *r.request, *r.request.URL, maps.Clone(r.request.Header)
	r.tellRequest()
	if r.caller.gone {
		cancel()
		r.tell("the caller gives up at once")
	}

	var response *http.Response
	response, r.err = transport.RoundTrip(r.request)
	for _, f := range afterwards {
		f()
	}
	if r.err != nil {
		r.tell("the caller gets an error")
	} else {
		if r.caller.cancels {
			cancel()
			r.tell("the caller gives up when the answer has come")
		}
		switch {
		case r.caller.closesAtOnce:
		case r.caller.readsAll:
			r.tell("the caller reads the answer to its end")
			_, _ = io.ReadAll(response.Body)
			_, _ = response.Body.Read(oneByte) // and once more
		default:
			if r.caller.reads > 0 {
				r.tell("the caller reads up to %d bytes of the answer", r.caller.reads)
			}
			_, _ = io.ReadFull(response.Body, bytes.Repeat(oneByte, r.caller.reads))
		}
		r.tell("the caller closes the answer%s", strings.Repeat(", and again", r.caller.closes-1))
		for range r.caller.closes {
			if err := response.Body.Close(); err != nil {
				r.fail(t, "that fails: %v", err)
			}
		}
	}
	r.ends, r.picks = picker.ends.soFar(), picker.picks
	r.idle = idle(counts)
	return r
}

var oneByte = []byte{0}

// idle picks as many of the least loaded as there are endpoints: each once, if no count is off.
func idle(p *loadbalance.LeastConnections[*url.URL]) bool {
	seen := map[string]bool{}
	for range p.Endpoints() {
		token, err := p.Pick(0, loadbalance.Request{})
		if err != nil {
			return false
		}
		seen[token.Endpoint().ID] = true
	}
	return len(seen) == len(p.Endpoints())
}

// model says how the attempts end, and whether the caller gets an error, from first principles.
func (r *run) model() (ends []loadbalance.Outcome, fails bool) {
	c, cancelled := r.caller, r.caller.gone
	withBody := c.body == "once" || c.body == "again"
	for _, p := range r.plays {
		if cancelled {
			return ends, true // nothing was sent any more
		}
		cancelled = p.cancels
		bodyBroke := withBody && c.breaks && p.reads > 1
		gaveUp := func(otherwise loadbalance.Outcome) loadbalance.Outcome {
			if cancelled || bodyBroke && c.body == "once" { // a body with GetBody is passed on as it is
				return loadbalance.Cancelled
			}
			return otherwise
		}
		switch {
		case p.act == "refuse":
			ends = append(ends, gaveUp(loadbalance.Failed))
			if c.body == "once" && p.reads > 0 {
				return ends, true // it cannot be sent again
			}
			continue
		case p.act == "break" || bodyBroke:
			return append(ends, gaveUp(loadbalance.Failed)), true
		case p.status == 429 || p.status == 503:
			return append(ends, loadbalance.Overloaded), false
		case p.status >= 500:
			return append(ends, loadbalance.Failed), false
		}
		cancelled = cancelled || c.cancels
		readsToTheEnd := !c.closesAtOnce && (c.readsAll || c.reads > len(p.text))
		switch {
		case readsToTheEnd && p.broken:
			return append(ends, gaveUp(loadbalance.Failed)), false
		case readsToTheEnd:
			return append(ends, loadbalance.OK), false
		default: // closed before its end
			return append(ends, gaveUp(loadbalance.OK)), false
		}
	}
	return ends, true // everybody refused
}

// Together with the counts this says that Done comes exactly once a pick, with the outcome of doc.go's table, and that
// each endpoint is tried at most once, in the order of the picks.
func lawEndsOnce(make constructor) func(*rapid.T) {
	return func(t *rapid.T) {
		r := exercise(t, make)
		want, fails := r.model()
		var got []loadbalance.Outcome
		for _, d := range r.ends {
			got = append(got, d.outcome)
		}
		if !slices.Equal(got, want) {
			r.fail(t, "the picker is told: %s, and should be: %s", inWords(got), inWords(want))
		}
		for i, d := range r.ends {
			if to := fmt.Sprint("endpoint-", i); d.endpoint != to || r.addresses[i] != to {
				r.fail(t, "attempt %d ended at %s and was sent to %s, not %s", i+1, d.endpoint, r.addresses[i], to)
			}
		}
		if (r.err != nil) != fails {
			r.fail(t, "the round trip's error is %v", r.err)
		}
		if !r.idle {
			r.fail(t, "requests are over, and counts are not zero")
		}
		for i, pick := range r.picks {
			if len(pick.Exclude) != i {
				r.fail(t, "pick %d excludes %v", i+1, pick.Exclude)
			}
		}
	}
}

func lawBodiesAreClosed(make constructor) func(*rapid.T) {
	return func(t *rapid.T) {
		r := exercise(t, make)
		for i, body := range r.bodies {
			// One with GetBody is passed on as it is: closed as often as the inner round tripper does.
			if n := body.closed(); n < 1 || n > 1 && r.caller.body == "once" {
				r.fail(t, "the request's body %d of %d is closed %d times, and should be once", i+1, len(r.bodies), n)
			}
		}
		for i, sent := range r.sent {
			want := r.caller.text[:min(len(r.caller.text), r.plays[i].reads)]
			if r.caller.breaks {
				want = want[:min(1, len(want))]
			}
			if r.caller.body == "none" || r.caller.body == "empty" {
				want = ""
			}
			if sent != want {
				r.fail(t, "attempt %d was sent %q, and should be sent %q", i+1, sent, want)
			}
		}
	}
}

func lawTheRequestIsNotModified(make constructor) func(*rapid.T) {
	return func(t *rapid.T) {
		r := exercise(t, make)
		after, before := *r.request, r.before
		if (after.GetBody == nil) != (before.GetBody == nil) {
			r.fail(t, "GetBody came or went")
		}
		after.GetBody, before.GetBody = nil, nil // functions have no equality
		if *r.request.URL != r.url || !reflect.DeepEqual(r.request.Header, r.header) {
			r.fail(t, "the caller's request was for %v with %v, and is for %v with %v", &r.url, r.header, r.request.URL, r.request.Header)
		}
		if !reflect.DeepEqual(after, before) {
			r.fail(t, "the caller's request was %+v and is %+v", before, after)
		}
	}
}

func TestLaw_EachPickEndsOnceWithItsOutcome(t *testing.T) {
	rapid.Check(t, lawEndsOnce(newTransport))
}

func TestLaw_RequestBodiesAreSentWholeAndClosed(t *testing.T) {
	rapid.Check(t, lawBodiesAreClosed(newTransport))
}

func TestLaw_TheRequestIsNotModified(t *testing.T) {
	rapid.Check(t, lawTheRequestIsNotModified(newTransport))
}
