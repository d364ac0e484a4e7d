package workload_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// perSecond are rates of all sizes: whole ones, fractions, and any float64.
var perSecond = rapid.OneOf(
	rapid.Map(rapid.IntRange(1, 1e9), func(n int) float64 { return float64(n) }),
	rapid.Map(rapid.IntRange(1, 1e8), func(n int) float64 { return 1 / float64(n) }),
	rapid.SampledFrom([]float64{3, 7, 0.1, 1.6e8, 4e8, 8e8, 1e9}), // in 4e8 every second arrival lies on half a nanosecond
	rapid.Float64Range(1e-8, 1e9),
)

// instant is any time that a simulation may show, early ones more often.
var instant = rapid.Map(rapid.Int64Range(0, math.MaxInt64), func(n int64) time.Duration { return time.Duration(n) })

// kthArrival is the naive model of regular arrivals: k/rate seconds, rounded to the nearest nanosecond, halves up, in
// rational numbers. Beyond the longest Duration it is math.MaxInt64.
func kthArrival(k *big.Int, rate float64) time.Duration {
	t := new(big.Rat).SetInt(k)
	t.Mul(t, big.NewRat(1e9, 1)).Quo(t, new(big.Rat).SetFloat64(rate)).Add(t, big.NewRat(1, 2))
	ns := new(big.Int).Div(t.Num(), t.Denom())
	if !ns.IsInt64() {
		return math.MaxInt64
	}
	return time.Duration(ns.Int64())
}

// arrivalsUpTo is the number of regular arrivals at or before t.
func arrivalsUpTo(t time.Duration, rate float64) *big.Int {
	// About t * rate, found exactly by stepping to the border.
	x := new(big.Rat).SetFloat64(rate)
	x.Mul(x, big.NewRat(int64(t), 1e9))
	k := new(big.Int).Div(x.Num(), x.Denom())
	one := big.NewInt(1)
	for k.Sign() > 0 && kthArrival(k, rate) > t {
		k.Sub(k, one)
	}
	for next := new(big.Int).Add(k, one); kthArrival(next, rate) <= t && t < math.MaxInt64; next.Add(next, one) {
		k.Set(next)
	}
	return k
}

// regular is a law over a constructor, so that a broken one can be held against it.
func regularArrivalsAreExact(make func(float64) (workload.Arrivals, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		rate := perSecond.Draw(t, "rate")
		now := instant.Draw(t, "now")
		arrivals, err := make(rate)
		if err != nil {
			t.Fatalf("a rate of %v a second is refused: %v", rate, err)
		}
		k := arrivalsUpTo(now, rate)
		for range 3 {
			k.Add(k, big.NewInt(1))
			got, want := arrivals.Next(now), kthArrival(k, rate)
			if got != want {
				t.Fatalf("at %v a second, arrival %v, the first after %v, lies at %v and not at %v", rate, k, now, got, want)
			}
			if want == math.MaxInt64 {
				return
			}
			if again := arrivals.Next(want - 1); want-1 >= now && again != want {
				t.Fatalf("at %v a second, the first arrival after %v is %v and not %v", rate, want-1, again, want)
			}
			now = want
		}
	}
}

func newRegular(rate float64) (workload.Arrivals, error) { return workload.NewRegular(rate) }

func TestLaw_TheKthRegularArrivalLiesAtKDividedByTheRate(t *testing.T) {
	rapid.Check(t, regularArrivalsAreExact(newRegular))
}

func TestLaw_RegularArrivalsBeginAfterTimeZero(t *testing.T) {
	rapid.Check(t, regularArrivalsBeginAfterZero(newRegular))
}

func regularArrivalsBeginAfterZero(make func(float64) (workload.Arrivals, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		rate := perSecond.Draw(t, "rate")
		arrivals, err := make(rate)
		if err != nil {
			t.Fatalf("a rate of %v a second is refused: %v", rate, err)
		}
		now := -instant.Draw(t, "time before the start")
		if got, want := arrivals.Next(now), kthArrival(big.NewInt(1), rate); got != want {
			t.Fatalf("at %v a second, the first arrival after %v is %v and not %v", rate, now, got, want)
		}
	}
}

func TestLaw_PoissonGapsDoNotDependOnNow(t *testing.T) {
	rapid.Check(t, poissonHasNoMemory(newPoisson))
}

func newPoisson(rate float64, src rand.Source) (workload.Arrivals, error) {
	return workload.NewPoisson(rate, src)
}

func poissonHasNoMemory(make func(float64, rand.Source) (workload.Arrivals, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		rate := perSecond.Draw(t, "rate")
		seed := rapid.Uint64().Draw(t, "seed")
		nows := rapid.SliceOfN(rapid.Int64Range(math.MinInt64, math.MaxInt64), 1, 20).Draw(t, "nows")
		one, err := make(rate, rand.NewPCG(seed, 0))
		other, err2 := make(rate, rand.New(rand.NewPCG(seed, 0))) // a generator is a source too
		if err != nil || err2 != nil {
			t.Fatalf("a rate of %v a second is refused: %v, %v", rate, err, err2)
		}
		for _, n := range nows {
			now := time.Duration(n)
			gap := one.Next(0)
			got := other.Next(now)
			if gap < 0 || got < now {
				t.Fatalf("at %v a second, asked for the first arrival after %v\nbut the answer is %v, before that (with the same seed, the first after 0s is at %v)", rate, now, got, gap)
			}
			want := big.NewInt(n)
			want.Add(want, big.NewInt(int64(gap)))
			if !want.IsInt64() {
				want.SetInt64(math.MaxInt64) // beyond the longest Duration
			}
			if int64(got) != want.Int64() {
				t.Fatalf("at %v a second, the first arrival after 0s is at %v\nbut with the same seed, the first after %v is at %v", rate, gap, now, got)
			}
		}
	}
}
