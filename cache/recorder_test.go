package cache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// recording is what a recorder writes: its records, field by field.
type recording struct {
	Second uint32
	ID     uint64
	Cost   uint32
	Next   int64
}

func decoded(t *testing.T, written *bytes.Buffer) []recording {
	t.Helper()
	require.Zero(t, written.Len()%recordBytes)
	all := make([]recording, written.Len()/recordBytes)
	require.NoError(t, binary.Read(written, binary.LittleEndian, all))
	return all
}

func recorderOf(t *testing.T, w *bytes.Buffer, share float64) *Recorder {
	t.Helper()
	r, err := NewRecorder(w, share)
	require.NoError(t, err)
	return r
}

// Every Get, hit or miss, is written in order, with the whole seconds since the start and the entry's cost; Set and Delete are not.
func TestRecorder_WritesEachGet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var written bytes.Buffer
		r := recorderOf(t, &written, 1)
		c, err := New(Options[uint64, int64]{
			Capacity: 10, MaxCost: 1 << 40, Cost: func(_ uint64, v int64) int64 { return v },
			Shards: 1, Hash: func(k uint64) uint64 { return k }, Recorder: r,
		})
		require.NoError(t, err)
		set := func(key uint64, cost int64) {
			stored, err := c.Set(key, cost)
			require.NoError(t, err)
			require.True(t, stored)
		}
		c.Get(7)
		set(7, 300)
		set(8, 0)
		set(math.MaxUint64, 1<<33)
		time.Sleep(1999 * time.Millisecond)
		c.Get(7)
		c.Get(8)
		time.Sleep(time.Millisecond)
		c.Get(math.MaxUint64)
		c.Delete(7)
		c.Get(7)
		require.Equal(t, uint64(5), r.Requests())
		require.NoError(t, r.Close())
		require.Equal(t, []recording{
			{0, 7, 1, -1}, {1, 7, 300, -1}, {1, 8, 1, -1}, {2, math.MaxUint64, math.MaxUint32, -1}, {2, 7, 1, -1},
		}, decoded(t, &written))
	})
}

// A key is in a recording always or never, and the share of keys is as asked for: of n keys, Binomial(n, share) ones, whose standard deviation is
// 4.6 here; scatter spreads neighbouring ids more evenly than chance would.
func TestRecorder_RecordsAShareOfTheKeys(t *testing.T) {
	const keys, share = 1000, 0.3
	var written bytes.Buffer
	r := recorderOf(t, &written, share)
	for range 3 {
		for id := range uint64(keys) {
			r.request(id, 1)
		}
	}
	require.NoError(t, r.Close())
	times := map[uint64]int{}
	for _, record := range decoded(t, &written) {
		times[record.ID]++
	}
	for id, n := range times {
		require.Equal(t, 3, n, "key %d", id)
	}
	require.InDelta(t, keys*share, len(times), 4*math.Sqrt(keys*share*(1-share)))
	require.Equal(t, uint64(3*len(times)), r.Requests())
}

func TestRecorder_RecordsNothingAfterClose(t *testing.T) {
	var written bytes.Buffer
	r := recorderOf(t, &written, 1)
	r.request(1, 1)
	require.NoError(t, r.Close())
	r.request(2, 1)
	require.NoError(t, r.Close())
	require.Equal(t, uint64(1), r.Requests())
	require.Len(t, decoded(t, &written), 1)
}

// full is a disk with room for so many bytes.
type full struct{ left int }

var errFull = errors.New("the disk is full")

func (f *full) Write(p []byte) (int, error) {
	n := min(len(p), f.left)
	f.left -= n
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}

// The cache goes on, and Close tells, each time it is asked.
func TestRecorder_KeepsTheFirstError(t *testing.T) {
	for _, requests := range []int{1, 10_000} {
		r, err := NewRecorder(&full{left: 10}, 1)
		require.NoError(t, err)
		for id := range uint64(requests) {
			r.request(id, 1)
		}
		require.ErrorIs(t, r.Close(), errFull, "%d requests", requests)
		require.ErrorIs(t, r.Close(), errFull, "%d requests", requests)
		require.LessOrEqual(t, r.Requests(), uint64(1<<16/recordBytes), "what was lost is not counted beyond what was kept back")
	}
}

func TestRecorder_RefusesShares(t *testing.T) {
	for _, share := range []float64{0, -1, math.NaN(), math.Inf(1), math.Inf(-1), math.Nextafter(1, 2)} {
		_, err := NewRecorder(&bytes.Buffer{}, share)
		require.ErrorIs(t, err, ErrShare)
	}
	for _, share := range []float64{math.SmallestNonzeroFloat64, math.Nextafter(1, 0), 1} {
		_, err := NewRecorder(&bytes.Buffer{}, share)
		require.NoError(t, err)
	}
}

// Goroutines of two caches write whole records, each request once.
func TestRecorder_IsSharedByGoroutines(t *testing.T) {
	const goroutines, gets = 8, 500
	var written bytes.Buffer
	r := recorderOf(t, &written, 1)
	var wait sync.WaitGroup
	caches := make([]*Cache[uint64, int], 2)
	for i := range caches {
		var err error
		caches[i], err = New(Options[uint64, int]{Capacity: 64, Shards: 4, Hash: func(k uint64) uint64 { return k }, Recorder: r})
		require.NoError(t, err)
	}
	for g := range goroutines {
		wait.Go(func() {
			for i := range gets {
				caches[g%2].Get(uint64(g*gets + i))
			}
		})
	}
	wait.Wait()
	require.NoError(t, r.Close())
	var ids []int
	for _, record := range decoded(t, &written) {
		ids = append(ids, int(record.ID))
	}
	slices.Sort(ids)
	require.Len(t, ids, goroutines*gets)
	for i, id := range ids {
		require.Equal(t, i, id)
	}
}
