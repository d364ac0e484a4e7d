package httpbalance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync/atomic"

	"github.com/sysdesign-lab/sysdesign/loadbalance"
)

// attempt is one request to one endpoint, from the pick until the answer has been read. It stands in for the
// answer's body, so that all of it is one allocation.
type attempt struct {
	transport *Transport
	token     token
	ended     atomic.Bool

	request http.Request // what is sent: a copy, because a round tripper must not change what it was given
	url     url.URL
	loan    *loan // of the request's body

	status loadbalance.Outcome // what the answer's status says
	body   io.ReadCloser       // the answer's
}

// address makes the request that is sent to an endpoint.
func (a *attempt) address(req *http.Request, endpoint *url.URL) {
	a.request, a.url = *req, *req.URL
	a.request.URL = &a.url
	(&httputil.ProxyRequest{Out: &a.request}).SetURL(endpoint) // joins paths and queries; empties Host
	if req.Host != req.URL.Host {
		a.request.Host = req.Host // the caller wants this one
	}
}

// send sends the request. With an error the attempt is over.
func (a *attempt) send(body io.ReadCloser) (*http.Response, error) {
	a.request.Body = body
	a.loan = lend(&a.request)
	response, err := a.transport.inner.RoundTrip(&a.request)
	if err == nil && response == nil {
		err = errors.New("httpbalance: the inner round tripper gave neither a response nor an error")
	}
	if err != nil {
		a.end(a.failure())
		return nil, err
	}
	a.loan.settle()
	a.status = outcome(response.StatusCode)
	if response.Body == nil || response.Body == http.NoBody {
		a.end(a.status) // nothing more will come, and not everybody closes nothing
		return response, nil
	}
	a.body = response.Body
	response.Body = a
	if conn, writable := a.body.(io.ReadWriteCloser); writable && response.StatusCode == http.StatusSwitchingProtocols {
		response.Body = &switched{a, conn}
	}
	return response, nil
}

// outcome is what a status says of its endpoint.
func outcome(status int) loadbalance.Outcome {
	switch {
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		return loadbalance.Overloaded
	case status >= 500:
		return loadbalance.Failed
	}
	return loadbalance.OK
}

// end ends the request, the first time.
func (a *attempt) end(o loadbalance.Outcome) {
	if a.ended.CompareAndSwap(false, true) {
		a.token.Done(a.transport.now(), o)
	}
}

// failure is the outcome when no answer came, or it broke off. What the status said before stands.
func (a *attempt) failure() loadbalance.Outcome {
	switch {
	case a.status != loadbalance.OK:
		return a.status
	case a.cancelled(), a.loan.broke():
		return loadbalance.Cancelled
	}
	return loadbalance.Failed
}

// cancelled says that the caller gave up. That its deadline passed is another matter: the endpoint had its time.
func (a *attempt) cancelled() bool {
	return errors.Is(a.request.Context().Err(), context.Canceled)
}

// Read reads the answer.
func (a *attempt) Read(p []byte) (int, error) {
	n, err := a.body.Read(p)
	switch {
	case err == io.EOF:
		a.end(a.status)
	case err != nil:
		a.end(a.failure())
	}
	return n, err
}

// Close ends the request before it closes the body: a Read that waits in another goroutine fails then, and that would
// not be the endpoint's failure.
func (a *attempt) Close() error {
	if a.status == loadbalance.OK && a.cancelled() {
		a.end(loadbalance.Cancelled)
	}
	a.end(a.status)
	return a.body.Close()
}

// switched is a connection that changed its protocol. The end of what the endpoint sends is not the end of it.
type switched struct {
	attempt *attempt
	conn    io.ReadWriteCloser
}

func (s *switched) Read(p []byte) (int, error) {
	n, err := s.conn.Read(p)
	if err != nil && err != io.EOF {
		s.attempt.end(s.attempt.failure())
	}
	return n, err
}

func (s *switched) Write(p []byte) (int, error) {
	n, err := s.conn.Write(p)
	if err != nil {
		s.attempt.end(s.attempt.failure())
	}
	return n, err
}

// CloseWrite is what httputil.ReverseProxy calls when the client has sent its last.
func (s *switched) CloseWrite() error {
	if conn, can := s.conn.(interface{ CloseWrite() error }); can {
		return conn.CloseWrite()
	}
	return fmt.Errorf("httpbalance: CloseWrite: %w", http.ErrNotSupported)
}

func (s *switched) Close() error {
	s.attempt.end(loadbalance.OK)
	return s.conn.Close()
}
