package hashring

import (
	"fmt"
	"math"
)

// Share is the distribution of one node's share of a [Ring] of nodes of equal weight: of n nodes with v points each, that is of n*v
// points drawn uniformly on a circle, it is exactly Beta(v, (n-1)v). It is a share of the hashes; that of a number of keys varies beyond it, as
// they are drawn.
//
// It is a value, made by [ShareOf].
type Share struct {
	nodes, points int
	a, b          float64
}

// ShareOf returns the distribution for a number of nodes and of points of each.
func ShareOf(nodes, points int) (Share, error) {
	switch {
	case nodes < 1 || nodes > mostNodes:
		return Share{}, fmt.Errorf("hashring: the number of nodes must lie in [1, %d]: %d", mostNodes, nodes)
	case points < 1 || points > mostPoints:
		return Share{}, fmt.Errorf("hashring: the number of points must lie in [1, %d]: %d", mostPoints, points)
	}
	return Share{nodes, points, float64(points), float64(nodes-1) * float64(points)}, nil
}

// RelativeSD is the standard deviation over the mean: sqrt((n-1)/(n*v+1)).
func (s Share) RelativeSD() float64 {
	return math.Sqrt(float64(s.nodes-1) / (float64(s.nodes)*float64(s.points) + 1))
}

// Above is the probability that the share is larger than x.
func (s Share) Above(x float64) float64 {
	if s.nodes == 1 { // its share is one
		if x < 1 {
			return 1
		}
		return 0
	}
	return betaAbove(s.a, s.b, x)
}

// Quantile is the share that is not exceeded with probability p, in (0, 1).
func (s Share) Quantile(p float64) (float64, error) {
	if !(p > 0 && p < 1) {
		return 0, fmt.Errorf("hashring: the probability of a quantile must lie in (0, 1): %v", p)
	}
	// The bits of positive numbers are in the numbers' order, so that halving them finds a small share as exactly as a large one.
	low, high := uint64(0), math.Float64bits(1)
	for high-low > 1 {
		middle := low + (high-low)/2
		if x := math.Float64frombits(middle); s.Above(x) > 1-p {
			low = middle
		} else {
			high = middle
		}
	}
	return math.Float64frombits(high), nil
}

// PointsFor is the smallest number of points of a node, of so many nodes of equal weight on a [Ring], with which at the given confidence
// no node's share of the hashes exceeds peakToMean/nodes.
//
// The share of one node is exact, see [Share]. That no node's exceeds it is held by the sum over nodes, a bound: the true chance that one
// does is at most d = 1 - confidence and, as shares are negatively associated, at least 1-(1-d/n)^n where the bound is met exactly, which is less
// than d by at most d*d/2: asked for 0.99, the true confidence where the bound is met is at most 0.99005.
//
// Source: negative association: K. Joag-Dev, F. Proschan, "Negative Association of Random Variables, with Applications", Annals of
// Statistics 11(1), 1983, section 3 (Dirichlet).
func PointsFor(nodes int, peakToMean, confidence float64) (int, error) {
	switch {
	case nodes < 1 || nodes > mostNodes:
		return 0, fmt.Errorf("hashring: the number of nodes must lie in [1, %d]: %d", mostNodes, nodes)
	case !(peakToMean > 1) || math.IsInf(peakToMean, 0):
		return 0, fmt.Errorf("hashring: the ratio of peak to mean must be finite and above 1: %v", peakToMean)
	case !(confidence > 0 && confidence < 1):
		return 0, fmt.Errorf("hashring: a confidence must lie in (0, 1): %v", confidence)
	}
	n, most := float64(nodes), mostPoints/nodes
	enough := func(points int) bool {
		a := float64(points)
		return nodes == 1 || n*betaAbove(a, (n-1)*a, peakToMean/n) <= 1-confidence
	}
	// The chance grows with the first points, if at all, and falls with all that follow: once it is low enough it stays so.
	high := 1
	for !enough(high) {
		if high == most {
			return 0, fmt.Errorf("hashring: a ring must have at most %d points, too few for a peak of %v times the mean on %d nodes with confidence %v", mostPoints, peakToMean, nodes, confidence)
		}
		high = min(2*high, most)
	}
	for low := high / 2; high-low > 1; {
		if middle := low + (high-low)/2; enough(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high, nil
}

// betaAbove is the probability that Beta(a, b) is larger than x: one less the regularised incomplete beta function. It has the
// relative error of a rounding for each step of the fraction, in the small tail above the mean too.
//
// Source: W. Press, S. Teukolsky, W. Vetterling, B. Flannery, "Numerical Recipes", 3rd edition, 2007, section 6.4: the continued
// fraction, by W. Lentz's method, on the side of the mean where it converges in some sqrt(max(a, b)) steps.
func betaAbove(a, b, x float64) float64 {
	switch {
	case x <= 0:
		return 1
	case x >= 1:
		return 0
	case x > (a+1)/(a+b+2):
		return math.Exp(logBetaPower(a, b, x)) * betaFraction(b, a, 1-x) / b
	}
	return 1 - math.Exp(logBetaPower(a, b, x))*betaFraction(a, b, x)/a
}

// betaFraction is the continued fraction of equation 6.4.5.
func betaFraction(a, b, x float64) float64 {
	const tiny = 1e-300 // instead of a zero, by which there is no division
	notZero := func(z float64) float64 {
		if math.Abs(z) < tiny {
			return tiny
		}
		return z
	}
	c := 1.0
	d := 1 / notZero(1-(a+b)*x/(a+1))
	fraction := d
	const mostSteps = 1_000_000 // the largest ring takes some ten thousand
	for m := 1.0; m < mostSteps; m++ {
		even := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		d, c = 1/notZero(1+even*d), notZero(1+even/c)
		fraction *= d * c
		odd := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d, c = 1/notZero(1+odd*d), notZero(1+odd/c)
		fraction *= d * c
		if math.Abs(d*c-1) < 1e-15 {
			break
		}
	}
	return fraction
}

// logBetaPower is ln(x^a (1-x)^b / B(a, b)). The logarithms of gamma functions of large arguments would leave few digits of
// their difference; what Stirling's formula leaves of them is small, and so is the deviance.
//
// Source: C. Loader, "Fast and Accurate Computation of Binomial Probabilities", 2000.
func logBetaPower(a, b, x float64) float64 {
	n := a + b
	return 0.5*math.Log(a/n*b/(2*math.Pi)) - deviance(a, n*x) - deviance(b, n*(1-x)) + beyondStirling(n) - beyondStirling(a) - beyondStirling(b)
}

// deviance is a*ln(a/m) + m - a.
func deviance(a, m float64) float64 {
	if math.Abs(a-m) >= 0.1*(a+m) {
		return a*math.Log(a/m) + m - a
	}
	// Near to each other the terms cancel: in v = (a-m)/(a+m) it is (a-m)*v + 2a(v^3/3 + v^5/5 + …).
	v := (a - m) / (a + m)
	sum := (a - m) * v
	power := 2 * a * v
	for j := 3.0; ; j += 2 {
		power *= v * v
		if next := sum + power/j; next == sum {
			return sum
		} else {
			sum = next
		}
	}
}

// beyondStirling is ln(gamma(z)) - ((z-1/2)*ln(z) - z + ln(2*pi)/2).
func beyondStirling(z float64) float64 {
	if z < 16 {
		g, _ := math.Lgamma(z)
		return g - ((z-0.5)*math.Log(z) - z + 0.5*math.Log(2*math.Pi))
	}
	s := 1 / (z * z)
	return (1.0/12 - s*(1.0/360-s*(1.0/1260-s*(1.0/1680-s*(1.0/1188-s*691.0/360360))))) / z
}
