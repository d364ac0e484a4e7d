package balancing

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// curves are the policies that were asked for, each measured at the same ascending values of x.
type curves struct {
	policies []policy
	asked    []string
	x        []float64
	points   map[string][]point // by policy, in the order of x
}

// measure fills in the points, policy by policy, and hands each on as it comes.
func (c *curves) measure(r *lab.Run, what string, measure func(p policy, i int) (point, error), row func(p policy, i int, measured point)) error {
	c.points = map[string][]point{}
	for _, policy := range c.policies {
		if !slices.Contains(c.asked, policy.name) {
			continue
		}
		r.Progress("%s, %s %v", policy.label, what, c.x)
		for i, x := range c.x {
			measured, err := measure(policy, i)
			if err != nil {
				return fmt.Errorf("%s at %v: %w", policy.name, x, err)
			}
			c.points[policy.name] = append(c.points[policy.name], measured)
			row(policy, i, measured)
		}
	}
	return nil
}

func first(points []point) point { return points[0] }
func last(points []point) point  { return points[len(points)-1] }

// compare states that one policy's mean time is less than bound times another's, at one end of the curves.
func (c *curves) compare(r *lab.Run, sentence string, at func([]point) point, a string, bound float64, b string) {
	if c.points[a] == nil || c.points[b] == nil {
		r.NotHere(sentence)
		return
	}
	less(r, sentence, at(c.points[a]).means, bound, at(c.points[b]).means)
}

// contains states that an exact value lies in the interval of the first point.
func (c *curves) contains(r *lab.Run, sentence, policy string, exact float64) {
	if c.points[policy] == nil {
		r.NotHere(sentence)
		return
	}
	contains(r, sentence, first(c.points[policy]).means, exact)
}

// panels draw the means and the 99th percentiles, side by side. Theory gives the dashed curves of a policy at x: NaN draws none.
func (c *curves) panels(x chart.Axis, theory func(policy string, x float64) (mean, p99 float64)) []chart.Panel {
	mean := chart.Lines{Title: "mean", X: x, Y: chart.Axis{Scale: chart.Log}}
	tail := chart.Lines{Title: "99th percentile", X: x, Y: chart.Axis{Scale: chart.Log}}
	for _, policy := range c.policies {
		points := c.points[policy.name]
		if points == nil {
			continue
		}
		mean.Series = append(mean.Series, policy.line(c.x, points, func(p point) stats.Interval { return p.mean }))
		tail.Series = append(tail.Series, policy.line(c.x, points, func(p point) stats.Interval { return p.p99 }))
		mean.Series = append(mean.Series, c.dashed(func(x float64) float64 { m, _ := theory(policy.name, x); return m })...)
		tail.Series = append(tail.Series, c.dashed(func(x float64) float64 { _, t := theory(policy.name, x); return t })...)
	}
	return []chart.Panel{mean, tail}
}

// dashed is theory as a smooth line; none where there is no theory, or nothing for a line to join.
func (c *curves) dashed(of func(x float64) float64) []chart.Line {
	from, to := c.x[0], c.x[len(c.x)-1]
	if from == to {
		return nil
	}
	const steps = 60
	line := chart.Line{Color: chart.Theory}
	for i := range steps + 1 {
		x := from + (to-from)*float64(i)/steps
		y := of(x)
		if math.IsNaN(y) {
			return nil
		}
		line.Add(x, y)
	}
	return []chart.Line{line}
}

// times says what each policy takes at the end of its curve.
func (c *curves) times() string {
	var parts []string
	for _, policy := range c.policies {
		if points := c.points[policy.name]; points != nil {
			parts = append(parts, fmt.Sprintf("%.1f with %s", last(points).mean.Estimate, policy.label))
		}
	}
	return strings.Join(parts, ", ")
}

// line draws one policy's points over x.
func (p policy) line(x []float64, points []point, of func(point) stats.Interval) chart.Line {
	line := chart.Line{Name: p.label, Color: p.color, X: x}
	for _, point := range points {
		interval := of(point)
		line.Y = append(line.Y, interval.Estimate)
		line.Low = append(line.Low, interval.Low)
		line.High = append(line.High, interval.High)
	}
	return line
}
