package estimate_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

func ExampleNewMMC() {
	q, err := estimate.NewMMC(450, 20*time.Millisecond, 10)
	if err != nil {
		panic(err)
	}
	p99, _ := q.StayQuantile(0.99)
	fmt.Printf("%.0f%% busy, %.0f%% wait, %v in the mean; p99 of the latency %v\n",
		100*q.Utilisation(), 100*q.Waits(), q.MeanWait().Round(time.Millisecond/10), p99.Round(time.Millisecond))

	_, err = estimate.NewMMC(550, 20*time.Millisecond, 10)
	fmt.Println(err)
	// Output:
	// 90% busy, 67% wait, 13.4ms in the mean; p99 of the latency 125ms
	// estimate: utilisation must be below 1: 1.1, of a load of 11 erlang on 10 servers
}

// sized is how a queue is asked for: arrivals per second, and service of whole milliseconds.
type sized struct {
	arrivals float64
	service  time.Duration
	servers  int
}

// sizes are queues whose utilisation is a whole percentage from 1 to 99.
func sizes(most int) *rapid.Generator[sized] {
	return rapid.Custom(func(t *rapid.T) sized {
		s := sized{servers: rapid.IntRange(1, most).Draw(t, "servers")}
		s.service = time.Duration(rapid.IntRange(1, 1000).Draw(t, "ms")) * time.Millisecond
		busy := float64(rapid.IntRange(1, 99).Draw(t, "percent busy")) / 100
		s.arrivals = busy * float64(s.servers) / s.service.Seconds()
		return s
	})
}

func (s sized) mmc() estimate.MMC { return must(estimate.NewMMC(s.arrivals, s.service, s.servers)) }

// M/M/1 has formulas of its own: the wait is ρ/(1-ρ) service times, the stay is exponential with a mean of 1/(μ-λ).
func TestLaw_MM1IsOneServer(t *testing.T) {
	rapid.Check(t, lawMM1(func(s sized) time.Duration { return s.mmc().MeanWait() }))
	rapid.Check(t, func(t *rapid.T) {
		s := sizes(1).Draw(t, "queue")
		q := s.mmc()
		busy, after := q.Utilisation(), time.Duration(rapid.IntRange(0, 10_000).Draw(t, "ms"))*time.Millisecond
		rest := 1/s.service.Seconds() - s.arrivals
		// Of a difference that is 1% of its terms, a part of 2^-53 becomes 100; there are a few such roundings, and the exponent multiplies them.
		near := func(want, got float64) {
			require.InDelta(t, want, got, 1e-12*(1+want), "%+v", s)
		}
		near(busy, q.Waits())
		near(busy*busy/(1-busy), q.MeanQueue())
		near(busy/(1-busy), q.MeanInSystem())
		near(busy*math.Exp(-rest*after.Seconds()), q.WaitBeyond(after))
		near(math.Exp(-rest*after.Seconds()), q.StayBeyond(after))
	})
}

func lawMM1(meanWait func(sized) time.Duration) func(*rapid.T) {
	return func(t *rapid.T) {
		s := sizes(1).Draw(t, "queue")
		busy := s.arrivals * s.service.Seconds()
		want := busy / (1 - busy) * s.service.Seconds()
		if got := meanWait(s); math.Abs(got.Seconds()-want) > 1e-9+1e-12*want {
			t.Fatalf("one server, %v busy, service %v: the mean wait is %.9f s\nbut the answer is %v", busy, s.service, want, got)
		}
	}
}

func TestBroken_StayTakenForWait(t *testing.T) {
	lawtest.Breaks(t, "A mean wait of 1/(μ-λ), which is the mean stay, with the service in it",
		lawMM1(func(s sized) time.Duration { return s.mmc().MeanStay() }))
}

// The mean wait and stay are what is under their tails, and Little's law ties them to numbers.
func TestLaw_MMCMeansAreAreasUnderTails(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := sizes(50).Draw(t, "queue")
		q := s.mmc()
		wait, stay := 0., 0.
		// The trapezium errs by h^2/12 of the change in slope, which is at most 1/mean + 1/wait: the first tail's is C/mean wait of those who wait.
		slowest := s.service.Seconds() * max(1, 1/((1-q.Utilisation())*float64(s.servers)))
		fastest := s.service.Seconds() * min(1, 1/((1-q.Utilisation())*float64(s.servers)))
		h := min(slowest/300, fastest/10)
		h = float64(time.Duration(h*1e9)+1) / 1e9
		for at, weight := 0., 0.5; at < 30*slowest; at, weight = at+h, 1 {
			d := time.Duration(math.Round(at * 1e9))
			wait += weight * h * q.WaitBeyond(d)
			stay += weight * h * q.StayBeyond(d)
		}
		off := h*h/12*(q.Waits()/fastest+1/fastest) + 1e-9
		require.InDelta(t, q.MeanWait().Seconds(), wait, off+1e-9*wait, "%+v", s)
		require.InDelta(t, q.MeanStay().Seconds(), stay, off+1e-9*stay, "%+v", s)
		rounded := 0.5e-9*s.arrivals + 1e-12*q.MeanInSystem() // times are, to the nanosecond
		require.InDelta(t, q.MeanQueue(), must(estimate.Little(s.arrivals, q.MeanWait())), rounded)
		require.InDelta(t, q.MeanInSystem(), must(estimate.Little(s.arrivals, q.MeanStay())), rounded)
	})
}

// A quantile is the least time after which no more than 1-p are left.
func TestLaw_MMCQuantilesInvertTails(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := sizes(50).Draw(t, "queue")
		q, p := s.mmc(), float64(rapid.IntRange(0, 9999).Draw(t, "p"))/10_000
		stay := must(q.StayQuantile(p))
		require.LessOrEqual(t, q.StayBeyond(stay), 1-p)
		if stay > 0 {
			require.Greater(t, q.StayBeyond(stay-1), 1-p)
		}
		wait := must(q.WaitQuantile(p))
		require.LessOrEqual(t, wait, stay)
		require.LessOrEqual(t, q.WaitBeyond(wait+1), 1-p+1e-12) // it is rounded to the nearest nanosecond
		if wait > 0 {
			require.GreaterOrEqual(t, q.WaitBeyond(wait-1), 1-p-1e-12)
		}
	})
}

// One queue before twice the servers for twice the arrivals makes everybody wait less: pooling. More arrivals make all wait longer.
func TestLaw_MMCPoolsAndGrows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := sizes(100).Draw(t, "queue")
		q := s.mmc()
		double := s
		double.servers, double.arrivals = 2*s.servers, 2*s.arrivals
		require.LessOrEqual(t, double.mmc().MeanWait(), q.MeanWait())
		require.LessOrEqual(t, double.mmc().Waits(), q.Waits()*(1+1e-12))
		more := s
		more.arrivals *= 1.001
		require.GreaterOrEqual(t, more.mmc().MeanWait(), q.MeanWait())
	})
}

// Two servers at 0.8: 5% wait for longer than 6.637014 service times.
func TestClaim_MMCNumbers(t *testing.T) {
	q := must(estimate.NewMMC(1.6, time.Second, 2))
	require.InDelta(t, 0.711111, q.Waits(), 0.5e-6)
	require.InDelta(t, 6.637014, must(q.WaitQuantile(0.95)).Seconds(), 0.5e-6)
	require.Equal(t, time.Duration(0), must(q.WaitQuantile(0.28)))
	// The shortest mean stay that 100 servers can give at 0.9.
	require.InDelta(t, 1.021694, must(estimate.NewMMC(90, time.Second, 100)).MeanStay().Seconds(), 0.5e-6)
}

// Where the wait's tail falls as fast as the service's, the formula of the stay is 0/0.
func TestMMCStayWithEqualRates(t *testing.T) {
	q := must(estimate.NewMMC(1, time.Second, 2)) // two services less one arrival a second: 1; a third waits
	require.InDelta(t, (1+1./3)*math.Exp(-1), q.StayBeyond(time.Second), 1e-15)
	near := must(estimate.NewMMC(1+1e-12, time.Second, 2))
	require.InDelta(t, q.StayBeyond(time.Second), near.StayBeyond(time.Second), 1e-11)
	require.Equal(t, 1., q.StayBeyond(-1))
	require.Equal(t, 1., q.WaitBeyond(-1))
}

func TestMMCRefuses(t *testing.T) {
	q := must(estimate.NewMMC(1, time.Second, 2))
	slow := must(estimate.NewMMC(0.99/(10*365*86400), 10*365*24*time.Hour, 2))
	requireRefused(t, []refusal{
		{func() error { return refused(estimate.NewMMC(math.NaN(), time.Second, 1)) }, "estimate: arrivals per second must be finite and not negative: NaN"},
		{func() error { return refused(estimate.NewMMC(1, 0, 1)) }, "estimate: a mean service time must be longer than 0: 0s"},
		{func() error { return refused(estimate.NewMMC(1, time.Second, -1)) }, "estimate: servers must lie in [1, 1000000]: -1"},
		{func() error { return refused(estimate.NewMMC(10, time.Second, 8)) }, "estimate: utilisation must be below 1: 1.25, of a load of 10 erlang on 8 servers"},
		{func() error { return refused(estimate.NewMMC(0, math.MaxInt64, 1)) }, "estimate: a mean stay must fit a duration, so be less than 292 years: 9.223372036854776e+09 s"},
		{func() error { return refused(q.WaitQuantile(1)) }, "estimate: a quantile must lie in [0, 1): 1"},
		{func() error { return refused(q.StayQuantile(-0.1)) }, "estimate: a quantile must lie in [0, 1): -0.1"},
		{func() error { return refused(q.StayQuantile(math.NaN())) }, "estimate: a quantile must lie in [0, 1): NaN"},
		{func() error { return refused(slow.StayQuantile(1 - 0x1p-53)) },
			"estimate: a quantile of the stay must fit a duration, so be less than 292 years: at 0.9999999999999999 it is more"},
	})
	_, err := estimate.NewMMC(1-0x1p-53, time.Second, 1)
	require.ErrorContains(t, err, "estimate: a mean wait must fit a duration, so be less than 292 years: 9.007199")
	_, err = estimate.NewMMC(1, time.Second, 1)
	require.ErrorIs(t, err, estimate.ErrOverloaded)
}
