package loadbalance

import (
	"math/bits"
	"math/rand/v2"
	"time"
)

// Random picks an endpoint uniformly at random: the baseline that every other policy must beat. With Poisson arrivals
// each of n endpoints sees a Poisson stream of its own, so that under exponential service it is an M/M/1
// queue, whatever n is: at load 0.9 a request takes ten service times.
//
// A pick costs one random number. It looks at no load. The zero value is not ready to use.
type Random[T any] struct {
	members[T]
	random source
}

// NewRandom returns a picker that chooses uniformly. A nil source means the runtime's own.
func NewRandom[T any](endpoints []Endpoint[T], src rand.Source) (*Random[T], error) {
	p := &Random[T]{random: source{src}}
	if err := p.Update(endpoints); err != nil {
		return nil, err
	}
	return p, nil
}

// Pick implements [Picker].
func (p *Random[T]) Pick(now time.Duration, r Request) (Token[T], error) {
	s := p.current.Load()
	if len(r.Exclude) == 0 {
		return Token[T]{endpoint: &s.endpoints[p.random.below(len(s.endpoints))]}, nil
	}
	var buffer [room]int
	i, ok := p.random.other(len(s.endpoints), s.excluded(r.Exclude, buffer[:0]))
	if !ok {
		return Token[T]{}, ErrNoneEligible
	}
	return Token[T]{endpoint: &s.endpoints[i]}, nil
}

// source draws without bias from a rand.Source, or from the runtime's concurrent one.
type source struct{ src rand.Source }

func (s source) uint64() uint64 {
	if s.src == nil {
		return rand.Uint64()
	}
	return s.src.Uint64()
}

// below draws from [0, n): D. Lemire, "Fast Random Integer Generation in an Interval", ACM TOMACS 29(1), 2019.
func (s source) below(n int) int {
	high, low := bits.Mul64(s.uint64(), uint64(n))
	if low < uint64(n) {
		for threshold := -uint64(n) % uint64(n); low < threshold; {
			high, low = bits.Mul64(s.uint64(), uint64(n))
		}
	}
	return int(high)
}

// two draws from [0, n) and from [0, m), independently, mostly at the price of one number: each half of
// 64 bits goes the way of below, and the rare half that must be drawn again is.
func (s source) two(n, m int) (int, int) {
	if uint64(n|m)>>32 != 0 {
		return s.below(n), s.below(m)
	}
	x := s.uint64()
	a, b := (x>>32)*uint64(n), (x&0xffffffff)*uint64(m)
	if uint32(a) < uint32(n) && uint32(a) < -uint32(n)%uint32(n) {
		a = uint64(s.below(n)) << 32
	}
	if uint32(b) < uint32(m) && uint32(b) < -uint32(m)%uint32(m) {
		b = uint64(s.below(m)) << 32
	}
	return int(a >> 32), int(b >> 32)
}

// other draws from those of [0, n) that are not in taken, a sorted set.
func (s source) other(n int, taken []int) (int, bool) {
	if len(taken) >= n {
		return 0, false
	}
	i := s.below(n - len(taken))
	for _, t := range taken {
		if i < t {
			break
		}
		i++
	}
	return i, true
}
