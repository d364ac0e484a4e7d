package ordering

import (
	"fmt"
	"math"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// The findings of siblings.
const (
	vectorKeepsAll   = "two clients in turn: one version vector leaves as many siblings as there were writes, after each of them"
	dotsKeepTwo      = "two clients in turn: a dotted set leaves 2 siblings, after each write but the first"
	dotsKeepOneEach  = "c clients in turn leave c siblings in a dotted set"
	vectorIsARun     = "clients at random: one version vector leaves c(1-(1-1/c)^n) siblings after n writes of c clients"
	dotsAreBirthdays = "clients at random: a dotted set leaves as many siblings as there are birthdays before the first shared one, about sqrt(pi c/2)"
	dotsBounded      = "a dotted set never holds more siblings than there are clients, also where servers sync, in any run"
	syncsMultiply    = "where servers sync, one version vector holds more than twice as many siblings as a dotted set"
)

func (s *siblingsRun) findings(r *lab.Run) {
	two := func(name string) []float64 {
		for _, k := range s.of(name, inTurn) {
			if k.clients == 2 {
				return k.course
			}
		}
		return nil
	}
	s.courses(r, vectorKeepsAll, two("version-vector"), func(writes int) float64 { return float64(writes) })
	s.courses(r, dotsKeepTwo, two("dotted-set"), func(writes int) float64 { return float64(min(writes, 2)) })

	finding, enough := lab.Finding{Sentence: dotsKeepOneEach, Holds: true}, false
	for _, k := range s.of("dotted-set", inTurn) {
		if k.clients > s.writes {
			continue // some have not written
		}
		if off := k.held[0] - float64(k.clients); !enough || math.Abs(off) > math.Abs(finding.Measured-finding.Bound) {
			finding.Measured, finding.Bound = k.held[0], float64(k.clients)
		}
		enough, finding.Holds = true, finding.Holds && k.held[0] == float64(k.clients)
	}
	if enough {
		r.Finding(finding)
	} else {
		r.NotHere(dotsKeepOneEach)
	}

	expected := func(name string) (all []judge.Requirement) {
		for _, k := range s.of(name, atRandom) {
			if k.clients > 1 { // one alone leaves one value in every run
				all = append(all, judge.Equals(k.held, k.exact))
			}
		}
		return all
	}
	judge.State(r, vectorIsARun, expected("version-vector"))
	judge.State(r, dotsAreBirthdays, expected("dotted-set"))

	s.bounded(r)
	var synchronised []judge.Requirement
	dots := s.of("dotted-set", synced)
	for i, k := range s.of("version-vector", synced) {
		if k.clients > s.replicas { // else each server's clients are one at most
			synchronised = append(synchronised, judge.AtLeast(excess(k.held, 2, dots[i].held), 0))
		}
	}
	judge.State(r, syncsMultiply, synchronised)
}

// courses states that what is held is what it should be, after each write.
func (s *siblingsRun) courses(r *lab.Run, sentence string, held []float64, due func(writes int) float64) {
	if held == nil {
		r.NotHere(sentence)
		return
	}
	finding := lab.Finding{Sentence: sentence, Measured: held[len(held)-1], Bound: due(len(held)), Holds: true}
	for i, n := range held {
		if finding.Holds && n != due(i+1) {
			finding.Measured, finding.Bound, finding.Holds = n, due(i+1), false
		}
	}
	r.Finding(finding)
}

// bounded shows the number that comes closest to the clients', of whom there may be one.
func (s *siblingsRun) bounded(r *lab.Run) {
	finding, room := lab.Finding{Sentence: dotsBounded, Holds: true}, math.Inf(1)
	for _, writers := range []string{inTurn, atRandom, synced} {
		for _, k := range s.of("dotted-set", writers) {
			finding.Holds = finding.Holds && k.most <= float64(k.clients)
			if left := float64(k.clients) - k.most; left < room {
				room = left
				finding.Measured, finding.Bound = k.most, float64(k.clients)
			}
		}
	}
	r.Finding(finding)
}

func (s *siblingsRun) figure() (chart.Figure, error) {
	first := s.clients[0]
	course := chart.Lines{Title: fmt.Sprintf("%d clients in turn, by writes", first), X: chart.Axis{Name: "writes"}, Y: chart.Axis{Scale: chart.Log, Min: new(1.0)}}
	for _, set := range s.sets {
		k := s.of(set.name, inTurn)[0]
		l := chart.Line{Name: set.label, Color: set.color, Y: k.course}
		for i := range k.course {
			l.X = append(l.X, float64(i+1))
		}
		course.Series = append(course.Series, l)
	}
	f := chart.Figure{
		Headline: s.headline(),
		Detail: fmt.Sprintf("Siblings of one key (log scale), after %d writes, mean of %d runs where clients are drawn, 95%% bands; dashed: exact",
			s.writes, len(s.of("dotted-set", atRandom)[0].held)),
		Panels: []chart.Panel{course}, SharedY: len(s.clients) > 1,
	}
	titles := map[string]string{inTurn: "clients in turn, by their number", atRandom: "clients at random", synced: fmt.Sprintf("at random, %d servers, synced", s.replicas)}
	for _, writers := range []string{inTurn, atRandom, synced} {
		panel, err := s.panel(titles[writers], writers)
		if err != nil {
			return f, err
		}
		f.Panels = append(f.Panels, panel)
	}
	return f, nil
}

func (s *siblingsRun) panel(title, writers string) (chart.Panel, error) {
	panel := chart.Lines{Title: title, X: chart.Axis{Name: "clients", Scale: chart.Log}, Y: chart.Axis{Scale: chart.Log, Min: new(1.0)}}
	bars := chart.Bars{Title: title, Name: "siblings", Groups: []string{fmt.Sprintf("%d clients", s.clients[0])}}
	for _, set := range s.sets {
		l, exact := chart.Line{Name: set.label, Color: set.color}, chart.Line{Color: chart.Theory}
		for _, k := range s.of(set.name, writers) {
			l.X, exact.X, exact.Y = append(l.X, float64(k.clients)), append(exact.X, float64(k.clients)), append(exact.Y, k.exact)
			if writers == inTurn {
				l.Y = append(l.Y, k.held[0])
				continue
			}
			interval, err := judge.Charted(k.held)
			if err != nil {
				return nil, err
			}
			l.Y, l.Low, l.High = append(l.Y, interval.Estimate), append(l.Low, interval.Low), append(l.High, interval.High)
		}
		panel.Series = append(panel.Series, l)
		if writers == atRandom {
			panel.Series = append(panel.Series, exact)
		}
		bars.Series = append(bars.Series, chart.Bar{Name: set.label, Color: set.color, Y: l.Y, Low: l.Low, High: l.High})
	}
	if len(s.clients) == 1 { // which makes no lines
		return bars, nil
	}
	return panel, nil
}

func (s *siblingsRun) headline() string {
	vector, dots := s.of("version-vector", inTurn)[0], s.of("dotted-set", inTurn)[0]
	if vector.held[0] == dots.held[0] {
		return fmt.Sprintf("Clients in turn, %d of them: %.0f siblings, under either clock", vector.clients, dots.held[0])
	}
	return fmt.Sprintf("%d writes of %d clients in turn leave %.0f siblings under one version vector, and %.0f in a dotted set",
		s.writes, vector.clients, vector.held[0], dots.held[0])
}
