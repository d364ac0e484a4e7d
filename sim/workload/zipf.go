// Zipf keys by rejection-inversion: W. Hörmann and G. Derflinger, "Rejection-Inversion to Generate Variates from
// Monotone Discrete Distributions", ACM Transactions on Modeling and Computer Simulation 6(3), 1996, pages 169-184.

package workload

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Zipf draws keys of which the k-th hottest, k from 0, has a probability proportional to 1/(k+1)^s. s = 0 is uniform;
// caches and stores see 0.6 to 1.2. Unlike the standard library's Zipf, which needs s > 1, it takes any s >= 0.
//
// A key is its rank. Hash it where neighbouring ranks must not be neighbouring keys.
//
// With the runtime's source (nil) it is safe for concurrent use; a given source is called unsynchronised.
type Zipf struct {
	s        float64
	n        float64
	harmonic float64 // the sum of k^-s, k = 1…n
	first    float64 // area(1.5) - 1: one end of the area to draw from; the area of rank 1 is cut to its mass
	last     float64 // area(n + 0.5): the other end
	squeeze  float64 // a rank this close above x is accepted without a look
	rand     *rand.Rand
}

// maxKeys bounds a Zipf's n: a uniform has 53 bits, so that at n = 2^40, about 10^12, and s = 0 a key's probability
// is still true to one part in 2^13.
const maxKeys = 1 << 40

// NewZipf makes Zipf keys with exponent s, which must be finite and not negative, over n keys, in [1, 2^40]. It takes
// a few microseconds and no table, whatever n is. A nil source is the runtime's own.
func NewZipf(s float64, n int, src rand.Source) (*Zipf, error) {
	if !(s >= 0 && s <= math.MaxFloat64) {
		return nil, fmt.Errorf("workload: Zipf exponent must be finite and not negative: %v", s)
	}
	if n < 1 || int64(n) > maxKeys {
		return nil, fmt.Errorf("workload: number of keys must lie in [1, %d]: %d", int64(maxKeys), n)
	}
	z := &Zipf{s: s, n: float64(n), rand: generator(src)}
	z.harmonic = z.sum()
	z.first = z.area(1.5) - 1
	z.last = z.area(z.n + 0.5)
	z.squeeze = 2 - z.inverseArea(z.area(2.5)-z.height(2))
	return z, nil
}

// Next draws a key in [0, n), 0 the hottest. It takes constant time, 1.02 tries on average at most. A key's
// probability is true to about 2^-53, the resolution of a uniform: a key of less than that may never be drawn.
//
// The k-th rank owns the area under x^-s from k - 1/2 to k + 1/2, which exceeds its mass k^-s, for the curve is
// convex. A uniform point of the whole area is inverted to x, rounded to a rank, and accepted in the last k^-s of the
// rank's area.
func (z *Zipf) Next() int {
	for {
		u := z.last + z.rand.Float64()*(z.first-z.last)
		x := min(z.inverseArea(u), z.n)
		k := max(math.Floor(x+0.5), 1) // below 1 by rounding at most
		if k-x <= z.squeeze || u >= z.area(k+0.5)-z.height(k) {
			return int(k) - 1
		}
	}
}

// Mass is the probability of key k, with a relative error below 1e-13 for s up to 10. It is 0 where k lies outside
// [0, n): there is no such key.
func (z *Zipf) Mass(k int) float64 {
	if k < 0 || float64(k) >= z.n {
		return 0
	}
	return z.height(float64(k)+1) / z.harmonic
}

// height is x^-s.
func (z *Zipf) height(x float64) float64 { return math.Exp(-z.s * math.Log(x)) }

// area is the integral of t^-s for t from 1 to x, (x^(1-s) - 1) / (1-s), which Expm1 keeps exact as s nears 1.
func (z *Zipf) area(x float64) float64 {
	if z.s == 1 {
		return math.Log(x)
	}
	return math.Expm1((1-z.s)*math.Log(x)) / (1 - z.s)
}

// inverseArea is the x whose area is a. Where s > 1 and a rounds to the whole area up to infinity, it is +Inf.
func (z *Zipf) inverseArea(a float64) float64 {
	if z.s == 1 {
		return math.Exp(a)
	}
	return math.Exp(math.Log1p(a*(1-z.s)) / (1 - z.s))
}

// sum is the generalised harmonic number of n and s: the first terms one by one, the rest by the Euler-Maclaurin
// formula (NIST Digital Library of Mathematical Functions, section 2.10(i)). What the formula leaves out is below
// 1e-14 for every s.
func (z *Zipf) sum() float64 {
	const direct = 32
	sum := 0.
	for k := min(z.n, direct); k >= 1; k-- { // the smallest first
		sum += z.height(k)
	}
	if z.n <= direct || z.s > direct { // beyond s = 32 the rest is below 10^-48
		return sum
	}
	// Of the terms from 32 to n, the first has been counted already.
	sum += z.area(z.n) - z.area(direct) + (z.height(z.n)-z.height(direct))/2
	// The j-th derivatives of x^-s, odd j, at both ends: ∓ s(s+1)…(s+j-1) x^(-s-j).
	bernoulli := [...]float64{1. / 12, -1. / 720, 1. / 30240} // B_2j / (2j)!
	low, high := z.s*z.height(direct)/direct, z.s*z.height(z.n)/z.n
	for i, b := range bernoulli {
		sum += b * (low - high)
		j := z.s + float64(2*i+1)
		low *= j * (j + 1) / (direct * direct)
		high *= j * (j + 1) / (z.n * z.n)
	}
	return sum
}
