package clocksim

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sysdesign-lab/sysdesign/clocks"
)

// Execution is what happened in some processes, in the order in which somebody who sees all would see it.
type Execution struct {
	Processes int
	Events    []Event
}

// Event is what one process did: something by itself, or the arrival of a message. Whatever it was, others may get a message of it.
type Event struct {
	Process int // in [0, Processes)
	From    int // the index of the event whose message arrives: an earlier one, of another process; NoMessage if none does
}

// NoMessage is Event.From of what a process did by itself.
const NoMessage = -1

// Check says what is wrong with an execution that cannot have happened.
func (x Execution) Check() error {
	if err := checkSize(x.Processes, len(x.Events)); err != nil {
		return err
	}
	for i, e := range x.Events {
		switch {
		case e.Process < 0 || e.Process >= x.Processes:
			return fmt.Errorf("clocksim: the process of event %d must lie in [0, %d): %d", i, x.Processes, e.Process)
		case e.From < NoMessage || e.From >= i:
			return fmt.Errorf("clocksim: the message of event %d must be of an earlier event, or -1 for none: %d", i, e.From)
		case e.From >= 0 && x.Events[e.From].Process == e.Process:
			return fmt.Errorf("clocksim: the message of event %d must be of another process: %d", i, e.Process)
		}
	}
	return nil
}

// mostEvents bounds an execution, and how many processes it has: a history takes an eighth of a byte for each pair of its events.
const mostEvents = 1 << 14

func checkSize(processes, events int) error {
	switch {
	case processes < 1 || processes > mostEvents:
		return fmt.Errorf("clocksim: the number of processes must lie in [1, %d]: %d", mostEvents, processes)
	case events < 0 || events > mostEvents:
		return fmt.Errorf("clocksim: the number of events must lie in [0, %d]: %d", mostEvents, events)
	}
	return nil
}

func checkDrawn(processes, events int, arrivals float64) error {
	if err := checkSize(processes, events); err != nil {
		return err
	}
	if !(arrivals >= 0 && arrivals <= 1) { // also if it is no number
		return fmt.Errorf("clocksim: the chance of an arrival must lie in [0, 1]: %v", arrivals)
	}
	return nil
}

// DrawExecution draws an execution of so many processes and events. Each event is of any process, all alike, and is an arrival with the
// given chance, in [0, 1]: of the message of the latest event of any other process, all alike. A process that has done nothing sends nothing, and
// then the event is of the process itself. So messages take no time, and none knows less than its sender.
//
// [BeforeShare] says how many of its pairs of events are in order.
func DrawExecution(processes, events int, arrivals float64, source rand.Source) (Execution, error) {
	if err := checkDrawn(processes, events, arrivals); err != nil {
		return Execution{}, err
	}
	if source == nil {
		return Execution{}, errors.New("clocksim: an execution needs a source of randomness: nil")
	}
	random := rand.New(source)
	x := Execution{Processes: processes, Events: make([]Event, events)}
	latest := slices.Repeat([]int{NoMessage}, processes)
	for i := range x.Events {
		e := Event{Process: random.IntN(processes), From: NoMessage}
		if processes > 1 && random.Float64() < arrivals {
			other := random.IntN(processes - 1)
			if other >= e.Process {
				other++
			}
			e.From = latest[other]
		}
		x.Events[i], latest[e.Process] = e, i
	}
	return x, nil
}

// BeforeShare is the expected share of the pairs of events of a [DrawExecution] of which one happened before the other. There must be two
// events or more.
//
// It is exact. Looking back from an event, let s processes be those that it has heard of, itself included. The event before it was of one of these
// with probability s/n, and is then in its past; and if that was an arrival, it was of one of the n-s others with probability (n-s)/(n-1). So s grows
// as a rumour does, and the event k before is in the past with the expectation of s/n after k-1 steps.
func BeforeShare(processes, events int, arrivals float64) (float64, error) {
	if err := checkDrawn(processes, events, arrivals); err != nil {
		return 0, err
	}
	if events < 2 {
		return 0, fmt.Errorf("clocksim: a pair must be of two events: %d", events)
	}
	n := float64(processes)
	chance := make([]float64, processes+1) // by s
	grow := func(of func(s float64) float64) {
		for s := processes - 1; s >= 1; s-- {
			moved := chance[s] * of(float64(s)) * arrivals * (n - float64(s)) / max(1, n-1)
			chance[s], chance[s+1] = chance[s]-moved, chance[s+1]+moved
		}
	}
	chance[1] = 1
	grow(func(float64) float64 { return 1 }) // the event itself may be an arrival
	sum := 0.0
	for back := 1; back < events; back++ {
		heard := 0.0
		for s, p := range chance {
			heard += p * float64(s)
		}
		sum += float64(events-back) * heard / n
		grow(func(s float64) float64 { return s / n })
	}
	return sum / (float64(events) * float64(events-1) / 2), nil
}

// History says which events of an execution happened before which.
type History struct {
	pasts []uint64 // of each event the events in its past, and itself, as bits
	words int      // of each past
}

// History is found from the definition of happened-before (Lamport 1978): the order of each process, from sending to arrival, and what follows
// from these. Events are as [Execution.Check] wants them. It takes time and memory in proportion to the square of their number.
func (x Execution) History() History {
	n := len(x.Events)
	h := History{words: (n + 63) / 64}
	h.pasts = make([]uint64, n*h.words)
	latest := slices.Repeat([]int{NoMessage}, x.Processes)
	for i, e := range x.Events {
		past := h.past(i)
		past[i/64] |= 1 << (i % 64)
		for _, before := range []int{latest[e.Process], e.From} {
			if before >= 0 {
				for w, bits := range h.past(before) {
					past[w] |= bits
				}
			}
		}
		latest[e.Process] = i
	}
	return h
}

func (h History) past(i int) []uint64 { return h.pasts[i*h.words : (i+1)*h.words] }

// Order is how event i stands to event j, by their indices.
func (h History) Order(i, j int) clocks.Order {
	switch {
	case i == j:
		return clocks.Equal
	case h.past(j)[i/64]>>(i%64)&1 == 1:
		return clocks.Before
	case h.past(i)[j/64]>>(j%64)&1 == 1:
		return clocks.After
	}
	return clocks.Concurrent
}

// ProcessName is a to z, and then a1 and so on.
func ProcessName(i int) string {
	name := string(rune('a' + i%26))
	if i >= 26 {
		name += strconv.Itoa(i / 26)
	}
	return name
}

// String draws a space-time diagram: a line for each process that did anything, time from left to right, and events by their numbers, from 1 on. An
// event at which the message of event 3 arrives is "<3".
func (x Execution) String() string {
	lines := make([]string, x.Processes)
	for i := range lines {
		lines[i] = ProcessName(i) + " ─"
	}
	for i, e := range x.Events {
		label := strconv.Itoa(i + 1)
		if e.From >= 0 {
			label += "<" + strconv.Itoa(e.From+1)
		}
		label += "─"
		for p := range lines {
			if p == e.Process {
				lines[p] += label
			} else {
				lines[p] += strings.Repeat("─", utf8.RuneCountInString(label))
			}
		}
	}
	var drawn []string
	for i, line := range lines {
		if slices.ContainsFunc(x.Events, func(e Event) bool { return e.Process == i }) {
			drawn = append(drawn, line)
		}
	}
	return strings.Join(drawn, "\n")
}
