package workload_test

import (
	"math"
	"math/rand/v2"
	"sort"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/sysdesign-lab/sysdesign/internal/race"
)

// chiSquare compares counts with expected counts, after pooling neighbouring cells up to an expected 20, and fails
// beyond the 99.99% quantile.
func chiSquare(t *testing.T, counts []int, expected []float64, what ...any) {
	t.Helper()
	statistic, cells := 0., 0
	count, pooled := 0., 0.
	for i, e := range expected {
		count += float64(counts[i])
		pooled += e
		left := 0.
		for _, e := range expected[i+1:] {
			if left += e; left >= 20 {
				break
			}
		}
		if pooled >= 20 && left >= 20 || i == len(expected)-1 {
			statistic += (count - pooled) * (count - pooled) / pooled
			cells++
			count, pooled = 0, 0
		}
	}
	require.Greater(t, cells, 1, "one cell says nothing")
	limit := distuv.ChiSquared{K: float64(cells - 1)}.Quantile(0.9999)
	require.LessOrEqual(t, statistic, limit, what...)
}

var exponents = []float64{0, 0.5, 0.99, 1, 1.01, 1.5, 3}

// Draws by rejection-inversion and draws by the naive inversion of a table are held against the same masses.
func TestClaim_ZipfDrawsHaveTheirMasses(t *testing.T) {
	const keys = 1000
	for _, s := range exponents {
		n, judged := trials(300_000)
		masses := table(s, keys)
		cumulative, expected := make([]float64, keys), make([]float64, keys)
		sum := 0.
		for k, m := range masses {
			sum += m
			cumulative[k] = sum
			expected[k] = m * float64(n)
		}
		r := rand.New(rand.NewPCG(11, 12))
		z := newZipf(t, s, keys, r)
		ours, naive := make([]int, keys), make([]int, keys)
		for range n {
			ours[z.Next()]++
			u := r.Float64()
			naive[sort.Search(keys-1, func(k int) bool { return cumulative[k] > u })]++
		}
		if judged {
			chiSquare(t, naive, expected, "s=%v: the naive model", s)
			chiSquare(t, ours, expected, "s=%v", s)
		}
	}
}

// Over 10⁹ keys, cells are the octaves of ranks. The mass of the first m keys of n is harmonic(m)/harmonic(n), which
// is the ratio of the hottest key's masses.
func TestClaim_ZipfDrawsHaveTheirMassesOverABillionKeys(t *testing.T) {
	const keys = 1_000_000_000
	for _, s := range exponents {
		n, judged := trials(300_000)
		z := newZipf(t, s, keys, rand.NewPCG(13, 14))
		var expected []float64
		var ends []int
		before := 0.
		for m := 1; before < 1; m *= 2 {
			m = min(m, keys)
			share := z.Mass(0) / newZipf(t, s, m, nil).Mass(0)
			if m == keys {
				share = 1
			}
			expected = append(expected, (share-before)*float64(n))
			ends = append(ends, m)
			before = share
		}
		counts := make([]int, len(ends))
		for range n {
			k := z.Next()
			counts[sort.Search(len(ends)-1, func(i int) bool { return k < ends[i] })]++
		}
		if judged {
			chiSquare(t, counts, expected, "s=%v", s)
		}
	}
}

// Without chance: the uniform runs over a grid of 2^18 midpoints, and a try is counted for the rank that accepts it
// at once. A rank accepts one interval of the uniform, so its count is off by less than 1, and the sum of all by less
// than the number of keys.
func TestClaim_ZipfAcceptsEachRankInProportionToItsMass(t *testing.T) {
	const keys = 40
	bits := 18
	if race.Enabled {
		bits = 10
	}
	for _, s := range append(exponents, 1-1e-12, 1+1e-12, 10) {
		source := &script{}
		z := newZipf(t, s, keys, source)
		counts, accepted := make([]int, keys), 0.
		for i := range uint64(1) << bits {
			source.first, source.calls = (2*i+1)<<(52-bits), 0
			if k := z.Next(); source.calls == 1 {
				counts[k]++
				accepted++
			}
		}
		for k, count := range counts {
			mass := z.Mass(k)
			require.InDelta(t, mass*accepted, count, 1+keys*mass, "s=%v, key %d", s, k)
		}
		require.Greater(t, accepted/math.Exp2(float64(bits)), 1/1.02-keys/math.Exp2(float64(bits)), "s=%v: tries accepted", s)
	}
}

// Generalised harmonic numbers with an independent form. NIST Digital Library of Mathematical Functions, 25.2.9 and
// 5.11: for s = 1 ln n + gamma + 1/2n - 1/12n², for s = 1/2 2 sqrt(n) + zeta(1/2) + 1/(2 sqrt(n)) - 1/(24 n^1.5), for
// s = 2 pi²/6 - 1/n + 1/2n² - 1/6n³; for s = 0 it is n. What follows these terms is below 1e-13 from n = 1,000 on.
func TestClaim_ZipfMassHasTheHarmonicNumber(t *testing.T) {
	const gamma, zetaHalf = 0.57721566490153286061, -1.46035450880958681289
	for _, n := range []int{1000, 1_000_000, 1_000_000_000} {
		x := float64(n)
		for s, harmonic := range map[float64]float64{
			0:   x,
			0.5: 2*math.Sqrt(x) + zetaHalf + 1/(2*math.Sqrt(x)) - 1/(24*math.Pow(x, 1.5)),
			1:   math.Log(x) + gamma + 1/(2*x) - 1/(12*x*x),
			2:   math.Pi*math.Pi/6 - 1/x + 1/(2*x*x) - 1/(6*x*x*x),
		} {
			require.InEpsilon(t, 1/harmonic, newZipf(t, s, n, nil).Mass(0), 1e-13, "s=%v, n=%d", s, n)
			require.InEpsilon(t, math.Pow(x, -s)/harmonic, newZipf(t, s, n, nil).Mass(n-1), 1e-13, "s=%v, n=%d", s, n)
		}
	}
	for _, s := range []float64{1e200, math.MaxFloat64} { // all of it is the hottest key's
		z := newZipf(t, s, 1000, nil)
		require.Equal(t, []float64{1, 0, 0}, []float64{z.Mass(0), z.Mass(1), z.Mass(999)})
		require.Zero(t, z.Next())
	}
	// By hand: 1 + 1/2 + … + 1/10 = 7381/2520.
	z := newZipf(t, 1, 10, nil)
	require.InEpsilon(t, 2520./7381, z.Mass(0), 1e-15)
	require.InEpsilon(t, 252./7381, z.Mass(9), 1e-14)
}
