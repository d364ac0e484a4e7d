package main

import (
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is compared is alike: each contender gives what was set under that key and nothing else, holds as much as it may and, when what was put
// off is done, no more.
func TestContendersDoTheSameWork(t *testing.T) {
	const capacity = 1_000
	for _, c := range append(contenders, onTraces...) {
		t.Run(c.name+" "+c.evict, func(t *testing.T) {
			table := c.make(capacity)
			defer table.closed()
			for round := range 3 {
				for key := range uint64(3 * capacity) {
					table.set(key, key+7)
					if c.late {
						table.settled()
					}
				}
				inside := 0
				for key := range uint64(4 * capacity) {
					if value, ok := table.get(key); ok {
						inside++
						require.Equal(t, key+7, value)
						require.Less(t, key, uint64(3*capacity))
					}
				}
				table.settled()
				require.LessOrEqual(t, inside, capacity, "round %d", round)
				require.Greater(t, inside, capacity*9/10, "round %d", round)
				require.LessOrEqual(t, table.len(), capacity, "round %d", round)
			}
		})
	}
}

// The hit ratios of all are about the same where keys are popular for good: a tenth of the keys hold four fifths of the requests.
func TestContendersHitAlike(t *testing.T) {
	keys := drawn(100_000)[:1<<18]
	for _, c := range append(contenders, onTraces...) {
		table := c.make(10_000)
		ratio := table.warm(keys)
		table.closed()
		require.True(t, ratio > 0.6 && ratio < 0.9, "%s %s hits %.3f", c.name, c.evict, ratio)
	}
}

// An LRU is an LRU: two that are exact have the same hits, request by request.
func TestTheReferenceIsExact(t *testing.T) {
	keys := drawn(10_000)[:1<<16]
	var tables []table
	for _, c := range contenders {
		if c.evict == "LRU" && c.name != "Cache" {
			tables = append(tables, c.make(500))
		}
	}
	require.Len(t, tables, 2)
	for i, key := range keys {
		require.Equal(t, tables[0].ask(key), tables[1].ask(key), "request %d", i)
	}
}

// A million uint64 entries under LRU take at most 80 bytes each, all told.
func TestAMillionEntriesAreSmall(t *testing.T) {
	bytes := contenders[0].bytes(1_000_000)
	t.Logf("%.1f bytes an entry", bytes)
	require.Equal(t, "LRU", contenders[0].evict)
	require.LessOrEqual(t, bytes, 80.0)
	require.Greater(t, bytes, 40.0) // the hash, the key, the value, the links and a cell
}

func TestTraces(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, traces(""))
	require.ErrorIs(t, traces(folder), os.ErrNotExist)
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		f, err := os.Create(path)
		require.NoError(t, err)
		w := gzip.NewWriter(f)
		_, err = fmt.Fprint(w, text)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		require.NoError(t, f.Close())
		return path
	}
	keys, err := readTrace(write("good", "* mark\n1\n2 \n\n1\n"))
	require.NoError(t, err)
	require.Equal(t, []uint64{1, 2, 1}, keys)
	require.InDelta(t, 1.0/3, contenders[0].hitRatio(keys, 2), 1e-15)
	_, err = readTrace(write("bad", "1\nx\n"))
	require.ErrorContains(t, err, "bad")
}
