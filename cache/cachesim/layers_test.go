package cachesim

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/cache"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

type layersRun func(Layers, *sim.Engine) (Reached, error)

// drawLayers are few small caches, so that much is evicted.
func drawLayers(t *rapid.T) Layers {
	l := Layers{
		Clients:  rapid.IntRange(1, 6).Draw(t, "clients"),
		Objects:  rapid.IntRange(1, 8).Draw(t, "objects"),
		Skew:     rapid.Float64Range(0, 1.5).Draw(t, "skew"),
		Changes:  rapid.SampledFrom([]float64{0, 0.3, 1}).Draw(t, "changes"),
		WarmUp:   rapid.IntRange(0, 5).Draw(t, "warm-up"),
		Measured: rapid.IntRange(1, 60).Draw(t, "requests"),
	}
	for range rapid.IntRange(1, 4).Draw(t, "layers") {
		l.Layers = append(l.Layers, Layer{rapid.IntRange(1, 7).Draw(t, "caches"), rapid.IntRange(1, 5).Draw(t, "entries"), cache.LRU})
	}
	return l
}

// lawLayers says that layers are lists of copies in the order of their last use, of which the last one goes.
func lawLayers(run layersRun) func(*rapid.T) {
	return func(t *rapid.T) {
		l, seed := drawLayers(t), rapid.Uint64().Draw(t, "seed")
		got, err := run(l, sim.New(seed))
		if err != nil {
			t.Fatal(err)
		}
		if want := listLayers(t, l, seed); !slices.Equal(got, want) {
			t.Fatalf("%d clients ask %d times for %d objects, changing with chance %v:%s\nthe requests that came to each layer and to the origin were %v, and by lists of copies %v",
				l.Clients, l.WarmUp+l.Measured, l.Objects, l.Changes, tellLayers(l), []int(got), []int(want))
		}
	}
}

func tellLayers(l Layers) (text string) {
	for i, layer := range l.Layers {
		text += fmt.Sprintf("\nlayer %d: caches %d, entries of each %d", i, layer.Caches, layer.Entries)
	}
	return text
}

// listLayers is written for a reader: a copy is named by client group, layer, object and version.
func listLayers(t *rapid.T, l Layers, seed uint64) Reached {
	e := sim.New(seed)
	objects, err := workload.NewZipf(l.Skew, l.Objects, e.Stream("objects"))
	if err != nil {
		t.Fatal(err)
	}
	copies := map[string][]string{}
	version := map[int]int{}
	reached := make(Reached, len(l.Layers)+1)
	for i := range l.WarmUp + l.Measured {
		client, object := e.Stream("clients").IntN(l.Clients), objects.Next()
		name := fmt.Sprint(object, "v", version[object])
		came := len(l.Layers) // the last one, or the origin
		for at, layer := range l.Layers {
			where := fmt.Sprint(at, ":", client%min(layer.Caches, l.Clients))
			had := slices.Contains(copies[where], name)
			list := append([]string{name}, slices.DeleteFunc(slices.Clone(copies[where]), func(n string) bool { return n == name })...)
			copies[where] = list[:min(len(list), layer.Entries)]
			if had {
				came = at
				break
			}
		}
		for at := range came + 1 {
			if i >= l.WarmUp {
				reached[at]++
			}
		}
		chance, changed := e.Stream("changes").Float64(), e.Stream("changes").IntN(l.Objects)
		if chance < l.Changes {
			version[changed]++
		}
	}
	return reached
}

func TestLaw_LayersAreListsOfCopies(t *testing.T) {
	rapid.Check(t, lawLayers(Layers.Run))
	lawtest.Holds(t, lawLayers(Layers.Run))
}

func TestBroken_OldVersionsServed(t *testing.T) {
	lawtest.Breaks(t, "Caches answer with the old version of an object that has changed", lawLayers(func(l Layers, e *sim.Engine) (Reached, error) {
		l.Changes = 0
		return l.Run(e)
	}))
}

func TestBroken_ASharedCacheForEachClient(t *testing.T) {
	lawtest.Breaks(t, "Each client has a point of presence of its own, where several should share one", lawLayers(func(l Layers, e *sim.Engine) (Reached, error) {
		l.Layers = slices.Clone(l.Layers)
		for i := range l.Layers {
			l.Layers[i].Caches = l.Clients
		}
		return l.Run(e)
	}))
}

// One cache for all is what a trace of the same requests is simulated with, whatever the policy.
func TestLaw_OneLayerIsASimulation(t *testing.T) {
	policies := map[string]cache.Builder{
		"LRU": cache.LRU, "FIFO": cache.FIFO, "CLOCK": cache.Clock, "SIEVE": cache.SIEVE, "S3-FIFO": cache.S3FIFO, "ARC": cache.ARC, "LIRS": cache.LIRS,
		"2Q": cache.TwoQ, "SLRU": cache.SLRU, "LFU": cache.LFU, "W-TinyLFU": cache.WTinyLFU,
	}
	for name, policy := range policies {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				l, seed := drawLayers(t), rapid.Uint64().Draw(t, "seed")
				l.WarmUp, l.Changes, l.Measured = 0, 0, 10*l.Measured
				l.Layers = []Layer{{1, l.Layers[0].Entries, policy}}
				got, err := l.Run(sim.New(seed))
				if err != nil {
					t.Fatal(err)
				}
				objects, err := workload.NewZipf(l.Skew, l.Objects, sim.New(seed).Stream("objects"))
				if err != nil {
					t.Fatal(err)
				}
				ids := make([]uint64, l.Measured)
				for i := range ids {
					ids[i] = uint64(objects.Next())
				}
				want, err := missesOf(ids, policy, l.Layers[0].Entries)
				if err != nil {
					t.Fatal(err)
				}
				if got[1] != want || got[0] != len(ids) {
					t.Fatalf("of %d requests %d came to the layer and %d to the origin; the simulation misses %d", len(ids), got[0], got[1], want)
				}
			})
		})
	}
}

func missesOf(ids []uint64, policy cache.Builder, entries int) (int, error) {
	trace, err := Intern(ids)
	if err != nil {
		return 0, err
	}
	return Misses(trace, policy, entries)
}

// What FIFO evicts, a second FIFO layer that is no larger has evicted before: the first holds the last entries that were brought in, and
// both are brought the same.
func TestLaw_ASecondFIFOLayerNoLargerNeverHits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLayers(t)
		first := rapid.IntRange(1, 6).Draw(t, "entries of the first")
		second := rapid.IntRange(1, first).Draw(t, "entries of the second")
		l.Layers = []Layer{{1, first, cache.FIFO}, {1, second, cache.FIFO}}
		reached, err := l.Run(sim.New(rapid.Uint64().Draw(t, "seed")))
		if err != nil {
			t.Fatal(err)
		}
		if reached[1] != reached[2] {
			t.Fatalf("%d requests came to the second layer, %d to the origin", reached[1], reached[2])
		}
	})
}

// Caches with room for all that is ever asked for let as many requests pass as theory says, also behind others, also if some have more
// clients, and from the first request on.
func TestClaim_LayersThatEvictNothing(t *testing.T) {
	runs := 300
	if race.Enabled {
		runs = 10
	}
	for _, l := range []Layers{
		{Clients: 10, Objects: 50, Skew: 0.9, Changes: 0.1, WarmUp: 200, Measured: 500},
		{Clients: 7, Objects: 20, Skew: 0, Changes: 0, WarmUp: 0, Measured: 100},
		{Clients: 5, Objects: 30, Skew: 1.2, Changes: 1, WarmUp: 50, Measured: 300},
		{Clients: 3, Objects: 1, Skew: 0, Changes: 0.5, WarmUp: 0, Measured: 20},
		{Clients: 1, Objects: 1, Skew: 0, Changes: 0, WarmUp: 0, Measured: 4},
	} {
		room := l.Objects + l.WarmUp + l.Measured
		l.Layers = []Layer{{l.Clients, room, cache.LRU}, {3, room, cache.LRU}, {1, room, cache.LRU}}
		all, err := sim.Replicate(1, runs, l.Run)
		require.NoError(t, err)
		for i, layer := range l.Layers {
			exact, err := l.WithoutEviction(layer.Caches)
			require.NoError(t, err)
			shares := make([]float64, runs)
			for run, reached := range all {
				shares[run] = float64(reached[i+1]) / float64(l.Measured)
			}
			interval, err := stats.MeanInterval(shares, stats.Asserted)
			require.NoError(t, err)
			if interval.HalfWidth() < 1e-12 { // nothing is random here
				require.InDelta(t, exact, interval.Estimate, 1e-12, "%+v", l)
				continue
			}
			require.True(t, interval.Contains(exact), "layer %d of %+v: %v, exactly %v", i, l, interval, exact)
		}
	}
}

// By hand: one client, one object that never changes: only the first of four requests passes, or none after a warm-up. If it changes after each
// request then all pass.
func TestWithoutEviction_ByHand(t *testing.T) {
	l := Layers{Layers: []Layer{{1, 1, cache.LRU}}, Clients: 1, Objects: 1, Measured: 4}
	for _, c := range []struct {
		changes float64
		warmUp  int
		want    float64
	}{{0, 0, 0.25}, {0, 1, 0}, {1, 0, 1}, {1, 3, 1}, {0.5, 0, 1 - 0.75*0.5}, {0.5, 1, 0.5}} {
		l.Changes, l.WarmUp = c.changes, c.warmUp
		got, err := l.WithoutEviction(1)
		require.NoError(t, err)
		require.InDelta(t, c.want, got, 1e-15, "%+v", c)
	}
}

func TestReached_HitRatio(t *testing.T) {
	r := Reached{10, 4, 4, 0, 0}
	require.Equal(t, []float64{0.6, 0, 1, 0}, []float64{r.HitRatio(0), r.HitRatio(1), r.HitRatio(2), r.HitRatio(3)})
}

func TestLayers_Refuse(t *testing.T) {
	sound := Layers{Layers: []Layer{{1, 1, cache.LRU}}, Clients: 1, Objects: 1, Measured: 1}
	_, err := sound.Run(sim.New(1))
	require.NoError(t, err)
	for _, spoil := range []func(*Layers){
		func(l *Layers) { l.Layers = nil },
		func(l *Layers) { l.Layers = []Layer{{0, 1, cache.LRU}} },
		func(l *Layers) { l.Clients = 0 },
		func(l *Layers) { l.Objects = -1 },
		func(l *Layers) { l.Objects = math.MaxInt },
		func(l *Layers) { l.Changes = -0.1 },
		func(l *Layers) { l.Changes = math.NaN() },
		func(l *Layers) { l.Changes = math.Inf(1) },
		func(l *Layers) { l.Measured = 0 },
		func(l *Layers) { l.WarmUp = -1 },
	} {
		l := sound
		spoil(&l)
		_, err := l.Run(sim.New(1))
		require.ErrorIs(t, err, ErrLayers, "%+v", l)
		_, err = l.WithoutEviction(1)
		require.ErrorIs(t, err, ErrLayers, "%+v", l)
	}
	_, err = sound.WithoutEviction(0)
	require.ErrorIs(t, err, ErrLayers)
	for _, skew := range []float64{-1, math.NaN(), math.Inf(1)} {
		l := sound
		l.Skew = skew
		_, err = l.Run(sim.New(1))
		require.ErrorContains(t, err, "workload: ")
		_, err = l.WithoutEviction(1)
		require.ErrorContains(t, err, "workload: ")
	}
	sound.Layers = []Layer{{1, 0, cache.LRU}}
	_, err = sound.Run(sim.New(1))
	require.ErrorIs(t, err, cache.ErrCapacity)
}
