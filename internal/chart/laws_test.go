package chart

import (
	"fmt"
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
	rapid.Check(t, func(t *rapid.T) {
		f := drawFigure(t)
		s, err := f.scene(Light)
		if err != nil {
			t.Fatalf("a figure that should fit is refused: %v", err)
		}
		if trouble := textTrouble(s); len(trouble) > 0 {
			t.Fatalf("text is in the way:\n%s", strings.Join(trouble, "\n"))
		}
	})
}

// TestLaw_AnyFigureIsDrawnOrRefused spoils figures that could be drawn. Whatever is not refused must still be legible,
// and what is refused must say so as this package does; nothing may panic or go on forever.
func TestLaw_AnyFigureIsDrawnOrRefused(t *testing.T) {
	drawn, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		f := drawFigure(t)
		for range rapid.IntRange(1, 3).Draw(t, "faults") {
			spoil(t, &f)
		}
		s, err := f.scene(Light)
		switch {
		case err != nil && !strings.HasPrefix(err.Error(), "chart: "):
			t.Fatalf("an error does not say where it comes from: %v", err)
		case err != nil:
			refused++
		default:
			drawn++
			if trouble := textTrouble(s); len(trouble) > 0 {
				t.Fatalf("text is in the way:\n%s", strings.Join(trouble, "\n"))
			}
		}
	})
	if !t.Failed() && (drawn == 0 || refused == 0) {
		t.Errorf("the law is idle: %d figures drawn, %d refused", drawn, refused)
	}
}

// spoil puts something arbitrary in one place of the figure.
func spoil(t *rapid.T, f *Figure) {
	number := rapid.OneOf(rapid.Float64(), exponential(-13, 16), rapid.SampledFrom([]float64{0, -1, 1, missing, math.Inf(1),
		math.Inf(-1), math.MaxFloat64, math.SmallestNonzeroFloat64})).Draw(t, "number")
	name := rapid.OneOf(rapid.StringMatching(`[a-z]{1,60}`), rapid.StringMatching(`([a-z]{1,9} ){0,30}[a-z]`), rapid.String()).Draw(t, "name")
	color := Color(rapid.IntRange(-1, 7).Draw(t, "color"))
	scale := Scale(rapid.IntRange(-1, 3).Draw(t, "scale"))
	some := func(values []float64) {
		if len(values) > 0 {
			values[rapid.IntRange(0, len(values)-1).Draw(t, "which")] = number
		}
	}
	fault := rapid.IntRange(0, 9).Draw(t, "fault")
	switch fault {
	case 0:
		f.Headline = name
	case 1:
		f.SharedY = !f.SharedY
	case 2:
		f.Panels = append(f.Panels, f.Panels[0])
	}
	i := rapid.IntRange(0, len(f.Panels)-1).Draw(t, "panel")
	switch panel := f.Panels[i].(type) {
	case Lines:
		j := rapid.IntRange(0, len(panel.Series)-1).Draw(t, "series")
		line := &panel.Series[j]
		switch fault {
		case 3:
			panel.Y.Scale = scale
		case 4:
			panel.X.Scale = scale
		case 5:
			panel.Y.Min = &number
		case 6:
			panel.X.Max = &number
		case 7:
			some(line.X)
			slices.Sort(line.X)
		case 8:
			some(line.Y)
		default:
			line.Name, line.Color = name, color
		}
		f.Panels[i] = panel
	case Bars:
		j := rapid.IntRange(0, len(panel.Series)-1).Draw(t, "series")
		switch fault {
		case 3:
			panel.Y.Scale = scale
		case 4:
			panel.Y.Min = &number
		case 5:
			panel.Groups[0] = name
		case 6, 7:
			some(panel.Series[j].Y)
		default:
			panel.Series[j].Name, panel.Series[j].Color = name, color
		}
		f.Panels[i] = panel
	case HeatMap:
		switch fault {
		case 3:
			panel.Rows[0] = name
		case 4:
			panel.Columns[0] = name
		case 5:
			panel.Title = name
		default:
			some(panel.Values[0])
		}
		f.Panels[i] = panel
	}
}

// drawFigure draws a figure that must fit.
func drawFigure(t *rapid.T) Figure {
	words := func(most int) string {
		return strings.Join(rapid.SliceOfN(rapid.StringMatching(`[A-Za-z0-9%é]{1,8}`), 1, most).Draw(t, "words"), " ")
	}
	f := Figure{Headline: words(12), Detail: words(18), Footer: words(30)}
	panels := rapid.IntRange(1, mostPanels).Draw(t, "panels")
	kind := rapid.IntRange(0, 2).Draw(t, "kind")
	f.SharedY = kind != 2 && rapid.Bool().Draw(t, "shared")
	// With a shared axis, the scale is the figure's.
	scale := rapid.SampledFrom([]Scale{Linear, Log}).Draw(t, "scale")
	for i := range panels {
		title := fmt.Sprint("Panel ", i+1)
		switch kind {
		case 0:
			f.Panels = append(f.Panels, drawLines(t, title, scale))
		case 1:
			f.Panels = append(f.Panels, drawBars(t, title))
		default:
			f.Panels = append(f.Panels, drawHeatMap(t, title))
		}
	}
	return f
}

func drawLines(t *rapid.T, title string, y Scale) Lines {
	l := Lines{Title: title, X: Axis{Name: rapid.SampledFrom([]string{"", "offered load"}).Draw(t, "x name")}, Y: Axis{Scale: y}}
	l.X.Scale = rapid.SampledFrom([]Scale{Linear, Log, Percentile}).Draw(t, "x scale")
	abscissa := map[Scale]*rapid.Generator[float64]{
		Linear: hundredths(1000), Log: exponential(-3, 5), Percentile: rapid.Float64Range(0, 0.99999),
	}[l.X.Scale]
	ordinate := map[Scale]*rapid.Generator[float64]{Linear: hundredths(1000), Log: exponential(-6, 6)}[y]
	if rapid.Bool().Draw(t, "close") { // ends that coincide, or nearly so
		ordinate = rapid.SampledFrom([]float64{1, 1, 1.001, 1.01})
	}
	colors := rapid.Permutation([]Color{Blue, Orange, Green, Pink, Baseline}).Draw(t, "colors")
	for i, color := range colors[:rapid.IntRange(1, 5).Draw(t, "lines")] {
		line := Line{Name: fmt.Sprint("line ", i), Color: color, X: rapid.SliceOfN(abscissa, 1, 6).Draw(t, "x")}
		slices.Sort(line.X)
		line.Y = rapid.SliceOfN(ordinate, len(line.X), len(line.X)).Draw(t, "y")
		if rapid.Bool().Draw(t, "band") {
			for _, v := range line.Y {
				half := math.Abs(v) * rapid.Float64Range(0, 1.5).Draw(t, "half")
				line.Low, line.High = append(line.Low, v-half), append(line.High, v+half)
			}
		}
		if rapid.Bool().Draw(t, "gap") && len(line.Y) > 1 {
			line.Y[rapid.IntRange(0, len(line.Y)-1).Draw(t, "missing")] = missing
		}
		l.Series = append(l.Series, line)
	}
	if rapid.Bool().Draw(t, "theory") {
		l.Series = append(l.Series, Line{Name: "theory", Color: Theory, X: l.Series[0].X, Y: l.Series[0].Y})
	}
	return l
}

// hundredths are within [-most, most], and no two of them differ by so little that an axis could not tell.
func hundredths(most int) *rapid.Generator[float64] {
	return rapid.Map(rapid.IntRange(-100*most, 100*most), func(v int) float64 { return float64(v) / 100 })
}

// exponential spreads evenly over decades.
func exponential(from, to float64) *rapid.Generator[float64] {
	return rapid.Map(rapid.Float64Range(from, to), func(v float64) float64 { return math.Pow(10, v) })
}

func drawBars(t *rapid.T, title string) Bars {
	b := Bars{Title: title, Groups: []string{"first group", "second group"}}
	value := rapid.SampledFrom([]*rapid.Generator[float64]{rapid.Float64Range(0, 1), rapid.Float64Range(-10, 10), exponential(-9, 0),
		rapid.Map(rapid.IntRange(0, 999), func(v int) float64 { return float64(v) })}).Draw(t, "values")
	for i, color := range []Color{Blue, Orange, Theory}[:rapid.IntRange(1, 3).Draw(t, "bars")] {
		bar := Bar{Name: fmt.Sprint("series ", i), Color: color, Y: rapid.SliceOfN(value, 2, 2).Draw(t, "y")}
		if i == 0 { // something must be large enough for two decimals
			bar.Y[0] = 1
		}
		if rapid.Bool().Draw(t, "whisker") {
			for _, v := range bar.Y {
				bar.Low, bar.High = append(bar.Low, v-0.1), append(bar.High, v+0.2)
			}
		}
		b.Series = append(b.Series, bar)
	}
	return b
}

func drawHeatMap(t *rapid.T, title string) HeatMap {
	h := HeatMap{Title: title, Name: "columns"}
	for i := range rapid.IntRange(1, 4).Draw(t, "columns") {
		h.Columns = append(h.Columns, fmt.Sprint(i))
	}
	for i := range rapid.IntRange(1, 6).Draw(t, "rows") {
		h.Rows = append(h.Rows, fmt.Sprint("row ", i))
		h.Values = append(h.Values, rapid.SliceOfN(rapid.Float64Range(-99, 99), len(h.Columns), len(h.Columns)).Draw(t, "values"))
	}
	h.Values[0][0] = 1 // something must be large enough for two decimals
	return h
}

// TestLaw_LabelsAreNudgedApart compares with the best of all ways to place labels in runs that touch.
func TestLaw_LabelsAreNudgedApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const top, bottom, slack = 0, 100, 1e-9
		wish := rapid.OneOf(rapid.Float64Range(-20, 120), rapid.SampledFrom([]float64{0, 50, 51, 100}))
		wanted := rapid.SliceOfN(wish, 0, 10).Draw(t, "wanted")
		placed, ok := nudge(wanted, top, bottom, labelPitch)
		if fits := len(wanted) <= 9; ok != fits { // nine labels have eight pitches of 12 between them
			t.Fatalf("%d labels in 100 pt: placed %v, want %v", len(wanted), ok, fits)
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
				t.Fatalf("label %d is out of the frame: %v", i, placed)
			}
			if rank > 0 && placed[i]-placed[order[rank-1]] < labelPitch-slack {
				t.Fatalf("labels %d and %d are too close or out of order: %v", order[rank-1], i, placed)
			}
		}
		if best := leastCost(wanted, order, top, bottom); cost > best+1e-6 {
			t.Fatalf("labels move more than they must: cost %v, possible %v, placed %v", cost, best, placed)
		}
	})
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
func TestLaw_ACutLineKeepsExactlyWhatIsInside(t *testing.T) {
	frame := rect{0, 0, 10, 10}
	rapid.Check(t, func(t *rapid.T) {
		path := drawPath(t, 1)
		pieces := clipLine(path, frame)
		for _, piece := range pieces {
			for _, p := range piece {
				if p.x < -1e-9 || p.x > 10+1e-9 || p.y < -1e-9 || p.y > 10+1e-9 {
					t.Fatalf("a piece leaves the frame at %v", p)
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
			t.Fatalf("%v of the path is kept, and %v of it is inside", kept, inside)
		}
	})
}

// TestLaw_ACutAreaKeepsExactlyWhatIsInside asks of random points whether area and cut area hold them.
func TestLaw_ACutAreaKeepsExactlyWhatIsInside(t *testing.T) {
	frame := rect{0, 0, 10, 10}
	rapid.Check(t, func(t *rapid.T) {
		path := drawPath(t, 3)
		cut := clipArea(path, frame)
		for range 20 {
			p := point{rapid.Float64Range(-2, 12).Draw(t, "x") + 1e-4, rapid.Float64Range(-2, 12).Draw(t, "y") + 1e-4}
			want := frame.holds(p) && odd(path, p)
			if got := odd(cut, p); got != want && !near(path, p) && !near(frame.corners(), p) {
				t.Fatalf("%v: in the cut area %v, in area and frame %v", p, got, want)
			}
		}
	})
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

// TestLaw_TicksSayWhatTheyMark reads the labels back.
func TestLaw_TicksSayWhatTheyMark(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scale := rapid.SampledFrom([]Scale{Linear, Log, Percentile}).Draw(t, "scale")
		value := map[Scale]*rapid.Generator[float64]{
			Linear: rapid.OneOf(hundredths(1e9), hundredths(1)), Log: exponential(-9, 12),
			Percentile: rapid.Float64Range(0, 0.999999),
		}[scale]
		var data span
		data.cover(value.Draw(t, "a"), value.Draw(t, "b"))
		outward := rapid.Bool().Draw(t, "outward")
		most := rapid.IntRange(5, 20).Draw(t, "most")
		a, err := Axis{Scale: scale}.resolve(data, outward, func(a axis) bool { return len(a.ticks) <= most })
		if err != nil {
			t.Fatalf("no axis from %v to %v: %v", data.lo, data.hi, err)
		}
		const slack = 1e-5 // ends are moved to a tick that is a millionth of the axis away
		if a.fraction(data.lo) < -slack || a.fraction(data.hi) > 1+slack {
			t.Fatalf("the axis from %v to %v does not hold the data from %v to %v", a.lo, a.hi, data.lo, data.hi)
		}
		for i, tick := range a.ticks {
			if f := a.fraction(tick.at); f < -slack || f > 1+slack {
				t.Fatalf("tick %v is off the axis from %v to %v", tick, a.lo, a.hi)
			}
			if i > 0 && (tick.at <= a.ticks[i-1].at || tick.label == a.ticks[i-1].label) {
				t.Fatalf("ticks do not rise: %v", a.ticks)
			}
			digits, percentile := strings.CutPrefix(strings.ReplaceAll(tick.label, ",", ""), "p")
			said, err := strconv.ParseFloat(digits, 64)
			if percentile {
				said /= 100
			}
			if err != nil || strings.Contains(tick.label, "e") || math.Abs(said-tick.at) > 1e-9*math.Abs(tick.at) {
				t.Fatalf("%q marks %v", tick.label, tick.at)
			}
		}
	})
}

// TestLaw_EveryDecadeIsNamed holds wherever there is room for all of them.
func TestLaw_EveryDecadeIsNamed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Three digits: an end is at a decade or clearly off it.
		neat := rapid.Map(exponential(-9, 9), func(v float64) float64 {
			v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'e', 2, 64), 64)
			return v
		})
		var data span
		data.cover(neat.Draw(t, "a"), neat.Draw(t, "b"))
		a, err := Axis{Scale: Log}.resolve(data, rapid.Bool().Draw(t, "outward"), anything)
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
				t.Fatalf("%v has no name on the axis from %v to %v: %v", decade, a.lo, a.hi, a.ticks)
			}
		}
		if decades >= 3 && len(a.ticks) != decades {
			t.Fatalf("%d names for %d decades: %v", len(a.ticks), decades, a.ticks)
		}
	})
}
