package hashring

import (
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
// Slots move only where somebody moves them. [Slots.With] moves as few as it takes: to a node that joins, from those that have the most
// beyond their part, until it has its own; from one that leaves, to those that have the least. So only keys of nodes that
// changed move, and numbers of slots follow weights within one for each change.
//
// A lookup costs a CRC16, a step for each byte of the tag, and one read. Memory is 64 KB.
//
// Source: Redis Cluster Specification, sections "Key distribution model" and "Hash tags" (redis.io).
type Slots struct {
	roster
	table []int32
}

// NewSlots gives each node a range of slots that follow one another, in the order given and in proportion to their weights.
func NewSlots(members []Member) (*Slots, error) {
	s, err := newSlots(members)
	if err != nil {
		return nil, err
	}
	begin, weight, all := 0, 0.0, s.weight()
	for i, m := range s.members {
		weight += m.Weight
		end := int(math.Round(SlotCount * weight / all))
		for slot := begin; slot < end; slot++ {
			s.table[slot] = int32(i)
		}
		begin = end
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

func (s *Slots) weight() (sum float64) {
	for _, m := range s.members {
		sum += m.Weight
	}
	return sum
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
	b := balance{next: next, counts: make([]int, len(members)), changed: make([]bool, len(members))}
	index := make(map[string]int, len(members))
	for i, m := range members {
		index[m.Name] = i
		b.changed[i] = true
	}
	stays := make([]int32, len(s.members))
	for i, m := range s.members {
		node, ok := index[m.Name]
		if !ok {
			stays[i] = -1
			continue
		}
		stays[i] = int32(node)
		b.changed[node] = members[node].Weight != m.Weight
	}
	for slot, owner := range s.table {
		next.table[slot] = stays[owner]
		if stays[owner] >= 0 {
			b.counts[stays[owner]]++
		}
	}
	b.settle()
	return next, nil
}

// balance moves slots so that nodes that changed get their part, and nobody else's go anywhere but to those.
type balance struct {
	next    *Slots
	counts  []int
	changed []bool
}

func (b *balance) settle() {
	parts, all := make([]float64, len(b.counts)), b.next.weight()
	for i, m := range b.next.members {
		parts[i] = SlotCount * m.Weight / all
	}
	excess := func(i int) float64 { return float64(b.counts[i]) - parts[i] }
	for i := range parts { // who changed gives up what is too much
		if b.changed[i] {
			for b.counts[i] > int(math.Round(parts[i])) {
				b.give(b.last(int32(i)), -1)
			}
		}
	}
	for slot := b.last(-1); slot >= 0; slot = b.last(-1) { // what is nobody's goes to who lacks most
		to := 0
		for i := range parts {
			if excess(i) < excess(to) {
				to = i
			}
		}
		b.give(slot, int32(to))
	}
	for i := range parts { // who changed takes from those that have most beyond their part
		for b.changed[i] && b.counts[i] < int(math.Round(parts[i])) {
			from := -1
			for j := range parts {
				if j != i && b.counts[j] > 0 && (from < 0 || excess(j) > excess(from)) {
					from = j
				}
			}
			if from < 0 {
				break
			}
			b.give(b.last(int32(from)), int32(i))
		}
	}
}

// last is the last slot of a node, or -1.
func (b *balance) last(node int32) int {
	for slot := len(b.next.table) - 1; slot >= 0; slot-- {
		if b.next.table[slot] == node {
			return slot
		}
	}
	return -1
}

func (b *balance) give(slot int, node int32) {
	if from := b.next.table[slot]; from >= 0 {
		b.counts[from]--
	}
	b.next.table[slot] = node
	if node >= 0 {
		b.counts[node]++
	}
}

// Bytes is the memory of the table.
func (s *Slots) Bytes() int { return 4 * len(s.table) }
