package httpbalance_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/loadbalance"
	"github.com/sysdesign-lab/sysdesign/loadbalance/httpbalance"
)

// over makes a transport over the endpoints, in their order, and a connection pool of the test's own.
func over(t testing.TB, endpoints ...endpoint) (*httpbalance.Transport, *inTurn, *ends) {
	t.Helper()
	inner := &http.Transport{}
	picker := newInTurn(t, endpoints...)
	transport, err := httpbalance.NewTransport(picker, httpbalance.Options{Inner: inner})
	require.NoError(t, err)
	t.Cleanup(inner.CloseIdleConnections)
	return transport, picker, picker.ends
}

func serve(t testing.TB, h http.Handler) endpoint {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return at(t, server.URL)
}

func request(t testing.TB, method, target string, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, target, body)
	require.NoError(t, err)
	return r
}

// The rules are those of httputil.ReverseProxy's SetURL, but a Host that the caller chose is sent.
func TestRequestsAreAddressedToTheEndpoint(t *testing.T) {
	server := serve(t, echo)
	host := server.Value.Host
	for _, c := range []struct{ base, target, host, want string }{
		{"", "http://service/dir", "", host + " /dir"},
		{"", "http://service", "", host + " /"},
		{"", "https://service:99/a%2Fb?x=1", "", host + " /a%2Fb?x=1"},
		{"/base", "http://service/dir", "", host + " /base/dir"},
		{"/base/", "http://service/dir/", "", host + " /base/dir/"},
		{"/base?k=v", "http://service/dir?x=1", "", host + " /base/dir?k=v&x=1"},
		{"/b%2Fase", "http://service/d", "", host + " /b%2Fase/d"},
		{"", "http://service/dir", "tenant.example", "tenant.example /dir"},
	} {
		transport, picker, ends := over(t, at(t, server.Value.String()+c.base))
		r := request(t, "GET", c.target, nil)
		if c.host != "" {
			r.Host = c.host
		}
		response, err := transport.RoundTrip(r)
		require.NoError(t, err)
		require.Equal(t, host, response.Request.URL.Host, "the response tells who answered")
		require.Equal(t, "GET "+c.want+" ", readAll(t, response), "%s under %q", c.target, c.base)
		require.Equal(t, c.target, r.URL.String())
		require.Equal(t, []done{{host, loadbalance.OK}}, ends.soFar())
		requireIdle(t, picker.LeastConnections)
	}
}

func TestStatusesAndTheirOutcomes(t *testing.T) {
	server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var status int
		fmt.Sscan(r.URL.Query().Get("status"), &status)
		w.WriteHeader(status)
		if status != http.StatusNoContent {
			fmt.Fprint(w, "some words")
		}
	}))
	for status, want := range map[int]loadbalance.Outcome{
		200: loadbalance.OK, 204: loadbalance.OK, 301: loadbalance.OK, 400: loadbalance.OK, 404: loadbalance.OK,
		408: loadbalance.OK, 429: loadbalance.Overloaded, 499: loadbalance.OK, 500: loadbalance.Failed,
		501: loadbalance.Failed, 502: loadbalance.Failed, 503: loadbalance.Overloaded, 504: loadbalance.Failed,
		599: loadbalance.Failed,
	} {
		for _, method := range []string{"GET", "HEAD", "POST"} {
			transport, _, ends := over(t, server, at(t, nowhere))
			response, err := transport.RoundTrip(request(t, method, fmt.Sprint("http://service/?status=", status), nil))
			require.NoError(t, err, "an answer is an answer, and is not tried elsewhere")
			require.Equal(t, status, response.StatusCode)
			readAll(t, response)
			require.Equal(t, []done{{server.ID, want}}, ends.soFar(), "%s, status %d", method, status)
		}
	}
}

// An answer without a body is over when it arrives: callers forget to close what is empty.
func TestAnEmptyAnswerIsDoneUnclosed(t *testing.T) {
	transport, _, ends := over(t, serve(t, echo))
	response, err := transport.RoundTrip(request(t, "HEAD", "http://service/", nil))
	require.NoError(t, err)
	require.Len(t, ends.soFar(), 1)
	readAll(t, response)
	require.Len(t, ends.soFar(), 1)

	picker := newInTurn(t, at(t, nowhere))
	empty, err := httpbalance.NewTransport(picker, httpbalance.Options{
		Inner: roundTripper(func(r *http.Request) (*http.Response, error) { return &http.Response{StatusCode: 503}, nil }),
	})
	require.NoError(t, err)
	_, err = empty.RoundTrip(request(t, "GET", "http://service/", nil))
	require.NoError(t, err)
	require.Equal(t, []loadbalance.Outcome{loadbalance.Overloaded}, picker.ends.outcomes())
}

func TestAnAnswerClosedEarlyIsOK(t *testing.T) {
	transport, picker, ends := over(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"enough": true}`)
		w.(http.Flusher).Flush()
		<-r.Context().Done() // and never ends
	})))
	response, err := transport.RoundTrip(request(t, "GET", "http://service/", nil))
	require.NoError(t, err)
	_, err = io.ReadFull(response.Body, make([]byte, len(`{"enough": true}`)))
	require.NoError(t, err)
	require.Empty(t, ends.soFar(), "it is in flight as long as it may be read")
	require.NoError(t, response.Body.Close())
	require.NoError(t, response.Body.Close())
	require.Equal(t, []loadbalance.Outcome{loadbalance.OK}, ends.outcomes())
	requireIdle(t, picker.LeastConnections)
}

// An endpoint may answer before, or without, having read what it was sent; the body is closed when the inner round
// tripper does so, even then.
func TestAnAnswerToWhatWasNotRead(t *testing.T) {
	var sent io.Closer
	transport, err := httpbalance.NewTransport(newInTurn(t, at(t, "http://a")), httpbalance.Options{
		Inner: roundTripper(func(r *http.Request) (*http.Response, error) {
			sent = r.Body
			return &http.Response{StatusCode: 413, Body: http.NoBody}, nil
		}),
	})
	require.NoError(t, err)
	body := once("text")
	_, err = transport.RoundTrip(request(t, "POST", "http://service/", body))
	require.NoError(t, err)
	require.Zero(t, body.closed())
	require.NoError(t, sent.Close())
	require.Equal(t, 1, body.closed())
}

// waiting is a body whose one Read waits for Close, while Close waits until everybody has learnt of that Read's end.
type waiting struct{ reading, closed, learnt chan struct{} }

func newWaiting() waiting {
	return waiting{make(chan struct{}), make(chan struct{}), make(chan struct{})}
}

func (b waiting) Read([]byte) (int, error) { close(b.reading); <-b.closed; return 0, errBroken }
func (b waiting) Close() error             { close(b.closed); <-b.learnt; return nil }

// closeDuringARead closes a body that stands for b while another goroutine reads it.
func (b waiting) closeDuringARead(body io.ReadCloser) error {
	go func() {
		_, _ = body.Read(make([]byte, 1))
		close(b.learnt)
	}()
	<-b.reading
	return body.Close()
}

// A Read of the answer that waits when another goroutine closes it fails; the endpoint did not.
func TestAnAnswerClosedDuringARead(t *testing.T) {
	answer := newWaiting()
	picker := newInTurn(t, at(t, "http://a"))
	transport, err := httpbalance.NewTransport(picker, httpbalance.Options{
		Inner: roundTripper(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: answer}, nil
		}),
	})
	require.NoError(t, err)
	response, err := transport.RoundTrip(request(t, "GET", "http://service/", nil))
	require.NoError(t, err)
	require.NoError(t, answer.closeDuringARead(response.Body))
	require.Equal(t, []loadbalance.Outcome{loadbalance.OK}, picker.ends.outcomes())
}

// A Read of the request's body that the inner round tripper breaks off, because the endpoint failed, is not the caller's.
func TestARequestBodyClosedDuringARead(t *testing.T) {
	upload := newWaiting()
	picker := newInTurn(t, at(t, "http://a"))
	transport, err := httpbalance.NewTransport(picker, httpbalance.Options{
		Inner: roundTripper(func(r *http.Request) (*http.Response, error) {
			require.NoError(t, upload.closeDuringARead(r.Body))
			return nil, errBroken
		}),
	})
	require.NoError(t, err)
	_, err = transport.RoundTrip(request(t, "POST", "http://service/", upload))
	require.ErrorIs(t, err, errBroken)
	require.Equal(t, []loadbalance.Outcome{loadbalance.Failed}, picker.ends.outcomes())
}

func TestCancelled(t *testing.T) {
	arrived := make(chan struct{})
	server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/mid-body" {
			fmt.Fprint(w, "a")
			w.(http.Flusher).Flush()
		}
		arrived <- struct{}{}
		<-r.Context().Done()
	}))
	errMine := errors.New("changed my mind")
	t.Run("before it is sent", func(t *testing.T) {
		transport, picker, ends := over(t, server)
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errMine)
		body := &plainly{Reader: strings.NewReader("abc")}
		r := request(t, "POST", "http://service/", body)
		_, err := transport.RoundTrip(r.WithContext(ctx))
		require.ErrorIs(t, err, errMine)
		require.Empty(t, picker.picks, "nothing is picked for it")
		require.Empty(t, ends.soFar())
		require.Equal(t, 1, body.closed())
	})
	t.Run("before headers", func(t *testing.T) {
		transport, picker, ends := over(t, server, at(t, nowhere))
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-arrived; cancel() }()
		_, err := transport.RoundTrip(request(t, "GET", "http://service/", nil).WithContext(ctx))
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, []done{{server.ID, loadbalance.Cancelled}}, ends.soFar())
		requireIdle(t, picker.LeastConnections)
	})
	for _, how := range []string{"read", "closed"} {
		t.Run("mid-body, then "+how, func(t *testing.T) {
			transport, picker, ends := over(t, server)
			ctx, cancel := context.WithCancel(t.Context())
			response, err := transport.RoundTrip(request(t, "GET", "http://service/mid-body", nil).WithContext(ctx))
			require.NoError(t, err)
			<-arrived
			cancel()
			if how == "read" {
				_, err = io.ReadAll(response.Body)
				require.ErrorIs(t, err, context.Canceled)
				require.Len(t, ends.soFar(), 1, "a failed read ends the request")
			}
			require.NoError(t, response.Body.Close())
			require.Equal(t, []loadbalance.Outcome{loadbalance.Cancelled}, ends.outcomes())
			requireIdle(t, picker.LeastConnections)
		})
	}
}

// A request whose own body cannot be read fails for no reason of the endpoint's: else one broken upload after the other
// would make all endpoints look bad.
func TestABodyThatCannotBeReadIsTheCallers(t *testing.T) {
	transport, picker, ends := over(t, serve(t, echo), at(t, nowhere))
	body := http.MaxBytesReader(nil, io.NopCloser(strings.NewReader("too much")), 3)
	_, err := transport.RoundTrip(request(t, "POST", "http://service/", body))
	var tooLarge *http.MaxBytesError
	require.ErrorAs(t, err, &tooLarge)
	require.Equal(t, []loadbalance.Outcome{loadbalance.Cancelled}, ends.outcomes())
	requireIdle(t, picker.LeastConnections)
}

func TestKeys(t *testing.T) {
	picker := newInTurn(t, at(t, nowhere), serve(t, echo))
	calls := 0
	transport, err := httpbalance.NewTransport(picker, httpbalance.Options{
		Key: func(r *http.Request) string {
			calls++
			return r.URL.Host + r.Header.Get("Session")
		},
	})
	require.NoError(t, err)
	r := request(t, "GET", "http://service/", nil)
	r.Header.Set("Session", "-7")
	response, err := transport.RoundTrip(r)
	require.NoError(t, err)
	readAll(t, response)
	require.Equal(t, []loadbalance.Request{
		{Key: "service-7"}, {Key: "service-7", Exclude: []string{"127.0.0.1:1"}},
	}, picker.picks)
	require.Equal(t, 1, calls)
}

// closing counts calls of the method that http.Client looks for.
type closing struct {
	http.RoundTripper
	calls int
}

func (c *closing) CloseIdleConnections() { c.calls++ }

func TestCloseIdleConnections(t *testing.T) {
	inner := &closing{}
	transport, err := httpbalance.NewTransport(newInTurn(t, at(t, nowhere)), httpbalance.Options{Inner: inner})
	require.NoError(t, err)
	(&http.Client{Transport: transport}).CloseIdleConnections()
	require.Equal(t, 1, inner.calls)

	transport, err = httpbalance.NewTransport(newInTurn(t, at(t, nowhere)), httpbalance.Options{Inner: roundTripper(nil)})
	require.NoError(t, err)
	transport.CloseIdleConnections() // an inner one that cannot
}

func TestBadInput(t *testing.T) {
	good := at(t, nowhere)
	_, err := httpbalance.NewTransport(nil, httpbalance.Options{})
	require.EqualError(t, err, "httpbalance: the picker must not be nil")
	_, err = httpbalance.NewHandler(nil, httpbalance.Options{})
	require.EqualError(t, err, "httpbalance: the picker must not be nil")

	for _, c := range []struct {
		value *url.URL
		want  string
	}{
		{nil, `httpbalance: an endpoint's URL must not be nil: "b"`},
		{&url.URL{}, `httpbalance: an endpoint's URL must have a scheme and a host: "" of "b"`},
		{&url.URL{Scheme: "http"}, `httpbalance: an endpoint's URL must have a scheme and a host: "http:" of "b"`},
		{&url.URL{Host: "a"}, `httpbalance: an endpoint's URL must have a scheme and a host: "//a" of "b"`},
		{&url.URL{Scheme: "localhost", Opaque: "80"}, `httpbalance: an endpoint's URL must have a scheme and a host: "localhost:80" of "b"`},
		{&url.URL{Host: "a", User: url.UserPassword("me", "secret")}, `httpbalance: an endpoint's URL must have a scheme and a host: "//me:xxxxx@a" of "b"`},
	} {
		bad := endpoint{ID: "b", Value: c.value}
		_, err := httpbalance.NewTransport(newInTurn(t, good, bad), httpbalance.Options{})
		require.EqualError(t, err, c.want)

		// One that comes later fails the requests that are sent to it, and is not passed over in silence.
		transport, picker, ends := over(t, good)
		require.NoError(t, picker.Update([]endpoint{bad, good}))
		body := &plainly{Reader: strings.NewReader("abc")}
		_, err = transport.RoundTrip(request(t, "POST", "http://service/", body))
		require.EqualError(t, err, c.want)
		require.Equal(t, []done{{"b", loadbalance.Failed}}, ends.soFar())
		require.Equal(t, 1, body.closed())
		requireIdle(t, picker.LeastConnections)
	}

	transport, picker, _ := over(t, good)
	for _, r := range []*http.Request{{Header: http.Header{}}, {URL: good.Value}} {
		body := &plainly{Reader: strings.NewReader("abc")}
		r.Body = body
		_, err = transport.RoundTrip(r)
		require.EqualError(t, err, "httpbalance: a request must have a URL and a header")
		require.Equal(t, 1, body.closed())
		r.Body = nil
		_, err = transport.RoundTrip(r)
		require.Error(t, err)
	}
	require.Empty(t, picker.picks)

	silent, err := httpbalance.NewTransport(newInTurn(t, good), httpbalance.Options{
		Inner: roundTripper(func(*http.Request) (*http.Response, error) { return nil, nil }),
	})
	require.NoError(t, err)
	_, err = silent.RoundTrip(request(t, "GET", "http://service/", nil))
	require.EqualError(t, err, "httpbalance: the inner round tripper gave neither a response nor an error")
}
