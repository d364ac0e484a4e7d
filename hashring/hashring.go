package hashring

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Placement says which node owns a key. Every algorithm of this package is one. It is immutable, so that a lookup takes no lock and
// any number of goroutines may look up at once; a change makes another one.
//
// Nodes are known by their index in Members. [Table] maps them to whatever the caller needs to reach them.
type Placement interface {
	// Owner is the node that owns the key. It does not allocate.
	Owner(key string) int

	// AppendOwners appends n distinct nodes to dst, in the order in which they are preferred; the first one is the owner. It
	// does not allocate if dst has room. The error, which wraps [ErrTooFewNodes] if n is more than there are nodes, leaves dst as
	// it is.
	AppendOwners(dst []int, key string, n int) ([]int, error)

	// AppendSpread is AppendOwners with as many nodes of distinct zones as there are zones, then second nodes of the
	// zones that have them, and so on: no zone gets another node before each zone with one to spare has had its turn. Each such
	// round goes through the order of preference from its start.
	AppendSpread(dst []int, key string, n int) ([]int, error)

	// Members are the nodes. The slice is shared: it must not be changed.
	Members() []Member

	// With is the same placement for another set of nodes. What stays, by name, keeps its keys as far as the algorithm
	// promises. The set is taken whole or, with an error, not at all.
	With(members []Member) (Placement, error)
}

// Member is a node as placements know it.
type Member struct {
	Name   string  // unique in the set, not empty: what a node's keys follow
	Weight float64 // the node's part in proportion to others': in [1e-9, 1e9], and 1 where an algorithm has no weights
	Zone   string  // what fails together: a zone, a rack; all nodes without one are of one zone
}

// Named are members of weight 1 without zones.
func Named(names ...string) []Member {
	members := make([]Member, len(names))
	for i, name := range names {
		members[i] = Member{Name: name, Weight: 1}
	}
	return members
}

// The errors that callers may branch on; compare with errors.Is.
var (
	ErrTooFewNodes = errors.New("hashring: there must be as many nodes as owners")
	ErrUnknownNode = errors.New("hashring: no such node")
)

// roster is the set of nodes that every placement has.
type roster struct {
	members []Member
	zones   []int32 // by node
	sizes   []int   // by zone: how many nodes
}

const (
	mostNodes = 1 << 24 // so that an index fits 24 bits, two of which a ring's part holds

	// Sums and quotients of weights within these bounds neither overflow nor vanish.
	leastWeight, mostWeight = 1e-9, 1e9
)

// newRoster checks the members and takes a copy.
func newRoster(members []Member) (roster, error) {
	if len(members) == 0 || len(members) > mostNodes {
		return roster{}, fmt.Errorf("hashring: the number of nodes must lie in [1, %d]: %d", mostNodes, len(members))
	}
	r := roster{members: slices.Clone(members), zones: make([]int32, len(members))}
	names, zones := make(map[string]bool, len(members)), make(map[string]int32)
	for i, m := range members {
		switch {
		case m.Name == "":
			return roster{}, fmt.Errorf("hashring: a node's name must not be empty: %q", m.Name)
		case names[m.Name]:
			return roster{}, fmt.Errorf("hashring: names of nodes must be distinct: %q appears twice", m.Name)
		case !(m.Weight >= leastWeight && m.Weight <= mostWeight):
			return roster{}, fmt.Errorf("hashring: a weight must lie in [%v, %v]: %v for %q", leastWeight, mostWeight, m.Weight, m.Name)
		}
		names[m.Name] = true
		zone, known := zones[m.Zone]
		if !known {
			zone = int32(len(r.sizes))
			zones[m.Zone] = zone
			r.sizes = append(r.sizes, 0)
		}
		r.zones[i] = zone
		r.sizes[zone]++
	}
	return r, nil
}

// newSortedRoster is for placements that do not depend on the order in which nodes are given.
func newSortedRoster(members []Member) (roster, error) {
	members = slices.Clone(members)
	slices.SortFunc(members, func(a, b Member) int { return strings.Compare(a.Name, b.Name) })
	return newRoster(members)
}

// Members implements [Placement].
func (r *roster) Members() []Member { return r.members }

// index is the node of that name, or -1.
func (r *roster) index(name string) int {
	return slices.IndexFunc(r.members, func(m Member) bool { return m.Name == name })
}

// indices are the members' by name.
func indices(members []Member) map[string]int32 {
	index := make(map[string]int32, len(members))
	for i, m := range members {
		index[m.Name] = int32(i)
	}
	return index
}

// unweighted says which weight an algorithm without weights cannot take.
func (r *roster) unweighted(algorithm string) error {
	for _, m := range r.members {
		if m.Weight != 1 {
			return fmt.Errorf("hashring: %s has no weights, so each must be 1: %v for %q", algorithm, m.Weight, m.Name)
		}
	}
	return nil
}

// even says that all weights are the same.
func (r *roster) even() bool {
	return !slices.ContainsFunc(r.members, func(m Member) bool { return m.Weight != r.members[0].Weight })
}
