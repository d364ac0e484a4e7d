package estimate_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

// lawFleetSurvives: with the zones down, the servers that are left bear the peak within their utilisation, and one less in each zone
// would not. In whole numbers: utilisation in hundredths.
func lawFleetSurvives(plan func(estimate.Servers) (estimate.Estimate[estimate.Count], error)) func(*rapid.T) {
	return func(t *rapid.T) {
		peak, each := rapid.Int64Range(1, 1e6).Draw(t, "peak"), rapid.Int64Range(1, 10_000).Draw(t, "each")
		used := rapid.Int64Range(1, 100).Draw(t, "per cent used")
		zones := rapid.IntRange(1, 6).Draw(t, "zones")
		down := rapid.IntRange(0, zones-1).Draw(t, "down")
		e, err := plan(estimate.Servers{
			Peak: estimate.Rate(peak), Each: estimate.Rate(each), Utilisation: float64(used) / 100, Zones: zones, Down: down,
		})
		if err != nil {
			t.Fatalf("%v", err)
		}
		left := int64(zones - down)
		if bears := int64(e.Value) * left * each * used; bears < peak*100 {
			t.Fatalf("%d of %d zones are down, and %d servers in each of the others, of %d rps at %d%%, bear %.2f rps: the peak is %d",
				down, zones, e.Value, each, used, float64(bears)/100, peak)
		}
		if fewer := (int64(e.Value) - 1) * left * each * used; fewer >= peak*100 {
			t.Fatalf("%d servers in each zone are more than needed", e.Value)
		}
	}
}

func TestLaw_FleetSurvivesItsZones(t *testing.T) {
	rapid.Check(t, lawFleetSurvives(estimate.Servers.PerZone))
}

func TestBroken_NoRoomForAZoneDown(t *testing.T) {
	lawtest.Breaks(t, "The fleet is sized for all zones up", lawFleetSurvives(func(s estimate.Servers) (estimate.Estimate[estimate.Count], error) {
		s.Down = 0
		return s.PerZone()
	}))
	lawtest.Holds(t, lawFleetSurvives(estimate.Servers.PerZone))
}

func TestLaw_CapacityMultipliesOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		open, err := estimate.Connections(estimate.Rate(rapid.Float64Range(0, 1e6).Draw(t, "rate")), time.Duration(rapid.Int64Range(1, 1e12).Draw(t, "held")))
		multipliesOut(t, open, err)
		fleet := estimate.Servers{Peak: estimate.Rate(rapid.Float64Range(0, 1e6).Draw(t, "peak")), Each: 100, Utilisation: 0.6, Zones: 3, Down: 1}
		total, err := fleet.Total()
		multipliesOut(t, total, err)
		if each := must(fleet.PerZone()).Value; total.Value != 3*each {
			t.Fatalf("%v in each of three zones, %v in all", each, total.Value)
		}
		room, err := estimate.Zipf{Objects: 1_000, Exponent: 0.8}.CacheSize(rapid.Float64Range(0, 1).Draw(t, "hit ratio"), 512)
		multipliesOut(t, room, err)
	})
}

// The keys that move are as many back as there, no more than all, and by one server at a time no more than the share of one.
func TestLaw_MovedKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := estimate.Count(rapid.Int64Range(0, 1e12).Draw(t, "keys"))
		before, after := rapid.IntRange(1, 1_000).Draw(t, "before"), rapid.IntRange(1, 1_000).Draw(t, "after")
		there, back := must(estimate.KeysMoved(keys, before, after)), must(estimate.KeysMoved(keys, after, before))
		if there.Value != back.Value || there.Value > keys || before == after && there.Value != 0 {
			t.Fatalf("%s, and back %s", there.Explain(), back.Explain())
		}
		// The nearest whole number to keys/(n+1): twice the distance is at most the divisor.
		one := must(estimate.KeysMoved(keys, before, before+1)).Value
		if off := 2 * (int64(one)*int64(before+1) - int64(keys)); off > int64(before+1) || -off > int64(before+1) {
			t.Fatalf("%v of %v keys move to one server more than %d", one, keys, before)
		}
	})
}

// summed adds up popularities one by one, the small ones first and with what rounding lost, so that it is right to about 2^-52.
func summed(n int, s float64) float64 {
	sum, lost := 0.0, 0.0
	for i := n; i >= 1; i-- {
		term := math.Pow(float64(i), -s) - lost
		next := sum + term
		lost = (next - sum) - term
		sum = next
	}
	return sum
}

// The hit ratio is that of popularities added up one by one. Two sums are compared, of at most 64 terms and a few corrections each, each rounded
// to 2^-53 of the sum; powers are off by no more than as much again: below 300 x 2^-53 in all.
func TestLaw_ZipfIsTheSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.Float64Range(0, 3), rapid.SampledFrom([]float64{0, 1, 1 + 1e-9, 1 - 1e-12, 2, 5.1, 7, 10, 49.9, 50.1, 1e300})).Draw(t, "exponent")
		n := rapid.IntRange(1, 20_000).Draw(t, "objects")
		k := rapid.IntRange(0, n).Draw(t, "cached")
		got := must(estimate.Zipf{Objects: estimate.Count(n), Exponent: s}.HitRatio(estimate.Count(k)))
		want := summed(k, s) / summed(n, s)
		if math.Abs(got-want) > 300*0x1p-53*want {
			t.Fatalf("the %d most popular of %d have %.17g of the requests at exponent %v: %.17g", k, n, want, s, got)
		}
	})
}

// So many objects have the hit ratio, and one less has not.
func TestLaw_CachedIsTheLeastNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := estimate.Zipf{Objects: max(1, as[estimate.Count](math.MaxInt64).Draw(t, "objects")), Exponent: rapid.Float64Range(0, 3).Draw(t, "exponent")}
		ratio := rapid.Float64Range(0, 1).Draw(t, "hit ratio")
		k := must(z.Cached(ratio))
		if have := must(z.HitRatio(k)); have < ratio {
			t.Fatalf("%+v: %d objects have %v and not %v", z, k, have, ratio)
		}
		if k > 0 {
			if have := must(z.HitRatio(k - 1)); have >= ratio {
				t.Fatalf("%+v: one less than %d objects has %v too, which is %v", z, k, ratio, have)
			}
		}
	})
}
