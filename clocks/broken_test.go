package clocks_test

import (
	"cmp"
	"encoding/binary"
	"errors"
	"maps"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/clocks"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

// naive is a vector clock as a map, as people write it first.
type naive struct {
	events counts
	naively
}

// naively are the parts that can be wrong.
type naively struct {
	comparing  func(a, b counts) clocks.Order
	merging    func(mine, theirs uint64) uint64
	counting   func(counter uint64) (uint64, error)
	takesWhole bool // to merge into a clock without entries takes the other's map
}

func rightly() naively {
	return naively{
		comparing: counts.compare,
		merging:   func(mine, theirs uint64) uint64 { return max(mine, theirs) },
		counting: func(counter uint64) (uint64, error) {
			if counter == clocks.MaxCounter {
				return counter, clocks.ErrExhausted
			}
			return counter + 1, nil
		},
	}
}

func (how naively) subject() subject {
	return subject{"naive", func(c counts) clock { return &naive{maps.Clone(c), how} }}
}

func (n *naive) increment(actor string) (err error) {
	n.events[actor], err = n.counting(n.events[actor])
	return err
}

func (n *naive) merge(other clock) {
	theirs := other.(*naive).events
	if n.takesWhole && len(n.events) == 0 {
		n.events = theirs
	}
	for actor, counter := range theirs {
		n.events[actor] = n.merging(n.events[actor], counter)
	}
}

func (n *naive) compare(other clock) clocks.Order {
	return n.comparing(n.events, other.(*naive).events)
}

func (n *naive) counts() counts {
	c := maps.Clone(n.events)
	maps.DeleteFunc(c, func(_ string, counter uint64) bool { return counter == 0 })
	return c
}

// scheme is the naive clock in an execution. Arriving is what it does with a message before it counts the arrival.
func (how naively) scheme(arriving func(mine, sent *naive)) scheme[counts] {
	return scheme[counts]{"naive", func(name string, _ int) process[counts] {
		n := &naive{counts{}, how}
		event := func() counts {
			must(n.increment(name))
			return maps.Clone(n.events)
		}
		return process[counts]{event, func(sent counts) counts {
			arriving(n, &naive{sent, how})
			return event()
		}}
	}, how.comparing}
}

func merging(mine, sent *naive) { mine.merge(sent) }

// The naive clocks obey the laws: what fails below is the bug.
func TestBroken_NoClockWithoutABug(t *testing.T) {
	for _, law := range []func(subject) func(*rapid.T){lawCompare, lawIncrement, lawJoin, lawShares} {
		lawtest.Holds(t, law(rightly().subject()))
	}
	lawtest.Holds(t, lawHappenedBefore(rightly().scheme(merging)))
	lawtest.Holds(t, lawLamport(plainLamport(false)))
	for _, in := range forms {
		lawtest.Holds(t, lawReadBack(encoded{"loose", blank[loose], looseDraw}, in))
	}
}

func TestBroken_ZeroEntriesCount(t *testing.T) {
	how := rightly()
	how.comparing = func(a, b counts) clocks.Order {
		missing := func(a, b counts) bool {
			for actor, counter := range a {
				if other, found := b[actor]; !found || counter > other {
					return true
				}
			}
			return false
		}
		switch larger, smaller := missing(a, b), missing(b, a); {
		case larger && smaller:
			return clocks.Concurrent
		case larger:
			return clocks.After
		case smaller:
			return clocks.Before
		}
		return clocks.Equal
	}
	lawtest.Breaks(t, "A comparison that asks whether there is an entry, as GoVector's does, takes an actor that has done nothing for one that has",
		lawCompare(how.subject()))
}

func TestBroken_ComparedBySum(t *testing.T) {
	how := rightly()
	how.comparing = func(a, b counts) clocks.Order {
		sum := func(c counts) (n uint64) {
			for _, counter := range c {
				n += counter
			}
			return n
		}
		return clocks.Order(cmp.Compare(sum(a), sum(b)))
	}
	lawtest.Breaks(t, "A clock that compares how many events there were finds no two concurrent",
		lawHappenedBefore(how.scheme(merging)))
}

func TestBroken_MergeAdds(t *testing.T) {
	how := rightly()
	how.merging = func(mine, theirs uint64) uint64 { return mine + theirs }
	lawtest.Breaks(t, "A merge that adds counts the events twice that both knew",
		lawJoin(how.subject()))
}

func TestBroken_MergeOverwrites(t *testing.T) {
	how := rightly()
	how.merging = func(_, theirs uint64) uint64 { return theirs }
	lawtest.Breaks(t, "A merge that takes the other's counters forgets what an old message did not know",
		lawJoin(how.subject()))
}

func TestBroken_MergeTakesTheMap(t *testing.T) {
	how := rightly()
	how.takesWhole = true
	lawtest.Breaks(t, "A merge into an empty clock that takes the other's map lets both count in it",
		lawShares(how.subject()))
}

func TestBroken_CounterWraps(t *testing.T) {
	how := rightly()
	how.counting = func(counter uint64) (uint64, error) { return (counter + 1) & clocks.MaxCounter, nil }
	lawtest.Breaks(t, "A counter that wraps makes the clock older than it was",
		lawIncrement(how.subject()))
}

func TestBroken_ArrivalsOverwrite(t *testing.T) {
	lawtest.Breaks(t, "A process that takes the clock of a message for its own forgets its own past",
		lawHappenedBefore(rightly().scheme(func(mine, sent *naive) { mine.events = maps.Clone(sent.events) })))
}

func TestBroken_ArrivalsAreNoEvents(t *testing.T) {
	of := vectorScheme
	of.process = func(name string, _ int) process[clocks.Vector] {
		var v clocks.Vector
		return process[clocks.Vector]{
			func() clocks.Vector {
				must(v.Increment(name))
				return v.Clone()
			},
			func(sent clocks.Vector) clocks.Vector {
				v.Merge(sent)
				return v.Clone()
			},
		}
	}
	lawtest.Breaks(t, "A process that merges what arrives and does not increment cannot tell the arrival from the sending", lawHappenedBefore(of))
}

func TestBroken_GivenAwayWithoutAClone(t *testing.T) {
	of := vectorScheme
	of.process = func(name string, _ int) process[clocks.Vector] {
		var v clocks.Vector
		event := func() clocks.Vector {
			must(v.Increment(name))
			return v
		}
		return process[clocks.Vector]{event, func(sent clocks.Vector) clocks.Vector {
			v.Merge(sent)
			return event()
		}}
	}
	lawtest.Breaks(t, "A vector that is stored without Clone goes on counting where it is stored", lawHappenedBefore(of))
}

func TestBroken_LamportTimeTakenForCause(t *testing.T) {
	lawtest.Breaks(t, "Lamport time puts events in order of which neither had any influence on the other", lawHappenedBefore(lamportScheme))
}

func TestBroken_LamportTiesAreNotBroken(t *testing.T) {
	of := lamportScheme
	of.compare = func(a, b clocks.LamportStamp) clocks.Order { return clocks.Order(cmp.Compare(a.Counter, b.Counter)) }
	lawtest.Breaks(t, "Stamps that leave out the node are equal for events of two nodes", lawTotal(of))
}

// lamportByHand is serf's Lamport clock with a bound.
type lamportByHand struct {
	counter atomic.Uint64
	ahead   uint64
	wraps   bool
}

func plainLamport(wraps bool) func(clocks.LamportConfig) (ticker, error) {
	return func(config clocks.LamportConfig) (ticker, error) {
		l := &lamportByHand{ahead: cmp.Or(config.Ahead, 1<<32), wraps: wraps}
		l.counter.Store(config.From)
		return l, nil
	}
}

func (l *lamportByHand) Time() uint64 { return l.counter.Load() }

func (l *lamportByHand) Tick() (uint64, error) {
	if !l.wraps && l.Time() == clocks.MaxCounter {
		return 0, clocks.ErrExhausted
	}
	return l.counter.Add(1), nil
}

func (l *lamportByHand) Witness(remote uint64) (uint64, error) {
	if !l.wraps && remote > l.Time()+l.ahead {
		return 0, clocks.ErrAhead
	}
	if next := remote + 1; remote > l.Time() && (l.wraps || next <= clocks.MaxCounter) {
		l.counter.Store(next)
		return next, nil
	} else if remote > l.Time() {
		return 0, clocks.ErrExhausted
	}
	return l.Tick()
}

func TestBroken_WitnessWraps(t *testing.T) {
	of := plainLamport(true)
	lawtest.Breaks(t, "serf's Lamport clock stores the other time plus one whatever it is, so that one message sets it back to zero",
		func(t *rapid.T) {
			l := got(of(clocks.LamportConfig{}))
			var s story
			for range rapid.IntRange(1, 3).Draw(t, "events") {
				before, remote := l.Time(), rapid.SampledFrom([]uint64{0, 1, 1<<64 - 1}).Draw(t, "remote")
				s.tell("at %d, a message of %d", before, remote)
				if time, err := l.Witness(remote); err == nil && time <= before || l.Time() < before {
					s.fail(t, "the arrival is at %d, and the clock shows %d", time, l.Time())
				}
			}
		})
}

func TestBroken_WithoutTheBound(t *testing.T) {
	lawtest.Breaks(t, "A Lamport clock without a bound goes as far ahead as any one message says", lawLamport(plainLamport(true)))
}

func TestBroken_ArrivalAtTheSameTime(t *testing.T) {
	of := lamportScheme
	of.process = func(name string, _ int) process[clocks.LamportStamp] {
		var counter uint64
		return process[clocks.LamportStamp]{
			func() clocks.LamportStamp {
				counter++
				return clocks.LamportStamp{Counter: counter, Node: name}
			},
			func(sent clocks.LamportStamp) clocks.LamportStamp {
				counter = max(counter+1, sent.Counter)
				return clocks.LamportStamp{Counter: counter, Node: name}
			},
		}
	}
	lawtest.Breaks(t, "An arrival that takes the message's time, and not one more, may be before its own sending", lawOneWay(of))
}

// loose is a vector whose binary encoding is read as encoding/binary reads numbers, and whatever it says.
type loose struct{ clocks.Vector }

func (v *loose) UnmarshalBinary(data []byte) error {
	number := func() uint64 {
		n, size := binary.Uvarint(data)
		data = data[max(size, 0):]
		return n
	}
	if len(data) < 2 || data[0] != 0x11 {
		return clocks.ErrEncoding
	}
	data = data[1:]
	c := counts{}
	for n := number(); n > 0; n-- {
		length := number()
		if length >= uint64(len(data)) {
			return clocks.ErrEncoding
		}
		name := string(data[:length])
		data = data[length:]
		c[name] = number()
	}
	read, err := clocks.NewVector(c)
	if err != nil || len(data) > 0 {
		return errors.Join(clocks.ErrEncoding, err)
	}
	v.Vector = read
	return nil
}

func looseDraw(t *rapid.T) value {
	v := clocks.Vector{}
	for range rapid.IntRange(0, 2).Draw(t, "events") {
		must(v.Increment(rapid.SampledFrom([]string{"a", "b"}).Draw(t, "actor")))
	}
	return &loose{v}
}

func TestBroken_NumbersInTooManyBytes(t *testing.T) {
	lawtest.Breaks(t, "A decoder that reads numbers with encoding/binary takes one vector in many encodings",
		lawCanonical(encoded{"loose", blank[loose], looseDraw}, forms[0]))
}

func TestBroken_ActorsInAnyOrder(t *testing.T) {
	lawtest.Breaks(t, "A decoder that puts entries in a map takes them in any order, and more than once",
		lawChecked(blank[loose]))
}
