package hashring

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"reflect"
	"slices"
	"sort"
	"strings"
)

// Diff lists what moves from one placement to another: which stretches of the keys' space, from whom to whom. It is exact: a key's owner,
// by name, differs between a and b if and only if a move holds the key, and then the move says both.
//
//	a and b                    stretches of
//	Ring, Maglev, or one each  the 2^64 hashes of keys
//	Slots                      the 16,384 slots
//	Ranges                     the keys, in their order
//	Directory                  the keys, each entry by itself; what is under both must be the same
//
// Rings of other points or seeds and Maglev tables of other sizes can be compared, and so can a ring with a Maglev table, for all of them
// divide the same hashes. But keys must have the same hash in both. Functions cannot be compared, so Diff tries both on a few keys; who
// gives two that agree on those and not on others gets moves that are wrong.
//
// For all other pairs the error wraps [ErrNoDiff]; [EstimateMoved] serves those.
//
// It costs a step for each point, entry, slot or range of both, and memory for what it lists.
func Diff(a, b Placement) (*Moves, error) {
	if err := checkPair(a, b); err != nil {
		return nil, err
	}
	m := &Moves{before: a, after: b}
	if from, to := dividesHashes(a), dividesHashes(b); from != nil && to != nil {
		if err := sameHash(from.keyHash(), to.keyHash()); err != nil {
			return nil, err
		}
		m.space, m.hash = HashSpace, from.keyHash()
		m.sweep(from, to)
		return m, nil
	}
	switch from := a.(type) {
	case *Slots:
		if to, ok := b.(*Slots); ok {
			m.space = SlotSpace
			m.sweep(from, to)
			return m, nil
		}
	case *Ranges:
		if to, ok := b.(*Ranges); ok {
			m.space = KeySpace
			m.compare(slices.Concat(from.starts, to.starts), func(starts []string, i int) string {
				if i+1 == len(starts) {
					return ""
				}
				return starts[i+1]
			})
			return m, nil
		}
	case *Directory:
		if to, ok := b.(*Directory); ok {
			if err := sameBelow(from, to); err != nil {
				return nil, err
			}
			m.space = KeySpace
			keys := make([]string, 0, len(from.nodes)+len(to.nodes))
			for _, d := range []*Directory{from, to} {
				for key := range d.nodes {
					keys = append(keys, key)
				}
			}
			m.compare(keys, func(keys []string, i int) string { return keys[i] + "\x00" })
			return m, nil
		}
	}
	return nil, fmt.Errorf("%w: %T and %T", ErrNoDiff, a, b)
}

// ErrNoDiff says that what moves between two placements cannot be listed in stretches; compare with errors.Is.
var ErrNoDiff = errors.New("hashring: a diff takes two placements that divide the same hashes, slots or keys in stretches, an estimate takes others")

// checkPair checks what every comparison of two placements takes. The zero value of a placement has no nodes.
func checkPair(a, b Placement) error {
	for _, p := range []Placement{a, b} {
		switch {
		case missing(p):
			return fmt.Errorf("hashring: a placement to compare must not be nil: %T", p)
		case len(p.Members()) == 0:
			return fmt.Errorf("hashring: a placement to compare must have nodes: %T of none", p)
		}
	}
	return nil
}

// missing says that there is no placement: nil, or a nil pointer to one.
func missing(p Placement) bool {
	return p == nil || reflect.ValueOf(p).Kind() == reflect.Pointer && reflect.ValueOf(p).IsNil()
}

// sameHash tries two functions on some keys, short ones, near ones, and one that is longer than the blocks that functions work in.
func sameHash(a, b *Hashing) error {
	for _, key := range []string{"a", "b", "ab", "ba", "user:1", "user:2", strings.Repeat("long ", 20)} {
		if x, y := a.of(key), b.of(key); x != y {
			return fmt.Errorf("%w: the hash of %q is %#x in one and %#x in the other", ErrNoDiff, key, x, y)
		}
	}
	return nil
}

// sameBelow checks that nothing moves but what directories know.
func sameBelow(a, b *Directory) error {
	if reflect.ValueOf(a.rest).Comparable() && reflect.ValueOf(b.rest).Comparable() && a.rest == b.rest {
		return nil
	}
	rest, err := Diff(a.rest, b.rest)
	if err != nil {
		return fmt.Errorf("under two directories: %w", err)
	}
	if len(rest.list) > 0 {
		return fmt.Errorf("%w: of two directories the placements under them differ, from %v on", ErrNoDiff, rest.list[0])
	}
	return nil
}

// Moves are all stretches that change hands between two placements, in order and apart: what moves from one node to the same other node
// without a gap is one move. On the ring, what goes around through zero is two, one at each end of the hashes.
type Moves struct {
	space         Space
	before, after Placement
	hash          *Hashing
	list          []Move
}

// Move is a stretch that changes hands.
type Move struct {
	From, To string // the nodes' names
	Span     Span
}

// String implements fmt.Stringer.
func (m Move) String() string { return fmt.Sprintf("%s to %s: %v", m.From, m.To, m.Span) }

// Space is what is moved: what spans are stretches of.
type Space uint8

// The spaces.
const (
	HashSpace Space = iota // the hashes of keys, 2^64
	SlotSpace              // the slots of keys, [SlotCount] of them
	KeySpace               // the keys themselves, in the order of their bytes
)

// Span is a stretch of hashes, of slots or of keys.
type Span struct {
	Space       Space
	First, Last uint64 // hashes or slots, both included
	Low, High   string // keys from Low on, included, up to High, excluded; an empty High is the end of all keys
}

// String implements fmt.Stringer.
func (s Span) String() string {
	switch {
	case s.Space == HashSpace:
		return fmt.Sprintf("hashes %016x to %016x", s.First, s.Last)
	case s.Space == SlotSpace && s.First == s.Last:
		return fmt.Sprintf("slot %d", s.First)
	case s.Space == SlotSpace:
		return fmt.Sprintf("slots %d to %d", s.First, s.Last)
	case s.High == s.Low+"\x00":
		return fmt.Sprintf("key %q", s.Low)
	case s.High == "":
		return fmt.Sprintf("keys from %q", s.Low)
	}
	return fmt.Sprintf("keys from %q up to %q", s.Low, s.High)
}

// Share is the span's part of all hashes or slots: that of the keys, if they spread evenly. It is NaN for a span of keys, whose number
// nobody knows.
func (s Span) Share() float64 {
	var e extent
	e.add(s)
	return e.share(s.Space)
}

// extent is a number of hashes or slots. That of all hashes does not fit into 64 bits.
type extent struct{ high, low uint64 }

func (e *extent) add(s Span) {
	if s.Space == KeySpace {
		return
	}
	e.plus(extent{low: s.Last - s.First})
	e.plus(extent{low: 1})
}

func (e *extent) plus(other extent) {
	low, carry := bits.Add64(e.low, other.low, 0)
	e.low, e.high = low, e.high+other.high+carry
}

// share is exact but for one rounding.
func (e *extent) share(space Space) float64 {
	switch space {
	case HashSpace:
		return float64(e.high) + math.Ldexp(float64(e.low), -64)
	case SlotSpace:
		return float64(e.low) / SlotCount
	}
	return math.NaN()
}

// Space is what the moves are stretches of.
func (m *Moves) Space() Space { return m.space }

// List are the moves, in the order of the space. The slice is shared: it must not be changed.
func (m *Moves) List() []Move { return m.list }

// Share is the part of all hashes or slots that moves. It is NaN in the space of keys.
func (m *Moves) Share() float64 {
	var all extent
	for _, move := range m.list {
		all.add(move.Span)
	}
	return all.share(m.space)
}

// Find is the move that concerns a key. There is none if the key stays where it is. It costs a binary search.
func (m *Moves) Find(key string) (Move, bool) {
	i := m.position(key).in(len(m.list), func(i int) *Span { return &m.list[i].Span })
	if i < 0 {
		return Move{}, false
	}
	return m.list[i], true
}

// position is a place in a space.
type position struct {
	space  Space
	number uint64 // the hash or the slot
	key    string
}

// position is where a key lies.
func (m *Moves) position(key string) position {
	switch m.space {
	case HashSpace:
		return position{space: m.space, number: m.hash.of(key)}
	case SlotSpace:
		return position{space: m.space, number: uint64(Slot(key))}
	}
	return position{space: m.space, key: key}
}

// in is which of n spans, in order and apart, holds the position, or -1.
func (p position) in(n int, span func(i int) *Span) int {
	i := sort.Search(n, func(i int) bool { // the first one that does not end before
		s := span(i)
		if p.space == KeySpace {
			return s.High == "" || p.key < s.High
		}
		return p.number <= s.Last
	})
	if i == n {
		return -1
	}
	if s := span(i); p.space == KeySpace && p.key < s.Low || p.space != KeySpace && p.number < s.First {
		return -1
	}
	return i
}

// stretched is a placement that divides the numbers from zero on into stretches in order, some of them perhaps empty. The last one
// ends with the space.
type stretched interface {
	Placement
	stretch(i int) (last uint64, owner int) // last is included
	end() uint64                            // the last number of the space
}

// hashed divides the hashes of keys.
type hashed interface {
	stretched
	keyHash() *Hashing
}

// dividesHashes is the placement if it is one of those, itself: what has a ring inside may have owners of its own.
func dividesHashes(p Placement) hashed {
	switch p := p.(type) {
	case *Ring:
		return p
	case *Maglev:
		return p
	}
	return nil
}

func (r *Ring) keyHash() *Hashing { return &r.options.Hashing }
func (r *Ring) end() uint64       { return math.MaxUint64 }

// stretch i ends at point i; one more, beyond the last point, is the first point's too, for the circle begins anew.
func (r *Ring) stretch(i int) (last uint64, owner int) {
	if i == len(r.points) {
		return math.MaxUint64, int(r.owners[0])
	}
	return r.points[i], int(r.owners[i])
}

func (m *Maglev) keyHash() *Hashing { return &m.options.Hashing }
func (m *Maglev) end() uint64       { return math.MaxUint64 }

// stretch ends before the first hash whose product with the size reaches i+1 times 2^64.
func (m *Maglev) stretch(i int) (last uint64, owner int) {
	if i+1 == len(m.table) {
		return math.MaxUint64, int(m.table[i])
	}
	last, rest := bits.Div64(uint64(i+1), 0, uint64(len(m.table)))
	if rest == 0 {
		last--
	}
	return last, int(m.table[i])
}

func (s *Slots) end() uint64                            { return SlotCount - 1 }
func (s *Slots) stretch(i int) (last uint64, owner int) { return uint64(i), int(s.table[i]) }

// sweep walks along both divisions at once.
func (m *Moves) sweep(a, b stretched) {
	names := newRenaming(a, b)
	first, i, j := uint64(0), 0, 0
	for {
		lastA, from := a.stretch(i)
		lastB, to := b.stretch(j)
		last := min(lastA, lastB)
		if last >= first && !names.same(from, to) { // two points at one place leave nothing to the second
			m.add(Move{names.before[from].Name, names.after[to].Name, Span{Space: m.space, First: first, Last: last}})
		}
		if last == a.end() {
			return
		}
		if lastA == last {
			i++
		}
		if lastB == last {
			j++
		}
		first = last + 1
	}
}

// compare asks both placements about the keys at which something may change, and about as much after each of them as belongs to
// it: up to high, of the sorted keys.
func (m *Moves) compare(keys []string, high func(keys []string, i int) string) {
	names := newRenaming(m.before, m.after)
	slices.Sort(keys)
	keys = slices.Compact(keys)
	for i, key := range keys {
		if from, to := m.before.Owner(key), m.after.Owner(key); !names.same(from, to) {
			m.add(Move{names.before[from].Name, names.after[to].Name, Span{Space: m.space, Low: key, High: high(keys, i)}})
		}
	}
}

// add appends a move or makes the last one longer.
func (m *Moves) add(move Move) {
	if n := len(m.list); n > 0 && m.list[n-1].From == move.From && m.list[n-1].To == move.To {
		last := &m.list[n-1].Span
		if m.space == KeySpace && last.High == move.Span.Low || m.space != KeySpace && last.Last+1 == move.Span.First {
			last.Last, last.High = move.Span.Last, move.Span.High
			return
		}
	}
	m.list = append(m.list, move)
}

// renaming knows which node of one placement is which of another.
type renaming struct {
	before, after []Member
	now           []int // by the index before: the index after, or -1
}

func newRenaming(a, b Placement) renaming {
	r := renaming{before: a.Members(), after: b.Members()}
	index := indices(r.after)
	r.now = make([]int, len(r.before))
	for i, member := range r.before {
		r.now[i] = -1
		if j, ok := index[member.Name]; ok {
			r.now[i] = int(j)
		}
	}
	return r
}

func (r *renaming) same(from, to int) bool { return r.now[from] == to }
