package quorum_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
	"github.com/sysdesign-lab/sysdesign/quorum"
)

// store is a small replicated register under a scheduler that does what it likes: it decides which client begins, and which message arrives
// next.
type store struct {
	q quorum.Replicas
	o quorum.ExplainOptions

	held     []quorum.Version // by replica; stand-ins follow the N
	clients  []*storeClient
	underWay []parcel
	history  history
	now      int
}

type storeClient struct {
	lane    int
	program []bool // writes
	several bool   // it is not the only writer
	ahead   int    // of its clock
	wrote   int

	busy    bool
	phase   int // counts all phases of all its operations, so that late answers are told apart
	asking  bool
	storing bool
	heard   []int
	newest  quorum.Version
	current quorum.Operation
}

// parcel is a message, to a replica or back to a client.
type parcel struct {
	client  *storeClient
	phase   int
	replica int
	back    bool
	stores  bool
	version quorum.Version
}

func (s *store) broadcast(c *storeClient, stores bool, v quorum.Version) {
	c.phase++
	c.heard, c.asking, c.storing = nil, !stores, stores
	for replica := range s.held {
		s.underWay = append(s.underWay, parcel{c, c.phase, replica, false, stores, v})
	}
}

func (s *store) begin(c *storeClient) {
	c.busy, c.newest = true, quorum.Version{}
	c.current = quorum.Operation{Lane: c.lane, Write: c.program[0], Begin: s.now}
	c.program = c.program[1:]
	if c.current.Write {
		c.wrote++
		if c.several && !s.o.ClockStamps { // which asks for the newest stamp first
			s.broadcast(c, false, quorum.Version{})
			return
		}
		s.write(c, 10*(c.wrote+c.ahead)+c.lane)
		return
	}
	s.broadcast(c, false, quorum.Version{})
}

func (s *store) write(c *storeClient, stamp int) {
	c.current.Version = quorum.Version{Value: fmt.Sprintf("%c%d", 'p'+rune(c.lane), c.wrote), Stamp: stamp}
	s.broadcast(c, true, c.current.Version)
}

// arrive is the arrival of a message at a replica, which answers, or at a client.
func (s *store) arrive(p parcel) {
	if !p.back {
		if p.stores && s.held[p.replica].Stamp < p.version.Stamp {
			s.held[p.replica] = p.version
		}
		if p.back = true; !p.stores {
			p.version = s.held[p.replica]
		}
		s.underWay = append(s.underWay, p)
		return
	}
	c := p.client
	if p.phase != c.phase || !c.busy || slices.Contains(c.heard, p.replica) {
		return
	}
	c.heard = append(c.heard, p.replica)
	if c.asking && p.version.Stamp > c.newest.Stamp {
		c.newest = p.version
	}
	switch {
	case c.asking && len(c.heard) == s.q.R && c.current.Write:
		s.write(c, 10*(c.newest.Stamp/10+1)+c.lane)
	case c.asking && len(c.heard) == s.q.R && s.o.WriteBack:
		c.current.Version = c.newest
		s.broadcast(c, true, c.newest)
	case c.asking && len(c.heard) == s.q.R:
		c.current.Version = c.newest
		s.end(c)
	case c.storing && len(c.heard) == s.q.W:
		s.end(c)
	}
}

func (s *store) end(c *storeClient) {
	c.busy, c.current.End = false, s.now
	s.history = append(s.history, c.current)
}

// play lets the scheduler work until every program has ended.
func (s *store) play(t *rapid.T) history {
	for {
		var idle []*storeClient
		working := false
		for _, c := range s.clients {
			if !c.busy && len(c.program) > 0 {
				idle = append(idle, c)
			}
			working = working || c.busy || len(c.program) > 0
		}
		if !working {
			slices.SortFunc(s.history, func(a, b quorum.Operation) int { return a.Begin - b.Begin })
			return s.history
		}
		s.now++
		next := rapid.IntRange(0, len(idle)+len(s.underWay)-1).Draw(t, "next")
		if next < len(idle) {
			s.begin(idle[next])
			continue
		}
		next = len(s.underWay) - 1 - (next - len(idle)) // the latest first, so that what is slow stays slow
		p := s.underWay[next]
		s.underWay = slices.Delete(s.underWay, next, next+1)
		s.arrive(p)
	}
}

func drawStore(t *rapid.T, q quorum.Replicas, o quorum.ExplainOptions) *store {
	s := &store{q: q, o: o, held: slices.Repeat([]quorum.Version{{Value: "old", Stamp: 1}}, q.N)}
	if o.Sloppy {
		s.held = append(s.held, make([]quorum.Version, q.W)...)
	}
	writers := rapid.IntRange(1, 2).Draw(t, "writers")
	for lane := range rapid.IntRange(2, 3).Draw(t, "clients") {
		c := &storeClient{lane: lane, several: writers > 1}
		if o.ClockStamps {
			c.ahead = rapid.IntRange(0, 3).Draw(t, "clock ahead")
		}
		for range rapid.IntRange(1, 2).Draw(t, "operations") {
			c.program = append(c.program, lane < writers && rapid.Bool().Draw(t, "write"))
		}
		s.clients = append(s.clients, c)
	}
	return s
}

// lawStoreKeeps says that whatever the scheduler does, the store keeps what is claimed of it.
func lawStoreKeeps(most int, options quorum.ExplainOptions, holds func(quorum.Replicas, quorum.ExplainOptions) []quorum.Guarantee) func(*rapid.T) {
	return func(t *rapid.T) {
		q := drawReplicas(t, most)
		claimed := holds(q, options)
		h := drawStore(t, q, options).play(t)
		for _, g := range claimed {
			if !h.keeps(g) {
				t.Fatalf("claimed of %v: %v\nbut clients saw\n%v", q, g, h)
			}
		}
	}
}

func explainedHolds(q quorum.Replicas, o quorum.ExplainOptions) []quorum.Guarantee {
	e, err := quorum.Explain(q.N, q.R, q.W, o)
	if err != nil {
		panic(err)
	}
	return e.Holds
}

func TestLaw_TheStoreKeepsWhatIsClaimed(t *testing.T) {
	everyOption(func(o quorum.ExplainOptions) {
		t.Run(fmt.Sprintf("%+v", o), func(t *testing.T) { rapid.Check(t, lawStoreKeeps(4, o, explainedHolds)) })
	})
}

// and claims that guarantees of some stores hold, which do not.
func and(when func(quorum.Replicas) bool, more ...quorum.Guarantee) func(quorum.Replicas, quorum.ExplainOptions) []quorum.Guarantee {
	return func(q quorum.Replicas, o quorum.ExplainOptions) []quorum.Guarantee {
		if when(q) {
			return more
		}
		return nil
	}
}

func TestBroken_OverlapForLinearizable(t *testing.T) {
	lawtest.Breaks(t, "R+W > N is not enough for a linearizable register, if reads do not write back",
		lawStoreKeeps(3, quorum.ExplainOptions{}, and(quorum.Replicas.Overlaps, quorum.Linearizable)))
}

func TestBroken_OverlapForMonotonicReads(t *testing.T) {
	lawtest.Breaks(t, "R+W > N is not enough for monotonic reads, even of one client",
		lawStoreKeeps(3, quorum.ExplainOptions{}, and(quorum.Replicas.Overlaps, quorum.MonotonicReads)))
}

func TestBroken_WriteBackWithoutOverlap(t *testing.T) {
	lawtest.Breaks(t, "Writing back what was read does not make up for quorums that do not meet",
		lawStoreKeeps(2, quorum.ExplainOptions{WriteBack: true}, and(func(quorum.Replicas) bool { return true }, quorum.Regular)))
}

func TestBroken_SloppyOverlap(t *testing.T) {
	lawtest.Breaks(t, "R+W > N says nothing where stand-ins count",
		lawStoreKeeps(3, quorum.ExplainOptions{Sloppy: true}, and(quorum.Replicas.Overlaps, quorum.ReadYourWrites)))
}

func TestBroken_StampsOfClocks(t *testing.T) {
	lawtest.Breaks(t, "Where clocks disagree, a write that has ended may be lost to an earlier one",
		lawStoreKeeps(3, quorum.ExplainOptions{ClockStamps: true}, and(quorum.Replicas.Overlaps, quorum.Regular)))
}
