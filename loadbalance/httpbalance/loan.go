package httpbalance

import (
	"errors"
	"io"
	"net/http"
	"sync"
)

// loan is a request's body, lent to one attempt. A round tripper closes the body also when it could not connect,
// though it read nothing; httputil.ReverseProxy's bodies, for one, are of no more use then. So a Close before the first
// read is held back until it is settled whether the body is needed once more.
//
// A nil loan is that of a body which is not there, or which GetBody can make again.
type loan struct {
	source io.ReadCloser

	mu      sync.Mutex
	read    bool // a read has begun
	closed  bool
	settled bool // nobody else will get the body
	held    bool // closed, but the source is not yet
	broken  bool // the source failed
}

// lend puts a loan in place of the request's body.
func lend(req *http.Request) *loan {
	if req.Body == nil || req.Body == http.NoBody || req.GetBody != nil {
		return nil
	}
	l := &loan{source: req.Body}
	req.Body = l
	return l
}

// bodyAgain returns the request's body for another attempt.
func (a *attempt) bodyAgain(req *http.Request) (io.ReadCloser, error) {
	switch {
	case req.Body == nil || req.Body == http.NoBody:
		return req.Body, nil
	case req.GetBody != nil:
		return req.GetBody()
	case a.loan.takeBack():
		return req.Body, nil
	}
	return nil, errors.New("httpbalance: the request's body has been read, and it has no GetBody")
}

// takeBack ends the loan, unless it is too late: true says that nothing was read nor will be.
func (l *loan) takeBack() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.read {
		return false
	}
	l.closed = true
	return true
}

// settle leaves the body to the attempt for good.
func (l *loan) settle() {
	if l == nil {
		return
	}
	l.mu.Lock()
	held := l.held
	l.settled = true
	l.mu.Unlock()
	if held {
		closeBody(l.source)
	}
}

// broke says that the body could not be read: the request failed for a reason that is the caller's.
func (l *loan) broke() bool {
	if l == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.broken
}

// Read implements [io.Reader].
func (l *loan) Read(p []byte) (int, error) {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return 0, http.ErrBodyReadAfterClose
	}
	l.read = true
	l.mu.Unlock()
	n, err := l.source.Read(p)
	if err != nil && err != io.EOF {
		l.mu.Lock()
		l.broken = l.broken || !l.closed // a read that a Close broke off says nothing
		l.mu.Unlock()
	}
	return n, err
}

// Close implements [io.Closer].
func (l *loan) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed, l.held = true, !l.read && !l.settled
	held := l.held
	l.mu.Unlock()
	if held {
		return nil
	}
	return l.source.Close()
}
