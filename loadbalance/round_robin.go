package loadbalance

import (
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"
)

// RoundRobin picks the endpoints in turn. Between two changes of the set, and as long as no request excludes anything,
// the numbers of picks of any two endpoints differ by at most one.
//
// Under Poisson arrivals each of n endpoints sees every n-th arrival: with exponential service an E_n/M/1 queue,
// which for many endpoints is nearly D/M/1. It beats random everywhere, and at moderate load even two random
// choices; it knows nothing of slow endpoints or long requests.
//
// A pick costs one atomic addition. The turn begins at a random endpoint, so that many balancers
// which start together do not march in step. It looks at no load. The zero value is not ready to use.
type RoundRobin[T any] struct {
	members[T]
	turn atomic.Uint64
}

// NewRoundRobin returns a picker that takes turns. A nil source means the runtime's own; it is drawn from once.
func NewRoundRobin[T any](endpoints []Endpoint[T], src rand.Source) (*RoundRobin[T], error) {
	p := &RoundRobin[T]{}
	if err := p.Update(endpoints); err != nil {
		return nil, err
	}
	p.turn.Store(uint64(source{src}.below(len(endpoints))))
	return p, nil
}

// Pick implements [Picker]. A turn that falls on an excluded endpoint passes to the next one that is not.
func (p *RoundRobin[T]) Pick(now time.Duration, r Request) (Token[T], error) {
	s := p.current.Load()
	n := len(s.endpoints)
	i := int((p.turn.Add(1) - 1) % uint64(n))
	if len(r.Exclude) > 0 {
		var buffer [room]int
		taken := s.excluded(r.Exclude, buffer[:0])
		if len(taken) == n {
			return Token[T]{}, ErrNoneEligible
		}
		for slices.Contains(taken, i) {
			i = (i + 1) % n
		}
	}
	return Token[T]{endpoint: &s.endpoints[i]}, nil
}
