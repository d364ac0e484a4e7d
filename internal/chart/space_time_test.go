package chart

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// inversion is a run of a replicated register.
func inversion(title string) SpaceTime {
	return SpaceTime{
		Title: title, Name: "time (steps)",
		Lanes: []string{"writer", "A", "B", "reader 1", "reader 2"},
		Bars: []LaneBar{
			{Lane: 0, From: 0, To: 11, Labels: []string{"write new"}, Color: Blue},
			{Lane: 1, From: 0, To: 1, Labels: []string{"the old version", "old", ""}, Color: Baseline},
			{Lane: 1, From: 1, To: 12, Labels: []string{"the new version", "new"}, Color: Blue},
			{Lane: 2, From: 0, To: 10, Labels: []string{"the old version", "old", ""}, Color: Baseline},
			{Lane: 2, From: 10, To: 12, Labels: []string{"the new version", "new"}, Color: Blue},
			{Lane: 3, From: 3, To: 5, Labels: []string{"read: new", "new"}, Color: Blue},
			{Lane: 4, From: 6, To: 8, Labels: []string{"read: old", "old"}, Color: Theory},
		},
		Arrows: []LaneArrow{
			{From: 0, To: 1, Sent: 0, Arrived: 1, Color: Blue}, {From: 0, To: 2, Sent: 0, Arrived: 10, Color: Blue},
			{From: 3, To: 1, Sent: 3, Arrived: 4, Color: Orange}, {From: 1, To: 3, Sent: 4, Arrived: 5, Color: Blue},
			{From: 4, To: 2, Sent: 6, Arrived: 7, Color: Orange}, {From: 2, To: 4, Sent: 7, Arrived: 8, Color: Theory},
		},
	}
}

func spaceTime() Figure {
	return Figure{
		Headline: "The second read is older than the first, though every read meets every write",
		Detail:   "What clients do and replicas hold; arrows are messages",
		Footer:   "quorum.Explain · seed 1 · go run ./examples explain",
		Panels:   []Panel{inversion("")},
	}
}

func spaceTimeInSix() Figure {
	f := spaceTime()
	f.Panels = nil
	for i := range 6 {
		f.Panels = append(f.Panels, inversion(fmt.Sprint("run ", i+1)))
	}
	return f
}

func drawSpaceTime(t *rapid.T, title string) SpaceTime {
	p := SpaceTime{Title: title, Name: "time (s)"}
	lanes := rapid.IntRange(1, 5).Draw(t, "lanes")
	end := rapid.IntRange(1, 4).Draw(t, "end")
	for lane := range lanes {
		p.Lanes = append(p.Lanes, fmt.Sprint("lane ", lane))
		for from := rapid.IntRange(0, end-1).Draw(t, "from"); from < end; {
			to := rapid.IntRange(from+1, end).Draw(t, "to")
			color := Color(rapid.IntRange(int(Blue), int(Theory)).Draw(t, "color"))
			p.Bars = append(p.Bars, LaneBar{lane, float64(from), float64(to), []string{"a long name of what was done", "x"}, color})
			from = to + rapid.IntRange(0, 2).Draw(t, "gap")
		}
	}
	if lanes > 1 {
		for range rapid.IntRange(0, 4).Draw(t, "arrows") {
			from, sent := rapid.IntRange(1, lanes-1).Draw(t, "from lane"), rapid.IntRange(0, end).Draw(t, "sent")
			p.Arrows = append(p.Arrows, LaneArrow{from, from - 1, float64(sent), float64(rapid.IntRange(sent, end).Draw(t, "arrived")), Blue})
		}
	}
	return p
}

func TestSpaceTime_Draws(t *testing.T) {
	for _, theme := range []Theme{Light, Dark} {
		s, p := drawn(t, spaceTime(), theme)
		behind := func(m mark) bool {
			return m.text == nil && len(m.path) == 4 && m.path[2].y-m.path[1].y < tallestBar-1e-9
		}
		blue := s.where(func(m mark) bool { return m.fill == p.of(Blue) && !behind(m) }) // without what stands behind labels
		require.Len(t, blue, 4+3, "four bars and three heads of arrows")
		write := blue[3] // after the heads, which the bars cover
		stretch := write.path[1].x - write.path[0].x
		held := blue[4] // from 1 to 12, and each gives up half a point at both ends
		assert.InDelta(t, 11, (held.path[1].x-held.path[0].x+1)/(stretch+1)*11, 1e-9)
		assert.InDelta(t, 1, (held.path[0].x-write.path[0].x)/(stretch+1)*11, 1e-9)
		assert.Less(t, write.path[0].y, held.path[0].y, "lanes go down")
		assert.InDelta(t, tallestBar, write.path[2].y-write.path[1].y, 1e-9)

		heads := blue[:3]
		tip := heads[0].path[0]
		assert.InDelta(t, held.path[0].x-0.5, tip.x, 1e-9, "the message arrives where the new version begins")
		assert.InDelta(t, held.path[0].y, tip.y, 1e-9, "at the upper side of the lane's bar")
		assert.InDelta(t, held.path[2].y, s.where(filled(p.of(Orange)))[0].path[0].y, 1e-9, "or the lower one, from below")
		assert.Len(t, s.where(func(m mark) bool { return len(m.dash) > 0 && m.stroke == p.of(Theory) }), 2, "an outline and a shaft")

		traces := s.where(stroked(blend(p.of(Blue), p.paper), traceWidth))
		require.Len(t, traces, 1, "the slow message goes behind a blue bar, that of A")
		assert.InDelta(t, held.path[0].y, traces[0].path[0].y, 1e-9)
		assert.InDelta(t, held.path[2].y, traces[0].path[1].y, 1e-9)
		assert.Len(t, s.where(stroked(blend(p.of(Baseline), p.paper), traceWidth)), 2, "and a read, there and back, behind that of B")

		labels := s.where(func(m mark) bool { return m.text != nil && m.text.style == barStyles[0] })
		assert.Equal(t, []string{"write new", "old", "the new version", "the old version", "the new version", "read: new", "read: old"}, written(labels))
		assert.InDelta(t, write.path[0].x+barPadding, labels[0].text.left(), 1e-9)
		assert.Equal(t, inkOn(p.of(Blue)), labels[0].text.color)
		assert.Equal(t, inkOn(p.of(Baseline)), labels[1].text.color)
		assert.Equal(t, []string{"read: old"}, s.texts(barStyles[0], p.ink), "on the paper")
		assert.Subset(t, s.texts(axisStyle, p.ink), []string{"writer", "A", "B", "reader 1", "reader 2", "time (steps)"})
		assert.Subset(t, s.texts(axisStyle, p.muted), []string{"0", "12"})
	}
}

func written(labels []mark) (all []string) {
	for _, m := range labels {
		all = append(all, m.text.s)
	}
	return all
}

// Labels stand in their own bar, and bars hide the arrows behind them.
func TestLaw_LabelsStandInTheirBars(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := one(drawSpaceTime(t, ""))
		s, err := f.scene(Light)
		if err != nil {
			t.Fatal(err)
		}
		labels, lastHead := 0, 0
		var bar *mark // the first that is drawn since the last label
		for i, m := range s.marks {
			switch {
			case m.text == nil && len(m.path) == 3:
				lastHead = i
			case m.text == nil && len(m.path) == 4 && bar == nil:
				bar = &s.marks[i]
			}
			if m.text == nil || m.text.style.size > barStyles[0].size || !m.text.style.bold {
				continue
			}
			labels++
			within := func(box rect, slack float64) bool {
				return box.left > bar.path[0].x && box.right < bar.path[1].x && box.top > bar.path[0].y-slack && box.bottom < bar.path[2].y+slack
			}
			room := s.marks[i-1].path // which hides the traces behind the label
			if lastHead > i || !within(m.text.box(), 1) || !within(rect{room[0].x, room[0].y, room[2].x, room[2].y}, 0) {
				t.Fatalf("%q at %v does not stand in its bar %v, in room of its own %v", m.text.s, m.text.box(), bar.path, room)
			}
			bar = nil
		}
		if labels != len(f.Panels[0].(SpaceTime).Bars) {
			t.Fatalf("%d bars have %d labels", len(f.Panels[0].(SpaceTime).Bars), labels)
		}
	})
}

// In small panels the shorter label is drawn, smaller if need be, or none where that is allowed.
func TestSpaceTime_ShortensLabels(t *testing.T) {
	s, _ := drawn(t, spaceTimeInSix(), Light)
	labels := s.where(func(m mark) bool { return m.text != nil && m.text.style.bold && m.text.style.size <= barStyles[0].size })
	assert.Equal(t, []string{"write new", "the new version", "the old version", "new", "new", "old"}, written(labels)[:6], "the first state of A is too short")

	var sizes []float64 // of a label that grows, until it does not fit
	for n := 1; n < 100; n++ {
		p := inversion("")
		p.Bars[1].Labels = []string{strings.Repeat("i", n)}
		s, err := one(p).scene(Light)
		if err != nil {
			break
		}
		label := s.where(func(m mark) bool { return m.text != nil && m.text.s == p.Bars[1].Labels[0] })[0]
		if size := label.text.style.size; len(sizes) == 0 || sizes[len(sizes)-1] != size {
			sizes = append(sizes, size)
		}
	}
	assert.Equal(t, []float64{9.5, 8.5, 7.5}, sizes)
}

func TestErrors_SpaceTime(t *testing.T) {
	with := func(change func(*SpaceTime)) SpaceTime {
		p := inversion("")
		change(&p)
		return p
	}
	for want, p := range map[string]SpaceTime{
		"a space-time panel needs lanes and bars: 0, 7":                              with(func(p *SpaceTime) { p.Lanes = nil }),
		"a space-time panel needs lanes and bars: 5, 0":                              with(func(p *SpaceTime) { p.Bars = nil }),
		"bar 1: has no such lane, of 5: 5":                                           with(func(p *SpaceTime) { p.Bars[1].Lane = 5 }),
		"bar 1: has no such lane, of 5: -1":                                          with(func(p *SpaceTime) { p.Bars[1].Lane = -1 }),
		"bar 0: must begin before it ends: 0, 0":                                     with(func(p *SpaceTime) { p.Bars[0].To = 0 }),
		"bar 0: a value must be finite: NaN":                                         with(func(p *SpaceTime) { p.Bars[0].To = math.NaN() }),
		"bar 0: a value must be finite: -Inf":                                        with(func(p *SpaceTime) { p.Bars[0].From = math.Inf(-1) }),
		"bar 0: has no such colour: 0":                                               with(func(p *SpaceTime) { p.Bars[0].Color = 0 }),
		"bar 2: must not overlap bar 1 of its lane: 0.5 to 12, 0 to 1":               with(func(p *SpaceTime) { p.Bars[2].From = 0.5 }),
		`bar 0: text must not start or end with a space, nor hold two in a row: " "`: with(func(p *SpaceTime) { p.Bars[0].Labels = []string{" "} }),
		"arrow 0: has no such lane, of 5: 9":                                         with(func(p *SpaceTime) { p.Arrows[0].To = 9 }),
		"arrow 0: must go from one lane to another: 1, 1":                            with(func(p *SpaceTime) { p.Arrows[0].From = 1 }),
		"arrow 0: must not arrive before it is sent: 1, 2":                           with(func(p *SpaceTime) { p.Arrows[0].Sent = 2 }),
		"arrow 0: a value must be finite: +Inf":                                      with(func(p *SpaceTime) { p.Arrows[0].Arrived = math.Inf(1) }),
		"arrow 0: has no such colour: 7":                                             with(func(p *SpaceTime) { p.Arrows[0].Color = 7 }),
		`the font has no glyph for '✓': "✓"`:                                         with(func(p *SpaceTime) { p.Lanes[0] = "✓" }),
		"40 lanes do not fit: each has 5.8 pt of height":                             with(func(p *SpaceTime) { p.Lanes = append(p.Lanes, strings.Split(strings.Repeat("x ", 34)+"x", " ")...) }),
		`bar 1: has no label that fits its 40 pt of width (give a shorter one last): ["much too long for this"]`: with(func(p *SpaceTime) {
			p.Bars[1].Labels = []string{"much too long for this"}
		}),
	} {
		_, err := one(p).SVG(Light)
		assert.EqualError(t, err, "chart: "+want)
	}
	f := spaceTimeInSix()
	f.SharedY = true
	_, err := f.SVG(Light)
	assert.EqualError(t, err, "chart: panel 1: a space-time panel has no y axis to share")
}
