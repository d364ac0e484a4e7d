package clocks_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/clocks"
)

// lockedHybrid is the paper's algorithm with l and c in two fields under a mutex, the same bound and the same range of wall times: what a
// hybrid clock in one word is compared with. It need not round, and so is spared that work.
type lockedHybrid struct {
	mu    sync.Mutex
	l     int64 // in nanoseconds since 1970
	c     uint16
	drift int64
}

func (h *lockedHybrid) Now(wall time.Time) (l int64, c uint16, err error) {
	return h.witness(wall, 0, 0)
}

func (h *lockedHybrid) witness(wall time.Time, rl int64, rc uint16) (l int64, c uint16, err error) {
	if seconds := wall.Unix(); seconds < 0 || seconds >= 9_214_646_400 {
		return 0, 0, clocks.ErrEncoding
	}
	pt := wall.UnixNano()
	if rl-pt > h.drift {
		return 0, 0, clocks.ErrAhead
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	l = max(h.l, rl, pt)
	if l-pt > h.drift {
		return 0, 0, clocks.ErrBehind
	}
	switch {
	case l == h.l && l == rl:
		c = max(h.c, rc) + 1
	case l == h.l:
		c = h.c + 1
	case l == rl:
		c = rc + 1
	}
	if c == 0 && (l == h.l || l == rl) {
		l++
	}
	h.l, h.c = l, c
	return l, c, nil
}

// The two go side by side, one and many goroutines. Events are at one instant, so that only the counter moves, or a microsecond apart.
// go test -run '^$' -bench Hybrid ./clocks
func BenchmarkHybridNow(b *testing.B) {
	for _, step := range []time.Duration{0, time.Microsecond} {
		b.Run("step="+step.String(), func(b *testing.B) {
			b.Run("one-word", func(b *testing.B) {
				h := newHybrid(clocks.HybridConfig{MaxDrift: time.Hour})
				b.ReportAllocs()
				wall := year2026
				for b.Loop() {
					wall = wall.Add(step)
					if _, err := h.Now(wall); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run("mutex", func(b *testing.B) {
				h := &lockedHybrid{drift: int64(time.Hour)}
				b.ReportAllocs()
				wall := year2026
				for b.Loop() {
					wall = wall.Add(step)
					if _, _, err := h.Now(wall); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

func BenchmarkHybridNowParallel(b *testing.B) {
	b.Run("one-word", func(b *testing.B) {
		h := newHybrid(clocks.HybridConfig{MaxDrift: time.Hour})
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for wall := year2026; pb.Next(); {
				wall = wall.Add(time.Microsecond)
				if _, err := h.Now(wall); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
	b.Run("mutex", func(b *testing.B) {
		h := &lockedHybrid{drift: int64(time.Hour)}
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for wall := year2026; pb.Next(); {
				wall = wall.Add(time.Microsecond)
				if _, _, err := h.Now(wall); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
}

func BenchmarkHybridWitness(b *testing.B) {
	b.Run("one-word", func(b *testing.B) {
		h := newHybrid(clocks.HybridConfig{MaxDrift: time.Hour})
		b.ReportAllocs()
		wall := year2026
		for b.Loop() {
			wall = wall.Add(time.Microsecond)
			if _, err := h.Witness(wall, hybridAt(0, 7)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("mutex", func(b *testing.B) {
		h := &lockedHybrid{drift: int64(time.Hour)}
		b.ReportAllocs()
		wall := year2026
		for b.Loop() {
			wall = wall.Add(time.Microsecond)
			if _, _, err := h.witness(wall, year2026.UnixNano(), 7); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// What is compared takes the same decisions, so that the comparison is fair.
func TestTheLockedHybridClockIsOne(t *testing.T) {
	h, locked := newHybrid(clocks.HybridConfig{MaxDrift: 5 * tick}), &lockedHybrid{drift: 5 * tick}
	for _, ticks := range []int64{0, 0, 1, 1, 0, 9, 9, 2} {
		wall := year2026.Add(time.Duration(ticks * tick))
		for _, remote := range []clocks.HybridTime{0, hybridAt(3, 7), hybridAt(9, 7)} {
			got, err := hybridEvent{wall, remote}.on(h)
			l, c, lockedErr := locked.witness(wall, int64(remote&^(tick-1)), uint16(remote.Counter()))
			require.Equal(t, kindOf(lockedErr), kindOf(err))
			if err == nil {
				require.Equal(t, uint64(got), uint64(l)|uint64(c))
			}
		}
	}
}

// No time that is given out or compared allocates.
func TestHybridTimesDoNotAllocate(t *testing.T) {
	stored := clocks.HybridTime(0)
	h := newHybrid(clocks.HybridConfig{
		MaxDrift: time.Second, Reserve: tick, Persist: func(bound clocks.HybridTime) error { stored = bound; return nil },
	})
	wall, remote, buffer := year2026, clocks.HybridTime(0), make([]byte, 0, 64)
	zero := func(what string, f func()) { require.Zero(t, testing.AllocsPerRun(1000, f), what) }
	zero("now", func() { wall = wall.Add(1000); remote, _ = h.Now(wall) })
	zero("witness", func() { wall = wall.Add(1000); remote, _ = h.Witness(wall, remote+tick) })
	zero("binary", func() { _, _ = remote.AppendBinary(buffer) })
	zero("text", func() { _, _ = remote.AppendText(buffer) })
	text, err := remote.MarshalText()
	require.NoError(t, err)
	var read clocks.HybridTime
	zero("from text", func() { _ = read.UnmarshalText(text) })
	require.Equal(t, remote, read)
	require.GreaterOrEqual(t, stored, remote)
	i, j := clocks.Interval{Earliest: year2026, Latest: wall}, clocks.Interval{Earliest: wall, Latest: wall}
	zero("interval", func() { _, _ = i.Compare(j), i.CommitWait(j) })
	var r, other clocks.LastWrite[string, clocks.HybridStamp]
	zero("last write", func() {
		remote++
		r.Set("x", clocks.HybridStamp{Time: remote, Node: "a"})
		other.Merge(r)
	})
	var byWall clocks.LastWrite[string, clocks.WallStamp]
	zero("last write by wall time", func() { wall = wall.Add(1); byWall.Set("x", clocks.WallStamp{Time: wall, Node: "a"}) })
}
