package cachesim

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/cache"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

type generator func(src rand.Source) (Trace, error)

var generators = map[string]generator{
	"Zipf": func(src rand.Source) (Trace, error) { return Zipf(0.9, 500, 3000, src) },
	"hot set": func(src rand.Source) (Trace, error) {
		return ShiftingHotSet(HotSet{Keys: 500, Hot: 30, Share: 0.9, Period: 400, Requests: 3000}, src)
	},
	"recency": func(src rand.Source) (Trace, error) { return Recency(0.9, 500, 3000, src) },
	"mixture": func(src rand.Source) (Trace, error) {
		scan, err := Scan(1000)
		if err != nil {
			return Trace{}, err
		}
		zipf, err := Zipf(0.9, 500, 2000, rand.NewPCG(5, 5))
		if err != nil {
			return Trace{}, err
		}
		return Mix(src, Part{scan, 100}, Part{zipf, 1})
	},
}

// One source gives the same trace, another one another; none is the runtime's own. Keys are numbered as they come.
func TestGenerators_AreRepeatable(t *testing.T) {
	for name, make := range generators {
		t.Run(name, func(t *testing.T) {
			traces := []Trace{}
			for _, src := range []rand.Source{rand.NewPCG(1, 1), rand.NewPCG(1, 1), rand.NewPCG(1, 2), nil} {
				trace, err := make(src)
				require.NoError(t, err)
				require.Len(t, trace.Requests, 3000)
				again := interned(ids(trace))
				require.Equal(t, again.Requests, trace.Requests)
				require.Equal(t, again.IDs, trace.IDs)
				traces = append(traces, trace)
			}
			require.Equal(t, traces[0], traces[1])
			require.NotEqual(t, traces[0], traces[2])
			require.NotEqual(t, traces[0], traces[3])
		})
	}
}

func TestScanAndLoop(t *testing.T) {
	loop, err := Loop(3, 7)
	require.NoError(t, err)
	require.Equal(t, []uint64{0, 1, 2, 0, 1, 2, 0}, ids(loop))
	scan, err := Scan(4)
	require.NoError(t, err)
	require.Equal(t, []uint64{0, 1, 2, 3}, ids(scan))
}

// lawMix takes a mixture apart again: by key, the requests of each part are there in their order, in whole bursts.
func lawMix(mix func(rand.Source, ...Part) (Trace, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Part {
			return Part{drawTrace(t, 5, 30), rapid.IntRange(1, 8).Draw(t, "burst")}
		}), 1, 4).Draw(t, "parts")
		total, keys := 0, 0
		for _, p := range parts {
			total, keys = total+len(p.Trace.Requests), keys+len(p.Trace.IDs)
		}
		trace, err := mix(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0), parts...)
		if total == 0 {
			if err == nil {
				t.Fatalf("a mixture of nothing is a trace of %d requests", len(trace.Requests))
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(trace.Requests) != total || len(trace.IDs) != keys {
			t.Fatalf("the parts have %d requests and %d keys, the mixture %d and %d", total, keys, len(trace.Requests), len(trace.IDs))
		}
		if !interleaves(trace.Requests, parts, make([]int, len(parts)), map[int32][2]int32{}) {
			t.Fatalf("the sequence is no mixture of the parts: %d", trace.Requests)
		}
	}
}

// interleaves tries each part for the next burst. Keys say at once which part it was, but for those that are new.
func interleaves(requests []int32, parts []Part, done []int, known map[int32][2]int32) bool {
	if len(requests) == 0 {
		return true
	}
	for i, p := range parts {
		burst := p.Trace.Requests[done[i]:]
		burst = burst[:min(p.Burst, len(burst))]
		if len(burst) == 0 {
			continue
		}
		now, taken := map[int32][2]int32{}, map[[2]int32]bool{}
		for number, key := range known {
			now[number] = key
			taken[key] = true
		}
		fits := true
		for j, key := range burst {
			of := [2]int32{int32(i), key}
			if was, seen := now[requests[j]]; seen && was != of || !seen && taken[of] {
				fits = false
				break
			}
			now[requests[j]], taken[of] = of, true
		}
		if !fits {
			continue
		}
		done[i] += len(burst)
		if interleaves(requests[len(burst):], parts, done, now) {
			return true
		}
		done[i] -= len(burst)
	}
	return false
}

func TestLaw_AMixtureIsItsParts(t *testing.T) { rapid.Check(t, lawMix(Mix)) }

// Every sequence of bursts is as likely as any other. Of two bursts of one part and one of another there are three; 30,000 tries give each of them
// 10,000 with a standard deviation of 82.
func TestClaim_MixturesAreEven(t *testing.T) {
	const tries = 30_000
	src := rand.NewPCG(3, 3)
	counts := map[int]int{}
	two, err := Scan(4)
	require.NoError(t, err)
	one, err := Loop(1, 2)
	require.NoError(t, err)
	for range tries {
		trace, err := Mix(src, Part{two, 2}, Part{one, 10})
		require.NoError(t, err)
		for i := 1; i < len(trace.Requests); i++ {
			if trace.Requests[i] == trace.Requests[i-1] {
				counts[i]++
			}
		}
	}
	require.Len(t, counts, 3)
	for at, n := range counts {
		require.InDelta(t, tries/3, n, 4*math.Sqrt(tries*2.0/9), "the loop's burst ends at %d", at)
	}
}

// LRU hits what lies within its capacity in the stack: the sum of the first probabilities, from the moment at which it holds the top of the
// stack. Until then it misses more, at most once for each key. A binomial number of hits has a standard deviation of at most sqrt(n)/2.
func TestClaim_LRUHitsTheTopOfTheStack(t *testing.T) {
	const skew, keys, requests, capacity = 1.0, 1000, 200_000, 100
	trace, err := Recency(skew, keys, requests, rand.NewPCG(7, 7))
	require.NoError(t, err)
	zipf, err := workload.NewZipf(skew, keys, nil)
	require.NoError(t, err)
	share := 0.0
	for k := range capacity {
		share += zipf.Mass(k)
	}
	misses, err := Misses(trace, cache.LRU, capacity)
	require.NoError(t, err)
	require.InDelta(t, (1-share)*requests, float64(misses), 4*math.Sqrt(requests)/2+capacity)
}

// In each period the hot keys get their share and what falls to them of the rest. Standard deviation: at most sqrt(n)/2.
func TestClaim_TheHotSetMoves(t *testing.T) {
	h := HotSet{Keys: 100, Hot: 40, Share: 0.8, Period: 10_000, Requests: 40_000}
	trace, err := ShiftingHotSet(h, rand.NewPCG(9, 9))
	require.NoError(t, err)
	all := ids(trace)
	for period, first := range []uint64{0, 40, 80, 20} {
		hot := 0
		for _, id := range all[period*h.Period : (period+1)*h.Period] {
			if (id+100-first)%100 < 40 {
				hot++
			}
		}
		require.InDelta(t, (0.8+0.2*0.4)*float64(h.Period), float64(hot), 4*math.Sqrt(float64(h.Period))/2, "period %d", period)
	}
}

func TestGenerators_Refuse(t *testing.T) {
	hot := HotSet{Keys: 10, Hot: 2, Share: 0.5, Period: 1, Requests: 10}
	changed := func(change func(*HotSet)) HotSet {
		h := hot
		change(&h)
		return h
	}
	one := lettered("a")
	for want, make := range map[string]func() (Trace, error){
		"from 1 to 1073741824 keys: 0":              func() (Trace, error) { return Zipf(1, 0, 1, nil) },
		"from 1 to 1073741824 keys: -1":             func() (Trace, error) { return Recency(1, -1, 1, nil) },
		"from 1 to 1073741824 keys: 1073741825":     func() (Trace, error) { return Loop(1<<30+1, 1) },
		"from 1 to 2147483646 requests: 0":          func() (Trace, error) { return Zipf(1, 1, 0, nil) },
		"from 1 to 2147483646 requests: -5":         func() (Trace, error) { return Recency(1, 1, -5, nil) },
		"from 1 to 2147483646 requests: 2147483647": func() (Trace, error) { return Loop(1, math.MaxInt32) },
		"keys: -7": func() (Trace, error) { return Scan(-7) },
		"exponent must be finite and not negative: NaN":        func() (Trace, error) { return Zipf(math.NaN(), 1, 1, nil) },
		"exponent must be finite and not negative: -1":         func() (Trace, error) { return Recency(-1, 1, 1, nil) },
		"exponent must be finite and not negative: +Inf":       func() (Trace, error) { return Recency(math.Inf(1), 1, 1, nil) },
		"hot keys must be from 1 to all, 10: 0":                func() (Trace, error) { return ShiftingHotSet(changed(func(h *HotSet) { h.Hot = 0 }), nil) },
		"hot keys must be from 1 to all, 10: 11":               func() (Trace, error) { return ShiftingHotSet(changed(func(h *HotSet) { h.Hot = 11 }), nil) },
		"share of hot requests must lie in [0, 1]: NaN":        func() (Trace, error) { return ShiftingHotSet(changed(func(h *HotSet) { h.Share = math.NaN() }), nil) },
		"share of hot requests must lie in [0, 1]: -0.1":       func() (Trace, error) { return ShiftingHotSet(changed(func(h *HotSet) { h.Share = -0.1 }), nil) },
		"period must be at least 1 request: 0":                 func() (Trace, error) { return ShiftingHotSet(changed(func(h *HotSet) { h.Period = 0 }), nil) },
		"a burst must have at least 1 request: 0":              func() (Trace, error) { return Mix(nil, Part{one, 0}) },
		"a burst must have at least 1 request: -3":             func() (Trace, error) { return Mix(nil, Part{one, 1}, Part{one, -3}) },
		"cachesim: no such trace can be generated: it must ha": func() (Trace, error) { return Mix(nil) },
	} {
		_, err := make()
		require.ErrorIs(t, err, ErrGenerate, want)
		require.ErrorContains(t, err, want)
	}
	trace, err := Mix(nil, Part{one, math.MaxInt}, Part{Burst: 1})
	require.NoError(t, err)
	require.Equal(t, []uint64{0}, ids(trace))
}
