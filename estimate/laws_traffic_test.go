package estimate_test

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

func anyTraffic(t *rapid.T) estimate.Traffic {
	return estimate.Traffic{
		Users:   estimate.Count(rapid.Int64Range(0, 1e10).Draw(t, "users")),
		PerUser: rapid.Float64Range(0, 1_000).Draw(t, "requests a user"),
		Peak:    rapid.Float64Range(1, 20).Draw(t, "peak"),
		Size:    estimate.Bytes(rapid.Int64Range(0, 1e9).Draw(t, "size")),
	}
}

func anyStorage(t *rapid.T) estimate.Storage {
	return estimate.Storage{
		Events:      estimate.Count(rapid.Int64Range(0, 1e6).Draw(t, "events")),
		Size:        estimate.Bytes(rapid.Int64Range(0, 1e6).Draw(t, "size")),
		Retention:   time.Duration(rapid.Int64Range(1, int64(5*estimate.Year)).Draw(t, "retention")),
		Replicas:    rapid.IntRange(1, 9).Draw(t, "replicas"),
		Compression: rapid.Float64Range(0.5, 20).Draw(t, "compression"),
		Index:       rapid.Float64Range(0, 3).Draw(t, "index"),
	}
}

func anyEgress(t *rapid.T) estimate.Egress {
	price := func(what string) estimate.DataPrice {
		return estimate.DataPrice{
			Amount: must(estimate.NewMoney(rapid.Int64Range(0, 1e6).Draw(t, what), "USD")),
			Per:    rapid.SampledFrom([]estimate.Bytes{estimate.GB, estimate.GiB, estimate.TB, 3}).Draw(t, "per"),
		}
	}
	return estimate.Egress{
		Served:   estimate.Bytes(rapid.Int64Range(0, 1e12).Draw(t, "served")),
		HitRatio: rapid.Float64Range(0, 1).Draw(t, "hit ratio"),
		Edge:     price("edge"),
		Origin:   price("origin"),
	}
}

// multipliesOut requires that an estimate's factors multiply out to its value, up to the rounding that it is allowed, in its unit; and
// that its explanation shows them all.
func multipliesOut[T estimate.Quantity](t *rapid.T, e estimate.Estimate[T], err error) {
	if err != nil {
		t.Fatalf("%v", err)
	}
	product := big.NewRat(1, 1)
	for _, f := range e.Factors() {
		if f.Divides {
			product.Quo(product, f.Amount)
		} else {
			product.Mul(product, f.Amount)
		}
		if !strings.Contains(e.Explain(), f.Text) {
			t.Fatalf("%q does not show %q", e.Explain(), f.Text)
		}
	}
	half, off := big.NewRat(1, 2), new(big.Rat)
	switch v := any(e.Value).(type) {
	case estimate.Bytes:
		off.Sub(big.NewRat(int64(v), 1), product)
	case estimate.Money:
		off.Sub(big.NewRat(v.Micros(), 1), product.Mul(product, big.NewRat(1e6, 1)))
	case time.Duration:
		off.Sub(big.NewRat(int64(v), 1), product.Mul(product, big.NewRat(1e9, 1)))
	case estimate.Rate:
		nearest(t, e.Explain(), product, float64(v))
	case estimate.ByteRate:
		nearest(t, e.Explain(), product, float64(v))
	case estimate.BitRate:
		nearest(t, e.Explain(), product, float64(v))
	case estimate.Count: // what must suffice is rounded up
		off.Sub(big.NewRat(int64(v), 1), product)
		if off.Sign() < 0 || off.Cmp(big.NewRat(1, 1)) >= 0 {
			t.Fatalf("%s: the factors multiply out to %s", e.Explain(), product.FloatString(6))
		}
		return
	}
	if off.Abs(off).Cmp(half) > 0 {
		t.Fatalf("%s: the factors multiply out to %s", e.Explain(), product.FloatString(6))
	}
}

func nearest(t *rapid.T, explained string, product *big.Rat, value float64) {
	if f, _ := product.Float64(); f != value {
		t.Fatalf("%s: the factors multiply out to %v and not to %v", explained, f, value)
	}
}

func TestLaw_FactorsMultiplyOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		traffic := anyTraffic(t)
		for _, rate := range []func() (estimate.Estimate[estimate.Rate], error){traffic.Mean, traffic.PeakRate} {
			e, err := rate()
			multipliesOut(t, e, err)
		}
		for _, rate := range []func() (estimate.Estimate[estimate.ByteRate], error){traffic.DataRate, traffic.PeakDataRate} {
			e, err := rate()
			multipliesOut(t, e, err)
			link, err := estimate.Bandwidth(e.Value, rapid.Float64Range(0.01, 1).Draw(t, "used"))
			multipliesOut(t, link, err)
		}
		storage := anyStorage(t)
		for _, size := range []func() (estimate.Estimate[estimate.Bytes], error){storage.Day, storage.Total} {
			e, err := size()
			multipliesOut(t, e, err)
		}
		egress := anyEgress(t)
		for _, cost := range []func() (estimate.Estimate[estimate.Money], error){egress.EdgeCost, egress.OriginCost, egress.Total} {
			e, err := cost()
			multipliesOut(t, e, err)
		}
		trip := time.Duration(rapid.Int64Range(1, 1e9).Draw(t, "round trip"))
		first, err := estimate.Handshake(rapid.IntRange(0, int(estimate.ReusedConnection)).Draw(t, "handshake")).FirstByte(trip)
		multipliesOut(t, first, err)
		delay, err := estimate.FibreDelay(rapid.Float64Range(0, 1e6).Draw(t, "kilometres"))
		multipliesOut(t, delay, err)
	})
}

// planner is what plans for a day, so that it can be broken.
type planner func(estimate.Traffic) (estimate.Estimate[estimate.Rate], error)

// lawPlanBearsTheDay: whatever the hours of a day ask for, what is planned for bears each of them. The peak factor is the busiest hour's
// requests over the mean hour's.
func lawPlanBearsTheDay(plan planner) func(*rapid.T) {
	return func(t *rapid.T) {
		hours := rapid.SliceOfN(rapid.Int64Range(1, 1_000), 24, 24).Draw(t, "requests in each hour")
		total := int64(0)
		for _, h := range hours {
			total += h
		}
		busiest := slices.Max(hours)
		e, err := plan(estimate.Traffic{Users: estimate.Count(total), PerUser: 1, Peak: float64(busiest) * 24 / float64(total)})
		if err != nil {
			t.Fatalf("%v", err)
		}
		// The peak factor and the rate are rounded to float64, so each is off by at most 2^-53 of itself.
		if need := float64(busiest) / 3_600; float64(e.Value) < need*(1-0x1p-51) {
			t.Fatalf("%d requests of a day's %d come in hour %d: that is %.4f a second, and what is planned for is %.4f",
				busiest, total, slices.Index(hours, busiest), need, float64(e.Value))
		}
	}
}

func TestLaw_PeakRateBearsTheDay(t *testing.T) {
	rapid.Check(t, lawPlanBearsTheDay(estimate.Traffic.PeakRate))
}

func TestBroken_TheMeanTakenForThePeak(t *testing.T) {
	lawtest.Breaks(t, "The mean rate of a day is planned for, as if each hour were like the others", lawPlanBearsTheDay(estimate.Traffic.Mean))
	lawtest.Holds(t, lawPlanBearsTheDay(estimate.Traffic.PeakRate))
}

// Two days' events in sum are two days' bytes in sum; what is kept of them is too, but for the rounding of each to whole bytes: three
// halves, so less than two.
func TestLaw_StorageAdds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one := anyStorage(t)
		other, both := one, one
		other.Events = estimate.Count(rapid.Int64Range(0, 1e6).Draw(t, "other events"))
		both.Events = one.Events + other.Events
		if a, b, sum := must(one.Day()).Value, must(other.Day()).Value, must(both.Day()).Value; a+b != sum {
			t.Fatalf("a day of %v events is %v, of %v %v, and of both %v", one.Events, a, other.Events, b, sum)
		}
		a, b, sum := must(one.Total()).Value, must(other.Total()).Value, must(both.Total()).Value
		if off := a + b - sum; off < -1 || off > 1 {
			t.Fatalf("%v and %v are stored apart, and %v together: %d B off", a, b, sum, off)
		}
	})
}

// A bill is that of its parts, but for the rounding of each to a millionth.
func TestLaw_CostAdds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyEgress(t)
		parts := must(must(e.EdgeCost()).Value.Plus(must(e.OriginCost()).Value))
		if off := parts.Micros() - must(e.Total()).Value.Micros(); off < -1 || off > 1 {
			t.Fatalf("%v in parts, %v in total", parts, must(e.Total()).Value)
		}
	})
}

// More of anything asks for no less, and better compression or more hits for no more.
func TestLaw_EstimatesAreMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		factor := rapid.Float64Range(1, 3).Draw(t, "times")
		more := func(n int64) int64 { return n + rapid.Int64Range(0, max(n, 10)).Draw(t, "more") }
		s := anyStorage(t)
		for i, change := range []func(*estimate.Storage){
			func(s *estimate.Storage) { s.Events = estimate.Count(more(int64(s.Events))) },
			func(s *estimate.Storage) { s.Size = estimate.Bytes(more(int64(s.Size))) },
			func(s *estimate.Storage) { s.Retention = time.Duration(more(int64(s.Retention))) },
			func(s *estimate.Storage) { s.Replicas++ },
			func(s *estimate.Storage) { s.Compression /= factor },
			func(s *estimate.Storage) { s.Index *= factor },
		} {
			after := s
			change(&after)
			if a, b := must(s.Total()), must(after.Total()); b.Value < a.Value {
				t.Fatalf("change %d asks for less: %s and then %s", i, a.Explain(), b.Explain())
			}
		}
		traffic := anyTraffic(t)
		for i, change := range []func(*estimate.Traffic){
			func(s *estimate.Traffic) { s.Users = estimate.Count(more(int64(s.Users))) },
			func(s *estimate.Traffic) { s.PerUser *= factor },
			func(s *estimate.Traffic) { s.Peak *= factor },
			func(s *estimate.Traffic) { s.Size = estimate.Bytes(more(int64(s.Size))) },
		} {
			after := traffic
			change(&after)
			if a, b := must(traffic.PeakDataRate()), must(after.PeakDataRate()); b.Value < a.Value {
				t.Fatalf("change %d asks for less: %s and then %s", i, a.Explain(), b.Explain())
			}
			if must(after.Mean()).Value > must(after.PeakRate()).Value {
				t.Fatalf("the mean exceeds the peak: %+v", after)
			}
		}
		egress := anyEgress(t)
		better := egress
		better.HitRatio += (1 - egress.HitRatio) * rapid.Float64Range(0, 1).Draw(t, "better")
		if a, b := must(egress.Total()), must(better.Total()); b.Value.Micros() > a.Value.Micros() {
			t.Fatalf("more hits cost more: %s and then %s", a.Explain(), b.Explain())
		}
	})
}

// A chain that an estimate hands out is the caller's own.
func TestFactorsAreCopies(t *testing.T) {
	e := must(estimate.Storage{Events: 3, Size: 5}.Day())
	before := e.Explain()
	e.Factors()[0].Amount.SetInt64(7)
	e.Factors()[0].Text = "nothing"
	if e.Explain() != before || e.Factors()[0].Amount.Cmp(big.NewRat(3, 1)) != 0 {
		t.Error(fmt.Sprint(e.Factors()))
	}
	if e.String() != "15 B" {
		t.Error(e.String())
	}
}
