package chart

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestLaw_TextStaysOnTheCanvasAndApart draws random figures of all kinds. None may be refused: names are short enough
// and values within twelve decades.
func TestLaw_TextStaysOnTheCanvasAndApart(t *testing.T) {
	rapid.Check(t, lawTextStaysApart((*Figure).scene))
}

func lawTextStaysApart(draw func(*Figure, Theme) (*scene, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		f := drawFigure(t)
		s, err := draw(&f, Light)
		if err != nil {
			t.Fatalf("a figure that should fit is refused: %v", err)
		}
		if trouble := textTrouble(s); len(trouble) > 0 {
			inTheWay(t, s, trouble)
		}
	}
}

// TestLaw_AnyFigureIsDrawnOrRefused spoils figures that could be drawn. Whatever is not refused must still be legible,
// and what is refused must say so as this package does; nothing may panic or go on forever.
func TestLaw_AnyFigureIsDrawnOrRefused(t *testing.T) {
	drawn, refused := 0, 0
	rapid.Check(t, lawDrawnOrRefused(&drawn, &refused, (*Figure).scene))
	if !t.Failed() && (drawn == 0 || refused == 0) {
		t.Errorf("the law is idle: %d figures drawn, %d refused", drawn, refused)
	}
}

// lawDrawnOrRefused counts what comes of the figures.
func lawDrawnOrRefused(drawn, refused *int, draw func(*Figure, Theme) (*scene, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		f := drawFigure(t)
		for range rapid.IntRange(1, 3).Draw(t, "faults") {
			spoil(t, &f)
		}
		s, err := draw(&f, Light)
		switch {
		case err != nil && !strings.HasPrefix(err.Error(), "chart: "):
			t.Fatalf("a figure is refused: %v\nbut the error does not say where it comes from", err)
		case err != nil:
			*refused++
		default:
			*drawn++
			if trouble := textTrouble(s); len(trouble) > 0 {
				inTheWay(t, s, trouble)
			}
		}
	}
}

func inTheWay(t *rapid.T, s *scene, trouble []string) {
	t.Fatalf("a figure is drawn on %v by %v pt\nbut text is in the way (left, top, right and bottom follow):\n%s", s.width, s.height, strings.Join(trouble, "\n"))
}

// TestLaw_LabelsAreNudgedApart compares with the best of all ways to place labels in runs that touch.
func TestLaw_LabelsAreNudgedApart(t *testing.T) { rapid.Check(t, lawLabelsAreNudgedApart(nudge)) }

func lawLabelsAreNudgedApart(nudge func(wanted []float64, top, bottom, pitch float64) ([]float64, bool)) func(*rapid.T) {
	return func(t *rapid.T) {
		const top, bottom, slack = 0, 100, 1e-9
		wish := rapid.OneOf(rapid.Float64Range(-20, 120), rapid.SampledFrom([]float64{0, 50, 51, 100}))
		wanted := rapid.SliceOfN(wish, 0, 10).Draw(t, "wanted")
		placed, ok := nudge(wanted, top, bottom, labelPitch)
		if fits := len(wanted) <= 9; ok != fits { // nine labels have eight pitches of 12 between them
			t.Fatalf("labels want to be at %v, %d pt apart and within [%d, %d]\nbut whether they fit is said to be %v", wanted, labelPitch, top, bottom, ok)
		}
		if !ok {
			return
		}
		order := make([]int, len(wanted))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int {
			if wanted[a] < wanted[b] {
				return -1
			} else if wanted[a] > wanted[b] {
				return 1
			}
			return 0
		})
		cost := 0.0
		for rank, i := range order {
			cost += (placed[i] - wanted[i]) * (placed[i] - wanted[i])
			if placed[i] < top-slack || placed[i] > bottom+slack {
				t.Fatalf("labels want to be at %v, %d pt apart and within [%d, %d]\nbut they are placed at %.6g: %.6g is out of the frame", wanted, labelPitch, top, bottom, placed, placed[i])
			}
			if rank > 0 && placed[i]-placed[order[rank-1]] < labelPitch-slack {
				t.Fatalf("labels want to be at %v, %d pt apart and within [%d, %d]\nbut they are placed at %.6g: %.6g and %.6g are too close or out of order", wanted, labelPitch, top, bottom, placed, placed[order[rank-1]], placed[i])
			}
		}
		if best := leastCost(wanted, order, top, bottom); cost > best+1e-6 {
			t.Fatalf("labels want to be at %v, %d pt apart and within [%d, %d]\nby squares they need to move %.6g in all\nbut they are placed at %.6g, and move %.6g", wanted, labelPitch, top, bottom, best, placed, cost)
		}
	}
}

// leastCost tries every way to cut the labels into runs, each run as tight as it may be and as near to its wishes as
// the frame allows. The best placement is one of these.
func leastCost(wanted []float64, order []int, top, bottom float64) float64 {
	n := len(order)
	best := math.Inf(1)
	for cuts := range 1 << max(0, n-1) {
		cost, edge := 0.0, top-labelPitch
		feasible := true
		for from := 0; from < n; {
			to := from + 1
			for to < n && cuts>>(to-1)&1 == 0 {
				to++
			}
			mean := 0.0
			for rank := from; rank < to; rank++ {
				mean += (wanted[order[rank]] - labelPitch*float64(rank-from)) / float64(to-from)
			}
			base := max(top+labelPitch*float64(from), min(bottom-labelPitch*float64(n-1-from), mean))
			feasible = feasible && base >= edge+labelPitch-1e-9
			for rank := from; rank < to; rank++ {
				edge = base + labelPitch*float64(rank-from)
				cost += (edge - wanted[order[rank]]) * (edge - wanted[order[rank]])
			}
			from = to
		}
		if feasible {
			best = min(best, cost)
		}
	}
	return best
}

// TestLaw_ACutLineKeepsExactlyWhatIsInside samples points along a path.
func TestLaw_ACutLineKeepsExactlyWhatIsInside(t *testing.T) { rapid.Check(t, lawCutLine(clipLine)) }

func lawCutLine(clipLine func([]point, rect) [][]point) func(*rapid.T) {
	frame := rect{0, 0, 10, 10}
	return func(t *rapid.T) {
		path := drawPath(t, 1)
		pieces := clipLine(path, frame)
		for _, piece := range pieces {
			for _, p := range piece {
				if p.x < -1e-9 || p.x > 10+1e-9 || p.y < -1e-9 || p.y > 10+1e-9 {
					t.Fatalf("a line through %v\nis cut at the frame from (0, 0) to (10, 10) into %v\nbut %v is outside", path, pieces, p)
				}
			}
		}
		const samples = 200
		length, inside := 0.0, 0.0
		for i := 1; i < len(path); i++ {
			a, b := path[i-1], path[i]
			total := math.Hypot(b.x-a.x, b.y-a.y)
			for k := range samples {
				if frame.holds(between(a, b, (float64(k)+0.5)/samples)) {
					inside += total / samples
				}
			}
			length += total
		}
		kept := 0.0
		for _, piece := range pieces {
			for i := 1; i < len(piece); i++ {
				kept += math.Hypot(piece[i].x-piece[i-1].x, piece[i].y-piece[i-1].y)
			}
		}
		// A segment enters once and leaves once, so sampling errs by at most one sample at each end of the inside.
		if math.Abs(kept-inside) > 2*length/samples+1e-6 {
			t.Fatalf("a line through %v\nis cut at the frame from (0, 0) to (10, 10) into %v\nbut a length of %.3f is kept, and of %.1f inside", path, pieces, kept, inside)
		}
	}
}

// TestLaw_ACutAreaKeepsExactlyWhatIsInside asks of random points whether area and cut area hold them.
func TestLaw_ACutAreaKeepsExactlyWhatIsInside(t *testing.T) { rapid.Check(t, lawCutArea(clipArea)) }

func lawCutArea(clipArea func([]point, rect) []point) func(*rapid.T) {
	frame := rect{0, 0, 10, 10}
	return func(t *rapid.T) {
		path := drawPath(t, 3)
		cut := clipArea(path, frame)
		for range 20 {
			p := point{rapid.Float64Range(-2, 12).Draw(t, "x") + 1e-4, rapid.Float64Range(-2, 12).Draw(t, "y") + 1e-4}
			want := frame.holds(p) && odd(path, p)
			if got := odd(cut, p); got != want && !near(path, p) && !near(frame.corners(), p) {
				t.Fatalf("the area with the corners %v\nis cut at the frame from (0, 0) to (10, 10) to %v\nand %.4f is in area and frame: %v\nbut in what was cut: %v", path, cut, p, want, got)
			}
		}
	}
}

func drawPath(t *rapid.T, least int) []point {
	coordinate := rapid.Map(rapid.IntRange(-50, 150), func(v int) float64 { return float64(v) / 10 })
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) point {
		return point{coordinate.Draw(t, "x"), coordinate.Draw(t, "y")}
	}), least, 8).Draw(t, "path")
}

// odd says whether a ray from the point crosses the polygon an odd number of times.
func odd(polygon []point, p point) bool {
	inside := false
	for i, b := range polygon {
		a := polygon[(i+len(polygon)-1)%len(polygon)]
		if (a.y > p.y) != (b.y > p.y) && p.x < a.x+(p.y-a.y)/(b.y-a.y)*(b.x-a.x) {
			inside = !inside
		}
	}
	return inside
}

// near says whether the point is too close to an edge to say on which side it lies.
func near(polygon []point, p point) bool {
	for i, b := range polygon {
		a := polygon[(i+len(polygon)-1)%len(polygon)]
		along := (b.x-a.x)*(b.x-a.x) + (b.y-a.y)*(b.y-a.y)
		t := 0.0
		if along > 0 {
			t = max(0, min(1, ((p.x-a.x)*(b.x-a.x)+(p.y-a.y)*(b.y-a.y))/along))
		}
		if q := between(a, b, t); math.Hypot(p.x-q.x, p.y-q.y) < 1e-6 {
			return true
		}
	}
	return false
}

// resolver chooses the ends and the ticks of an axis.
type resolver func(a Axis, data span, outward bool, fits func(axis) bool) (axis, error)

// TestLaw_TicksSayWhatTheyMark reads the labels back.
func TestLaw_TicksSayWhatTheyMark(t *testing.T) {
	rapid.Check(t, lawTicksSayWhatTheyMark(Axis.resolve))
}

func lawTicksSayWhatTheyMark(resolve resolver) func(*rapid.T) {
	return func(t *rapid.T) {
		scale := rapid.SampledFrom([]Scale{Linear, Log, Percentile}).Draw(t, "scale")
		value := map[Scale]*rapid.Generator[float64]{
			Linear: rapid.OneOf(hundredths(1e9), hundredths(1)), Log: exponential(-9, 12),
			Percentile: rapid.Float64Range(0, 0.999999),
		}[scale]
		var data span
		data.cover(value.Draw(t, "a"), value.Draw(t, "b"))
		outward := rapid.Bool().Draw(t, "outward")
		most := rapid.IntRange(5, 20).Draw(t, "most")
		a, err := resolve(Axis{Scale: scale}, data, outward, func(a axis) bool { return len(a.ticks) <= most })
		if err != nil {
			t.Fatalf("no axis from %v to %v: %v", data.lo, data.hi, err)
		}
		const slack = 1e-5 // ends are moved to a tick that is a millionth of the axis away
		if a.fraction(data.lo) < -slack || a.fraction(data.hi) > 1+slack {
			t.Fatalf("data from %v to %v\nbut the axis goes from %v to %v", data.lo, data.hi, a.lo, a.hi)
		}
		for i, tick := range a.ticks {
			if f := a.fraction(tick.at); f < -slack || f > 1+slack {
				t.Fatalf("data from %v to %v\nbut tick %v is off the axis from %v to %v", data.lo, data.hi, tick, a.lo, a.hi)
			}
			if i > 0 && (tick.at <= a.ticks[i-1].at || tick.label == a.ticks[i-1].label) {
				t.Fatalf("data from %v to %v\nbut the ticks at %v are called %q", data.lo, data.hi, places(a.ticks), a.labels())
			}
			digits, percentile := strings.CutPrefix(strings.ReplaceAll(tick.label, ",", ""), "p")
			said, err := strconv.ParseFloat(digits, 64)
			if percentile {
				said /= 100
			}
			if err != nil || strings.Contains(tick.label, "e") || math.Abs(said-tick.at) > 1e-9*math.Abs(tick.at) {
				t.Fatalf("data from %v to %v\nbut the tick at %v is called %q", data.lo, data.hi, tick.at, tick.label)
			}
		}
	}
}

func places(ticks []tick) []float64 {
	at := make([]float64, len(ticks))
	for i, t := range ticks {
		at[i] = t.at
	}
	return at
}

// TestLaw_EveryDecadeIsNamed holds wherever there is room for all of them.
func TestLaw_EveryDecadeIsNamed(t *testing.T) { rapid.Check(t, lawEveryDecadeIsNamed(Axis.resolve)) }

func lawEveryDecadeIsNamed(resolve resolver) func(*rapid.T) {
	return func(t *rapid.T) {
		// Three digits: an end is at a decade or clearly off it.
		neat := rapid.Map(exponential(-9, 9), func(v float64) float64 {
			v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'e', 2, 64), 64)
			return v
		})
		var data span
		data.cover(neat.Draw(t, "a"), neat.Draw(t, "b"))
		a, err := resolve(Axis{Scale: Log}, data, rapid.Bool().Draw(t, "outward"), anything)
		if err != nil {
			t.Fatalf("no axis from %v to %v: %v", data.lo, data.hi, err)
		}
		decades := 0
		for power := -12; power <= 12; power++ {
			decade := math.Pow10(power)
			if math.Log10(decade) < math.Log10(a.lo)-1e-6 || math.Log10(decade) > math.Log10(a.hi)+1e-6 {
				continue
			}
			decades++
			if !slices.ContainsFunc(a.ticks, func(t tick) bool { return math.Abs(t.at/decade-1) < 1e-9 }) && math.Log10(a.hi/a.lo) > 1.5 {
				t.Fatalf("data from %v to %v, on a log axis from %v to %v\nbut %v has no name: %q", data.lo, data.hi, a.lo, a.hi, decade, a.labels())
			}
		}
		if decades >= 3 && len(a.ticks) != decades {
			t.Fatalf("data from %v to %v, on a log axis from %v to %v\nbut there are %d names for %d decades: %q", data.lo, data.hi, a.lo, a.hi, len(a.ticks), decades, a.labels())
		}
	}
}
