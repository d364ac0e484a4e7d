package cachesim

import (
	"errors"
	"fmt"
	"math"
	"math/bits"

	"github.com/sysdesign-lab/sysdesign/cache"
)

// Trace is a sequence of requests for keys of unit size. Keys are numbered from 0 in the order in which they first appear, so
// that simulations index arrays instead of hashing.
type Trace struct {
	Requests []int32  // the number of each request's key
	IDs      []uint64 // of each key: what policies see
}

// MaxRequests is the length of the longest trace.
const MaxRequests = math.MaxInt32 - 1

// ErrTooLong is wrapped by the error of a trace with more than MaxRequests requests or cache.MaxSlots keys.
var ErrTooLong = errors.New("cachesim: a trace has at most 2^31-2 requests and 2^30 keys")

// Intern numbers the keys of a trace.
func Intern(ids []uint64) (Trace, error) {
	b := newInterner()
	b.trace.Requests = make([]int32, 0, min(len(ids), MaxRequests))
	for _, id := range ids {
		if err := b.add(id); err != nil {
			return Trace{}, err
		}
	}
	return b.trace, nil
}

// interner numbers keys with a table of its own, because a simulation spends more time on a Go map than on the policy: open
// addressing with linear probing, at most half full. A cell is a number plus one; zero is a free cell.
type interner struct {
	trace Trace
	cells []int32
	shift uint

	mostRequests, mostKeys int
}

const firstCells = 1 << 10

func newInterner() *interner {
	b := &interner{mostRequests: MaxRequests, mostKeys: cache.MaxSlots}
	b.resize(firstCells)
	return b
}

// add appends a request.
func (b *interner) add(id uint64) error {
	if len(b.trace.Requests) == b.mostRequests {
		return fmt.Errorf("%w: more than %d requests", ErrTooLong, b.mostRequests)
	}
	mask := len(b.cells) - 1
	for at := b.home(id); ; at = (at + 1) & mask {
		switch number := b.cells[at] - 1; {
		case number < 0:
			return b.addKey(at, id)
		case b.trace.IDs[number] == id:
			b.trace.Requests = append(b.trace.Requests, number)
			return nil
		}
	}
}

// addKey appends the first request of a key, whose search has ended in a free cell.
func (b *interner) addKey(at int, id uint64) error {
	number := len(b.trace.IDs)
	if number == b.mostKeys {
		return fmt.Errorf("%w: more than %d keys", ErrTooLong, b.mostKeys)
	}
	b.cells[at] = int32(number) + 1
	b.trace.IDs = append(b.trace.IDs, id)
	b.trace.Requests = append(b.trace.Requests, int32(number))
	if 2*len(b.trace.IDs) > len(b.cells) {
		b.resize(2 * len(b.cells))
	}
	return nil
}

func (b *interner) resize(cells int) {
	b.cells = make([]int32, cells)
	b.shift = uint(65 - bits.Len(uint(cells)))
	for number, id := range b.trace.IDs {
		at := b.home(id)
		for b.cells[at] != 0 {
			at = (at + 1) & (cells - 1)
		}
		b.cells[at] = int32(number) + 1
	}
}

// home is where the search for an id begins: the upper bits of a product with 2^64 over the golden ratio, after the upper half
// was mixed in. Ids that were chosen to collide make it slow, not wrong.
func (b *interner) home(id uint64) int {
	return int((id ^ id>>32) * 0x9E3779B97F4A7C15 >> b.shift)
}
