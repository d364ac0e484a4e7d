package hashring

import (
	"container/heap"
	"fmt"
	"math"
	"slices"
	"strings"
)

// SlotCount is the number of hash slots.
const SlotCount = 16384

// Slots is the way of Redis Cluster: a key has one of 16,384 slots, by CRC16 of its hash tag, and a table says which node owns a
// slot. So keys with one tag are always together.
//
// Numbers of slots are in proportion to weights by the method of Sainte-Laguë: no slot could go to another node and make the numbers
// fit better. With it nodes that stay as they are only lose slots when others join or grow, and only gain when others leave
// or shrink. So [Slots.With] moves as few slots as it takes, each from or to a node that changed, and history leaves no
// trace in the numbers. Where [Slots.Move] made other ones, nodes that changed get their part, and those that did not share the rest,
// again without moving a slot among themselves.
//
// A lookup costs a CRC16, a step for each byte of the tag, and one read. Memory is 64 KB.
//
// Sources: Redis Cluster Specification, sections "Key distribution model" and "Hash tags" (redis.io); M. Balinski, H. P. Young, "Fair
// Representation", 1982.
type Slots struct {
	roster
	table []int32
}

// NewSlots gives each node a range of slots that follow one another, in the order given and in proportion to their weights. Of
// nodes with equal claims to a slot the earlier one gets it.
func NewSlots(members []Member) (*Slots, error) {
	s, err := newSlots(members)
	if err != nil {
		return nil, err
	}
	slot := 0
	for i, count := range s.parts() {
		for range count {
			s.table[slot] = int32(i)
			slot++
		}
	}
	return s, nil
}

func newSlots(members []Member) (*Slots, error) {
	roster, err := newRoster(members)
	if err != nil {
		return nil, err
	}
	if len(members) > SlotCount {
		return nil, fmt.Errorf("hashring: there must be a slot for each node: %d slots, %d nodes", SlotCount, len(members))
	}
	return &Slots{roster, make([]int32, SlotCount)}, nil
}

// Slot is the slot of a key: CRC16 modulo 16,384 of what stands between the first { and the next } if that is not empty, and of the
// whole key otherwise.
func Slot(key string) int {
	if begin := strings.IndexByte(key, '{'); begin >= 0 {
		if tag := strings.IndexByte(key[begin+1:], '}'); tag > 0 {
			key = key[begin+1 : begin+1+tag]
		}
	}
	return int(crc16(key)) % SlotCount
}

// crc16 is CRC-16/XMODEM: polynomial 0x1021, from 0, not reflected.
func crc16(s string) (crc uint16) {
	for i := range len(s) {
		crc = crc<<8 ^ crcTable[byte(crc>>8)^s[i]]
	}
	return crc
}

var crcTable = func() (table [256]uint16) {
	for i := range table {
		crc := uint16(i) << 8
		for range 8 {
			carry := crc & 0x8000
			if crc <<= 1; carry != 0 {
				crc ^= 0x1021
			}
		}
		table[i] = crc
	}
	return table
}()

// Owner implements [Placement].
func (s *Slots) Owner(key string) int { return int(s.table[Slot(key)]) }

// OwnerOf is the owner of a slot in [0, SlotCount).
func (s *Slots) OwnerOf(slot int) (int, error) {
	if slot < 0 || slot >= SlotCount {
		return 0, fmt.Errorf("hashring: a slot must lie in [0, %d): %d", SlotCount, slot)
	}
	return int(s.table[slot]), nil
}

// AppendOwners implements [Placement]: the owners of the slots that follow.
func (s *Slots) AppendOwners(dst []int, key string, n int) ([]int, error) {
	return s.along(s.table, Slot(key), dst, n, false)
}

// AppendSpread implements [Placement].
func (s *Slots) AppendSpread(dst []int, key string, n int) ([]int, error) {
	return s.along(s.table, Slot(key), dst, n, true)
}

// Move gives the slots from first to last, both included, to a node.
func (s *Slots) Move(first, last int, to string) (*Slots, error) {
	node := s.index(to)
	switch {
	case first < 0 || last >= SlotCount || first > last:
		return nil, fmt.Errorf("hashring: slots must be a range in [0, %d): %d to %d", SlotCount, first, last)
	case node < 0:
		return nil, fmt.Errorf("%w: %q", ErrUnknownNode, to)
	}
	moved := &Slots{s.roster, slices.Clone(s.table)}
	for slot := first; slot <= last; slot++ {
		moved.table[slot] = int32(node)
	}
	return moved, nil
}

// With implements [Placement].
func (s *Slots) With(members []Member) (Placement, error) {
	next, err := newSlots(members)
	if err != nil {
		return nil, err
	}
	index := indices(members)
	has := make([][]int, len(members)) // slots, by node
	var free []int
	for slot, owner := range s.table {
		if node, stays := index[s.members[owner].Name]; stays {
			has[node] = append(has[node], slot)
		} else {
			free = append(free, slot)
		}
	}
	counts := next.parts()
	next.keep(counts, s, has)
	for node, slots := range has { // the last slots go
		kept := min(len(slots), counts[node])
		for _, slot := range slots[:kept] {
			next.table[slot] = int32(node)
		}
		free = append(free, slots[kept:]...)
	}
	slices.Sort(free)
	for node, slots := range has {
		for range counts[node] - len(slots) {
			next.table[free[0]] = int32(node)
			free = free[1:]
		}
	}
	return next, nil
}

// Bytes is the memory of the table.
func (s *Slots) Bytes() int { return 4 * len(s.table) }

// parts are the numbers of slots that are due to the nodes. They are weights times a common factor, rounded, and sum up to all slots;
// rounding adds half a slot a node at most, so the factor is not below that of so many slots fewer, and one can begin there.
func (s *Slots) parts() []int {
	counts, all := make([]int, len(s.members)), 0.0
	for _, m := range s.members {
		all += m.Weight
	}
	for i, m := range s.members {
		counts[i] = int(m.Weight / all * (SlotCount - float64(len(counts))/2))
	}
	s.apportion(counts, func(int) bool { return true }, SlotCount)
	return counts
}

// keep corrects the numbers of slots that are due to nodes that were there before, with the same weight: what they have, and
// what they together must give or get.
func (s *Slots) keep(counts []int, before *Slots, has [][]int) {
	same := make([]bool, len(counts))
	index := indices(before.members)
	all := 0
	for node, m := range s.members {
		if i, ok := index[m.Name]; ok && before.members[i].Weight == m.Weight {
			same[node] = true
			all += counts[node]
			counts[node] = len(has[node])
		}
	}
	s.apportion(counts, func(node int) bool { return same[node] }, all)
}

// apportion adds to the counts of some nodes, or takes from them, one at a time until they are as many as wanted: the next slot
// goes to who would have the fewest for its weight, half a slot below, and comes from who has the most.
func (s *Slots) apportion(counts []int, among func(node int) bool, wanted int) {
	q := claims{step: 1}
	for node, count := range counts {
		if among(node) {
			q.nodes = append(q.nodes, node)
			wanted -= count
		}
	}
	if len(q.nodes) == 0 {
		return
	}
	if wanted < 0 {
		q.step, wanted = -1, -wanted
	}
	q.key = make([]float64, len(counts))
	for _, node := range q.nodes {
		q.rate(node, counts[node], s.members[node].Weight)
	}
	heap.Init(&q)
	for range wanted {
		node := q.nodes[0]
		counts[node] += q.step
		q.rate(node, counts[node], s.members[node].Weight)
		heap.Fix(&q, 0)
	}
}

// claims is a heap of nodes: the first is the next to get a slot, or to lose one.
type claims struct {
	step  int // 1 or -1
	nodes []int
	key   []float64 // by node
}

// rate sets a node's key, so that the least one comes first.
func (q *claims) rate(node, count int, weight float64) {
	q.key[node] = float64(q.step) * (float64(count) + float64(q.step)/2) / weight
	if count == 0 && q.step < 0 {
		q.key[node] = math.Inf(1) // it has none to lose
	}
}

func (q *claims) Len() int      { return len(q.nodes) }
func (q *claims) Swap(i, j int) { q.nodes[i], q.nodes[j] = q.nodes[j], q.nodes[i] }
func (q *claims) Less(i, j int) bool {
	a, b := q.nodes[i], q.nodes[j]
	return q.key[a] < q.key[b] || q.key[a] == q.key[b] && a < b
}
func (q *claims) Push(any) {} // the nodes stay the same
func (q *claims) Pop() any { return nil }
