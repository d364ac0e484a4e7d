package clocks_test

import (
	"errors"
	"math"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/clocks"
)

// ticker is a Lamport clock under test.
type ticker interface {
	Tick() (uint64, error)
	Witness(remote uint64) (uint64, error)
	Time() uint64
}

func lamport(config clocks.LamportConfig) (ticker, error) { return clocks.NewLamport(config) }

// Each event's time is one more than the larger of the clock's and the message's, and a clock never goes back or wraps: what is too far
// ahead, or has no next number, is an error and changes nothing.
func TestLaw_LamportIsOneMoreThanTheLarger(t *testing.T) { rapid.Check(t, lawLamport(lamport)) }

func lawLamport(make func(clocks.LamportConfig) (ticker, error)) func(*rapid.T) {
	edges := []uint64{0, 1, 2, 1 << 32, 1<<32 + 1, clocks.MaxCounter - 2, clocks.MaxCounter - 1, clocks.MaxCounter}
	return func(t *rapid.T) {
		config := clocks.LamportConfig{From: rapid.SampledFrom(edges).Draw(t, "from"), Ahead: rapid.SampledFrom(edges).Draw(t, "ahead")}
		l, err := make(config)
		if err != nil {
			t.Fatal(err)
		}
		var s story
		s.tell("a clock from %d, ahead %d", config.From, config.Ahead)
		// The model counts in whole numbers without an end.
		local, ahead := integer(config.From), integer(config.Ahead)
		if config.Ahead == 0 {
			ahead = integer(1 << 32)
		}
		for range rapid.IntRange(1, 5).Draw(t, "events") {
			var time uint64
			var err, want error
			larger := local
			if rapid.Bool().Draw(t, "arrival") {
				remote := rapid.OneOf(
					rapid.SampledFrom(edges), rapid.Just(uint64(math.MaxUint64)), rapid.Uint64(),
					rapid.Map(rapid.Uint64Range(0, 4), func(d uint64) uint64 { return local.Uint64() + ahead.Uint64() + d - 2 }),
				).Draw(t, "remote")
				s.tell("a message of %d", remote)
				time, err = l.Witness(remote)
				if sum := new(big.Int).Add(local, ahead); integer(remote).Cmp(sum) > 0 {
					want = clocks.ErrAhead
				} else if integer(remote).Cmp(local) > 0 {
					larger = integer(remote)
				}
			} else {
				s.tell("tick")
				time, err = l.Tick()
			}
			next := new(big.Int).Add(larger, big.NewInt(1))
			if want == nil && next.Cmp(integer(clocks.MaxCounter)) > 0 {
				want = clocks.ErrExhausted
			}
			switch {
			case want != nil && !errors.Is(err, want):
				s.fail(t, "the time is %d, with the error %v, not that %v", time, err, strings.TrimPrefix(want.Error(), "clocks: "))
			case want == nil && (err != nil || integer(time).Cmp(next) != 0):
				s.fail(t, "the time is %d, with the error %v, and should be %d", time, err, next)
			case want == nil:
				local = next
			}
			if integer(l.Time()).Cmp(local) != 0 {
				s.fail(t, "the clock shows %d, and should show %d", l.Time(), local)
			}
		}
	}
}

func integer(n uint64) *big.Int { return new(big.Int).SetUint64(n) }

// From many goroutines each time is given out once, and those of one goroutine grow. There are many events, so that two processors meet.
func TestLamportIsSafeForConcurrentUse(t *testing.T) {
	const workers, events = 4, 50_000
	var l clocks.Lamport
	times := make([][]uint64, workers)
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := range events {
				time, err := l.Tick()
				if i%2 == 1 {
					time, err = l.Witness(uint64(i))
				}
				if err != nil {
					t.Error(err)
				}
				times[w] = append(times[w], time)
			}
			if !slices.IsSorted(times[w]) {
				t.Errorf("the times of goroutine %d are not in order", w)
			}
		})
	}
	all.Wait()
	together := slices.Concat(times...)
	slices.Sort(together)
	require.Len(t, slices.Compact(together), workers*events, "each time is given out once")
}

// Stamps compare by counter, then by name; a comparison of the other way round is the opposite.
func TestLaw_LamportStampsCompare(t *testing.T) {
	draw := rapid.Custom(func(t *rapid.T) clocks.LamportStamp {
		return clocks.LamportStamp{Counter: rapid.Uint64Range(0, 2).Draw(t, "counter"), Node: rapid.StringMatching("[ab]{0,2}").Draw(t, "node")}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw.Draw(t, "a"), draw.Draw(t, "b")
		want := 0
		switch {
		case a.Counter < b.Counter, a.Counter == b.Counter && a.Node < b.Node:
			want = -1
		case a != b:
			want = 1
		}
		if a.Compare(b) != want || b.Compare(a) != -want {
			t.Fatalf("%v and %v compare as %d, and the other way round as %d", a, b, a.Compare(b), b.Compare(a))
		}
	})
}
