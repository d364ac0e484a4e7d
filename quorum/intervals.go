package quorum

import (
	"fmt"
	"math"
	"sort"
	"time"
)

func checkConfidence(confidence float64) error {
	if !(confidence >= 0.5 && confidence <= 0.999999) {
		return fmt.Errorf("quorum: a confidence must lie in [0.5, 0.999999]: %v", confidence)
	}
	return nil
}

// shareOf is k of n, and the shares between which no end is refuted: of fewer than Low, k or more of n would be seen with a
// probability of less than tail, and so for k or fewer of more than High.
func shareOf(k, n int, tail float64) Share {
	s := Share{Estimate: float64(k) / float64(n), High: 1}
	if k > 0 {
		s.Low = bisect(func(p float64) bool { return 1-binomial(k-1, n, p) >= tail })
	}
	if k < n {
		s.High = bisect(func(p float64) bool { return binomial(k, n, p) <= tail })
	}
	return s
}

// bisect is where in [0, 1] a statement that is false and then true becomes true.
func bisect(holds func(float64) bool) float64 {
	low, high := 0.0, 1.0
	for range 60 {
		if middle := (low + high) / 2; holds(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}

// percentile is the p-quantile of n independent observations, the k-th smallest of which is at(k). A quantile has below it a binomial
// number of observations, so two of the sorted ones enclose it with a probability that is known exactly. What none encloses from
// below is from 0 on, as times are.
func percentile(n int, p, confidence float64, at func(rank int) time.Duration) (Percentile, error) {
	if err := checkConfidence(confidence); err != nil {
		return Percentile{}, err
	}
	if !(p > 0 && p < 1) {
		return Percentile{}, fmt.Errorf("quorum: a quantile must lie in (0, 1): %v", p)
	}
	tail := (1 - confidence) / 2
	// The k-th smallest exceeds the quantile when fewer than k observations are at most as large, and falls short when k or more are less.
	low := sort.Search(n, func(i int) bool { return binomial(i, n, p) > tail })
	high := 1 + sort.Search(n, func(i int) bool { return 1-binomial(i, n, p) <= tail })
	if high > n {
		return Percentile{}, fmt.Errorf("quorum: the %v-quantile at confidence %v must rest on %.0f trials or more: %d",
			p, confidence, math.Ceil(math.Log(tail)/math.Log(p)), n)
	}
	q := Percentile{Estimate: at(rankOf(p, n)), High: at(high)}
	if low > 0 {
		q.Low = at(low)
	}
	return q, nil
}

// rankOf is the least k in [1, n] such that k/n >= p. The product p*n may round up beyond it; the quotient rounds as the literal p did.
func rankOf(p float64, n int) int {
	k := max(int(math.Ceil(p*float64(n))), 1)
	for k > 1 && float64(k-1)/float64(n) >= p {
		k--
	}
	for k < n && float64(k)/float64(n) < p {
		k++
	}
	return k
}

// binomial is the probability of k or fewer of n, each with probability p: a regularised incomplete beta function.
func binomial(k, n int, p float64) float64 {
	switch {
	case k < 0:
		return 0
	case k >= n || p <= 0:
		return 1
	case p >= 1:
		return 0
	}
	return beta(1-p, float64(n-k), float64(k+1))
}

// beta is the regularised incomplete beta function I_x(a, b), x in (0, 1), by its continued fraction and the method of Lentz: W. Press et
// al., "Numerical Recipes", 3rd edition, 2007, section 6.4. It takes O(sqrt(max(a, b))) steps.
func beta(x, a, b float64) float64 {
	if x > (a+1)/(a+b+2) { // beyond which the fraction converges slowly
		return 1 - beta(1-x, b, a)
	}
	all, _ := math.Lgamma(a + b)
	one, _ := math.Lgamma(a)
	two, _ := math.Lgamma(b)
	front := math.Exp(all-one-two+a*math.Log(x)+b*math.Log1p(-x)) / a
	if front == 0 {
		return 0
	}
	const tiny, precise = 1e-300, 1e-15
	away := func(x float64) float64 {
		if math.Abs(x) < tiny {
			return tiny
		}
		return x
	}
	c, d := 1.0, 1/away(1-(a+b)*x/(a+1))
	fraction := d
	for m := 1.0; m < 1e6; m++ {
		for _, numerator := range [2]float64{
			m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m)),
			-(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1)),
		} {
			d = 1 / away(1+numerator*d)
			c = away(1 + numerator/c)
			fraction *= c * d
		}
		if math.Abs(c*d-1) < precise {
			break
		}
	}
	return front * fraction
}
