package estimatesim

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// The mean of the time down is the integral of the probabilities to be down for longer: (1-A) times the window, in steady state.
func TestLaw_DownLongerIntegratesToTheMean(t *testing.T) {
	for _, c := range []struct{ window, up, down time.Duration }{
		{time.Hour, 10 * time.Minute, time.Minute},
		{time.Hour, time.Minute, time.Minute},
		{time.Minute, time.Hour, time.Hour},
		{10 * time.Hour, time.Minute, time.Second},
	} {
		const steps = 2_000
		sum, last := 0.0, 1.0
		step := c.window / steps
		for i := range steps {
			longer, err := DownLonger(time.Duration(i)*step+step/2, c.window, c.up, c.down)
			require.NoError(t, err)
			require.LessOrEqual(t, longer, last+1e-12, "the more is allowed, the less often it is exceeded")
			sum, last = sum+longer, longer
		}
		want := float64(c.down) / float64(c.up+c.down)
		// By midpoints the error is step²/24 times by how much the slope changes from end to end: here by less than 20 a window, so 2e-7.
		require.InDelta(t, want, sum/steps, 2e-7, "%+v", c)
	}
}

// Nothing is allowed: it is met if the window begins up and no failure comes. All is allowed: it cannot be exceeded.
func TestDownLonger_AtTheEnds(t *testing.T) {
	never, err := DownLonger(0, time.Hour, 2*time.Hour, time.Hour)
	require.NoError(t, err)
	require.InDelta(t, 1-2.0/3*math.Exp(-0.5), never, 1e-15)
	all, err := DownLonger(time.Hour, time.Hour, 2*time.Hour, time.Hour)
	require.NoError(t, err)
	require.Zero(t, all)
	down, err := DownLonger(time.Hour-1, time.Hour, 2*time.Hour, time.Hour)
	require.NoError(t, err)
	require.InDelta(t, 1.0/3*math.Exp(-1), down, 1e-12, "it begins down, and one repair takes an hour")
}

func TestClaim_DownLongerIsWhatHappens(t *testing.T) {
	const window = time.Hour
	for _, c := range []struct{ up, down, allowed time.Duration }{
		{10 * time.Minute, time.Minute, 5 * time.Minute},
		{time.Hour, 10 * time.Minute, 5 * time.Minute},
		{3 * time.Hour, time.Hour, 20 * time.Minute},
	} {
		up, err := workload.NewExponential(c.up)
		require.NoError(t, err)
		down, err := workload.NewExponential(c.down)
		require.NoError(t, err)
		s := Redundant{Parts: 1, Needed: 1, Each: Repaired{up, down}}
		shares, err := sim.Replicate(2, 20, func(e *sim.Engine) (float64, error) {
			o, err := s.Run(e, 100*window, window, 1_000)
			if err != nil {
				return 0, err
			}
			longer := 0
			for _, d := range o.Windows {
				if d > c.allowed {
					longer++
				}
			}
			return float64(longer) / float64(len(o.Windows)), nil
		})
		require.NoError(t, err)
		want, err := DownLonger(c.allowed, window, c.up, c.down)
		require.NoError(t, err)
		interval, err := stats.MeanInterval(shares, stats.Asserted)
		require.NoError(t, err)
		require.True(t, interval.Contains(want), "%+v: %+v, not %v", c, interval, want)
	}
}

func TestDownLonger_Refuses(t *testing.T) {
	for _, c := range []struct {
		allowed, window, up, down time.Duration
		want                      string
	}{
		{1, 2, 0, 1, "estimatesim: mean times up and down must be positive: 0s and 1ns"},
		{1, 2, 1, -1, "estimatesim: mean times up and down must be positive: 1ns and -1ns"},
		{0, 0, 1, 1, "estimatesim: what is allowed must lie in [0s, 0s], the window, which is positive: 0s"},
		{-1, 2, 1, 1, "estimatesim: what is allowed must lie in [0s, 2ns], the window, which is positive: -1ns"},
		{3, 2, 1, 1, "estimatesim: what is allowed must lie in [0s, 2ns], the window, which is positive: 3ns"},
		{1, time.Second, 1, 1, "estimatesim: at most 1000000 failures are expected in a window, and repairs in what is allowed: 1e+09 and 1"},
		{time.Second, 2 * time.Second, time.Second, 1, "estimatesim: at most 1000000 failures are expected in a window, and repairs in what is allowed: 1 and 1e+09"},
	} {
		_, err := DownLonger(c.allowed, c.window, c.up, c.down)
		require.EqualError(t, err, c.want)
	}
}
