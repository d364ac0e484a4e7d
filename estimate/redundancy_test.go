package estimate_test

import (
	"fmt"
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

const year = 365 * 24 * time.Hour

func ExampleErasureCode() {
	copies, _ := estimate.Replication(3)
	code, _ := estimate.ErasureCode(10, 4)
	for _, r := range []estimate.Redundancy{copies, code} {
		years, err := r.MeanYearsToLoss(estimate.Disks{Life: 50 * year, Repair: 24 * time.Hour})
		if err != nil {
			panic(err)
		}
		fmt.Printf("%.1f bytes a byte, spares %d, repairs read %d: lost once in %.1g years\n", r.Overhead(), r.Tolerates(), r.RepairReads(), years)
	}
	// Output:
	// 3.0 bytes a byte, spares 2, repairs read 1: lost once in 6e+09 years
	// 1.4 bytes a byte, spares 4, repairs read 10: lost once in 6e+14 years
}

// Two copies: (3λ+μ)/2λ², as books on RAID 1 have it, and three: (11λ²+7λμ+2μ²)/6λ³, both with all repairs at once.
func TestClaim_MeanTimesToLossOfCopies(t *testing.T) {
	life, repair := 5*year, 10*24*time.Hour
	l, m := 1./5, 36.5 // a year
	require.InEpsilon(t, 1/l, must(must(estimate.Replication(1)).MeanYearsToLoss(estimate.Disks{Life: life, Repair: repair})), 1e-14)
	require.InEpsilon(t, (3*l+m)/(2*l*l), must(must(estimate.Replication(2)).MeanYearsToLoss(estimate.Disks{Life: life, Repair: repair})), 1e-14)
	require.InEpsilon(t, (11*l*l+7*l*m+2*m*m)/(6*l*l*l), must(must(estimate.Replication(3)).MeanYearsToLoss(estimate.Disks{Life: life, Repair: repair})), 1e-14)
}

// Any code that spares as much loses less with fewer fragments; and with as many bytes a byte, a code spares more: two copies against four fragments of which
// two are enough.
func TestClaim_CodesLoseLessThanCopiesOfTheSameOverhead(t *testing.T) {
	copies, code := must(estimate.Replication(2)), must(estimate.ErasureCode(2, 2))
	require.Equal(t, copies.Overhead(), code.Overhead())
	require.InEpsilon(t, 0.01*0.01, must(copies.LossOf(0.01)), 1e-14)
	require.InEpsilon(t, 4*1e-6*0.99+1e-8, must(code.LossOf(0.01)), 1e-14)
}

// years is somebody's mean time to loss, of lives that are repaired that many times as fast.
type years func(data, parity, faster int) float64

func TestLaw_MeanTimeToLossIsTheChains(t *testing.T) {
	rapid.Check(t, lawChain(func(data, parity, faster int) float64 {
		return must(must(estimate.ErasureCode(data, parity)).MeanYearsToLoss(estimate.Disks{Life: year * time.Duration(faster), Repair: year})) / float64(faster)
	}))
}

// lawChain solves the equations of the chain: from each state, the mean time is that to the next event, and from where that leads; in fractions.
func lawChain(of years) func(*rapid.T) {
	return func(t *rapid.T) {
		data, parity := rapid.IntRange(1, 10).Draw(t, "data"), rapid.IntRange(0, 6).Draw(t, "parity")
		faster := rapid.IntRange(1, 100).Draw(t, "repair rate")
		want, _ := firstStep(data+parity, parity, faster).Float64()
		// A few roundings of positive terms for each state.
		if got := of(data, parity, faster); !(math.Abs(got-want) <= float64(8*(parity+1))*0x1p-53*want) {
			t.Fatalf("%d fragments of which %d may be lost, each lost once a year and repaired in 1/%d of one:\nthe equations of the chain give %.8g years\nbut the answer is %.8g",
				data+parity, parity, faster, want, got)
		}
	}
}

// firstStep is the mean time from state 0 to parity+1, by elimination from the last equation: t(i) = a(i) + b(i) t(i-1).
func firstStep(n, parity, faster int) *big.Rat {
	rat := func(v int) *big.Rat { return big.NewRat(int64(v), 1) }
	a, b := rat(0), rat(0) // of the state in which all is lost
	for i := parity; i >= 0; i-- {
		fails, repairs := rat(n-i), rat(i*faster)
		// (fails + repairs) t(i) = 1 + fails (a + b t(i)) + repairs t(i-1)
		own := new(big.Rat).Sub(new(big.Rat).Add(fails, repairs), new(big.Rat).Mul(fails, b))
		a = new(big.Rat).Quo(new(big.Rat).Add(rat(1), new(big.Rat).Mul(fails, a)), own)
		b = new(big.Rat).Quo(repairs, own)
	}
	return a
}

func TestBroken_OneRepairAtATime(t *testing.T) {
	lawtest.Breaks(t, "A chain that repairs one fragment at a time, where all that are lost are repaired at once",
		lawChain(func(data, parity, faster int) float64 {
			total, step := 0., 0.
			for i := range parity + 1 {
				step = (1 + float64(min(i, 1)*faster)*step) / float64(data+parity-i)
				total += step
			}
			return total
		}))
}

func TestBroken_LossAsAPowerOfOne(t *testing.T) {
	lawtest.Breaks(t, "A code taken for as many copies as it spares: p^(m+1), without the ways to choose which",
		lawLoss(func(data, parity int, p float64) float64 { return math.Pow(p, float64(parity+1)) }))
}

// What is lost without repair is what is not there: the availability of data fragments of all, where each is there with 1-p.
func TestLaw_LossIsEnumeration(t *testing.T) {
	rapid.Check(t, lawLoss(func(data, parity int, p float64) float64 {
		return must(must(estimate.ErasureCode(data, parity)).LossOf(p))
	}))
}

func lawLoss(of func(data, parity int, p float64) float64) func(*rapid.T) {
	return func(t *rapid.T) {
		data, parity := rapid.IntRange(1, 6).Draw(t, "data"), rapid.IntRange(0, 4).Draw(t, "parity")
		p := float64(rapid.IntRange(0, 100).Draw(t, "percent"))/100 + 0
		want := enumerated(repeated(p, data+parity), func(lost int) bool { return lost > parity })
		// Each of at most 1,024 products has ten factors; a sum of positive terms errs by no more than the terms do, and its own roundings.
		if got := of(data, parity, p); math.Abs(got-want) > 1100*0x1p-53*want {
			t.Fatalf("%d data and %d parity fragments, each lost with %v: in all states it adds up to %.6g\nbut the answer is %.6g", data, parity, p, want, got)
		}
	}
}

// More parity loses less; longer repairs and shorter lives lose more.
func TestLaw_LossIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data, parity := rapid.IntRange(1, 20).Draw(t, "data"), rapid.IntRange(0, 10).Draw(t, "parity")
		days := time.Duration(rapid.IntRange(1, 100).Draw(t, "days")) * 24 * time.Hour
		r, more := must(estimate.ErasureCode(data, parity)), must(estimate.ErasureCode(data, parity+1))
		wider := must(estimate.ErasureCode(data+1, parity))
		of := func(r estimate.Redundancy, life, repair time.Duration) float64 {
			return must(r.LossWithin(year, estimate.Disks{Life: life, Repair: repair}))
		}
		loss := of(r, 10*year, days)
		require.LessOrEqual(t, of(more, 10*year, days), loss)
		require.GreaterOrEqual(t, of(wider, 10*year, days), loss)
		require.GreaterOrEqual(t, of(r, 9*year, days), loss)
		require.GreaterOrEqual(t, of(r, 10*year, days+time.Hour), loss*(1-1e-12)) // without parity there is nothing to repair
		require.Equal(t, parity, r.Tolerates())
	})
}

// The chain, in steps of a Poisson clock that is faster than all that happens in it: what is lost by then. The formula is above it, and near it
// where a repair is short.
func TestLaw_LossWithinIsAnUpperBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(t, "fragments")
		parity := rapid.IntRange(0, n-1).Draw(t, "parity")
		faster := rapid.IntRange(1, 30).Draw(t, "repair rate") // per life
		r := must(estimate.ErasureCode(n-parity, parity))
		mean := must(r.MeanYearsToLoss(estimate.Disks{Life: year * time.Duration(faster), Repair: year})) / float64(faster) // in lives
		lives := math.Min(1, mean) * float64(rapid.IntRange(1, 9).Draw(t, "tenths of the shorter of the two")) / 10         // below the mean

		clock := float64(n * (faster + 1))
		states := make([]float64, parity+2)
		states[0] = 1
		weight, lost := math.Exp(-clock*lives), 0.
		for step := 1; step < int(clock*lives+20*math.Sqrt(clock*lives)+50); step++ { // of which more are less likely than 1e-16
			next := make([]float64, parity+2)
			next[parity+1] = states[parity+1]
			for i := range parity + 1 {
				fails, repairs := float64(n-i)/clock, float64(i*faster)/clock
				next[i+1] += states[i] * fails
				next[max(i-1, 0)] += states[i] * repairs
				next[i] += states[i] * (1 - fails - repairs)
			}
			states, weight = next, weight*clock*lives/float64(step)
			lost += weight * states[parity+1]
		}
		bound := must(r.LossWithin(time.Duration(lives*float64(faster)*float64(year)), estimate.Disks{Life: year * time.Duration(faster), Repair: year}))
		require.LessOrEqual(t, lost, bound*(1+1e-9)+1e-14, "%d fragments, %d to spare, repaired %d times as fast, for %v lives", n, parity, faster, lives)
		if parity == 0 { // one event: nothing to lose before
			require.InEpsilon(t, bound, lost, 1e-9)
		}
	})
}

func TestRedundancyRefuses(t *testing.T) {
	three, wide := must(estimate.Replication(3)), must(estimate.ErasureCode(1, 900))
	requireRefused(t, []refusal{
		{func() error { return refused(estimate.Replication(0)) }, "estimate: copies must lie in [1, 1000]: 0"},
		{func() error { return refused(estimate.Replication(1001)) }, "estimate: copies must lie in [1, 1000]: 1001"},
		{func() error { return refused(estimate.ErasureCode(0, 1)) }, "estimate: data fragments must lie in [1, 1000]: 0"},
		{func() error { return refused(estimate.ErasureCode(10, -1)) }, "estimate: parity fragments must lie in [0, 990]: -1"},
		{func() error { return refused(estimate.ErasureCode(1, math.MaxInt)) }, "estimate: parity fragments must lie in [0, 999]: 9223372036854775807"},
		{func() error { return refused(three.LossOf(-0.1)) }, "estimate: the probability to lose a fragment must lie in [0, 1]: -0.1"},
		{func() error { return refused(three.LossOf(math.NaN())) }, "estimate: the probability to lose a fragment must lie in [0, 1]: NaN"},
		{func() error { return refused(three.MeanYearsToLoss(estimate.Disks{Life: 0, Repair: time.Hour})) }, "estimate: the mean life of a disk must be longer than 0: 0s"},
		{func() error { return refused(three.MeanYearsToLoss(estimate.Disks{Life: year, Repair: -1})) }, "estimate: the mean time of a repair must be longer than 0: -1ns"},
		{func() error { return refused(three.LossWithin(0, estimate.Disks{Life: year, Repair: time.Hour})) }, "estimate: a period must be longer than 0: 0s"},
		{func() error { return refused(three.LossWithin(year, estimate.Disks{Life: year, Repair: 0})) }, "estimate: the mean time of a repair must be longer than 0: 0s"},
		{func() error { return refused(wide.MeanYearsToLoss(estimate.Disks{Life: year, Repair: time.Second})) },
			"estimate: years until data are lost must be finite: they pass the largest float, with 900 fragments to spare, a life of 8760h0m0s and a repair of 1s"},
	})
	require.Equal(t, 1., must(three.LossOf(1)))
	require.Equal(t, 0., must(three.LossOf(0)))
}
