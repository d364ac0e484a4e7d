package clocks_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/clocks"
)

// register is what the laws of last write wins run on.
type register[S any] interface {
	Set(value string, stamp S) (won bool)
	Merge(other register[S]) (won bool)
	Get() (value string, stamp S, ok bool)
}

// lastWrite is the real one.
type lastWrite[S clocks.Stamp[S]] struct{ clocks.LastWrite[string, S] }

func (r *lastWrite[S]) Merge(other register[S]) bool {
	return r.LastWrite.Merge(other.(*lastWrite[S]).LastWrite)
}

func newLastWrite[S clocks.Stamp[S]]() register[S] { return &lastWrite[S]{} }

// registers is a kind of register with stamps of one kind: times are drawn from few, so that there are ties.
type registers[S any] struct {
	make  func() register[S]
	stamp func(time int, node string) S
}

func wallStamp(at int, node string) clocks.WallStamp {
	return clocks.WallStamp{Time: nanosecond(int64(at)), Node: node}
}
func lamportStamp(at int, node string) clocks.LamportStamp {
	return clocks.LamportStamp{Counter: uint64(at), Node: node}
}
func hybridStamp(at int, node string) clocks.HybridStamp {
	return clocks.HybridStamp{Time: hybridAt(0, at), Node: node}
}

// registersOf is a kind of real register.
func registersOf[S clocks.Stamp[S]](stamp func(time int, node string) S) registers[S] {
	return registers[S]{newLastWrite[S], stamp}
}

// Whatever order writes and merges come in, and how often, a register holds the write with the largest stamp of those that have reached
// it: so registers that have seen the same writes hold the same.
func TestLaw_TheLastWriteWins(t *testing.T) {
	t.Run("wall", func(t *testing.T) { rapid.Check(t, lawLastWrite(registersOf(wallStamp))) })
	t.Run("Lamport", func(t *testing.T) { rapid.Check(t, lawLastWrite(registersOf(lamportStamp))) })
	t.Run("hybrid", func(t *testing.T) { rapid.Check(t, lawLastWrite(registersOf(hybridStamp))) })
}

// stamped is a write of the model: times and names compare as they are.
type stamped struct {
	time int
	node string
}

func (w stamped) value() string { return fmt.Sprintf("%d%s", w.time, w.node) }

func lawLastWrite[S any](of registers[S]) func(*rapid.T) {
	return func(t *rapid.T) {
		const replicas = 3
		var group [replicas]register[S]
		var model [replicas]*stamped
		for i := range group {
			group[i] = of.make()
		}
		var story []string
		fail := func(format string, args ...any) {
			t.Fatalf("%s\nbut %s", strings.Join(story, "\n"), fmt.Sprintf(format, args...))
		}
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			i := rapid.IntRange(0, replicas-1).Draw(t, "replica")
			var reached *stamped
			var won bool
			if j := rapid.IntRange(-1, replicas-1).Draw(t, "from"); j >= 0 {
				reached = model[j]
				won = group[i].Merge(group[j])
				story = append(story, fmt.Sprintf("replica %d merges replica %d: %s", i, j, wonOrNot(won)))
			} else {
				reached = &stamped{rapid.IntRange(1, 3).Draw(t, "time"), rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "node")}
				won = group[i].Set(reached.value(), of.stamp(reached.time, reached.node))
				story = append(story, fmt.Sprintf("replica %d is written %q, at %d by %s: %s", i, reached.value(), reached.time, reached.node, wonOrNot(won)))
			}
			due := reached != nil && (model[i] == nil || cmp.Or(reached.time-model[i].time, strings.Compare(reached.node, model[i].node)) > 0)
			if due {
				model[i] = reached
			}
			if won != due {
				fail("it %s", map[bool]string{true: "is the last write", false: "is not the last write"}[due])
			}
			value, _, ok := group[i].Get()
			if ok != (model[i] != nil) || ok && value != model[i].value() {
				fail("replica %d holds %q, %v", i, value, ok)
			}
		}
	}
}

func wonOrNot(won bool) string {
	if won {
		return "won"
	}
	return "lost"
}

// Merge is a join: the order of replicas does not matter, nor how they are grouped, nor that one is merged again.
func TestLaw_MergingRegistersIsAJoin(t *testing.T) {
	rapid.Check(t, lawRegisterJoin(registersOf(hybridStamp)))
}

func lawRegisterJoin[S any](of registers[S]) func(*rapid.T) {
	return func(t *rapid.T) {
		var writes [3]*stamped
		for i := range writes {
			if rapid.Bool().Draw(t, "written") {
				writes[i] = &stamped{rapid.IntRange(1, 2).Draw(t, "time"), rapid.SampledFrom([]string{"a", "b"}).Draw(t, "node")}
			}
		}
		replica := func(i int) register[S] {
			r := of.make()
			if w := writes[i]; w != nil {
				r.Set(w.value(), of.stamp(w.time, w.node))
			}
			return r
		}
		join := func(r, s register[S]) register[S] { r.Merge(s); return r }
		same := func(law string, r, s register[S]) {
			a, _, okA := r.Get()
			b, _, okB := s.Get()
			if a != b || okA != okB {
				t.Fatalf("replicas %s, %s and %s\nbut %s: %q and %q", held(replica(0)), held(replica(1)), held(replica(2)), law, a, b)
			}
		}
		same("merge does not commute", join(replica(0), replica(1)), join(replica(1), replica(0)))
		same("grouping matters", join(join(replica(0), replica(1)), replica(2)), join(replica(0), join(replica(1), replica(2))))
		same("a second merge changes something", join(replica(0), replica(1)), join(join(replica(0), replica(1)), replica(1)))
		same("a register changes when merged with itself", join(replica(0), replica(0)), replica(0))
	}
}

func held[S any](r register[S]) string {
	value, _, ok := r.Get()
	if !ok {
		return "nothing"
	}
	return value
}

// Stamps are a total order: sorted in any order they come out the same.
func TestLaw_StampsAreATotalOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		node := rapid.SampledFrom([]string{"", "a", "b"})
		wall := rapid.Custom(func(t *rapid.T) clocks.WallStamp {
			s := wallStamp(rapid.IntRange(0, 2).Draw(t, "time"), node.Draw(t, "node"))
			s.Time = s.Time.In(time.FixedZone("", 3600*rapid.IntRange(-2, 2).Draw(t, "zone")))
			return s
		})
		hybrid := rapid.Custom(func(t *rapid.T) clocks.HybridStamp {
			return hybridStamp(rapid.IntRange(0, 2).Draw(t, "time"), node.Draw(t, "node"))
		})
		totallyOrdered(t, wall, func(s clocks.WallStamp) string { return s.Time.UTC().Format("2006-01-02T15:04:05.000000000") + s.Node })
		totallyOrdered(t, hybrid, func(s clocks.HybridStamp) string { return s.Time.String() + s.Node })
	})
}

func totallyOrdered[S clocks.Stamp[S]](t *rapid.T, stamps *rapid.Generator[S], key func(S) string) {
	all := rapid.SliceOf(stamps).Draw(t, "stamps")
	for _, a := range all {
		for _, b := range all {
			if got, want := a.Compare(b), strings.Compare(key(a), key(b)); cmp.Compare(got, 0) != want {
				t.Fatalf("%v and %v\nbut they compare as %d", a, b, got)
			}
		}
	}
	want := slices.Sorted(slices.Values(keys(all, key)))
	slices.SortFunc(all, S.Compare)
	require.Equal(t, want, keys(all, key))
}

func keys[S any](all []S, key func(S) string) (keys []string) {
	for _, s := range all {
		keys = append(keys, key(s))
	}
	return keys
}

// A monotonic reading means nothing on another node, nor to a stamp that was stored and read again. The clock here was set back by an hour
// after the first write: by the readings the second is later, by the time of day it is earlier.
func TestWallStampsAreOfTheTimeOfDay(t *testing.T) {
	first := time.Now()
	second := first.Add(-time.Hour)
	// A time.Time with a monotonic reading keeps it in its second word.
	*(*int64)(unsafe.Add(unsafe.Pointer(&second), 8)) += int64(2 * time.Hour)
	require.True(t, second.After(first) && second.Round(0).Before(first.Round(0)), "%v, %v", first, second)
	require.Negative(t, clocks.WallStamp{Time: second, Node: "b"}.Compare(clocks.WallStamp{Time: first, Node: "a"}))
}

func TestAnEmptyRegister(t *testing.T) {
	var r, empty clocks.LastWrite[string, clocks.HybridStamp]
	_, _, ok := r.Get()
	require.False(t, ok)
	require.False(t, r.Merge(empty))
	require.True(t, r.Set("first", clocks.HybridStamp{}), "any stamp is after none")
	require.False(t, r.Set("the same stamp", clocks.HybridStamp{}), "what is there stays")
	require.False(t, r.Merge(empty))
	value, stamp, ok := r.Get()
	require.True(t, ok)
	require.Equal(t, "first", value)
	require.Equal(t, clocks.HybridStamp{}, stamp)
}
