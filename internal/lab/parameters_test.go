package lab

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var inf = math.Inf(1)

func TestParameters_RefuseWithTheRuleAndTheValue(t *testing.T) {
	const choices = "must be one of lru, fifo, clock: "
	for _, c := range []struct{ flag, want string }{
		{"-count=x", "kinds: -count must be a whole number: x"},
		{"-count=", `kinds: -count must be a whole number: ""`},
		{"-count=1.5", "kinds: -count must be a whole number: 1.5"},
		{"-count=-1", "kinds: -count must be at least 0: -1"},
		{"-count=99999999999999999999", "kinds: -count must lie in [-9223372036854775808, 9223372036854775807]: 99999999999999999999"},
		{"-sizes=1,,2", "kinds: -sizes must be values separated by commas, none of them empty: 1,,2"},
		{"-sizes=", `kinds: -sizes must be values separated by commas, none of them empty: ""`},
		{"-sizes=1,2,1", "kinds: -sizes must not repeat a value: 1"},
		{"-sizes=1,x", "kinds: -sizes must be a whole number: x"},
		{"-sizes=1001", "kinds: -sizes must lie in [-5, 1000]: 1001"},
		{"-ratio=nan", "kinds: -ratio must be a finite number: nan"},
		{"-ratio=-Inf", "kinds: -ratio must be a finite number: -Inf"},
		{"-ratio=1e999", "kinds: -ratio must be a finite number: 1e999"},
		{"-ratio=1.1", "kinds: -ratio must lie in [-1, 1]: 1.1"},
		{"-ratio=half", "kinds: -ratio must be a number: half"},
		{"-load=.5,NaN", "kinds: -load must be a finite number: NaN"},
		{"-load=.5,0.50", "kinds: -load must not repeat a value: 0.5"},
		{"-timeout=5", "kinds: -timeout must be a duration such as 250ms or 1m30s: 5"},
		{"-timeout=0s", "kinds: -timeout must be above 0s: 0s"},
		{"-timeout=1e9h", "kinds: -timeout must be a duration such as 250ms or 1m30s: 1e9h"},
		{"-serial=yes", "kinds: -serial must be true or false: yes"},
		{"-policy=lfu", "kinds: -policy " + choices + "lfu"},
		{"-policy=l ru", "kinds: -policy " + choices + `"l ru"`},
		{"-policies=lru,lru", "kinds: -policies must not repeat a value: lru"},
		{"-policies=lru,x", "kinds: -policies " + choices + "x"},
		{"-note=bad", "kinds: -note cannot be used: note: must be good: bad"},
		{"-note=odd", "kinds: -note must be even: odd"},
		{"-note=a\nb", `kinds: -note must be printable text: "a\nb"`},
		{"-note=\xff", `kinds: -note must be printable text: "\xff"`},
	} {
		code, stdout, stderr := command(catalogue(kinds()), "kinds", c.flag, "-out", t.TempDir())
		require.Equal(t, exitUsage, code, c.flag)
		require.Empty(t, stdout)
		require.Equal(t, c.want+"\n", stderr)
	}
}

func TestParameters_ReportAllThatIsWrong(t *testing.T) {
	_, _, stderr := command(catalogue(kinds(), queue(mm1)), "kinds", "-count", "x", "-ratio", "2", "queue", "-load", "1.2")
	require.Equal(t, `kinds: -count must be a whole number: x
kinds: -ratio must lie in [-1, 1]: 2
queue: -load must lie in (0, 1): 1.2
`, stderr)
}

func TestParameters_RefuseValuesThatDoNotFitTogether(t *testing.T) {
	quorum := trivial("quorum", func(p *Parameters) {
		n, w := p.Int("n", 3, "replicas", "replicas"), p.Int("w", 2, "replicas", "acknowledgements of a write")
		if w > n {
			p.Refuse(errors.New("-w must not exceed -n: w=5 n=3"))
		}
	})
	code, _, stderr := command(catalogue(quorum), "quorum", "-w", "5", "-out", t.TempDir())
	require.Equal(t, exitUsage, code)
	require.Equal(t, "quorum: -w must not exceed -n: w=5 n=3\n", stderr)

	// What follows from a default that nobody asked for is not said.
	_, _, stderr = command(catalogue(quorum), "quorum", "-n", "ten", "-w", "5")
	require.Equal(t, "quorum: -n must be a whole number: ten\n", stderr)
}

func TestRules_SayWhatTheyHoldFor(t *testing.T) {
	for _, c := range []struct {
		rule    Rule[float64]
		says    string
		yes, no []float64
	}{
		{AtLeast(1.5), "must be at least 1.5", []float64{1.5, 2}, []float64{1.4}},
		{AtMost(1e6), "must be at most 1000000", []float64{1e6, -1}, []float64{1e6 + 1}},
		{Above(0.0), "must be above 0", []float64{1e-300}, []float64{0, -1}},
		{Within(0.0, 1.0), "must lie in [0, 1]", []float64{0, 1}, []float64{-1e-9, 1.1}},
		{Inside(0.0, 1.0), "must lie in (0, 1)", []float64{0.5}, []float64{0, 1}},
	} {
		require.Equal(t, c.says, c.rule.Says)
		for _, v := range c.yes {
			require.True(t, c.rule.Holds(v), "%s: %v", c.says, v)
		}
		for _, v := range append(c.no, math.NaN()) {
			require.False(t, c.rule.Holds(v), "%s: %v", c.says, v)
		}
	}
	require.Equal(t, "must lie in [1ms, 1m30s]", Within(time.Millisecond, 90*time.Second).Says)
}

// A file is read once, while the command line is checked: the run gets what was there then.
func TestValue_ReadsFilesBeforeAnythingRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trace.txt")
	require.NoError(t, os.WriteFile(path, []byte("first"), 0o600))
	reads, got := 0, ""
	e := trivial("replay", func(*Parameters) {})
	e.New = func(p *Parameters) func(*Run) error {
		trace := Value(p, "trace", "none", "", "requests to replay", func(s string) (string, string, error) {
			if s == "none" {
				return "", s, nil
			}
			reads++
			data, err := os.ReadFile(s)
			return string(data), s, err
		})
		return func(r *Run) error {
			got = trace
			complete(r)
			return nil
		}
	}
	c := catalogue(e)
	req, err := c.parse([]string{"replay", "-trace", path})
	require.NoError(t, err)
	plans, err := req.plans()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte("second"), 0o600))
	_, err = plans[0].execute(func(string) {})
	require.NoError(t, err)
	require.Equal(t, "first", got)
	require.Equal(t, 1, reads)

	out := filepath.Join(t.TempDir(), "charts")
	code, _, stderr := command(c, "replay", "-trace", path+".missing", "-out", out)
	require.Equal(t, exitUsage, code)
	require.Contains(t, stderr, "replay: -trace cannot be used: open "+path+".missing:")
	require.NoDirExists(t, out)
}
