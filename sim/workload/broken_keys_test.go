package workload_test

import (
	"math"
	"math/rand/v2"
	"sort"
	"testing"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

// tabled draws Zipf keys by a search in a table, as long as that is short, and uniform ones beyond. Each of its bugs is
// an ordinary one.
type tabled struct {
	keys
	bug  keysBug
	n    int
	sums []float64
	src  rand.Source
}

type keysBug int

const (
	soundKeys       keysBug = iota
	ranksForKeys            // counts from 1
	uniformReaches1         // all 64 bits over 2^64, of which the largest rounds to 1
)

func tabledKeys(bug keysBug) zipf {
	return func(t *rapid.T, s float64, n int, src rand.Source) keys {
		k := &tabled{keys: zipfKeys(t, s, n, nil), bug: bug, n: n, src: src}
		if n <= 64 {
			sum := 0.
			for _, mass := range table(s, n) {
				sum += mass
				k.sums = append(k.sums, sum)
			}
			k.sums[n-1] = 1
		}
		return k
	}
}

func (k *tabled) Next() int {
	bits := k.src.Uint64()
	u := float64(bits>>11) / (1 << 53)
	if k.bug == uniformReaches1 {
		u = float64(bits) / (1 << 64)
	}
	key := int(u * float64(k.n))
	if k.sums != nil {
		key = sort.Search(k.n, func(i int) bool { return k.sums[i] > u })
	}
	if k.bug == ranksForKeys {
		key++
	}
	return key
}

func TestBroken_NoKeyWithoutABug(t *testing.T) {
	lawtest.Holds(t, zipfDrawsAreKeys(tabledKeys(soundKeys)))
	lawtest.Holds(t, zipfTakesTheEnds(tabledKeys(soundKeys)))
}

func TestBroken_ARankIsNotAKey(t *testing.T) {
	lawtest.Breaks(t, "A rank that counts from 1 is not a key that counts from 0", zipfDrawsAreKeys(tabledKeys(ranksForKeys)))
}

func TestBroken_AUniformThatReaches1(t *testing.T) {
	lawtest.Breaks(t, "Sixty-four random bits over 2^64 can be 1, and then there is no such key", zipfTakesTheEnds(tabledKeys(uniformReaches1)))
}

// integrated takes the area below the curve for the sum of its heights.
type integrated struct {
	keys
	s float64
	n int
}

func (k integrated) Mass(key int) float64 {
	if key < 0 || key >= k.n {
		return 0
	}
	area := math.Log(2*float64(k.n) + 1) // of 1/x from 1/2 to n + 1/2
	if k.s != 1 {
		area = (math.Pow(float64(k.n)+0.5, 1-k.s) - math.Pow(0.5, 1-k.s)) / (1 - k.s)
	}
	return math.Pow(float64(key+1), -k.s) / area
}

func TestBroken_AnAreaForASum(t *testing.T) {
	lawtest.Breaks(t, "An integral in the place of the sum makes the hottest keys too cold", zipfMassIsTheTable(func(t *rapid.T, s float64, n int, src rand.Source) keys {
		return integrated{zipfKeys(t, s, n, src), s, n}
	}))
}
