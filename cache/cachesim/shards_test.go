package cachesim

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

type sampler func(trace Trace, rate float64, seed uint64) (Sampled, error)

// lawAll asks a sample of all keys for the exact curve.
func lawAll(of func(Trace) (Sampled, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		trace := drawTrace(t, 8, 60)
		s, err := of(trace)
		if err != nil {
			t.Fatal(err)
		}
		exact := LRUCurve(trace)
		if s.Looked != len(trace.Requests) || s.Requests != s.Looked || s.Keys != len(trace.IDs) || s.Rate != 1 {
			t.Fatalf("not all of %d requests for %d keys: %+v", len(trace.Requests), len(trace.IDs), s)
		}
		for capacity := range len(trace.IDs) + 2 {
			if got, want := s.MissRatio(capacity), exact.MissRatio(capacity); got != want {
				t.Fatalf("%s: the sample of all says %v, the curve %v", told(trace, capacity), got, want)
			}
		}
		if e := s.Error(exact); e != 0 {
			t.Fatalf("the error of a sample of all is %v", e)
		}
	}
}

func TestLaw_ASampleOfAllIsTheExactCurve(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		lawAll(func(trace Trace) (Sampled, error) { return SHARDS(trace, 1, seed) })(t)
		lawAll(func(trace Trace) (Sampled, error) { return SHARDSOfSize(trace, max(1, len(trace.IDs)), seed) })(t)
	})
}

// lawRate asks for the exact curve of the requests for the sample's keys, stretched: at a rate of 1/2 a distance of 1+d becomes one of 1+2d, and
// each miss counts twice.
func lawRate(of sampler) func(*rapid.T) {
	return func(t *rapid.T) {
		trace, one := drawTrace(t, 26, 60), rapid.IntRange(1, 4).Draw(t, "one key in")
		seed := rapid.Uint64Range(0, 9).Draw(t, "seed")
		var ids []uint64
		for _, key := range trace.Requests {
			if id := trace.IDs[key]; sampleHash(id, seed) < (1<<63)/uint64(one) {
				ids = append(ids, id)
			}
		}
		s, err := of(trace, 1/float64(one), seed)
		if len(ids) == 0 && len(trace.Requests) > 0 {
			if !errors.Is(err, ErrSample) {
				t.Fatalf("no key is in the sample, and still: %v", err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		sampled := interned(ids)
		inside := LRUCurve(sampled)
		for capacity := 1; capacity <= len(trace.IDs)+1; capacity++ {
			missed := min(inside.Misses[min(1+(capacity-1)/one, len(inside.Misses)-1)]*one, len(trace.Requests))
			if got := s.MissRatio(capacity) * float64(len(trace.Requests)); math.Abs(got-float64(missed)) > 1e-6 {
				t.Fatalf("%s: the sample of one key in %d has %s, which stand for %d misses, not for %.4g", told(trace, capacity), one, letters(sampled), missed, got)
			}
		}
	}
}

func TestLaw_ASampleIsTheStretchedCurveOfItsKeys(t *testing.T) { rapid.Check(t, lawRate(SHARDS)) }

// The keys that a sample of some size ends with are those with the lowest hashes, and what is counted is what a list shows.
func TestLaw_ASampleOfSomeSize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		trace, most, seed := drawTrace(t, 26, 100), rapid.IntRange(1, 8).Draw(t, "keys"), rapid.Uint64Range(0, 9).Draw(t, "seed")
		s, err := SHARDSOfSize(trace, most, seed)
		require.NoError(t, err)
		want := naiveSample(trace, most, seed)
		require.Equal(t, want.Keys, s.Keys)
		require.Equal(t, want.Looked, s.Looked)
		require.Equal(t, want.Rate, s.Rate)
		require.Equal(t, len(s.Capacities), len(s.Misses))
		require.True(t, slices.IsSorted(s.Capacities))
		require.True(t, slices.IsSortedFunc(s.Misses, func(a, b float64) int { return int(math.Copysign(1, b-a)) * btoi(a != b) }), "%v", s.Misses)
		for capacity := range len(trace.IDs) + 2 {
			got := s.MissRatio(capacity)
			require.InDelta(t, want.MissRatio(capacity), got, 1e-9, "%v with room for %d", trace.Requests, capacity)
			require.True(t, got >= 0 && got <= 1, "%v", got)
		}
	})
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// naiveSample keeps a list, the last key first, and cuts it to the lowest hashes.
func naiveSample(trace Trace, most int, seed uint64) Sampled {
	s := Sampled{Requests: len(trace.Requests), Rate: 1}
	hits := map[float64]float64{}
	var stack []int32
	hash := func(key int32) float64 { return float64(sampleHash(trace.IDs[key], seed)) / (1 << 63) }
	lacking := float64(s.Requests)
	for _, key := range trace.Requests {
		if hash(key) >= s.Rate {
			continue
		}
		s.Looked++
		lacking -= 1 / s.Rate
		if depth := slices.Index(stack, key); depth >= 0 {
			hits[1+float64(depth)/s.Rate] += 1 / s.Rate
			stack = slices.Delete(stack, depth, depth+1)
		}
		stack = slices.Insert(stack, 0, key)
		if len(stack) > most {
			s.Rate = hash(slices.MaxFunc(stack, func(a, b int32) int { return int(math.Copysign(1, hash(a)-hash(b))) }))
			stack = slices.DeleteFunc(stack, func(key int32) bool { return hash(key) >= s.Rate })
		}
	}
	s.Keys = len(stack)
	hits[1] += lacking
	missed := float64(s.Requests)
	s.Capacities, s.Misses = []float64{0}, []float64{missed}
	var distances []float64
	for d := range hits {
		distances = append(distances, d)
	}
	slices.Sort(distances)
	for _, d := range distances {
		missed -= hits[d]
		s.Capacities, s.Misses = append(s.Capacities, d), append(s.Misses, max(0, min(missed, float64(s.Requests))))
	}
	return s
}

func TestSHARDS_Refuses(t *testing.T) {
	trace := lettered("abc")
	for _, rate := range []float64{0, math.Copysign(0, -1), -0.1, 1.0000001, math.Inf(1), math.Inf(-1), math.NaN(), MinRate / 2, math.SmallestNonzeroFloat64} {
		_, err := SHARDS(trace, rate, 1)
		require.ErrorIs(t, err, ErrRate, "%v", rate)
	}
	for _, keys := range []int{0, -1, math.MinInt} {
		_, err := SHARDSOfSize(trace, keys, 1)
		require.ErrorIs(t, err, ErrSize)
	}
	_, err := SHARDS(trace, MinRate, 1)
	require.ErrorIs(t, err, ErrSample)
	require.EqualError(t, err, "cachesim: no key of the trace fell into the sample: use a higher rate: 3 keys at a rate of 9.094947017729282e-13")
	for _, seed := range []uint64{0, math.MaxUint64} {
		s, err := SHARDS(Trace{}, 0.5, seed)
		require.NoError(t, err)
		require.Zero(t, s.MissRatio(1))
		s, err = SHARDSOfSize(trace, math.MaxInt, seed)
		require.NoError(t, err)
		require.Equal(t, 3, s.Keys)
		require.Equal(t, 1.0, s.MissRatio(math.MinInt))
		require.Equal(t, 1.0, s.MissRatio(math.MaxInt))
	}
	require.Zero(t, Sampled{}.Error(Curve{}))
}

// One seed gives one sample; two give different ones.
func TestSHARDS_BySeed(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	ids := make([]uint64, 5_000)
	for i := range ids {
		ids[i] = uint64(random.IntN(1_000))
	}
	trace := interned(ids)
	first, err := SHARDS(trace, 0.1, 1)
	require.NoError(t, err)
	again, err := SHARDS(trace, 0.1, 1)
	require.NoError(t, err)
	other, err := SHARDS(trace, 0.1, 2)
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.NotEqual(t, first, other)
}
