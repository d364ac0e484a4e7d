package clocks_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/clocks"
)

// cart is a shopping cart as a set, which merges by union.
type cart = map[string]bool

func union(siblings []cart) cart {
	all := cart{}
	for _, s := range siblings {
		maps.Copy(all, s)
	}
	return all
}

// With a merge that is a union, no item that was put in is lost: whoever resolves, and when, once all have synced all carts resolve to the same, which has
// every item.
func TestLaw_ResolvedCartsHoldEveryItem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s story
		replicas := make([]clocks.MultiValue[cart], len(servers))
		items := cart{}
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			i := rapid.IntRange(0, len(replicas)-1).Draw(t, "replica")
			r := &replicas[i]
			switch j := rapid.IntRange(-2, len(replicas)-1).Draw(t, "from"); j {
			case -2:
				held := r.Len()
				siblings, _ := r.Get()
				resolved := got(r.Resolve(servers[i], union))
				s.tell("%s resolves %v: %v", servers[i], siblings, resolved)
				if resolved != (held > 1) || r.Len() != min(held, 1) {
					s.fail(t, "there were %d siblings and are %d", held, r.Len())
				}
			case -1:
				siblings, context := r.Get()
				item := name(servers[i], uint64(len(items)+1))
				items[item] = true
				must(r.Set(context, union(append(siblings, cart{item: true})), servers[i]))
				s.tell("%s puts %s in", servers[i], item)
			default:
				r.Merge(replicas[j])
				s.tell("%s takes in what %s has", servers[i], servers[j])
			}
		}
		for i := range replicas {
			all := replicas[i]
			for _, other := range replicas {
				all.Merge(other)
			}
			got(all.Resolve("d", union))
			siblings, _ := all.Get()
			if len(items) > 0 && (len(siblings) != 1 || !maps.Equal(siblings[0], items)) {
				s.fail(t, "%s, with all of the others, resolves to %v", servers[i], siblings)
			}
		}
	})
}

// A register is sent as its set is, and who reads it knows what its sender knew.
func TestRegistersAreSentAsTheirSets(t *testing.T) {
	var here, there clocks.MultiValue[string]
	require.NoError(t, here.Set(clocks.Vector{}, "red", "a"))
	require.NoError(t, here.Set(clocks.Vector{}, "blue", "a"))
	data := got(here.Encode([]byte("before"), appendString))
	require.Equal(t, "before\x61\x01\x01a\x00\x02\x03red\x04blue", string(data))

	require.NoError(t, there.Set(clocks.Vector{}, "green", "b"))
	var arrived clocks.MultiValue[string]
	require.NoError(t, arrived.Decode(data[len("before"):], readString))
	there.Merge(arrived)
	siblings, context := there.Get()
	require.Equal(t, []string{"red", "blue", "green"}, siblings)
	require.Equal(t, "{a=2,b=1}", context.String())

	require.NoError(t, here.Set(clocks.Vector{}, "!", "a"))
	_, err := here.Encode(nil, appendString)
	require.ErrorIs(t, err, errValue)
	err = there.Decode([]byte("\x62\x00"), readString)
	require.ErrorIs(t, err, clocks.ErrEncoding)
	require.Equal(t, 3, there.Len(), "what fails changes nothing")
}

// A resolution is a write like others: one that has not seen it stays beside it.
func TestAResolutionIsAWrite(t *testing.T) {
	longest := func(siblings []string) string {
		return slices.MaxFunc(siblings, func(a, b string) int { return len(a) - len(b) })
	}
	var a, b clocks.MultiValue[string]
	resolved, err := a.Resolve("a", longest)
	require.NoError(t, err)
	require.False(t, resolved, "there is nothing")
	require.NoError(t, a.Set(clocks.Vector{}, "xx", "a"))
	resolved, err = a.Resolve("a", longest)
	require.NoError(t, err)
	require.False(t, resolved, "there is one value")
	require.NoError(t, b.Set(clocks.Vector{}, "yyy", "b"))
	a.Merge(b)
	require.NoError(t, b.Set(clocks.Vector{}, "z", "b"))

	resolved, err = a.Resolve("", longest)
	require.EqualError(t, err, `clocks: an actor's name must not be empty: ""`)
	require.False(t, resolved)
	require.Equal(t, 2, a.Len(), "what fails changes nothing")

	resolved, err = a.Resolve("a", longest)
	require.NoError(t, err)
	require.True(t, resolved)
	siblings, context := a.Get()
	require.Equal(t, []string{"yyy"}, siblings)
	require.Equal(t, "{a=2,b=1}", context.String())
	a.Merge(b)
	siblings, context = a.Get()
	require.Equal(t, []string{"yyy", "z"}, siblings)
	require.Equal(t, "{a=2,b=2}", context.String())
}
