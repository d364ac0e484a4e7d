package ratelimit

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Sharing is one limit that clients share fairly. Time is cut into periods; in each, every client has a quota, which [MaxMin] or
// [Proportional] makes of what all asked for in the period before. What nobody asked for then is for whoever comes first; a
// newcomer's quota is an equal part, until the next period.
//
// All clients together never get more than the limit admits: in any interval of length t, measured by the largest now seen, at most
// burst + rate*t. While everybody asks for the same in each period, a client gets what the split gives it, and the whole
// limit is used. What a change of demand costs lasts a period or two. Asking again after a refusal counts as asking, which gains
// nothing under MaxMin and more under Proportional.
//
// A request costs a mutex and a map; a new period costs a split among all clients. Clients that asked for nothing in a
// period are forgotten. The zero value is not ready to use; all methods are safe for concurrent use.
//
// The idea, with rates in place of quotas: I. Stoica, S. Shenker, H. Zhang, "Core-Stateless Fair Queueing", SIGCOMM 1998.
type Sharing[K comparable] struct {
	mu      sync.Mutex
	all     *GCRA
	units   units
	config  SharingConfig[K]
	clients map[K]*share
	order   []K   // of their first request: a split must not depend on a map's order
	period  int64 // which one it is
	used    bool
	spare   int // what of this period's total is nobody's quota
}

// SharingConfig says what is shared, and how.
type SharingConfig[K comparable] struct {
	Limit  Limit         // of all clients together; its burst must be what a period admits, or more
	Period time.Duration // how long quotas last, such as 100ms: at least one event at the limit's rate
	Split  Split         // MaxMin or Proportional

	// Weight is how much a client counts, 1 to 32,768; nil means that all count the same. It is asked when a client comes; a weight out
	// of range refuses the request with [NoLimit].
	Weight func(client K) int

	// Clients is how many there may be in a period, up to 32,768. One more is refused until the next period.
	Clients int
}

// share is a client's part in a period.
type share struct {
	weight, quota, asked, got int
}

// Within these bounds no split can overflow.
const (
	mostClients = 1 << 15
	mostWeight  = 1 << 15
	mostAsked   = 1 << 31 // a period; who asks for more is taken at that
)

// NewSharing returns a limit that nobody has used.
func NewSharing[K comparable](config SharingConfig[K]) (*Sharing[K], error) {
	all, err := NewGCRA(config.Limit.Rate, config.Limit.Burst)
	if err != nil {
		return nil, err
	}
	s := &Sharing[K]{all: all, units: all.state.Load().units, config: config, clients: map[K]*share{}}
	if config.Period < 1 || config.Period > s.units.ends {
		return nil, fmt.Errorf("ratelimit: a period must be positive, and no longer than %v: %v", s.units.ends.Round(time.Hour), config.Period)
	}
	switch total := s.total(0); {
	case total < 1 || config.Limit.Burst < total:
		return nil, fmt.Errorf("ratelimit: a period must admit one event or more, and no more than the burst: %v admit %d of %v", config.Period, total, config.Limit)
	case config.Split == nil:
		return nil, errors.New("ratelimit: a sharing must have a split, MaxMin or Proportional: none given")
	case config.Clients < 1 || config.Clients > mostClients:
		return nil, fmt.Errorf("ratelimit: the number of clients must lie in [1, %d]: %d", mostClients, config.Clients)
	}
	return s, nil
}

// total is how many events the rate gives to a period: over many periods exactly the rate, though a period's part may be odd.
func (s *Sharing[K]) total(period int64) int {
	length := int64(s.config.Period) * s.units.scale
	return int(floorDiv((period+1)*length, s.units.cost) - floorDiv(period*length, s.units.cost))
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// Take asks for n events of a client at once, all or none, and charges them if they are admitted. Wait of a client whose quota
// is used up is the next period, when it may be admitted.
func (s *Sharing[K]) Take(now time.Duration, client K, n int) Decision {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case n < 1:
		return never(NotPositive)
	case n > s.total(0):
		return never(TooLarge)
	}
	now = max(-s.units.ends, min(now, s.units.ends))
	if period := floorDiv(int64(now), int64(s.config.Period)); !s.used || period > s.period {
		s.begin(period)
	}
	next := time.Duration(s.period+1)*s.config.Period - now // the end of the horizon's last period is within an int64
	c, verdict := s.client(client)
	if verdict != Admitted {
		if verdict == Refused {
			return Decision{Wait: next, ResetAfter: next}
		}
		return never(verdict)
	}
	c.asked = min(c.asked+n, mostAsked)
	own := max(0, c.quota-c.got)
	if own+s.spare < n {
		return Decision{Remaining: own + s.spare, Wait: next, ResetAfter: next}
	}
	d := s.all.Take(now, n)
	if !d.OK() {
		return d
	}
	c.got += n
	s.spare -= max(0, n-own)
	d.Remaining = min(d.Remaining, max(0, c.quota-c.got)+s.spare)
	return d
}

// client returns a client's share, an equal one if it is new.
func (s *Sharing[K]) client(client K) (*share, Verdict) {
	if c, known := s.clients[client]; known {
		return c, Admitted
	}
	weight := 1
	if s.config.Weight != nil {
		weight = s.config.Weight(client)
	}
	switch {
	case weight < 1 || weight > mostWeight:
		return nil, NoLimit
	case len(s.clients) == s.config.Clients:
		return nil, Refused
	}
	c := &share{weight: weight}
	s.clients[client] = c
	s.order = append(s.order, client)
	c.quota = max(1, s.total(s.period)/len(s.order))
	return c, Admitted
}

// begin makes the quotas of a period of what was asked for in the one before.
func (s *Sharing[K]) begin(period int64) {
	if period != s.period+1 { // nobody asked for anything in the period before
		clear(s.clients)
		s.order = s.order[:0]
	}
	s.period, s.used = period, true
	var wanted, weights []int
	s.order = slices.DeleteFunc(s.order, func(client K) bool {
		c := s.clients[client]
		if c.asked == 0 {
			delete(s.clients, client)
			return true
		}
		wanted, weights = append(wanted, c.asked), append(weights, c.weight)
		return false
	})
	s.spare = s.total(period)
	quotas, err := s.config.Split(s.spare, wanted, weights)
	if err != nil || len(quotas) != len(wanted) { // of a split that somebody else wrote: first come, first served
		quotas = make([]int, len(wanted))
	}
	for i, client := range s.order {
		c := s.clients[client]
		*c = share{weight: c.weight, quota: quotas[i]}
		s.spare -= quotas[i]
	}
	s.spare = max(0, s.spare)
}
