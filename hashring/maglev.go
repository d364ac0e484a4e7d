package hashring

import (
	"fmt"
	"math/bits"

	"github.com/cespare/xxhash/v2"
)

// Maglev fills a table of a prime size: each node has a permutation of the entries, and nodes take turns in claiming the first
// entry of theirs that is free.
//
// Nodes of equal weight own the same number of entries, or one more. When a node joins or leaves, its keys move and a few others as
// well: with a table a hundred times larger than the nodes about one in a hundred. The order in which nodes are given does not
// matter. A node of a lesser weight takes its turn less often.
//
// A lookup costs one hash and one read. Building costs the size times a few; with one node much heavier than the others up to the
// size times the nodes. Memory is 4 bytes an entry.
//
// Source: D. Eisenbud, C. Yi, C. Contavalli, C. Smith, R. Kononov, E. Mann-Hielscher, A. Cilingiroglu, B. Cheyney, W. Shang, J.
// Hosein, "Maglev: A Fast and Reliable Software Network Load Balancer", NSDI 2016, sections 3.4 and 5.3.
type Maglev struct {
	roster
	options MaglevOptions
	table   []int32
}

// MaglevOptions says how the table is made.
type MaglevOptions struct {
	Hashing
	Size int // entries, a prime number not less than the nodes; zero means DefaultSize
}

// DefaultSize is the smaller of the paper's two table sizes, good for some hundreds of nodes.
const DefaultSize = 65537

const mostEntries = 1 << 30

// NewMaglev returns a placement on the given nodes.
func NewMaglev(members []Member, options MaglevOptions) (*Maglev, error) {
	roster, err := newSortedRoster(members)
	if err != nil {
		return nil, err
	}
	if options.Size == 0 {
		options.Size = DefaultSize
	}
	switch {
	case options.Size > mostEntries:
		return nil, fmt.Errorf("hashring: a Maglev table must have at most %d entries: %d", mostEntries, options.Size)
	case !prime(options.Size):
		return nil, fmt.Errorf("hashring: a Maglev table's size must be a prime number: %d", options.Size)
	case options.Size < len(members):
		return nil, fmt.Errorf("hashring: a Maglev table must have an entry for each node: %d entries, %d nodes", options.Size, len(members))
	}
	m := &Maglev{roster: roster, options: options}
	turns := make([]turn, len(roster.members))
	for i, member := range roster.members {
		seed := options.node(member.Name)
		turns[i] = turn{
			offset: int(draw(seed, 0) % uint64(options.Size)),
			skip:   int(draw(seed, 1)%uint64(options.Size-1)) + 1,
			weight: member.Weight,
		}
	}
	m.table = populate(turns, options.Size)
	return m, nil
}

// turn is a node's permutation of the entries: offset, offset + skip, offset + 2 skip, … modulo the size.
type turn struct {
	offset, skip int
	weight       float64
}

// populate fills the table as in the paper's pseudocode 1. A node of the largest weight takes each of its turns, others
// whenever their weight adds up to one of those: exactly so if weights are whole numbers.
func populate(turns []turn, size int) []int32 {
	table := make([]int32, size)
	for i := range table {
		table[i] = -1
	}
	heaviest := 0.0
	for _, t := range turns {
		heaviest = max(heaviest, t.weight)
	}
	credit := make([]float64, len(turns))
	for filled := 0; ; {
		for i := range turns {
			t := &turns[i]
			if credit[i] += t.weight; credit[i] < heaviest {
				continue
			}
			credit[i] -= heaviest
			for table[t.offset] >= 0 {
				t.offset = (t.offset + t.skip) % size
			}
			table[t.offset] = int32(i)
			if filled++; filled == size {
				return table
			}
		}
	}
}

func prime(n int) bool {
	if n < 2 {
		return false
	}
	for d := 2; d*d <= n; d++ {
		if n%d == 0 {
			return false
		}
	}
	return true
}

// Owner implements [Placement].
func (m *Maglev) Owner(key string) int {
	if m.options.Hash == nil { // what of does as well, one call nearer
		return m.OwnerOf(xxhash.Sum64String(key))
	}
	return m.OwnerOf(m.options.Hash(key))
}

// OwnerOf is the owner of a key's hash.
func (m *Maglev) OwnerOf(hash uint64) int { return int(m.table[m.entry(hash)]) }

// entry is a hash's place in the table: equal parts of the 2^64 hashes, in order. It costs a multiplication where a remainder, which the
// paper takes, costs a division.
func (m *Maglev) entry(hash uint64) int {
	high, _ := bits.Mul64(hash, uint64(len(m.table)))
	return int(high)
}

// AppendOwners implements [Placement]: the owners of the entries that follow.
func (m *Maglev) AppendOwners(dst []int, key string, n int) ([]int, error) {
	return m.appendOwners(dst, key, n, false)
}

// AppendSpread implements [Placement].
func (m *Maglev) AppendSpread(dst []int, key string, n int) ([]int, error) {
	return m.appendOwners(dst, key, n, true)
}

func (m *Maglev) appendOwners(dst []int, key string, n int, spread bool) ([]int, error) {
	return m.along(m.table, m.entry(m.options.of(key)), dst, n, spread)
}

// along is the order of preference of placements that have a table: its entries from the key's on, around. Nodes that own none
// follow in their own order.
func (r *roster) along(table []int32, first int, dst []int, n int, spread bool) ([]int, error) {
	s, err := r.selection(dst, n, spread)
	if err != nil {
		return dst, err
	}
	for {
		for i := range len(table) + len(r.members) {
			node := i - len(table)
			if node < 0 {
				node = int(table[(first+i)%len(table)])
			}
			if s.offer(node) {
				return s.dst, nil
			}
			if s.turned() {
				break
			}
		}
	}
}

// With implements [Placement].
func (m *Maglev) With(members []Member) (Placement, error) {
	return asPlacement(NewMaglev(members, m.options))
}

// Bytes is the memory of the table.
func (m *Maglev) Bytes() int { return 4 * len(m.table) }
