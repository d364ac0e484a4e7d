package workload_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// exponent draws Zipf exponents: those in use, their neighbours, and those that break formulas.
var exponent = rapid.OneOf(
	rapid.Float64Range(0, 4),
	rapid.SampledFrom([]float64{0, 0.5, 1 - 0x1p-53, 1, 1 + 0x1p-52, 1 - 1e-9, 1 + 1e-9, 2, 31.9, 32, 32.1, 1e200, math.MaxFloat64}),
	rapid.Map(rapid.Float64Range(-12, 308), func(e float64) float64 { return math.Pow(10, e) }),
)

// keys is what the laws judge, zipf how it is made.
type (
	keys interface {
		Next() int
		Mass(k int) float64
	}
	zipf func(t *rapid.T, s float64, n int, src rand.Source) keys
)

func zipfKeys(t *rapid.T, s float64, n int, src rand.Source) keys { return newZipf(t, s, n, src) }

func newZipf(t interface{ Fatalf(string, ...any) }, s float64, n int, src rand.Source) *workload.Zipf {
	z, err := workload.NewZipf(s, n, src)
	if err != nil {
		t.Fatalf("exponent %v over %d keys is refused: %v", s, n, err)
	}
	return z
}

// table is the naive model of Zipf keys: the probability of each, by adding up.
func table(s float64, n int) []float64 {
	masses, sum := make([]float64, n), 0.
	for k := n - 1; k >= 0; k-- { // the smallest first
		masses[k] = math.Pow(float64(k+1), -s)
		sum += masses[k]
	}
	for k := range masses {
		masses[k] /= sum
	}
	return masses
}

func TestLaw_ZipfMassEqualsTheNaiveTable(t *testing.T) {
	rapid.Check(t, zipfMassIsTheTable(zipfKeys))
}

func zipfMassIsTheTable(make zipf) func(*rapid.T) {
	return func(t *rapid.T) {
		s, n := exponent.Draw(t, "s"), rapid.IntRange(1, 3000).Draw(t, "n")
		z := make(t, s, n, nil)
		sum := 0.
		for k, want := range table(s, n) {
			got := z.Mass(k)
			// A large exponent multiplies the rounding of the logarithm: s ln k ulps.
			if tolerance := 1e-13 + 1e-15*s*math.Log(float64(k+1)); !(math.Abs(got-want) <= tolerance*want+1e-300) {
				t.Fatalf("with s=%v over %d keys, the mass of key %d is %.12g and not %.12g", s, n, k, got, want)
			}
			if before := z.Mass(k - 1); k > 0 && !(got <= before) {
				t.Fatalf("with s=%v over %d keys, key %d is hotter than the one before it: %v > %v", s, n, k, got, before)
			}
			sum += got
		}
		if !(math.Abs(sum-1) <= 1e-12) {
			t.Fatalf("with s=%v over %d keys, masses add up to %v", s, n, sum)
		}
		if below, above := z.Mass(-1), z.Mass(n); below != 0 || above != 0 {
			t.Fatalf("keys that do not exist have masses: -1 has %v, %d has %v", below, n, above)
		}
	}
}

func TestLaw_ZipfDrawsAreKeysAndFollowFromTheSeed(t *testing.T) {
	rapid.Check(t, zipfDrawsAreKeys(zipfKeys))
}

func zipfDrawsAreKeys(make zipf) func(*rapid.T) {
	return func(t *rapid.T) {
		s, seed := exponent.Draw(t, "s"), rapid.Uint64().Draw(t, "seed")
		n := int(rapid.Int64Range(1, min(1<<40, math.MaxInt)).Draw(t, "n"))
		one, other := make(t, s, n, rand.NewPCG(seed, 0)), make(t, s, n, rand.New(rand.NewPCG(seed, 0)))
		for range 50 {
			k := one.Next()
			if k < 0 || k >= n {
				t.Fatalf("with s=%v over %d keys, of which 0 is the first, a draw is %d", s, n, k)
			}
			if again := other.Next(); again != k {
				t.Fatalf("with s=%v over %d keys, one seed draws %d and %d", s, n, k, again)
			}
		}
	}
}

func TestLaw_ZipfTakesTheEndsOfTheUniform(t *testing.T) {
	rapid.Check(t, zipfTakesTheEnds(zipfKeys))
}

func zipfTakesTheEnds(make zipf) func(*rapid.T) {
	return func(t *rapid.T) {
		s := exponent.Draw(t, "s")
		n := int(rapid.Int64Range(1, min(1<<40, math.MaxInt)).Draw(t, "n"))
		for _, bits := range []uint64{0, math.MaxUint64} { // a uniform of 0, and of 1 - 2^-53
			z := make(t, s, n, &script{first: bits, then: 0})
			if k := z.Next(); k < 0 || k >= n {
				t.Fatalf("with s=%v over %d keys, the source's %#x becomes key %d", s, n, bits, k)
			}
		}
	}
}

// script is a source that says one thing first and another thing from then on. calls counts.
type script struct {
	first, then uint64
	calls       int
}

func (s *script) Uint64() uint64 {
	s.calls++
	if s.calls == 1 {
		return s.first
	}
	return s.then
}
