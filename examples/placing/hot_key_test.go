package placing

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/hashring/ringsim"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
)

func TestClaim_HotKeyFindingsHold(t *testing.T) {
	judgetest.Hold(t, hotKey(allRemedies, judge.Effort{Tiny: race.Enabled}))
}

func TestBroken_HotKeyFindingsTurnFalse(t *testing.T) {
	with := func(change func(*remedies)) lab.Experiment {
		r := allRemedies
		change(&r)
		return hotKey(r, judge.Effort{})
	}
	salted := func(by func(q ringsim.Requests, p hashring.Placement, hot []int32, salt hashring.Salt) ringsim.Work) lab.Experiment {
		return with(func(r *remedies) { r.salted = by })
	}
	replicated := func(by func(q ringsim.Requests, p hashring.Placement, hot []int32, owners int) (ringsim.Work, error)) lab.Experiment {
		return with(func(r *remedies) { r.replicated = by })
	}
	swap := func(w ringsim.Work) ringsim.Work { return ringsim.Work{Writes: w.Reads, Reads: w.Writes} }
	// All keys of a node go to the one that follows.
	shifted := func(q ringsim.Requests, p hashring.Placement) ringsim.Work {
		w := ringsim.Plain(q, p)
		w.Writes = append(w.Writes[1:], w.Writes[0])
		return w
	}
	// Every request goes to a node of its own, whatever its key.
	scattered := func(q ringsim.Requests, p hashring.Placement) ringsim.Work {
		n := len(p.Members())
		w := ringsim.Work{Writes: make([]float64, n), Reads: make([]float64, n)}
		for i := range w.Writes {
			w.Writes[i] = float64(len(q.Order)) / float64(n)
		}
		return w
	}
	// Virtual nodes make no difference.
	alwaysTen := func(q ringsim.Requests, p hashring.Placement) ringsim.Work {
		ring, err := hashring.NewRing(p.Members(), hashring.RingOptions{Points: 10})
		require.NoError(t, err)
		return ringsim.Plain(q, ring)
	}
	// With the more virtual nodes the traffic is spread evenly; that of every key once has as many keys as requests, and is left alone.
	coolsAtLast := func(q ringsim.Requests, p hashring.Placement) ringsim.Work {
		if ring := p.(*hashring.Ring); ring.Points() == 1000 && len(q.Order) != len(q.Keys) {
			return scattered(q, p)
		}
		return ringsim.Plain(q, p)
	}
	few, two := []string{"-vnodes", "100", "-requests", "3000"}, []string{"-vnodes", "10,100", "-requests", "3000"}
	judgetest.TurnFalse(t, hotKey(allRemedies, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("keys go to the next node", with(func(r *remedies) { r.plain = shifted }), few, exactNode),
		judgetest.Bug("every ring has ten points", with(func(r *remedies) { r.plain = alwaysTen }), []string{"-vnodes", "50,500", "-requests", "1000"}, evenKeysCool),
		judgetest.Bug("virtual nodes cool hot keys", with(func(r *remedies) { r.plain = coolsAtLast }), two, hotKeysStay),
		judgetest.Bug("nothing is salted", salted(func(q ringsim.Requests, p hashring.Placement, _ []int32, salt hashring.Salt) ringsim.Work {
			return ringsim.Plain(q, p)
		}), few, judgetest.Lines(saltCools, saltHeats)),
		judgetest.Bug("a salt's reads are its writes", salted(func(q ringsim.Requests, p hashring.Placement, hot []int32, salt hashring.Salt) ringsim.Work {
			return swap(ringsim.Salted(q, p, hot, salt))
		}), few, judgetest.Lines(saltCools, saltHeats)),
		judgetest.Bug("nothing is replicated", replicated(func(q ringsim.Requests, p hashring.Placement, _ []int32, _ int) (ringsim.Work, error) {
			return ringsim.Plain(q, p), nil
		}), few, judgetest.Lines(copiesCool, copiesHeat)),
		judgetest.Bug("a replica's reads are its writes", replicated(func(q ringsim.Requests, p hashring.Placement, hot []int32, owners int) (ringsim.Work, error) {
			w, err := ringsim.Replicated(q, p, hot, owners)
			return swap(w), err
		}), few, judgetest.Lines(copiesCool, copiesHeat)),
		judgetest.Bug("bounded loads are none", with(func(r *remedies) {
			r.bounded = func(q ringsim.Requests, p hashring.Placement, _ float64, _ int32) ([]float64, int, error) {
				return ringsim.Plain(q, p).Writes, 1, nil
			}
		}), few, judgetest.Lines(boundedHolds, boundedNodes)),
		judgetest.Bug("the bound is lax", with(func(r *remedies) {
			r.bounded = func(q ringsim.Requests, p hashring.Placement, epsilon float64, key int32) ([]float64, int, error) {
				return ringsim.Bounded(q, p, 2*epsilon, key)
			}
		}), few, boundedHolds),
		judgetest.Bug("a bucket is every request's own", with(func(r *remedies) {
			r.bucketed = func(q ringsim.Requests, p hashring.Placement, _ int) (float64, []float64, error) {
				work := scattered(q, p).Writes
				return ringsim.PeakToMean(work, len(q.Order)), work, nil
			}
		}), few, bucketsStay),
		judgetest.Bug("there is one bucket", with(func(r *remedies) {
			r.bucketed = func(q ringsim.Requests, p hashring.Placement, _ int) (float64, []float64, error) {
				return ringsim.Bucketed(q, p, 1)
			}
		}), few, bucketsStore),
	})
}

// The list's own keys are counted, the hot ones are there with their load, and one recommendation is made.
func TestHotKey_ReadsKeys(t *testing.T) {
	file := func(keys ...string) string {
		path := filepath.Join(t.TempDir(), "keys.txt")
		require.NoError(t, os.WriteFile(path, []byte(strings.Join(keys, "\n")+"\n"), 0o600))
		return path
	}
	var even, hot, one []string
	for i := range 2000 {
		even = append(even, "user:"+strconv.Itoa(i))
		hot = append(hot, even[i], "front page")
		one = append(one, "größe:日本語 "+strings.Repeat("W", 40))
	}
	e := hotKey(allRemedies, judge.Effort{Tiny: true})
	standard, err := lab.Try(e, 1)
	require.NoError(t, err)
	for _, c := range []struct {
		keys []string
		args []string
		want string
	}{
		{even, nil, "Leave the keys of keys.txt as they are: the busiest of 10 nodes of 1,000 virtual nodes has 1."},
		{even, []string{"-wanted", "1"}, "Take hashring.NewBounded if any node can serve any key, or more virtual nodes: the busiest of 10 nodes"},
		{hot, []string{"-wanted", "2"}, "Salt the hottest key 12 ways, hashring.NewSalt(12) (front page; 50% of requests): the busiest of 10 nodes of 1,000 virtual nodes falls from 5."},
		{hot, []string{"-wanted", "2", "-reads", "1"}, "Keep the hottest key on 4 owners, AppendOwners (front page; 50% of requests): the busiest of 10 nodes of 1,000 virtual nodes falls from 5."},
		{hot, []string{"-wanted", "1.01", "-reads", "0.9"}, "Take hashring.NewBounded if any node can serve any key; if not, keep the hottest key on 10 owners, AppendOwners, which helps most but is not enough"},
		{one, nil, "Take hashring.NewBounded if any node can serve any key; if not, salt the hottest key 128 ways, hashring.NewSalt(128), which helps most but is not enough (größe:日本語 WWWWWWWWWWWWW…; 100% of requests)"},
		{[]string{"a"}, nil, "List more keys: 1 of keys.txt on 10 nodes say little"},
	} {
		result, err := lab.Try(e, 1, append([]string{"-keys", file(c.keys...)}, c.args...)...)
		require.NoError(t, err)
		require.Len(t, result.Recommendations, 1)
		require.True(t, strings.Contains(result.Recommendations[0], c.want), "%s\nis not\n%s", result.Recommendations[0], c.want)
		require.Len(t, result.Findings, len(standard.Findings))
		for i, f := range result.Findings {
			require.Equal(t, standard.Findings[i].Sentence, f.Sentence)
		}
		_, err = result.Figure.SVG(chart.Light)
		require.NoError(t, err, "%v", c.args)
	}
	result, err := lab.Try(e, 1, "-keys", file(hot...), "-nodes", "6", "-hot", "2")
	require.NoError(t, err)
	rows := result.Rows[len(result.Rows)-2:]
	require.Equal(t, []string{"none", "front page", "6", "", "", "", "3"}, rows[0][:7], "half of all requests, on six nodes, for a node of its own")
	require.Contains(t, result.Figure.Headline, "front page alone is 3.00 times the mean of a node")
}

func TestHotKey_Data(t *testing.T) {
	result, err := lab.Try(hotKey(allRemedies, judge.Effort{Tiny: true}), 1, "-vnodes", "50,5")
	require.NoError(t, err)
	require.Equal(t, []string{"remedy", "key", "nodes", "vnodes", "reads", "runs", "peak_to_mean", "low", "high", "stored_peak_to_mean", "stored_low", "stored_high",
		"read_asks", "write_reaches"}, result.Columns)
	require.Len(t, result.Rows, 2*(4+2*len(readShares)))
	require.Equal(t, []string{"even-keys", "", "10", "5", "", "3"}, result.Rows[0][:6])
	require.Empty(t, result.Recommendations)
}

func TestHotKey_OddParameters(t *testing.T) {
	e := hotKey(allRemedies, judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-nodes", "2", "-vnodes", "1"},
		{"-vnodes", "300,3"},
		{"-skew", "0"},
		{"-skew", "5"},
		{"-hot", "1", "-ways", "1"},
		{"-hot", "100", "-ways", "1000"},
		{"-epsilon", "1000"},
		{"-nodes", "1000", "-vnodes", "1,10"},
	} {
		judgetest.Odd(t, e, args...)
	}
}

func TestHotKey_Refuses(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	good, broken := write("good", "a\n"), write("broken", "a\nb\x00\n")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-nodes", "1"}, "-nodes must lie in [2, 1000]: 1"},
		{[]string{"-vnodes", "0"}, "-vnodes must lie in [1, 10000]: 0"},
		{[]string{"-hot", "0"}, "-hot must lie in [1, 1000]: 0"},
		{[]string{"-ways", "0"}, "-ways must lie in [1, 1000]: 0"},
		{[]string{"-epsilon", "0"}, "-epsilon must lie in [0.001, 1000]: 0"},
		{[]string{"-skew", "NaN"}, "-skew must be a finite number: NaN"},
		{[]string{"-nodes", "1000", "-vnodes", "10000"}, "-nodes and -vnodes must leave a ring at most 1000000 points: 10000000"},
		{[]string{"-hot", "1000", "-ways", "1000"}, "-hot and -ways must leave at most 100000 copies: 1000000"},
		{[]string{"-reads", "0.5"}, "-reads and -wanted are for a recommendation, and need -keys: 0.5, 1.25"},
		{[]string{"-keys", good, "-skew", "2"}, "-skew is for keys that are drawn, and does not go with -keys: 2"},
		{[]string{"-keys", good, "-requests", "200"}, "-requests is for keys that are drawn, and does not go with -keys: 200"},
		{[]string{"-requests", "99"}, "-requests must lie in [100, 1000000]: 99"},
		{[]string{"-keys", good, "-wanted", "0.5"}, "-wanted must lie in [1, 1000]: 0.5"},
		{[]string{"-keys", ""}, "-keys must name a file"},
		{[]string{"-keys", filepath.Join(dir, "missing")}, "-keys cannot be used: stat "},
		{[]string{"-keys", dir}, "-keys must name a file, not a folder: "},
		{[]string{"-keys", broken}, "-keys cannot be used: " + broken + ": ringsim: line 2 of the keys: a key must be text without control characters: \"b\\x00\""},
		{[]string{"-keys", write("empty", "\n")}, "ringsim: a list of keys must have a key: it has none"},
	} {
		_, err := lab.Try(HotKey, 1, c.args...)
		require.ErrorContains(t, err, "hot-key: ", "%v", c.args)
		require.ErrorContains(t, err, c.want, "%v", c.args)
	}
}
