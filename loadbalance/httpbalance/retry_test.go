package httpbalance_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/loadbalance"
	"github.com/sysdesign-lab/sysdesign/loadbalance/httpbalance"
)

// once is a body that can be read once: no GetBody.
func once(text string) *plainly { return &plainly{Reader: strings.NewReader(text)} }

// A connection that is refused has carried nothing, so the method does not matter.
func TestRefusedConnectionsAreTriedElsewhere(t *testing.T) {
	server := serve(t, echo)
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
		for _, c := range []struct {
			name string
			body io.Reader
			want string
		}{
			{"no body", nil, ""},
			{"empty body", http.NoBody, ""},
			{"body with GetBody", strings.NewReader("some text"), "some text"},
			{"body not yet read", once("some text"), "some text"},
		} {
			t.Run(method+", "+c.name, func(t *testing.T) {
				transport, picker, ends := over(t, at(t, nowhere), at(t, "http://localhost:1"), server)
				response, err := transport.RoundTrip(request(t, method, "http://service/", c.body))
				require.NoError(t, err)
				text := readAll(t, response)
				if method != "HEAD" {
					require.Equal(t, fmt.Sprintf("%s %s / %s", method, server.ID, c.want), text)
				}
				require.Equal(t, []done{
					{"127.0.0.1:1", loadbalance.Failed}, {"localhost:1", loadbalance.Failed}, {server.ID, loadbalance.OK},
				}, ends.soFar())
				require.Equal(t, []string{"127.0.0.1:1", "localhost:1"}, picker.picks[2].Exclude)
				requireIdle(t, picker.LeastConnections)
				if body, is := c.body.(*plainly); is {
					require.Equal(t, 1, body.closed())
				}
			})
		}
	}
}

func TestWhenAllRefuseTheLastRefusalIsTheError(t *testing.T) {
	transport, picker, ends := over(t, at(t, "http://localhost:1"), at(t, nowhere))
	body := once("some text")
	_, err := transport.RoundTrip(request(t, "POST", "http://service/", body))
	require.ErrorContains(t, err, "dial tcp 127.0.0.1:1:")
	require.NotErrorIs(t, err, loadbalance.ErrNoneEligible)
	require.Equal(t, []loadbalance.Outcome{loadbalance.Failed, loadbalance.Failed}, ends.outcomes())
	require.Equal(t, 1, body.closed())
	requireIdle(t, picker.LeastConnections)
}

// errorsWith is a transport whose first endpoint reads some of the body and fails; the second answers.
func errorsWith(t *testing.T, err error, reads int64) (*httpbalance.Transport, *ends) {
	t.Helper()
	calls := 0
	picker := newInTurn(t, at(t, "http://a"), at(t, "http://b"))
	transport, fails := httpbalance.NewTransport(picker, httpbalance.Options{
		Inner: roundTripper(func(r *http.Request) (*http.Response, error) {
			if calls++; calls > 1 {
				return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
			}
			_, _ = io.CopyN(io.Discard, r.Body, reads)
			r.Body.Close()
			return nil, err
		}),
	})
	require.NoError(t, fails)
	return transport, picker.ends
}

func TestNotTriedElsewhere(t *testing.T) {
	for name, err := range map[string]error{
		"a connection that broke":  &net.OpError{Op: "read", Net: "tcp", Err: errBroken},
		"a write that failed":      &net.OpError{Op: "write", Net: "tcp", Err: errBroken},
		"an end without an answer": io.EOF,
		"a proxy in between":       &net.OpError{Op: "proxyconnect", Net: "tcp", Err: errRefused},
		"anything unknown":         errBroken,
	} {
		t.Run(name, func(t *testing.T) {
			transport, ends := errorsWith(t, err, 0)
			_, got := transport.RoundTrip(request(t, "POST", "http://service/", strings.NewReader("text")))
			require.Equal(t, err, got, "the error is the inner one, as it was")
			require.Equal(t, []loadbalance.Outcome{loadbalance.Failed}, ends.outcomes())
		})
	}
	t.Run("a body that is gone", func(t *testing.T) {
		transport, ends := errorsWith(t, errRefused, 1)
		body := once("text")
		_, err := transport.RoundTrip(request(t, "POST", "http://service/", body))
		require.ErrorIs(t, err, errRefused)
		require.ErrorContains(t, err, "; not tried elsewhere: httpbalance: the request's body has been read, and it has no GetBody")
		require.Len(t, ends.soFar(), 1)
		require.Equal(t, 1, body.closed())
	})
	t.Run("a GetBody that fails", func(t *testing.T) {
		transport, ends := errorsWith(t, errRefused, 0)
		r := request(t, "POST", "http://service/", strings.NewReader("text"))
		r.GetBody = func() (io.ReadCloser, error) { return nil, errBroken }
		_, err := transport.RoundTrip(r)
		require.ErrorIs(t, err, errRefused)
		require.ErrorIs(t, err, errBroken)
		require.Len(t, ends.soFar(), 1)
	})
	t.Run("a caller that is gone", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		picker := newInTurn(t, at(t, "http://a"), at(t, "http://b"))
		transport, err := httpbalance.NewTransport(picker, httpbalance.Options{
			Inner: roundTripper(func(*http.Request) (*http.Response, error) { cancel(); return nil, errRefused }),
		})
		require.NoError(t, err)
		body := once("text")
		_, err = transport.RoundTrip(request(t, "POST", "http://service/", body).WithContext(ctx))
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, []done{{"a", loadbalance.Cancelled}}, picker.ends.soFar())
		require.Equal(t, 1, body.closed())
	})
}

// What was taken back from one attempt is out of its reach, though it may still hold it.
func TestABodyThatWasTakenBack(t *testing.T) {
	var stale io.ReadCloser
	transport, err := httpbalance.NewTransport(newInTurn(t, at(t, "http://a"), at(t, "http://b")), httpbalance.Options{
		Inner: roundTripper(func(r *http.Request) (*http.Response, error) {
			if stale == nil {
				stale = r.Body
				return nil, errRefused
			}
			_, err := stale.Read(make([]byte, 1))
			require.ErrorIs(t, err, http.ErrBodyReadAfterClose)
			require.NoError(t, stale.Close())
			text, err := io.ReadAll(r.Body)
			require.NoError(t, err)
			require.Equal(t, "text", string(text))
			require.NoError(t, r.Body.Close())
			_, err = r.Body.Read(make([]byte, 1))
			require.ErrorIs(t, err, http.ErrBodyReadAfterClose)
			return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
		}),
	})
	require.NoError(t, err)
	body := once("text")
	_, err = transport.RoundTrip(request(t, "POST", "http://service/", body))
	require.NoError(t, err)
	require.Equal(t, 1, body.closed())
}

// dying is a server on loopback that answers the first request on each connection and, when the second has come, dies:
// it stops listening, then closes the connection unanswered.
func dying(t *testing.T) endpoint {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan struct{})
	t.Cleanup(func() { listener.Close(); <-served })
	go func() {
		defer close(served)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		in := bufio.NewReader(conn)
		for i := range 2 {
			r, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, r.Body)
			if i == 0 {
				fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst")
			}
		}
		listener.Close()
	}()
	return at(t, "http://"+listener.Addr().String())
}

// What becomes of a request on a kept connection whose server dies before it answers. net/http sends it again, to the
// same address, if that is harmless; the address refuses, and so it goes elsewhere. Else the caller gets an error.
func TestKilledWithAKeptConnection(t *testing.T) {
	for _, c := range []struct {
		name    string
		method  string
		body    func() io.Reader
		header  string
		survive bool
	}{
		{"GET", "GET", func() io.Reader { return nil }, "", true},
		{"HEAD", "HEAD", func() io.Reader { return nil }, "", true},
		{"GET with an empty body", "GET", func() io.Reader { return http.NoBody }, "", true},
		{"GET with GetBody", "GET", func() io.Reader { return strings.NewReader("text") }, "", true},
		{"POST without a body", "POST", func() io.Reader { return nil }, "", false},
		{"POST with GetBody", "POST", func() io.Reader { return strings.NewReader("text") }, "", false},
		{"PUT with GetBody", "PUT", func() io.Reader { return strings.NewReader("text") }, "", false},
		{"POST with a body", "POST", func() io.Reader { return once("text") }, "", false},
		{"POST with GetBody and a key", "POST", func() io.Reader { return strings.NewReader("text") }, "Idempotency-Key", true},
		{"POST with a body and a key", "POST", func() io.Reader { return once("text") }, "Idempotency-Key", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			killed, other := dying(t), serve(t, echo)
			transport, picker, ends := over(t, killed, other)
			response, err := transport.RoundTrip(request(t, "GET", "http://service/", nil))
			require.NoError(t, err)
			require.Equal(t, "first", readAll(t, response))

			r := request(t, c.method, "http://service/", c.body())
			if c.header != "" {
				r.Header.Set(c.header, "1")
			}
			response, err = transport.RoundTrip(r)
			want := []done{{killed.ID, loadbalance.OK}, {killed.ID, loadbalance.Failed}}
			if c.survive {
				require.NoError(t, err)
				readAll(t, response)
				require.Equal(t, other.ID, response.Request.URL.Host)
				want = append(want, done{other.ID, loadbalance.OK})
			} else {
				require.Error(t, err)
			}
			require.Equal(t, want, ends.soFar())
			requireIdle(t, picker.LeastConnections)
		})
	}
}

// On a connection that has carried nothing before, net/http sends nothing again.
func TestKilledWithAFreshConnection(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan struct{})
	go func() {
		defer close(served)
		if conn, err := listener.Accept(); err == nil {
			_, _ = http.ReadRequest(bufio.NewReader(conn))
			listener.Close()
			conn.Close()
		}
	}()
	t.Cleanup(func() { listener.Close(); <-served })
	killed := at(t, "http://"+listener.Addr().String())
	transport, picker, ends := over(t, killed, serve(t, echo))
	_, err = transport.RoundTrip(request(t, "GET", "http://service/", nil))
	require.Error(t, err)
	require.Equal(t, []done{{killed.ID, loadbalance.Failed}}, ends.soFar())
	requireIdle(t, picker.LeastConnections)
}

// An answer that has begun is never begun again.
func TestKilledWhileAnswering(t *testing.T) {
	server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "some of it")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}))
	transport, picker, ends := over(t, server, serve(t, echo))
	response, err := transport.RoundTrip(request(t, "GET", "http://service/", nil))
	require.NoError(t, err)
	text, err := io.ReadAll(response.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Equal(t, "some of it", string(text))
	require.Equal(t, []done{{server.ID, loadbalance.Failed}}, ends.soFar(), "the failed read ends it, before the Close")
	require.NoError(t, response.Body.Close())
	require.Len(t, ends.soFar(), 1)
	requireIdle(t, picker.LeastConnections)
}
