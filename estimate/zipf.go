package estimate

import (
	"fmt"
	"math"
	"math/big"
)

// Zipf is how often objects are asked for: the k-th most popular one in proportion to 1/k^s, by Zipf's law. Requests are independent.
// At an exponent of 0 all are equal; web requests have been found at 0.64 to 0.83.
//
// The zero value has no objects and is refused. Each answer takes a fixed number of steps, or 63 times as many, whatever the number of objects.
//
// Source: L. Breslau, P. Cao, L. Fan, G. Phillips, S. Shenker, "Web Caching and Zipf-like Distributions: Evidence and Implications",
// INFOCOM 1999, section 3.
type Zipf struct {
	Objects  Count   // at least 1
	Exponent float64 // s, from 0
}

// HitRatio is the share of requests, in [0, 1], that go to the most popular objects, so many of them: the hit ratio of a cache that
// always holds just these. No cache that does not know the next requests has more; LRU needs more room for the same.
func (z Zipf) HitRatio(cached Count) (float64, error) {
	if err := z.validate(); err != nil {
		return 0, err
	}
	if cached < 0 || cached > z.Objects {
		return 0, fmt.Errorf("estimate: cached objects must lie in [0, %d]: %d", int64(z.Objects), int64(cached))
	}
	return z.share(cached, powers(z.Objects, z.Exponent)), nil
}

// Cached is the least number of objects, the most popular ones, that have the hit ratio, in [0, 1].
func (z Zipf) Cached(hitRatio float64) (Count, error) {
	if err := z.validate(); err != nil {
		return 0, err
	}
	if err := needProbability("a hit ratio", hitRatio); err != nil {
		return 0, err
	}
	if hitRatio == 0 {
		return 0, nil
	}
	all := powers(z.Objects, z.Exponent)
	few, enough := Count(0), z.Objects
	for enough-few > 1 {
		if k := few + (enough-few)/2; z.share(k, all) < hitRatio {
			few = k
		} else {
			enough = k
		}
	}
	return enough, nil
}

// CacheSize is the room for that many objects of a size. What a cache needs beside them, for each object, is part of the size.
func (z Zipf) CacheSize(hitRatio float64, size Bytes) (Estimate[Bytes], error) {
	k, err := z.Cached(hitRatio)
	if err == nil {
		err = needCount("an object's bytes", size)
	}
	if err != nil {
		return Estimate[Bytes]{}, err
	}
	return nearest[Bytes]("a cache's bytes",
		times(fmt.Sprintf("%s of %s objects for a hit ratio of %s", shown(k), shown(z.Objects), short(decimal(hitRatio))), integer(k)),
		times(shown(size), big.NewRat(int64(size), 1)))
}

func (z Zipf) validate() error {
	if z.Objects < 1 {
		return fmt.Errorf("estimate: objects must be at least 1: %d", int64(z.Objects))
	}
	return needNotNegative("an exponent", z.Exponent)
}

func (z Zipf) share(k Count, all float64) float64 { return min(1, powers(k, z.Exponent)/all) }

// powers is the sum of i^-s for i in [1, n]. The first terms are added up. For the others the sum is the integral and
// corrections at both ends, by the formula of Euler and Maclaurin: the first term left out is s(s+1)…(s+6) m^-(s+7) / 1,209,600, below 10^-17
// of the sum for all s, at m = 64.
func powers(n Count, s float64) float64 {
	const m = 64
	sum := 0.0
	for i := range min(int64(n), m-1) {
		sum += math.Pow(float64(i+1), -s)
	}
	if n < m || s > 50 { // from there on, what is left is below 64^-49
		return sum
	}
	from, to := float64(m), float64(n)
	integral := math.Log(to / from)
	switch e := 1 - s; {
	case math.Abs(e)*integral > 1:
		integral = (math.Pow(to, e) - math.Pow(from, e)) / e // exact for s = 0
	case e != 0: // where these would nearly cancel
		integral = math.Pow(from, e) * math.Expm1(e*integral) / e
	}
	return sum + integral + (math.Pow(from, -s)+math.Pow(to, -s))/2 + correction(from, s) - correction(to, s)
}

// correction is what Euler and Maclaurin's formula adds at an end x of a sum of x^-s: B2/2! f' + B4/4! f^(3) + B6/6! f^(5), with the sign of the lower end.
func correction(x, s float64) float64 {
	first := s * math.Pow(x, -s-1)
	third := first * (s + 1) * (s + 2) / (x * x)
	fifth := third * (s + 3) * (s + 4) / (x * x)
	return first/12 - third/720 + fifth/30_240
}
