// Availability of what fails and is repaired: R. E. Barlow and F. Proschan, Mathematical Theory of Reliability, 1965, chapter 3.

package estimatesim

import (
	"errors"
	"fmt"
	"time"

	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

const (
	mostParts   = 10_000
	mostWindows = 10_000_000
)

// Repaired is how something fails and is repaired, in turn for ever: each time up and each time down is drawn anew. The zero value never fails.
type Repaired struct {
	Up   workload.ServiceTime // from a repair to the next failure
	Down workload.ServiceTime // from a failure to its repair
}

// Redundant is a system that is up while enough of its like parts are. Each part fails and is repaired on its own; a common cause, such as a deploy or a
// power feed, takes all of them down for as long as it lasts, while their own failures and repairs go on.
type Redundant struct {
	Parts  int // in [1, 10,000]
	Needed int // how many must be up, in [1, Parts]: 1 is parallel, Parts is series
	Each   Repaired
	Common Repaired // zero: there is none
}

// Outages is what one run of a system came to.
type Outages struct {
	Down    float64         // the share of the time for which the system was down
	Common  float64         // and the common cause was there
	Count   int             // of outages that began
	Windows []time.Duration // how long the system was down in each window
}

// Run starts with all parts new and no common cause, lets them age for as long as warmUp, and measures so many windows, each half-open, that follow one
// another. How a part and the common cause fare depends on the engine's seed and not on how many parts there are or are needed. It costs
// O(Parts) a failure or repair.
func (s Redundant) Run(e *sim.Engine, warmUp, window time.Duration, windows int) (*Outages, error) {
	if err := s.unfit(); err != nil {
		return nil, err
	}
	switch {
	case e == nil:
		return nil, errors.New("estimatesim: an engine is needed")
	case warmUp < 0:
		return nil, fmt.Errorf("estimatesim: a warm-up must not be negative: %v", warmUp)
	case window <= 0:
		return nil, fmt.Errorf("estimatesim: a window must be positive: %v", window)
	case windows < 1 || windows > mostWindows:
		return nil, fmt.Errorf("estimatesim: windows must lie in [1, %d]: %d", mostWindows, windows)
	}
	system := &aging{needed: s.Needed, up: s.Parts}
	if s.Each.Up != nil {
		for i := range s.Parts {
			system.add(s.Each, e.Stream(fmt.Sprint("part ", i)), false)
		}
	}
	if s.Common.Up != nil {
		system.add(s.Common, e.Stream("common cause"), true)
	}
	system.age(warmUp)
	system.begun = 0
	o := &Outages{Windows: make([]time.Duration, windows)}
	var down, common float64
	for i := range o.Windows {
		var together time.Duration
		o.Windows[i], together = system.age(window)
		down, common = down+float64(o.Windows[i]), common+float64(together)
	}
	all := float64(windows) * float64(window)
	o.Down, o.Common, o.Count = down/all, common/all, system.begun
	return o, nil
}

func (s Redundant) unfit() error {
	switch {
	case s.Parts < 1 || s.Parts > mostParts:
		return fmt.Errorf("estimatesim: parts must lie in [1, %d]: %d", mostParts, s.Parts)
	case s.Needed < 1 || s.Needed > s.Parts:
		return fmt.Errorf("estimatesim: needed parts must lie in [1, %d], all of them: %d", s.Parts, s.Needed)
	}
	for _, r := range []Repaired{s.Each, s.Common} {
		if r == (Repaired{}) {
			continue
		}
		if r.Up == nil || r.Down == nil || r.Up.Mean() < time.Nanosecond || r.Down.Mean() < time.Nanosecond {
			return errors.New("estimatesim: what fails and is repaired needs times up and times down, each of a positive mean")
		}
	}
	return nil
}
