package clocks_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/clocks"
)

// execution is what happened in some processes, in the order in which somebody who sees all would see it.
type execution struct {
	processes int
	events    []event
}

// event is what one process did: something by itself, whose message others may receive, or the arrival of a message.
type event struct {
	process int
	from    int // the index of the event whose message arrives; -1 if none does
}

// drawExecution draws any execution: messages are lost, arrive late, in any order, more than once and at many.
func drawExecution(t *rapid.T) execution {
	type step struct{ process, back int } // the message is of the event so many before; 0 for none
	steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
		return step{rapid.IntRange(0, 3).Draw(t, "process"), rapid.IntRange(0, 11).Draw(t, "back")}
	}), 1, 12).Draw(t, "steps")
	var x execution
	for i, s := range steps {
		e := event{process: s.process, from: -1}
		if from := i - s.back; 0 <= from && from < i && x.events[from].process != e.process {
			e.from = from
		}
		x.events = append(x.events, e)
		x.processes = max(x.processes, e.process+1)
	}
	return x
}

// pasts are for each event the set of events that happened before it, and itself, as bits: the definition of happened-before (Lamport
// 1978), that is the order of each process, from sending to arrival, and what follows from these.
func (x execution) pasts() []uint64 {
	pasts, latest := make([]uint64, len(x.events)), make([]uint64, x.processes)
	for i, e := range x.events {
		pasts[i] = 1<<i | latest[e.process]
		if e.from >= 0 {
			pasts[i] |= pasts[e.from]
		}
		latest[e.process] = pasts[i]
	}
	return pasts
}

// happened is how an event stands to another by happened-before.
func happened(pasts []uint64, i, j int) clocks.Order {
	switch {
	case i == j:
		return clocks.Equal
	case pasts[j]>>i&1 == 1:
		return clocks.Before
	case pasts[i]>>j&1 == 1:
		return clocks.After
	}
	return clocks.Concurrent
}

func processName(i int) string { return string(rune('a' + i)) }

// String draws a space-time diagram: a line for each process that did anything, time from left to right, and events by their numbers. An event at
// which the message of event 3 arrives is "<3".
func (x execution) String() string {
	lines := make([]string, x.processes)
	for i := range lines {
		lines[i] = processName(i) + " ─"
	}
	for i, e := range x.events {
		label := fmt.Sprint(i + 1)
		if e.from >= 0 {
			label += fmt.Sprint("<", e.from+1)
		}
		label += "─"
		for p := range lines {
			if p == e.process {
				lines[p] += label
			} else {
				lines[p] += strings.Repeat("─", utf8.RuneCountInString(label))
			}
		}
	}
	return strings.Join(slices.DeleteFunc(lines, func(line string) bool { return !strings.ContainsAny(line, "0123456789") }), "\n")
}

// scheme is a kind of clock for the processes of an execution.
type scheme[S any] struct {
	name    string
	process func(name string, processes int) process[S]
	compare func(a, b S) clocks.Order
}

// process is the clock of one process: the stamp of an event by itself, and of an arrival of a message with the sender's stamp.
type process[S any] struct {
	event  func() S
	arrive func(sent S) S
}

var vectorScheme = scheme[clocks.Vector]{
	name: "vector",
	process: func(name string, _ int) process[clocks.Vector] {
		var v clocks.Vector
		event := func() clocks.Vector {
			must(v.Increment(name))
			return v.Clone()
		}
		return process[clocks.Vector]{event, func(sent clocks.Vector) clocks.Vector {
			v.Merge(sent)
			return event()
		}}
	},
	compare: clocks.Vector.Compare,
}

var denseScheme = scheme[clocks.Dense]{
	name: "dense",
	process: func(name string, _ int) process[clocks.Dense] {
		d := roster.New()
		event := func() clocks.Dense {
			must(d.Increment(indexOf(name)))
			return d.Clone()
		}
		return process[clocks.Dense]{event, func(sent clocks.Dense) clocks.Dense {
			d.Merge(sent)
			return event()
		}}
	},
	compare: clocks.Dense.Compare,
}

var lamportScheme = scheme[clocks.LamportStamp]{
	name: "Lamport",
	process: func(name string, _ int) process[clocks.LamportStamp] {
		var l clocks.Lamport
		return process[clocks.LamportStamp]{
			func() clocks.LamportStamp { return clocks.LamportStamp{Counter: got(l.Tick()), Node: name} },
			func(sent clocks.LamportStamp) clocks.LamportStamp {
				return clocks.LamportStamp{Counter: got(l.Witness(sent.Counter)), Node: name}
			},
		}
	},
	compare: func(a, b clocks.LamportStamp) clocks.Order { return clocks.Order(a.Compare(b)) },
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func got[T any](value T, err error) T {
	must(err)
	return value
}

// stamps are those of all events.
func (of scheme[S]) stamps(x execution) []S {
	var processes []process[S]
	for i := range x.processes {
		processes = append(processes, of.process(processName(i), x.processes))
	}
	stamps := make([]S, len(x.events))
	for i, e := range x.events {
		if e.from >= 0 {
			stamps[i] = processes[e.process].arrive(stamps[e.from])
		} else {
			stamps[i] = processes[e.process].event()
		}
	}
	return stamps
}

// The order of vectors is happened-before, both ways: two events compare as one of them happened before the other, or neither did.
func TestLaw_VectorOrderIsHappenedBefore(t *testing.T) {
	t.Run("vector", func(t *testing.T) { rapid.Check(t, lawHappenedBefore(vectorScheme)) })
	t.Run("dense", func(t *testing.T) { rapid.Check(t, lawHappenedBefore(denseScheme)) })
}

func lawHappenedBefore[S any](of scheme[S]) func(*rapid.T) {
	return lawOrder(of, func(happened, compared clocks.Order) bool { return happened == compared })
}

// Lamport time agrees with happened-before one way: what happened before has the smaller time.
func TestLaw_LamportTimeAgreesWithHappenedBefore(t *testing.T) {
	rapid.Check(t, lawOneWay(lamportScheme))
}

func lawOneWay[S any](of scheme[S]) func(*rapid.T) {
	return lawOrder(of, func(happened, compared clocks.Order) bool {
		return happened == compared || happened == clocks.Concurrent
	})
}

// Lamport stamps are a total order: no two events of an execution have equal ones.
func TestLaw_LamportStampsAreATotalOrder(t *testing.T) { rapid.Check(t, lawTotal(lamportScheme)) }

func lawTotal[S any](of scheme[S]) func(*rapid.T) {
	return lawOrder(of, func(happened, compared clocks.Order) bool {
		return compared != clocks.Concurrent && (compared == clocks.Equal) == (happened == clocks.Equal)
	})
}

// lawOrder is that stamps of any two events compare as they may.
func lawOrder[S any](of scheme[S], may func(happened, compared clocks.Order) bool) func(*rapid.T) {
	return func(t *rapid.T) {
		x := drawExecution(t)
		stamps, pasts := of.stamps(x), x.pasts()
		for i := range stamps {
			for j := range stamps {
				happened, compared := happened(pasts, i, j), of.compare(stamps[i], stamps[j])
				if !may(happened, compared) {
					t.Fatalf("%v\nevent %d is %v event %d\nbut by %s time %v is %v %v",
						x, i+1, says(happened), j+1, of.name, stamps[i], says(compared), stamps[j])
				}
			}
		}
	}
}

// says is an order within a sentence.
func says(o clocks.Order) string {
	switch o {
	case clocks.Equal:
		return "equal to"
	case clocks.Concurrent:
		return "concurrent with"
	}
	return o.String()
}

// The diagram that failures are told with is worth a test of its own: what is drawn is what happened.
func TestSpaceTimeDiagram(t *testing.T) {
	x := execution{3, []event{{0, -1}, {1, 0}, {2, -1}, {0, -1}, {2, 1}, {0, 4}}}
	const want = `
a ─1───────4─────6<5─
b ───2<1─────────────
c ───────3───5<2─────`
	if got := "\n" + x.String(); got != want {
		t.Errorf("the diagram is\n%s\nnot\n%s", got, want)
	}
	pasts := x.pasts()
	for _, c := range []struct {
		i, j int
		want clocks.Order
	}{
		{1, 5, clocks.Before}, {5, 1, clocks.After}, {4, 5, clocks.Concurrent}, {3, 5, clocks.Before}, {3, 6, clocks.Before},
		{1, 3, clocks.Concurrent}, {2, 4, clocks.Concurrent}, {2, 6, clocks.Before}, {4, 4, clocks.Equal},
	} {
		if got := happened(pasts, c.i-1, c.j-1); got != c.want {
			t.Errorf("event %d is %v event %d, not %v", c.i, got, c.j, c.want)
		}
	}
}
