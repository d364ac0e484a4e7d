package clocks_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/clocks"
)

// hybridClock is what the laws of hybrid time run on: the real one, and models of it with and without a bug.
type hybridClock interface {
	Now(wall time.Time) (clocks.HybridTime, error)
	Witness(wall time.Time, remote clocks.HybridTime) (clocks.HybridTime, error)
}

type hybridMaker func(clocks.HybridConfig) hybridClock

func realHybrid(config clocks.HybridConfig) hybridClock { return newHybrid(config) }

func newHybrid(config clocks.HybridConfig) *clocks.Hybrid {
	h, err := clocks.NewHybrid(config)
	if err != nil {
		panic(err)
	}
	return h
}

// tick is the step of the physical part; year2026 is a whole number of ticks after 1970.
const tick = 1 << 16

var year2026 = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// hybridAt is the time (l, c), as the paper writes it, with l in ticks since 2026.
func hybridAt(l int64, c int) clocks.HybridTime {
	return clocks.HybridTime(uint64(year2026.UnixNano()+l*tick) | uint64(c))
}

// naiveHybrid is figure 5 of the paper, case by case, with a bound on what is accepted, a bound that is stored, and a carry where c is full.
type naiveHybrid struct {
	config clocks.HybridConfig
	bug    hybridBug
	l      int64 // in ticks since 1970
	c      int
	bound  clocks.HybridTime // that was stored
}

type hybridBug int

const (
	noHybridBug     hybridBug = iota
	believesPeers             // accepts any remote time
	believesItself            // gives out times however far they are ahead
	followsBack               // sets its time back when the wall clock goes back
	counterWraps              // lets the counter begin at zero without a carry
	roundsPhysDown            // cuts off the low bits of the wall time
	countsItsOwn              // takes a remote time, but not its counter
	movesOnRefusal            // takes a remote time and refuses it only then
	storesTooLate             // stores a bound only once a time beyond the last one was given out
	storesNoReserve           // stores the time at hand, and not as far as it gives out without asking
	forgetsTheBound           // takes the stored bound for a time not yet given out
	ignoresFailure            // goes on as if a bound had been stored that was not
)

func naiveHybridOf(bug hybridBug) hybridMaker {
	return func(config clocks.HybridConfig) hybridClock {
		m := &naiveHybrid{config: config, bug: bug, l: int64(config.From / tick), c: config.From.Counter(), bound: config.From}
		if bug == forgetsTheBound {
			m.c--
		}
		return m
	}
}

func (m *naiveHybrid) time() clocks.HybridTime { return clocks.HybridTime(m.l*tick + int64(m.c)) }

func (m *naiveHybrid) Now(wall time.Time) (clocks.HybridTime, error) {
	pt := m.physical(wall)
	l, c := max(m.l, pt), 0
	if l == m.l {
		c = m.c + 1
	}
	if m.bug == followsBack {
		l = pt
	}
	return m.give(pt, l, c)
}

func (m *naiveHybrid) Witness(wall time.Time, remote clocks.HybridTime) (clocks.HybridTime, error) {
	pt := m.physical(wall)
	rl, rc := int64(remote/tick), remote.Counter()
	if m.bug != believesPeers && m.beyond(pt, rl, rc+1) {
		if m.bug == movesOnRefusal && remote > m.time() {
			m.l, m.c = rl, rc
		}
		return 0, clocks.ErrAhead
	}
	l, c := max(m.l, rl, pt), 0
	switch {
	case l == m.l && l == rl && m.bug != countsItsOwn:
		c = max(m.c, rc) + 1
	case l == m.l:
		c = m.c + 1
	case l == rl && m.bug != countsItsOwn:
		c = rc + 1
	}
	return m.give(pt, l, c)
}

func (m *naiveHybrid) physical(wall time.Time) int64 {
	ns := wall.UnixNano()
	if m.bug != roundsPhysDown && ns%tick != 0 {
		ns += tick
	}
	return ns / tick
}

// beyond says whether the time is farther ahead of the physical one than the bound.
func (m *naiveHybrid) beyond(pt, l int64, c int) bool {
	if c > math.MaxUint16 {
		l++
	}
	return time.Duration(l-pt)*tick > m.config.MaxDrift
}

func (m *naiveHybrid) give(pt, l int64, c int) (clocks.HybridTime, error) {
	if m.beyond(pt, l, c) && m.bug != believesItself && m.bug != believesPeers {
		return 0, clocks.ErrBehind
	}
	if c > math.MaxUint16 {
		c = 0
		if m.bug != counterWraps {
			l++
		}
	}
	given := clocks.HybridTime(l*tick + int64(c))
	needed := given
	if m.bug == storesTooLate {
		needed = m.time()
	}
	if m.config.Persist != nil && needed > m.bound {
		bound := (given+clocks.HybridTime(m.config.Reserve))/tick*tick + tick - 1
		stored := bound
		if m.bug == storesNoReserve {
			stored = given
		}
		if err := m.config.Persist(stored); err != nil && m.bug != ignoresFailure {
			return 0, err
		}
		m.bound = bound
	}
	m.l, m.c = l, c
	return given, nil
}

// hybridTrial is a clock in use, and the story of its use for who reads a failure.
type hybridTrial struct {
	*rapid.T
	config clocks.HybridConfig
	clock  hybridClock
	story  []string
}

// hybridDrifts are bounds from less than a tick to several.
var hybridDrifts = rapid.SampledFrom([]time.Duration{1, tick - 1, tick, 2 * tick, 2*tick + 1, 5 * tick})

func newHybridTrial(t *rapid.T, of hybridMaker) *hybridTrial {
	c := &hybridTrial{T: t}
	c.config.MaxDrift = hybridDrifts.Draw(t, "drift")
	if rapid.Bool().Draw(t, "has run before") {
		c.config.From = hybridAt(0, 0) + clocks.HybridTime(nearCounters.Draw(t, "from"))
	}
	c.clock = of(c.config)
	c.tell("drift bound %s%s", inTicks(int64(c.config.MaxDrift)), c.after())
	return c
}

func (c *hybridTrial) after() string {
	if c.config.From == 0 {
		return ""
	}
	return ", after " + lc(c.config.From)
}

func (c *hybridTrial) tell(format string, args ...any) {
	c.story = append(c.story, fmt.Sprintf(format, args...))
}

func (c *hybridTrial) fail(format string, args ...any) {
	c.Fatalf("%s\nbut %s", strings.Join(c.story, "\n"), fmt.Sprintf(format, args...))
}

// hybridEvent is the call of a clock: at a wall time, and for the receipt of a message if remote is not zero.
type hybridEvent struct {
	wall   time.Time
	remote clocks.HybridTime
}

func (e hybridEvent) String() string {
	if e.remote != 0 {
		return fmt.Sprintf("at %s, witness %s", wallTicks(e.wall), lc(e.remote))
	}
	return "at " + wallTicks(e.wall)
}

func (e hybridEvent) on(clock hybridClock) (clocks.HybridTime, error) {
	if e.remote != 0 {
		return clock.Witness(e.wall, e.remote)
	}
	return clock.Now(e.wall)
}

// do calls the clock, and tells.
func (c *hybridTrial) do(e hybridEvent) (clocks.HybridTime, error) {
	got, err := e.on(c.clock)
	c.tell("%v: %s", e, outcome(got, err))
	return got, err
}

var nearCounters = rapid.SampledFrom([]int{0, 1, 2, math.MaxUint16 - 1, math.MaxUint16})

// nearHybridEvents are few ticks and few counters, which meet often: the wall clock goes on, stands still, steps back.
var nearHybridEvents = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) hybridEvent {
	e := hybridEvent{wall: year2026.Add(time.Duration(rapid.IntRange(0, 6).Draw(t, "ticks"))*tick +
		rapid.SampledFrom([]time.Duration{0, 1, tick - 1}).Draw(t, "nanoseconds"))}
	if rapid.Bool().Draw(t, "receives") {
		e.remote = hybridAt(rapid.Int64Range(0, 12).Draw(t, "l"), nearCounters.Draw(t, "c"))
	}
	return e
}), 1, 20)

// wideHybridEvents have clocks that say anything from 1970 to 2262, and peers that say anything.
var wideHybridEvents = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) hybridEvent {
	e := hybridEvent{wall: time.Unix(rapid.Int64Range(0, 9_214_646_399).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds"))}
	if rapid.Bool().Draw(t, "receives") {
		e.remote = clocks.HybridTime(rapid.Uint64().Draw(t, "remote"))
	}
	return e
}), 1, 20)

var hybridEvents = rapid.OneOf(nearHybridEvents, wideHybridEvents)

// lc is a time as the paper writes it: l in ticks since 2026 and c. One that is far from there is written in full.
func lc(t clocks.HybridTime) string {
	if t == 0 {
		return "nothing"
	}
	l := int64(t/tick) - year2026.UnixNano()/tick
	if l < -1000 || l > 1000 {
		return t.String()
	}
	return fmt.Sprintf("(%d, %d)", l, t.Counter())
}

func wallTicks(wall time.Time) string {
	if ns := wall.Sub(year2026); ns >= 0 && ns <= 1000*tick {
		return inTicks(int64(ns))
	}
	return wall.UTC().Format(time.RFC3339Nano)
}

// inTicks is a number of nanoseconds, not negative, in ticks of 65.536 µs.
func inTicks(ns int64) string {
	ticks, rest, sign := ns/tick, ns%tick, "+"
	if rest > tick/2 {
		ticks, rest, sign = ticks+1, tick-rest, "-"
	}
	switch unit := map[bool]string{true: "tick", false: "ticks"}[ticks == 1]; {
	case rest == 0:
		return fmt.Sprintf("%d %s", ticks, unit)
	case ticks == 0:
		return fmt.Sprintf("%d ns", rest)
	default:
		return fmt.Sprintf("%d %s %s %d ns", ticks, unit, sign, rest)
	}
}

func outcome(t clocks.HybridTime, err error) string {
	if err == nil {
		return lc(t)
	}
	return "refused, " + kindOf(err)
}

// kindOf is which error it is of those that a caller may branch on.
func kindOf(err error) string {
	kinds := []error{nil, clocks.ErrAhead, clocks.ErrBehind, errDisk}
	names := []string{"no error", "too far ahead", "too far behind", "not stored"}
	i := slices.IndexFunc(kinds, func(kind error) bool { return errors.Is(err, kind) })
	if i < 0 {
		return err.Error()
	}
	return names[i]
}

var errDisk = errors.New("the disk is full")
