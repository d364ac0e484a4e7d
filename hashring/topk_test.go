package hashring_test

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

// counting is what the laws of hot keys judge: a summary with k counters.
type counting interface {
	Observe(key int)
	Top(n int) []hashring.Counted[int]
}

func newRealTopK(k int) (counting, error) { return hashring.NewTopK[int](k) }

// lawTopK compares with exact counts.
func lawTopK(make func(k int) (counting, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		k := rapid.IntRange(1, 6).Draw(t, "counters")
		stream := rapid.SliceOfN(rapid.IntRange(0, 9), 0, 60).Draw(t, "stream")
		top, err := make(k)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range stream {
			top.Observe(key)
		}
		judgeTopK(t, fmt.Sprintf("%d counters observe %v", k, stream), k, exactly(stream), top)
	}
}

func exactly(streams ...[]int) map[int]uint64 {
	counts := map[int]uint64{}
	for _, key := range slices.Concat(streams...) {
		counts[key]++
	}
	return counts
}

func judgeTopK(t *rapid.T, story string, k int, exact map[int]uint64, top counting) {
	total := uint64(0)
	for _, c := range exact {
		total += c
	}
	all := top.Top(k)
	found := map[int]bool{}
	for i, c := range all {
		switch observed := exact[c.Key]; {
		case found[c.Key]:
			t.Fatalf("%s\nbut %d is listed twice", story, c.Key)
		case c.Count < observed || c.Count-c.Error > observed:
			t.Fatalf("%s\nbut %d was observed %d times, and the count is %d with an error of %d", story, c.Key, observed, c.Count, c.Error)
		case c.Error*uint64(k) > total:
			t.Fatalf("%s\nbut the error of %d is %d, more than %d/%d", story, c.Key, c.Error, total, k)
		case i > 0 && all[i-1].Count < c.Count:
			t.Fatalf("%s\nbut the top is not in order: %v", story, all)
		}
		found[c.Key] = true
	}
	for _, key := range slices.Sorted(maps.Keys(exact)) {
		if exact[key]*uint64(k) > total && !found[key] {
			t.Fatalf("%s\nbut %d, observed %d times of %d, has no counter", story, key, exact[key], total)
		}
	}
}

func TestLaw_TopK(t *testing.T) { rapid.Check(t, lawTopK(newRealTopK)) }

// All that is promised of one stream holds for two that are merged, with more observed afterwards, as often as one likes.
func TestLaw_TopKMerges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(1, 6).Draw(t, "counters")
		streams := rapid.SliceOfN(rapid.SliceOfN(rapid.IntRange(0, 9), 0, 40), 1, 4).Draw(t, "streams")
		all, err := hashring.NewTopK[int](k)
		if err != nil {
			t.Fatal(err)
		}
		for i, stream := range streams {
			one, _ := hashring.NewTopK[int](k)
			for _, key := range stream {
				one.Observe(key)
			}
			before := one.Top(k)
			if i%2 == 1 { // merged, or observed further
				one, before = all, nil
				for _, key := range stream {
					all.Observe(key)
				}
			} else if err := all.Merge(one); err != nil {
				t.Fatal(err)
			}
			if before != nil && !slices.Equal(before, one.Top(k)) {
				t.Fatalf("the other one was changed: %v, %v", before, one.Top(k))
			}
			exact := exactly(streams[:i+1]...)
			judgeTopK(t, fmt.Sprintf("%d counters merge and observe %v", k, streams[:i+1]), k, exact, all)
			for key := range 10 {
				c, known := all.Count(key)
				if known && (c.Count < exact[key] || c.Count-c.Error > exact[key]) || !known && exact[key] > all.Missed() {
					t.Fatalf("%d was observed %d times: %v %v, missed at most %d", key, exact[key], c, known, all.Missed())
				}
			}
			if all.Missed()*uint64(k) > all.Total() {
				t.Fatalf("%d may be missed of %d with %d counters", all.Missed(), all.Total(), k)
			}
		}
		doubled := all.Total() * 2
		if err := all.Merge(all); err != nil || all.Total() != doubled {
			t.Fatalf("merging with itself: %v, %d of %d", err, all.Total(), doubled)
		}
		twice := exactly(append(streams, streams...)...)
		judgeTopK(t, fmt.Sprintf("%d counters merge with themselves %v", k, streams), k, twice, all)
	})
}

// Long streams through many counters, for the sake of the hash table in it.
func TestTopKUnderChurn(t *testing.T) {
	const k, n = 100, 100_000
	top, err := hashring.NewTopK[int](k)
	require.NoError(t, err)
	random := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(random, 1.1, 1, 100_000)
	exact := map[int]uint64{}
	for range n {
		key := int(zipf.Uint64())
		exact[key]++
		top.Observe(key)
	}
	require.Equal(t, uint64(n), top.Total())
	require.Len(t, top.Top(k+1), k)
	listed := map[int]bool{}
	for _, c := range top.Top(k) {
		listed[c.Key] = true
		require.LessOrEqual(t, exact[c.Key], c.Count)
		require.GreaterOrEqual(t, exact[c.Key], c.Count-c.Error)
		same, known := top.Count(c.Key)
		require.True(t, known)
		require.Equal(t, c, same)
	}
	for key, count := range exact {
		require.True(t, listed[key] || count <= top.Missed(), "%d: %d", key, count)
	}
}

func TestTopKOfKeysThatEqualNothing(t *testing.T) {
	top, err := hashring.NewTopK[float64](3)
	require.NoError(t, err)
	for i := range 100 {
		top.Observe(math.NaN())
		top.Observe(float64(i % 2))
	}
	require.Len(t, top.Top(10), 3)
	require.NoError(t, top.Merge(top))
	require.Equal(t, uint64(400), top.Total())
}

func TestTopKBadInput(t *testing.T) {
	for _, k := range []int{0, -1, 1<<24 + 1, math.MaxInt} {
		_, err := hashring.NewTopK[string](k)
		require.EqualError(t, err, fmt.Sprint("hashring: the number of counters must lie in [1, 16777216]: ", k))
	}
	a, err := hashring.NewTopK[string](10)
	require.NoError(t, err)
	b, err := hashring.NewTopK[string](20)
	require.NoError(t, err)
	require.EqualError(t, a.Merge(b), "hashring: to merge takes as many counters: 10 and 20")
	require.EqualError(t, a.Merge(nil), "hashring: to merge takes another one: nil")
	require.Empty(t, a.Top(5))
	a.Observe("x")
	require.Empty(t, a.Top(-1))
	_, known := a.Count("y")
	require.False(t, known)
}

func TestTopKDoesNotAllocate(t *testing.T) {
	var keys []string
	for i := range 5_000 {
		keys = append(keys, fmt.Sprint("key-", i*i%4_999))
	}
	top, err := hashring.NewTopK[string](100)
	require.NoError(t, err)
	require.Zero(t, testing.AllocsPerRun(20, func() {
		for _, key := range keys {
			top.Observe(key)
		}
	}))
}
