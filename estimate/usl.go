// N. J. Gunther, Guerrilla Capacity Planning, Springer, 2007, chapters 4 to 6; "A General Theory of Computational Scalability Based on Rational
// Functions", arXiv:0808.1431, 2008.

package estimate

import (
	"fmt"
	"math"
)

// USL is the universal scalability law: with N workers, threads or nodes the throughput is
//
//	X(N) = Rate N / (1 + Contention (N-1) + Coherency N (N-1))
//
// What must be done one after the other (contention) bounds it, and what each must agree on with each other (coherency) makes it
// fall again. It is a shape with three parameters, that says what measurements are like and where to look; beyond the range that was measured it is a guess.
// The three are positive or 0, and finite; Rate is positive.
type USL struct {
	Rate       float64 // the throughput of one, in any unit
	Contention float64 // σ: the part that is serial; with it alone the law is Amdahl's
	Coherency  float64 // κ: the cost of each pair, relative to the work of one
}

// Throughput is that of n, at least 1, in the unit of Rate. It is an error where it is not finite.
func (u USL) Throughput(n float64) (float64, error) {
	if err := u.check(); err != nil {
		return 0, err
	}
	if err := needConcurrency(n); err != nil {
		return 0, err
	}
	// n is divided by: its square may be too large for a float.
	throughput := u.Rate / (1/n + u.Contention*(1-1/n) + u.Coherency*(n-1))
	if math.IsInf(throughput, 0) {
		return 0, fmt.Errorf("estimate: a throughput must be finite: that of %v, at a rate of %v of one, is not", n, u.Rate)
	}
	return throughput, nil
}

// Peak is the number with the highest throughput, sqrt((1-σ)/κ), or 1 where that is less, and this throughput. Without coherency there is no peak: n is
// infinite, and the throughput what it approaches, Rate/σ; that is infinite too without contention.
func (u USL) Peak() (n, throughput float64, err error) {
	if err := u.check(); err != nil {
		return 0, 0, err
	}
	// A negative zero is a zero, and would make infinities negative.
	n = max(1, math.Sqrt(max(0, 1-u.Contention)/math.Abs(u.Coherency)))
	switch {
	case u.Contention >= 1:
		return 1, u.Rate, nil // 0/0 if there is no coherency
	case math.IsInf(n, 0):
		return n, u.Rate / math.Abs(u.Contention), nil
	}
	throughput, err = u.Throughput(n)
	return n, throughput, err
}

func (u USL) check() error {
	if err := needPositive("the rate of one", u.Rate); err != nil {
		return err
	}
	if err := needNotNegative("a contention", u.Contention); err != nil {
		return err
	}
	return needNotNegative("a coherency", u.Coherency)
}

func needConcurrency(n float64) error {
	if !(n >= 1) || math.IsInf(n, 0) {
		return fmt.Errorf("estimate: a concurrency must be finite and at least 1: %v", n)
	}
	return nil
}

// Measured is the throughput that was measured with some number of workers, at least 1; both are finite, and the throughput positive.
type Measured struct{ Concurrency, Throughput float64 }
