package caching

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/cache/cachesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
)

var soundCurves = curves{cachesim.LRUCurve, cachesim.SHARDS}

func TestClaim_MissCurveFindingsHold(t *testing.T) {
	judgetest.Hold(t, missCurve(allPolicies, soundCurves, judge.Effort{Tiny: race.Enabled}))
}

// taken is one policy that somebody took for another.
func taken(name, by string) []policy {
	policies := slices.Clone(allPolicies)
	find := func(name string) *policy {
		return &policies[slices.IndexFunc(policies, func(p policy) bool { return p.name == name })]
	}
	find(name).misses = find(by).misses
	return policies
}

func TestBroken_MissCurveFindingsTurnFalse(t *testing.T) {
	notStretched := soundCurves
	notStretched.sampled = func(trace cachesim.Trace, rate float64, seed uint64) (cachesim.Sampled, error) {
		s, err := cachesim.SHARDS(trace, rate, seed)
		for i := range s.Capacities {
			s.Capacities[i] *= rate
		}
		return s, err
	}
	// a sample of requests, not of keys, sees each key seldom
	requests := soundCurves
	requests.sampled = func(trace cachesim.Trace, rate float64, seed uint64) (cachesim.Sampled, error) {
		var ids []uint64
		for i, key := range trace.Requests {
			if float64((uint64(i)+seed)*0x9E3779B97F4A7C15)/(1<<64) < rate {
				ids = append(ids, trace.IDs[key])
			}
		}
		part, err := cachesim.Intern(ids)
		if err != nil {
			return cachesim.Sampled{}, err
		}
		return cachesim.SHARDS(part, 1, seed)
	}
	few := []string{"-sizes", "0.2", "-policies", "lru,w-tinylfu", "-requests", "10000", "-rates", "0.01,0.1"}
	cheat := slices.Clone(allPolicies)
	for i := range cheat {
		if cheat[i].name == "sieve" {
			cheat[i].misses = func(trace cachesim.Trace, capacity int, seed uint64) (int, error) {
				return cachesim.OptimalWithBypass(trace, capacity)
			}
		}
	}
	judgetest.TurnFalse(t, missCurve(allPolicies, soundCurves, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("LRU does not move an entry that is hit", missCurve(taken("lru", "fifo"), soundCurves, judge.Effort{}), few, onePass),
		judgetest.Bug("a policy that must admit refuses", missCurve(cheat, soundCurves, judge.Effort{}), []string{"-sizes", "0.1", "-policies", "sieve", "-requests", "10000", "-rates", "0.1"}, noneBeatsBest),
		judgetest.Bug("a sample is not stretched", missCurve(allPolicies, notStretched, judge.Effort{}), few, sampleIsClose),
		judgetest.Bug("a sample is of requests", missCurve(allPolicies, requests, judge.Effort{}), few, judgetest.Lines(sampleIsClose, sampleBeats)),
		judgetest.Bug("rates are upside down", missCurve(allPolicies, curves{cachesim.LRUCurve, func(trace cachesim.Trace, rate float64, seed uint64) (cachesim.Sampled, error) {
			return cachesim.SHARDS(trace, 0.003/rate, seed)
		}}, judge.Effort{}), few, moreIsCloser),
		judgetest.Bug("the loop is lost", missCurve(allPolicies, soundCurves, judge.Effort{}), []string{"-sizes", "0.2", "-policies", "lru", "-rates", "0.1", "-loop-share", "0"}, notConvex),
		judgetest.Bug("W-TinyLFU is FIFO", missCurve(taken("w-tinylfu", "fifo"), soundCurves, judge.Effort{}), few, loopResisted),
	})
}

func TestMissCurve_Data(t *testing.T) {
	result, err := lab.Try(missCurve(allPolicies, soundCurves, judge.Effort{Tiny: true}), 1, "-sizes", "0.5,0.1", "-rates", "0.5", "-policies", "opt,lru")
	require.NoError(t, err)
	require.Equal(t, []string{"trace", "curve", "rate", "capacity", "runs", "miss_ratio", "low", "high", "error", "error_low", "error_high"}, result.Columns)
	require.Len(t, result.Rows, 2*5)
	for i, curve := range []string{"lru", "opt", "lru-one-pass", "shards", "first-part"} {
		require.Equal(t, []string{"generated", curve}, result.Rows[i][:2])
		require.Equal(t, []string{"500", "3"}, result.Rows[i][3:5], "a tenth of 5,000")
	}
	require.Equal(t, "0.5", result.Rows[3][2])
	require.Empty(t, result.Recommendations)
}

// A file of one's own: a loop, which recency can do nothing with. Of what is as good, the simplest comes first.
func TestMissCurve_AFileOfOnesOwn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "loop.trace")
	text := ""
	for range 20 {
		for key := range 26 {
			text += string(rune('a'+key)) + "\n"
		}
	}
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	result := judgetest.Odd(t, missCurve(allPolicies, soundCurves, judge.Effort{Tiny: true}), "-trace", path, "-rates", "0.5,1", "-sizes", "0.25,0.5,1")
	require.Equal(t, "loop.trace", result.Rows[0][0])
	require.Equal(t, []string{"Take FIFO with 26 entries, 100% of the keys of loop.trace: it misses 5% of requests, the optimum of that size 5%, and the best with 26 entries 5%"},
		result.Recommendations)
	result = judgetest.Odd(t, missCurve(allPolicies, soundCurves, judge.Effort{Tiny: true}), "-trace", path, "-rates", "1", "-sizes", "0.5", "-policies", "lru,fifo")
	require.Equal(t, []string{"Take no cache of these sizes for loop.trace: nothing hits"}, result.Recommendations)
}

func TestMissCurve_OddParameters(t *testing.T) {
	e := missCurve(allPolicies, soundCurves, judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-requests", "100", "-rates", "1"},
		{"-keys", "1", "-loop-share", "0", "-rates", "1"},
		{"-keys", "1", "-loop", "1", "-rates", "1", "-sizes", "0.00001,0.5,1"},
		{"-loop-share", "1", "-rates", "0.5"},
		{"-policies", "opt", "-sizes", "0.5"},
		{"-policies", "random,fifo"},
		{"-policies", "sieve,s3-fifo,clock,lru"},
		{"-policies", "random,fifo,lru,slru,clock,sieve,s3-fifo,lfu,w-tinylfu,2q,arc,lirs,opt"},
	} {
		judgetest.Odd(t, e, args...)
	}
}

func TestMissCurve_Refuses(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-trace", filepath.Join(folder, "none")}, "-trace "},
		{[]string{"-trace", folder}, "-trace must name a file, not a folder: "},
		{[]string{"-trace", ""}, "-trace must name a file"},
		{[]string{"-trace", write("empty", "")}, "empty: there is no request in it"},
		{[]string{"-trace", write("broken", "1\nx y\n"), "-format", "lirs"}, "broken: cachesim: broken trace"},
		{[]string{"-trace", "-", "-skew", "1"}, "-requests, -keys, -skew, -loop and -loop-share are for requests that are generated, and do not go with -trace"},
		{[]string{"-format", "zip"}, "-format must be one of"},
		{[]string{"-policies", "lruu"}, "-policies must be"},
		{[]string{"-sizes", "0"}, "-sizes must lie in [0.00001, 1]: 0"},
		{[]string{"-rates", "1.5"}, "-rates must lie in [0.00001, 1]: 1.5"},
		{[]string{"-rates", "0.00001"}, "cachesim: no key of the trace fell into the sample"},
		{[]string{"-requests", "0"}, "-requests must lie in [100, 1000000]: 0"},
	} {
		_, err := lab.Try(missCurve(allPolicies, soundCurves, judge.Effort{Tiny: true}), 1, c.args...)
		require.ErrorContains(t, err, "miss-curve: ", "%v", c.args)
		require.ErrorContains(t, err, c.want, "%v", c.args)
	}
}
