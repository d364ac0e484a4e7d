package hashring

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
)

// Bounded is consistent hashing with bounded loads, on any placement: a request goes to the first node in its key's order of preference
// that has room.
//
// With m requests in flight, the next one goes to no node that has ceil((1+epsilon)*(m+1)*w/W) of them already, w being the
// node's weight and W all nodes'. These capacities add up to more than m, so there always is such a node and a pick cannot fail. Keys whose
// owner has room are at their owner. A small epsilon is an even load and many keys elsewhere, a large one the opposite; 0.25 is usual.
// What is bounded is requests in flight, so that a hot key spreads over as many nodes as it takes. Nodes may be above their
// capacity where no pick put them: after others' requests have ended, or after [Bounded.With].
//
// A pick costs a lookup, outside of the lock, and a mutex; where the owner is full, a step for each entry of the table that is passed
// over with [Ring], [Maglev], [Slots] and [Ranges], and with others what it takes to find four, sixteen and so on owners, under the mutex. A
// Done costs the mutex. Neither allocates. All methods are safe for concurrent use.
//
// Source: V. Mirrokni, M. Thorup, M. Zadimoghaddam, "Consistent Hashing with Bounded Loads", SODA 2018.
type Bounded struct {
	epsilon float64
	current atomic.Pointer[boundedSet] // changes under mu

	mu       sync.Mutex
	inFlight int   // to the present nodes
	order    []int // room for all of a key's preferences: an argument of a method that is called by interface is never on the stack
}

// boundedSet is one placement with what is known of its nodes, by their index.
type boundedSet struct {
	placement Placement
	around    []int32 // the table that is the order of preference, from a key's entry on, if there is one
	weights   []float64
	weight    float64 // of all
	loads     []*boundedLoad
}

// boundedLoad outlives a change of the placement, for the sake of the tokens that know it.
type boundedLoad struct {
	bounded  *Bounded
	name     string
	inFlight int
	gone     bool // no longer one of the nodes
}

// NewBounded returns bounded loads on a placement.
func NewBounded(p Placement, epsilon float64) (*Bounded, error) {
	if !(epsilon > 0) || math.IsInf(epsilon, 0) {
		return nil, fmt.Errorf("hashring: the epsilon of bounded loads must be positive and finite: %v", epsilon)
	}
	b := &Bounded{epsilon: epsilon}
	if err := b.With(p); err != nil {
		return nil, err
	}
	return b, nil
}

// With goes on with another placement. A node that stays, by name, keeps its count; one that leaves takes it along, and
// begins anew if it returns.
func (b *Bounded) With(p Placement) error {
	if missing(p) || len(p.Members()) == 0 {
		return errors.New("hashring: bounded loads must have a placement: nil")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	known := make(map[string]*boundedLoad)
	if old := b.current.Load(); old != nil {
		for _, l := range old.loads {
			l.gone = true
			known[l.name] = l
		}
	}
	next := &boundedSet{placement: p, around: tableOf(p)}
	b.inFlight = 0
	for _, m := range p.Members() {
		next.weights = append(next.weights, m.Weight)
		next.weight += m.Weight
		l := known[m.Name]
		if l == nil {
			l = &boundedLoad{bounded: b, name: m.Name}
		}
		l.gone = false
		b.inFlight += l.inFlight
		next.loads = append(next.loads, l)
	}
	b.order = make([]int, 0, len(next.loads))
	b.current.Store(next)
	return nil
}

// Pick chooses the node for a request and counts it, until the token's Done.
func (b *Bounded) Pick(key string) Token {
	for {
		s := b.current.Load()
		owner := s.placement.Owner(key)
		b.mu.Lock()
		if s != b.current.Load() {
			b.mu.Unlock()
			continue
		}
		node := owner
		if limit := b.limit(); !s.below(node, limit) {
			node = b.spill(s, key, owner, limit)
		}
		load := s.loads[node]
		load.inFlight++
		b.inFlight++
		b.mu.Unlock()
		return Token{load, node}
	}
}

// limit is what all nodes together may have: of that a node may have its weight's part, as a real number, for a count
// is below its ceiling if and only if it is below it.
func (b *Bounded) limit() float64 { return (1 + b.epsilon) * float64(b.inFlight+1) }

// below does not divide, so that whole weights and a short epsilon give no rounding.
func (s *boundedSet) below(node int, limit float64) bool {
	return float64(s.loads[node].inFlight)*s.weight < limit*s.weights[node]
}

// spill is the first node after the owner that has room.
func (b *Bounded) spill(s *boundedSet, key string, owner int, limit float64) int {
	if s.around != nil {
		return s.spillAround(firstOf(s.placement, key), owner, limit)
	}
	const few = 4
	for n, tried := min(few, len(s.loads)), 1; tried < len(s.loads); n = min(few*n, len(s.loads)) {
		order, err := s.placement.AppendOwners(b.order[:0], key, n)
		if err != nil {
			break // not with a placement that knows its own nodes
		}
		for _, node := range order[tried:] {
			if s.below(node, limit) {
				return node
			}
		}
		tried = n
	}
	return owner // with so many requests that their number is rounded, all nodes can seem full
}

// spillAround goes through a table, where a full node that comes again is as full as before.
func (s *boundedSet) spillAround(first, owner int, limit float64) int {
	for _, half := range [][]int32{s.around[first:], s.around[:first]} {
		for _, node := range half {
			if s.below(int(node), limit) {
				return int(node)
			}
		}
	}
	for node := range s.loads { // those that own nothing
		if s.below(node, limit) {
			return node
		}
	}
	return owner
}

// tableOf is the table that the order of preference of some placements follows, around.
func tableOf(p Placement) []int32 {
	switch p := p.(type) {
	case *Ring:
		return p.owners
	case *Maglev:
		return p.table
	case *Slots:
		return p.table
	case *Ranges:
		return p.owners
	}
	return nil
}

// firstOf is where a key's preferences begin in that table.
func firstOf(p Placement, key string) int {
	switch p := p.(type) {
	case *Ring:
		first, _ := slices.BinarySearch(p.points, p.options.of(key))
		return first // perhaps the one after the last, which is the first
	case *Maglev:
		return p.entry(p.options.of(key))
	case *Slots:
		return Slot(key)
	case *Ranges:
		return p.find(key)
	}
	return 0
}

// Loads are the requests in flight, by node. The slice is the caller's.
func (b *Bounded) Loads() []int {
	b.mu.Lock()
	defer b.mu.Unlock()
	var loads []int
	for _, l := range b.current.Load().loads {
		loads = append(loads, l.inFlight)
	}
	return loads
}

// Token is one request in flight: a plain value of two words. Keep it where the request is kept, and do not copy it, because each copy
// could end the request once more. The zero Token names no request.
type Token struct {
	load *boundedLoad
	node int
}

// Node is the node that was picked, by its index in the placement at that time; -1 once Done was called.
func (t *Token) Node() int {
	if t.load == nil {
		return -1
	}
	return t.node
}

// Name is the node's name, empty once Done was called.
func (t *Token) Name() string {
	if t.load == nil {
		return ""
	}
	return t.load.name
}

// Done ends the request and empties the token: a second Done does nothing.
func (t *Token) Done() {
	load := t.load
	*t = Token{}
	if load == nil {
		return
	}
	b := load.bounded
	b.mu.Lock()
	load.inFlight--
	if !load.gone {
		b.inFlight--
	}
	b.mu.Unlock()
}
