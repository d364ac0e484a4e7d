package balancing

import (
	"fmt"
	"math"
	"slices"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/loadbalance"
	"github.com/sysdesign-lab/sysdesign/loadbalance/balancesim"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// BallsIntoBins throws n balls into n bins with the picker itself: requests that never end. The largest bin grows like
// log n / log log n with one choice, and like log log n / log d with d.
//
// In data.csv largest is the mean over runs of the number of balls in the fullest bin, with its 95% interval, likeliest the value that most runs gave.
// law is a law of growth and not an exact value: for one choice the inverse of the gamma function at n, less 3/2 (G. Gonnet,
// "Expected Length of the Longest Probe Sequence in Hash Code Searching", Journal of the ACM 28(2), 1981), for more
// log log n / log d, which leaves a constant open: it is set to pass through the point of the fewest bins.
var BallsIntoBins = ballsIntoBins(ballPolicies, judge.Effort{})

var ballPolicies = []policy{
	{name: "1", label: "one choice", color: chart.Baseline, make: choices(1)},
	{name: "2", label: "two choices", color: chart.Blue, make: choices(2)},
	{name: "3", label: "three choices", color: chart.Pink, make: choices(3)},
}

func ballsIntoBins(policies []policy, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "balls-into-bins",
		Topic:    "balancing",
		Question: "How full is the fullest of n bins after n balls, with one, two and three choices?",
		Guide:    []string{"lb.two-choices"},
		Packages: []string{"loadbalance.PowerOfChoices"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			b := &ballsRun{policies: policies, effort: effort}
			b.bins = p.Ints("bins", []int{100, 1_000, 10_000, 100_000}, "bins", "numbers of bins, and of balls", lab.Within(10, 1_000_000))
			var names []string
			for _, policy := range policies {
				names = append(names, policy.name)
			}
			b.asked = p.Choices("choices", names, names, "how many bins each ball may choose among")
			return b.run
		},
	}
}

type ballsRun struct {
	policies []policy
	effort   judge.Effort
	bins     []int
	asked    []string
	largest  map[string][][]float64 // by policy and number of bins, of each run
}

func (b *ballsRun) run(r *lab.Run) error {
	slices.Sort(b.bins)
	b.largest = map[string][][]float64{}
	runs := 30
	if r.Full {
		runs = 100
	}
	if b.effort.Tiny {
		runs, b.bins = 2, []int{10, 100}
	}
	table := r.Table("choices", "bins", "runs", "largest", "largest_low", "largest_high", "likeliest", "law")
	for _, policy := range b.policies {
		if !slices.Contains(b.asked, policy.name) {
			continue
		}
		r.Progress("%s, bins %v", policy.label, b.bins)
		for _, n := range b.bins {
			runs := max(5, min(runs, runs*100_000/n)) // beyond 100,000 bins fewer runs, that vary less
			largest, err := throw(r.Seed, runs, policy, n)
			if err != nil {
				return fmt.Errorf("%s into %d bins: %w", policy.label, n, err)
			}
			interval, err := stats.MeanInterval(largest, stats.Charted)
			if err != nil {
				return err
			}
			b.largest[policy.name] = append(b.largest[policy.name], largest)
			table.Row(policy.name, n, runs, interval.Estimate, interval.Low, interval.High, likeliest(largest), b.law(policy.name, n))
		}
	}
	b.findings(r)
	r.Figure(b.figure(runs))
	return nil
}

// throw returns the number of balls in the fullest bin of each run.
func throw(seed uint64, runs int, policy policy, n int) ([]float64, error) {
	bins := balancesim.Endpoints(n)
	return sim.Replicate(seed, runs, func(e *sim.Engine) (float64, error) {
		picker, err := policy.make(bins, e.Stream("picks"))
		if err != nil {
			return 0, err
		}
		balls := make([]int, n)
		for range n {
			token, err := picker.Pick(0, loadbalance.Request{})
			if err != nil {
				return 0, err
			}
			balls[token.Endpoint().Value]++
		}
		return float64(slices.Max(balls)), nil
	})
}

func likeliest(largest []float64) float64 {
	times := map[float64]int{}
	best := largest[0]
	for _, x := range slices.Sorted(slices.Values(largest)) {
		if times[x]++; times[x] > times[best] {
			best = x
		}
	}
	return best
}

func (b *ballsRun) law(policy string, n int) float64 {
	shape := func(n int) float64 { return math.Log(math.Log(float64(n))) / math.Log(float64(policy[0]-'0')) }
	if policy == "1" {
		return inverseGamma(float64(n)) - 1.5
	}
	return judge.Mean(b.largest[policy][0]) + shape(n) - shape(b.bins[0])
}

// inverseGamma is the x > 2 with gamma(x) = y, for y > 1.
func inverseGamma(y float64) float64 {
	low, high := 2.0, 200.0
	for range 100 {
		middle := (low + high) / 2
		if g, _ := math.Lgamma(middle); g < math.Log(y) {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

func (b *ballsRun) findings(r *lab.Run) {
	one, two, three := b.largest["1"], b.largest["2"], b.largest["3"]
	most := len(b.bins) - 1
	state := func(sentence string, a []float64, bound float64, than []float64, known bool) {
		if !known {
			r.NotHere(sentence)
			return
		}
		less(r, sentence, a, bound, than)
	}
	grown := func(largest [][]float64) []float64 {
		if len(largest) < 2 {
			return nil
		}
		return judge.Minus(largest[most], largest[0])
	}
	state("with the most bins the fullest one after two choices holds less than two thirds of that after one", at(two, most), 2.0/3, at(one, most), one != nil && two != nil)
	state("from the fewest bins to the most, two choices let the fullest grow by less than one choice does", grown(two), 1, grown(one), one != nil && two != nil && most > 0)
	state("with the most bins a third choice takes away less than the second did", judge.Minus(at(two, most), at(three, most)), 1, judge.Minus(at(one, most), at(two, most)), one != nil && two != nil && three != nil)

	const gonnet = "one choice: the fullest bin is within one ball of Gonnet's law at every number of bins"
	if one == nil {
		r.NotHere(gonnet)
		return
	}
	finding, farthest := lab.Finding{Sentence: gonnet, Holds: true}, -1.0
	for i, n := range b.bins {
		interval, err := stats.MeanInterval(one[i], stats.Asserted)
		if err != nil {
			r.NotHere(gonnet)
			return
		}
		law := b.law("1", n)
		finding.Holds = finding.Holds && math.Abs(interval.Estimate-law) <= 1
		if off := math.Abs(interval.Estimate - law); off > farthest {
			farthest = off
			finding.Measured, finding.Low, finding.High, finding.Bound = interval.Estimate, interval.Low, interval.High, law
		}
	}
	r.Finding(finding)
}

func at(largest [][]float64, i int) []float64 {
	if i >= len(largest) {
		return nil
	}
	return largest[i]
}

func (b *ballsRun) figure(runs int) chart.Figure {
	panel := chart.Lines{X: chart.Axis{Name: "bins, and balls", Scale: chart.Log}}
	zero := 0.0
	panel.Y.Min = &zero
	var x []float64
	for _, n := range b.bins {
		x = append(x, float64(n))
	}
	var headline string
	for _, policy := range b.policies {
		all := b.largest[policy.name]
		if all == nil {
			continue
		}
		var points []point
		law := chart.Line{Color: chart.Theory, X: x}
		for i, largest := range all {
			interval, err := stats.MeanInterval(largest, stats.Charted)
			if err != nil {
				interval.Estimate = math.NaN()
			}
			points = append(points, point{mean: interval})
			law.Y = append(law.Y, b.law(policy.name, b.bins[i]))
		}
		panel.Series = append(panel.Series, policy.line(x, points, func(p point) stats.Interval { return p.mean }))
		if len(x) > 1 {
			panel.Series = append(panel.Series, law)
		}
		if headline != "" {
			headline += ", "
		}
		headline += fmt.Sprintf("%.1f with %s", last(points).mean.Estimate, policy.label)
	}
	return chart.Figure{
		Headline: fmt.Sprintf("The fullest of %s bins holds %s", thousands(b.bins[len(b.bins)-1]), headline),
		Detail: fmt.Sprintf("Balls in the fullest of n bins after n balls, mean of %d runs, 95%% bands; dashed: Gonnet's law for one choice, log log n / log d through the first point for more",
			runs),
		Panels: []chart.Panel{panel},
	}
}

// thousands writes a number with separators.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
