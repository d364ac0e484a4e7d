package loadbalance

import (
	"errors"
	"time"
)

// ErrNoneEligible is what Pick returns when every endpoint is excluded.
var ErrNoneEligible = errors.New("loadbalance: no endpoint is eligible")

// ErrUnknownEndpoint is wrapped by the error that Report returns for an id that is not in the set. Reports race with
// membership changes, so a caller often ignores it.
var ErrUnknownEndpoint = errors.New("loadbalance: no such endpoint")

// Picker chooses an endpoint for each request. Every policy of this package is one, in production and in simulation.
//
// All methods are safe for concurrent use, unless the picker was given a random source of its own: sources are
// called unsynchronised, so such a picker belongs to one goroutine.
type Picker[T any] interface {
	// Pick chooses an endpoint that the request does not exclude, or returns [ErrNoneEligible]. The request is
	// in flight until the token's Done.
	Pick(now time.Duration, r Request) (Token[T], error)

	// Report replaces the picker's own count of an endpoint's requests in flight by a load known from elsewhere: by
	// what the endpoint says of itself, by what all balancers together have sent it. From the first report on, the
	// policy compares the last one reported, and its own picks no longer change it. Load is in requests and must
	// not be negative. Policies that look at no load only check the arguments.
	Report(now time.Duration, id string, load int) error

	// Update replaces the set of endpoints. An endpoint whose id stays keeps its state, and requests in flight to
	// it keep counting. The set is taken whole or, with an error, not at all.
	Update(endpoints []Endpoint[T]) error

	// Endpoints returns the present set. The slice is the caller's.
	Endpoints() []Endpoint[T]
}

// Endpoint is one of the places that can serve a request.
type Endpoint[T any] struct {
	ID    string // unique in the set, not empty: the endpoint's state is kept under it
	Value T      // whatever the caller needs to reach it: an address, a connection, a simulated server
}

// Request is what a policy may know of a request. The zero Request is a good one.
type Request struct {
	Key     string   // for policies that send equal keys to the same endpoint; others ignore it
	Exclude []string // ids that must not be picked, such as those already tried; unknown ids are ignored
}

// Outcome says how a request ended.
type Outcome uint8

// The outcomes.
const (
	OK         Outcome = iota // answered
	Failed                    // refused, broken off or answered with an error of the endpoint's
	Cancelled                 // given up by the caller: says nothing about the endpoint
	Overloaded                // turned away because of load (HTTP 429 and 503)
)

// Token is one request in flight. It is a plain value of three words: keep it where the request is kept, and do
// not copy it, because each copy could end the request once more. The zero Token names no request.
type Token[T any] struct {
	endpoint *Endpoint[T]
	finisher Finisher
}

// Finisher is told when a request ends. It is for those who write a picker of their own, or wrap one.
type Finisher interface {
	Finish(now time.Duration, outcome Outcome)
}

// NewToken returns the token of a request to an endpoint, which must not be nil. A finisher may be: then nobody needs to
// know when the request ends.
func NewToken[T any](endpoint *Endpoint[T], finisher Finisher) Token[T] {
	return Token[T]{endpoint, finisher}
}

// Endpoint is the one that was picked. It is the zero Endpoint once Done was called.
func (t *Token[T]) Endpoint() Endpoint[T] {
	if t.endpoint == nil {
		return Endpoint[T]{}
	}
	return *t.endpoint
}

// Done ends the request and empties the token: a second Done does nothing.
func (t *Token[T]) Done(now time.Duration, outcome Outcome) {
	f := t.finisher
	*t = Token[T]{}
	if f != nil {
		f.Finish(now, outcome)
	}
}
