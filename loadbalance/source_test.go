package loadbalance

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// fixed is a source that gives its numbers in turn.
type fixed []uint64

func (f *fixed) Uint64() uint64 {
	x := (*f)[0]
	*f = append((*f)[1:], x)
	return x
}

// Both halves of one number, over all values that a half of few bits can take: 2^32 values are split among three, and
// the one value that would make the first share larger than the others is drawn again.
func TestTwoRejectsWhatWouldBeBiased(t *testing.T) {
	for _, c := range []struct {
		numbers fixed
		n, m    int
		i, j    int
	}{
		{fixed{0x55555556_55555556}, 3, 3, 1, 1},
		{fixed{0xffffffff_ffffffff}, 3, 5, 2, 4},
		{fixed{0x00000000_ffffffff, 1 << 63}, 3, 5, 1, 4}, // the first half is rejected, and drawn anew from 1<<63
		{fixed{0xffffffff_00000000, 1 << 63}, 3, 5, 2, 2}, // the second half is
		{fixed{0x00000000_00000000}, 4, 8, 0, 0},          // powers of two need no rejection
		{fixed{1 << 63, 1 << 62}, 1 << 40, 1 << 40, 1 << 39, 1 << 38},
	} {
		i, j := source{&c.numbers}.two(c.n, c.m)
		require.Equal(t, []int{c.i, c.j}, []int{i, j}, "%#x", c)
	}
	require.Equal(t, 1, source{&fixed{0, 1 << 63}}.below(3), "2^64 = 1 modulo 3: the value 0 is drawn again")
	require.Equal(t, 0, source{&fixed{0}}.below(4))
}

func TestTwoIsIndependent(t *testing.T) {
	s := source{rand.NewPCG(1, 2)}
	var counts [3][5]int
	const draws = 150_000
	for range draws {
		i, j := s.two(3, 5)
		counts[i][j]++
	}
	for _, row := range counts {
		for _, c := range row {
			// 10,000 expected, standard error sqrt(150000 * 1/15 * 14/15) = 97; five of them.
			require.InDelta(t, draws/15, c, 485)
		}
	}
}
