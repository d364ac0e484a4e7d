package clocks_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/clocks"
)

// reading is what a clock said of an instant, both in nanoseconds since 2026: no more than the uncertainty apart.
type reading struct {
	at, said, uncertainty int64
}

func readings(latest int64) *rapid.Generator[reading] {
	return rapid.Custom(func(t *rapid.T) reading {
		r := reading{at: rapid.Int64Range(0, latest).Draw(t, "at"), uncertainty: rapid.Int64Range(0, 10).Draw(t, "uncertainty")}
		r.said = r.at + rapid.Int64Range(-r.uncertainty, r.uncertainty).Draw(t, "off by")
		return r
	})
}

func (r reading) String() string {
	return fmt.Sprintf("at %d ns a clock says %d ± %d ns", r.at, r.said, r.uncertainty)
}

func nanosecond(n int64) time.Time { return year2026.Add(time.Duration(n)) }

func around(r reading) clocks.Interval {
	i, err := clocks.Around(nanosecond(r.said), time.Duration(r.uncertainty))
	if err != nil {
		panic(err)
	}
	return i
}

// What intervals say about the order of two events is so, whichever clocks they were read on; and one that is read the other way round
// says the opposite.
func TestLaw_IntervalsThatAreOrderedAreRight(t *testing.T) {
	rapid.Check(t, lawIntervalsAreRight(around, clocks.Interval.Compare))
}

func lawIntervalsAreRight(read func(reading) clocks.Interval, compare func(i, j clocks.Interval) clocks.Order) func(*rapid.T) {
	return func(t *rapid.T) {
		a, b := readings(30).Draw(t, "a"), readings(30).Draw(t, "b")
		got := compare(read(a), read(b))
		right := map[clocks.Order]bool{
			clocks.Before: a.at < b.at, clocks.After: a.at > b.at, clocks.Equal: a.at == b.at, clocks.Concurrent: true,
		}
		if !right[got] {
			t.Fatalf("%v\n%v\nbut the first is said to be %v", a, b, got)
		}
		opposite := map[clocks.Order]clocks.Order{clocks.Before: clocks.After, clocks.After: clocks.Before}
		want, ordered := opposite[got]
		if !ordered {
			want = got
		}
		if back := compare(read(b), read(a)); back != want {
			t.Fatalf("%v\n%v\nbut the first is said to be %v, and the second %v", a, b, got, back)
		}
	}
}

// Two events with one and the same interval need not be at the same instant, unless that is all there is in it.
func TestTheSameIntervalIsNotTheSameInstant(t *testing.T) {
	wide, instant := around(reading{said: 5, uncertainty: 1}), around(reading{said: 5})
	require.Equal(t, clocks.Concurrent, wide.Compare(wide))
	require.Equal(t, clocks.Concurrent, wide.Compare(instant))
	require.Equal(t, clocks.Equal, instant.Compare(instant))
}

// And what can be told is told: intervals are concurrent only if they have an instant in common, and not only that one.
func TestLaw_IntervalsThatDoNotOverlapAreOrdered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := readings(30).Draw(t, "a"), readings(30).Draw(t, "b")
		common := min(a.said+a.uncertainty, b.said+b.uncertainty) - max(a.said-a.uncertainty, b.said-b.uncertainty) + 1
		same := a.said == b.said && a.uncertainty == 0 && b.uncertainty == 0
		got := around(a).Compare(around(b))
		require.Equal(t, common > 0 && !same, got == clocks.Concurrent)
		require.Equal(t, same, got == clocks.Equal)
	})
}

// External consistency: a write that is stamped with the latest time of its interval and seen only after the commit wait has a smaller
// stamp than every write that begins when it is seen, on any clock.
func TestLaw_AfterTheCommitWaitAWriteIsPast(t *testing.T) {
	rapid.Check(t, lawCommitWait(clocks.Interval.CommitWait))
}

func lawCommitWait(commitWait func(i, now clocks.Interval) time.Duration) func(*rapid.T) {
	return func(t *rapid.T) {
		write := readings(0).Draw(t, "write")
		stamp := around(write).Latest
		story := fmt.Sprintf("write 1: %v", write)
		now := write
		for { // wait, and ask again, until there is nothing to wait for
			wait := commitWait(around(write), around(now))
			if wait < 0 {
				t.Fatalf("%s\nbut the wait is %v", story, wait)
			}
			if wait == 0 {
				break
			}
			now.at += int64(wait)
			now.uncertainty = rapid.Int64Range(0, 10).Draw(t, "uncertainty")
			now.said = now.at + rapid.Int64Range(-now.uncertainty, now.uncertainty).Draw(t, "off by")
			story += fmt.Sprintf("\nwaited %v: %v", wait, now)
		}
		next := readings(0).Draw(t, "next")
		next.at += now.at
		next.said += now.at
		story += fmt.Sprintf("\nwrite 2: %v", next)
		if later := around(next).Latest; !later.After(stamp) {
			t.Fatalf("%s\nbut the first has the stamp %d ns and the second %d ns", story, stamp.Sub(year2026), later.Sub(year2026))
		}
	}
}

// The wait is exact: a nanosecond less and the write may not be past.
func TestLaw_TheCommitWaitIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i, now := around(readings(30).Draw(t, "write")), readings(30).Draw(t, "now")
		wait := i.CommitWait(around(now))
		past := func(wait time.Duration) bool {
			later := now
			later.said += int64(wait)
			return i.Compare(around(later)) == clocks.Before
		}
		require.True(t, past(wait))
		require.Equal(t, wait == 0, past(0))
		if wait > 0 {
			require.False(t, past(wait-1))
		}
	})
}

// "The expected wait is at least 2 * epsilon": Spanner, section 4.2.1, of the wait that begins as the stamp is taken. With the nanosecond that
// makes it later, and not the same, it is that exactly if the clock is no less certain at the end.
func TestClaim_TheCommitWaitIsTwiceTheUncertainty(t *testing.T) {
	for _, uncertainty := range []time.Duration{0, 1, time.Millisecond, 7 * time.Millisecond} {
		i, err := clocks.Around(year2026, uncertainty)
		require.NoError(t, err)
		require.Equal(t, 2*uncertainty+1, i.CommitWait(i))
	}
}

// A reading of the clock of this process has more in it than the time of day, which is nothing to others.
func TestIntervalsAreOfTheTimeOfDay(t *testing.T) {
	wall := time.Now()
	require.Contains(t, wall.String(), "m=")
	i, err := clocks.Around(wall, time.Second)
	require.NoError(t, err)
	require.NotContains(t, i.Earliest.String()+i.Latest.String(), "m=")
	require.Equal(t, 2*time.Second, i.Latest.Sub(i.Earliest))
	moscow := clocks.Interval{Earliest: i.Earliest.In(time.FixedZone("UTC+3", 3*60*60)), Latest: i.Latest}
	require.Equal(t, i.String(), moscow.String())
	instant := clocks.Interval{Earliest: i.Earliest, Latest: i.Earliest}
	require.Equal(t, clocks.Equal, instant.Compare(clocks.Interval{Earliest: moscow.Earliest, Latest: moscow.Earliest}))
}
