package hashring_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

// salting is what the laws of salts judge.
type salting interface {
	Key(key string, n uint64) string
	Unsalt(copied string) string
}

type saltMaker func(ways int) (salting, error)

func newRealSalt(ways int) (salting, error) { return hashring.NewSalt(ways) }

// saltyKeys are keys that could be taken for copies of others.
var saltyKeys = rapid.OneOf(rapid.StringMatching("[ab#0-3]{0,5}"), rapid.StringMatching("a#[0-9]{1,8}"), rapid.String())

// lawSalt: every copy gives its key back, and no two copies of any keys are the same.
func lawSalt(make saltMaker) func(*rapid.T) {
	return func(t *rapid.T) {
		ways := rapid.IntRange(1, 30).Draw(t, "ways")
		s, err := make(ways)
		if err != nil {
			t.Fatal(err)
		}
		a, b := saltyKeys.Draw(t, "key"), saltyKeys.Draw(t, "another")
		i, j := rapid.Uint64Range(0, uint64(ways-1)).Draw(t, "copy"), rapid.Uint64Range(0, uint64(ways-1)).Draw(t, "copy of another")
		if got := s.Unsalt(s.Key(a, i)); got != a {
			t.Fatalf("%d ways\ncopy %d of %q is %q\nbut without its salt that is %q", ways, i, a, s.Key(a, i), got)
		}
		if (a != b || i != j) && s.Key(a, i) == s.Key(b, j) {
			t.Fatalf("%d ways\nbut copy %d of %q and copy %d of %q are both %q", ways, i, a, j, b, s.Key(a, i))
		}
	}
}

func TestLaw_SaltingRoundTrips(t *testing.T) { rapid.Check(t, lawSalt(newRealSalt)) }

func TestLaw_OneWayIsTheKeyItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one, err := hashring.NewSalt(1)
		if err != nil {
			t.Fatal(err)
		}
		key := saltyKeys.Draw(t, "key")
		n := rapid.Uint64().Draw(t, "n")
		if got := one.Key(key, n); got != key || one.Unsalt(key) != key {
			t.Fatalf("%q is %q", key, got)
		}
		if got := (hashring.Salt{}).Key(key, n); got != key {
			t.Fatalf("of the zero salt %q is %q", key, got)
		}
	})
}

// What fewer ways wrote, more ways read, and unsalt; what more ways wrote, fewer unsalt, as long as they are two.
func TestLaw_SaltsGrow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		few := rapid.IntRange(2, 30).Draw(t, "ways")
		more := rapid.IntRange(few, 40).Draw(t, "more ways")
		a, err := hashring.NewSalt(few)
		if err != nil {
			t.Fatal(err)
		}
		b, err := hashring.NewSalt(more)
		if err != nil {
			t.Fatal(err)
		}
		key, n := saltyKeys.Draw(t, "key"), rapid.Uint64().Draw(t, "n")
		before, after := a.AppendKeys(nil, key), b.AppendKeys(nil, key)
		if len(before) != few || len(after) != more || !slicesPrefix(after, before) {
			t.Fatalf("%q: %q, then %q", key, before, after)
		}
		if written := a.Key(key, n); written != before[n%uint64(few)] {
			t.Fatalf("copy %d of %q is %q, and a read asks %q", n, key, written, before)
		}
		if got := a.Unsalt(b.Key(key, n)); got != key {
			t.Fatalf("%q comes back as %q", key, got)
		}
	})
}

func slicesPrefix(all, prefix []string) bool {
	for i := range prefix {
		if all[i] != prefix[i] {
			return false
		}
	}
	return true
}

func TestSaltFormat(t *testing.T) {
	three, err := hashring.NewSalt(3)
	require.NoError(t, err)
	require.Equal(t, 3, three.Ways())
	require.Equal(t, []string{"user", "user#1", "user#2"}, three.AppendKeys(nil, "user"))
	require.Equal(t, []string{"user#1#0", "user#1#1", "user#1#2"}, three.AppendKeys(nil, "user#1"))
	require.Equal(t, []string{"user#", "user##1", "user##2"}, three.AppendKeys(nil, "user#"))
	require.Equal(t, "a#007", three.Key("a#007", 3), "no copy is written so")
	require.Equal(t, "user", three.Unsalt("user#999999"))
	require.Equal(t, "user#1000000", three.Unsalt("user#1000000"), "there is no such copy")
}

func TestSaltBadInput(t *testing.T) {
	for _, ways := range []int{0, -1, 1_000_001} {
		_, err := hashring.NewSalt(ways)
		require.EqualError(t, err, fmt.Sprint("hashring: the ways of a salt must lie in [1, 1000000]: ", ways))
	}
	most, err := hashring.NewSalt(1_000_000)
	require.NoError(t, err)
	require.Equal(t, "k", most.Unsalt(most.Key("k", 999_999)))
}

func TestSaltDoesNotAllocate(t *testing.T) {
	s, err := hashring.NewSalt(8)
	require.NoError(t, err)
	buffer := make([]byte, 0, 64)
	n := uint64(0)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		n++
		buffer = s.AppendKey(buffer[:0], "user:42", n)
		if s.Unsalt("user:42#7") != "user:42" {
			t.Fatal(string(buffer))
		}
	}))
}
