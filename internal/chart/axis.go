package chart

import (
	"fmt"
	"math"
	"slices"
)

// Scale says how a value becomes a place on an axis.
type Scale int

const (
	// Linear ticks are plain numbers. A y axis fitted to the data starts at zero if the smallest value is less than
	// half the largest.
	Linear Scale = iota
	// Log names every decade; where that makes fewer than three names, also 2 and 5 times each. Values must be positive.
	Log
	// Percentile is for x only. Its values are quantiles p in [0, 1); they stand at 1/(1-p) on a log scale, so that
	// p90, p99 and p99.9 are a like step apart. The largest p is p99.99999.
	Percentile
)

// Axis is one axis of a panel.
type Axis struct {
	// Name is drawn below an x axis. A y axis has none: Figure.Detail says what the numbers are, or Title does.
	Name  string
	Scale Scale
	// Min and Max are the ends of the axis in the data's unit (on a percentile axis: quantiles); nil fits the data.
	Min, Max *float64
}

// Plain numbers outside these bounds have more digits than a reader counts; another unit is wanted.
const (
	largest  = 1e15
	smallest = 1e-12
)

// position maps a value to where the axis has it, up to a shift and a factor.
func (s Scale) position(v float64) float64 {
	switch s {
	case Log:
		return math.Log10(v)
	case Percentile:
		return -math.Log10(1 - v)
	default:
		return v
	}
}

// check says whether the value has a place on the scale.
func (s Scale) check(v float64) error {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return fmt.Errorf("a value must be finite: %v", v)
	case math.Abs(v) > largest:
		return fmt.Errorf("a value must not exceed 1e15 (choose a larger unit): %v", v)
	case s == Log && v <= 0:
		return fmt.Errorf("a value on a log scale must be positive: %v", v)
	case s == Log && v < smallest:
		return fmt.Errorf("a value on a log scale must be at least 1e-12 (choose a smaller unit): %v", v)
	case s == Percentile && (v < 0 || v >= 1):
		return fmt.Errorf("a quantile must lie in [0, 1): %v", v)
	case s == Percentile && v > percentiles[len(percentiles)-1].at:
		return fmt.Errorf("a quantile must not exceed 0.9999999: %v", v)
	}
	return nil
}

func (a Axis) check() error {
	if a.Scale < Linear || a.Scale > Percentile {
		return fmt.Errorf("has no such scale: %d", int(a.Scale))
	}
	for _, end := range []*float64{a.Min, a.Max} {
		if end != nil {
			if err := a.Scale.check(*end); err != nil {
				return err
			}
		}
	}
	if a.Min != nil && a.Max != nil && *a.Min >= *a.Max {
		return fmt.Errorf("min must lie below max: %v, %v", *a.Min, *a.Max)
	}
	return checkText(a.Name)
}

func (a Axis) equal(b Axis) bool {
	same := func(a, b *float64) bool { return a == b || a != nil && b != nil && *a == *b }
	return a.Name == b.Name && a.Scale == b.Scale && same(a.Min, b.Min) && same(a.Max, b.Max)
}

// span is the closed interval that values cover; the zero value covers none.
type span struct {
	lo, hi float64
	some   bool
}

func (s *span) cover(values ...float64) {
	for _, v := range values {
		switch {
		case math.IsNaN(v):
		case !s.some:
			*s = span{v, v, true}
		default:
			s.lo, s.hi = min(s.lo, v), max(s.hi, v)
		}
	}
}

// axis is an Axis with its ends and ticks decided.
type axis struct {
	scale  Scale
	lo, hi float64
	ticks  []tick
}

// fraction is 0 at the low end of the axis and 1 at the high end.
func (a axis) fraction(v float64) float64 {
	lo, hi := a.scale.position(a.lo), a.scale.position(a.hi)
	return (a.scale.position(v) - lo) / (hi - lo)
}

func (a axis) labels() []string {
	labels := make([]string, len(a.ticks))
	for i, t := range a.ticks {
		labels[i] = t.label
	}
	return labels
}

// resolve chooses the ends of the axis and, of all the ways to tick it, the one with the most ticks that fits. An end
// that Min or Max sets stays; the others fit the data, and are moved outward to round numbers if outward is set.
func (a Axis) resolve(data span, outward bool, fits func(axis) bool) (axis, error) {
	lo, hi, err := a.ends(data, outward)
	if err != nil {
		return axis{}, err
	}
	for _, candidate := range a.candidates(lo, hi, outward) {
		if len(candidate.ticks) >= 2 && fits(candidate) {
			return candidate, nil
		}
	}
	return axis{}, fmt.Errorf("no ticks fit the axis from %v to %v", lo, hi)
}

// ends gives the axis a positive length.
func (a Axis) ends(data span, outward bool) (lo, hi float64, err error) {
	lo, hi = data.lo, data.hi
	if a.Min != nil {
		lo = *a.Min
	}
	if a.Max != nil {
		hi = *a.Max
	}
	if lo > hi {
		return 0, 0, fmt.Errorf("the axis from %v to %v holds none of the data, which go from %v to %v", lo, hi, data.lo, data.hi)
	}
	if a.Scale == Linear && outward {
		if a.Min == nil && lo > 0 && lo < hi/2 {
			lo = 0
		}
		if a.Max == nil && hi < 0 && hi > lo/2 {
			hi = 0
		}
	}
	if a.Scale.samePlace(lo, hi) {
		lo, hi = a.around(lo, hi)
	}
	if a.Scale.samePlace(lo, hi) {
		return 0, 0, fmt.Errorf("an axis must be longer than a billionth of its values: from %v to %v", lo, hi)
	}
	if a.Scale == Linear && hi-lo < smallest {
		return 0, 0, fmt.Errorf("a linear axis must span at least 1e-12 (choose a smaller unit): from %v to %v", lo, hi)
	}
	return lo, hi, nil
}

// samePlace says whether two values differ by no more than rounding errors.
func (s Scale) samePlace(lo, hi float64) bool {
	if s == Percentile {
		return s.position(hi)-s.position(lo) <= 1e-9
	}
	return hi-lo <= 1e-9*max(math.Abs(lo), math.Abs(hi))
}

// around opens an axis that holds a single value, without moving an end that is set.
func (a Axis) around(lo, hi float64) (float64, float64) {
	below, above := lo, hi
	switch {
	case a.Scale == Log:
		below, above = lo/2, hi*2
	case a.Scale == Percentile:
		for _, t := range percentiles {
			if t.at < lo {
				below = t.at
			}
			if t.at > hi {
				above = t.at
				break
			}
		}
	case hi > 0:
		below, above = 0, 2*hi
	case lo < 0:
		below, above = 2*lo, 0
	default:
		below, above = -1, 1
	}
	if a.Min != nil {
		below = lo
	}
	if a.Max != nil {
		above = hi
	}
	return below, above
}

// candidates are the ways to tick the axis from lo to hi, from fine to coarse.
func (a Axis) candidates(lo, hi float64, outward bool) []axis {
	const finest = 10
	var all []axis
	offer := func(lo, hi float64, ticks []tick) { all = append(all, axis{a.Scale, lo, hi, ticks}) }
	switch a.Scale {
	case Percentile:
		lo, hi = a.outward(lo, hi, percentiles)
		for stride := 1; stride <= finest; stride++ {
			offer(lo, hi, percentileTicks(lo, hi, stride))
		}
	case Log:
		if outward {
			lo, hi = a.outward(lo, hi, mantissaTicks(lo/10, hi*10, 1, 2, 3, 4, 5, 6, 7, 8, 9))
		}
		if ticks := mantissaTicks(lo, hi, 1, 2, 5); len(decadeTicks(lo, hi, 1)) < 3 && len(ticks) >= 3 {
			offer(lo, hi, ticks)
		}
		for stride := 1; stride <= finest; stride++ {
			offer(lo, hi, decadeTicks(lo, hi, stride))
		}
		for intervals := finest / 2; intervals > 0; intervals-- { // 300, 350, 400, where 1, 2 and 5 are too far apart
			offer(lo, hi, stepOf((hi-lo)/float64(intervals)).ticks(lo, hi))
		}
	default:
		intervals := finest
		if outward { // each is a line across the panel
			intervals = 6
		}
		for ; intervals > 0; intervals-- {
			s := stepOf((hi - lo) / float64(intervals))
			lo, hi := lo, hi
			if outward {
				lo, hi = a.outward(lo, hi, s.ticks(lo-s.times(1), hi+s.times(1)))
			}
			offer(lo, hi, s.ticks(lo, hi))
		}
	}
	// Where numbers leave no room for more: the outermost of the most.
	most := slices.MaxFunc(all, func(a, b axis) int { return len(a.ticks) - len(b.ticks) })
	if n := len(most.ticks); n > 2 {
		offer(most.lo, most.hi, []tick{most.ticks[0], most.ticks[n-1]})
	}
	return all
}

// outward moves the ends that are not set to the nearest ticks, away from the data.
func (a Axis) outward(lo, hi float64, ticks []tick) (float64, float64) {
	below, above := lo, hi
	first, last := a.Scale.position(lo), a.Scale.position(hi)
	slack := hair * (last - first)
	for _, t := range ticks {
		if a.Scale.position(t.at) <= first+slack {
			below = t.at
		}
	}
	for i := len(ticks) - 1; i >= 0; i-- {
		if a.Scale.position(ticks[i].at) >= last-slack {
			above = ticks[i].at
		}
	}
	if a.Min != nil {
		below = lo
	}
	if a.Max != nil {
		above = hi
	}
	return below, above
}
