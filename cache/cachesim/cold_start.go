package cachesim

import (
	"errors"
	"fmt"
	"math"

	"github.com/sysdesign-lab/sysdesign/cache"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// ColdStart puts a new cache in the place of one that is warm, beside a like one that stays. Requests are for independent keys of unit size
// by a Zipf law, 0 the hottest; each miss is a request to the database.
type ColdStart struct {
	Policy  cache.Builder
	Entries int // of each cache
	Keys    int
	Skew    float64

	WarmUp int // requests that the old cache gets before

	// Prewarm is how many keys, the hottest, are read into the new cache before its first request, the hottest last.
	Prewarm int

	// Shift is over how many requests the traffic goes from the old cache to the new one: of these the i-th, from 1, goes to the new one with chance
	// i/Shift. With 0 or 1 all goes there at once, as after a flush.
	Shift int

	Window, Windows int // requests of a window, and windows
}

// Recovery is what the database got, by window.
type Recovery struct {
	Missed []int // requests that the cache missed, old or new
	Stayed []int // and that it would have missed if the old one had stayed, of the same requests
	FullAt int   // requests after which the new cache was full for the first time; -1 if it never was
}

// ErrColdStart is wrapped by the error of a cold start that cannot be run.
var ErrColdStart = errors.New("cachesim: a cold start must have keys, windows with requests, at most 2^31-1 in all, and at most so many keys to pre-warm as there are keys and entries")

func (c ColdStart) check() error {
	const most = math.MaxInt32
	switch {
	case c.Keys < 1 || c.Keys > most:
		return fmt.Errorf("%w: %d keys", ErrColdStart, c.Keys)
	case c.Prewarm < 0 || c.Prewarm > min(c.Keys, max(c.Entries, 0)):
		return fmt.Errorf("%w: pre-warm %d of %d keys in %d entries", ErrColdStart, c.Prewarm, c.Keys, c.Entries)
	case c.WarmUp < 0 || c.WarmUp > most || c.Shift < 0 || c.Shift > most:
		return fmt.Errorf("%w: %d requests before, %d while traffic is shifted", ErrColdStart, c.WarmUp, c.Shift)
	case c.Window < 1 || c.Windows < 1 || c.Window > most/c.Windows:
		return fmt.Errorf("%w: %d windows of %d requests", ErrColdStart, c.Windows, c.Window)
	}
	return nil
}

// Run draws from the engine's streams "keys" and "shift", and as many times whatever Policy, Entries, Prewarm and Shift are. Errors wrap
// ErrColdStart, or are those of [cache.New] and [workload.NewZipf].
func (c ColdStart) Run(e *sim.Engine) (Recovery, error) {
	if err := c.check(); err != nil {
		return Recovery{}, err
	}
	var caches [3]*objectCache
	for i := range caches {
		var err error
		if caches[i], err = newObjectCache(c.Entries, c.Policy); err != nil {
			return Recovery{}, err
		}
	}
	keys, err := workload.NewZipf(c.Skew, c.Keys, e.Stream("keys"))
	if err != nil {
		return Recovery{}, err
	}
	stays, old, fresh := caches[0], caches[1], caches[2]
	for range c.WarmUp {
		key := uint64(keys.Next())
		if _, err := missed(stays, key); err != nil {
			return Recovery{}, err
		}
		if _, err := missed(old, key); err != nil {
			return Recovery{}, err
		}
	}
	for key := c.Prewarm - 1; key >= 0; key-- {
		if _, err := fresh.Set(uint64(key), struct{}{}); err != nil {
			return Recovery{}, err
		}
	}
	r := Recovery{Missed: make([]int, c.Windows), Stayed: make([]int, c.Windows), FullAt: -1}
	if fresh.Len() == c.Entries {
		r.FullAt = 0
	}
	shift := e.Stream("shift")
	for i := range c.Windows * c.Window {
		key, now := uint64(keys.Next()), old
		if shift.Float64()*float64(c.Shift) < float64(i+1) {
			now = fresh
		}
		got, err := missed(now, key)
		if err != nil {
			return Recovery{}, err
		}
		would, err := missed(stays, key)
		if err != nil {
			return Recovery{}, err
		}
		r.Missed[i/c.Window] += got
		r.Stayed[i/c.Window] += would
		if r.FullAt < 0 && got == 1 && fresh.Len() == c.Entries {
			r.FullAt = i + 1
		}
	}
	return r, nil
}

// missed is 1 if a cache does not have a key, which is then set.
func missed(c *objectCache, key uint64) (int, error) {
	if _, ok := c.Get(key); ok {
		return 0, nil
	}
	_, err := c.Set(key, struct{}{})
	return 1, err
}

// Popularity is the chance of each key that a request is for it, the hottest first.
type Popularity []float64

// ZipfPopularity is that of a Zipf law.
func ZipfPopularity(skew float64, keys int) (Popularity, error) {
	z, err := workload.NewZipf(skew, keys, nil)
	if err != nil {
		return nil, err
	}
	p := make(Popularity, keys)
	for key := range p {
		p[key] = z.Mass(key)
	}
	return p, nil
}

// Distinct is the expected number of different keys among that many independent requests, exactly: the sum of 1 - (1-p)^n. A cache that was empty
// and has evicted nothing has missed so many. Without its first keys, p[k:], it is the number of the others.
func (p Popularity) Distinct(requests int) float64 {
	if requests < 1 {
		return 0
	}
	sum := 0.0
	for _, mass := range p {
		sum -= math.Expm1(float64(requests) * math.Log1p(-mass))
	}
	return sum
}
