package clocksim

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/sysdesign-lab/sysdesign/clocks"
)

// Cart is a shopping cart with replicas, by some way to deal with changes that have not seen each other. A customer reads a whole cart from a replica,
// changes it, and writes it back there.
type Cart interface {
	// Change adds an item at a replica, or removes it, if it is there; the cart is written in any case.
	Change(replica int, c CartChange) error
	// Sync lets a replica take in what another one holds.
	Sync(replica, from int) error
	// Items are those that a customer sees at a replica, sorted.
	Items(replica int) ([]string, error)
}

func checkReplicas(replicas int) error {
	if replicas < 1 || replicas > mostReplicas {
		return fmt.Errorf("clocksim: the number of replicas must lie in [1, %d]: %d", mostReplicas, replicas)
	}
	return nil
}

func checkReplica(i, replicas int) error {
	if i < 0 || i >= replicas {
		return fmt.Errorf("clocksim: a replica must lie in [0, %d): %d", replicas, i)
	}
	return nil
}

// items is what a cart holds, by name. It is never changed in place: registers share it.
type items map[string]bool

func (s items) with(c CartChange) items {
	changed := items{}
	maps.Copy(changed, s)
	if c.Removed {
		delete(changed, c.Item)
	} else {
		changed[c.Item] = true
	}
	return changed
}

type lastWriteCart struct {
	replicas []clocks.LastWrite[items, clocks.WallStamp]
	now      time.Duration
}

// NewLastWriteCart is a cart of which the last write wins, by wall time. It is as good as that can be: clocks are exact, and no two changes
// are at the same time.
func NewLastWriteCart(replicas int) (Cart, error) {
	if err := checkReplicas(replicas); err != nil {
		return nil, err
	}
	return &lastWriteCart{replicas: make([]clocks.LastWrite[items, clocks.WallStamp], replicas)}, nil
}

func (c *lastWriteCart) Change(replica int, change CartChange) error {
	if err := checkReplica(replica, len(c.replicas)); err != nil {
		return err
	}
	c.now += time.Second
	held, _, _ := c.replicas[replica].Get()
	c.replicas[replica].Set(held.with(change), clocks.WallStamp{Time: time.Unix(0, 0).Add(c.now), Node: ProcessName(replica)})
	return nil
}

func (c *lastWriteCart) Sync(replica, from int) error {
	if err := checkPair(replica, from, len(c.replicas)); err != nil {
		return err
	}
	c.replicas[replica].Merge(c.replicas[from])
	return nil
}

func (c *lastWriteCart) Items(replica int) ([]string, error) {
	if err := checkReplica(replica, len(c.replicas)); err != nil {
		return nil, err
	}
	held, _, _ := c.replicas[replica].Get()
	return slices.Sorted(maps.Keys(held)), nil
}

func checkPair(replica, from, replicas int) error {
	if err := checkReplica(replica, replicas); err != nil {
		return err
	}
	return checkReplica(from, replicas)
}

// siblingCart keeps siblings. Customers see what merge makes of them, and write that back, changed, with the context that they have read.
type siblingCart[T any] struct {
	replicas []clocks.MultiValue[T]
	merge    func(siblings []T) T
	change   func(cart T, c CartChange, dot clocks.Dot) T
	items    func(cart T) []string
}

// NewUnionCart is a cart that keeps siblings and merges them by the union of their items, as Amazon's did: nothing that was added is lost, and what
// was removed comes back if a cart that has not seen the removal still holds it.
//
// Source: G. DeCandia et al., "Dynamo: Amazon's Highly Available Key-value Store", SOSP 2007, section 4.4.
func NewUnionCart(replicas int) (Cart, error) {
	if err := checkReplicas(replicas); err != nil {
		return nil, err
	}
	return &siblingCart[items]{
		replicas: make([]clocks.MultiValue[items], replicas),
		merge: func(siblings []items) items {
			all := items{}
			for _, s := range siblings {
				maps.Copy(all, s)
			}
			return all
		},
		change: func(cart items, c CartChange, _ clocks.Dot) items { return cart.with(c) },
		items:  func(cart items) []string { return slices.Sorted(maps.Keys(cart)) },
	}, nil
}

// additions are the items of a cart by the write that added each, true, or false once it is removed. What is removed stays, as a
// tombstone, so the cart only grows: to forget them takes a context for each item.
type additions map[addition]bool

type addition struct {
	item string
	dot  clocks.Dot
}

// NewMergedCart is a cart that keeps siblings and merges them by what happened to each item: every addition has a name, and a removal is of
// the additions that the customer saw. An addition is in the merged cart unless some sibling knows that it was removed.
//
// Source: M. Shapiro, N. Preguiça, C. Baquero, M. Zawirski, "Conflict-free Replicated Data Types", SSS 2011: the observed-remove set, as a merge
// of values.
func NewMergedCart(replicas int) (Cart, error) {
	if err := checkReplicas(replicas); err != nil {
		return nil, err
	}
	return &siblingCart[additions]{
		replicas: make([]clocks.MultiValue[additions], replicas),
		merge: func(siblings []additions) additions {
			all := additions{}
			for _, s := range siblings {
				for a, there := range s {
					before, known := all[a]
					all[a] = there && (before || !known)
				}
			}
			return all
		},
		change: func(cart additions, c CartChange, dot clocks.Dot) additions {
			changed := maps.Clone(cart)
			if !c.Removed {
				changed[addition{c.Item, dot}] = true
			}
			for a := range cart {
				if c.Removed && a.item == c.Item {
					changed[a] = false
				}
			}
			return changed
		},
		items: func(cart additions) []string {
			there := items{}
			for a, is := range cart {
				if is {
					there[a.item] = true
				}
			}
			return slices.Sorted(maps.Keys(there))
		},
	}, nil
}

func (c *siblingCart[T]) Change(replica int, change CartChange) error {
	if err := checkReplica(replica, len(c.replicas)); err != nil {
		return err
	}
	server := ProcessName(replica)
	siblings, context := c.replicas[replica].Get()
	dot := clocks.Dot{Actor: server, Counter: context.Counter(server) + 1} // of the write that follows
	return c.replicas[replica].Set(context, c.change(c.merge(siblings), change, dot), server)
}

func (c *siblingCart[T]) Sync(replica, from int) error {
	if err := checkPair(replica, from, len(c.replicas)); err != nil {
		return err
	}
	c.replicas[replica].Merge(c.replicas[from])
	return nil
}

func (c *siblingCart[T]) Items(replica int) ([]string, error) {
	if err := checkReplica(replica, len(c.replicas)); err != nil {
		return nil, err
	}
	siblings, _ := c.replicas[replica].Get()
	return c.items(c.merge(siblings)), nil
}
