package agreeing

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
)

// best is, of those that meet the targets, the one with the fewest replicas, and of these the one that is fastest: the sum of what 99.9% of reads and
// of writes take. If none does, it is the one that meets most, preferring those that are fresh, and then those that are there; if none of these is
// there often enough, the one that is there most often. Of equals R and W are as near to one another as can be.
func (c *chooseRun) best() choice {
	met := func(x choice) (n int) {
		for i, yes := range []bool{x.fast, x.isThere, x.fresh} {
			if yes {
				n += 10 + i
			}
		}
		return n
	}
	missing := func(x choice) float64 { // rounded, so that rounding does not decide
		if x.isThere {
			return 0
		}
		return math.Round(1e9 * max(1-x.readAvailable, 1-x.writeAvailable))
	}
	return slices.MinFunc(c.results, func(a, b choice) int {
		return cmp.Or(cmp.Compare(met(b), met(a)), cmp.Compare(missing(a), missing(b)), cmp.Compare(a.N, b.N), cmp.Compare(a.cost(), b.cost()),
			cmp.Compare(max(a.R, a.W), max(b.R, b.W)))
	})
}

func (c *chooseRun) advice() string {
	x := c.best()
	freshness := fmt.Sprintf("%s%% or more of reads that start %v after a write see it", percent(x.seen.Low), c.within)
	if x.Overlaps() {
		freshness = "every read sees all writes that have committed"
	}
	what := fmt.Sprintf("99.9%% of reads take up to %s ms and of writes %s ms, %s, and reads are refused with a probability of %s, writes of %s",
		threeFigures(judge.Milliseconds(x.readTakes.Estimate)), threeFigures(judge.Milliseconds(x.writeTakes.Estimate)), freshness, small(1-x.readAvailable), small(1-x.writeAvailable))
	if x.all {
		return fmt.Sprintf("Use %v, the fastest with the fewest replicas that meets the targets: with delays as %s, %s", x.Replicas, c.model.title(), what)
	}
	var missed []string
	for _, target := range []struct {
		met  bool
		name string
	}{{x.fast, "latency"}, {x.fresh, "freshness"}, {x.isThere, "availability"}} {
		if !target.met {
			missed = append(missed, target.name)
		}
	}
	return fmt.Sprintf("Relax a target: no R and W of %s meets all, and %v misses %s: with delays as %s, %s",
		c.numbers(), x.Replicas, strings.Join(missed, " and "), c.model.title(), what)
}

func (c *chooseRun) numbers() string {
	all := strings.Join(judge.Column(c.ns, func(n int) string { return fmt.Sprint(n) }), " or ")
	if all == "1" {
		return "1 replica"
	}
	return all + " replicas"
}

// small is a probability near zero; what rounding left of nought is none.
func small(p float64) string {
	if p < 1e-15 {
		return "0"
	}
	return fmt.Sprintf("%.2g", p)
}
