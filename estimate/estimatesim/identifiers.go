package estimatesim

import (
	"fmt"
	"math/bits"
	"slices"
	"sync"
)

const (
	mostDrawn  = 1 << 24
	mostStored = 1 << 24
	// mostTries times its codes a space is drawn from: to draw each of 2^24 codes takes 17 times as many draws in the mean.
	mostTries = 1_000
)

// Repeats draws n identifiers and says which of them are equal to an earlier one: their places from 1, ascending. n lies in [0, 2^24]. It
// takes time in proportion to n, and 16 bytes and more for each.
func Repeats(n int, draw func() uint64) ([]int, error) {
	if n < 0 || n > mostDrawn {
		return nil, fmt.Errorf("estimatesim: identifiers must lie in [0, %d]: %d", mostDrawn, n)
	}
	// Equal ones meet in the same part, and a part and its table fit a processor's cache.
	const inPart = 1 << 12
	logParts := bits.Len(uint(n / inPart))
	w := workspaces.Get().(*workspace)
	defer workspaces.Put(w)
	w.empty(1 << logParts)
	for place := 1; place <= n; place++ {
		id := draw()
		part := scattered(id) >> (64 - logParts)
		w.parts[part] = append(w.parts[part], drawn{id, uint32(place)})
	}
	var places []int
	for _, part := range w.parts {
		size := 1 << bits.Len(uint(2*len(part)))
		if len(w.table) < size {
			w.table = make([]uint32, size)
		}
		places = repeatsOf(part, w.table[:size], logParts, places)
	}
	slices.Sort(places)
	return places, nil
}

// workspace is memory that many trials use one after the other: to ask for it anew takes longer than to draw.
type workspace struct {
	parts [][]drawn
	table []uint32
}

var workspaces = sync.Pool{New: func() any { return new(workspace) }}

func (w *workspace) empty(parts int) {
	w.parts = slices.Grow(w.parts[:0], parts)[:parts]
	for i := range w.parts {
		w.parts[i] = w.parts[i][:0]
	}
}

// drawn is an identifier and its place.
type drawn struct {
	id    uint64
	place uint32
}

// repeatsOf adds the places of a part's repeats. The table, whose size is a power of two and more than the part's, is for indices into the part,
// from 1.
func repeatsOf(part []drawn, table []uint32, logParts int, places []int) []int {
	clear(table)
	mask := uint64(len(table) - 1)
next:
	for i, d := range part {
		at := bits.RotateLeft64(scattered(d.id), logParts+bits.Len64(mask)) & mask // bits that did not choose the part
		for ; table[at] != 0; at = (at + 1) & mask {
			if part[table[at]-1].id == d.id {
				places = append(places, int(d.place))
				continue next
			}
		}
		table[at] = uint32(i + 1)
	}
	return places
}

// scattered has its high bits depend on all bits of the identifier: Fibonacci hashing, D. Knuth, "The Art of Computer Programming", volume 3, section 6.4.
func scattered(id uint64) uint64 { return id * 0x9E3779B97F4A7C15 }

// DrawAgain stores codes of [0, space), each drawn anew until it is none that is stored, and says how many draws it took in all until so many were
// stored. The numbers of codes ascend, up to the space, which is at most 2^24. It is an error if codes do not come in a thousand times as many
// draws as the space holds, or lie outside.
func DrawAgain(space int, stored []int, draw func() uint64) ([]int, error) {
	if space < 1 || space > mostStored {
		return nil, fmt.Errorf("estimatesim: codes must lie in [1, %d]: %d", mostStored, space)
	}
	if len(stored) == 0 || stored[0] < 0 || stored[len(stored)-1] > space || !slices.IsSorted(stored) {
		return nil, fmt.Errorf("estimatesim: numbers of stored codes must ascend within [0, %d]: %v", space, stored)
	}
	taken := make([]bool, space)
	draws, codes := 0, 0
	after := make([]int, len(stored))
	for i, n := range stored {
		for ; codes < n; draws++ {
			code := draw()
			if code >= uint64(space) {
				return nil, fmt.Errorf("estimatesim: a code must lie in [0, %d): %d", space, code)
			}
			if draws >= mostTries*space {
				return nil, fmt.Errorf("estimatesim: %d codes must come in %d draws: only %d did", n, mostTries*space, codes)
			}
			if !taken[code] {
				taken[code] = true
				codes++
			}
		}
		after[i] = draws
	}
	return after, nil
}
