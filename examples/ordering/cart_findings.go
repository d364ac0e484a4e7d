package ordering

import (
	"fmt"
	"slices"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// The findings of cart.
const (
	storyIsDynamos = "the story: last write wins loses the jam and brings milk and bread back, the union loses nothing and brings both back, the merge does neither"
	writesLose     = "last write wins loses more than one item of a cart, with exact clocks, wherever changes have not seen each other"
	writesRevive   = "last write wins brings back a removed item of every tenth cart or more, wherever cut-off replicas have met before"
	unionKeeps     = "the union of siblings loses no item, in any run"
	unionRevives   = "the union of siblings brings back more than one removed item of a cart, wherever cut-off replicas have met before"
	mergeKeeps     = "application merge loses no item and brings none back, in any run"
	inTouchAllSame = "where each change has seen all before it no cart loses an item or brings one back"
)

func (c *cartRun) findings(r *lab.Run) {
	told := lab.Finding{Sentence: storyIsDynamos, Holds: true}
	for i, due := range []items{{lost: 1, resurrected: 2}, {resurrected: 2}, {}} {
		lost, resurrected := c.story[i].lost[0], c.story[i].resurrected[0]
		// Shown are all items together that are not as they should be.
		told.Measured, told.Bound = told.Measured+lost+resurrected, told.Bound+due.lost+due.resurrected
		told.Holds = told.Holds && lost == due.lost && resurrected == due.resurrected
	}
	r.Finding(told)
	judge.State(r, writesLose, c.some("last-write", 1, c.shoppers.Changes, func(b bought) []float64 { return b.lost }))
	judge.State(r, writesRevive, c.some("last-write", 0.1, c.shoppers.Changes/2, func(b bought) []float64 { return b.resurrected }))
	judge.Exactly(r, unionKeeps, total("union", c.results, func(b bought) float64 { return sum(b.lost) }), 0)
	judge.State(r, unionRevives, c.some("union", 1, c.shoppers.Changes/2, func(b bought) []float64 { return b.resurrected }))
	all := func(b bought) float64 { return sum(b.lost) + sum(b.resurrected) }
	judge.Exactly(r, mergeKeeps, total("merge", c.results, all), 0)
	if !slices.Contains(c.apart, 1) {
		r.NotHere(inTouchAllSame)
		return
	}
	wrong := 0.0
	for _, b := range c.results {
		if b.apart == 1 {
			wrong += all(b)
		}
	}
	judge.Exactly(r, inTouchAllSame, wrong, 0)
}

// some asks for so many items on average, wherever there are more than one and at most so many changes between syncs: replicas that sync only
// at the end have nothing in common to remove.
func (c *cartRun) some(name string, least float64, most int, of func(bought) []float64) (all []judge.Requirement) {
	for _, b := range c.of(name) {
		if b.apart > 1 && b.apart <= most {
			all = append(all, judge.AtLeast(of(b), least))
		}
	}
	return all
}

func total(name string, all []bought, of func(bought) float64) (n float64) {
	for _, b := range all {
		if b.name == name {
			n += of(b)
		}
	}
	return n
}

func sum(all []float64) float64 { return judge.Mean(all) * float64(len(all)) }

func (c *cartRun) figure(runs int) (chart.Figure, error) {
	items := chart.Axis{Min: new(0.0)}
	told := chart.Bars{Title: "one story of two customers", Groups: []string{"lost", "came back"}, Y: items}
	for _, b := range c.story {
		told.Series = append(told.Series, chart.Bar{Name: b.label, Color: b.color, Y: []float64{b.lost[0], b.resurrected[0]}})
	}
	f := chart.Figure{
		Headline: c.headline(),
		Detail: fmt.Sprintf("Items of a cart; in the story two customers, cut off from each other, remove milk and bread and add jam, and add eggs and tea; drawn: %d changes at %d replicas, %.3g%% removals, mean of %d runs, 95%% bands",
			c.shoppers.Changes, c.shoppers.Replicas, 100*c.shoppers.Removals, runs),
		Panels: []chart.Panel{told}, SharedY: true,
	}
	for _, part := range []struct {
		title string
		of    func(bought) []float64
	}{
		{"lost in drawn traces" + c.hidden(), func(b bought) []float64 { return b.lost }},
		{"came back in drawn traces", func(b bought) []float64 { return b.resurrected }},
	} {
		lines := chart.Lines{Title: part.title, X: chart.Axis{Name: "changes between two syncs", Scale: chart.Log}, Y: items}
		bars := chart.Bars{Title: part.title, Groups: []string{fmt.Sprintf("%d changes between syncs", c.apart[0])}, Y: items}
		for _, of := range c.carts {
			l := chart.Line{Name: of.label, Color: of.color}
			for _, b := range c.of(of.name) {
				interval, err := judge.Charted(part.of(b))
				if err != nil {
					return f, err
				}
				l.AddInterval(float64(b.apart), interval.Estimate, max(0, interval.Low), interval.High) // no fewer than none
			}
			lines.Series = append(lines.Series, l)
			bars.Series = append(bars.Series, chart.Bar{Name: of.label, Color: of.color, Y: l.Y, Low: l.Low, High: l.High})
		}
		if len(c.apart) == 1 { // which makes no lines
			f.Panels = append(f.Panels, bars)
		} else {
			f.Panels = append(f.Panels, lines)
		}
	}
	return f, nil
}

// hidden says that the union's line is under that of the merge.
func (c *cartRun) hidden() string {
	if total("union", c.results, func(b bought) float64 { return sum(b.lost) }) > 0 {
		return ""
	}
	return "; union: none"
}

// headline is about the longest time without a sync.
func (c *cartRun) headline() string {
	last := len(c.apart) - 1
	writes, union, merge := c.of("last-write")[last], c.of("union")[last], c.of("merge")[last]
	merged := "application merge does neither"
	if n := judge.Mean(merge.lost) + judge.Mean(merge.resurrected); n > 0 {
		merged = fmt.Sprintf("application merge gets %.2g wrong", n)
	}
	return fmt.Sprintf("Last write wins loses %.2g items of a cart after %d changes apart, the union brings %.2g removed ones back, %s",
		judge.Mean(writes.lost), c.apart[last], judge.Mean(union.resurrected), merged)
}
