package hashring_test

import (
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/internal/race"
)

func TestLookupsDoNotAllocate(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	const n = 8
	for _, of := range subjects {
		members := named(n)
		for i := range members {
			if of.weights {
				members[i].Weight = float64(i + 1)
			}
			members[i].Zone = fmt.Sprint(i % 3)
		}
		for _, h := range []hashing{{}, {Seed: 3}, {Hash: hashes[1].hash}} {
			p, err := of.make(members, h)
			require.NoError(t, err)
			dst := make([]int, 0, n)
			i := 0
			for what, lookup := range map[string]func(){
				"Owner":        func() { sink += p.Owner(keys[i%64]) },
				"AppendOwners": func() { dst, err = p.AppendOwners(dst[:0], keys[i%64], n) },
				"AppendSpread": func() { dst, err = p.AppendSpread(dst[:0], keys[i%64], n) },
			} {
				require.Zero(t, testing.AllocsPerRun(200, func() { lookup(); i++ }), "%s of a %s", what, of.name)
				require.NoError(t, err)
			}
		}
	}
	for _, of := range schemes {
		table, err := hashring.NewTable(of.scheme, nodes("a", "b", "c")...)
		require.NoError(t, err)
		cell, err := hashring.NewCell(table)
		require.NoError(t, err)
		for what, lookup := range map[string]func(){
			"Table.Owner": func() { sink += len(table.Owner("k").Value) },
			"Table.Value": func() { sink += len(table.Value("k")) },
			"Table.Node":  func() { sink += len(table.Node(1).Name) },
			"Cell.Owner":  func() { sink += len(cell.Owner("k").Value) },
		} {
			require.Zero(t, testing.AllocsPerRun(200, lookup), "%s on a %s", what, of.name)
		}
	}
	r, err := hashring.NewRing(named(n), hashring.RingOptions{})
	require.NoError(t, err)
	m, err := hashring.NewMaglev(named(n), hashring.MaglevOptions{})
	require.NoError(t, err)
	require.Zero(t, testing.AllocsPerRun(200, func() { sink += r.OwnerOf(uint64(sink)) + m.OwnerOf(uint64(sink)) }))
	require.Zero(t, testing.AllocsPerRun(200, func() { sink += hashring.Slot(keys[0]) + hashring.JumpHash(5, 5) }))
}

// Some 50 bytes an entry: a map's slots of 24 bytes and their control bytes, seven sixteenths to seven eighths of them in use: 28.6 to
// 57.1 bytes.
func TestMemoryOfADirectory(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector takes memory of its own")
	}
	rest, err := hashring.NewJump(named(3), hashing{})
	require.NoError(t, err)
	entries := map[string]string{}
	const n = 100_000
	for i := range n {
		entries[fmt.Sprint(i)] = "node-00001"
	}
	heap := func() int {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	before := heap()
	d, err := hashring.NewDirectory(rest, entries)
	require.NoError(t, err)
	perEntry := float64(heap()-before) / n
	require.Equal(t, n, d.Entries())
	require.True(t, perEntry > 25 && perEntry < 60, "%.1f bytes an entry", perEntry)
	runtime.KeepAlive(entries)
}

// One placement, many readers, while others are made from it: for the race detector, and for who reads what is not theirs.
func TestPlacementsAreSafeForConcurrentUse(t *testing.T) {
	for _, of := range subjects {
		p, err := of.make(named(6), hashing{})
		require.NoError(t, err)
		var all sync.WaitGroup
		for w := range 4 {
			all.Go(func() {
				var dst []int
				for i := range 50 {
					key := keys[(i+w)%len(keys)]
					first := p.Owner(key)
					var err error
					if dst, err = p.AppendSpread(dst[:0], key, 6); err != nil || dst[0] != first {
						t.Errorf("%s: the owners of %s are %v, %v", of.name, key, dst, err)
					}
					if _, err := p.With(named(4 + i%4)); err != nil {
						t.Errorf("%s: %v", of.name, err)
					}
					switch p := p.(type) {
					case *hashring.Slots:
						_, err = p.Move(i, i+w, "node-00003")
					case *hashring.Ranges:
						_, err = p.Split(fmt.Sprint("x", i), "node-00003")
					case *hashring.Directory:
						_, err = p.Assign(map[string]string{key: "node-00003"})
					}
					if err != nil {
						t.Errorf("%s: %v", of.name, err)
					}
				}
			})
		}
		all.Wait()
	}
}
