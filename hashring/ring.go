package hashring

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// Ring is consistent hashing with virtual nodes: every node has points on a circle of 2^64 hashes, in proportion to its weight, and
// owns the hashes from the point before, exclusive, up to each of its own, inclusive.
//
// When a node joins, leaves or gets another weight, only keys of that node move, and of every other node's keys an equal share. With v
// points each, n nodes' shares have a relative standard deviation of sqrt((n-1)/(n*v+1)): a tenth at 100 points. The order in which
// nodes are given does not matter.
//
// A lookup costs one hash and mostly one read, whatever the number of nodes: a table of equal parts of the circle, two for each
// point, decides those with at most one point, and says where the points of the others begin, a part in eleven. Building
// sorts the points. Memory is 28 bytes a point.
//
// Sources: D. Karger, E. Lehman, T. Leighton, R. Panigrahy, M. Levine, D. Lewin, "Consistent Hashing and Random Trees", STOC
// 1997; virtual nodes: F. Dabek, M. F. Kaashoek, D. Karger, R. Morris, I. Stoica, "Wide-Area Cooperative Storage with CFS", SOSP 2001,
// section 4.
type Ring struct {
	roster
	options RingOptions
	points  []uint64 // sorted
	owners  []int32  // of the points
	table   []part
}

// RingOptions says how a ring is made.
type RingOptions struct {
	Hashing

	// Points are those of a node of weight 1; zero means DefaultPoints. A node has its weight times as many, rounded, and at least
	// one: so weights should be around 1, and differences of less than 1/Points between them do nothing.
	Points int
}

// DefaultPoints are the points of a node of weight 1 if nothing else is said: its share of the keys has a relative standard
// deviation of 8%.
const DefaultPoints = 160

const (
	mostPoints    = 1 << 28
	leastPoints   = 1 // of a node of whatever weight
	partsPerPoint = 2
	bytesPerPoint = 8 + 4 + 8*partsPerPoint
)

// part is one of the equal parts of the circle, in a word, so that a lookup needs no other one: of a part with at most one point,
// from the top, the owner up to the point (24 bits) and the one beyond it (24), where in the part the point lies (15), 0; of one
// with more points the index of its first one, and 1.
type part uint64

const (
	ownerBits = 24
	placeBits = 15
	crowded   = 1
)

func lonely(upTo, beyond int32, place uint64) part {
	return part(upTo)<<(ownerBits+placeBits+1) | part(beyond)<<(placeBits+1) | part(place)<<1
}

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
	all := make([]point, 0, int(total))
	for i, m := range r.members {
		seed := r.options.node(m.Name)
		for j := range int(r.pointsOf(m)) {
			all = append(all, point{draw(seed, j), int32(i)})
		}
	}
	r.table = make([]part, partsPerPoint*len(all))
	all = r.sorted(all)
	r.points, r.owners = make([]uint64, len(all)), make([]int32, len(all))
	for i, p := range all {
		r.points[i], r.owners[i] = p.at, p.owner
	}
	r.divide()
	return nil
}

type point struct {
	at    uint64
	owner int32
}

// sorted puts points into the circle's order. They are spread evenly, so that once they are in their parts little is left to do.
func (r *Ring) sorted(points []point) []point {
	ends := make([]int32, len(r.table)+1) // of the parts, one after the other; first how many there are in the one before
	for _, p := range points {
		in, _ := r.locate(p.at)
		ends[in+1]++
	}
	for i := range r.table {
		ends[i+1] += ends[i]
	}
	sorted := make([]point, len(points))
	for _, p := range points {
		in, _ := r.locate(p.at)
		sorted[ends[in]] = p
		ends[in]++
	}
	begin := int32(0)
	for _, end := range ends[:len(r.table)] {
		slices.SortFunc(sorted[begin:end], func(a, b point) int {
			// Of a point that two nodes have the one of the lesser name is the owner.
			return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.owner, b.owner))
		})
		begin = end
	}
	return sorted
}

// divide fills the table.
func (r *Ring) divide() {
	i := 0
	for p := range r.table {
		begin, place := i, uint64(0)
		for ; i < len(r.points); i++ {
			in, within := r.locate(r.points[i])
			if in != p {
				break
			}
			place = within
		}
		next := r.owners[i%len(r.owners)] // beyond the last point the circle begins anew
		switch i - begin {
		case 0:
			r.table[p] = lonely(next, next, 0)
		case 1:
			r.table[p] = lonely(r.owners[begin], next, place)
		default:
			r.table[p] = part(begin)<<1 | crowded
		}
	}
}

func (r *Ring) pointsOf(m Member) float64 {
	return max(leastPoints, math.Round(m.Weight*float64(r.options.Points)))
}

// locate is the part of the circle that a hash lies in, and where in it, in 2^15ths.
func (r *Ring) locate(h uint64) (p int, place uint64) {
	high, low := bits.Mul64(h, uint64(len(r.table)))
	return int(high), low >> (64 - placeBits)
}

// Owner implements [Placement].
func (r *Ring) Owner(key string) int {
	if r.options.Hash == nil { // what of does as well, one call nearer
		return r.OwnerOf(xxhash.Sum64String(key))
	}
	return r.OwnerOf(r.options.Hash(key))
}

// OwnerOf is the owner of a key's hash.
func (r *Ring) OwnerOf(hash uint64) int {
	p, place := r.locate(hash)
	e := r.table[p]
	point := uint64(e) >> 1 & (1<<placeBits - 1)
	if e&crowded != 0 || place == point { // too near to say which side of the point
		return r.search(hash, e)
	}
	shift := placeBits + 1
	if place < point { // chosen without a branch, which would be predicted wrongly half the time
		shift += ownerBits
	}
	return int(e >> shift & (1<<ownerBits - 1))
}

// search finds the owner of a hash that its part does not decide.
func (r *Ring) search(hash uint64, e part) int {
	i := int(e >> 1)
	if e&crowded == 0 {
		i, _ = slices.BinarySearch(r.points, hash)
	}
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

// Shares are the parts of all hashes that the nodes own, by node: exact but for rounding.
func (r *Ring) Shares() []float64 {
	shares := make([]float64, len(r.members))
	before := r.points[len(r.points)-1]
	for i, at := range r.points {
		shares[r.owners[i]] += float64(at-before) / (1 << 64) // around the circle at the first point
		before = at
	}
	if r.points[0] == before { // all points are at one place, and its owner has the whole circle
		shares[r.owners[0]] = 1
	}
	return shares
}

// Points is how many points the ring has.
func (r *Ring) Points() int { return len(r.points) }

// Bytes is the memory of the ring's tables.
func (r *Ring) Bytes() int { return bytesPerPoint * len(r.points) }
