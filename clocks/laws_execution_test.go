package clocks_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/clocks"
	"github.com/sysdesign-lab/sysdesign/clocks/clocksim"
)

// drawExecution draws any execution: messages are lost, arrive late, in any order, more than once and at many.
func drawExecution(t *rapid.T) clocksim.Execution {
	type step struct{ process, back int } // the message is of the event so many before; 0 for none
	steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
		return step{rapid.IntRange(0, 3).Draw(t, "process"), rapid.IntRange(0, 11).Draw(t, "back")}
	}), 1, 12).Draw(t, "steps")
	var x clocksim.Execution
	for i, s := range steps {
		e := clocksim.Event{Process: s.process, From: clocksim.NoMessage}
		if from := i - s.back; 0 <= from && from < i && x.Events[from].Process != e.Process {
			e.From = from
		}
		x.Events = append(x.Events, e)
		x.Processes = max(x.Processes, e.Process+1)
	}
	return x
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
func (of scheme[S]) stamps(x clocksim.Execution) []S {
	var processes []process[S]
	for i := range x.Processes {
		processes = append(processes, of.process(clocksim.ProcessName(i), x.Processes))
	}
	stamps := make([]S, len(x.Events))
	for i, e := range x.Events {
		if e.From >= 0 {
			stamps[i] = processes[e.Process].arrive(stamps[e.From])
		} else {
			stamps[i] = processes[e.Process].event()
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
		stamps, history := of.stamps(x), x.History()
		for i := range stamps {
			for j := range stamps {
				happened, compared := history.Order(i, j), of.compare(stamps[i], stamps[j])
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
