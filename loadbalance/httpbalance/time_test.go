package httpbalance_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/loadbalance"
	"github.com/sysdesign-lab/sysdesign/loadbalance/httpbalance"
)

// slowly answers "aa": the header after a second, each letter after another; unless the request's time is over.
var slowly = roundTripper(func(r *http.Request) (*http.Response, error) {
	pause := func() error {
		select {
		case <-time.After(time.Second):
			return nil
		case <-r.Context().Done():
			return r.Context().Err()
		}
	}
	if err := pause(); err != nil {
		return nil, err
	}
	letters := 2
	return &http.Response{StatusCode: 200, Body: &plainly{Reader: readerFunc(func(p []byte) (int, error) {
		if letters == 0 {
			return 0, io.EOF
		}
		if err := pause(); err != nil {
			return 0, err
		}
		letters--
		p[0] = 'a'
		return 1, nil
	})}}, nil
})

// The clock of picks and ends is the time since the transport was made, and a request is in flight from its pick to the
// end of its answer.
func TestTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Hour) // the bubble's own clock
		picker := newInTurn(t, at(t, "http://a"))
		transport, err := httpbalance.NewTransport(picker, httpbalance.Options{Inner: slowly})
		require.NoError(t, err)
		for range 2 {
			time.Sleep(10 * time.Second)
			response, err := transport.RoundTrip(request(t, "GET", "http://service/", nil))
			require.NoError(t, err)
			require.Equal(t, "aa", readAll(t, response))
		}
		require.Equal(t, []time.Duration{10 * time.Second, 23 * time.Second}, picker.times)
		require.Equal(t, []time.Duration{13 * time.Second, 26 * time.Second}, picker.ends.times)
	})
}

// An endpoint that lets the caller's deadline pass has failed, before headers or within the body. One that answered in
// time has not, though the caller closes late.
func TestDeadlines(t *testing.T) {
	for _, c := range []struct {
		deadline time.Duration
		want     loadbalance.Outcome
		at       time.Duration
	}{
		{500 * time.Millisecond, loadbalance.Failed, 500 * time.Millisecond},
		{1500 * time.Millisecond, loadbalance.Failed, 1500 * time.Millisecond},
		{4 * time.Second, loadbalance.OK, 3 * time.Second},
	} {
		for _, how := range []string{"context", "client"} {
			t.Run(fmt.Sprint(c.deadline, ", of the ", how), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					picker := newInTurn(t, at(t, "http://a"), at(t, "http://b"))
					transport, err := httpbalance.NewTransport(picker, httpbalance.Options{Inner: slowly})
					require.NoError(t, err)
					client, r := &http.Client{Transport: transport}, request(t, "GET", "http://service/", nil)
					if how == "client" {
						client.Timeout = c.deadline
					} else {
						ctx, cancel := context.WithTimeout(r.Context(), c.deadline)
						defer cancel()
						r = r.WithContext(ctx)
					}
					response, err := client.Do(r)
					if err == nil {
						_, err = io.ReadAll(response.Body)
						time.Sleep(time.Hour) // long after the deadline
						response.Body.Close()
					}
					require.Equal(t, c.want != loadbalance.OK, errors.Is(err, context.DeadlineExceeded), "%v", err)
					require.Equal(t, []done{{"a", c.want}}, picker.ends.soFar())
					require.Equal(t, []time.Duration{c.at}, picker.ends.times)
				})
			})
		}
	}
	t.Run("passed before it is sent", func(t *testing.T) {
		picker := newInTurn(t, at(t, "http://a"))
		transport, err := httpbalance.NewTransport(picker, httpbalance.Options{Inner: slowly})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 0)
		defer cancel()
		_, err = transport.RoundTrip(request(t, "GET", "http://service/", nil).WithContext(ctx))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Empty(t, picker.picks, "no endpoint is to blame")
	})
}

// A deadline that passes between two reads is not the endpoint's either: nobody waited for it.
func TestAnAnswerClosedAfterItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		picker := newInTurn(t, at(t, "http://a"))
		transport, err := httpbalance.NewTransport(picker, httpbalance.Options{Inner: slowly})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		response, err := transport.RoundTrip(request(t, "GET", "http://service/", nil).WithContext(ctx))
		require.NoError(t, err)
		time.Sleep(time.Minute)
		require.NoError(t, response.Body.Close())
		require.Equal(t, []loadbalance.Outcome{loadbalance.OK}, picker.ends.outcomes())
	})
}

// inMemory is a network without a kernel, so that a bubble can tell who still waits in it.
type inMemory struct {
	mu        sync.Mutex
	listeners map[string]*pipes
}

type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (n *inMemory) listen(address string) net.Listener {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	n.listeners[address] = p
	return p
}

func (n *inMemory) dial(ctx context.Context, _, address string) (net.Conn, error) {
	n.mu.Lock()
	p := n.listeners[address]
	n.mu.Unlock()
	if p == nil {
		return nil, errRefused
	}
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		return here, nil
	case <-p.closed:
		return nil, errRefused
	}
}

// When all requests are over and idle connections closed, nothing waits any more, or the bubble would not end: it
// panics over goroutines that are left behind.
func TestNothingIsLeftBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := &inMemory{listeners: map[string]*pipes{}}
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/hang": // a server that has not read the body does not see that the caller gave up
				_, _ = io.Copy(io.Discard, r.Body)
				<-r.Context().Done()
			case "/break":
				fmt.Fprint(w, "some")
				w.(http.Flusher).Flush()
				panic(http.ErrAbortHandler)
			case "/endless":
				for r.Context().Err() == nil {
					if _, err := fmt.Fprint(w, "and on "); err != nil {
						return
					}
				}
			default:
				echo(w, r)
			}
		})}
		serving := make(chan error)
		go func() { serving <- server.Serve(network.listen("there:80")) }()
		synctest.Wait()

		inner := &http.Transport{DialContext: network.dial}
		picker := newInTurn(t, at(t, "http://nowhere"), at(t, "http://there"))
		transport, err := httpbalance.NewTransport(picker, httpbalance.Options{Inner: inner})
		require.NoError(t, err)
		for _, path := range []string{"/", "/hang", "/break", "/endless"} {
			for _, body := range []io.Reader{nil, strings.NewReader("text"), once("text")} {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				response, err := transport.RoundTrip(request(t, "POST", "http://service"+path, body).WithContext(ctx))
				if err == nil {
					_, _ = io.CopyN(io.Discard, response.Body, 100)
					response.Body.Close()
				}
				cancel()
			}
		}
		require.Len(t, picker.ends.soFar(), 2*4*3, "each was refused once, and ended once more")
		requireIdle(t, picker.LeastConnections)
		transport.CloseIdleConnections()
		require.NoError(t, server.Close())
		require.ErrorIs(t, <-serving, http.ErrServerClosed)
	})
}
