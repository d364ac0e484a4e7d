package httpbalance_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/loadbalance"
)

type endpoint = loadbalance.Endpoint[*url.URL]

// nowhere is an address of this machine where nothing listens: port 1 is reserved for a service that nobody runs.
const nowhere = "http://127.0.0.1:1"

// at makes an endpoint of a base URL; its id is the URL's host.
func at(t testing.TB, base string) endpoint {
	t.Helper()
	u, err := url.Parse(base)
	require.NoError(t, err)
	return endpoint{ID: u.Host, Value: u}
}

// inTurn is a picker whose choice a test can foresee: the first endpoint that is not excluded. Its counts are those of
// the least connections behind it.
type inTurn struct {
	*loadbalance.LeastConnections[*url.URL]
	ends *ends

	mu    sync.Mutex
	picks []loadbalance.Request
	times []time.Duration
}

func newInTurn(t testing.TB, endpoints ...endpoint) *inTurn {
	t.Helper()
	counts, err := loadbalance.NewLeastConnections(endpoints, nil)
	require.NoError(t, err)
	return overCounts(counts)
}

func overCounts(counts *loadbalance.LeastConnections[*url.URL]) *inTurn {
	return &inTurn{LeastConnections: counts, ends: newEnds()}
}

func (p *inTurn) Pick(now time.Duration, r loadbalance.Request) (loadbalance.Token[*url.URL], error) {
	p.mu.Lock()
	r.Exclude = slices.Clone(r.Exclude)
	p.picks, p.times = append(p.picks, r), append(p.times, now)
	p.mu.Unlock()
	first := true
	for _, e := range p.Endpoints() {
		if slices.Contains(r.Exclude, e.ID) {
			continue
		}
		if !first {
			r.Exclude = append(r.Exclude, e.ID) // leaves the first alone
		}
		first = false
	}
	return p.ends.pick(p.LeastConnections, now, r)
}

// heard is a picker that writes down how its requests end.
type heard struct {
	loadbalance.Picker[*url.URL]
	ends *ends
}

func (p heard) Pick(now time.Duration, r loadbalance.Request) (loadbalance.Token[*url.URL], error) {
	return p.ends.pick(p.Picker, now, r)
}

// done is one end of a request.
type done struct {
	endpoint string
	outcome  loadbalance.Outcome
}

// ends records how requests ended, and lets a test wait for it.
type ends struct {
	mu    sync.Mutex
	all   []done
	times []time.Duration
	more  chan struct{}
}

func newEnds() *ends { return &ends{more: make(chan struct{}, 1<<16)} }

// pick wraps the picker's token in one whose end is recorded.
func (e *ends) pick(p loadbalance.Picker[*url.URL], now time.Duration, r loadbalance.Request) (loadbalance.Token[*url.URL], error) {
	token, err := p.Pick(now, r)
	if err != nil {
		return token, err
	}
	endpoint := token.Endpoint()
	return loadbalance.NewToken(&endpoint, &recorded{e, endpoint.ID, token}), nil
}

// recorded is a request in flight.
type recorded struct {
	ends     *ends
	endpoint string
	token    loadbalance.Token[*url.URL]
}

// Finish implements loadbalance.Finisher.
func (r *recorded) Finish(now time.Duration, o loadbalance.Outcome) {
	r.token.Done(now, o)
	r.ends.mu.Lock()
	r.ends.all, r.ends.times = append(r.ends.all, done{r.endpoint, o}), append(r.ends.times, now)
	r.ends.mu.Unlock()
	r.ends.more <- struct{}{}
}

func (e *ends) soFar() []done {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.all)
}

// outcomes are those of the ends so far.
func (e *ends) outcomes() []loadbalance.Outcome {
	var o []loadbalance.Outcome
	for _, d := range e.soFar() {
		o = append(o, d.outcome)
	}
	return o
}

// await waits for one more end.
func (e *ends) await(t testing.TB) {
	t.Helper()
	select {
	case <-e.more:
	case <-time.After(10 * time.Second):
		t.Fatal("ten seconds have passed, and the request has not ended")
	}
}

// requireIdle fails when a request is still counted as in flight, or was ended more often than it began: then
// the least loaded of n endpoints, n times over, are not all of them once.
func requireIdle(t testing.TB, p loadbalance.Picker[*url.URL]) {
	t.Helper()
	var picked, all []string
	tokens := make([]loadbalance.Token[*url.URL], len(p.Endpoints()))
	for i, e := range p.Endpoints() {
		all = append(all, e.ID)
		var err error
		tokens[i], err = p.Pick(0, loadbalance.Request{})
		require.NoError(t, err)
		picked = append(picked, tokens[i].Endpoint().ID)
	}
	for i := range tokens {
		tokens[i].Done(0, loadbalance.Cancelled)
	}
	require.ElementsMatch(t, all, picked, "some endpoint's count of requests in flight is not zero")
}

// roundTripper is a function that is one.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// readerFunc is a function that is an io.Reader.
type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// errRefused is what dialling an endpoint gives when nothing listens there.
var errRefused error = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}

var errBroken = errors.New("broken")

// plainly hides everything of a body but Read and Close, and counts the closes.
type plainly struct {
	io.Reader
	mu     sync.Mutex
	closes int
}

func (b *plainly) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closes++
	return nil
}

func (b *plainly) closed() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closes
}

// readAll reads and closes an answer.
func readAll(t testing.TB, r *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	require.NoError(t, r.Body.Close())
	return string(text)
}

// echo answers with what it was sent.
var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	fmt.Fprintf(w, "%s %s %s %s", r.Method, r.Host, r.URL, text)
})
