package cache

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBadCapacities(t *testing.T) {
	for _, of := range append(policies, policyCase{name: "TinyLFU", build: TinyLFU(FIFO)}, policyCase{name: "random", build: Random(nil)}) {
		for _, slots := range []int{0, -1, math.MinInt, MaxSlots + 1, math.MaxInt} {
			p, err := of.build(slots)
			require.Nil(t, p, "%s with %d slots", of.name, slots)
			require.ErrorIs(t, err, ErrCapacity, "%s with %d slots", of.name, slots)
			require.EqualError(t, err, fmt.Sprintf("cache: the capacity must be at least 1 entry and at most 2^30: %d", slots), of.name)
		}
	}
}

// The slots are checked alike by all, up to the last that is allowed, which a test cannot afford to build.
func TestTheLargestCapacityIsAllowed(t *testing.T) { require.NoError(t, checkSlots(MaxSlots)) }

func TestParts(t *testing.T) {
	for _, c := range []struct {
		slots int
		share float64
		least int
		want  int
	}{
		{1, 0.25, 1, 1}, {1, 0.25, 0, 0}, {2, 0.25, 0, 1}, {10, 0.25, 1, 3}, {9, 0.25, 1, 2}, {100, 0.01, 2, 2}, {MaxSlots, 0.5, 1, MaxSlots / 2},
	} {
		require.Equal(t, c.want, part(c.slots, c.share, c.least), "%+v", c)
	}
}
