package clocks_test

import (
	"fmt"
	"testing"

	"github.com/sysdesign-lab/sysdesign/clocks"
)

// compareMaps compares clocks that are maps without zeros, in one pass over the first: what the second has besides shows in the lengths.
func compareMaps(a, b map[string]uint64) clocks.Order {
	smaller, larger, both := false, false, 0
	for actor, counter := range a {
		other, found := b[actor]
		if found {
			both++
		}
		smaller = smaller || counter < other
		larger = larger || counter > other
		if smaller && larger {
			return clocks.Concurrent
		}
	}
	smaller = smaller || both < len(b)
	switch {
	case smaller && larger:
		return clocks.Concurrent
	case smaller:
		return clocks.Before
	case larger:
		return clocks.After
	}
	return clocks.Equal
}

// BenchmarkCompare compares clocks of the same actors with different counters, all of which must be read, whose names are different
// strings. The map is the same clock as people write it first, in the same run for the ratio.
func BenchmarkCompare(b *testing.B) {
	for _, n := range []int{3, 10, 100, 1_000} {
		older, newer := pair(n)
		v, w := got(clocks.NewVector(older)), got(clocks.NewVector(newer))
		roster := got(clocks.NewRoster(named(n)...))
		d, e := got(roster.Dense(v)), got(roster.Dense(w))
		for _, c := range []struct {
			name    string
			compare func() clocks.Order
		}{
			{"map", func() clocks.Order { return compareMaps(newer, older) }},
			{"vector", func() clocks.Order { return w.Compare(v) }},
			{"dense", func() clocks.Order { return e.Compare(d) }},
		} {
			b.Run(fmt.Sprintf("%s/%d", c.name, n), func(b *testing.B) {
				b.ReportAllocs()
				for range b.N {
					if c.compare() != clocks.After {
						b.Fatal("the order is wrong")
					}
				}
			})
		}
	}
}

func BenchmarkMerge(b *testing.B) {
	for _, n := range []int{3, 10, 100, 1_000} {
		older, newer := pair(n)
		v, w := got(clocks.NewVector(older)), got(clocks.NewVector(newer))
		roster := got(clocks.NewRoster(named(n)...))
		d, e := got(roster.Dense(v)), got(roster.Dense(w))
		b.Run(fmt.Sprintf("vector/%d", n), func(b *testing.B) {
			for range b.N {
				v.Merge(w)
			}
		})
		b.Run(fmt.Sprintf("dense/%d", n), func(b *testing.B) {
			for range b.N {
				d.Merge(e)
			}
		})
	}
}

func BenchmarkIncrement(b *testing.B) {
	for _, n := range []int{3, 1_000} {
		older, _ := pair(n)
		v, names := got(clocks.NewVector(older)), named(n)
		b.Run(fmt.Sprintf("vector/%d", n), func(b *testing.B) {
			for i := range b.N {
				must(v.Increment(names[i%n]))
			}
		})
	}
}

func BenchmarkBinary(b *testing.B) {
	for _, n := range []int{3, 100} {
		older, _ := pair(n)
		v := got(clocks.NewVector(older))
		data := got(v.MarshalBinary())
		b.Run(fmt.Sprintf("append/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for range b.N {
				data = got(v.AppendBinary(data[:0]))
			}
		})
		b.Run(fmt.Sprintf("read/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for range b.N {
				must(v.UnmarshalBinary(data))
			}
		})
	}
}

func BenchmarkLamport(b *testing.B) {
	b.Run("tick", func(b *testing.B) {
		var l clocks.Lamport
		for range b.N {
			got(l.Tick())
		}
	})
	b.Run("witness", func(b *testing.B) {
		var l clocks.Lamport
		for i := range b.N {
			got(l.Witness(uint64(i)))
		}
	})
	b.Run("parallel", func(b *testing.B) {
		var l clocks.Lamport
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				got(l.Tick())
			}
		})
	})
}
