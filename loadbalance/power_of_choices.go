package loadbalance

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// PowerOfChoices draws d distinct endpoints at random and picks the least loaded of them; ties go to the one drawn
// first, which is a tie at random. Draws are distinct: with two choices or more it never picks the one endpoint that is
// strictly worse than all others that are eligible (with replacement it would, once in n^d picks).
//
// Two choices already turn the tail of the queue lengths from geometric into doubly exponential: at load 0.9 a request
// takes 2.6 service times instead of 10, and it needs no complete view: two numbers, even stale ones, are enough.
//
// A pick costs d reads and one random number (d of them for d > 2), whatever the number of endpoints, and takes no lock. The
// count is a moment old when several goroutines pick at once; so is every balancer's. The zero value is not ready to use.
//
// Sources: Y. Azar, A. Broder, A. Karlin, E. Upfal, "Balanced Allocations", STOC 1994; N. Vvedenskaya, R. Dobrushin,
// F. Karpelevich, "Queueing System with Selection of the Shortest of Two Queues", Problems of Information Transmission
// 32(1), 1996; M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", IEEE TPDS 12(10), 2001.
type PowerOfChoices[T any] struct {
	members[T]
	choices int
	random  source
}

// NewPowerOfChoices returns a picker that compares the given number of choices, at least one; two is the number to
// begin with. Where there are fewer endpoints than choices, it compares all. A nil source means the runtime's own.
func NewPowerOfChoices[T any](endpoints []Endpoint[T], choices int, src rand.Source) (*PowerOfChoices[T], error) {
	if choices < 1 {
		return nil, fmt.Errorf("loadbalance: the number of choices must be positive: %d", choices)
	}
	p := &PowerOfChoices[T]{choices: choices, random: source{src}}
	if err := p.Update(endpoints); err != nil {
		return nil, err
	}
	return p, nil
}

// Pick implements [Picker].
func (p *PowerOfChoices[T]) Pick(now time.Duration, r Request) (Token[T], error) {
	s := p.current.Load()
	n := len(s.states)
	if p.choices != 2 || len(r.Exclude) > 0 || n < 2 {
		return p.pickAmong(s, r)
	}
	i, j := p.random.two(n, n-1)
	if j >= i {
		j++
	}
	if s.states[j].load() < s.states[i].load() {
		i = j
	}
	return p.token(s, i), nil
}

// pickAmong is the general form: any number of choices, some endpoints excluded. Drawing without replacement is
// drawing among those that were not yet taken.
func (p *PowerOfChoices[T]) pickAmong(s *snapshot[T, counter], r Request) (Token[T], error) {
	var buffer [room]int
	taken := s.excluded(r.Exclude, buffer[:0])
	best, least := -1, int64(0)
	for range p.choices {
		i, ok := p.random.other(len(s.states), taken)
		if !ok {
			break
		}
		taken = take(taken, i)
		if load := s.states[i].load(); best < 0 || load < least {
			best, least = i, load
		}
	}
	if best < 0 {
		return Token[T]{}, ErrNoneEligible
	}
	return p.token(s, best), nil
}

// token counts a request in flight to endpoint i.
func (p *PowerOfChoices[T]) token(s *snapshot[T, counter], i int) Token[T] {
	s.states[i].inFlight.Add(1)
	return Token[T]{&s.endpoints[i], s.states[i]}
}
