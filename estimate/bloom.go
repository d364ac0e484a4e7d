// B. H. Bloom, "Space/Time Trade-offs in Hash Coding with Allowable Errors", Communications of the ACM 13 (7), 1970. What is exact: P. Bose et al., "On
// the False-positive Rate of Bloom Filters", Information Processing Letters 108 (4), 2008; K. Christensen, A. Roginsky and M. Jimeno, "A New
// Analysis of the False Positive Rate of a Bloom Filter", Information Processing Letters 110 (21), 2010.

package estimate

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/bits"
)

const (
	maxBloomBits   = 1 << 50
	maxBloomHashes = 64
)

// Bloom is the size of a Bloom filter: an array of bits, of which each key sets as many as there are hashes, each at an independent and uniform
// place. A key that was not added is taken for one that was if all its bits are set. Make it with [NewBloom] or [SizeBloom].
//
// Filters whose bits of a key lie in one cache line, or come from two hashes, are wrong a little more often.
type Bloom struct{ bits, hashes int }

// NewBloom takes bits in [1, 2^50], and hashes a key in [1, 64].
func NewBloom(bits, hashes int) (Bloom, error) {
	if err := needBetween("bits of a filter", bits, 1, maxBloomBits); err != nil {
		return Bloom{}, err
	}
	return Bloom{bits, hashes}, needBetween("hashes of a filter", hashes, 1, maxBloomHashes)
}

// SizeBloom is a filter for so many keys that is wrong with a probability of at most falsePositives, in [1e-18, 1), by the exact rate: the one with the
// least bits, of those with either of the two whole numbers of hashes next to log2(1/falsePositives). For a handful of keys another
// number may do with less. It has near log2(e) times this logarithm bits a key: 9.6 for 1%, and 4.8 more for each factor of ten.
func SizeBloom(keys int, falsePositives float64) (Bloom, error) {
	if err := needBetween("keys", keys, 1, maxBloomBits); err != nil {
		return Bloom{}, err
	}
	if !(falsePositives >= 1e-18 && falsePositives < 1) {
		return Bloom{}, fmt.Errorf("estimate: a rate of false positives must lie in [1e-18, 1): %v", falsePositives)
	}
	best := Bloom{bits: maxBloomBits + 1}
	for _, hashes := range []float64{math.Floor(-math.Log2(falsePositives)), math.Ceil(-math.Log2(falsePositives))} {
		b := leastBits(keys, max(1, int(hashes)), falsePositives)
		if b.bits < best.bits {
			best = b
		}
	}
	if best.bits > maxBloomBits {
		return Bloom{}, fmt.Errorf("estimate: bits of a filter must lie in [1, %d]: %d keys with a rate of false positives of %v need more", maxBloomBits, keys, falsePositives)
	}
	return best, nil
}

// leastBits begins where the approximation says. The exact rate is above it, so fewer bits are too few.
func leastBits(keys, hashes int, falsePositives float64) Bloom {
	start := -float64(hashes) * float64(keys) / math.Log1p(-math.Pow(falsePositives, 1/float64(hashes)))
	if !(start < maxBloomBits) {
		return Bloom{maxBloomBits + 1, hashes}
	}
	enough := func(bits int) bool { return Bloom{bits, hashes}.exactly(keys) <= falsePositives }
	low, high := max(0, int(start)-1), max(1, int(start)) // low is too few
	for step := 1; !enough(high); step *= 2 {
		if low, high = high, high+step; high > maxBloomBits {
			return Bloom{high, hashes}
		}
	}
	for high-low > 1 {
		if middle := low + (high-low)/2; enough(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return Bloom{high, hashes}
}

// Bits is the length of the array.
func (b Bloom) Bits() int { return b.bits }

// Hashes is the number of bits that a key sets, not all of which need differ.
func (b Bloom) Hashes() int { return b.hashes }

// FalsePositives is the probability that a key which was not added is taken for one of so many that were, in [0, 2^50], exactly: the mean of
// (bits set/bits)^hashes. The textbook's formula, [Bloom.ApproximateFalsePositives], is below it: much for tiny filters, by nothing that matters for large ones.
func (b Bloom) FalsePositives(keys int) (float64, error) {
	if err := b.needs(keys); err != nil {
		return 0, err
	}
	return b.exactly(keys), nil
}

// ApproximateFalsePositives is (1-exp(-hashes keys/bits))^hashes.
func (b Bloom) ApproximateFalsePositives(keys int) (float64, error) {
	if err := b.needs(keys); err != nil {
		return 0, err
	}
	set := -math.Expm1(-float64(b.hashes) * float64(keys) / float64(b.bits))
	return math.Pow(set, float64(b.hashes)), nil
}

func (b Bloom) needs(keys int) error {
	if b.bits == 0 {
		return errors.New("estimate: a filter must have bits: NewBloom and SizeBloom make one")
	}
	return needBetween("keys", keys, 0, maxBloomBits)
}

// exactly goes through how many places a key's bits have that differ, for which there are ways as Stirling's numbers of the second kind say. Of so many
// places all are set with a probability that inclusion and exclusion give. The terms of its sum have either sign, and nearly cancel: hence numbers with as
// many digits as it takes, those of the largest term over the least result, which is bits^-hashes, and of the powers' rounding.
func (b Bloom) exactly(keys int) float64 {
	if keys <= 0 || b.bits <= 0 {
		return 0
	}
	precision := uint(b.hashes*(bits.Len(uint(b.bits))+1) + 192)
	number := func(v int) *big.Float { return new(big.Float).SetPrec(precision).SetInt64(int64(v)) }
	most := min(b.hashes, b.bits) // places that differ
	empty := make([]*big.Float, most+1)
	for i := range empty { // the probability that i places are empty
		stays := number(b.bits - i)
		empty[i] = power(power(stays.Quo(stays, number(b.bits)), b.hashes), keys)
	}
	sum := number(0)
	ways := stirling(b.hashes)
	falling := number(1) // bits (bits-1) ..., over bits^places
	for places := 1; places <= most; places++ {
		falling.Mul(falling, number(b.bits-places+1)).Quo(falling, number(b.bits))
		set, choose := number(0), new(big.Int)
		for i := range places + 1 {
			term := number(0).SetInt(choose.Binomial(int64(places), int64(i)))
			if term.Mul(term, empty[i]); i%2 == 1 {
				term.Neg(term)
			}
			set.Add(set, term)
		}
		weight := number(0).SetInt(ways[places])
		weight.Mul(weight, falling)
		for range b.hashes - places {
			weight.Quo(weight, number(b.bits))
		}
		sum.Add(sum, weight.Mul(weight, set))
	}
	rate, _ := sum.Float64()
	return rate
}

// power squares from the highest bit of the exponent.
func power(of *big.Float, exponent int) *big.Float {
	product := new(big.Float).SetPrec(of.Prec()).SetInt64(1)
	for at := bits.Len(uint(exponent)) - 1; at >= 0; at-- {
		product.Mul(product, product)
		if exponent>>at&1 == 1 {
			product.Mul(product, of)
		}
	}
	return product
}

// stirling are the numbers of ways to part n things into so many groups that are not empty.
func stirling(n int) []*big.Int {
	ways := []*big.Int{big.NewInt(1)}
	for i := 1; i <= n; i++ {
		next := make([]*big.Int, i+1)
		next[0], next[i] = big.NewInt(0), big.NewInt(1)
		for k := 1; k < i; k++ {
			next[k] = new(big.Int).Mul(big.NewInt(int64(k)), ways[k])
			next[k].Add(next[k], ways[k-1])
		}
		ways = next
	}
	return ways
}
