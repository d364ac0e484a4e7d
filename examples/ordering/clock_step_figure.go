package ordering

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/sysdesign-lab/sysdesign/clocks"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
)

// aheadLine is how far times are ahead of the truth, in ms, at times since the step; NaN where there is none.
type aheadLine struct {
	clock, label string
	color        chart.Color
	at, ahead    []float64
}

// timeline looks at the clocks around the largest step back, or whatever is the first of the steps.
func (c *stepRun) timeline() ([]aheadLine, error) {
	clock, err := c.stepped[0].step.Clock()
	if err != nil {
		return nil, err
	}
	hybrid, err := clocks.NewHybrid(clocks.HybridConfig{MaxDrift: c.load.writing.MaxDrift})
	if err != nil {
		return nil, err
	}
	wall := aheadLine{clock: "wall", label: "wall", color: wallColor}
	times := aheadLine{clock: "hybrid", label: "hybrid", color: hybridColor}
	look := func(now time.Duration) error {
		read := clock.Read(now)
		truth := read.Add(-clock.Ahead(now))
		ahead := math.NaN()
		switch stamp, err := hybrid.Now(read); {
		case err == nil:
			ahead = judge.Milliseconds(stamp.Time().Sub(truth))
		case !errors.Is(err, clocks.ErrBehind):
			return err
		}
		at := judge.Milliseconds(now)
		wall.at, wall.ahead = append(wall.at, at), append(wall.ahead, judge.Milliseconds(clock.Ahead(now)))
		times.at, times.ahead = append(times.at, at), append(times.ahead, ahead)
		return nil
	}
	span := max(milliseconds(math.Abs(c.stepped[0].ms)), time.Millisecond)
	for i := -20; i <= 60; i++ {
		if i == 0 {
			if err := look(-1); err != nil { // so that the step is upright
				return nil, err
			}
		}
		if err := look(span * time.Duration(i) / 40); err != nil {
			return nil, err
		}
	}
	return []aheadLine{wall, times}, nil
}

func (c *stepRun) figure(runs int, shown []aheadLine) (chart.Figure, error) {
	ahead := chart.Lines{Title: "ms ahead of the truth", X: chart.Axis{Name: fmt.Sprintf("ms since a step of %v ms", c.steps[0])}}
	for _, line := range shown {
		ahead.Series = append(ahead.Series, chart.Line{Name: line.label, Color: line.color, X: line.at, Y: line.ahead})
	}
	lost, err := c.panel("updates lost", []stepLine{
		{"wall", wallColor, lostByWall}, {"Lamport", lamportColor, lostByLamport}, {"hybrid, refused", hybridColor, refusedByHybrid},
	}, func(p stepPoint) float64 { return p.step.LostByStep(c.load.writing.Rate) })
	if err != nil {
		return chart.Figure{}, err
	}
	negative, err := c.panel("durations below zero", []stepLine{
		{"wall", wallColor, negativeByWall}, {"elapsed", elapsedColor, negativeByElapsed},
	}, func(p stepPoint) float64 { return p.step.NegativeByStep(c.load.timing) })
	if err != nil {
		return chart.Figure{}, err
	}
	lease, err := c.panel(fmt.Sprintf("lease of %v: ms held too long", c.load.lease), []stepLine{
		{"wall", wallColor, leaseByWall}, {"elapsed", elapsedColor, leaseByElapsed},
	}, c.heldMS)
	if err != nil {
		return chart.Figure{}, err
	}
	return chart.Figure{
		Headline: c.headline(),
		Detail: fmt.Sprintf("A mean for each step; %v writes and requests a second, requests of %v; hybrid time refuses beyond %v; %d runs, 95%% intervals; dashed: exact",
			c.load.writing.Rate, c.load.timing.Mean, c.load.writing.MaxDrift, runs),
		Panels: []chart.Panel{ahead, lost, negative, lease},
	}, nil
}

// headline tells of the largest step back, or whatever is the first of the steps.
func (c *stepRun) headline() string {
	p := c.stepped[0]
	set, held := fmt.Sprintf("set back by %v ms", -p.ms), "too long"
	switch {
	case p.ms > 0:
		set = fmt.Sprintf("set forward by %v ms", p.ms)
	case p.ms == 0:
		set = "left alone"
	}
	lease := judge.Mean(p.of(leaseByWall))
	if lease < 0 {
		held = "too short"
	}
	return fmt.Sprintf("With its clock %s, a lone node loses %.3g of its own updates and keeps its lease %.0f ms %s",
		set, judge.Mean(p.of(lostByWall)), math.Abs(lease), held)
}

// stepLine is one clock of a panel.
type stepLine struct {
	label  string
	color  chart.Color
	number func(stepOutcome) float64
}

// panel draws numbers against the step.
func (c *stepRun) panel(title string, shown []stepLine, exact func(stepPoint) float64) (chart.Lines, error) {
	panel := chart.Lines{Title: title, X: chart.Axis{Name: "step, ms"}}
	theory := chart.Line{Color: chart.Theory}
	for i, of := range shown {
		line := chart.Line{Name: of.label, Color: of.color}
		for _, p := range c.stepped {
			if err := judge.Point(&line, p.ms, p.of(of.number)); err != nil {
				return chart.Lines{}, err
			}
			if i == 0 {
				theory.Add(p.ms, exact(p))
			}
		}
		panel.Series = append(panel.Series, line)
	}
	panel.Series = append(panel.Series, theory)
	return panel, nil
}
