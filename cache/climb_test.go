package cache

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The window has from 0.5% to 80% of the entries, and changes after samples of ten requests an entry, except for the first, by
// one step of at most 6.25%.
func TestLaw_TheWindowStaysInBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		slots := rapid.IntRange(1, 8).Draw(t, "slots")
		c := newClimb(slots)
		for sample := range rapid.IntRange(1, 40).Draw(t, "samples") {
			share := rapid.Float64Range(0, 1).Draw(t, "hits")
			for i := range 10 * slots {
				before := c.window
				changed := c.tick(float64(i) < share*float64(10*slots))
				if due := sample > 0 && i == 10*slots-1; changed != due {
					t.Fatalf("request %d of sample %d: changed is %v", i, sample, changed)
				}
				if step := math.Abs(c.window - before); step > 0.0625*float64(slots)+1e-9 || step > 0 && !changed {
					t.Fatalf("request %d of sample %d: the window goes from %v to %v", i, sample, before, c.window)
				}
			}
			if !(c.window >= 0.005*float64(slots) && c.window <= 0.8*float64(slots)) {
				t.Fatalf("the window is %v of %d", c.window, slots)
			}
		}
	})
}

// run gives samples to a climb whose hit ratio falls with the distance of the window from the best one, by at most slope.
func run(c *climb, slots, samples int, best, height, slope float64) {
	for range samples {
		ratio := height - slope*math.Abs(c.window/float64(slots)-best)
		for i := range climbSample * slots {
			c.tick(float64(i) < ratio*float64(climbSample*slots))
		}
	}
}

// Where the hit ratio has one maximum the window ends there. A first step of 6.25% reaches anywhere in sixteen samples, while it has shrunk by
// 0.98^16, to 72%; after 150 more it is 0.98^166 * 6.25% = 0.22% of the entries, and the window turns at most two steps from the best size.
// A ratio is a whole number of hits in 10,000, so that steps in which it changes by less are blind: 0.02% of the entries.
func TestClaim_TheWindowFindsTheBestSize(t *testing.T) {
	const slots, slope = 1000, 0.5
	for _, best := range []float64{0.05, 0.2, 0.4, 0.6, 0.75} {
		c := newClimb(slots)
		run(&c, slots, 1+16+150, best, 0.6, slope)
		require.InDelta(t, best, c.window/slots, 2*0.0022+0.0002, "best %v", best)
	}
}

// When steps have become small, another workload, whose hit ratio differs by 5% or more, makes them large again: the window finds the new best size
// where steps of less than 0.01% would sum up to 50 times as much, 0.5% of the entries.
func TestClaim_TheWindowFollowsAChange(t *testing.T) {
	const slots, slope = 1000, 0.5
	c := newClimb(slots)
	run(&c, slots, 400, 0.2, 0.8, slope)
	require.Less(t, math.Abs(c.step), 0.0001*slots)
	run(&c, slots, 1+16+150, 0.6, 0.5, slope)
	require.InDelta(t, 0.6, c.window/slots, 2*0.0022+0.0002)
}
