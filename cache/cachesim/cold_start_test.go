package cachesim

import (
	"math"
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

func drawColdStart(t *rapid.T, policy cache.Builder) ColdStart {
	c := ColdStart{
		Policy:  policy,
		Entries: rapid.IntRange(1, 8).Draw(t, "entries"),
		Keys:    rapid.IntRange(1, 20).Draw(t, "keys"),
		Skew:    rapid.Float64Range(0, 1.5).Draw(t, "skew"),
		WarmUp:  rapid.IntRange(0, 60).Draw(t, "warm-up"),
		Shift:   rapid.IntRange(0, 40).Draw(t, "shift"),
		Window:  rapid.IntRange(1, 10).Draw(t, "window"),
		Windows: rapid.IntRange(1, 10).Draw(t, "windows"),
	}
	c.Prewarm = rapid.IntRange(0, min(c.Keys, c.Entries)).Draw(t, "pre-warm")
	return c
}

type coldRun func(ColdStart, *sim.Engine) (Recovery, error)

// lawColdStart says that what a cache misses is what a simulation of the requests that it got does, up to the end of each window.
func lawColdStart(policy cache.Builder, run coldRun) func(*rapid.T) {
	return func(t *rapid.T) {
		c, seed := drawColdStart(t, policy), rapid.Uint64().Draw(t, "seed")
		got, err := run(c, sim.New(seed))
		if err != nil {
			t.Fatal(err)
		}
		missed, stayed := 0, 0
		for window := range c.Windows {
			missed += got.Missed[window]
			stayed += got.Stayed[window]
			wantMissed, wantStayed := byTraces(t, c, seed, (window+1)*c.Window)
			if missed != wantMissed || stayed != wantStayed {
				t.Fatalf("%d keys, %d entries, %d requests before, the hottest %d read in, traffic shifted over %d:\n"+
					"in the first %d requests the database got %d, and would have got %d without a new cache; traces of what the caches got say %d and %d",
					c.Keys, c.Entries, c.WarmUp, c.Prewarm, c.Shift, (window+1)*c.Window, missed, stayed, wantMissed, wantStayed)
			}
		}
	}
}

// byTraces writes down what each cache is asked for, and simulates each trace.
func byTraces(t *rapid.T, c ColdStart, seed uint64, requests int) (missed, stayed int) {
	e := sim.New(seed)
	keys, err := workload.NewZipf(c.Skew, c.Keys, e.Stream("keys"))
	if err != nil {
		t.Fatal(err)
	}
	var before, all, old, fresh []uint64
	for range c.WarmUp {
		before = append(before, uint64(keys.Next()))
	}
	all, old = append(all, before...), append(old, before...)
	for key := c.Prewarm; key > 0; key-- {
		fresh = append(fresh, uint64(key-1))
	}
	for i := range requests {
		key := uint64(keys.Next())
		all = append(all, key)
		chance := 1.0
		if c.Shift > 1 {
			chance = float64(i+1) / float64(c.Shift)
		}
		if e.Stream("shift").Float64() < chance {
			fresh = append(fresh, key)
		} else {
			old = append(old, key)
		}
	}
	count := func(ids []uint64) int {
		misses, err := missesOf(ids, c.Policy, c.Entries)
		if err != nil {
			t.Fatal(err)
		}
		return misses
	}
	return count(old) - count(before) + count(fresh) - c.Prewarm, count(all) - count(before)
}

func TestLaw_AColdStartIsTracesOfItsCaches(t *testing.T) {
	for name, policy := range map[string]cache.Builder{"LRU": cache.LRU, "FIFO": cache.FIFO, "SIEVE": cache.SIEVE, "ARC": cache.ARC, "W-TinyLFU": cache.WTinyLFU} {
		t.Run(name, func(t *testing.T) { rapid.Check(t, lawColdStart(policy, ColdStart.Run)) })
	}
	lawtest.Holds(t, lawColdStart(cache.LRU, ColdStart.Run))
}

func TestBroken_NotPreWarmed(t *testing.T) {
	lawtest.Breaks(t, "The cache is not pre-warmed", lawColdStart(cache.LRU, func(c ColdStart, e *sim.Engine) (Recovery, error) {
		c.Prewarm = 0
		return c.Run(e)
	}))
}

func TestBroken_AllTrafficAtOnce(t *testing.T) {
	lawtest.Breaks(t, "All traffic goes to the new cache at once, where it should be shifted", lawColdStart(cache.LRU, func(c ColdStart, e *sim.Engine) (Recovery, error) {
		c.Shift = 0
		return c.Run(e)
	}))
}

// LRU holds the keys that were asked for last: once so many different ones were asked for as there are entries, nothing is left of how it
// began. Until then each key that it lacks costs one miss, and each window at least what it would have.
func TestLaw_AFlushedLRUForgetsTheFlush(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawColdStart(t, cache.LRU)
		c.Prewarm, c.Shift = 0, 0
		r, err := c.Run(sim.New(rapid.Uint64().Draw(t, "seed")))
		if err != nil {
			t.Fatal(err)
		}
		extra := 0
		for window := range r.Missed {
			more := r.Missed[window] - r.Stayed[window]
			extra += more
			switch {
			case more < 0:
				t.Fatalf("window %d: the empty cache missed %d, the full one %d", window, r.Missed[window], r.Stayed[window])
			case r.FullAt >= 0 && window*c.Window >= r.FullAt && more != 0:
				t.Fatalf("window %d: %d misses in place of %d, after the cache was full again", window, r.Missed[window], r.Stayed[window])
			}
		}
		if extra > c.Entries {
			t.Fatalf("the flush cost %d misses, more than the %d entries", extra, c.Entries)
		}
	})
}

// With room for all keys the misses are as many as the distinct keys.
func TestClaim_DistinctKeys(t *testing.T) {
	runs := 400
	if race.Enabled {
		runs = 10
	}
	for _, c := range []ColdStart{
		{Keys: 100, Skew: 0.9, Window: 50, Windows: 4},
		{Keys: 30, Skew: 0, Window: 25, Windows: 3},
		{Keys: 1000, Skew: 1.2, Window: 400, Windows: 2, Prewarm: 100},
	} {
		c.Policy, c.Entries = cache.LRU, c.Keys
		popularity, err := ZipfPopularity(c.Skew, c.Keys)
		require.NoError(t, err)
		all, err := sim.Replicate(1, runs, c.Run)
		require.NoError(t, err)
		for window := range c.Windows {
			missed := make([]float64, runs)
			for run, r := range all {
				for _, n := range r.Missed[:window+1] {
					missed[run] += float64(n)
				}
			}
			interval, err := stats.MeanInterval(missed, stats.Asserted)
			require.NoError(t, err)
			exact := popularity[c.Prewarm:].Distinct((window + 1) * c.Window)
			require.True(t, interval.Contains(exact), "%+v, window %d: %v, exactly %v", c, window, interval, exact)
		}
	}
}

func TestPopularity_Distinct(t *testing.T) {
	require.InDelta(t, 1.5, Popularity{0.5, 0.5}.Distinct(2), 1e-15)
	require.InDelta(t, 1.75, Popularity{0.5, 0.5}.Distinct(3), 1e-15)
	require.Equal(t, 1.0, Popularity{1}.Distinct(1))
	require.Equal(t, 0.0, Popularity{1}.Distinct(0))
	require.Equal(t, 0.0, Popularity{1}.Distinct(-1))
	require.Equal(t, 0.0, Popularity{}.Distinct(9))
	p, err := ZipfPopularity(1, 3)
	require.NoError(t, err)
	require.InDeltaSlice(t, []float64{6.0 / 11, 3.0 / 11, 2.0 / 11}, []float64(p), 1e-12)
	_, err = ZipfPopularity(math.NaN(), 3)
	require.ErrorContains(t, err, "workload: ")
	_, err = ZipfPopularity(1, 0)
	require.ErrorContains(t, err, "workload: ")
}

// The moment at which the new cache is full is that of the last miss without an eviction.
func TestColdStart_FullAt(t *testing.T) {
	c := ColdStart{Policy: cache.LRU, Entries: 3, Keys: 50, Window: 1, Windows: 40}
	r, err := c.Run(sim.New(7))
	require.NoError(t, err)
	misses := 0
	for i, n := range r.Missed {
		if misses += n; misses == 3 {
			require.Equal(t, i+1, r.FullAt)
			break
		}
	}
	c.Prewarm = 3
	r, err = c.Run(sim.New(7))
	require.NoError(t, err)
	require.Equal(t, 0, r.FullAt)
	c.Prewarm, c.Entries = 0, 51
	r, err = c.Run(sim.New(7))
	require.NoError(t, err)
	require.Equal(t, -1, r.FullAt)
}

func TestColdStart_Refuses(t *testing.T) {
	sound := ColdStart{Policy: cache.LRU, Entries: 2, Keys: 3, Window: 1, Windows: 1}
	_, err := sound.Run(sim.New(1))
	require.NoError(t, err)
	for _, spoil := range []func(*ColdStart){
		func(c *ColdStart) { c.Keys = 0 },
		func(c *ColdStart) { c.Keys = math.MaxInt },
		func(c *ColdStart) { c.Prewarm = -1 },
		func(c *ColdStart) { c.Prewarm = 3 },
		func(c *ColdStart) { c.Prewarm, c.Entries = 4, 9 },
		func(c *ColdStart) { c.WarmUp = -1 },
		func(c *ColdStart) { c.Shift = -1 },
		func(c *ColdStart) { c.Window = 0 },
		func(c *ColdStart) { c.Windows = 0 },
		func(c *ColdStart) { c.Window, c.Windows = math.MaxInt, 2 },
		func(c *ColdStart) { c.Window, c.Windows = 1<<20, 1<<20 },
	} {
		c := sound
		spoil(&c)
		_, err := c.Run(sim.New(1))
		require.ErrorIs(t, err, ErrColdStart, "%+v", c)
	}
	for _, entries := range []int{0, -1, math.MaxInt} {
		c := sound
		c.Entries = entries
		_, err := c.Run(sim.New(1))
		require.ErrorIs(t, err, cache.ErrCapacity)
	}
	sound.Skew = math.Inf(1)
	_, err = sound.Run(sim.New(1))
	require.ErrorContains(t, err, "workload: ")
}
