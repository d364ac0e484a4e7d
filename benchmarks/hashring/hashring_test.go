package main

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/cespare/xxhash/v2"
	"github.com/dgryski/go-rendezvous"
	serialx "github.com/serialx/hashring"
	"github.com/stretchr/testify/require"
	stathat "stathat.com/c/consistent"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

// What is compared is alike: each contender uses all nodes, and when one joins some keys move to it and no others do, or where
// others do, fewer than those.
func TestContendersDoTheSameWork(t *testing.T) {
	const n = 51 // and one more, for which an anchor has room
	names := named(n + 1)
	for _, c := range contenders {
		before, after := c.make(names[:n]), c.make(names)
		keysOf, moved, joined := map[string]int{}, 0, 0
		for _, key := range keys {
			was, is := before.owner(key), after.owner(key)
			require.Equal(t, is, after.owner(key), "%s: %s asked for twice", c.name, key)
			keysOf[is]++
			switch {
			case is == names[n]:
				joined++
			case is != was:
				moved++
			}
		}
		for _, name := range names {
			require.Positive(t, keysOf[name], "%s: %s", c.name, name)
		}
		require.Len(t, keysOf, len(names), c.name)
		require.Positive(t, joined, c.name)
		if c.others {
			require.Positive(t, moved, c.name)
			require.Less(t, moved, joined, c.name)
		} else {
			require.Zero(t, moved, c.name)
		}
	}
}

// The loops that are measured ask for the keys' owners: they add up the nodes' indices, in the order of names, or the lengths of
// their names, here all kinds of lengths; one only counts them.
func TestLoopsAskForTheOwners(t *testing.T) {
	names := named(100)
	index := map[string]int{}
	for i := range names {
		names[i] += strings.Repeat("x", i%7)
		index[names[i]] = i
	}
	for _, c := range contenders {
		p := c.make(names)
		indices, lengths := 0, 0
		for _, key := range keys {
			indices += index[p.owner(key)]
			lengths += len(p.owner(key))
		}
		require.Contains(t, []int{indices, lengths, keyCount}, p.run(keyCount), c.name)
	}
}

// From the same hash of a key both make the same bucket of it.
func TestJumpIsThePeers(t *testing.T) {
	for _, n := range sizes {
		names := named(n)
		ours, theirs := contenders[contenderAt("Jump")].make(names), contenders[contenderAt("go-jump")].make(names)
		for _, key := range keys {
			require.Equal(t, theirs.owner(key), ours.owner(key), "%s of %d", key, n)
		}
	}
}

// Faults of the peers, for who reads the ratios.

func TestGoRendezvousCannotRemove(t *testing.T) {
	names := named(3)
	for _, name := range names {
		r := rendezvous.New(names, xxhash.Sum64String)
		require.Panics(t, func() { r.Remove(name) }, name)
	}
}

// With its default weights a node has one point in serialx/hashring, so of two nodes one may have next to nothing.
func TestSerialxSplitsUnevenly(t *testing.T) {
	least := func(owner func(key string) string, name string) float64 {
		n := 0
		for _, key := range keys {
			if owner(key) == name {
				n++
			}
		}
		return min(float64(n), float64(keyCount-n)) / keyCount
	}
	theirs, mine := 1.0, 1.0
	for i := range 20 {
		names := []string{fmt.Sprintf("cache-%d-a", i), fmt.Sprintf("cache-%d-b", i)}
		c := serialx.New(names)
		theirs = min(theirs, least(func(key string) string { return found(c.GetNode(key)) }, names[0]))
		r := must(hashring.NewRing(hashring.Named(names...), hashring.RingOptions{}))
		mine = min(mine, least(ours(r), names[0]))
	}
	require.Less(t, theirs, 0.05)
	require.Greater(t, mine, 0.40)
}

// Names that begin with digits share points in stathat/consistent: number 1 of 11.0.0.1 is number 11 of 1.0.0.1. When one of them leaves, the
// other one loses those, too, and the ring is no longer the one that is made without the first.
func TestStathatForgetsPoints(t *testing.T) {
	const shared, leaves, other = "11.0.0.1", "1.0.0.1", "2.0.0.1"
	changed, made := stathat.New(), stathat.New()
	changed.Set([]string{shared, other, leaves})
	changed.Remove(leaves)
	made.Set([]string{shared, other})
	differ := 0
	for _, key := range keys {
		if must(changed.Get(key)) != must(made.Get(key)) {
			differ++
		}
	}
	require.Positive(t, differ)
}

func BenchmarkLookup(b *testing.B) {
	b.Run(reference, func(b *testing.B) { runtime.KeepAlive(bare(b.N)) })
	for _, n := range sizes {
		names := named(n)
		for _, c := range contenders {
			if c.most > 0 && n > c.most {
				continue
			}
			b.Run(fmt.Sprintf("%s/%d", c.name, n), func(b *testing.B) {
				p := c.make(names)
				b.ReportAllocs()
				b.ResetTimer()
				runtime.KeepAlive(p.run(b.N))
			})
		}
	}
}

func BenchmarkBuild(b *testing.B) {
	names := named(1_000)
	for _, c := range contenders {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				runtime.KeepAlive(c.make(names))
			}
		})
	}
}
