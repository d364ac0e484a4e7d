package clocks_test

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/clocks"
	"github.com/sysdesign-lab/sysdesign/internal/race"
)

// Each time is later than all before it, and than what is witnessed, whatever the physical clock and the peers say.
func TestLaw_HybridTimeIncreases(t *testing.T) {
	rapid.Check(t, lawHybridIncreases(realHybrid, hybridEvents))
}

func lawHybridIncreases(of hybridMaker, events *rapid.Generator[[]hybridEvent]) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newHybridTrial(t, of)
		last := c.config.From
		for _, e := range events.Draw(t, "events") {
			got, err := c.do(e)
			if err != nil {
				continue
			}
			if got <= last {
				c.fail("that is not after %s", lc(last))
			}
			if got <= e.remote {
				c.fail("that is not after what was witnessed")
			}
			last = got
		}
	}
}

// A time is never before the physical clock.
func TestLaw_HybridTimeIsNotBehindThePhysicalClock(t *testing.T) {
	rapid.Check(t, lawHybridNotBehind(realHybrid, hybridEvents))
}

func lawHybridNotBehind(of hybridMaker, events *rapid.Generator[[]hybridEvent]) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newHybridTrial(t, of)
		for _, e := range events.Draw(t, "events") {
			if got, err := c.do(e); err == nil && got.Time().Before(e.wall) {
				c.fail("that is before the wall clock")
			}
		}
	}
}

// A time is never farther ahead of the physical clock than the bound, whatever peers say. Clocks that keep to the bound are not refused.
func TestLaw_HybridTimeKeepsToTheBound(t *testing.T) {
	rapid.Check(t, lawHybridBound(realHybrid, hybridEvents))
}

func lawHybridBound(of hybridMaker, events *rapid.Generator[[]hybridEvent]) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newHybridTrial(t, of)
		for _, e := range events.Draw(t, "events") {
			got, err := c.do(e)
			pt := e.wall.Truncate(tick)
			if pt.Before(e.wall) {
				pt = pt.Add(tick)
			}
			if ahead := got.Time().Sub(pt); err == nil && ahead > c.config.MaxDrift {
				c.fail("that is %s ahead of the physical clock", inTicks(int64(ahead)))
			}
			// One that is less than the bound ahead leaves room for a counter that carries.
			if errors.Is(err, clocks.ErrAhead) && e.remote.Time().Sub(pt) <= c.config.MaxDrift-tick {
				c.fail("the peer is within the bound")
			}
		}
	}
}

// What is refused changes nothing: the same calls without those that are refused have the same answers.
func TestLaw_ARefusalChangesNothing(t *testing.T) {
	rapid.Check(t, lawHybridRefusal(realHybrid, hybridEvents))
}

func lawHybridRefusal(of hybridMaker, events *rapid.Generator[[]hybridEvent]) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newHybridTrial(t, of)
		twin := of(c.config)
		for _, e := range events.Draw(t, "events") {
			got, err := c.do(e)
			if err != nil {
				continue
			}
			if want, err := e.on(twin); want != got || err != nil {
				c.fail("without what was refused it is %s", outcome(want, err))
			}
		}
	}
}

// The word is the paper's l and c, decision by decision, and it stores the same bounds.
func TestLaw_HybridTimeIsThePapers(t *testing.T) {
	rapid.Check(t, lawHybridAgrees(realHybrid))
}

func lawHybridAgrees(of hybridMaker) func(*rapid.T) {
	return func(t *rapid.T) {
		stores := [2]*store{{}, {}}
		c := newHybridTrial(t, of)
		configs := [2]clocks.HybridConfig{c.config, c.config}
		if rapid.Bool().Draw(t, "persists") {
			reserve := min(c.config.MaxDrift, rapid.SampledFrom([]time.Duration{1, tick, 2 * tick}).Draw(t, "reserve"))
			for i, s := range stores {
				configs[i].Persist, configs[i].Reserve = s.persist, reserve
			}
		}
		c.clock = of(configs[0])
		naive := naiveHybridOf(noHybridBug)(configs[1])
		for _, e := range nearHybridEvents.Draw(t, "events") {
			mode := rapid.SampledFrom([]storing{keeps, keeps, fails, failsAfter}).Draw(t, "storing")
			stores[0].mode, stores[1].mode = mode, mode
			got, err := c.do(e)
			want, naiveErr := e.on(naive)
			if got != want || kindOf(err) != kindOf(naiveErr) {
				c.fail("the paper's is %s", outcome(want, naiveErr))
			}
			if stores[0].kept != stores[1].kept {
				c.fail("%s is stored where it should be %s", lc(stores[0].kept), lc(stores[1].kept))
			}
		}
	}
}

// store is a disk. It may fail before or after it has stored.
type store struct {
	kept clocks.HybridTime
	mode storing
	tell func(format string, args ...any)
}

type storing int

const (
	keeps storing = iota
	fails
	failsAfter
)

func (s *store) persist(bound clocks.HybridTime) error {
	if s.mode != fails {
		s.kept = bound
	}
	if s.tell != nil {
		s.tell("  to store %s: %s", lc(bound), [...]string{"stored", "failed", "stored, but told that it failed"}[s.mode])
	}
	if s.mode != keeps {
		return errDisk
	}
	return nil
}

// Wherever a process stops, while it stores too, and wherever the wall clock steps, the times of all its runs increase.
func TestLaw_HybridTimeIncreasesAcrossRestarts(t *testing.T) {
	rapid.Check(t, lawHybridRestarts(realHybrid))
}

func lawHybridRestarts(of hybridMaker) func(*rapid.T) {
	return func(t *rapid.T) {
		c := &hybridTrial{T: t}
		disk := &store{tell: c.tell}
		c.config = clocks.HybridConfig{MaxDrift: 5 * tick, Persist: disk.persist,
			Reserve: rapid.SampledFrom([]time.Duration{1, tick, 3 * tick}).Draw(t, "reserve")}
		c.tell("drift bound %s, reserve %s", inTicks(int64(c.config.MaxDrift)), inTicks(int64(c.config.Reserve)))
		last := clocks.HybridTime(0)
		c.clock = of(c.config)
		for _, e := range nearHybridEvents.Draw(t, "events") {
			disk.mode = rapid.SampledFrom([]storing{keeps, keeps, keeps, fails, failsAfter}).Draw(t, "storing")
			got, err := c.do(e)
			if err == nil {
				if got <= last {
					c.fail("that is not after %s", lc(last))
				}
				last = got
			}
			if rapid.IntRange(0, 3).Draw(t, "crash") == 3 {
				c.config.From = disk.kept
				c.clock = of(c.config)
				c.tell("a crash, and a start from %s", lc(disk.kept))
			}
		}
	}
}

// Of processes that send each other messages, each with a clock of its own that steps as it likes, what can have caused an event has
// the earlier time: theorem 1 of the paper.
func TestLaw_HybridTimeRespectsHappenedBefore(t *testing.T) {
	rapid.Check(t, lawHybridCausal(realHybrid))
}

func lawHybridCausal(of hybridMaker) func(*rapid.T) {
	const processes = 3
	type sent struct {
		by   int
		time clocks.HybridTime
		past []int // events that happened before it, and itself
	}
	return func(t *rapid.T) {
		c := &hybridTrial{T: t}
		var group [processes]hybridClock
		var past [processes][]int
		for i := range group {
			group[i] = of(clocks.HybridConfig{MaxDrift: 5 * tick})
		}
		var messages []sent
		var times []clocks.HybridTime
		for range rapid.IntRange(1, 20).Draw(t, "events") {
			p := rapid.IntRange(0, processes-1).Draw(t, "process")
			e := hybridEvent{wall: year2026.Add(time.Duration(rapid.IntRange(0, 6).Draw(t, "ticks")) * tick)}
			before := past[p]
			if from := rapid.IntRange(-1, len(messages)-1).Draw(t, "message"); from >= 0 && messages[from].by != p {
				e.remote = messages[from].time
				before = slices.Concat(before, messages[from].past)
			}
			got, err := e.on(group[p])
			c.tell("process %d, %v: %s", p, e, outcome(got, err))
			if err != nil {
				continue // there is no event
			}
			for _, earlier := range before {
				if times[earlier] >= got {
					c.fail("%s happened before", lc(times[earlier]))
				}
			}
			past[p] = append(slices.Clone(before), len(times))
			times = append(times, got)
			messages = append(messages, sent{p, got, past[p]})
		}
	}
}

// Many goroutines get different times, each an increasing sequence; none is beyond what was stored, and no two store at once.
func TestLaw_HybridTimesOfManyGoroutinesDiffer(t *testing.T) {
	const goroutines = 4
	rounds := 20_000
	if race.Enabled {
		rounds = 1_000
	}
	var storing atomic.Bool
	var stored atomic.Uint64
	h, err := clocks.NewHybrid(clocks.HybridConfig{
		MaxDrift: time.Hour, Reserve: tick / 16,
		Persist: func(bound clocks.HybridTime) error {
			if !storing.CompareAndSwap(false, true) {
				t.Error("two bounds are stored at once")
			}
			defer storing.Store(false)
			runtime.Gosched() // so that others come to need a bound, too, as they do while a disk is written
			if uint64(bound) <= stored.Load() {
				t.Errorf("%v is stored after %v", bound, clocks.HybridTime(stored.Load()))
			}
			stored.Store(uint64(bound))
			return nil
		},
	})
	require.NoError(t, err)
	given := make([][]clocks.HybridTime, goroutines)
	var all sync.WaitGroup
	for g := range given {
		all.Go(func() {
			last := clocks.HybridTime(0)
			for i := range rounds {
				// The wall clock goes on by a tick in 100 events, and each goroutine's is somewhere else.
				e := hybridEvent{wall: year2026.Add(time.Duration(i/100*tick - g*tick))}
				if i%3 == g%3 {
					e.remote = last + clocks.HybridTime(i%7)
				}
				got, err := e.on(h)
				if err != nil || got <= last || got <= e.remote || uint64(got) > stored.Load() {
					t.Errorf("after %v, %v: %v, %v, and %v is stored", last, e, got, err, clocks.HybridTime(stored.Load()))
					return
				}
				last = got
				given[g] = append(given[g], got)
			}
		})
	}
	all.Wait()
	together := slices.Concat(given...)
	slices.Sort(together)
	require.Len(t, slices.Compact(together), goroutines*rounds, "no time is given twice")
	require.Greater(t, stored.Load(), uint64(0))
}

// A bound that could not be stored does not stop the clock for ever, nor does it lose a time.
func TestAFailedStoreIsTriedAgain(t *testing.T) {
	disk := &store{mode: fails}
	h := realHybrid(clocks.HybridConfig{MaxDrift: time.Second, Persist: disk.persist, Reserve: tick})
	_, err := h.Now(year2026)
	require.ErrorIs(t, err, errDisk)
	require.EqualError(t, err, "clocks: a bound must be stored before a time is given out: the disk is full")
	disk.mode = keeps
	got, err := h.Now(year2026)
	require.NoError(t, err)
	require.Equal(t, hybridAt(0, 0), got)
	require.Equal(t, hybridAt(1, 65535), disk.kept, "a reserve of one tick, and what is left of it")
	disk.mode = fails // and is not asked for what is within the reserve
	got, err = h.Now(year2026.Add(tick))
	require.NoError(t, err)
	require.Equal(t, hybridAt(1, 0), got)
	got, err = h.Witness(year2026, hybridAt(1, 65534))
	require.NoError(t, err)
	require.Equal(t, disk.kept, got, "the bound itself is given out")
	_, err = h.Now(year2026)
	require.ErrorIs(t, err, errDisk)
}

// The counter has 16 bits; a step of the physical part holds 65,536 events, and the next one is in the next step.
func TestAFullCounterCarriesIntoTime(t *testing.T) {
	h := realHybrid(clocks.HybridConfig{MaxDrift: tick})
	for i := range 1 << 17 {
		got, err := h.Now(year2026)
		if err != nil || got != hybridAt(0, 0)+clocks.HybridTime(i) {
			t.Fatalf("event %d: %v, %v", i, got, err)
		}
	}
	_, err := h.Now(year2026)
	require.ErrorIs(t, err, clocks.ErrBehind, "131,072 events in no time at all are one step ahead, which is the bound")
	got, err := h.Now(year2026.Add(1))
	require.NoError(t, err)
	require.Equal(t, hybridAt(2, 0), got)
}

// After a restart of a process with a good clock, times go on at once: they begin a reserve ahead, which is within the bound.
func TestARestartNeedsNoWait(t *testing.T) {
	for _, reserve := range []time.Duration{1, tick, time.Millisecond, time.Second} {
		t.Run(fmt.Sprint(reserve), func(t *testing.T) {
			disk := &store{}
			config := clocks.HybridConfig{MaxDrift: time.Second, Persist: disk.persist, Reserve: reserve}
			before, err := realHybrid(config).Now(year2026)
			require.NoError(t, err)
			config.From = disk.kept
			after, err := realHybrid(config).Now(year2026.Add(1))
			require.NoError(t, err)
			require.Greater(t, after, before)
			require.LessOrEqual(t, after.Time().Sub(year2026), reserve+tick)
		})
	}
}
