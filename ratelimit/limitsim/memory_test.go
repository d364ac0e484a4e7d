package limitsim

import (
	"math"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/ratelimit"
	"github.com/sysdesign-lab/sysdesign/sim"
)

// scripted decides as it is told, over and over.
type scripted struct {
	script []bool
	at     int
}

func (s *scripted) Take(time.Duration, uint64, int) ratelimit.Decision {
	s.at++
	if s.script[s.at%len(s.script)] {
		return ratelimit.Decision{Verdict: ratelimit.Admitted}
	}
	return ratelimit.Decision{}
}

type judge func(*Traffic, Limiter, KeyLimit) (Mistakes, error)

// lawJudgedByAGCRA compares with the library's own limiter for each key, where the limiter under judgement admits no more than the key may have:
// a GCRA cannot be charged with what it refuses.
func lawJudgedByAGCRA(judge judge) func(*rapid.T) {
	return func(t *rapid.T) {
		traffic := traffic(t)
		limit := KeyLimit{time.Duration(rapid.IntRange(1, 20).Draw(t, "every")), rapid.IntRange(1, 3).Draw(t, "burst")}
		script := rapid.SliceOfN(rapid.Bool(), 1, 8).Draw(t, "decisions")
		got, err := judge(traffic, &scripted{script: script}, limit)
		if err != nil {
			t.Fatal(err)
		}
		own, limiter := map[uint64]*ratelimit.GCRA{}, &scripted{script: script}
		want := Mistakes{Decisions: len(traffic.requests) - traffic.warmUp}
		for i, r := range traffic.requests {
			if own[r.key] == nil {
				if own[r.key], err = ratelimit.NewGCRA(limit.Limit().Rate, limit.Burst); err != nil {
					t.Fatal(err)
				}
			}
			admitted, admits := limiter.Take(r.at, r.key, 1).OK(), own[r.key].Peek(r.at, 1).OK()
			switch {
			case admitted && admits:
				own[r.key].Take(r.at, 1)
			case admitted:
				return // beyond what a GCRA can say
			case admits && i >= traffic.warmUp:
				want.WronglyRefused++
			}
		}
		if got != want {
			t.Fatalf("requests %v, the first %d to warm up, decided as %v repeated, one each %v and %d at once:\n%+v should be %+v",
				traffic.requests, traffic.warmUp, script, limit.Every, limit.Burst, got, want)
		}
	}
}

func traffic(t *rapid.T) *Traffic {
	traffic := &Traffic{keys: rapid.IntRange(1, 3).Draw(t, "keys")}
	at := time.Duration(0)
	for range rapid.IntRange(1, 20).Draw(t, "requests") {
		at += time.Duration(rapid.IntRange(0, 12).Draw(t, "after"))
		traffic.requests = append(traffic.requests, request{at, rapid.Uint64Range(0, uint64(traffic.keys)-1).Draw(t, "key")})
	}
	traffic.warmUp = rapid.IntRange(0, len(traffic.requests)-1).Draw(t, "warm-up")
	return traffic
}

func TestLaw_JudgedByAGCRA(t *testing.T) { rapid.Check(t, lawJudgedByAGCRA((*Traffic).Judge)) }

func TestBroken_JudgedByWhatShouldHaveBeen(t *testing.T) {
	lawtest.Breaks(t, "A judge that charges what a key's own limit would have admitted blames each mistake on the next decisions, too",
		lawJudgedByAGCRA(func(traffic *Traffic, limiter Limiter, limit KeyLimit) (Mistakes, error) {
			own := newWords(traffic.keys, limit)
			m := Mistakes{Decisions: len(traffic.requests) - traffic.warmUp}
			for i, r := range traffic.requests {
				until, admits := own.next(r)
				if admits {
					own.until[r.key] = until
				}
				if admitted := limiter.Take(r.at, r.key, 1).OK(); i >= traffic.warmUp && admits && !admitted {
					m.WronglyRefused++
				} else if i >= traffic.warmUp && admitted && !admits {
					m.WronglyAdmitted++
				}
			}
			return m, nil
		}))
}

// Who admits everything breaks the limit with each event beyond it, and one that is exact makes no mistake.
func TestClaim_JudgeSeesABrokenLimit(t *testing.T) {
	limit := KeyLimit{10, 2}
	traffic := &Traffic{keys: 1, requests: []request{{0, 0}, {0, 0}, {0, 0}, {5, 0}, {40, 0}}}
	m, err := traffic.Judge(&scripted{script: []bool{true}}, limit)
	require.NoError(t, err)
	// Each admitted event owes 10 ns: three at 0 and one at 5 until 40, when it is fresh.
	require.Equal(t, Mistakes{Decisions: 5, WronglyAdmitted: 2}, m)
	table, err := ratelimit.NewKeyed(ratelimit.KeyedConfig[uint64]{Capacity: 10, Limits: []ratelimit.Limit{limit.Limit()}})
	require.NoError(t, err)
	m, err = traffic.Judge(table, limit)
	require.NoError(t, err)
	require.Equal(t, Mistakes{Decisions: 5}, m)
}

// lawLive counts at every request which keys owe something.
func lawLive(live func(*Traffic, KeyLimit) (int, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		traffic := traffic(t)
		limit := KeyLimit{time.Duration(rapid.IntRange(1, 20).Draw(t, "every")), rapid.IntRange(1, 3).Draw(t, "burst")}
		own, want := map[uint64]*ratelimit.GCRA{}, 0
		for _, r := range traffic.requests {
			if own[r.key] == nil {
				var err error
				if own[r.key], err = ratelimit.NewGCRA(limit.Limit().Rate, limit.Burst); err != nil {
					t.Fatal(err)
				}
			}
			own[r.key].Take(r.at, 1)
			now := 0
			for _, g := range own {
				if g.Peek(r.at, 1).Remaining < limit.Burst-1 || !g.Peek(r.at, limit.Burst).OK() {
					now++
				}
			}
			want = max(want, now)
		}
		got, err := live(traffic, limit)
		if err != nil || got != want {
			t.Fatalf("requests %v, one each %v and %d at once: %d keys are live at once (%v), and not %d", traffic.requests, limit.Every, limit.Burst, want, err, got)
		}
	}
}

func TestLaw_Live(t *testing.T) { rapid.Check(t, lawLive((*Traffic).Live)) }

func TestBroken_LiveForever(t *testing.T) {
	lawtest.Breaks(t, "A count of the keys that were seen never falls", lawLive(func(traffic *Traffic, _ KeyLimit) (int, error) {
		seen := map[uint64]bool{}
		for _, r := range traffic.requests {
			seen[r.key] = true
		}
		return len(seen), nil
	}))
}

// A footprint is what the runtime allocates, but for its rounding up to size classes, which are at most an eighth apart, and of large
// things, here 64 KiB or so, to pages of 8 KiB. Of a map, parts grow at different times: a quarter, at these sizes.
func TestClaim_FootprintIsWhatIsAllocated(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates, too")
	}
	limit := ratelimit.Limit{Rate: ratelimit.PerSecond(1), Burst: 5}
	const clients = 100_000
	for _, c := range []struct {
		name      string
		make      func() any
		computed  func(any) int
		tolerance float64
	}{
		{"keyed", func() any {
			k, err := ratelimit.NewKeyed(ratelimit.KeyedConfig[uint64]{Capacity: clients, Limits: []ratelimit.Limit{limit}})
			require.NoError(t, err)
			return k
		}, Footprint, 0.125},
		{"keyed by strings", func() any {
			k, err := ratelimit.NewKeyed(ratelimit.KeyedConfig[string]{Capacity: clients, Limits: []ratelimit.Limit{limit}})
			require.NoError(t, err)
			return k
		}, Footprint, 0.125},
		{"sketch", func() any {
			s, err := ratelimit.NewSketch(ratelimit.SketchConfig[uint64]{Limit: limit, Rows: 4, Width: 1 << 17})
			require.NoError(t, err)
			return s
		}, Footprint, 0.125},
		{"map of GCRAs", func() any {
			all := map[uint64]*ratelimit.GCRA{}
			for i := range uint64(clients) {
				g, err := ratelimit.NewGCRA(limit.Rate, limit.Burst)
				require.NoError(t, err)
				all[i] = g
			}
			return all
		}, func(all any) int {
			return MapFootprint(clients, 8, 8) + clients*Footprint(all.(map[uint64]*ratelimit.GCRA)[0])
		}, 0.125},
		{"map", func() any {
			all := map[uint64]uint64{}
			for i := range uint64(clients) {
				all[i] = i
			}
			return all
		}, func(any) int { return MapFootprint(clients, 8, 8) }, 0.25},
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		v := c.make()
		runtime.GC()
		runtime.ReadMemStats(&after)
		computed := float64(c.computed(v))
		require.InEpsilon(t, computed, float64(after.HeapAlloc-before.HeapAlloc), c.tolerance, c.name)
		runtime.KeepAlive(v)
	}
}

func TestFootprint(t *testing.T) {
	type inner [2]int64
	type outer struct {
		one, same *inner
		many      []inner
		text      string
		pointers  [2]*inner
		nothing   []*inner // nil: its header only
		more      []*inner
	}
	shared := &inner{}
	v := &outer{one: shared, same: shared, many: make([]inner, 2, 3), text: "text is not seen", pointers: [2]*inner{{}, nil}, nothing: nil, more: []*inner{{}, {}, shared}}
	header := 2*8 + 24 + 16 + 2*8 + 2*24
	require.Equal(t, header+16+3*16+16+3*8+2*16, Footprint(v))
	require.Zero(t, Footprint(3))
	require.Zero(t, Footprint(nil))
	require.Zero(t, Footprint((*inner)(nil)))

	require.Zero(t, MapFootprint(0, 8, 8))
	require.Equal(t, 8*17, MapFootprint(8, 8, 8))
	require.Equal(t, 16*17, MapFootprint(9, 8, 8))
	require.Equal(t, 16*17, MapFootprint(14, 8, 8))
	require.Equal(t, 32*17, MapFootprint(15, 8, 8))
}

func TestMemoryRefuses(t *testing.T) {
	good := Population{Keys: 3, Zipf: 1, PerSecond: 1, Requests: 1}
	for _, c := range []struct {
		change func(*Population)
		want   string
	}{
		{func(p *Population) { p.Requests = 0 }, "there must be a request, and 134217728 at most: 0, 0"},
		{func(p *Population) { p.WarmUp = -1 }, "a warm-up must not be negative"},
		{func(p *Population) { p.WarmUp = math.MaxInt }, "a warm-up must not be negative"},
		{func(p *Population) { p.Keys = 0 }, "limitsim: workload: number of keys must lie in"},
		{func(p *Population) { p.Keys = 1 << 30 }, "limitsim: there must be at most 134217728 keys: 1073741824"},
		{func(p *Population) { p.Zipf = math.NaN() }, "limitsim: workload: Zipf exponent"},
		{func(p *Population) { p.PerSecond = 0 }, "limitsim: workload: arrivals per second"},
	} {
		p := good
		c.change(&p)
		_, err := p.Draw(sim.New(1))
		require.ErrorContains(t, err, c.want)
	}
	traffic, err := good.Draw(sim.New(1))
	require.NoError(t, err)
	for _, limit := range []KeyLimit{{0, 1}, {1, 0}, {-1, 1}, {math.MaxInt64, 1}, {time.Hour, math.MaxInt}} {
		_, err = traffic.Judge(&scripted{script: []bool{true}}, limit)
		require.ErrorContains(t, err, "limitsim: a key's interval and burst must be positive")
		_, err = traffic.Live(limit)
		require.ErrorContains(t, err, "limitsim: a key's interval and burst must be positive")
	}
}
