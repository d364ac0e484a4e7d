package estimatesim

import (
	"math"
	"math/rand/v2"
	"time"
)

// aging is a system as it fails and is repaired.
type aging struct {
	needed int
	up     int  // parts, by their own
	struck bool // by the common cause
	begun  int  // outages
	all    []alternating
}

// alternating is a part or the common cause.
type alternating struct {
	repaired Repaired
	random   *rand.Rand
	common   bool
	down     bool
	next     time.Duration // when it fails or is repaired, since the present window began
}

func (a *aging) add(r Repaired, random *rand.Rand, common bool) {
	a.all = append(a.all, alternating{repaired: r, random: random, common: common, next: r.Up.Draw(random)})
}

func (a *aging) isDown() bool { return a.struck || a.up < a.needed }

// age goes on for one window, and says for how long the system was down in it, and the common cause there. Time begins at zero in each window, so that
// all of them together may be longer than a duration can be.
func (a *aging) age(window time.Duration) (down, common time.Duration) {
	for now := time.Duration(0); ; {
		first := a.first()
		until := window
		if first != nil && first.next < window {
			until = first.next
		}
		if a.isDown() {
			down += until - now
		}
		if a.struck {
			common += until - now
		}
		if now = until; now == window {
			break
		}
		a.change(first)
	}
	for i := range a.all {
		a.all[i].next -= window
	}
	return down, common
}

// first is what changes first; nil if nothing ever does.
func (a *aging) first() *alternating {
	var first *alternating
	for i := range a.all {
		if first == nil || a.all[i].next < first.next {
			first = &a.all[i]
		}
	}
	return first
}

// change lets something fail or be repaired.
func (a *aging) change(it *alternating) {
	wasDown := a.isDown()
	it.down = !it.down
	lasts := it.repaired.Up
	if it.down {
		lasts = it.repaired.Down
	}
	// What lies beyond the longest duration is cut to it, as a drawn time is.
	it.next += min(lasts.Draw(it.random), math.MaxInt64-it.next)
	switch {
	case it.common:
		a.struck = it.down
	case it.down:
		a.up--
	default:
		a.up++
	}
	if !wasDown && a.isDown() {
		a.begun++
	}
}
