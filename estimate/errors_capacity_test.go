package estimate_test

import (
	"math"
	"testing"

	"github.com/sysdesign-lab/sysdesign/estimate"
)

func TestBadCapacityIsRefused(t *testing.T) {
	servers := func(change func(*estimate.Servers)) func() error {
		s := estimate.Servers{Peak: 10, Each: 1, Utilisation: 0.5, Zones: 3, Down: 1}
		change(&s)
		return func() error { return refused(s.Total()) }
	}
	zipf := func(objects estimate.Count, exponent float64) func() error {
		return func() error {
			z := estimate.Zipf{Objects: objects, Exponent: exponent}
			if err := refused(z.Cached(0.5)); err == nil || err.Error() != refused(z.HitRatio(0)).Error() {
				return err
			}
			return refused(z.CacheSize(0.5, 1))
		}
	}
	ten := estimate.Zipf{Objects: 10}
	requireRefused(t, []refusal{
		{servers(func(s *estimate.Servers) { s.Peak = -1 }), "estimate: a peak rate must be finite and not negative: -1"},
		{servers(func(s *estimate.Servers) { s.Peak = estimate.Rate(math.NaN()) }), "estimate: a peak rate must be finite and not negative: NaN"},
		{servers(func(s *estimate.Servers) { s.Each = 0 }), "estimate: a server's rate must be positive and finite: 0"},
		{servers(func(s *estimate.Servers) { s.Each = estimate.Rate(math.Inf(1)) }), "estimate: a server's rate must be positive and finite: +Inf"},
		{servers(func(s *estimate.Servers) { s.Utilisation = 0 }), "estimate: a server's utilisation must lie in (0, 1]: 0"},
		{servers(func(s *estimate.Servers) { s.Utilisation = 1.01 }), "estimate: a server's utilisation must lie in (0, 1]: 1.01"},
		{servers(func(s *estimate.Servers) { s.Utilisation = math.NaN() }), "estimate: a server's utilisation must lie in (0, 1]: NaN"},
		{servers(func(s *estimate.Servers) { s.Zones = 0 }), "estimate: zones must lie in [1, 1000]: 0"},
		{servers(func(s *estimate.Servers) { s.Down = 3 }), "estimate: zones down must lie in [0, 2]: 3"},
		{servers(func(s *estimate.Servers) { s.Down = -1 }), "estimate: zones down must lie in [0, 2]: -1"},
		{servers(func(s *estimate.Servers) { s.Peak = 1e30 }), "estimate: servers must be at most 2^63-1: 1e+30 rps ÷ 1 rps a server ÷ 0.5 used ÷ 2 zones up of 3"},
		{servers(func(s *estimate.Servers) { s.Peak = 8e18 }), "estimate: servers must be at most 2^63-1: 8E servers a zone × 3 zones"},
		{func() error { return refused(estimate.Connections(-1, 1)) }, "estimate: a rate of connections must be finite and not negative: -1"},
		{func() error { return refused(estimate.Connections(1, 0)) }, "estimate: the time that a connection is held must be longer than 0: 0s"},
		{func() error { return refused(estimate.Connections(1e300, math.MaxInt64)) }, "estimate: connections must be at most 2^63-1: 1e+300 rps × 9,223,372,036.854775807 s"},
		{func() error { return refused(estimate.KeysMoved(-1, 1, 2)) }, "estimate: keys must not be negative: -1"},
		{func() error { return refused(estimate.KeysMoved(1, 0, 2)) }, "estimate: servers must be at least 1: 0"},
		{func() error { return refused(estimate.KeysMoved(1, 2, -1)) }, "estimate: servers must be at least 1: -1"},
		{zipf(0, 1), "estimate: objects must be at least 1: 0"},
		{zipf(-1, 1), "estimate: objects must be at least 1: -1"},
		{zipf(1, -0.1), "estimate: an exponent must be finite and not negative: -0.1"},
		{zipf(1, math.NaN()), "estimate: an exponent must be finite and not negative: NaN"},
		{func() error { return refused(ten.HitRatio(-1)) }, "estimate: cached objects must lie in [0, 10]: -1"},
		{func() error { return refused(ten.HitRatio(11)) }, "estimate: cached objects must lie in [0, 10]: 11"},
		{func() error { return refused(ten.Cached(1.1)) }, "estimate: a hit ratio must lie in [0, 1]: 1.1"},
		{func() error { return refused(ten.Cached(math.NaN())) }, "estimate: a hit ratio must lie in [0, 1]: NaN"},
		{func() error { return refused(ten.CacheSize(0.5, -1)) }, "estimate: an object's bytes must not be negative: -1"},
		{func() error { return refused(ten.CacheSize(0.5, math.MaxInt64)) }, "estimate: a cache's bytes must be at most 2^63-1: 5 of 10 objects for a hit ratio of 0.5 × ≈9.223 EB"},
	})
}
