package clocks_test

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/clocks"
	"github.com/sysdesign-lab/sysdesign/clocks/clocksim"
	"github.com/sysdesign-lab/sysdesign/internal/race"
)

// Lamport 1978, "The Partial Ordering" and "Logical Clocks": the clock condition holds one way only. The converse cannot be expected,
// as that would mean that any two concurrent events happen at the same time: here the first events of a and b have the same time, and the second of a a
// larger one, though neither is before any of b's. The vectors know.
func TestClaim_LamportTimeIsOneWay(t *testing.T) {
	x := clocksim.Execution{Processes: 2, Events: []clocksim.Event{
		{Process: 0, From: clocksim.NoMessage}, {Process: 1, From: clocksim.NoMessage}, {Process: 0, From: clocksim.NoMessage},
	}}
	require.Equal(t, "a ─1───3─\nb ───2───", x.String())
	lamport, vectors := lamportScheme.stamps(x), vectorScheme.stamps(x)
	require.Equal(t, clocks.Concurrent, x.History().Order(1, 2))
	require.Equal(t, []uint64{1, 1, 2}, []uint64{lamport[0].Counter, lamport[1].Counter, lamport[2].Counter})
	require.Equal(t, -1, lamport[1].Compare(lamport[2]), "%v and %v", lamport[1], lamport[2])
	require.Equal(t, clocks.Concurrent, vectors[1].Compare(vectors[2]), "%v and %v", vectors[1], vectors[2])
}

// A hostile peer's largest time is refused and has no effect. All that it can do is to send the largest time that the bound admits, each of which
// takes the clock 2^32+1 ahead: so 2^31-1 messages until there is no next one, 35 minutes at a million messages a second.
func TestClaim_AHostilePeerNeedsTwoThousandMillionMessages(t *testing.T) {
	var l clocks.Lamport
	for _, hostile := range []uint64{math.MaxUint64, clocks.MaxCounter, 1<<32 + 1} {
		_, err := l.Witness(hostile)
		require.ErrorIs(t, err, clocks.ErrAhead)
		require.Zero(t, l.Time())
	}
	const step = 1<<32 + 1
	for i := range uint64(1_000) {
		require.Equal(t, (i+1)*step, got(l.Witness(l.Time()+1<<32)))
	}
	const needed = (clocks.MaxCounter - 1) / step
	require.Equal(t, 1<<31-1, needed)
	late := got(clocks.NewLamport(clocks.LamportConfig{From: needed * step}))
	_, err := late.Witness(late.Time() + 1<<32)
	require.Error(t, err)
}

// named are the names of n actors; each call makes their bytes anew, as names that came over a network are.
func named(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("actor-%04d", i)
	}
	return names
}

// pair are two clocks of n actors that compare as After, and only when all is read.
func pair(n int) (older, newer map[string]uint64) {
	older, newer = map[string]uint64{}, map[string]uint64{}
	for i, actor := range named(n) {
		older[actor], newer[strings.Clone(actor)] = uint64(i+1), uint64(i+2)
	}
	return older, newer
}

func TestHotPathsDoNotAllocate(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	var l clocks.Lamport
	for _, n := range []int{3, 100} {
		older, newer := pair(n)
		v, w := got(clocks.NewVector(older)), got(clocks.NewVector(newer))
		roster := got(clocks.NewRoster(named(n)...))
		d, e := got(roster.Dense(v)), got(roster.Dense(w))
		names, room, stamp := named(n), make([]byte, 0, 100*n), clocks.LamportStamp{Counter: 7, Node: "a"}
		for what, call := range map[string]func(){
			"Vector.Compare":    func() { sink += int(w.Compare(v)) },
			"Vector.Equal":      func() { _ = w.Equal(v) },
			"Vector.Counter":    func() { sink += int(v.Counter(names[1])) },
			"Vector.Increment":  func() { must(v.Increment(names[1])) },
			"Vector.Merge":      func() { v.Merge(w) },
			"Vector.All":        func() { sumOf(v) },
			"Dense.Compare":     func() { sink += int(e.Compare(d)) },
			"Dense.Increment":   func() { must(d.Increment(1)) },
			"Dense.Merge":       func() { d.Merge(e) },
			"Lamport":           func() { got(l.Witness(got(l.Tick()))) },
			"LamportStamp":      func() { sink += stamp.Compare(clocks.LamportStamp{Counter: 7, Node: "b"}) },
			"Vector appended":   func() { got(v.AppendBinary(room)) },
			"Vector in text":    func() { got(v.AppendText(room)) },
			"Dense appended":    func() { got(d.AppendBinary(room)) },
			"the stamp's bytes": func() { got(stamp.AppendBinary(room)) },
		} {
			require.Zero(t, testing.AllocsPerRun(100, call), "%s of %d", what, n)
		}
		few := got(clocks.NewVector(map[string]uint64{names[0]: 1, "b": 2}))
		require.LessOrEqual(t, testing.AllocsPerRun(100, func() {
			clone := few.Clone()
			clone.Merge(v)
		}), 2.0, "a clone allocates once, and a merge at most once")
	}
}

var sink int

func sumOf(v clocks.Vector) {
	for _, counter := range v.All() {
		sink += int(counter)
	}
}

// 24 bytes an entry of a vector, 8 of a dense clock; the allocator rounds up by an eighth at most.
func TestMemoryOfAClock(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector takes memory of its own")
	}
	const n, clones = 1_000, 100
	older, _ := pair(n)
	v := got(clocks.NewVector(older))
	d := got(got(clocks.NewRoster(named(n)...)).Dense(v))
	var kept []any
	for bytes, clone := range map[float64]func(){
		24: func() { kept = append(kept, v.Clone()) },
		8:  func() { kept = append(kept, d.Clone()) },
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range clones {
			clone()
		}
		runtime.ReadMemStats(&after)
		perEntry := float64(after.TotalAlloc-before.TotalAlloc) / n / clones
		require.True(t, perEntry >= bytes && perEntry < bytes*9/8+0.1, "%.2f bytes an entry, not %v", perEntry, bytes)
	}
	runtime.KeepAlive(kept)
}
