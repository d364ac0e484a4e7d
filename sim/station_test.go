package sim_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
	"github.com/sysdesign-lab/sysdesign/sim"
)

// lineOfServers is what the law judges: servers and their one line.
type lineOfServers interface {
	Serve(arrival, service time.Duration) (begins, ends time.Duration)
	Wait(arrival time.Duration) time.Duration
}

func newStation(servers int) lineOfServers {
	s, err := sim.NewStation(servers)
	if err != nil {
		panic(err)
	}
	return s
}

// A request that arrives so long after the one before, and takes so long.
type request struct{ gap, service time.Duration }

type served struct{ begins, ends time.Duration }

// byEvents is a queue and a count of busy servers, on an engine.
func byEvents(servers int, requests []request) ([]served, error) {
	e := sim.New(1)
	defer e.Close()
	var (
		all     = make([]served, len(requests))
		waiting []int
		busy    int
		start   func(i int)
	)
	start = func(i int) {
		busy++
		all[i].begins = e.Now()
		e.After(requests[i].service, func() {
			all[i].ends = e.Now()
			busy--
			if len(waiting) > 0 {
				next := waiting[0]
				waiting = waiting[1:]
				start(next)
			}
		})
	}
	arrival := time.Duration(0)
	for i, r := range requests {
		arrival += r.gap
		e.At(arrival, func() {
			if busy < servers {
				start(i)
			} else {
				waiting = append(waiting, i)
			}
		})
	}
	return all, e.Run()
}

func lawStationIsEvents(newStation func(servers int) lineOfServers) func(*rapid.T) {
	return func(t *rapid.T) {
		short := rapid.Custom(func(t *rapid.T) time.Duration { return time.Duration(rapid.IntRange(0, 9).Draw(t, "")) }) // few values, so that ties abound
		servers := rapid.IntRange(1, 9).Draw(t, "servers")
		requests := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) request { return request{short.Draw(t, "gap"), short.Draw(t, "service")} }), 1, 60).Draw(t, "requests")
		want, err := byEvents(servers, requests)
		if err != nil {
			t.Fatal(err)
		}
		s := newStation(servers)
		arrival, story := time.Duration(0), fmt.Sprintf("%d servers", servers)
		for i, r := range requests {
			arrival += r.gap
			wait := s.Wait(arrival)
			begins, ends := s.Serve(arrival, r.service)
			story += fmt.Sprintf("\na request that arrives at %v and takes %v is served from %v to %v", arrival, r.service, begins, ends)
			if want[i] != (served{begins, ends}) {
				t.Fatalf("%s\nbut events serve it from %v to %v", story, want[i].begins, want[i].ends)
			}
			if wait != begins-arrival {
				t.Fatalf("%s\nbut it was to wait for %v", story, wait)
			}
		}
	}
}

func TestLaw_AStationIsAQueueWithEvents(t *testing.T) {
	rapid.Check(t, lawStationIsEvents(newStation))
}

// inTurn gives requests to its servers in turn, as if each had a line of its own.
type inTurn struct {
	free []time.Duration
	next int
}

func (s *inTurn) Serve(arrival, service time.Duration) (begins, ends time.Duration) {
	server := &s.free[s.next%len(s.free)]
	s.next++
	begins = max(arrival, *server)
	*server = begins + service
	return begins, *server
}

func (s *inTurn) Wait(arrival time.Duration) time.Duration {
	return max(0, s.free[s.next%len(s.free)]-arrival)
}

func TestBroken_ServersInTurn(t *testing.T) {
	lawtest.Breaks(t, "A line that gives requests to its servers in turn lets some wait while another server is free",
		lawStationIsEvents(func(servers int) lineOfServers { return &inTurn{free: make([]time.Duration, servers)} }))
}

func TestStation_OddInput(t *testing.T) {
	for _, servers := range []int{math.MinInt, -1, 0, 1<<24 + 1} {
		_, err := sim.NewStation(servers)
		require.EqualError(t, err, fmt.Sprintf("sim: servers of a station must lie in [1, 16777216]: %d", servers))
	}
	s := newStation(1)
	require.Zero(t, s.Wait(-5))
	for _, c := range []struct{ arrival, service, begins, ends time.Duration }{
		{-5, 3, 0, 3}, // free from 0 on
		{1, -4, 3, 3}, // a service of no time
		{2, math.MinInt64, 3, 3},
		{5, math.MaxInt64, 5, math.MaxInt64}, // to the end of time
		{6, 1, math.MaxInt64, math.MaxInt64},
	} {
		begins, ends := s.Serve(c.arrival, c.service)
		require.Equal(t, ends-max(0, c.arrival), s.Wait(c.arrival), "the next one waits for it")
		require.Equal(t, c, struct{ arrival, service, begins, ends time.Duration }{c.arrival, c.service, begins, ends})
	}
}

// Two servers, and three requests at once: the third waits for the one that is done first.
func ExampleStation() {
	s, err := sim.NewStation(2)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, service := range []time.Duration{5 * time.Second, 2 * time.Second, time.Second} {
		fmt.Println(s.Serve(0, service))
	}
	// Output:
	// 0s 5s
	// 0s 2s
	// 2s 3s
}
