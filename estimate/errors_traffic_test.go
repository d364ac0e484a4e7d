package estimate_test

import (
	"math"
	"testing"

	"github.com/sysdesign-lab/sysdesign/estimate"
)

func traffic(change func(*estimate.Traffic)) estimate.Traffic {
	t := estimate.Traffic{Users: 1_000, PerUser: 2, Peak: 3, Size: 4}
	change(&t)
	return t
}

func TestBadTrafficIsRefused(t *testing.T) {
	mean := func(change func(*estimate.Traffic)) func() error {
		return func() error { return refused(traffic(change).Mean()) }
	}
	peak := func(factor float64) func() error {
		return func() error { return refused(traffic(func(t *estimate.Traffic) { t.Peak = factor }).PeakRate()) }
	}
	requireRefused(t, []refusal{
		{mean(func(t *estimate.Traffic) { t.Users = -5 }), "estimate: users must not be negative: -5"},
		{mean(func(t *estimate.Traffic) { t.PerUser = -1 }), "estimate: requests a user a day must be finite and not negative: -1"},
		{mean(func(t *estimate.Traffic) { t.PerUser = math.NaN() }), "estimate: requests a user a day must be finite and not negative: NaN"},
		{mean(func(t *estimate.Traffic) { t.PerUser = math.Inf(1) }), "estimate: requests a user a day must be finite and not negative: +Inf"},
		{
			mean(func(t *estimate.Traffic) { t.Users, t.PerUser = math.MaxInt64, 1e308 }),
			"estimate: a mean rate must be at most 1.8e308 a second: ≈9.223E users × 1e+308 requests a user a day ÷ 86,400 s/d",
		},
		{peak(0), "estimate: a peak factor must be at least 1 and finite: 0"},
		{peak(0.99), "estimate: a peak factor must be at least 1 and finite: 0.99"},
		{peak(math.NaN()), "estimate: a peak factor must be at least 1 and finite: NaN"},
		{peak(math.Inf(1)), "estimate: a peak factor must be at least 1 and finite: +Inf"},
		{func() error { return refused(traffic(func(t *estimate.Traffic) { t.Size = -1 }).DataRate()) }, "estimate: a size in bytes must not be negative: -1"},
		{func() error { return refused(traffic(func(t *estimate.Traffic) { t.Size = -1 }).PeakDataRate()) }, "estimate: a size in bytes must not be negative: -1"},
		{func() error { return refused(traffic(func(t *estimate.Traffic) { t.Users = -1 }).DataRate()) }, "estimate: users must not be negative: -1"},
		{func() error { return refused(traffic(func(t *estimate.Traffic) { t.Peak = 0 }).PeakDataRate()) }, "estimate: a peak factor must be at least 1 and finite: 0"},
		{func() error { return refused(estimate.Bandwidth(-1, 0.5)) }, "estimate: a data rate must be finite and not negative: -1"},
		{func() error { return refused(estimate.Bandwidth(1, 0)) }, "estimate: a link's utilisation must lie in (0, 1]: 0"},
		{func() error { return refused(estimate.Bandwidth(1, 1.1)) }, "estimate: a link's utilisation must lie in (0, 1]: 1.1"},
		{func() error { return refused(estimate.Bandwidth(1, math.NaN())) }, "estimate: a link's utilisation must lie in (0, 1]: NaN"},
		{func() error { return refused(estimate.Bandwidth(1e308, 0.5)) }, "estimate: a bandwidth must be at most 1.8e308 a second: 1e+308 B/s × 8 bit a byte ÷ 0.5 used"},
		{func() error { return refused(estimate.Handshake(-1).RoundTrips()) }, "estimate: a handshake must be one of the 8 known: -1"},
		{func() error { return refused(estimate.Handshake(8).FirstByte(1)) }, "estimate: a handshake must be one of the 8 known: 8"},
		{func() error { return refused(estimate.TCP.FirstByte(0)) }, "estimate: a round trip must be longer than 0: 0s"},
		{func() error { return refused(estimate.TCP.FirstByte(math.MaxInt64)) }, "estimate: the time to the first byte must be at most 2^63-1 ns, 292 years: 2 round trips × 9,223,372,036.854775807 s"},
		{func() error { return refused(estimate.FibreDelay(-1)) }, "estimate: kilometres must be finite and not negative: -1"},
		{func() error { return refused(estimate.FibreDelay(math.NaN())) }, "estimate: kilometres must be finite and not negative: NaN"},
		{func() error { return refused(estimate.FibreDelay(1e300)) }, "estimate: a delay in fibre must be at most 2^63-1 ns, 292 years: 1e+300 km × 1.4682 index ÷ 299,792.458 km/s"},
	})
}

func TestBadStorageIsRefused(t *testing.T) {
	day := func(events estimate.Count, size estimate.Bytes) func() error {
		return func() error { return refused(estimate.Storage{Events: events, Size: size}.Day()) }
	}
	total := func(change func(*estimate.Storage)) func() error {
		s := estimate.Storage{Events: 1, Size: 2, Retention: estimate.Day, Replicas: 3, Compression: 1}
		change(&s)
		return func() error { return refused(s.Total()) }
	}
	requireRefused(t, []refusal{
		{day(-1, 0), "estimate: events a day must not be negative: -1"},
		{day(0, -1), "estimate: an event's bytes must not be negative: -1"},
		{day(math.MaxInt64, 2), "estimate: a day's bytes must be at most 2^63-1: ≈9.223E events a day × 2 B an event"},
		{total(func(s *estimate.Storage) { s.Events = -1 }), "estimate: events a day must not be negative: -1"},
		{total(func(s *estimate.Storage) { s.Retention = 0 }), "estimate: a retention must be longer than 0: 0s"},
		{total(func(s *estimate.Storage) { s.Replicas = 0 }), "estimate: replicas must lie in [1, 1000]: 0"},
		{total(func(s *estimate.Storage) { s.Replicas = 1_001 }), "estimate: replicas must lie in [1, 1000]: 1001"},
		{total(func(s *estimate.Storage) { s.Compression = 0 }), "estimate: a compression ratio must be positive and finite: 0"},
		{total(func(s *estimate.Storage) { s.Compression = math.NaN() }), "estimate: a compression ratio must be positive and finite: NaN"},
		{total(func(s *estimate.Storage) { s.Index = -0.1 }), "estimate: the index's share must be finite and not negative: -0.1"},
		{total(func(s *estimate.Storage) { s.Index = math.Inf(1) }), "estimate: the index's share must be finite and not negative: +Inf"},
		{
			total(func(s *estimate.Storage) { s.Compression = 1e-20 }),
			"estimate: stored bytes must be at most 2^63-1: 1 events a day × 2 B an event × 1 d × 3 replicas ÷ 1e-20 by compression × 1 with index",
		},
	})
}

func TestBadEgressIsRefused(t *testing.T) {
	dollar, euro := must(estimate.ParseDataPrice("1 USD/GB")), must(estimate.ParseDataPrice("1 EUR/GB"))
	total := func(change func(*estimate.Egress)) func() error {
		e := estimate.Egress{Served: 1, HitRatio: 0.5, Edge: dollar, Origin: dollar}
		change(&e)
		return func() error {
			err := refused(e.Total())
			for _, other := range []error{refused(e.EdgeCost()), refused(e.OriginCost())} {
				if (err == nil) != (other == nil) {
					return other
				}
			}
			return err
		}
	}
	requireRefused(t, []refusal{
		{total(func(e *estimate.Egress) { e.Served = -1 }), "estimate: served bytes must not be negative: -1"},
		{total(func(e *estimate.Egress) { e.HitRatio = -0.1 }), "estimate: a hit ratio must lie in [0, 1]: -0.1"},
		{total(func(e *estimate.Egress) { e.HitRatio = 95 }), "estimate: a hit ratio must lie in [0, 1]: 95"},
		{total(func(e *estimate.Egress) { e.HitRatio = math.NaN() }), "estimate: a hit ratio must lie in [0, 1]: NaN"},
		{total(func(e *estimate.Egress) { e.Edge = estimate.DataPrice{} }), "estimate: a price at the edge must have a currency: 0.00 /0 B"},
		{total(func(e *estimate.Egress) { e.Origin.Per = 0 }), "estimate: a price at the origin must be for a positive number of bytes: 1.00 USD/0 B"},
		{total(func(e *estimate.Egress) { e.Origin = euro }), "estimate: prices at edge and origin must be in one currency: 1.00 USD/GB and 1.00 EUR/GB"},
		{
			total(func(e *estimate.Egress) { e.Served, e.Edge.Per, e.Origin.Per = math.MaxInt64, 1, 1 }),
			"estimate: a cost must be at most 2^63-1 millionths of USD: ≈9.223 EB × 1.5 USD/B for edge and misses",
		},
	})
}
