package limiting

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/ratelimit"
	"github.com/sysdesign-lab/sysdesign/ratelimit/limitsim"
)

func TestClaim_LimiterMemoryFindingsHold(t *testing.T) {
	judgetest.Hold(t, limiterMemory(allStructures, judge.Effort{Tiny: race.Enabled}))
}

// wrapped is the experiment with one structure hidden behind something.
func wrapped(name string, by func(limitsim.Limiter) limitsim.Limiter) lab.Experiment {
	structures := slices.Clone(allStructures)
	i := slices.IndexFunc(structures, func(s structure) bool { return s.name == name })
	make := structures[i].make
	structures[i].make = func(size, rows int, limit ratelimit.Limit, hash func(uint64) uint64) (limitsim.Limiter, error) {
		limiter, err := make(size, rows, limit, hash)
		return by(limiter), err
	}
	return limiterMemory(structures, judge.Effort{})
}

// sized is the experiment with one structure of another size.
func sized(name string, by func(int) int) lab.Experiment {
	structures := slices.Clone(allStructures)
	i := slices.IndexFunc(structures, func(s structure) bool { return s.name == name })
	make := structures[i].make
	structures[i].make = func(size, rows int, limit ratelimit.Limit, hash func(uint64) uint64) (limitsim.Limiter, error) {
		return make(by(size), rows, limit, hash)
	}
	return limiterMemory(structures, judge.Effort{})
}

// moody answers each thousandth request wrongly.
type moody struct {
	limitsim.Limiter
	verdict ratelimit.Verdict
	count   *int
}

func (m moody) Take(now time.Duration, key uint64, n int) ratelimit.Decision {
	d := m.Limiter.Take(now, key, n)
	if *m.count++; *m.count%1000 == 0 {
		d.Verdict = m.verdict
	}
	return d
}

func TestBroken_LimiterMemoryFindingsTurnFalse(t *testing.T) {
	admits := func(l limitsim.Limiter) limitsim.Limiter { return moody{l, ratelimit.Admitted, new(int)} }
	refuses := func(l limitsim.Limiter) limitsim.Limiter { return moody{l, ratelimit.Refused, new(int)} }
	fat := func(l limitsim.Limiter) limitsim.Limiter { return &padded{l, make([]int64, 500_000)} }
	judgetest.TurnFalse(t, limiterMemory(allStructures, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("a sketch admits each thousandth request", wrapped("sketch", admits), []string{"-bytes", "1"},
			"neither table nor sketch ever admits what a client's own limit would refuse"),
		judgetest.Bug("a table refuses each thousandth request", wrapped("keyed", refuses), []string{"-bytes", "16"},
			"a table with room for every client that is live at once makes no mistake"),
		judgetest.Bug("a table takes forty bytes more a client", wrapped("keyed", fat), []string{"-bytes", "4"},
			"without a mistake a table takes less than a tenth of the memory of a map of GCRAs"),
		judgetest.Bug("a sketch is a hundred times as wide", sized("sketch", func(size int) int { return 100 * size }), []string{"-bytes", "4"},
			"a sketch in the memory in which a table makes no mistake still makes more than one in 10,000"),
		judgetest.Bug("a sketch refuses each thousandth request", wrapped("sketch", refuses), []string{"-bytes", "16"},
			"a sketch of any size wrongly refuses no larger a part than Sketch.Error of the clients that are live"),
		judgetest.Bug("a sketch is always the same", sized("sketch", func(int) int { return 5_000 }), []string{"-bytes", "1,16"},
			"from the fewest bytes to the most a sketch's mistakes fall to less than a thousandth"),
	})
}

// padded holds memory that it does not use.
type padded struct {
	limitsim.Limiter
	ballast []int64
}

func TestLimiterMemoryWithOtherParameters(t *testing.T) {
	sound, err := lab.Try(limiterMemory(allStructures, judge.Effort{Tiny: true}), 1)
	require.NoError(t, err)
	for _, args := range [][]string{
		{"-clients", "1"},
		{"-clients", "10", "-bytes", "100"},
		{"-clients", "1000", "-bytes", "0.001,1000"},
		{"-zipf", "0", "-clients", "1000"},
		{"-rows", "1", "-limit", "3.7", "-clients", "1000"},
		{"-bytes", "0.5"},
	} {
		result, err := lab.Try(limiterMemory(allStructures, judge.Effort{Tiny: true}), 2, args...)
		require.NoError(t, err, "%v", args)
		require.Len(t, result.Findings, len(sound.Findings))
		for i, f := range result.Findings {
			require.Equal(t, sound.Findings[i].Sentence, f.Sentence)
		}
		if !race.Enabled { // which makes drawing slow
			_, err = result.Files()
			require.NoError(t, err, "%v", args)
		}
	}
}

func TestLimiterMemoryRefuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-bytes", "0"}, "-bytes must lie in [0.001, 1000]: 0"},
		{[]string{"-bytes", "1,NaN"}, "-bytes must be a finite number: NaN"},
		{[]string{"-clients", "0"}, "-clients must lie in [1, 10000000]: 0"},
		{[]string{"-zipf", "-1"}, "-zipf must lie in [0, 3]: -1"},
		{[]string{"-rows", "9"}, "-rows must lie in [1, 8]: 9"},
		{[]string{"-limit", "0.0001"}, "-clients, -offered, -burst and -limit must leave at most 20000000 requests until all that clients owe is regained: 20000 a second for 1.2 times 13h53m20s are 1200000000"},
		{[]string{"-clients", "1", "-offered", "0.0001"}, "-clients and -offered must make 0.001 to 1e9 requests a second: 0.0001"},
	} {
		_, err := lab.Try(LimiterMemory, 1, c.args...)
		require.ErrorContains(t, err, "limiter-memory: "+c.want, "%v", c.args)
	}
}
