package hashring_test

import (
	"fmt"
	"math"
	"strconv"
	"testing"

	"github.com/cespare/xxhash/v2"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

// The reference implementation's answers.
func TestClaim_JumpHashVectors(t *testing.T) {
	want := []int{0, 55, 62, 8, 45, 59, 86, 97, 82, 59, 73, 37, 17, 56, 86, 21, 90, 37, 38, 83}
	for key, bucket := range want {
		require.Equal(t, bucket, hashring.JumpHash(uint64(key), 100), "key %d", key)
	}
	require.Equal(t, 6, hashring.JumpHash(10863919174838991, 11))
	require.Equal(t, 80343, hashring.JumpHash(2, 100001))
	require.Equal(t, 520, hashring.JumpHash(256, 1024))
	require.Equal(t, 0, hashring.JumpHash(256, 1))
	require.Equal(t, -1, hashring.JumpHash(256, 0), "none")
}

// Section 2 of the paper: from n to n+1 buckets one key in n+1 moves, all of them to the new one. The number that moves is
// binomial; a correct code is beyond five standard deviations for one set of keys in a million.
func TestClaim_JumpMovesOneInTheNumberOfBuckets(t *testing.T) {
	const keys = 100_000
	for _, n := range []int{1, 2, 10, 99} {
		moved := 0
		for i := range keys {
			key := splitMix(uint64(n), i)
			if before, after := hashring.JumpHash(key, n), hashring.JumpHash(key, n+1); before != after {
				require.Equal(t, n, after)
				moved++
			}
		}
		p := 1 / float64(n+1)
		require.InDelta(t, keys*p, moved, 5*math.Sqrt(keys*p*(1-p)), "%d buckets", n)
	}
}

// The published test vectors of the default hash, and that it is the one which a ring and a Maglev table use, unseeded, for keys.
func TestClaim_DefaultHashIsXXHash64(t *testing.T) {
	r, err := hashring.NewRing(named(50), hashring.RingOptions{Hashing: hashing{Seed: 7}})
	require.NoError(t, err)
	m, err := hashring.NewMaglev(named(50), hashring.MaglevOptions{})
	require.NoError(t, err)
	for key, hash := range map[string]uint64{"": 0xef46db3751d8e999, "a": 0xd24ec4f1a98c6e5b, "abc": 0x44bc2cf5ad770999} {
		require.Equal(t, hash, xxhash.Sum64String(key))
		require.Equal(t, r.OwnerOf(hash), r.Owner(key))
		require.Equal(t, m.OwnerOf(hash), m.Owner(key))
	}
}

// Redis Cluster Specification, "Hash tags": what stands between the first { and the first } after it, unless that is nothing.
func TestClaim_RedisSlots(t *testing.T) {
	for key, slot := range map[string]int{
		"somekey": 11058, "{user1}.following": 8106, "{user1}.followers": 8106, "user1": 8106, "hash_tag": 2515, "foo{hash_tag}": 2515,
		"123456789": 0x31c3, "": 0,
	} {
		require.Equal(t, slot, hashring.Slot(key), key)
	}
	for _, same := range [][2]string{
		{"{user1000}.following", "user1000"},
		{"foo{}{bar}", "foo{}{bar}{}"[:10]}, // the whole key: nothing between the first { and }
		{"foo{{bar}}zap", "{bar"},
		{"foo{bar}{zap}", "bar"},
		{"{a}}", "a"},
		{"}{a}", "a"},
		{"a}{b}", "b"},
		{"{{a}}", "{a"},
	} {
		require.Equal(t, hashring.Slot(same[1]), hashring.Slot(same[0]), "%q", same)
	}
	for _, whole := range []string{"{}", "{a", "a}", "foo{}{bar}", "{}bar", "}{"} {
		require.Equal(t, bitwise(whole)%16384, hashring.Slot(whole), "the whole of %q", whole)
	}
	require.NotEqual(t, hashring.Slot("bar"), hashring.Slot("foo{}{bar}"))
}

// bitwise is CRC-16/XMODEM, bit by bit.
func bitwise(s string) int {
	crc := 0
	for _, b := range []byte(s) {
		crc ^= int(b) << 8
		for range 8 {
			if crc <<= 1; crc > 0xffff {
				crc ^= 0x11021
			}
		}
	}
	return crc
}

func entries(m *hashring.Maglev, size int) (owners []int, counts map[int]int) {
	counts = map[int]int{}
	for entry := range size {
		// Some hash in the middle of the entry.
		owner := m.OwnerOf(uint64((float64(entry) + 0.5) / float64(size) * (1 << 64)))
		owners = append(owners, owner)
		counts[owner]++
	}
	return owners, counts
}

// Section 5.3 of the Maglev paper: 1,000 backends have the same number of entries, or one more, in both of its tables.
func TestClaim_MaglevEntriesDifferByAtMostOne(t *testing.T) {
	for _, size := range []int{65537, 655373} {
		m, err := hashring.NewMaglev(named(1_000), hashring.MaglevOptions{Size: size})
		require.NoError(t, err)
		_, counts := entries(m, size)
		for node := range 1_000 {
			require.Contains(t, []int{size / 1_000, size/1_000 + 1}, counts[node])
		}
	}
}

// With weights a node has entries in their proportion: after r rounds floor(r*w/max) of them, or one fewer in the round that was cut
// short. So from its part in the table it is less than two down, and up by less than its part in two entries for each node.
func TestClaim_MaglevEntriesFollowWeights(t *testing.T) {
	members := named(10)
	all := 0.0
	for i := range members {
		members[i].Weight = float64(1 + i*i%7)
		all += members[i].Weight
	}
	m, err := hashring.NewMaglev(members, hashring.MaglevOptions{Size: 997})
	require.NoError(t, err)
	_, counts := entries(m, 997)
	for i := range members {
		part := members[i].Weight / all
		off := float64(counts[i]) - 997*part
		require.True(t, off > -2 && off < 20*part, "weight %v: %d entries", members[i].Weight, counts[i])
	}
}

// When one of n leaves, at least its own entries change. Each other one that changes does so because a node, now early by its
// turn in n, came to it before the one that had it: few with ten nodes, and with a hundred fewer than it had itself.
func TestClaim_MaglevMovesLittleMoreThanItMust(t *testing.T) {
	const size = 65537
	for _, c := range []struct {
		n    int
		most float64
	}{{10, 1.1}, {100, 2}} {
		m, err := hashring.NewMaglev(named(c.n), hashring.MaglevOptions{})
		require.NoError(t, err)
		before, counts := entries(m, size)
		for _, leaves := range []int{0, c.n / 2, c.n - 1} {
			next, err := m.With(append(named(c.n)[:leaves:leaves], named(c.n)[leaves+1:]...))
			require.NoError(t, err)
			after, _ := entries(next.(*hashring.Maglev), size)
			changed := 0
			for i := range before {
				if m.Members()[before[i]].Name != next.Members()[after[i]].Name {
					changed++
				}
			}
			ratio := float64(changed) / float64(counts[leaves])
			t.Logf("one of %d nodes leaves: %.3f times the least changes", c.n, ratio)
			require.True(t, ratio >= 1 && ratio < c.most, "%v", ratio)
		}
	}
}

// Shares as even as random draws, or in proportion to weights: Pearson's chi-square of 100,000 keys, beyond whose limit one
// in a million would be.
func TestClaim_SharesAreThoseOfRandomDraws(t *testing.T) {
	weighted := named(10)
	for i := range weighted {
		weighted[i].Weight = float64(i+1) / 2
	}
	anchor, err := hashring.NewAnchor(named(10), 16, hashing{})
	require.NoError(t, err)
	changed, err := anchor.With(append(named(10)[:3:3], named(13)[6:]...))
	require.NoError(t, err)
	for name, make := range map[string]func() (placement, error){
		"rendezvous":          func() (placement, error) { return hashring.NewRendezvous(named(10), hashing{}) },
		"weighted rendezvous": func() (placement, error) { return hashring.NewRendezvous(weighted, hashing{}) },
		"seeded rendezvous":   func() (placement, error) { return hashring.NewRendezvous(weighted, hashing{Seed: 5}) },
		"jump":                func() (placement, error) { return hashring.NewJump(named(10), hashing{}) },
		"seeded jump":         func() (placement, error) { return hashring.NewJump(named(10), hashing{Seed: 5}) },
		"full anchor":         func() (placement, error) { return hashring.NewAnchor(named(10), 10, hashing{}) },
		"anchor":              func() (placement, error) { return anchor, nil },
		"changed anchor":      func() (placement, error) { return changed, nil },
		"roomy anchor":        func() (placement, error) { return hashring.NewAnchor(named(10), 1_000, hashing{}) },
	} {
		p, err := make()
		require.NoError(t, err)
		const keys = 100_000
		counts, all := map[int]float64{}, 0.0
		for i := range keys {
			counts[p.Owner("key-"+strconv.Itoa(i))]++
		}
		for _, m := range p.Members() {
			all += m.Weight
		}
		statistic := 0.0
		for i, m := range p.Members() {
			expected := keys * m.Weight / all
			statistic += (counts[i] - expected) * (counts[i] - expected) / expected
		}
		limit := distuv.ChiSquared{K: float64(len(p.Members()) - 1)}.Quantile(1 - 1e-6)
		require.Less(t, statistic, limit, "%s: %v", name, counts)
	}
}

// Another seed is another placement: two of them agree on a key with probability 1/n.
func TestClaim_SeedsGiveUnrelatedPlacements(t *testing.T) {
	const n, keys = 10, 5_000
	for _, of := range subjects {
		switch of.name {
		case "rendezvous", "jump": // whose keys are independent of each other
			a, err := of.make(named(n), hashing{Seed: 1})
			require.NoError(t, err)
			b, err := of.make(named(n), hashing{Seed: 2})
			require.NoError(t, err)
			same := 0
			for i := range keys {
				if key := fmt.Sprint(i); a.Owner(key) == b.Owner(key) {
					same++
				}
			}
			require.InDelta(t, keys/n, same, 5*math.Sqrt(keys*0.1*0.9), of.name)
		}
	}
}
