package ratelimit_test

import (
	"fmt"
	"math/big"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

func rounds(n int) int {
	if race.Enabled {
		return n / 20
	}
	return n
}

// Of many who ask at the same instant, as many are admitted as the burst has room for: none twice, none lost.
func TestLaw_ExactlyTheBurstIsAdmittedAtOnce(t *testing.T) {
	for _, of := range subjects {
		t.Run(of.name, func(t *testing.T) { rapid.Check(t, lawAtOnce(of, 100)) })
	}
}

// atOnce is how many of the requests of several goroutines are admitted at one instant.
func atOnce(limit algorithm, goroutines, requests int) int {
	var admitted atomic.Int64
	var all sync.WaitGroup
	for range goroutines {
		all.Go(func() {
			for range requests {
				if limit.Take(time.Second, 1).OK() {
					admitted.Add(1)
				}
			}
		})
	}
	all.Wait()
	return int(admitted.Load())
}

func lawAtOnce(of subject, requests int) func(*rapid.T) {
	return func(t *rapid.T) {
		burst := rapid.IntRange(1, 3*requests).Draw(t, "burst")
		limit, err := of.make(setting{1, time.Second, burst, false})
		if err != nil {
			t.Fatal(err)
		}
		if got := atOnce(limit, 4, requests); got != burst {
			t.Fatalf("4 goroutines ask %d times at the same instant\nbut %d are admitted where the burst is %d", requests, got, burst)
		}
	}
}

// Goroutines whose clocks differ, all running on, and sometimes back, admit no more than the bound for the time from the least
// to the largest now; and what remains, as each is told, stays within the burst. When they meet is chance, so no bug is planted for this
// law and for the next ones.
func TestLaw_TheBoundHoldsForManyClocks(t *testing.T) {
	for _, of := range subjects {
		t.Run(of.name, func(t *testing.T) {
			s := setting{3, 10 * time.Nanosecond, 7, false}
			if of.name == "fixed window" || of.name == "sliding log" || of.name == "sliding counter" {
				s = setting{7, 10 * time.Nanosecond, 7, false}
			}
			limit, err := of.make(s)
			require.NoError(t, err)
			var clock, admitted atomic.Int64
			var all sync.WaitGroup
			for g := range 4 {
				all.Go(func() {
					for i := range rounds(20_000) {
						now := time.Duration(clock.Add(1))
						if i%5 == g {
							now -= time.Duration(i % 50) // behind the others
						}
						n := 1 + i%3
						d := limit.Take(max(0, now), n)
						if d.OK() {
							admitted.Add(int64(n))
						}
						if d.Remaining < 0 || d.Remaining >= s.burst {
							t.Errorf("remaining: %d", d.Remaining)
						}
						limit.Peek(now, n)
					}
				})
			}
			all.Wait()
			most := of.bound(s, uint64(clock.Load()))
			got := admitted.Load()
			require.LessOrEqual(t, big.NewRat(got, 1).Cmp(most), 0, "%d admitted, at most %v", got, most)
			require.Greater(t, got, int64(s.burst), "the limit is in use")
		})
	}
}

// While the limit is set to what it is, again and again, from one unit of time to another and back, nothing is lost and nothing is given
// twice.
func TestLaw_NothingIsLostWhileTheLimitChanges(t *testing.T) {
	burst := rounds(20_000)
	for _, of := range subjects {
		t.Run(of.name, func(t *testing.T) {
			limit, err := of.make(setting{1, time.Hour, burst, false})
			require.NoError(t, err)
			var done atomic.Bool
			var changer sync.WaitGroup
			changer.Go(func() {
				// One an hour, counted in nanoseconds or in sevenths of them: what is owed is a whole number of events in both.
				for i := 0; !done.Load(); i++ {
					var err error
					switch a := limit.(type) {
					case rateSetter:
						rate, b := ratelimit.Every(time.Hour), burst
						if i%2 == 1 {
							rate = ratelimit.Per(7, 10*time.Nanosecond)
						}
						if of.name == "queue" {
							b--
						}
						err = a.SetLimit(time.Second, rate, b)
					case windowSetter:
						err = a.SetLimit(time.Second, burst, time.Hour)
					}
					if err != nil {
						t.Errorf("SetLimit: %v", err)
						return
					}
					runtime.Gosched()
				}
			})
			got := atOnce(limit, 4, burst/2)
			done.Store(true)
			changer.Wait()
			require.Equal(t, burst, got)
		})
	}
}

// While two callers set the limit to what it is, again and again, nobody is refused who takes, reserves or peeks far below the burst; no
// change fails; and in the end exactly what was taken is owed. Whoever meets a change half-way waits for its end, and changes
// wait for each other.
//
// Changes and requests meet by chance, so no bug is planted for this law: it is seen to fail without each of those waits.
func TestLaw_NobodyIsRefusedWhileTheLimitChanges(t *testing.T) {
	const burst = 1 << 30
	for _, of := range []subject{subjects[0], subjects[3]} {
		t.Run(of.name, func(t *testing.T) {
			limit, err := of.make(setting{1, time.Millisecond, burst, false})
			require.NoError(t, err)
			var done atomic.Bool
			var refused, taken atomic.Int64
			var changers, takers sync.WaitGroup
			for g := range 2 {
				changers.Go(func() {
					for i := g; i < rounds(20_000); i++ {
						rate, b := ratelimit.Every(time.Millisecond), burst // or in sevenths of a nanosecond
						if i%2 == 1 {
							rate = ratelimit.Per(7, 10*time.Millisecond)
						}
						if of.name == "queue" {
							b--
						}
						if err := limit.(rateSetter).SetLimit(time.Second, rate, b); err != nil {
							t.Errorf("SetLimit: %v", err)
							return
						}
					}
				})
			}
			for range 2 {
				takers.Go(func() {
					for !done.Load() {
						for _, d := range []ratelimit.Decision{
							limit.Take(time.Second, 1),
							limit.(ratelimit.Reserver).Reserve(time.Second, 1, ratelimit.Never).Decision,
						} {
							if d.OK() {
								taken.Add(1)
							} else {
								refused.Add(1)
							}
						}
						if !limit.Peek(time.Second, 1).OK() {
							refused.Add(1)
						}
					}
				})
			}
			changers.Wait()
			done.Store(true)
			takers.Wait()
			require.Zero(t, refused.Load(), "refusals far below the burst")
			require.EqualValues(t, burst-taken.Load()-1, limit.Peek(time.Second, 1).Remaining, "what is owed is what was taken")
		})
	}
}

// Reservations of many goroutines, half of them cancelled: none acts too early, and a cancelled place is given to at most one.
func TestLaw_ManyReserveAndCancel(t *testing.T) {
	for _, of := range []subject{subjects[0], subjects[3]} {
		t.Run(of.name, func(t *testing.T) {
			s := setting{1, time.Second, 3, false}
			limit, err := of.make(s)
			require.NoError(t, err)
			if of.name == "queue" {
				limit, err = of.make(setting{1, time.Second, 1 << 20, false}) // so that none is refused
				require.NoError(t, err)
				s.burst = 1
			}
			acts := make([]map[time.Duration]int, 4)
			var all sync.WaitGroup
			for g := range acts {
				acts[g] = map[time.Duration]int{}
				all.Go(func() {
					for i := range rounds(5_000) {
						d, r := reserve(limit, 0, 1, ratelimit.Never)
						if !d.OK() {
							t.Errorf("a reservation is refused: %+v", d)
						}
						if i%2 == 0 || !r.Cancel(0) {
							acts[g][d.Wait]++
						}
					}
				})
			}
			all.Wait()
			together := map[time.Duration]int{}
			for _, mine := range acts {
				for wait, n := range mine {
					together[wait] += n
				}
			}
			for wait, n := range together {
				most := 1
				if wait == 0 {
					most = s.burst
				}
				require.LessOrEqual(t, n, most, fmt.Sprint("to act at ", wait))
			}
		})
	}
}
