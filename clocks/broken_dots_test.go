package clocks_test

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/clocks"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

// paperSet is a dotted version vector set as the paper writes it: for each server how many writes are known, and the values of the
// last few of them, the newest first.
type paperSet struct {
	servers map[string]paperWrites
	bug     dotBug
}

type paperWrites struct {
	counter int
	values  []string
}

// dotBug is one way to get it wrong.
type dotBug int

const (
	noDotBug        dotBug = iota
	forgetsBase            // a sync takes the values of who knows more writes, whatever the other knows to be replaced
	takesAll               // a sync takes the values of both
	ignoresContext         // a put replaces nothing
	replacesAll            // a put replaces what it has not seen, too
	forgetsContext         // a put replaces what it has seen, and does not keep that it has
	countsItsValues        // a write is numbered by the values that are held
)

func papers(bug dotBug) replicated {
	return replicated{"the paper's", func() replica { return &paperSet{map[string]paperWrites{}, bug} }}
}

func (s *paperSet) put(context clocks.Vector, value, server string) error {
	for actor, counter := range context.All() {
		w := s.servers[actor]
		if s.bug != ignoresContext {
			w.values = w.values[:max(0, min(len(w.values), w.counter-int(counter)))]
		}
		if s.bug != forgetsContext {
			w.counter = max(w.counter, int(counter))
		}
		if w.counter > 0 {
			s.servers[actor] = w
		}
	}
	if s.bug == replacesAll {
		for actor, w := range s.servers {
			s.servers[actor] = paperWrites{w.counter, nil}
		}
	}
	w := s.servers[server]
	if s.bug == countsItsValues {
		w.counter = len(w.values)
	}
	s.servers[server] = paperWrites{w.counter + 1, slices.Insert(slices.Clone(w.values), 0, value)}
	return nil
}

func (s *paperSet) sync(other replica) {
	for server, theirs := range other.(*paperSet).servers {
		mine := s.servers[server]
		if mine.counter < theirs.counter {
			mine, theirs = theirs, mine
		}
		switch {
		case s.bug == takesAll:
			mine.values = slices.Concat(mine.values, theirs.values)
		case s.bug != forgetsBase:
			mine.values = mine.values[:min(len(mine.values), mine.counter-theirs.counter+len(theirs.values))]
		}
		s.servers[server] = mine
	}
}

func (s *paperSet) values() []string {
	values := []string{}
	for _, server := range slices.Sorted(maps.Keys(s.servers)) {
		values = append(values, s.servers[server].values...)
	}
	slices.Sort(values)
	return values
}

func (s *paperSet) context() clocks.Vector {
	c := counts{}
	for server, w := range s.servers {
		c[server] = uint64(w.counter)
	}
	return vectorOf(c).Vector
}

// The models obey the laws: what fails below is the bug.
func TestBroken_NoSetWithoutABug(t *testing.T) {
	lawtest.Holds(t, lawHistories(papers(noDotBug), true))
	lawtest.Holds(t, lawNothingLost(papers(noDotBug)))
	lawtest.Holds(t, lawSyncJoin(papers(noDotBug)))
	lawtest.Holds(t, lawNothingLost(vectoreds))
	lawtest.Holds(t, lawVectored(vectoreds))
	lawtest.Holds(t, lawNothingLost(histories))
	lawtest.Holds(t, lawSyncJoin(histories))
}

func TestBroken_ASetThatForgetsItsBase(t *testing.T) {
	lawtest.Breaks(t, "A dotted set that does not say how many writes came before its values brings replaced ones back",
		lawHistories(papers(forgetsBase), false))
}

func TestBroken_ASyncThatForgetsTheBaseIsNoJoin(t *testing.T) {
	lawtest.Breaks(t, "A sync that takes the values of who knows more writes, or of who was first, depends on who was first",
		lawSyncJoin(papers(forgetsBase)))
}

func TestBroken_ASyncThatTakesAll(t *testing.T) {
	lawtest.Breaks(t, "A sync that keeps the values of both holds them twice", lawSyncJoin(papers(takesAll)))
}

func TestBroken_APutThatIgnoresItsContext(t *testing.T) {
	lawtest.Breaks(t, "A put that replaces nothing keeps what the writer has seen", lawHistories(papers(ignoresContext), false))
}

func TestBroken_APutThatReplacesAll(t *testing.T) {
	lawtest.Breaks(t, "A put that replaces whatever is there loses what its writer has not seen", lawNothingLost(papers(replacesAll)))
}

func TestBroken_APutThatForgetsItsContext(t *testing.T) {
	lawtest.Breaks(t, "A put that does not keep what its writer had seen elsewhere takes it in again when it comes",
		lawHistories(papers(forgetsContext), false))
}

func TestBroken_AWriteNumberedByTheValues(t *testing.T) {
	lawtest.Breaks(t, "A server that numbers its writes by the values that it holds gives numbers twice", lawHistories(papers(countsItsValues), false))
}

// One version vector for all siblings: no bug was planted here.
func TestBroken_OneVectorForAllSiblings(t *testing.T) {
	lawtest.Breaks(t, "One version vector for all siblings cannot say which of them a writer has seen, and keeps its own last write",
		lawHistories(versioned, false))
}

func TestBroken_OneVectorIsNoJoin(t *testing.T) {
	lawtest.Breaks(t, "Under one version vector for all siblings it matters who syncs with whom first", lawSyncJoin(versioned))
}

// hasty is siblings under one vector that go by less than the whole context.
type hasty struct {
	vectored
	replaces func(context, clock counts) bool
	wins     bool // of two replicas that know different things, the other wins
}

func (h *hasty) put(context clocks.Vector, value, server string) error {
	if h.replaces != nil && h.replaces(counts(maps.Collect(context.All())), h.clock) {
		h.held = events{}
	}
	return h.vectored.put(context, value, server)
}

func (h *hasty) sync(other replica) {
	o := other.(*hasty).vectored
	if h.wins && h.clock.compare(o.clock) == clocks.Concurrent {
		h.held = events{}
	}
	h.vectored.sync(&o)
}

func TestBroken_AContextThatIsOnlyNotOlder(t *testing.T) {
	lawtest.Breaks(t, "A put that replaces all unless its context is older loses what came meanwhile where the context knows something else besides",
		lawNothingLost(replicated{"hasty", func() replica {
			return &hasty{vectored{counts{}, events{}}, func(context, clock counts) bool { return context.compare(clock) != clocks.Before }, false}
		}}))
}

func TestBroken_TheOtherReplicaWins(t *testing.T) {
	lawtest.Breaks(t, "A sync that takes the other's values when neither clock knows more loses its own",
		lawNothingLost(replicated{"hasty", func() replica { return &hasty{vectored{counts{}, events{}}, nil, true} }}))
}

func TestBroken_AVersionInThePlaceOfADot(t *testing.T) {
	lawtest.Breaks(t, "A write whose clock is a vector that has counted it says that it has seen all earlier ones of its server",
		lawDottedOrder(func(d, e clocks.Dotted) clocks.Order {
			whole := func(d clocks.Dotted) clocks.Vector {
				c := counts(maps.Collect(d.Past.All()))
				c[d.Dot.Actor] = d.Dot.Counter
				return vectorOf(c).Vector
			}
			return whole(d).Compare(whole(e))
		}))
}

func TestBroken_AnEventInItsOwnPast(t *testing.T) {
	lawtest.Breaks(t, "A decoder that does not look into the past takes an event for its own cause",
		lawNoParadox(func(data []byte) (clocks.Dotted, error) {
			var dot clocks.Dot
			var past clocks.Vector
			text, after, _ := cutText(data)
			if err := dot.UnmarshalText([]byte("dot1:" + text)); err != nil {
				return clocks.Dotted{}, err
			}
			err := past.UnmarshalText([]byte("v1:" + after))
			return clocks.Dotted{Dot: dot, Past: past}, err
		}))
}

func TestLaw_NoEventIsInItsOwnPast(t *testing.T) {
	rapid.Check(t, lawNoParadox(func(data []byte) (clocks.Dotted, error) {
		var d clocks.Dotted
		err := d.UnmarshalText(data)
		return d, err
	}))
}
