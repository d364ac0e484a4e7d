package httpbalance_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/loadbalance"
	"github.com/sysdesign-lab/sysdesign/loadbalance/httpbalance"
)

// proxy makes a handler over the endpoints, in their order, with a connection pool of its own and a silent log.
func proxy(t testing.TB, endpoints ...endpoint) (*httputil.ReverseProxy, *inTurn, *ends) {
	t.Helper()
	inner := &http.Transport{}
	picker := newInTurn(t, endpoints...)
	handler, err := httpbalance.NewHandler(picker, httpbalance.Options{Inner: inner})
	require.NoError(t, err)
	handler.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(inner.CloseIdleConnections)
	return handler, picker, picker.ends
}

func TestTheHandlerForwards(t *testing.T) {
	server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Answer", "yes")
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprintln(w, r.Method, r.Host, r.URL, string(text))
		for _, name := range []string{"For", "Host", "Proto"} {
			fmt.Fprintln(w, name, r.Header["X-Forwarded-"+name])
		}
		fmt.Fprintln(w, r.Header["Forwarded"])
	}))
	handler, picker, ends := proxy(t, at(t, server.Value.String()+"/base"))
	front := serve(t, handler)
	r := request(t, "POST", front.Value.String()+"/dir?x=1", strings.NewReader("text"))
	r.Host = "shop.example"
	for _, name := range []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded"} {
		r.Header.Set(name, "forged")
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(t, err)
	require.Equal(t, http.StatusTeapot, response.StatusCode)
	require.Equal(t, "yes", response.Header.Get("X-Answer"))
	require.Equal(t, "POST "+server.ID+" /base/dir?x=1 text\nFor [127.0.0.1]\nHost [shop.example]\nProto [http]\n[]\n", readAll(t, response))
	ends.await(t)
	require.Equal(t, []done{{server.ID, loadbalance.OK}}, ends.soFar())
	requireIdle(t, picker.LeastConnections)
}

// Uploads come without GetBody and cannot be read twice; that nothing was read of one when the connection was refused is
// what makes a second endpoint possible.
func TestTheHandlerTriesUploadsElsewhere(t *testing.T) {
	server := serve(t, echo)
	handler, _, ends := proxy(t, at(t, nowhere), server)
	front := serve(t, handler)
	long := strings.Repeat("text ", 100_000)
	response, err := http.DefaultTransport.RoundTrip(request(t, "POST", front.Value.String(), once(long)))
	require.NoError(t, err)
	require.Equal(t, "POST "+server.ID+" / "+long, readAll(t, response))
	require.Equal(t, []loadbalance.Outcome{loadbalance.Failed, loadbalance.OK}, ends.outcomes())
}

// none has endpoints, but none to offer.
type none struct{ *inTurn }

func (none) Pick(time.Duration, loadbalance.Request) (loadbalance.Token[*url.URL], error) {
	return loadbalance.Token[*url.URL]{}, loadbalance.ErrNoneEligible
}

func TestTheHandlersErrors(t *testing.T) {
	ask := func(handler http.Handler, ctx context.Context) int {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/a%0Ab", nil))
		require.Empty(t, w.Body.String(), "clients are not told what is behind")
		return w.Code
	}
	var written bytes.Buffer
	t.Run("nobody is there", func(t *testing.T) {
		handler, _, _ := proxy(t, at(t, nowhere))
		handler.ErrorLog = log.New(&written, "", 0)
		require.Equal(t, http.StatusBadGateway, ask(handler, t.Context()))
		require.Regexp(t, `^httpbalance: GET /a%0Ab: dial tcp 127.0.0.1:1: .*\n$`, written.String())
	})
	t.Run("none is eligible", func(t *testing.T) {
		handler, err := httpbalance.NewHandler(none{newInTurn(t, at(t, nowhere))}, httpbalance.Options{})
		require.NoError(t, err)
		written.Reset()
		defer log.SetOutput(log.Writer())
		log.SetOutput(&written)
		require.Equal(t, http.StatusServiceUnavailable, ask(handler, t.Context()))
		require.Contains(t, written.String(), "httpbalance: GET /a%0Ab: loadbalance: no endpoint is eligible\n")
	})
	t.Run("the client is gone", func(t *testing.T) {
		handler, _, _ := proxy(t, at(t, nowhere))
		written.Reset()
		handler.ErrorLog = log.New(&written, "", 0)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.Equal(t, http.StatusBadGateway, ask(handler, ctx))
		require.Empty(t, written.String())
	})
}

// What an endpoint flushes reaches the client before the endpoint goes on.
func TestTheHandlerStreams(t *testing.T) {
	for _, kind := range []string{"text/event-stream", "application/octet-stream"} {
		heard := make(chan struct{})
		handler, _, ends := proxy(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Trailer", "X-Last")
			for i := range 3 {
				fmt.Fprintln(w, "event", i)
				w.(http.Flusher).Flush()
				<-heard
			}
			w.Header().Set("X-Last", "word")
		})))
		response, err := http.DefaultTransport.RoundTrip(request(t, "GET", serve(t, handler).Value.String(), nil))
		require.NoError(t, err)
		in := bufio.NewReader(response.Body)
		for i := range 3 {
			line, err := in.ReadString('\n')
			require.NoError(t, err)
			require.Equal(t, fmt.Sprintln("event", i), line)
			require.Empty(t, ends.soFar())
			heard <- struct{}{}
		}
		_, err = in.ReadByte()
		require.ErrorIs(t, err, io.EOF)
		require.Equal(t, "word", response.Trailer.Get("X-Last"))
		require.NoError(t, response.Body.Close())
		require.Equal(t, []loadbalance.Outcome{loadbalance.OK}, ends.outcomes())
	}
}

// A client that goes away cancels what is under way for it.
func TestAClientThatGoesAway(t *testing.T) {
	for _, when := range []string{"before headers", "mid-body"} {
		t.Run(when, func(t *testing.T) {
			arrived, over := make(chan struct{}), sync.WaitGroup{}
			handler, picker, ends := proxy(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if when == "mid-body" {
					fmt.Fprint(w, "a")
					w.(http.Flusher).Flush()
				}
				close(arrived)
				<-r.Context().Done()
			})))
			front := serve(t, handler)
			ctx, cancel := context.WithCancel(t.Context())
			over.Go(func() {
				response, err := http.DefaultTransport.RoundTrip(request(t, "GET", front.Value.String(), nil).WithContext(ctx))
				if err == nil {
					_, _ = io.Copy(io.Discard, response.Body)
					response.Body.Close()
				}
			})
			<-arrived
			cancel()
			ends.await(t)
			over.Wait()
			require.Equal(t, []loadbalance.Outcome{loadbalance.Cancelled}, ends.outcomes())
			requireIdle(t, picker.LeastConnections)
		})
	}
}
