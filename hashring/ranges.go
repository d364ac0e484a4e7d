package hashring

import (
	"fmt"
	"slices"
	"strings"
)

// Ranges places keys by their order: a node owns the keys from where a range starts, inclusive, up to where the next one starts. So
// neighbouring keys are together and a scan touches few nodes; a popular stretch of keys is hot until somebody splits it.
//
// Only the keys of a range that is split, merged or assigned move. A node that leaves hands each of its ranges to the owner of the range
// before it, or if there is none that stays to that of the next one that has one; if no owner stays at all, the first of the new
// nodes gets everything. One that joins owns nothing until it is given something. Weights do not matter.
//
// A lookup costs a binary search among the ranges. Memory is a string and four bytes a range.
//
// Source: F. Chang et al., "Bigtable: A Distributed Storage System for Structured Data", OSDI 2006, section 5.1 (tablets).
type Ranges struct {
	roster
	starts []string // sorted; the first is ""
	owners []int32
}

// Range is the keys from Start on, up to the next range's.
type Range struct {
	Start string
	Owner string // the node's name
}

// NewRanges returns a placement by ranges, which may be given in any order. One of them must start at the empty key, which is
// before every other.
func NewRanges(members []Member, ranges []Range) (*Ranges, error) {
	roster, err := newRoster(members)
	if err != nil {
		return nil, err
	}
	sorted := slices.Clone(ranges)
	slices.SortFunc(sorted, func(a, b Range) int { return strings.Compare(a.Start, b.Start) })
	if len(sorted) == 0 || sorted[0].Start != "" {
		return nil, fmt.Errorf("hashring: ranges must begin with the empty key: %d ranges", len(ranges))
	}
	r := &Ranges{roster, make([]string, len(sorted)), make([]int32, len(sorted))}
	index := indices(roster.members)
	for i, part := range sorted {
		owner, ok := index[part.Owner]
		switch {
		case !ok:
			return nil, fmt.Errorf("%w: %q owns the range from %q", ErrUnknownNode, part.Owner, part.Start)
		case i > 0 && part.Start == sorted[i-1].Start:
			return nil, fmt.Errorf("hashring: ranges must start at distinct keys: %q", part.Start)
		}
		r.starts[i], r.owners[i] = part.Start, owner
	}
	return r, nil
}

// Owner implements [Placement].
func (r *Ranges) Owner(key string) int { return int(r.owners[r.find(key)]) }

// find is the range that holds a key.
func (r *Ranges) find(key string) int {
	i, found := slices.BinarySearch(r.starts, key)
	if !found {
		i--
	}
	return i
}

// AppendOwners implements [Placement]: the owners of the ranges that follow, around, and then the nodes that own nothing.
func (r *Ranges) AppendOwners(dst []int, key string, n int) ([]int, error) {
	return r.along(r.owners, r.find(key), dst, n, false)
}

// AppendSpread implements [Placement].
func (r *Ranges) AppendSpread(dst []int, key string, n int) ([]int, error) {
	return r.along(r.owners, r.find(key), dst, n, true)
}

// Ranges are all ranges, in order.
func (r *Ranges) Ranges() []Range {
	all := make([]Range, len(r.starts))
	for i, start := range r.starts {
		all[i] = Range{start, r.members[r.owners[i]].Name}
	}
	return all
}

// Split cuts the range that holds a key in two: from that key on it goes to the given node, which may be the one that has it.
func (r *Ranges) Split(at, to string) (*Ranges, error) {
	if slices.Contains(r.starts, at) {
		return nil, fmt.Errorf("hashring: a split must lie inside a range, and one starts there: %q", at)
	}
	return NewRanges(r.members, append(r.Ranges(), Range{at, to}))
}

// Merge joins the range that starts at a key to the one before it, whose owner gets it.
func (r *Ranges) Merge(at string) (*Ranges, error) {
	i := slices.Index(r.starts, at)
	if i < 1 {
		return nil, fmt.Errorf("hashring: to merge takes the start of a range that has one before it: %q", at)
	}
	return NewRanges(r.members, slices.Delete(r.Ranges(), i, i+1))
}

// Assign gives the range that holds a key to a node, the whole range.
func (r *Ranges) Assign(key, to string) (*Ranges, error) {
	all := r.Ranges()
	all[r.find(key)].Owner = to
	return NewRanges(r.members, all)
}

// With implements [Placement].
func (r *Ranges) With(members []Member) (Placement, error) {
	index := indices(members)
	stays := func(name string) bool { _, ok := index[name]; return ok }
	all := r.Ranges()
	heir := ""
	for _, part := range slices.Backward(all) { // of a first range, whose owner has nobody before it
		if stays(part.Owner) {
			heir = part.Owner
		}
	}
	if heir == "" && len(members) > 0 {
		heir = members[0].Name
	}
	for i := range all {
		if !stays(all[i].Owner) {
			all[i].Owner = heir
		}
		heir = all[i].Owner
	}
	return asPlacement(NewRanges(members, all))
}
