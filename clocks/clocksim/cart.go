package clocksim

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/sysdesign-lab/sysdesign/clocks"
)

// CartTrace is what customers did to one shopping cart that has replicas. Its processes are the replicas; an event is a change by a customer
// who looks at that replica, or the arrival of what another replica held after an event.
type CartTrace struct {
	Execution
	Changes []CartChange // by event; the zero value at an arrival
}

// CartChange adds an item, or removes it.
type CartChange struct {
	Item    string
	Removed bool
}

// Check says what is wrong with a trace that cannot have happened.
func (t CartTrace) Check() error {
	if err := t.Execution.Check(); err != nil {
		return err
	}
	if len(t.Changes) != len(t.Events) {
		return fmt.Errorf("clocksim: a trace must have a change for each event: %d for %d", len(t.Changes), len(t.Events))
	}
	for i, c := range t.Changes {
		if (c.Item != "") == (t.Events[i].From >= 0) {
			return fmt.Errorf("clocksim: event %d must be either a change of an item or an arrival: %q, from %d", i, c.Item, t.Events[i].From)
		}
	}
	return nil
}

// CartShoppers are the customers of a [DrawCartTrace].
type CartShoppers struct {
	Replicas int
	Changes  int     // all together
	Apart    int     // changes between two syncs of all replicas, in which they see nothing of each other: a partition
	Items    int     // that there are to be bought
	Removals float64 // the chance that a change removes an item, if the customer sees one; in [0, 1]
}

// These bound a trace: each sync tells every replica of every other.
const (
	mostReplicas = 64
	mostChanges  = 1 << 12 // each reads a cart that remembers all additions
)

func (s CartShoppers) check() error {
	switch {
	case s.Replicas < 1 || s.Replicas > mostReplicas:
		return fmt.Errorf("clocksim: the number of replicas must lie in [1, %d]: %d", mostReplicas, s.Replicas)
	case s.Apart < 1:
		return fmt.Errorf("clocksim: the number of changes between two syncs must be positive: %d", s.Apart)
	case s.Changes < 0 || s.Changes > mostChanges:
		return fmt.Errorf("clocksim: the number of changes must lie in [0, %d]: %d", mostChanges, s.Changes)
	case s.Items < 1 || s.Items > mostChanges:
		return fmt.Errorf("clocksim: the number of items must lie in [1, %d]: %d", mostChanges, s.Items)
	case !(s.Removals >= 0 && s.Removals <= 1):
		return fmt.Errorf("clocksim: the chance of a removal must lie in [0, 1]: %v", s.Removals)
	}
	if events := s.Changes + s.Changes/s.Apart*2*(s.Replicas-1); events > mostEvents {
		return fmt.Errorf("clocksim: the number of events must lie in [0, %d]: %d", mostEvents, events)
	}
	return nil
}

// DrawCartTrace draws a trace. Each change is at any replica, all alike. It removes one of the items that are there, by what customers did and
// whoever has told the replica, or adds one that is not; an item that was removed may be added again. If all are there it removes one.
func DrawCartTrace(s CartShoppers, source rand.Source) (CartTrace, error) {
	if err := s.check(); err != nil {
		return CartTrace{}, err
	}
	if source == nil {
		return CartTrace{}, errors.New("clocksim: a trace needs a source of randomness: nil")
	}
	random := rand.New(source)
	t := CartTrace{Execution: Execution{Processes: s.Replicas}}
	// What is there is what application merge makes of it, which is what was meant.
	view, err := NewMergedCart(s.Replicas)
	if err != nil {
		return CartTrace{}, err
	}
	do := func(e Event, c CartChange) error {
		t.Events, t.Changes = append(t.Events, e), append(t.Changes, c)
		if c.Item == "" {
			return view.Sync(e.Process, t.Events[e.From].Process)
		}
		return view.Change(e.Process, c)
	}
	for i := range s.Changes {
		at := random.IntN(s.Replicas)
		there, err := view.Items(at)
		if err != nil {
			return CartTrace{}, err
		}
		c := CartChange{Removed: len(there) == s.Items || len(there) > 0 && random.Float64() < s.Removals}
		if c.Removed {
			c.Item = there[random.IntN(len(there))]
		} else {
			for c.Item == "" || slices.Contains(there, c.Item) {
				c.Item = "item-" + strconv.Itoa(1+random.IntN(s.Items))
			}
		}
		if err := do(Event{at, NoMessage}, c); err != nil {
			return CartTrace{}, err
		}
		if (i+1)%s.Apart == 0 {
			if err := t.syncAll(do); err != nil {
				return CartTrace{}, err
			}
		}
	}
	return t, nil
}

// syncAll tells replica 0 of all others, and then all others of it. One that has done nothing has nothing to tell.
func (t *CartTrace) syncAll(do func(Event, CartChange) error) error {
	arrive := func(at, from int) error {
		for i := len(t.Events) - 1; i >= 0; i-- {
			if t.Events[i].Process == from {
				return do(Event{at, i}, CartChange{})
			}
		}
		return nil
	}
	for other := 1; other < t.Processes; other++ {
		if err := arrive(0, other); err != nil {
			return err
		}
	}
	for other := 1; other < t.Processes; other++ {
		if err := arrive(other, 0); err != nil {
			return err
		}
	}
	return nil
}

// Wanted says what must be in the cart once all replicas have told each other, and what must not, whatever one thinks about changes that
// had not seen each other. An item must be in if it was added, and whoever removed it did so before that. It must not be in if everybody who added it
// was seen by somebody who removed it. Of an item that is in neither, some removal and some addition had not seen each other.
func (t CartTrace) Wanted() (in, out []string, err error) {
	if err := t.Check(); err != nil {
		return nil, nil, err
	}
	history := t.History()
	stays, open := map[string]bool{}, map[string]bool{} // some addition that no removal is after or beside; that no removal is after
	var items []string
	for i, c := range t.Changes {
		if c.Item == "" || c.Removed {
			continue
		}
		items = append(items, c.Item)
		after, beside := false, false
		for j, r := range t.Changes {
			if r.Removed && r.Item == c.Item {
				order := history.Order(i, j)
				after, beside = after || order == clocks.Before, beside || order == clocks.Concurrent
			}
		}
		stays[c.Item] = stays[c.Item] || !after && !beside
		open[c.Item] = open[c.Item] || !after
	}
	slices.Sort(items)
	for _, item := range slices.Compact(items) {
		if stays[item] {
			in = append(in, item)
		} else if !open[item] {
			out = append(out, item)
		}
	}
	return in, out, nil
}

// CartOutcome is what became of a cart.
type CartOutcome struct {
	Items       []string // in it at last, once all replicas have told each other
	Lost        []string // not in it, and must be
	Resurrected []string // in it, and must not be
}

// RunCart replays a trace on a cart and compares it with what was wanted: see [CartTrace.Wanted]. The cart must be new, with as many replicas as the
// trace. An arrival must be of the latest event before it of its replica, as those of a [DrawCartTrace] are.
func RunCart(t CartTrace, cart Cart) (o CartOutcome, err error) {
	in, out, err := t.Wanted()
	if err != nil {
		return o, err
	}
	if cart == nil {
		return o, errors.New("clocksim: a trace needs a cart: nil")
	}
	latest := slices.Repeat([]int{NoMessage}, t.Processes)
	for i, e := range t.Events {
		if e.From >= 0 {
			from := t.Events[e.From].Process
			if latest[from] != e.From {
				return o, fmt.Errorf("clocksim: the arrival at event %d must be of the latest event of %s, %d: %d", i, ProcessName(from), latest[from], e.From)
			}
			err = cart.Sync(e.Process, from)
		} else {
			err = cart.Change(e.Process, t.Changes[i])
		}
		if err != nil {
			return o, fmt.Errorf("clocksim: event %d: %w", i, err)
		}
		latest[e.Process] = i
	}
	for other := 1; other < t.Processes; other++ {
		if err := cart.Sync(0, other); err != nil {
			return o, err
		}
	}
	if o.Items, err = cart.Items(0); err != nil {
		return o, err
	}
	for _, item := range in {
		if !slices.Contains(o.Items, item) {
			o.Lost = append(o.Lost, item)
		}
	}
	for _, item := range out {
		if slices.Contains(o.Items, item) {
			o.Resurrected = append(o.Resurrected, item)
		}
	}
	return o, nil
}
