package cachesim

import (
	"errors"
	"fmt"
	"math"

	"github.com/sysdesign-lab/sysdesign/cache"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// Layer is a number of like caches, of which client i uses the one numbered i mod Caches: with as many caches as clients each has its own, with
// fewer they share them, as they do points of presence, and one is for all.
type Layer struct {
	Caches  int
	Entries int // of each cache
	Policy  cache.Builder
}

// Layers are caches behind caches. A request goes from layer to layer until one of them has the object, or else to the origin, and each cache
// that it came through keeps a copy.
type Layers struct {
	Layers  []Layer
	Clients int     // of which each makes as many requests as any other, at random
	Objects int     // of equal size
	Skew    float64 // of the Zipf law by which objects are asked for

	// Changes is the chance that after a request an object, any with the same chance, changes. Its key has the version in it, so that all copies
	// of the old one are of no more use.
	Changes float64

	WarmUp, Measured int // requests before those that are counted, and those
}

// Reached is how many of the counted requests came to each layer, from the first, which gets all, to the origin, the last number.
type Reached []int

// HitRatio is the share of the requests that came to a layer which it answered; zero if there came none.
func (r Reached) HitRatio(layer int) float64 {
	if r[layer] == 0 {
		return 0
	}
	return 1 - float64(r[layer+1])/float64(r[layer])
}

// ErrLayers is wrapped by the error of layers that cannot be run.
var ErrLayers = errors.New("cachesim: there must be layers of at least 1 cache, clients, objects, requests to count and a chance of changes in [0, 1]")

func (l Layers) check() error {
	const most = math.MaxInt32
	switch {
	case len(l.Layers) == 0:
		return fmt.Errorf("%w: no layer", ErrLayers)
	case l.Clients < 1:
		return fmt.Errorf("%w: %d clients", ErrLayers, l.Clients)
	case l.Objects < 1 || l.Objects > most:
		return fmt.Errorf("%w: %d objects", ErrLayers, l.Objects)
	case !(l.Changes >= 0 && l.Changes <= 1):
		return fmt.Errorf("%w: a chance of %v", ErrLayers, l.Changes)
	case l.Measured < 1 || l.WarmUp < 0 || l.Measured > most || l.WarmUp > most:
		return fmt.Errorf("%w: %d requests after %d", ErrLayers, l.Measured, l.WarmUp)
	}
	for i, layer := range l.Layers {
		if layer.Caches < 1 {
			return fmt.Errorf("%w: %d caches in layer %d", ErrLayers, layer.Caches, i)
		}
	}
	return nil
}

// Run draws from the engine's streams "clients", "objects" and "changes". Errors wrap ErrLayers, or are those of [cache.New] and
// [workload.NewZipf].
func (l Layers) Run(e *sim.Engine) (Reached, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	objects, err := workload.NewZipf(l.Skew, l.Objects, e.Stream("objects"))
	if err != nil {
		return nil, err
	}
	layers := make([][]*objectCache, len(l.Layers))
	for i, layer := range l.Layers {
		for range min(layer.Caches, l.Clients) { // others have no client
			c, err := newObjectCache(layer.Entries, layer.Policy)
			if err != nil {
				return nil, fmt.Errorf("layer %d: %w", i, err)
			}
			layers[i] = append(layers[i], c)
		}
	}
	clients, changes := e.Stream("clients"), e.Stream("changes")
	versions := make([]uint32, l.Objects)
	reached := make(Reached, len(layers)+1)
	for i := range l.WarmUp + l.Measured {
		client, object := clients.IntN(l.Clients), objects.Next()
		key := uint64(versions[object])<<32 | uint64(object)
		depth := 0
		for ; depth < len(layers); depth++ {
			if _, ok := layers[depth][client%len(layers[depth])].Get(key); ok {
				break
			}
		}
		for j := range depth {
			if _, err := layers[j][client%len(layers[j])].Set(key, struct{}{}); err != nil {
				return nil, err
			}
		}
		if i >= l.WarmUp {
			for j := range depth + 1 {
				reached[j]++
			}
		}
		// always both draws: then the same objects change at the same times, however often they do
		chance, changed := changes.Float64(), changes.IntN(l.Objects)
		if chance < l.Changes {
			versions[changed]++
		}
	}
	return reached, nil
}

// objectCache is a cache of which only hits and misses matter.
type objectCache = cache.Cache[uint64, struct{}]

// newObjectCache makes a cache that evicts in the same order in every run: of one shard, with keys for hashes.
func newObjectCache(entries int, policy cache.Builder) (*objectCache, error) {
	return cache.New(cache.Options[uint64, struct{}]{
		Capacity: entries,
		Policy:   policy,
		Shards:   1,
		Hash:     func(key uint64) uint64 { return key },
	})
}

// WithoutEviction is the expected share of the counted requests that get past a layer of so many caches if nothing is ever evicted, exactly. Layers before
// it make no difference if clients who share a cache there share one here too: what is there is here as well. With eviction it is no less.
//
// A cache that gets a share a of an object's requests has it if, going back from now step by step, a request comes before a change:
// each step is a change with chance b and else a request with chance a, so that of an object's requests (1-b)a / (b + (1-b)a) times 1 - ((1-b)(1-a))^t hit at step t.
func (l Layers) WithoutEviction(caches int) (float64, error) {
	if err := l.check(); err != nil {
		return 0, err
	}
	if caches < 1 {
		return 0, fmt.Errorf("%w: %d caches", ErrLayers, caches)
	}
	objects, err := workload.NewZipf(l.Skew, l.Objects, nil)
	if err != nil {
		return 0, err
	}
	caches = min(caches, l.Clients)
	few, more := l.Clients/caches, l.Clients%caches // clients of a cache, and caches that have one more
	hits := 0.0
	for object := range l.Objects {
		mass := objects.Mass(object)
		for _, of := range []struct{ caches, clients int }{{caches - more, few}, {more, few + 1}} {
			if of.caches == 0 {
				continue
			}
			share := float64(of.clients) / float64(l.Clients)
			hits += mass * share * float64(of.caches) * l.held(mass*share)
		}
	}
	return 1 - hits, nil
}

// held is the mean chance, over the counted steps, that a cache holds an object of which it is asked with chance a at each step.
func (l Layers) held(a float64) float64 {
	b := l.Changes / float64(l.Objects)
	ends := b + (1-b)*a // the chance that a step going back is the last one
	if ends == 0 {
		return 0
	}
	// the mean of 1 - (1-ends)^t over t in [WarmUp, WarmUp+Measured)
	log := math.Log1p(-ends)
	n := float64(l.Measured)
	notYet := math.Exp(float64(l.WarmUp)*log) * -math.Expm1(n*log) / ends / n
	if ends == 1 {
		notYet = 0 // but for the very first step
		if l.WarmUp == 0 {
			notYet = 1 / n
		}
	}
	return (1 - b) * a / ends * (1 - notYet)
}
