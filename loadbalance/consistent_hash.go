package loadbalance

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"sync"
	"time"
)

// ConsistentHash sends requests with equal keys to the same endpoint, as long as that has room: consistent hashing with bounded
// loads. Caches behind it stay warm, and when an endpoint joins or leaves only its keys move.
//
// A request goes to the first endpoint in its key's order of preference that has fewer than ceil((1+epsilon)*(m+1)/n) requests, n being
// the endpoints that the request does not exclude and m their load. These capacities add up to more than m, so there always
// is such an endpoint. A small epsilon is an even load and many keys elsewhere, a large one the opposite; 0.25 is usual. So one
// hot key spreads over as many endpoints as it takes.
//
// Which order of preference that is, the caller says: see [Placing]. A pick and a Done take a mutex; under it a pick asks for
// one endpoint, and for four, sixteen and so on only where those before have no room. A Report costs the same as a Done. The zero value is not
// ready to use.
//
// Source: V. Mirrokni, M. Thorup, M. Zadimoghaddam, "Consistent Hashing with Bounded Loads", SODA 2018.
type ConsistentHash[T any] struct {
	epsilon float64
	place   Placing

	mu      sync.Mutex
	current *snapshot[T, placed]
	prefer  Preference
	sorted  []int // indices of endpoints, by id: what a preference speaks of
	load    sum   // of all
	order   []int // room for all of a key's preferences: an argument of an unknown function is never on the stack
}

// Placing places keys on the endpoints of the given ids, which are distinct and sorted. It is called once for each set of endpoints. Any
// placement of package hashring is one:
//
//	func(ids []string) (loadbalance.Preference, error) {
//		ring, err := hashring.NewRing(hashring.Named(ids...), hashring.RingOptions{})
//		if err != nil {
//			return nil, err
//		}
//		return ring.AppendOwners, nil
//	}
//
// The slice is the function's to keep.
type Placing func(ids []string) (Preference, error)

// Preference appends to dst the n endpoints that a key prefers, distinct and the best first, as indices into the ids that were placed. The
// first ones are the same whatever n is, in [1, len(ids)]. It is called by one goroutine at a time; what it takes, a pick takes.
type Preference func(dst []int, key string, n int) ([]int, error)

// placed is an endpoint with its load. All of it belongs to the picker's mutex.
type placed struct {
	mu       *sync.Mutex
	load     *sum  // of the set, nil once it is no longer in it
	reported int64 // the load last reported, plus one; zero when none was
	inFlight int64
}

// now is what is compared: the last report, or else the requests in flight.
func (s *placed) now() int64 {
	if s.reported > 0 {
		return s.reported - 1
	}
	return s.inFlight
}

// change gives the endpoint other numbers, and its set another sum.
func (s *placed) change(inFlight, reported int64) {
	before := s.now()
	s.inFlight, s.reported = inFlight, reported
	if s.load != nil {
		s.load.add(s.now())
		s.load.remove(before)
	}
}

// Finish implements [Finisher].
func (s *placed) Finish(time.Duration, Outcome) {
	s.mu.Lock()
	s.change(s.inFlight-1, s.reported)
	s.mu.Unlock()
}

// sum adds loads, of which each may be as large as a number can be.
type sum struct{ high, low uint64 }

func (s *sum) add(load int64) {
	var carry uint64
	s.low, carry = bits.Add64(s.low, uint64(load), 0)
	s.high += carry
}

func (s *sum) remove(load int64) {
	var borrow uint64
	s.low, borrow = bits.Sub64(s.low, uint64(load), 0)
	s.high -= borrow
}

func (s sum) float() float64 { return float64(s.high)*0x1p64 + float64(s.low) }

// NewConsistentHash returns a picker that keeps keys together as far as epsilon, which must be positive and finite, allows.
func NewConsistentHash[T any](endpoints []Endpoint[T], epsilon float64, place Placing) (*ConsistentHash[T], error) {
	if !(epsilon > 0) || math.IsInf(epsilon, 0) {
		return nil, fmt.Errorf("loadbalance: the epsilon of bounded loads must be positive and finite: %v", epsilon)
	}
	if place == nil {
		return nil, errors.New("loadbalance: consistent hashing must have a placement: nil")
	}
	p := &ConsistentHash[T]{epsilon: epsilon, place: place}
	if err := p.Update(endpoints); err != nil {
		return nil, err
	}
	return p, nil
}

// Pick implements [Picker]. An error other than [ErrNoneEligible] is that of the placement.
func (p *ConsistentHash[T]) Pick(now time.Duration, r Request) (Token[T], error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var buffer [room]int
	var excluded []int
	load, eligible := p.load, len(p.sorted)
	if len(r.Exclude) > 0 {
		excluded = p.current.excluded(r.Exclude, buffer[:0])
		for _, i := range excluded {
			load.remove(p.current.states[i].now())
		}
		eligible -= len(excluded)
	}
	if eligible == 0 {
		return Token[T]{}, ErrNoneEligible
	}
	// A count is below the ceiling of a real number if and only if it is below that.
	i, err := p.first(r.Key, excluded, (1+p.epsilon)*(load.float()+1)/float64(eligible))
	if err != nil {
		return Token[T]{}, err
	}
	s := p.current.states[i]
	s.change(s.inFlight+1, s.reported)
	return Token[T]{&p.current.endpoints[i], s}, nil
}

// first is the first endpoint in a key's order of preference that is not excluded and has a load below the limit.
func (p *ConsistentHash[T]) first(key string, excluded []int, limit float64) (int, error) {
	const few = 4
	least := -1
	for n, tried := 1, 0; tried < len(p.sorted); n = min(few*n, len(p.sorted)) {
		order, err := p.prefer(p.order[:0], key, n)
		if err != nil {
			return 0, fmt.Errorf("loadbalance: the placement of a key: %w", err)
		}
		if len(order) != n {
			return 0, fmt.Errorf("loadbalance: a placement must give as many endpoints as it is asked for: %d, not %d", len(order), n)
		}
		for _, preferred := range order[tried:] {
			if preferred < 0 || preferred >= len(p.sorted) {
				return 0, fmt.Errorf("loadbalance: a placement must give indices of the %d ids that it has: %d", len(p.sorted), preferred)
			}
			i := p.sorted[preferred]
			if slices.Contains(excluded, i) {
				continue
			}
			load := p.current.states[i].now()
			if float64(load) < limit {
				return i, nil
			}
			if least < 0 || load < p.current.states[least].now() {
				least = i
			}
		}
		tried = n
	}
	if least < 0 {
		return 0, errors.New("loadbalance: a placement must give distinct endpoints, and the ones that it gives are all excluded")
	}
	return least, nil // reported loads can be so large that their sum is rounded, and then all may seem full
}

// Report implements [Picker].
func (p *ConsistentHash[T]) Report(now time.Duration, id string, load int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, err := p.current.reported(id, load)
	if err == nil {
		s.change(s.inFlight, int64(load)+1)
	}
	return err
}

// Update implements [Picker]. It costs what it takes to place keys on the new set, under the mutex.
func (p *ConsistentHash[T]) Update(endpoints []Endpoint[T]) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	next, err := newSnapshot(endpoints, p.current, p.fresh)
	if err != nil {
		return err
	}
	sorted, ids := make([]int, len(endpoints)), make([]string, len(endpoints))
	for i, e := range next.endpoints {
		sorted[i], ids[i] = i, e.ID
	}
	slices.Sort(ids)
	for rank, id := range ids {
		sorted[rank] = next.index[id]
	}
	prefer, err := p.place(ids)
	if err != nil {
		return fmt.Errorf("loadbalance: the placement of %d endpoints: %w", len(endpoints), err)
	}
	if prefer == nil {
		return errors.New("loadbalance: a placement must have a preference: nil")
	}
	if p.current != nil {
		for _, s := range p.current.states {
			s.load = nil
		}
	}
	p.load = sum{}
	for _, s := range next.states {
		s.load = &p.load
		p.load.add(s.now())
	}
	p.current, p.prefer, p.sorted, p.order = next, prefer, sorted, make([]int, 0, len(sorted))
	return nil
}

// fresh makes n endpoints that nothing is known of.
func (p *ConsistentHash[T]) fresh(n int) []*placed {
	all, states := make([]placed, n), make([]*placed, n)
	for i := range states {
		all[i].mu = &p.mu
		states[i] = &all[i]
	}
	return states
}

// Endpoints implements [Picker].
func (p *ConsistentHash[T]) Endpoints() []Endpoint[T] {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.current.endpoints)
}
