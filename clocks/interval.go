package clocks

import (
	"fmt"
	"math"
	"time"
)

// Interval is a time that is known only within bounds: it lies in [Earliest, Latest], both included. Of two events with intervals that do
// not overlap it is certain which was first, whatever clocks they were read on; where they overlap it cannot be told.
//
// That is as good as the uncertainty that it is made with: a bound on how far the clock may be off, which the clock's synchronisation
// must give. An Interval is a value. One whose Latest is before its Earliest says nothing: it compares as Concurrent with everything.
//
// Source: J. C. Corbett et al., "Spanner: Google's Globally-Distributed Database", OSDI 2012, section 3 (TrueTime), and section
// 4.1.2 for the commit wait.
type Interval struct{ Earliest, Latest time.Time }

// Around is the interval of a clock that reads wall and is off by at most the uncertainty, ahead or behind.
func Around(wall time.Time, uncertainty time.Duration) (Interval, error) {
	if uncertainty < 0 {
		return Interval{}, fmt.Errorf("clocks: an uncertainty must not be negative: %v", uncertainty)
	}
	wall = wall.Round(0) // without the monotonic reading, which means nothing to others
	i := Interval{wall.Add(-uncertainty), wall.Add(uncertainty)}
	if wall.Sub(i.Earliest) != uncertainty || i.Latest.Sub(wall) != uncertainty {
		return Interval{}, fmt.Errorf("clocks: an interval must not pass the first or last time that there is: %v around %d s after 1970", uncertainty, wall.Unix())
	}
	return i, nil
}

// Compare is Before if i is surely before other, so if i.Latest is before other.Earliest; After if other is surely before i; Equal if both
// are one and the same instant; and else Concurrent.
func (i Interval) Compare(other Interval) Order {
	switch {
	case i.Latest.Before(i.Earliest) || other.Latest.Before(other.Earliest):
		return Concurrent
	case i.Latest.Before(other.Earliest):
		return Before
	case other.Latest.Before(i.Earliest):
		return After
	case i.Earliest.Equal(other.Latest) && i.Latest.Equal(other.Earliest):
		return Equal
	}
	return Concurrent
}

// CommitWait is how long to wait from now until i is surely past: until now.Earliest is after i.Latest. It is 0 if that is so already. A write that
// is given i.Latest as its time, and made visible only after this wait, is before every write that begins once it is visible: nobody need ask
// anybody. Right after i was read it is twice the uncertainty, and a nanosecond.
//
// The clock may have become less certain meanwhile: after the wait read it again and ask again, until the answer is 0.
func (i Interval) CommitWait(now Interval) time.Duration {
	if now.Earliest.After(i.Latest) {
		return 0
	}
	wait := i.Latest.Sub(now.Earliest)
	if wait < math.MaxInt64 {
		wait++
	}
	return wait
}

// String is the interval in UTC: "[2026-01-01T00:00:00Z, 2026-01-01T00:00:00.007Z]".
func (i Interval) String() string { return "[" + utc(i.Earliest) + ", " + utc(i.Latest) + "]" }
