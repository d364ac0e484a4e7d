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

func ExampleNewMMCK() {
	for _, room := range []int{10, 20, 1000} {
		q, err := estimate.NewMMCK(120, 100*time.Millisecond, 10, room) // 20% more than ten servers can do
		if err != nil {
			panic(err)
		}
		fmt.Printf("room for %d: %.0f%% are refused, %.1f a second are served, after a wait of %v\n",
			room, 100*q.Blocked(), q.Throughput(), q.MeanWait().Round(time.Millisecond))
	}
	// Output:
	// room for 10: 30% are refused, 83.8 a second are served, after a wait of 0s
	// room for 20: 18% are refused, 98.4 a second are served, after a wait of 64ms
	// room for 1000: 17% are refused, 100.0 a second are served, after a wait of 9.85s
}

// finite is what a queue of finite room is judged by.
type finite struct{ blocked, queue, inSystem float64 }

// balanced are the same, from the balance of neighbouring states: λ p(n) = min(n+1, c) μ p(n+1), in fractions.
func balanced(load float64, servers, room int) finite {
	a := new(big.Rat).SetFloat64(load)
	p, sum := big.NewRat(1, 1), big.NewRat(1, 1)
	queue, inSystem := new(big.Rat), new(big.Rat)
	for n := 1; n <= room; n++ {
		p = new(big.Rat).Mul(p, new(big.Rat).Quo(a, big.NewRat(int64(min(n, servers)), 1)))
		sum.Add(sum, p)
		inSystem.Add(inSystem, new(big.Rat).Mul(p, big.NewRat(int64(n), 1)))
		queue.Add(queue, new(big.Rat).Mul(p, big.NewRat(int64(max(n-servers, 0)), 1)))
	}
	share := func(of *big.Rat) float64 {
		f, _ := new(big.Rat).Quo(of, sum).Float64()
		return f
	}
	return finite{share(p), share(queue), share(inSystem)}
}

// The recursion is the balance of states, at any load. Each step has a few roundings, and hands on no more than it was given.
func TestLaw_FiniteRoomIsTheBalanceOfStates(t *testing.T) {
	rapid.Check(t, lawFinite(func(arrivals float64, servers, room int) finite {
		q := must(estimate.NewMMCK(arrivals, time.Second, servers, room))
		return finite{q.Blocked(), q.MeanQueue(), q.MeanInSystem()}
	}))
}

func lawFinite(of func(arrivals float64, servers, room int) finite) func(*rapid.T) {
	return func(t *rapid.T) {
		servers := rapid.IntRange(1, 20).Draw(t, "servers")
		room := rapid.IntRange(servers, 60).Draw(t, "room")
		load := float64(rapid.IntRange(0, 400).Draw(t, "tenths of an erlang")) / 10
		got, want := of(load, servers, room), balanced(load, servers, room)
		off := func(got, want float64) bool { return !(math.Abs(got-want) <= want*float64(8*room)*0x1p-53) }
		if off(got.blocked, want.blocked) || off(got.queue, want.queue) || off(got.inSystem, want.inSystem) {
			t.Fatalf("%d servers, room for %d, %v erlang: by the balance of states a part of %.6g is turned away, %.6g wait and %.6g are inside\nbut the answer is %.6g, %.6g and %.6g",
				servers, room, load, want.blocked, want.queue, want.inSystem, got.blocked, got.queue, got.inSystem)
		}
	}
}

func TestBroken_FiniteRoomAsTailOfInfinite(t *testing.T) {
	lawtest.Breaks(t, "A queue of finite room that turns away as many as would find so many inside had it no bound",
		lawFinite(func(arrivals float64, servers, room int) finite {
			right := balanced(arrivals, servers, room)
			if q, err := estimate.NewMMC(arrivals, time.Second, servers); err == nil {
				right.blocked = q.Waits() * math.Pow(q.Utilisation(), float64(room-servers))
			}
			return right
		}))
}

// Between Erlang's B, without room to wait, and M/M/c, with all room that there is: less is turned away, and those inside wait longer.
func TestLaw_FiniteRoomLiesBetween(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := sizes(20).Draw(t, "queue")
		room := rapid.IntRange(s.servers, 100).Draw(t, "room")
		of := func(room int) estimate.MMCK {
			return must(estimate.NewMMCK(s.arrivals, s.service, s.servers, room))
		}
		load := s.arrivals * s.service.Seconds()
		none := of(s.servers)
		require.Equal(t, must(estimate.ErlangB(s.servers, load)), none.Blocked())
		require.Zero(t, none.MeanWait())
		require.Equal(t, s.service, none.MeanStay())

		q, more := of(room), of(room+1)
		require.LessOrEqual(t, more.Blocked(), q.Blocked())
		require.GreaterOrEqual(t, more.MeanWait(), q.MeanWait()-1)
		require.InDelta(t, q.MeanQueue(), q.Throughput()*q.MeanWait().Seconds(), 1e-9*s.arrivals+1e-12*q.MeanQueue())
		require.InEpsilon(t, s.arrivals, q.Throughput()+s.arrivals*q.Blocked(), 1e-12)

		endless := of(s.servers + 5000) // 0.99^5000 is 1e-22
		require.InEpsilon(t, 1+s.mmc().MeanQueue(), 1+endless.MeanQueue(), 1e-9)
	})
}

// However much arrives: the servers are busy, the queue full, and the wait what is before it.
func TestFiniteRoomUnderOverload(t *testing.T) {
	q := must(estimate.NewMMCK(1e300, time.Second, 4, 10))
	require.InEpsilon(t, 4, q.Throughput(), 1e-12)
	require.InEpsilon(t, 1500*time.Millisecond, q.MeanWait(), 1e-9)
	require.InEpsilon(t, 10, q.MeanInSystem(), 1e-12)
	require.LessOrEqual(t, q.Utilisation(), 1.)
	require.Equal(t, 1., must(estimate.NewMMCK(557, 516227672, 3, 12)).Utilisation(), "which rounds to a little more")
	idle := must(estimate.NewMMCK(0, time.Second, 4, 10))
	require.Zero(t, idle.Blocked()+idle.MeanInSystem()+idle.Throughput()+idle.MeanWait().Seconds())
}

func TestMMCKRefuses(t *testing.T) {
	requireRefused(t, []refusal{
		{func() error { return refused(estimate.NewMMCK(math.Inf(1), time.Second, 1, 1)) }, "estimate: arrivals per second must be finite and not negative: +Inf"},
		{func() error { return refused(estimate.NewMMCK(1e308, time.Hour, 1, 1)) }, "estimate: a load in erlang must be finite: 1e+308 per second of 1h0m0s each"},
		{func() error { return refused(estimate.NewMMCK(1, 0, 1, 1)) }, "estimate: a mean service time must be longer than 0: 0s"},
		{func() error { return refused(estimate.NewMMCK(1, time.Second, 0, 1)) }, "estimate: servers must lie in [1, 1000000]: 0"},
		{func() error { return refused(estimate.NewMMCK(1, time.Second, 5, 4)) }, "estimate: the room of servers and queue must lie in [5, 1000000]: 4"},
		{func() error { return refused(estimate.NewMMCK(1, time.Second, 5, 1_000_001)) }, "estimate: the room of servers and queue must lie in [5, 1000000]: 1000001"},
	})
	_, err := estimate.NewMMCK(1, math.MaxInt64, 1, 3)
	require.ErrorContains(t, err, "estimate: a mean wait must fit a duration, so be less than 292 years: ")
}
