package quorum

import (
	"fmt"
	"slices"
)

// The versions that the runs are about.
var (
	oldVersion = Version{"old", 1}
	newVersion = Version{"new", 2}

	firstVersion  = Version{"first", 3} // whose writer's clock is ahead
	secondVersion = Version{"second", 2}
)

// stage plays a run step by step, so that what a read returns comes out of what the replicas hold. Replicas are known by their lanes.
type stage struct {
	run   Run
	now   int
	held  map[int]Version
	since map[int]int

	homes, standIns []int
}

// stage sets the scene: clients that write, the replicas with their stand-ins, clients that read.
func (e Explanation) stage(writers []string, standIns int, readers []string) *stage {
	s := &stage{held: map[int]Version{}, since: map[int]int{}}
	for _, name := range writers {
		s.lane(name, false)
	}
	for i := range e.Replicas.N {
		home := s.lane(replicaName(i), true)
		s.homes, s.held[home] = append(s.homes, home), oldVersion
	}
	for i := range standIns {
		s.standIns = append(s.standIns, s.lane(fmt.Sprint("stand-in ", i+1), true))
	}
	for _, name := range readers {
		s.lane(name, false)
	}
	return s
}

func replicaName(i int) string { return string(rune('A' + i)) }

func (s *stage) lane(name string, replica bool) int {
	s.run.Lanes = append(s.run.Lanes, Lane{name, replica})
	return len(s.run.Lanes) - 1
}

// names are those of lanes, for a title.
func (s *stage) names(lanes []int) string {
	var names []string
	for _, lane := range lanes {
		names = append(names, s.run.Lanes[lane].Name)
	}
	return listed(names)
}

func (s *stage) begin(lane int, write bool, v Version) (operation int) {
	s.run.Operations = append(s.run.Operations, Operation{Lane: lane, Write: write, Version: v, Begin: s.now})
	return len(s.run.Operations) - 1
}

// end lets a step go by before anything else begins.
func (s *stage) end(operation int) {
	s.run.Operations[operation].End = s.now
	s.now++
}

// hop is a message under way.
type hop struct{ from, to, sent int }

// arrive is one step, at whose end messages arrive.
func (s *stage) arrive(operation int, kind MessageKind, v func(hop) Version, hops []hop) {
	s.now++
	for _, h := range hops {
		m := Message{Operation: operation, Kind: kind, From: h.from, To: h.to, Sent: h.sent, Arrived: s.now}
		if v != nil {
			m.Version = v(h)
		}
		s.run.Messages = append(s.run.Messages, m)
		if kind == Store && s.held[h.to].Stamp < m.Version.Stamp {
			s.close(h.to)
			s.held[h.to] = m.Version
		}
	}
}

// close ends what a replica has held until now; a stand-in holds nothing at first.
func (s *stage) close(replica int) {
	if v := s.held[replica]; v != (Version{}) {
		s.run.States = append(s.run.States, State{replica, v, s.since[replica], s.now})
	}
	s.since[replica] = s.now
}

// to and back are hops between a client and replicas.
func (s *stage) to(client int, replicas []int) (hops []hop) {
	for _, replica := range replicas {
		hops = append(hops, hop{client, replica, s.now})
	}
	return hops
}

func (s *stage) back(client int, replicas []int) (hops []hop) {
	for _, replica := range replicas {
		hops = append(hops, hop{replica, client, s.now})
	}
	return hops
}

// store has a client store a version at some replicas, and hear of the first so many, in two steps.
func (s *stage) store(operation int, v Version, at []int, acknowledged int) {
	client := s.run.Operations[operation].Lane
	s.arrive(operation, Store, always(v), s.to(client, at))
	s.arrive(operation, Stored, nil, s.back(client, at[:acknowledged]))
}

func always(v Version) func(hop) Version { return func(hop) Version { return v } }

// read has a client ask replicas, and store what it is about to return at some others, if any.
func (s *stage) read(client int, ask, writeBack []int) {
	operation := s.begin(client, false, Version{})
	s.arrive(operation, Ask, nil, s.to(client, ask))
	newest := Version{}
	s.arrive(operation, Answer, func(h hop) Version {
		v := s.held[h.from]
		if v.Stamp > newest.Stamp {
			newest = v
		}
		return v
	}, s.back(client, ask))
	s.run.Operations[operation].Version = newest
	if len(writeBack) > 0 {
		s.store(operation, newest, writeBack, len(writeBack))
	}
	s.end(operation)
}

// finish ends the run.
func (s *stage) finish(title string) Run {
	for lane, l := range s.run.Lanes {
		if l.Replica {
			s.close(lane)
		}
	}
	slices.SortStableFunc(s.run.States, func(a, b State) int { return a.Lane - b.Lane })
	s.run.Title, s.run.End = title, s.now
	return s.run
}
