package cachesim

import (
	"errors"
	"fmt"
	"math"

	"github.com/sysdesign-lab/sysdesign/cache"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// Cardinality is a cache whose keys have a field in them that the answer does not depend on: who asks, when, or in which order
// parameters stand. Each object then has as many keys as the field has values, and each request draws one of them.
type Cardinality struct {
	Policy  cache.Builder
	Entries int
	Objects int
	Skew    float64 // of the Zipf law by which objects are asked for
	Values  int     // of the field, each as likely as any other; 1 is a key without it

	WarmUp, Measured int // requests before those that are counted, and those
}

// ErrCardinality is wrapped by the error of keys that cannot be asked for.
var ErrCardinality = errors.New("cachesim: there must be objects, values of the field and requests to count, at most 2^31-1 each")

// Run draws from the engine's streams "objects" and "values", and as many times whatever Policy, Entries and Values are, and returns the share of the counted requests
// that hit. Errors wrap ErrCardinality, or are those of [cache.New] and [workload.NewZipf].
func (c Cardinality) Run(e *sim.Engine) (hitRatio float64, err error) {
	const most = math.MaxInt32
	for _, n := range []int{c.Objects, c.Values, c.Measured, c.WarmUp + 1} {
		if n < 1 || n > most {
			return 0, fmt.Errorf("%w: %d objects, %d values, %d requests after %d", ErrCardinality, c.Objects, c.Values, c.Measured, c.WarmUp)
		}
	}
	objects, err := workload.NewZipf(c.Skew, c.Objects, e.Stream("objects"))
	if err != nil {
		return 0, err
	}
	entries, err := newObjectCache(c.Entries, c.Policy)
	if err != nil {
		return 0, err
	}
	values := e.Stream("values")
	hits := c.Measured
	for i := range c.WarmUp + c.Measured {
		// the whole number below Values times a uniform one: more values cost no more draws
		value := uint64(values.Float64() * float64(c.Values))
		miss, err := missed(entries, value<<32|uint64(objects.Next()))
		if err != nil {
			return 0, err
		}
		if i >= c.WarmUp {
			hits -= miss
		}
	}
	return float64(hits) / float64(c.Measured), nil
}

// Best is the hit ratio of a cache that holds the hottest keys and nothing else, exactly: of independent requests no policy that does not know
// the future hits more of in the long run (A. Aho, P. Denning and J. Ullman, "Principles of Optimal Page Replacement", Journal of the ACM 18(1),
// 1971). Where each object has v like keys, a part of the entries, entries/v, of objects is what the hottest keys come to.
func (p Popularity) Best(entries float64) float64 {
	sum := 0.0
	for _, mass := range p {
		if !(entries > 0) {
			break
		}
		sum += mass * min(entries, 1)
		entries--
	}
	return sum
}

// CheLRU is Che's approximation of LRU's hit ratio, for independent requests: each key stays for the same time after it was asked for
// the last time, that in which as many different keys are asked for as there are entries. It is not exact, and the better the more entries there
// are. In it, objects with v like keys each hit as often as those with one do in a cache of entries/v, which need not be a whole number. H. Che, Y. Tung and Z. Wang,
// "Hierarchical Web Caching Systems: Modeling, Design and Experimental Results", IEEE Journal on Selected Areas in Communications 20(7), 2002.
func (p Popularity) CheLRU(entries float64) float64 {
	asked := 0
	for _, mass := range p {
		if mass > 0 {
			asked++
		}
	}
	switch {
	case !(entries > 0):
		return 0
	case entries >= float64(asked):
		return p.Best(float64(len(p)))
	}
	// what is expected within a time of t requests, at Poisson times: keys, and the share of requests that are for them
	within := func(t float64) (keys, hits float64) {
		for _, mass := range p {
			seen := -math.Expm1(-mass * t)
			keys += seen
			hits += mass * seen
		}
		return keys, hits
	}
	low, high := 0.0, 1.0
	for keys, _ := within(high); keys < entries && high < math.MaxFloat64/4; keys, _ = within(high) {
		low, high = high, 2*high
	}
	for range 60 {
		middle := low + (high-low)/2
		if keys, _ := within(middle); keys < entries {
			low = middle
		} else {
			high = middle
		}
	}
	_, hits := within(high)
	return hits
}
