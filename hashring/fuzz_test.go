package hashring_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

// Any key has a slot, that of its hash tag as the specification's own few lines find it.
func FuzzSlot(f *testing.F) {
	for _, seed := range []string{"", "{}", "{a}", "a{b}c", "{", "}", "}{", "{{a}}", "foo{}{bar}", "\xff\x00{\xfe}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, key string) {
		tag := key
		if _, rest, found := strings.Cut(key, "{"); found {
			if inside, _, closed := strings.Cut(rest, "}"); closed && inside != "" {
				tag = inside
			}
		}
		if got, want := hashring.Slot(key), bitwise(tag)&0x3fff; got != want {
			t.Fatalf("%q has slot %d, and its tag %q %d", key, got, tag, want)
		}
	})
}

// Any names and keys: a ring gives what the ring on the whiteboard gives, or refuses with a sentence of this package.
func FuzzRing(f *testing.F) {
	f.Add("a b c", "key", uint64(1))
	f.Add("a a", "", uint64(0))
	f.Add("", "\xff", uint64(1<<63))
	f.Fuzz(func(t *testing.T, list, key string, seed uint64) {
		members := hashring.Named(strings.Split(list, " ")...)
		if len(members) > 20 {
			t.Skip("slow with many")
		}
		p, err := ring(4)(members, hashing{Seed: seed})
		if err != nil {
			if !strings.HasPrefix(err.Error(), "hashring: ") {
				t.Fatalf("the error is %q", err)
			}
			return
		}
		model, err := naiveRing(4, none)(members, hashing{Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := owners(p, key, len(members), false), owners(model, key, len(members), false); !slices.Equal(got, want) {
			t.Fatalf("the owners of %q are %q, not %q", key, got, want)
		}
	})
}

// Histories of an anchor, as bytes.
func FuzzAnchor(f *testing.F) {
	i := slices.IndexFunc(subjects, func(s subject) bool { return s.name == "anchor" })
	f.Fuzz(rapid.MakeFuzz(lawEqual(subjects[i], naiveAnchor(9))))
}
