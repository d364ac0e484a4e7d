package ratelimit_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// The fuzzer looks for a way past the bound, and for a decision on which the three tellings of one algorithm differ.
func FuzzBound(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		for _, of := range subjects {
			lawBound(of)(t)
		}
	}))
}

func FuzzAgree(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(lawAgree(subject{"GCRA", gcra, rates, nil, false}, tokenBucket)))
}

// Whatever the arguments are, nothing panics, and what is said makes sense.
func FuzzArguments(f *testing.F) {
	f.Add(2.0, int64(time.Second), 2, int64(time.Second), int64(0), 1)
	f.Add(math.NaN(), int64(math.MinInt64), math.MinInt, int64(math.MaxInt64), int64(math.MinInt64), math.MaxInt)
	f.Add(7.0, int64(10), 1<<59, int64(math.MinInt64), int64(math.MaxInt64), 1<<59)
	f.Add(14.0, int64(1), 1<<60, int64(math.MinInt64), int64(math.MaxInt64), 1<<60)
	f.Add(1.0, int64(1<<60), 1, int64(math.MaxInt64), int64(math.MinInt64), 1)
	f.Add(1.0, int64(1<<61-1), 1<<24, int64(math.MaxInt64), int64(math.MinInt64), 1<<24)
	f.Add(1e-300, int64(1<<61), math.MaxInt, int64(math.MaxInt64), int64(math.MinInt64), -1)
	f.Fuzz(func(t *testing.T, events float64, per int64, burst int, first, second int64, n int) {
		window := time.Duration(per)
		rates := []ratelimit.Rate{
			ratelimit.PerSecond(events), ratelimit.Every(window), ratelimit.Per(int(max(-1<<60, min(events, 1<<60))), window),
		}
		var limits []algorithm
		add := func(limit algorithm, err error) {
			if err == nil {
				limits = append(limits, limit)
			}
		}
		for _, rate := range rates {
			_ = rate.String() // does not panic either
			add(orNone(ratelimit.NewGCRA(rate, burst)))
			add(orNone(ratelimit.NewTokenBucket(rate, burst)))
			add(orNone(ratelimit.NewLeakyBucket(rate, burst)))
			add(orNone(ratelimit.NewQueue(rate, burst)))
		}
		add(orNone(ratelimit.NewFixedWindow(burst, window)))
		add(orNone(ratelimit.NewSlidingLog(min(burst, 1000), window)))
		add(orNone(ratelimit.NewSlidingCounter(burst, window)))
		for _, limit := range limits {
			for _, now := range []int64{first, second, first} {
				now := time.Duration(now)
				sensible(t, limit.Take(now, n))
				sensible(t, limit.Peek(now, 1))
				if r, ok := limit.(ratelimit.Reserver); ok {
					reservation := r.Reserve(now, n, time.Duration(second))
					sensible(t, reservation.Decision)
					reservation.Cancel(time.Duration(second))
				}
				switch a := limit.(type) {
				case rateSetter:
					_ = a.SetLimit(now, rates[1], burst) // an error is as good
				case windowSetter:
					_ = a.SetLimit(now, min(n, 1000), window)
				}
			}
		}
	})
}

// orNone is no limit if none was made, instead of a nil pointer in an interface.
func orNone[A algorithm](limit A, err error) (algorithm, error) {
	if err != nil {
		return nil, err
	}
	return limit, nil
}

func sensible(t *testing.T, d ratelimit.Decision) {
	t.Helper()
	never := d.Verdict == ratelimit.TooLarge || d.Verdict == ratelimit.NotPositive
	if d.Remaining < 0 || d.Wait < 0 || d.ResetAfter < 0 || (d.Wait == ratelimit.Never) != never || d.Verdict == ratelimit.Refused && d.Wait == 0 {
		t.Fatalf("%+v", d)
	}
}
