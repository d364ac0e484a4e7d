package hashring

import (
	"errors"
	"fmt"
	"slices"
)

// Table maps keys to the caller's nodes: a placement, and what the caller needs to reach each of its nodes. It is immutable,
// and safe for any number of goroutines; [Cell] holds one that changes.
type Table[T any] struct {
	placement Placement
	nodes     []Node[T] // in the placement's order
}

// Node is a member with what the caller needs to reach it: an address, a connection, a simulated server.
type Node[T any] struct {
	Name   string
	Weight float64 // 1 for nodes that are alike; see [Member]
	Zone   string
	Value  T
}

func (n Node[T]) member() Member { return Member{n.Name, n.Weight, n.Zone} }

// Scheme makes a placement of exactly the nodes it is given: which algorithm, with which options. [OnRing] is the one to begin with.
type Scheme func(members []Member) (Placement, error)

// OnRing places keys on a ring.
func OnRing(options RingOptions) Scheme {
	return func(members []Member) (Placement, error) { return asPlacement(NewRing(members, options)) }
}

// ByRendezvous places keys by highest random weight.
func ByRendezvous(hashing Hashing) Scheme {
	return func(members []Member) (Placement, error) { return asPlacement(NewRendezvous(members, hashing)) }
}

// ByJump places keys by jump hash.
func ByJump(hashing Hashing) Scheme {
	return func(members []Member) (Placement, error) { return asPlacement(NewJump(members, hashing)) }
}

// ByMaglev places keys by a Maglev table.
func ByMaglev(options MaglevOptions) Scheme {
	return func(members []Member) (Placement, error) { return asPlacement(NewMaglev(members, options)) }
}

// ByAnchor places keys by anchor hash, with room for capacity nodes.
func ByAnchor(capacity int, hashing Hashing) Scheme {
	return func(members []Member) (Placement, error) { return asPlacement(NewAnchor(members, capacity, hashing)) }
}

// BySlots places keys by Redis Cluster's slots.
func BySlots() Scheme {
	return func(members []Member) (Placement, error) { return asPlacement(NewSlots(members)) }
}

// New returns a table on a ring with the default options: the one to begin with.
func New[T any](nodes ...Node[T]) (*Table[T], error) {
	return NewTable(OnRing(RingOptions{}), nodes...)
}

// NewTable returns a table of the given scheme.
func NewTable[T any](scheme Scheme, nodes ...Node[T]) (*Table[T], error) {
	if scheme == nil {
		return nil, errors.New("hashring: a table must have a scheme: nil")
	}
	placement, err := scheme(members(nodes))
	if err != nil {
		return nil, err
	}
	return over(placement, nodes)
}

func members[T any](nodes []Node[T]) []Member {
	all := make([]Member, len(nodes))
	for i, n := range nodes {
		all[i] = n.member()
	}
	return all
}

// over puts the nodes into the placement's order.
func over[T any](placement Placement, nodes []Node[T]) (*Table[T], error) {
	if placement == nil {
		return nil, errors.New("hashring: a scheme must make a placement: nil")
	}
	byName := make(map[string]int, len(nodes))
	for i, n := range nodes {
		byName[n.Name] = i
	}
	t := &Table[T]{placement: placement}
	for _, m := range placement.Members() {
		i, ok := byName[m.Name]
		if !ok {
			return nil, fmt.Errorf("%w: the placement has %q", ErrUnknownNode, m.Name)
		}
		t.nodes = append(t.nodes, nodes[i])
	}
	if len(t.nodes) != len(nodes) {
		return nil, fmt.Errorf("hashring: a placement must have all nodes of its table: %d of %d", len(t.nodes), len(nodes))
	}
	return t, nil
}

// Owner is the node that owns the key.
func (t *Table[T]) Owner(key string) Node[T] { return t.nodes[t.placement.Owner(key)] }

// Value is what the node that owns the key is reached by.
func (t *Table[T]) Value(key string) T { return t.nodes[t.placement.Owner(key)].Value }

// Owners are n distinct nodes, the owner first: see [Placement]. It allocates the answer; who must not asks the placement.
func (t *Table[T]) Owners(key string, n int) ([]Node[T], error) {
	var buffer [16]int
	indices, err := t.placement.AppendOwners(buffer[:0], key, n)
	return t.at(indices), err
}

// Spread is Owners with distinct zones while they last.
func (t *Table[T]) Spread(key string, n int) ([]Node[T], error) {
	var buffer [16]int
	indices, err := t.placement.AppendSpread(buffer[:0], key, n)
	return t.at(indices), err
}

func (t *Table[T]) at(indices []int) []Node[T] {
	var nodes []Node[T]
	for _, i := range indices {
		nodes = append(nodes, t.nodes[i])
	}
	return nodes
}

// Node is the one at an index of the placement's.
func (t *Table[T]) Node(index int) Node[T] { return t.nodes[index] }

// Nodes are all nodes, in the placement's order. The slice is the caller's.
func (t *Table[T]) Nodes() []Node[T] { return slices.Clone(t.nodes) }

// Placement is the table's placement, for what works on those: moves, bounded loads.
func (t *Table[T]) Placement() Placement { return t.placement }

// Edit returns the table that results from some changes, which are made together. With an error there is none, and this one
// stays as it is in any case.
func (t *Table[T]) Edit(changes func(b *Builder[T]) error) (*Table[T], error) {
	if changes == nil {
		return nil, errors.New("hashring: an edit must have changes: nil")
	}
	b := &Builder[T]{t.Nodes()}
	if err := changes(b); err != nil {
		return nil, err
	}
	placement, err := t.placement.With(members(b.nodes))
	if err != nil {
		return nil, err
	}
	return over(placement, b.nodes)
}

// Builder collects changes to a table's nodes.
type Builder[T any] struct{ nodes []Node[T] }

// Add adds a node, after the others.
func (b *Builder[T]) Add(node Node[T]) error {
	if b.index(node.Name) >= 0 {
		return fmt.Errorf("hashring: names of nodes must be distinct: %q is there already", node.Name)
	}
	b.nodes = append(b.nodes, node)
	return nil
}

// Remove takes a node away. The error wraps [ErrUnknownNode] if it is not there.
func (b *Builder[T]) Remove(name string) error {
	i := b.index(name)
	if i < 0 {
		return fmt.Errorf("%w: %q cannot be removed", ErrUnknownNode, name)
	}
	b.nodes = slices.Delete(b.nodes, i, i+1)
	return nil
}

// Reweight gives a node another weight. The error wraps [ErrUnknownNode] if it is not there.
func (b *Builder[T]) Reweight(name string, weight float64) error {
	i := b.index(name)
	if i < 0 {
		return fmt.Errorf("%w: %q cannot be given a weight", ErrUnknownNode, name)
	}
	b.nodes[i].Weight = weight
	return nil
}

// Replace changes what a node is reached by, and moves no key.
func (b *Builder[T]) Replace(name string, value T) error {
	i := b.index(name)
	if i < 0 {
		return fmt.Errorf("%w: %q cannot be replaced", ErrUnknownNode, name)
	}
	b.nodes[i].Value = value
	return nil
}

func (b *Builder[T]) index(name string) int {
	return slices.IndexFunc(b.nodes, func(n Node[T]) bool { return n.Name == name })
}
