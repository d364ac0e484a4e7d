package clocks_test

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/sysdesign-lab/sysdesign/clocks"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

// The naive models obey the laws: what fails below is the bug, not the model.
func TestBroken_NoTimeWithoutABug(t *testing.T) {
	naive := naiveHybridOf(noHybridBug)
	lawtest.Holds(t, lawHybridIncreases(naive, nearHybridEvents))
	lawtest.Holds(t, lawHybridNotBehind(naive, nearHybridEvents))
	lawtest.Holds(t, lawHybridBound(naive, nearHybridEvents))
	lawtest.Holds(t, lawHybridRefusal(naive, nearHybridEvents))
	lawtest.Holds(t, lawHybridAgrees(naive))
	lawtest.Holds(t, lawHybridRestarts(naive))
	lawtest.Holds(t, lawHybridCausal(naive))
	lawtest.Holds(t, lawLastWrite(naiveRegisters(byStamp)))
	lawtest.Holds(t, lawRegisterJoin(naiveRegisters(byStamp)))
}

func TestBroken_AHybridClockThatBelievesItsPeers(t *testing.T) {
	lawtest.Breaks(t, "A hybrid clock without a bound goes wherever a peer with a bad clock, or a bad mind, takes it, and takes all others along",
		lawHybridBound(naiveHybridOf(believesPeers), nearHybridEvents))
}

func TestBroken_AHybridClockThatBelievesItself(t *testing.T) {
	lawtest.Breaks(t, "A hybrid clock that checks its peers alone is ahead for as long as its own wall clock went back",
		lawHybridBound(naiveHybridOf(believesItself), nearHybridEvents))
}

func TestBroken_AHybridClockThatFollowsBack(t *testing.T) {
	lawtest.Breaks(t, "A hybrid clock that goes back with the wall clock gives times that were there before",
		lawHybridIncreases(naiveHybridOf(followsBack), nearHybridEvents))
}

func TestBroken_AHybridClockWithoutACarry(t *testing.T) {
	lawtest.Breaks(t, "A counter in a fixed field that begins again at zero takes time back",
		lawHybridIncreases(naiveHybridOf(counterWraps), nearHybridEvents))
}

func TestBroken_AHybridClockThatRoundsDown(t *testing.T) {
	lawtest.Breaks(t, "A physical part that loses its low bits is behind the physical clock",
		lawHybridNotBehind(naiveHybridOf(roundsPhysDown), nearHybridEvents))
}

func TestBroken_AHybridClockIsNotThePapers(t *testing.T) {
	lawtest.Breaks(t, "A physical part that loses its low bits is not the paper's",
		lawHybridAgrees(naiveHybridOf(roundsPhysDown)))
}

func TestBroken_AHybridClockWithACounterOfItsOwn(t *testing.T) {
	lawtest.Breaks(t, "A hybrid clock that takes a peer's time and not its counter gives the receipt of a message an earlier time than its sending",
		lawHybridIncreases(naiveHybridOf(countsItsOwn), nearHybridEvents))
}

func TestBroken_AHybridClockThatPutsEffectsFirst(t *testing.T) {
	lawtest.Breaks(t, "A hybrid clock that takes a peer's time and not its counter puts an effect before its cause",
		lawHybridCausal(naiveHybridOf(countsItsOwn)))
}

func TestBroken_AHybridClockThatMovesAndRefuses(t *testing.T) {
	lawtest.Breaks(t, "A hybrid clock that is moved by what it refuses is moved all the same",
		lawHybridRefusal(naiveHybridOf(movesOnRefusal), nearHybridEvents))
}

func TestBroken_ABoundStoredTooLate(t *testing.T) {
	lawtest.Breaks(t, "A bound that is stored after a time beyond the last one was given out is missing after a crash",
		lawHybridRestarts(naiveHybridOf(storesTooLate)))
}

func TestBroken_ABoundWithoutItsReserve(t *testing.T) {
	lawtest.Breaks(t, "A clock that stores the time at hand, and then asks no more for a while, gives those times again after a crash",
		lawHybridRestarts(naiveHybridOf(storesNoReserve)))
}

func TestBroken_ABoundThatIsGivenOutTwice(t *testing.T) {
	lawtest.Breaks(t, "A clock that takes the stored bound for a time which was not given out gives it twice",
		lawHybridRestarts(naiveHybridOf(forgetsTheBound)))
}

func TestBroken_ABoundThatWasNotStored(t *testing.T) {
	lawtest.Breaks(t, "A clock that goes on when its bound could not be stored repeats itself after a crash",
		lawHybridRestarts(naiveHybridOf(ignoresFailure)))
}

func TestBroken_TimesLeastSignificantFirst(t *testing.T) {
	lawtest.Breaks(t, "Times whose least significant byte comes first do not sort",
		lawHybridSorts(func(at clocks.HybridTime) string {
			return string(binary.LittleEndian.AppendUint64(nil, uint64(at)))
		}))
}

func TestBroken_CountersWithoutZeros(t *testing.T) {
	lawtest.Breaks(t, "Times whose counter has no leading zeros do not sort",
		lawHybridSorts(func(at clocks.HybridTime) string {
			physical, counter, _ := strings.Cut(at.String(), "+")
			return physical + "+" + strings.TrimLeft(counter, "0")
		}))
}

func TestBroken_AClockThatIsSure(t *testing.T) {
	lawtest.Breaks(t, "A clock that takes its reading for the time orders events the wrong way round",
		lawIntervalsAreRight(func(r reading) clocks.Interval {
			return clocks.Interval{Earliest: nanosecond(r.said), Latest: nanosecond(r.said)}
		}, clocks.Interval.Compare))
}

func TestBroken_IntervalsByTheirBeginnings(t *testing.T) {
	lawtest.Breaks(t, "Intervals in the order of their beginnings are in no order of events",
		lawIntervalsAreRight(around, func(i, j clocks.Interval) clocks.Order { return clocks.Order(i.Earliest.Compare(j.Earliest)) }))
}

func TestBroken_NoCommitWait(t *testing.T) {
	lawtest.Breaks(t, "A write that is seen at once can have as large a stamp as the next, or a larger one",
		lawCommitWait(func(clocks.Interval, clocks.Interval) time.Duration { return 0 }))
}

func TestBroken_HalfACommitWait(t *testing.T) {
	lawtest.Breaks(t, "A commit wait until the clock reads more than the stamp is over while slower clocks have not come so far",
		lawCommitWait(func(i, now clocks.Interval) time.Duration {
			reads := now.Earliest.Add(now.Latest.Sub(now.Earliest) / 2)
			return max(0, i.Latest.Sub(reads)+1)
		}))
}

func TestBroken_ACommitWaitThatIsANanosecondShort(t *testing.T) {
	lawtest.Breaks(t, "A commit wait that ends when the stamp may still be now allows the same stamp again",
		lawCommitWait(func(i, now clocks.Interval) time.Duration { return max(0, i.Latest.Sub(now.Earliest)) }))
}

// naiveRegister holds a write and replaces it when told that the other one wins.
type naiveRegister struct {
	wins  func(new, old clocks.HybridStamp) bool
	value string
	stamp clocks.HybridStamp
	held  bool
}

func (r *naiveRegister) Set(value string, stamp clocks.HybridStamp) bool {
	if r.held && !r.wins(stamp, r.stamp) {
		return false
	}
	r.value, r.stamp, r.held = value, stamp, true
	return true
}

func (r *naiveRegister) Merge(other register[clocks.HybridStamp]) bool {
	o := other.(*naiveRegister)
	return o.held && r.Set(o.value, o.stamp)
}

func (r *naiveRegister) Get() (string, clocks.HybridStamp, bool) { return r.value, r.stamp, r.held }

func naiveRegisters(wins func(new, old clocks.HybridStamp) bool) registers[clocks.HybridStamp] {
	return registers[clocks.HybridStamp]{func() register[clocks.HybridStamp] { return &naiveRegister{wins: wins} }, hybridStamp}
}

func byStamp(new, old clocks.HybridStamp) bool {
	return new.Time > old.Time || new.Time == old.Time && new.Node > old.Node
}

func TestBroken_TiedWritesStayAsTheyCame(t *testing.T) {
	lawtest.Breaks(t, "Of two writes at the same time each replica keeps the one that it saw first, and they never agree",
		lawRegisterJoin(naiveRegisters(func(new, old clocks.HybridStamp) bool { return new.Time > old.Time })))
}

func TestBroken_TiesGoToWhoComesLast(t *testing.T) {
	lawtest.Breaks(t, "Of two writes at the same time each replica keeps the one that it saw last, and they never agree",
		lawLastWrite(naiveRegisters(func(new, old clocks.HybridStamp) bool { return new.Time >= old.Time && new != old })))
}

func TestBroken_TheLastToArriveWins(t *testing.T) {
	lawtest.Breaks(t, "A register that takes whatever arrives loses a later write to an earlier one that was slow on its way",
		lawLastWrite(naiveRegisters(func(new, old clocks.HybridStamp) bool { return new != old })))
}
