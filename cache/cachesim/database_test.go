package cachesim

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// A database keeps its servers busy and its queue in order: what events, a queue and a count of busy servers show is the same.
func TestLaw_ADatabaseIsAQueueWithEvents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		service, err := workload.NewExponential(time.Duration(rapid.IntRange(1, 50).Draw(t, "ms")) * time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		d := Database{
			PerSecond: 1_000, MissRatio: rapid.Float64Range(0.01, 1).Draw(t, "miss ratio"), Servers: rapid.IntRange(1, 4).Draw(t, "servers"),
			Service: service, WarmUp: rapid.IntRange(0, 5).Draw(t, "warm-up"), Measured: rapid.IntRange(1, 60).Draw(t, "requests"),
		}
		seed := rapid.Uint64().Draw(t, "seed")
		got, err := d.Run(sim.New(seed))
		if err != nil {
			t.Fatal(err)
		}
		want := withEvents(t, d, seed)
		require.Equal(t, want, got)
	})
}

func withEvents(t *rapid.T, d Database, seed uint64) (served Served) {
	e := sim.New(seed)
	arrivals, err := workload.NewPoisson(d.PerSecond*d.MissRatio, e.Stream("misses"))
	if err != nil {
		t.Fatal(err)
	}
	times := make([]time.Duration, d.WarmUp+d.Measured)
	var (
		queue []int
		busy  int
		start func(i int, arrived time.Duration)
	)
	came := make([]time.Duration, len(times))
	start = func(i int, arrived time.Duration) {
		busy++
		e.After(d.Service.Draw(e.Stream("service")), func() {
			times[i] = e.Now() - arrived
			busy--
			if len(queue) > 0 {
				next := queue[0]
				queue = queue[1:]
				start(next, came[next])
			}
		})
	}
	now := time.Duration(0)
	for i := range times {
		now = arrivals.Next(now)
		came[i] = now
		e.At(now, func() {
			if busy < d.Servers {
				start(i, e.Now())
			} else {
				queue = append(queue, i)
			}
		})
	}
	if err := e.Run(); err != nil {
		t.Fatal(err)
	}
	from := time.Duration(0)
	if d.WarmUp > 0 {
		from = came[d.WarmUp-1]
	}
	return Served{times[d.WarmUp:], now - from}
}

func TestDatabase_Refuses(t *testing.T) {
	service, err := workload.NewExponential(time.Millisecond)
	require.NoError(t, err)
	sound := Database{PerSecond: 100, MissRatio: 0.5, Servers: 1, Service: service, Measured: 1}
	_, err = sound.Run(sim.New(1))
	require.NoError(t, err)
	for _, spoil := range []func(*Database){
		func(d *Database) { d.Servers = 0 },
		func(d *Database) { d.Servers = -1 },
		func(d *Database) { d.MissRatio = 0 },
		func(d *Database) { d.MissRatio = 1.1 },
		func(d *Database) { d.MissRatio = math.NaN() },
		func(d *Database) { d.Service = nil },
		func(d *Database) { d.Measured = 0 },
		func(d *Database) { d.WarmUp = -1 },
	} {
		d := sound
		spoil(&d)
		_, err := d.Run(sim.New(1))
		require.ErrorIs(t, err, ErrDatabase, "%+v", d)
	}
	for _, rate := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		d := sound
		d.PerSecond = rate
		_, err := d.Run(sim.New(1))
		require.ErrorContains(t, err, "workload: ", "%v", rate)
	}
}
