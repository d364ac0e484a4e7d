package estimating

import (
	"fmt"
	"math"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// The findings of id-collisions.
const (
	collideExact  = "random identifiers collide as often as the exact product says, for all numbers and spaces"
	collideEven   = "in a space of a million or more the chances of a collision are even at 1.18 times its root, as IDsWithin says"
	takenMisleads = "in a space of a million or more a collision at even chances is at least a hundred times as likely as the share that is taken"
	approxBelow   = "in a tiny space the approximation 1-e^(-n(n-1)/2N) is too low"
	fixedBits     = "bits that all identifiers share do not count: at even chances those of 32 bits collide more than random ones of 32 bits would"
	counterNever  = "a counter's base62 codes do not collide at all, at as many as random codes of that length collide at with even chances"
	drawsExact    = "once a share f of all codes is taken, a new one takes 1/(1-f) draws in the mean, for all f"
	againExact    = "until n codes of N are stored, the sum of i/(N-i) draws for i below n hit one that is taken"
)

// aRoom is from when on a space is so large that one identifier more or less is no matter.
const aRoom = 1_000_000

func (o *idRun) findings(r *lab.Run, repeated int) {
	var all, even, misleads, below, fixed []compared
	for i, k := range o.kinds {
		for _, b := range k.points {
			all = append(all, compared{b, b.theory})
			// So far apart that the interval and chance leave something between them.
			if gap := b.theory - b.approximates; gap > 10*0.5/math.Sqrt(float64(b.trials)) {
				below = append(below, compared{b, b.approximates})
			}
			if b.ids != k.even {
				continue
			}
			if k.space >= aRoom {
				even = append(even, compared{b, 0.5})
				misleads = append(misleads, compared{b, 100 * float64(b.ids) / k.space})
			}
			if random, err := o.collision(estimate.Count(b.ids), math.Exp2(shortBits)); err == nil && i == len(o.kinds)-1 {
				fixed = append(fixed, compared{b, random})
			}
		}
	}
	stateShares(r, collideExact, all, equal)
	stateShares(r, collideEven, even, equal)
	stateShares(r, takenMisleads, misleads, above)
	stateShares(r, approxBelow, below, above)
	stateShares(r, fixedBits, fixed, above)
	judge.Exactly(r, counterNever, float64(repeated), 0)

	var draws, again []judge.Requirement
	for _, f := range o.filled {
		if !f.draws.rare {
			draws = append(draws, judge.Equals(f.draws.runs, f.draws.exact))
		}
		if !f.again.rare {
			again = append(again, judge.Equals(f.again.runs, f.again.exact))
		}
	}
	judge.State(r, drawsExact, draws)
	judge.State(r, againExact, again)
}

// compared is a share of trials and what it is compared with.
type compared struct {
	birthdays
	bound float64
}

// equal and above say whether an interval is where it should be, and how far it is from not being there.
func equal(i stats.Interval, bound float64) (holds bool, room float64) {
	return i.Contains(bound), 1 - math.Abs(bound-i.Estimate)/i.HalfWidth()
}

func above(i stats.Interval, bound float64) (holds bool, room float64) {
	return i.Low >= bound, (i.Low - bound) / i.HalfWidth()
}

// stateShares states that all shares are where they should be, by their exact binomial intervals, and shows the one that is closest to being wrong.
func stateShares(r *lab.Run, sentence string, all []compared, where func(stats.Interval, float64) (bool, float64)) {
	if len(all) == 0 {
		r.NotHere(sentence)
		return
	}
	finding, least := lab.Finding{Sentence: sentence, Holds: true}, math.Inf(1)
	for _, c := range all {
		holds, room := where(c.asserted, c.bound)
		finding.Holds = finding.Holds && holds
		if room < least {
			least = room
			finding.Measured, finding.Low, finding.High, finding.Bound = c.asserted.Estimate, c.asserted.Low, c.asserted.High, c.bound
		}
	}
	r.Finding(finding)
}

func (o *idRun) figure(counted int) (chart.Figure, error) {
	again, err := o.againPanel()
	if err != nil {
		return chart.Figure{}, err
	}
	digits := o.digits[len(o.digits)-1]
	space := codesOf(digits)
	even := "even"
	if space < aRoom {
		even = "about even" // one more or less matters
	}
	return chart.Figure{
		Headline: fmt.Sprintf("%s random base62 codes of %s, %s of all, collide with %s chances; a counter's never do",
			roughly(float64(counted)), digitsOf(digits), percent(float64(counted)/float64(space)), even),
		Detail: fmt.Sprintf("Left: trials in which two identifiers are equal (%%), 95%% bands, dashed: 1-exp(-x²/2), grey: share of the codes of %s that is taken; "+
			"right: draws for a new code of %d digits, mean of %d runs, dashed: 1/(1-taken)", digitsOf(digits), filledDigits, len(o.filled[0].draws.runs)),
		Panels: []chart.Panel{o.collidePanel(), again},
	}, nil
}

func (o *idRun) collidePanel() chart.Panel {
	curve, taken := chart.Line{Color: chart.Theory}, chart.Line{Name: "taken", Color: chart.Baseline}
	for x := 0.0; x <= 3; x += 0.05 {
		curve.Add(x, 100*-math.Expm1(-x*x/2))
	}
	space := float64(codesOf(o.digits[len(o.digits)-1]))
	for _, x := range []float64{0, 3} {
		taken.Add(x, min(100, 100*x/math.Sqrt(space)))
	}
	var lines []chart.Line
	for _, k := range o.kinds {
		line := chart.Line{Name: k.name, Color: k.color}
		for _, b := range k.points {
			share := b.charted
			line.AddInterval(float64(b.ids)/math.Sqrt(k.space), 100*share.Estimate, 100*share.Low, 100*share.High)
		}
		lines = append(lines, line)
	}
	return chart.Lines{
		Title: "two are equal", X: chart.Axis{Name: "identifiers, in roots of their space", Min: new(0.0)},
		Y: chart.Axis{Min: new(0.0), Max: new(100.0)}, Series: append(lines, taken, curve),
	}
}

func (o *idRun) againPanel() (chart.Panel, error) {
	if len(o.filled) == 1 { // makes no lines
		f := o.filled[0]
		return chart.Bars{Title: "draws for a new code", Groups: []string{"simulated", "exact"},
			Series: []chart.Bar{{Color: chart.Blue, Y: []float64{judge.Mean(f.draws.runs), f.draws.exact}}}}, nil
	}
	draws, exact := chart.Line{Name: "random", Color: chart.Blue}, chart.Line{Color: chart.Theory}
	counter := chart.Line{Name: "counter", Color: chart.Baseline}
	for _, f := range o.filled {
		x := 100 * f.load
		if err := judge.Point(&draws, x, f.draws.runs); err != nil {
			return nil, err
		}
		exact.Add(x, f.draws.exact)
		counter.Add(x, 1)
	}
	return chart.Lines{
		Title: "draws for a new code", X: chart.Axis{Name: "codes that are taken (%)"},
		Y: chart.Axis{Scale: chart.Log}, Series: []chart.Line{draws, counter, exact},
	}, nil
}

// roughly is a number of identifiers as it is said.
func roughly(n float64) string {
	if n >= 1e6 {
		return fmt.Sprintf("%.2g million", n/1e6)
	}
	return judge.Commas(int(n))
}

// percent is a share to two digits, however small.
func percent(share float64) string {
	p := 100 * share
	digits := max(0, 1-int(math.Floor(math.Log10(p))))
	return fmt.Sprintf("%.*f%%", digits, p)
}
