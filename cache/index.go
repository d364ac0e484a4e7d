package cache

import "math/bits"

// index is a hash table from 64-bit hashes to slots, of a fixed size: open addressing with linear probing, at most half full. A cell is
// the upper half of the hash and the slot plus one, so that a search reads the entry itself only where 32 bits agree; zero is a
// free cell. Deletion shifts later cells back (D. Knuth, The Art of Computer Programming, volume 3, section 6.4, algorithm R), and leaves no
// tombstones that would fill the table up.
//
// Its owner compares keys. A search goes from home(hash) along next until a free cell:
//
//	for at := x.home(hash); x.cells[at] != 0; at = x.next(at) {
//		if slot, ok := x.candidate(at, hash); ok && same(slot) { … }
//	}
type index struct {
	cells []uint64
	mask  uint32
	shift uint
}

func newIndex(entries int) index {
	width := max(2, bits.Len(uint(2*entries-1)))
	return index{cells: make([]uint64, 1<<width), mask: 1<<width - 1, shift: uint(32 - min(width, 32))}
}

// scatter makes neighbouring ids into hashes that differ in all bits: a multiplication by 2^64 over the golden ratio (Knuth, section 6.4),
// whose upper bits are the good ones, and half of a second round for ids that differ in upper bits only.
func scatter(id uint64) uint64 {
	id ^= id >> 32
	id *= 0x9E3779B97F4A7C15
	id ^= id >> 32
	return id * 0x9E3779B97F4A7C15
}

func (x *index) home(hash uint64) uint32 { return uint32(hash>>32) >> x.shift }

func (x *index) next(at uint32) uint32 { return (at + 1) & x.mask }

// candidate is the slot in a cell, if it may be that of the hash.
func (x *index) candidate(at uint32, hash uint64) (slot int32, ok bool) {
	cell := x.cells[at]
	return int32(uint32(cell)) - 1, cell>>32 == hash>>32
}

// add puts a slot into the free cell at which a search has ended.
func (x *index) add(at uint32, hash uint64, slot int32) {
	x.cells[at] = hash>>32<<32 | uint64(slot+1)
}

// removeAt frees a cell, and moves those back that lie behind it only because it was taken.
func (x *index) removeAt(at uint32) {
	free := at
	for i := x.next(at); x.cells[i] != 0; i = x.next(i) {
		// the cell may move if its home is not in (free, i]
		if home := x.home(x.cells[i]); (i-home)&x.mask >= (i-free)&x.mask {
			x.cells[free] = x.cells[i]
			free = i
		}
	}
	x.cells[free] = 0
}

// cellOf returns the cell of a slot, and whether the index holds it under that hash.
func (x *index) cellOf(hash uint64, slot int32) (at uint32, ok bool) {
	for at = x.home(hash); x.cells[at] != 0; at = x.next(at) {
		if s, ok := x.candidate(at, hash); ok && s == slot {
			return at, true
		}
	}
	return at, false
}

// removeSlot frees the cell of a slot that the index holds under that hash.
func (x *index) removeSlot(hash uint64, slot int32) {
	if at, ok := x.cellOf(hash, slot); ok {
		x.removeAt(at)
	}
}
