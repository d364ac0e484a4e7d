package quorum_test

import (
	"fmt"
	"slices"

	"github.com/sysdesign-lab/sysdesign/quorum"
)

// replayTrouble plays the messages of a run on a tiny model of the store, and says where the run is not one that the store could have.
func replayTrouble(e quorum.Explanation, r quorum.Run) string {
	q := e.Replicas
	held := make([]quorum.Version, len(r.Lanes))
	var homes, standIns []int
	for lane, l := range r.Lanes {
		switch {
		case l.Replica && len(homes) < q.N:
			homes = append(homes, lane)
			held[lane] = quorum.Version{Value: "old", Stamp: 1}
		case l.Replica:
			standIns = append(standIns, lane)
		}
	}
	if len(homes) != q.N || len(standIns) > 0 && !e.Options.Sloppy {
		return fmt.Sprintf("there are %d replicas and %d stand-ins", len(homes), len(standIns))
	}
	type talk struct{ asked, answers, stored []int } // lanes
	talks := make([]talk, len(r.Operations))
	newest := make([]quorum.Version, len(r.Operations))
	lastAnswer, lastStored := make([]int, len(r.Operations)), make([]int, len(r.Operations))
	heldAt := map[[2]int]quorum.Version{} // by lane and time, after the arrivals of that time
	at := 0
	for i, m := range r.Messages {
		o := r.Operations[m.Operation]
		toReplica := m.Kind == quorum.Ask || m.Kind == quorum.Store
		client, replica := m.From, m.To
		if !toReplica {
			client, replica = m.To, m.From
		}
		handOver := m.Kind == quorum.Store && slices.Contains(standIns, m.From)
		switch {
		case m.Arrived < at || m.Sent >= m.Arrived || m.Arrived > r.End || m.Sent < o.Begin:
			return fmt.Sprintf("message %d is out of time: %+v", i, m)
		case !r.Lanes[replica].Replica || client != o.Lane && !handOver:
			return fmt.Sprintf("message %d is between the wrong lanes: %+v", i, m)
		}
		for t := at; t < m.Arrived; t++ {
			for lane, v := range held {
				heldAt[[2]int{lane, t}] = v
			}
		}
		at = m.Arrived
		talk := &talks[m.Operation]
		switch m.Kind {
		case quorum.Ask:
			talk.asked = append(talk.asked, replica)
		case quorum.Answer:
			now := m.Sent == m.Arrived-1 && m.Sent == lastArrival(r.Messages[:i], m.Operation, quorum.Ask, replica)
			if !now || m.Version != heldAt[[2]int{replica, m.Sent}] || !slices.Contains(talk.asked, replica) {
				return fmt.Sprintf("answer %d is not what the replica held: %+v", i, m)
			}
			talk.answers = append(talk.answers, replica)
			lastAnswer[m.Operation] = m.Arrived
			if m.Version.Stamp > newest[m.Operation].Stamp {
				newest[m.Operation] = m.Version
			}
		case quorum.Store:
			want := o.Version
			if handOver && heldAt[[2]int{m.From, m.Sent}] != want || m.Version != want {
				return fmt.Sprintf("store %d is not of the version: %+v", i, m)
			}
			if !o.Write && (!e.Options.WriteBack || m.Sent < lastAnswer[m.Operation]) {
				return fmt.Sprintf("a read stores: %+v", m)
			}
			if held[replica].Stamp < m.Version.Stamp {
				held[replica] = m.Version
			}
		case quorum.Stored:
			if stored := lastArrival(r.Messages[:i], m.Operation, quorum.Store, replica); stored < 0 || stored > m.Sent {
				return fmt.Sprintf("acknowledgement %d comes too early: %+v", i, m)
			}
			talk.stored = append(talk.stored, replica)
			lastStored[m.Operation] = m.Arrived
		}
	}
	for t := at; t <= r.End; t++ {
		for lane, v := range held {
			heldAt[[2]int{lane, t}] = v
		}
	}
	for _, home := range homes { // eventual: all have the newest version in the end, however it came
		if held[home] != held[homes[0]] {
			return fmt.Sprintf("replicas differ in the end: %v", held)
		}
	}
	for i, o := range r.Operations {
		// The W-th acknowledgement, or the R-th answer, ends an operation: that many, of different replicas, and no more.
		talk, want := talks[i], [2]int{0, q.W}
		if !o.Write {
			want = [2]int{q.R, 0}
			if e.Options.WriteBack {
				want[1] = q.W
			}
			if o.Version != newest[i] {
				return fmt.Sprintf("operation %d returns another version than its newest answer %v: %+v", i, newest[i], o)
			}
		}
		distinct := func(lanes []int) int { return len(slices.Compact(slices.Sorted(slices.Values(lanes)))) }
		if got := [2]int{distinct(talk.answers), distinct(talk.stored)}; got != want || len(talk.answers) != want[0] || len(talk.stored) != want[1] {
			return fmt.Sprintf("operation %d has %v answers and acknowledgements where it waits for %v: %+v", i, got, want, o)
		}
		if o.End != max(lastAnswer[i], lastStored[i]) || o.End <= o.Begin {
			return fmt.Sprintf("operation %d does not end with its last message: %+v", i, o)
		}
	}
	return stateTrouble(r, heldAt)
}

func lastArrival(messages []quorum.Message, operation int, kind quorum.MessageKind, replica int) int {
	last := -1
	for _, m := range messages {
		if m.Operation == operation && m.Kind == kind && m.To == replica {
			last = m.Arrived
		}
	}
	return last
}

// stateTrouble compares the states with what the model held at each step.
func stateTrouble(r quorum.Run, heldAt map[[2]int]quorum.Version) string {
	for lane, l := range r.Lanes {
		for t := range r.End {
			var v quorum.Version
			said := 0
			for _, s := range r.States {
				if s.Lane == lane && s.From <= t && t < s.To {
					v = s.Version
					said++
				}
			}
			if l.Replica && v != heldAt[[2]int{lane, t}] || said > 1 || !l.Replica && said > 0 {
				return fmt.Sprintf("lane %d is said to hold %v at %d, and holds %v", lane, v, t, heldAt[[2]int{lane, t}])
			}
		}
	}
	return ""
}
