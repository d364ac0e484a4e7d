package loadbalance

import (
	"math/rand/v2"
	"slices"
	"time"
)

// LeastConnections picks an endpoint with the fewest requests in flight; ties go to one of the tied, uniformly at
// random. With one balancer that sees every request this is join-the-shortest-queue, close to the
// best any policy can do without knowing how long requests take.
//
// Ties decide more than they seem to: a balancer that breaks them by position sends its idle moments to the first
// endpoint, and many such balancers, each seeing only its own requests, all send them to the same one. Stale
// reports do the same to any tie-breaking: everyone runs to where it was empty a moment ago.
//
// A pick and a Done cost the same whatever the number of endpoints: endpoints are kept sorted by load, and a load that
// changes by one crosses one boundary. They take a mutex. A Report costs a step for each distinct load it crosses. The zero value is not
// ready to use.
//
// Source: W. Winston, "Optimality of the Shortest Line Discipline", Journal of Applied Probability 14(1), 1977.
type LeastConnections[T any] struct {
	random  source
	ranking ranking
	current *snapshot[T, ranked] // under the ranking's mutex: the two change together
}

// NewLeastConnections returns a picker that chooses a least loaded endpoint. A nil source means the runtime's own.
func NewLeastConnections[T any](endpoints []Endpoint[T], src rand.Source) (*LeastConnections[T], error) {
	p := &LeastConnections[T]{random: source{src}}
	if err := p.Update(endpoints); err != nil {
		return nil, err
	}
	return p, nil
}

// Pick implements [Picker].
func (p *LeastConnections[T]) Pick(now time.Duration, r Request) (Token[T], error) {
	p.ranking.mu.Lock()
	var s *ranked
	if len(r.Exclude) == 0 {
		first := &p.ranking.levels[p.ranking.lowest]
		s = p.ranking.order[first.start+p.random.below(first.end-first.start)]
	} else if s = p.leastOf(r.Exclude); s == nil {
		p.ranking.mu.Unlock()
		return Token[T]{}, ErrNoneEligible
	}
	endpoint := &p.current.endpoints[s.index]
	p.ranking.add(s, 1)
	p.ranking.mu.Unlock()
	return Token[T]{endpoint, s}, nil
}

// leastOf draws from the lowest level that has an endpoint which is not excluded.
func (p *LeastConnections[T]) leastOf(exclude []string) *ranked {
	var indices, places [room]int
	taken := p.current.excluded(exclude, indices[:0])
	for l := p.ranking.lowest; l != none; l = p.ranking.levels[l].above {
		level := &p.ranking.levels[l]
		inLevel := places[:0]
		for _, i := range taken {
			if place := p.current.states[i].place; level.start <= int(place) && int(place) < level.end {
				inLevel = take(inLevel, int(place)-level.start)
			}
		}
		if i, ok := p.random.other(level.end-level.start, inLevel); ok {
			return p.ranking.order[level.start+i]
		}
	}
	return nil
}

// Report implements [Picker].
func (p *LeastConnections[T]) Report(now time.Duration, id string, load int) error {
	p.ranking.mu.Lock()
	defer p.ranking.mu.Unlock()
	s, err := p.current.reported(id, load)
	if err == nil {
		s.reported = int64(load) + 1
		p.ranking.move(s, int64(load))
	}
	return err
}

// Update implements [Picker]. It costs O(n log n).
func (p *LeastConnections[T]) Update(endpoints []Endpoint[T]) error {
	p.ranking.mu.Lock()
	defer p.ranking.mu.Unlock()
	next, err := newSnapshot(endpoints, p.current, p.ranking.fresh)
	if err != nil {
		return err
	}
	p.current = next
	p.ranking.reset(next.states)
	return nil
}

// Endpoints implements [Picker].
func (p *LeastConnections[T]) Endpoints() []Endpoint[T] {
	p.ranking.mu.Lock()
	defer p.ranking.mu.Unlock()
	return slices.Clone(p.current.endpoints)
}
