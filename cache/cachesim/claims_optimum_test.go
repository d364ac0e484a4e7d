package cachesim

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/cache"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// With room for one and requests for a, b, a, c, a whoever must admit every key misses all five, and whoever may refuse keeps a and misses three.
func TestClaim_BypassSavesMisses(t *testing.T) {
	trace := lettered("abaca")
	misses, err := Optimal(trace, 1)
	require.NoError(t, err)
	require.Equal(t, 5, misses)
	misses, err = OptimalWithBypass(trace, 1)
	require.NoError(t, err)
	require.Equal(t, 3, misses)
}

// The string on which FIFO has nine page faults with three frames and ten with four (L. Belady, R. Nelson, G. Shedler, 1969) has seven and six at
// best.
func TestClaim_TheOptimumHasNoAnomaly(t *testing.T) {
	trace := lettered("123412512345")
	for capacity, want := range map[int]int{3: 7, 4: 6} {
		misses, err := Optimal(trace, capacity)
		require.NoError(t, err)
		require.Equal(t, want, misses, "%d frames", capacity)
	}
}

// Of a loop over n keys the optimum misses each key once at first. Then, with room for c, n-c of every n-1 requests are missed in the long run:
// c-1 of the n-1 other keys are there when a key has been asked for.
func TestClaim_TheOptimumOfALoop(t *testing.T) {
	const keys, capacity, rounds = 20, 5, 20 * 19
	ids := make([]uint64, keys*rounds)
	for i := range ids {
		ids[i] = uint64(i % keys)
	}
	misses, err := Optimal(interned(ids), capacity)
	require.NoError(t, err)
	long := float64(len(ids)) * (keys - capacity) / (keys - 1)
	require.InDelta(t, long, float64(misses), keys, "but for how it begins and ends")
}

// A distance in the sample, stretched, is right on average: of a loop over n keys each distance is n, and a sample in which a given key is has
// 1 + Binomial(n-1, rate) keys. Not scaling the key itself is what makes it so: scaled as a whole the mean would be n - 1 + 1/rate.
func TestClaim_SampledDistancesAreUnbiased(t *testing.T) {
	const keys, rate, samples = 2_000, 0.02, 2_000
	ids := make([]uint64, 2*keys)
	for i := range ids {
		ids[i] = uint64(i % keys)
	}
	trace := interned(ids)
	var distances []float64
	for seed := range uint64(samples / rate) {
		if float64(sampleHash(0, seed)) >= rate*hashes { // samples without key 0
			continue
		}
		s, err := SHARDS(trace, rate, seed)
		require.NoError(t, err)
		distances = append(distances, s.Capacities[len(s.Capacities)-1])
	}
	mean, err := stats.MeanInterval(distances, stats.Asserted)
	require.NoError(t, err)
	require.True(t, mean.Contains(keys), "%+v", mean)
	require.False(t, mean.Contains(keys-1+1/rate), "%+v", mean)
	var squares []float64
	for _, d := range distances {
		squares = append(squares, (d-keys)*(d-keys))
	}
	variance, err := stats.MeanInterval(squares, stats.Asserted)
	require.NoError(t, err)
	require.True(t, variance.Contains((keys-1)*(1-rate)/rate), "%+v", variance)
}

// The paper's abstract has errors of less than 0.01 on average within 1 MB, which is 8,000 keys (section 3.3). Errors shrink with the root
// of the keys: with 1,000 it may be 0.01 * sqrt(8) = 0.028.
func TestClaim_AThousandKeysAreEnough(t *testing.T) {
	trace := zipfTrace(t, 0.9, 20_000, 100_000)
	exact := LRUCurve(trace)
	var errors []float64
	for seed := range uint64(30) {
		s, err := SHARDSOfSize(trace, 1_000, seed)
		require.NoError(t, err)
		require.LessOrEqual(t, s.Keys, 1_000)
		errors = append(errors, s.Error(exact))
	}
	mean, err := stats.MeanInterval(errors, stats.Asserted)
	require.NoError(t, err)
	require.Less(t, mean.High, 0.028, "%+v", mean)
}

func zipfTrace(t *testing.T, exponent float64, keys, requests int) Trace {
	zipf, err := workload.NewZipf(exponent, keys, rand.NewPCG(1, 1))
	require.NoError(t, err)
	ids := make([]uint64, requests)
	for i := range ids {
		ids[i] = uint64(zipf.Next())
	}
	return interned(ids)
}

// On the traces of LIRS, for whoever has them: SYSDESIGN_TRACES names the folder with multi1.trace.gz and loop.trace.gz.
func TestClaim_TheOptimumOnTraces(t *testing.T) {
	folder := os.Getenv("SYSDESIGN_TRACES")
	if folder == "" {
		t.Skip("SYSDESIGN_TRACES is not set")
	}
	for _, c := range []struct {
		trace               string
		requests, keys      int
		best, bypassed, lru int // misses at 1000
	}{
		{"multi1", 15_858, 2_606, 4_536, 4_535, 8_210},
		{"loop", 505_500, 1_011, 6_500, math.MaxInt, 505_500},
	} {
		file, err := os.Open(filepath.Join(folder, c.trace+".trace.gz"))
		require.NoError(t, err)
		trace, err := Read(file, LIRS)
		require.NoError(t, file.Close())
		require.NoError(t, err)
		require.Len(t, trace.Requests, c.requests)
		require.Len(t, trace.IDs, c.keys)
		best, err := Optimal(trace, 1_000)
		require.NoError(t, err)
		require.Equal(t, c.best, best, c.trace)
		bypassed, err := OptimalWithBypass(trace, 1_000)
		require.NoError(t, err)
		require.LessOrEqual(t, bypassed, best)
		if c.bypassed != math.MaxInt {
			require.Equal(t, c.bypassed, bypassed, c.trace)
		}
		curve := LRUCurve(trace)
		require.Equal(t, c.lru, curve.Misses[1_000], c.trace)
		for _, capacity := range []int{1, 10, 100, 500, 1_000, c.keys} {
			misses, err := Misses(trace, cache.LRU, capacity)
			require.NoError(t, err)
			require.Equal(t, misses, curve.Misses[capacity], "%s with %d", c.trace, capacity)
		}
	}
}
