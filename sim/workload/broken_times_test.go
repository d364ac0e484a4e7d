package workload_test

import (
	"bufio"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// unsorted takes its quantiles from the samples in the order in which they were measured.
type unsorted struct {
	workload.ServiceTime
	samples []time.Duration
}

func (u unsorted) Quantile(p float64) (time.Duration, error) {
	n := len(u.samples)
	return u.samples[min(int(p*float64(n)), n-1)], nil
}

func TestBroken_QuantilesOfUnsortedSamples(t *testing.T) {
	lawtest.Breaks(t, "Quantiles of samples that nobody sorted fall and rise", func(t *rapid.T) {
		samples := rapid.SliceOfN(positive, 1, 50).Draw(t, "samples")
		quantilesNeverFall(t, unsorted{made(t)(workload.NewEmpirical(samples)), samples})
	})
}

// unguarded is 1 - exp(-t/mean) wherever it is asked.
type unguarded struct{ workload.ServiceTime }

func (u unguarded) CDF(t time.Duration) float64 { return -math.Expm1(-float64(t) / float64(u.Mean())) }

func TestBroken_ACDFBelowZero(t *testing.T) {
	lawtest.Breaks(t, "The formula of the exponential distribution, taken below zero, gives probabilities below zero", func(t *rapid.T) {
		cdfRunsFrom0To1(t, unguarded{made(t)(workload.NewExponential(positive.Draw(t, "mean")))})
	})
}

// sparing makes normal variates two at a time, as the polar method does, and keeps the spare one for the next call, whosever
// that is: G. Marsaglia and T. A. Bray, "A Convenient Method for Generating Normal Variables", SIAM Review 6(3), 1964.
type sparing struct {
	workload.ServiceTime
	spare *float64
}

func (s sparing) Draw(r *rand.Rand) time.Duration {
	z := *s.spare
	if *s.spare = 0; z == 0 {
		z, *s.spare = r.NormFloat64(), r.NormFloat64()
	}
	return time.Duration(math.Round(float64(s.Mean()) * math.Exp(z-0.5)))
}

func TestBroken_ASpareDrawGoesToSomebodyElse(t *testing.T) {
	lawtest.Breaks(t, "A generator that makes normal numbers in pairs and keeps one hands it to another stream", func(t *rapid.T) {
		milliseconds := time.Duration(rapid.IntRange(1, 1000).Draw(t, "milliseconds")) * time.Millisecond
		drawsFollowFromTheSeed(t, sparing{made(t)(workload.NewLognormal(milliseconds, math.E-1)), new(float64)})
	})
}

// cancelling takes the square of the mean from the mean of the squares.
type cancelling struct {
	workload.ServiceTime
	variance float64
}

func (c cancelling) Variance() float64 { return c.variance }

func TestBroken_MeanSquareLessSquaredMean(t *testing.T) {
	lawtest.Breaks(t, "A variance that is the mean square less the squared mean can be negative", func(t *rapid.T) {
		base := positive.Draw(t, "base")
		samples := rapid.SliceOfN(rapid.Map(rapid.IntRange(0, 3), func(n int) time.Duration {
			return base + time.Duration(n)
		}), 1, 50).Draw(t, "samples")
		n, sum, squares := float64(len(samples)), 0., 0.
		for _, d := range samples {
			x := d.Seconds()
			sum += x
			squares += float64(x * x) // the conversion keeps all processors from rounding once only
		}
		mean := sum / n
		momentsArePossible(t, cancelling{made(t)(workload.NewEmpirical(samples)), squares/n - float64(mean*mean)})
	})
}

// within adds up the variances of the parts, and forgets that their means differ.
func within(parts ...workload.Component) (workload.ServiceTime, error) {
	mix, err := workload.NewMixture(parts...)
	total, variance := 0., 0.
	for _, c := range parts {
		total += c.Weight
		variance += c.Weight * c.Time.Variance()
	}
	return cancelling{mix, variance / total}, err
}

func TestBroken_TheVarianceBetweenThePartsIsForgotten(t *testing.T) {
	lawtest.Breaks(t, "A mixture whose variance is the average of its parts' forgets that their means differ", mixtureIsTheWeightedSum(within))
}

// flattening puts the parts of a mixture in the place of it.
type flattening struct {
	workload.ServiceTime
	parts []workload.Component
}

// flatten mixes as NewMixture does, but first replaces each mixture by its parts. Scaled, they share its weight.
func flatten(scaled bool) mixer {
	return func(components ...workload.Component) (workload.ServiceTime, error) {
		var parts []workload.Component
		for _, c := range components {
			inner, nested := c.Time.(flattening)
			if !nested {
				parts = append(parts, c)
				continue
			}
			total := 0.
			for _, p := range inner.parts {
				total += p.Weight
			}
			for _, p := range inner.parts {
				if scaled {
					p.Weight *= c.Weight / total
				}
				parts = append(parts, p)
			}
		}
		mix, err := workload.NewMixture(parts...)
		return flattening{mix, parts}, err
	}
}

func TestBroken_FlatteningForgetsTheWeight(t *testing.T) {
	lawtest.Holds(t, nestedEqualsFlat(flatten(true)))
	lawtest.Breaks(t, "A mixture that takes over the parts of another with their own weights forgets how often that one was to come", nestedEqualsFlat(flatten(false)))
}

// lines reads a time from each line. A reader that ends without a line feed has one more line; careless ones lose it.
func lines(careless bool) func(io.Reader) ([]time.Duration, error) {
	return func(r io.Reader) ([]time.Duration, error) {
		var times []time.Duration
		for in := bufio.NewReader(r); ; {
			line, end := in.ReadString('\n')
			if end != nil && careless {
				return times, nil
			}
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
				d, err := time.ParseDuration(line)
				if err != nil {
					return nil, err
				}
				times = append(times, d)
			}
			if end != nil {
				return times, nil
			}
		}
	}
}

func TestBroken_TheLastLineIsLost(t *testing.T) {
	lawtest.Holds(t, durationsComeBack(lines(false)))
	lawtest.Breaks(t, "A reader that stops at the end of the file loses a last line without a line feed", durationsComeBack(lines(true)))
}

func TestBroken_TheCoefficientIsNotSquared(t *testing.T) {
	lawtest.Breaks(t, "A coefficient of variation is not its square", scvIsVarianceOverMeanSquared(func(s workload.ServiceTime) float64 {
		return math.Sqrt(s.Variance()) / s.Mean().Seconds()
	}))
}
