package caching

import (
	"fmt"
	"math"
	"strconv"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// The findings of layers.
const (
	pointsHitLess    = "while objects change, more points of presence hit less each: at every step, more than one request in a hundred less"
	pointsHitTheSame = "if objects never change and each point has as much room, each hits the same in the long run, however many there are"
	originGetsMore   = "more points of presence let more requests through to the origin: at every step, more than one in a hundred more"
	roomyIsExact     = "points that never evict let through what theory says, however many there are: each fetches each version once"
	shieldLevels     = "behind the shield the origin gets the same share of all requests, within one in a hundred, however many points there are"
	shieldSaves      = "with the most points the shield takes more than half of what would come to the origin"
	laterHitLess     = "points, shield and service hit less behind the layers before them than they do alone: each more than one in a hundred less"
	serviceUseless   = "the service's cache, smaller than the shield before it, hits less than a tenth of what it would alone"
)

func (l *layersRun) findings(r *lab.Run) {
	last := len(l.all) - 1
	var fewer, same, more, exact, level []judge.Requirement
	for _, roomy := range l.roomy {
		exact = append(exact, judge.Equals(roomy.passed, roomy.least))
	}
	for i, t := range l.all {
		if i == 0 {
			continue
		}
		before := l.all[i-1]
		fewer = append(fewer, judge.AtLeast(judge.Minus(before.alone.hitRatios(), t.alone.hitRatios()), 0.01),
			judge.AtLeast(judge.Minus(before.layers[pointLayer].hitRatios(), t.layers[pointLayer].hitRatios()), 0.01))
		more = append(more, judge.AtLeast(judge.Minus(t.layers[pointLayer].passed, before.layers[pointLayer].passed), 0.01))
		level = append(level, judge.Within(judge.Minus(t.layers[shieldLayer].passed, l.all[0].layers[shieldLayer].passed), -0.01, 0.01))
		if l.fill > 0 {
			same = append(same, judge.Equals(judge.Minus(l.static[i].hitRatios(), l.static[0].hitRatios()), 0))
		}
	}
	if l.changes == 0 {
		fewer = nil
	}
	judge.State(r, pointsHitLess, fewer)
	judge.State(r, pointsHitTheSame, same)
	judge.State(r, originGetsMore, more)
	judge.State(r, roomyIsExact, exact)
	judge.State(r, shieldLevels, level)
	most := l.all[last].layers
	judge.State(r, shieldSaves, []judge.Requirement{judge.AtMost(ratios(most[shieldLayer].passed, most[shieldLayer].reached), 0.5)})
	var later []judge.Requirement
	for _, layer := range []int{pointLayer, shieldLayer, serviceLayer} {
		later = append(later, judge.AtLeast(judge.Minus(l.alone[layer].hitRatios(), most[layer].hitRatios()), 0.01))
	}
	judge.State(r, laterHitLess, later)
	if l.entries[serviceLayer] < l.entries[shieldLayer] {
		judge.State(r, serviceUseless, []judge.Requirement{judge.AtMost(ratios(most[serviceLayer].hitRatios(), l.alone[serviceLayer].hitRatios()), 0.1)})
	} else {
		r.NotHere(serviceUseless)
	}
}

func (l *layersRun) figure(runs int) (chart.Figure, error) {
	point := chart.Line{Name: "changing", Color: chart.Blue}
	static := chart.Line{Name: "unchanging", Color: chart.Baseline}
	bare := chart.Line{Name: "no shield", Color: chart.Blue}
	shield := chart.Line{Name: "shield", Color: chart.Green}
	hits, least, one := chart.Line{Color: chart.Theory}, chart.Line{Color: chart.Theory}, chart.Line{Color: chart.Theory}
	for i, t := range l.all {
		x := float64(t.points)
		for _, of := range []struct {
			line *chart.Line
			runs []float64
			skip bool
		}{
			{line: &point, runs: t.alone.hitRatios()},
			{line: &bare, runs: t.layers[pointLayer].passed},
			{line: &shield, runs: t.layers[shieldLayer].passed},
		} {
			if err := addPercent(of.line, x, of.runs); err != nil {
				return chart.Figure{}, err
			}
		}
		if l.fill > 0 {
			if err := addPercent(&static, x, l.static[i].hitRatios()); err != nil {
				return chart.Figure{}, err
			}
		}
		hits.Add(x, 100*(1-t.alone.least))
		least.Add(x, 100*t.layers[pointLayer].least)
		one.Add(x, 100*t.layers[shieldLayer].least)
	}
	points := []chart.Line{point, hits}
	if l.fill > 0 {
		points = append(points, static)
	}
	x := chart.Axis{Name: "points of presence", Scale: chart.Log}
	percents := chart.Axis{Min: new(0.0), Max: new(100.0)}
	behind := chart.Bar{Name: "behind those before it", Color: chart.Blue}
	alone := chart.Bar{Name: "alone", Color: chart.Baseline}
	for layer, p := range l.all[len(l.all)-1].layers {
		behind.Y = append(behind.Y, 100*judge.Mean(p.hitRatios()))
		alone.Y = append(alone.Y, 100*judge.Mean(l.alone[layer].hitRatios()))
	}
	return chart.Figure{
		Headline: l.headline(),
		Detail: fmt.Sprintf("Hit ratios and what the origin gets; LRU in each cache; Zipf %v over %s objects; %d runs, 95%% bands; dashed: if objects change and nothing is evicted, exact: no better is possible",
			l.skew, judge.Commas(l.objects), runs),
		Panels: []chart.Panel{
			chart.Lines{Title: "hits of each point alone (%)", X: x, Y: percents, Series: points},
			chart.Lines{Title: "requests to the origin (%)", X: x, Y: chart.Axis{Min: new(0.0)}, Series: []chart.Line{bare, shield, least, one}},
			chart.Bars{Title: fmt.Sprintf("hits by layer (%%), %s", plural(l.all[len(l.all)-1].points, "point")), Groups: layerNames[:], Y: percents, Series: []chart.Bar{behind, alone},
				Format: func(y float64) string { return strconv.Itoa(int(math.Round(y))) }},
		},
	}, nil
}

// addPercent adds the mean of some shares, and its interval, to a line.
func addPercent(line *chart.Line, x float64, runs []float64) error {
	interval, err := judge.Charted(runs)
	line.AddInterval(x, 100*interval.Estimate, 100*interval.Low, 100*interval.High)
	return err
}

// plural is a number of things.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return judge.Commas(n) + " " + thing + "s"
}

func (l *layersRun) headline() string {
	few, many := l.all[0], l.all[len(l.all)-1]
	shielded := 100 * judge.Mean(many.layers[shieldLayer].passed)
	if len(l.all) == 1 {
		return fmt.Sprintf("Of all requests %.0f%% get past %s, and %.0f%% past the shield", 100*judge.Mean(many.layers[pointLayer].passed),
			plural(many.points, "point"), shielded)
	}
	return fmt.Sprintf("With %s in place of %d each hits less, and the origin gets %.0f%% in place of %.0f%%; behind a shield, %.0f%%",
		plural(many.points, "point"), few.points, 100*judge.Mean(many.layers[pointLayer].passed), 100*judge.Mean(few.layers[pointLayer].passed), shielded)
}
