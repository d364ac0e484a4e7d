package ratelimit

import (
	"fmt"
	"hash/maphash"
	"math"
	"sync"
	"time"
)

// Sketch is a limit of its own for each of any number of keys, in memory that does not depend on how many they are: no key is stored. It
// is a count-min sketch of [GCRA] words: a key has one cell in each row, owes what the least of its cells says, and writes what
// it then owes into those that say less.
//
// A cell never says less than any of its keys owes. So for each key, in any interval of length t, measured by the largest now
// of that key's admitted requests, it admits at most burst + rate*t events, under any order of now; what is approximate is that it may refuse a key for
// what others did, when each of its cells is also some other live key's. With so many live keys that chance is at most
// [Sketch.Error].
//
// A request costs one hash, one of up to 64 mutexes and a cell a row; it does not allocate. Memory is 8 bytes x rows x width, all
// of it at once. The zero value is not ready to use; all methods are safe for concurrent use.
//
// Sources: G. Cormode, S. Muthukrishnan, "An Improved Data Stream Summary: The Count-Min Sketch and its Applications", Journal of
// Algorithms 55(1), 2005; the conservative update: C. Estan, G. Varghese, "New Directions in Traffic Measurement and
// Accounting", SIGCOMM 2002, section 3.3.
type Sketch[K comparable] struct {
	units
	config SketchConfig[K]
	seed   maphash.Seed
	width  int // of a shard
	shards []sketchShard
}

// SketchConfig says how large a sketch is.
type SketchConfig[K comparable] struct {
	Limit Limit // of every key
	Rows  int   // cells of a key, 1 to 8: three or four are usual
	Width int   // cells of a row; from 65,536 on there are 64 parts, locked by themselves, and it is rounded up to a multiple of that

	// Hash is any function of the key, the same for equal keys; nil means [maphash.Comparable] with a random seed. The hash
	// decides which keys share cells; give one for a simulation that must repeat itself.
	Hash func(key K) uint64
}

type sketchShard struct {
	mu    sync.Mutex
	cells []int64 // row by row
	_     [64]byte
}

const (
	mostRows  = 8
	mostWidth = 1 << 32 // 32 bits of a hash say which cell
)

// NewSketch returns an empty sketch.
func NewSketch[K comparable](config SketchConfig[K]) (*Sketch[K], error) {
	switch {
	case config.Rows < 1 || config.Rows > mostRows:
		return nil, fmt.Errorf("ratelimit: a sketch must have 1 to %d rows: %d", mostRows, config.Rows)
	case config.Width < 1 || config.Width > mostWidth:
		return nil, fmt.Errorf("ratelimit: a sketch's width must lie in [1, %d]: %d", mostWidth, config.Width)
	}
	u, err := compile(config.Limit)
	if err != nil {
		return nil, err
	}
	shards := 1
	if config.Width >= mostShards*1024 {
		shards = mostShards
	}
	s := &Sketch[K]{units: u, config: config, seed: maphash.MakeSeed(), width: (config.Width + shards - 1) / shards}
	s.shards = make([]sketchShard, shards)
	for i := range s.shards {
		cells := make([]int64, config.Rows*s.width)
		for j := range cells {
			cells[j] = fresh
		}
		s.shards[i].cells = cells
	}
	return s, nil
}

// Take asks for n events of a key at once, all or none, and charges them if they are admitted.
func (s *Sketch[K]) Take(now time.Duration, key K, n int) Decision { return s.take(now, key, n, true) }

// Peek says what Take would answer, and changes nothing.
func (s *Sketch[K]) Peek(now time.Duration, key K, n int) Decision { return s.take(now, key, n, false) }

func (s *Sketch[K]) take(now time.Duration, key K, n int, keep bool) Decision {
	if d, unfit := s.unfit(n); unfit {
		return d
	}
	h := s.hash(key)
	shard := &s.shards[h>>58&uint64(len(s.shards)-1)]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	t := s.at(now)
	tat := int64(math.MaxInt64)
	for row := range s.config.Rows {
		tat = min(tat, shard.cells[s.cell(h, row)])
	}
	from := max(tat, t)
	next := from + int64(n)*s.cost
	if next-t > s.full {
		return s.refused(from-t, next-t-s.full)
	}
	if keep {
		for row := range s.config.Rows {
			cell := &shard.cells[s.cell(h, row)]
			*cell = max(*cell, next)
		}
	}
	return s.admitted(next - t)
}

// cell is a key's place in a row of its shard.
func (s *Sketch[K]) cell(h uint64, row int) int {
	return row*s.width + int(mix(h+uint64(row)*0x9e3779b97f4a7c15)>>32*uint64(s.width)>>32)
}

func (s *Sketch[K]) hash(key K) uint64 {
	if s.config.Hash == nil {
		return maphash.Comparable(s.seed, key)
	}
	return mix(s.config.Hash(key))
}

// Error is the chance that a key shares each of its cells with other live ones, when so many others are live: only then can it be refused what it
// might have. In a sketch of one part it is (1 - (1 - 1/width)^live)^rows; in one of 64 parts, that of a part, averaged over how many
// of the others are in the key's part.
func (s *Sketch[K]) Error(live int) float64 {
	if live < 1 {
		return 0
	}
	shared := func(live float64) float64 {
		return math.Pow(-math.Expm1(live*math.Log1p(-1/float64(s.width))), float64(s.config.Rows))
	}
	others, parts := float64(live), float64(len(s.shards))
	if parts == 1 {
		return shared(others)
	}
	mean := others / parts
	near := 12*math.Sqrt(mean) + 40 // what is farther from the mean weighs nothing
	fewest := math.Floor(max(0, mean-near))
	if shared(fewest) == 1 {
		return 1 // as for all that is more: so the numbers below stay small enough to be counted one by one
	}
	sum, whole := 0.0, 0.0
	for k := fewest; k <= min(others, mean+near); k++ {
		weight := binomial(others, k, 1/parts)
		sum += weight * shared(k)
		whole += weight
	}
	return sum / whole
}

// binomial is the chance of k successes in n trials.
func binomial(n, k, chance float64) float64 {
	logFactorial := func(x float64) float64 { l, _ := math.Lgamma(x + 1); return l }
	return math.Exp(logFactorial(n) - logFactorial(k) - logFactorial(n-k) + k*math.Log(chance) + (n-k)*math.Log1p(-chance))
}
