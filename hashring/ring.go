package hashring

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"slices"
)

// Ring is consistent hashing with virtual nodes: every node has points on a circle of 2^64 hashes, in proportion to its weight, and
// owns the hashes from the point before, exclusive, up to each of its own, inclusive.
//
// When a node joins, leaves or gets another weight, only keys of that node move, and of every other node's keys an equal share. With v
// points each, n nodes' shares have a relative standard deviation of sqrt((n-1)/(n*v+1)): a tenth at 100 points. The order in which
// nodes are given does not matter.
//
// A lookup costs one hash and mostly one read, whatever the number of nodes: a table over the hash's prefix holds the owner of
// each bucket that has one owner, and the first point of the others. Building sorts the points. Memory is 28 bytes a point.
//
// Sources: D. Karger, E. Lehman, T. Leighton, R. Panigrahy, M. Levine, D. Lewin, "Consistent Hashing and Random Trees", STOC
// 1997; virtual nodes: F. Dabek, M. F. Kaashoek, D. Karger, R. Morris, I. Stoica, "Wide-Area Cooperative Storage with CFS", SOSP 2001,
// section 4.
type Ring struct {
	roster
	options RingOptions
	points  []uint64 // sorted
	owners  []int32  // of the points
	table   []int32  // of equal parts of the circle: the owner, or ^i where i is the first point in it
}

// RingOptions says how a ring is made.
type RingOptions struct {
	Hashing
	Points int // of a node of weight 1; zero means DefaultPoints
}

// DefaultPoints are the points of a node of weight 1 if nothing else is said: its share of the keys has a relative standard
// deviation of 8%.
const DefaultPoints = 160

const (
	mostPoints      = 1 << 28
	partsPerPoint   = 4
	bytesPerPoint   = 8 + 4 + 4*partsPerPoint
	leastWeightedBy = 1 // a node of whatever weight has a point
)

// NewRing returns a ring of the given nodes.
func NewRing(members []Member, options RingOptions) (*Ring, error) {
	if options.Points == 0 {
		options.Points = DefaultPoints
	}
	if options.Points < 0 {
		return nil, fmt.Errorf("hashring: the number of points must be positive: %d", options.Points)
	}
	roster, err := newSortedRoster(members)
	if err != nil {
		return nil, err
	}
	r := &Ring{roster: roster, options: options}
	if err := r.build(); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *Ring) build() error {
	total := 0.0
	for _, m := range r.members {
		total += r.pointsOf(m)
	}
	if total > mostPoints {
		return fmt.Errorf("hashring: a ring must have at most %d points: %.0f", mostPoints, total)
	}
	type point struct {
		at    uint64
		owner int32
	}
	all := make([]point, 0, int(total))
	for i, m := range r.members {
		seed := r.options.node(m.Name)
		for j := range int(r.pointsOf(m)) {
			all = append(all, point{draw(seed, j), int32(i)})
		}
	}
	slices.SortFunc(all, func(a, b point) int {
		if a.at != b.at {
			return cmp.Compare(a.at, b.at)
		}
		return cmp.Compare(a.owner, b.owner) // the one of the lesser name owns a point that two nodes have
	})
	r.points, r.owners = make([]uint64, len(all)), make([]int32, len(all))
	for i, p := range all {
		r.points[i], r.owners[i] = p.at, p.owner
	}
	r.table = make([]int32, partsPerPoint*len(all))
	i := 0
	for part := range r.table {
		switch {
		case i == len(all): // beyond the last point the circle begins anew
			r.table[part] = r.owners[0]
		case r.part(r.points[i]) > part:
			r.table[part] = r.owners[i]
		default:
			r.table[part] = ^int32(i)
			for i < len(all) && r.part(r.points[i]) == part {
				i++
			}
		}
	}
	return nil
}

func (r *Ring) pointsOf(m Member) float64 {
	return max(leastWeightedBy, math.Round(m.Weight*float64(r.options.Points)))
}

// part is the part of the circle that a hash lies in.
func (r *Ring) part(h uint64) int {
	high, _ := bits.Mul64(h, uint64(len(r.table)))
	return int(high)
}

// Owner implements [Placement].
func (r *Ring) Owner(key string) int { return r.OwnerOf(r.options.of(key)) }

// OwnerOf is the owner of a key's hash.
func (r *Ring) OwnerOf(hash uint64) int {
	owner := r.table[r.part(hash)]
	if owner >= 0 {
		return int(owner)
	}
	i := int(^owner)
	for i < len(r.points) && r.points[i] < hash {
		i++
	}
	if i == len(r.points) {
		i = 0
	}
	return int(r.owners[i])
}

// AppendOwners implements [Placement]: the owners of the points that follow on the circle.
func (r *Ring) AppendOwners(dst []int, key string, n int) ([]int, error) {
	return r.appendOwners(dst, key, n, false)
}

// AppendSpread implements [Placement].
func (r *Ring) AppendSpread(dst []int, key string, n int) ([]int, error) {
	return r.appendOwners(dst, key, n, true)
}

func (r *Ring) appendOwners(dst []int, key string, n int, spread bool) ([]int, error) {
	s, err := r.selection(dst, n, spread)
	if err != nil {
		return dst, err
	}
	first, _ := slices.BinarySearch(r.points, r.options.of(key))
	for {
		for i := range r.owners {
			if i += first; i >= len(r.owners) {
				i -= len(r.owners)
			}
			if s.offer(int(r.owners[i])) {
				return s.dst, nil
			}
			if s.turned() {
				break
			}
		}
	}
}

// With implements [Placement].
func (r *Ring) With(members []Member) (Placement, error) {
	return asPlacement(NewRing(members, r.options))
}

// asPlacement keeps a nil pointer from becoming a placement.
func asPlacement[P Placement](p P, err error) (Placement, error) {
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Points is how many points the ring has.
func (r *Ring) Points() int { return len(r.points) }

// Bytes is the memory of the ring's tables.
func (r *Ring) Bytes() int { return bytesPerPoint * len(r.points) }
