package cachesim

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/cache"
	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// What hits is what a simulation of the keys, written down, does not miss, whatever the policy.
func TestLaw_CardinalityIsATraceOfItsKeys(t *testing.T) {
	for name, policy := range map[string]cache.Builder{"LRU": cache.LRU, "FIFO": cache.FIFO, "S3-FIFO": cache.S3FIFO, "W-TinyLFU": cache.WTinyLFU} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				c := Cardinality{
					Policy:   policy,
					Entries:  rapid.IntRange(1, 10).Draw(t, "entries"),
					Objects:  rapid.IntRange(1, 10).Draw(t, "objects"),
					Skew:     rapid.Float64Range(0, 1.5).Draw(t, "skew"),
					Values:   rapid.IntRange(1, 5).Draw(t, "values"),
					WarmUp:   rapid.IntRange(0, 50).Draw(t, "warm-up"),
					Measured: rapid.IntRange(1, 100).Draw(t, "requests"),
				}
				seed := rapid.Uint64().Draw(t, "seed")
				got, err := c.Run(sim.New(seed))
				if err != nil {
					t.Fatal(err)
				}
				e := sim.New(seed)
				objects, err := workload.NewZipf(c.Skew, c.Objects, e.Stream("objects"))
				if err != nil {
					t.Fatal(err)
				}
				var keys []uint64
				for range c.WarmUp + c.Measured {
					value := uint64(e.Stream("values").Float64() * float64(c.Values))
					keys = append(keys, value<<32|uint64(objects.Next()))
				}
				all, err := missesOf(keys, policy, c.Entries)
				if err != nil {
					t.Fatal(err)
				}
				before, err := missesOf(keys[:c.WarmUp], policy, c.Entries)
				if err != nil {
					t.Fatal(err)
				}
				if want := float64(c.Measured-(all-before)) / float64(c.Measured); got != want {
					t.Fatalf("a hit ratio of %v, and %v of the trace", got, want)
				}
			})
		})
	}
}

// lruExactly is LRU's hit ratio with room for one or two keys: the last one or two that were asked for. W. King, "Analysis of Demand Paging Algorithms", IFIP 1971.
func lruExactly(p Popularity, entries int) (hits float64) {
	for i, first := range p {
		hits += first * first
		for j, second := range p {
			if entries == 2 && i != j {
				hits += first * second / (1 - first) * second // first, and before it second, among those that are not first
			}
		}
	}
	return hits
}

// With one entry a field of v values divides the hit ratio by v exactly; with two it is King's formula for the keys.
func TestClaim_CardinalityOfSmallLRU(t *testing.T) {
	runs := 200
	if race.Enabled {
		runs = 10
	}
	for _, entries := range []int{1, 2} {
		for _, values := range []int{1, 2, 5} {
			c := Cardinality{Policy: cache.LRU, Entries: entries, Objects: 12, Skew: 1.1, Values: values, WarmUp: 400, Measured: 500}
			p, err := ZipfPopularity(c.Skew, c.Objects)
			require.NoError(t, err)
			ratios, err := sim.Replicate(1, runs, c.Run)
			require.NoError(t, err)
			interval, err := stats.MeanInterval(ratios, stats.Asserted)
			require.NoError(t, err)
			exact := lruExactly(split(p, values), entries)
			if entries == 1 {
				require.InDelta(t, lruExactly(p, 1)/float64(values), exact, 1e-12)
			}
			require.True(t, interval.Contains(exact), "%d entries, %d values: %v, exactly %v", entries, values, interval, exact)
		}
	}
}

// split has that many like keys for each.
func split(p Popularity, values int) (all Popularity) {
	for _, mass := range p {
		for range values {
			all = append(all, mass/float64(values))
		}
	}
	return all
}

// Che's approximation is exact if all keys are alike, never above what is best, and that of objects with v like keys is that of v times fewer entries.
func TestLaw_Che(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, v := rapid.IntRange(1, 40).Draw(t, "objects"), rapid.IntRange(1, 5).Draw(t, "values")
		p, err := ZipfPopularity(rapid.Float64Range(0, 2).Draw(t, "skew"), n)
		if err != nil {
			t.Fatal(err)
		}
		entries := rapid.IntRange(0, n*v+2).Draw(t, "entries")
		che := split(p, v).CheLRU(float64(entries))
		if same := p.CheLRU(float64(entries) / float64(v)); math.Abs(che-same) > 1e-9 {
			t.Fatalf("%d entries, %d objects with %d keys each: %v, and %v of entries/values", entries, n, v, che, same)
		}
		if best := split(p, v).Best(float64(entries)); che > best+1e-9 {
			t.Fatalf("%d entries: %v, above the best, %v", entries, che, best)
		}
		if same := p.Best(float64(entries) / float64(v)); math.Abs(split(p, v).Best(float64(entries))-same) > 1e-9 {
			t.Fatalf("the best of %d entries is not that of entries/values, %v", entries, same)
		}
		alike, err := ZipfPopularity(0, n)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := alike.CheLRU(float64(min(entries, n))), float64(min(entries, n))/float64(n); math.Abs(got-want) > 1e-9 {
			t.Fatalf("%d of %d like keys: %v", min(entries, n), n, got)
		}
	})
}

func TestPopularity_Odd(t *testing.T) {
	p := Popularity{0.5, 0.5, 0}
	for _, entries := range []float64{0, -1, math.Inf(-1), math.NaN()} {
		require.Equal(t, 0.0, p.CheLRU(entries))
		require.Equal(t, 0.0, p.Best(entries))
	}
	for _, entries := range []float64{2, 3, math.Inf(1)} {
		require.Equal(t, 1.0, p.CheLRU(entries))
		require.Equal(t, 1.0, p.Best(entries))
	}
	require.Equal(t, 0.75, p.Best(1.5))
	require.Equal(t, 0.0, Popularity{}.CheLRU(1))
}

func TestCardinality_Refuses(t *testing.T) {
	sound := Cardinality{Policy: cache.LRU, Entries: 1, Objects: 1, Values: 1, Measured: 1}
	ratio, err := sound.Run(sim.New(1))
	require.NoError(t, err)
	require.Equal(t, 0.0, ratio)
	for _, spoil := range []func(*Cardinality){
		func(c *Cardinality) { c.Objects = 0 },
		func(c *Cardinality) { c.Values = 0 },
		func(c *Cardinality) { c.Values = math.MaxInt },
		func(c *Cardinality) { c.Measured = -1 },
		func(c *Cardinality) { c.WarmUp = -1 },
		func(c *Cardinality) { c.WarmUp = math.MaxInt },
	} {
		c := sound
		spoil(&c)
		_, err := c.Run(sim.New(1))
		require.ErrorIs(t, err, ErrCardinality, "%+v", c)
	}
	sound.Entries = 0
	_, err = sound.Run(sim.New(1))
	require.ErrorIs(t, err, cache.ErrCapacity)
	sound.Entries, sound.Skew = 1, -1
	_, err = sound.Run(sim.New(1))
	require.ErrorContains(t, err, "workload: ")
}
