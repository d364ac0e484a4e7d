package ringsim

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/sim"
)

// Epochs are the tables of one placement as its nodes change, from 0 on; [RollingReplacement] makes one.
type Epochs interface {
	// Owner is the name of the key's owner by an epoch's table.
	Owner(epoch int, key string) (string, error)
}

// misrouted is whether what is sent by one table reaches another node than the owner by another.
func misrouted(by, owner hashring.Placement, key string) bool {
	return by.Members()[by.Owner(key)].Name != owner.Members()[owner.Owner(key)].Name
}

// News is one change of the nodes at time 0 of which clients hear one by one: each fetches tables at the times of a Poisson process of its
// own, so that it takes an exponential time until it has the new one.
type News struct {
	Before, After hashring.Placement
	Clients       int
	MeanDelay     time.Duration
	Times         []time.Duration // since the change, none negative, ascending: when each client sends Requests to random keys
	Requests      int
}

// SpreadNews simulates a change, and returns the misrouted share of the requests at each time. With one engine seed the delays and the keys
// are the same whatever the tables.
func SpreadNews(e *sim.Engine, c News) ([]float64, error) {
	switch {
	case c.Before == nil || c.After == nil:
		return nil, errors.New("ringsim: there must be a table before and one after: nil")
	case c.Clients < 1 || c.Requests < 1:
		return nil, fmt.Errorf("ringsim: there must be a client that sends a request: %d, %d", c.Clients, c.Requests)
	case c.MeanDelay < 1:
		return nil, fmt.Errorf("ringsim: the mean delay must be positive: %v", c.MeanDelay)
	}
	for i, t := range c.Times {
		if t < 0 || i > 0 && t < c.Times[i-1] {
			return nil, fmt.Errorf("ringsim: times since the change must not be negative, and ascend: %v", c.Times)
		}
	}
	delays, keys := e.Stream("delays"), e.Stream("keys")
	table := make([]hashring.Placement, c.Clients)
	hears := e.Handle(func(client int64) { table[client] = c.After })
	for client := range table {
		table[client] = c.Before
		e.Schedule(exponential(delays, c.MeanDelay), hears, int64(client))
	}
	shares := make([]float64, len(c.Times))
	for i, t := range c.Times {
		e.At(e.Now()+t, func() {
			wrong := 0
			for _, by := range table {
				if by == c.After {
					continue // nothing is wrong with the new table
				}
				for _, key := range Keys(keys, c.Requests) {
					if misrouted(by, c.After, key) {
						wrong++
					}
				}
			}
			shares[i] = float64(wrong) / float64(c.Clients*c.Requests)
		})
	}
	return shares, e.Run()
}

// Churn is nodes that change at the times of a Poisson process, and clients of which each fetches the current table at those of another
// one, the slower the longer it lags behind. It is measured as if it had gone on for ever.
type Churn struct {
	Tables    []Epochs // several placements may be measured on the same changes, fetches and requests
	Changes   float64  // in a mean delay
	Clients   int
	MeanDelay time.Duration // between two fetches of a client, and so from a change to a client's hearing of it
	Length    time.Duration
	Requests  float64 // of a client in a mean delay: a Poisson process
}

// Churned is what came of it.
type Churned struct {
	Misrouted []float64 // by placement: the share of the requests
	Stale     float64   // the share of the requests by clients whose table was not the current one
}

// RunChurn simulates nodes that change again and again.
func RunChurn(e *sim.Engine, c Churn) (Churned, error) {
	positive := func(x float64) bool { return x >= 1e-6 && x <= 1e6 }
	switch {
	case len(c.Tables) == 0:
		return Churned{}, errors.New("ringsim: there must be tables: none given")
	case c.Clients < 1:
		return Churned{}, fmt.Errorf("ringsim: there must be a client: %d", c.Clients)
	case c.MeanDelay < 1 || c.Length < 1:
		return Churned{}, fmt.Errorf("ringsim: the mean delay and the length must be positive: %v, %v", c.MeanDelay, c.Length)
	case !positive(c.Changes) || !positive(c.Requests):
		return Churned{}, fmt.Errorf("ringsim: changes and requests in a mean delay must lie in [1e-6, 1e6]: %v, %v", c.Changes, c.Requests)
	}
	m := &churning{Churn: c, e: e, wrong: make([]int, len(c.Tables)), held: make([]int, c.Clients), begin: e.Now()}
	if err := m.run(); err != nil {
		return Churned{}, err
	}
	all := Churned{Misrouted: make([]float64, len(c.Tables))}
	if m.requests > 0 {
		for i, wrong := range m.wrong {
			all.Misrouted[i] = float64(wrong) / float64(m.requests)
		}
		all.Stale = float64(m.stale) / float64(m.requests)
	}
	return all, nil
}

type churning struct {
	Churn
	e     *sim.Engine
	begin time.Duration // of what is measured

	epoch int   // the current one
	held  []int // by client: its table's

	requests, stale int
	wrong           []int // by placement
	err             error
}

// run begins before what is measured, at the oldest of the clients' tables: those have exponential ages, as they would have after ever so long.
func (m *churning) run() error {
	changes, fetches, sends := m.e.Stream("changes"), m.e.Stream("fetches"), m.e.Stream("requests")
	between := time.Duration(float64(m.MeanDelay) / m.Changes)
	ages := make([]time.Duration, m.Clients)
	oldest := time.Duration(0)
	for i := range ages {
		ages[i] = exponential(fetches, m.MeanDelay)
		oldest = max(oldest, ages[i])
	}
	m.begin += oldest
	end := m.begin + m.Length
	until := func(t time.Duration, h sim.Handler, arg int64) { // events after the end are none
		if t <= end {
			m.e.Schedule(t-m.e.Now(), h, arg)
		}
	}
	var change, fetch, send sim.Handler
	change = m.e.Handle(func(int64) {
		m.epoch++
		until(m.e.Now()+exponential(changes, between), change, 0)
	})
	fetch = m.e.Handle(func(client int64) {
		m.held[client] = m.epoch
		next := m.e.Now()
		if next < m.begin { // what age was drawn for: none in between
			next = m.begin
		}
		until(next+exponential(fetches, m.MeanDelay), fetch, client)
	})
	gap := time.Duration(float64(m.MeanDelay) / (m.Requests * float64(m.Clients)))
	send = m.e.Handle(func(int64) {
		m.request(sends)
		until(m.e.Now()+exponential(sends, gap), send, 0)
	})
	until(m.e.Now()+exponential(changes, between), change, 0)
	for client, age := range ages {
		m.e.Schedule(m.begin-age-m.e.Now(), fetch, int64(client))
	}
	until(m.begin+exponential(sends, gap), send, 0)
	if err := m.e.Run(); err != nil {
		return err
	}
	return m.err
}

func (m *churning) request(random *rand.Rand) {
	m.requests++
	held := m.held[random.IntN(m.Clients)]
	if held == m.epoch {
		return // nothing is wrong with a current table
	}
	m.stale++
	key := Keys(random, 1)[0]
	for i, tables := range m.Tables {
		by, err := tables.Owner(held, key)
		owner := ""
		if err == nil {
			owner, err = tables.Owner(m.epoch, key)
		}
		if err != nil {
			m.err = err
			m.e.Stop()
			return
		}
		if by != owner {
			m.wrong[i]++
		}
	}
}

func exponential(r *rand.Rand, mean time.Duration) time.Duration {
	return time.Duration(math.Round(r.ExpFloat64() * float64(mean)))
}
