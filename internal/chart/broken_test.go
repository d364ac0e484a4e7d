package chart

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

func TestBroken_LabelsPushedDown(t *testing.T) {
	lawtest.Breaks(t, "Labels that are moved apart from the top down push each other out of the frame",
		lawLabelsAreNudgedApart(pushed(false)))
}

func TestBroken_LabelsPushedDownAndBack(t *testing.T) {
	lawtest.Breaks(t, "A second pass, from the bottom up, keeps labels in the frame, but farther than need be from their lines",
		lawLabelsAreNudgedApart(pushed(true)))
}

// pushed moves each label down until it is a pitch below the one before; and back up, where the frame ends.
func pushed(back bool) func(wanted []float64, top, bottom, pitch float64) ([]float64, bool) {
	return func(wanted []float64, top, bottom, pitch float64) ([]float64, bool) {
		if len(wanted) > 0 && pitch*float64(len(wanted)-1) > bottom-top {
			return nil, false
		}
		order := make([]int, len(wanted))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(wanted[a], wanted[b]) })
		placed := make([]float64, len(wanted))
		free := top
		for _, i := range order {
			placed[i] = max(free, wanted[i])
			free = placed[i] + pitch
		}
		if slices.Reverse(order); back {
			free = bottom
			for _, i := range order {
				placed[i] = min(free, placed[i])
				free = placed[i] - pitch
			}
		}
		return placed, true
	}
}

func TestBroken_LineOverTheFrame(t *testing.T) {
	lawtest.Breaks(t, "A line of which both ends are outside the frame may still cross it",
		lawCutLine(func(path []point, frame rect) (pieces [][]point) {
			for i := 1; i < len(path); i++ {
				if frame.holds(path[i-1]) || frame.holds(path[i]) {
					pieces = append(pieces, clipLine(path[i-1:i+1], frame)...)
				}
			}
			return pieces
		}))
}

func TestBroken_LineMovedToTheFrame(t *testing.T) {
	lawtest.Breaks(t, "A point outside that is moved to the nearest edge bends the line inside",
		lawCutLine(func(path []point, frame rect) [][]point { return [][]point{clamped(path, frame)} }))
}

func TestBroken_AreaMovedToTheFrame(t *testing.T) {
	lawtest.Breaks(t, "Corners outside that are moved to the nearest edge bend the sides of an area inside", lawCutArea(clamped))
}

// clamped moves points to the frame.
func clamped(path []point, frame rect) []point {
	var moved []point
	for _, p := range path {
		moved = append(moved, point{
			max(frame.left, min(frame.right, p.x)), max(frame.top, min(frame.bottom, p.y)),
		})
	}
	return moved
}

func TestBroken_TwoDecimals(t *testing.T) {
	lawtest.Breaks(t, "Labels with two decimals, whatever the step, say something else than what they mark",
		lawTicksSayWhatTheyMark(relabelled(func(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) })))
}

func TestBroken_FourDigits(t *testing.T) {
	lawtest.Breaks(t, "Labels of four significant digits fall back on exponents",
		lawTicksSayWhatTheyMark(relabelled(func(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) })))
}

// relabelled names ticks anew, but percentiles.
func relabelled(name func(float64) string) resolver {
	return func(a Axis, data span, outward bool, fits func(axis) bool) (axis, error) {
		resolved, err := a.resolve(data, outward, fits)
		if a.Scale != Percentile {
			for i := range resolved.ticks {
				resolved.ticks[i].label = name(resolved.ticks[i].at)
			}
		}
		return resolved, err
	}
}

func TestBroken_AxisEndsInsideTheData(t *testing.T) {
	lawtest.Breaks(t, "An axis that ends at the outermost ticks cuts off what lies beyond them",
		lawTicksSayWhatTheyMark(func(a Axis, data span, outward bool, fits func(axis) bool) (axis, error) {
			resolved, err := a.resolve(data, outward, fits)
			if err == nil {
				resolved.lo, resolved.hi = resolved.ticks[0].at, resolved.ticks[len(resolved.ticks)-1].at
			}
			return resolved, err
		}))
}

func TestBroken_DecadesByCutLogarithm(t *testing.T) {
	lawtest.Breaks(t, "A first decade that is the logarithm, cut to a whole number, plus one skips a decade below 1",
		lawEveryDecadeIsNamed(func(a Axis, data span, outward bool, fits func(axis) bool) (axis, error) {
			resolved, err := a.resolve(data, outward, fits)
			if math.Log10(resolved.hi/resolved.lo) > 3 {
				resolved.ticks = nil
				for power := int(math.Log10(resolved.lo)) + 1; power <= int(math.Log10(resolved.hi)); power++ {
					resolved.ticks = append(resolved.ticks, decadeTicks(math.Pow10(power), math.Pow10(power), 1)...)
				}
			}
			return resolved, err
		}))
}

func TestBroken_ErrorWithoutAHome(t *testing.T) {
	lawtest.Breaks(t, "An error that is passed on as it came does not say where from",
		lawDrawnOrRefused(new(int), new(int), func(f *Figure, theme Theme) (*scene, error) {
			s, err := f.scene(theme)
			if err != nil {
				err = errors.New(strings.TrimPrefix(err.Error(), "chart: "))
			}
			return s, err
		}))
}

func TestBroken_AnotherFont(t *testing.T) {
	lawtest.Breaks(t, "Text that is drawn a tenth wider than it was measured leaves the canvas or meets other text",
		lawTextStaysApart(func(f *Figure, theme Theme) (*scene, error) {
			s, err := f.scene(theme)
			if err == nil {
				for _, m := range s.marks {
					if m.text != nil {
						m.text.style.size *= 1.1
					}
				}
			}
			return s, err
		}))
}
