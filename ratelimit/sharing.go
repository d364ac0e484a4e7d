package ratelimit

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Sharing is one limit that clients share fairly. Time is cut into periods; in each, every client has a quota, which [MaxMin] or
// [Proportional] makes of what all asked for in the period before. What is nobody's quota is for whoever comes first. A newcomer, who
// did not ask in the period before, has an equal part: first of what is nobody's, and when that is gone, of what others leave.
//
// What a period leaves unused is carried into the next, at most what a period admits, and at most what the burst can hold (see
// [SharingConfig]). Up to half of that most is a reserve: a client whose quota is all that it asked for takes from it what it wants
// more now, as long as it has no more, by weight, than the quota of those who asked for more than theirs or, if nobody did, than the
// greatest. The rest of what is carried is split among all. So a client below its fair share is hardly ever refused, however
// unevenly it asks, and the others get what it leaves.
//
// All clients together never get more than the limit admits: in any interval of length t, measured by the largest now of an admitted
// request, at most burst + rate*t. If the burst is at least twice what a period admits, and one more, also this holds, whenever in a
// period they ask, one event at a time:
//
//   - While all ask for the same in each period, together for what a period admits or more, a client gets what the split gives it of
//     each period's events, and of what is carried beyond the reserve, and the whole limit is used.
//   - Under MaxMin with equal weights, let some clients ask for what they like, together for at most m in a period, and another for all it
//     can get. If m is at most a quarter of what can be carried, then from the second period on all that the former are ever refused
//     is at most 2*m, and of k periods' events all are used but what can be carried.
//
// What another change of demand costs lasts a period or two. Asking again after a refusal counts as asking, which gains nothing under
// MaxMin and more under Proportional. A now of an earlier period counts as in the latest one.
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
	carries int // the most that a period leaves to the next
	clients map[K]*share
	order   []K   // of their first request: a split must not depend on a map's order
	period  int64 // which one it is
	used    bool
	level   level
	spare   int // what of this period's events, and of those carried into it, is nobody's quota and anybody's
	reserve int // what of them is kept for those below their fair share
	left    int // what of them was not taken: less than all quotas, spare and reserve when newcomers got others' quotas
}

// SharingConfig says what is shared, and how.
type SharingConfig[K comparable] struct {
	// Limit is that of all clients together. Its burst must be what a period admits, or more. With less than twice that and
	// one, a client may be refused a part of its quota when others took theirs late in the period before. What it is above that
	// can be carried from period to period: with three times what a period admits, and one, as much as there ever is. With
	// nothing carried, a client below its fair share gets the lesser of what it asks for and what it asked for in the period
	// before, and what it asks for less is lost.
	Limit Limit

	Period time.Duration // how long quotas last, such as 100ms: at least one event at the limit's rate
	Split  Split         // MaxMin or Proportional

	// Weight is how much a client counts, 1 to 32,768; nil means that all count the same. It is asked when a client comes; a weight
	// out of range refuses the request with [NoLimit].
	Weight func(client K) int

	// Clients is how many there may be in a period, up to 32,768. One more is refused until the next period.
	Clients int
}

// share is a client's part in a period.
type share struct {
	weight, quota, asked, got int

	most int  // that it may come to by taking from the reserve
	new  bool // its quota is not set aside
}

// level is what anybody may come to, by weight; without a weight nothing.
type level struct{ quota, weight int }

func (l level) of(weight int) int {
	if l.weight == 0 {
		return 0
	}
	return l.quota * weight / l.weight
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
		return nil, fmt.Errorf("ratelimit: a period must be positive, and no longer than %v: %v",
			s.units.ends.Round(time.Hour), config.Period)
	}
	switch total := s.total(0); {
	case total < 1 || config.Limit.Burst < total:
		return nil, fmt.Errorf("ratelimit: a period must admit one event or more, and no more than the burst: %v admit %d of %v",
			config.Period, total, config.Limit)
	case config.Split == nil:
		return nil, errors.New("ratelimit: a sharing must have a split, MaxMin or Proportional: none given")
	case config.Clients < 1 || config.Clients > mostClients:
		return nil, fmt.Errorf("ratelimit: the number of clients must lie in [1, %d]: %d", mostClients, config.Clients)
	}
	s.carries = s.mostCarried()
	return s, nil
}

// mostCarried is what a period may leave to the next. Everything may be taken at the end of a period and at the beginning of the
// next: that is what is carried and twice what a period admits, of which one may be odd, and the burst must hold it.
func (s *Sharing[K]) mostCarried() int {
	length := int64(s.config.Period) * s.units.scale
	twice := 2 * int(-floorDiv(-length, s.units.cost))
	return max(0, min(s.total(0), s.config.Limit.Burst-twice-1))
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
	if have := s.have(c); have < n {
		if d := s.all.Peek(now, 1); d.OK() {
			have = min(have, d.Remaining+1)
		} else {
			have = 0
		}
		return Decision{Remaining: have, Wait: next, ResetAfter: next}
	}
	d := s.all.Take(now, n)
	if !d.OK() {
		return d
	}
	s.charge(c, n)
	d.Remaining = min(d.Remaining, s.have(c))
	return d
}

// have is what a client may take now, if the limit of all admits it: its quota, then what is nobody's, then of the reserve. The quota
// of a newcomer is of these, too, as far as they go.
func (s *Sharing[K]) have(c *share) int {
	own := max(0, c.quota-c.got)
	then := c.got
	if !c.new {
		then += own
	}
	beyond := s.spare + max(0, min(s.reserve, c.most-then-s.spare))
	if c.new {
		return min(max(own, beyond), s.left)
	}
	return min(own+beyond, s.left)
}

func (s *Sharing[K]) charge(c *share, n int) {
	beyond := n // its quota
	if !c.new {
		beyond -= min(n, max(0, c.quota-c.got))
	}
	c.got += n
	s.left -= n
	spare := min(beyond, s.spare)
	s.spare -= spare
	s.reserve -= min(beyond-spare, s.reserve)
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
	c := &share{weight: weight, most: s.level.of(weight), new: true}
	s.clients[client] = c
	s.order = append(s.order, client)
	c.quota = max(1, s.total(s.period)/len(s.order))
	return c, Admitted
}

// begin makes the quotas of a period of what was asked for in the one before.
func (s *Sharing[K]) begin(period int64) {
	carried := min(s.left, s.carries)
	if !s.used || period != s.period+1 { // nobody asked for anything in the period before
		clear(s.clients)
		s.order = s.order[:0]
		carried = s.carries
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
	s.left = s.total(period) + carried
	s.reserve = min(carried, s.carries/2)
	s.spare = s.left - s.reserve
	quotas, err := s.config.Split(s.spare, wanted, weights)
	if err != nil || len(quotas) != len(wanted) { // of a split that somebody else wrote: first come, first served
		quotas = make([]int, len(wanted))
	}
	for i := range quotas { // of such a split, too
		quotas[i] = max(0, min(quotas[i], wanted[i]))
	}
	s.level = levelOf(quotas, wanted, weights)
	for i, client := range s.order {
		c := s.clients[client]
		*c = share{weight: c.weight, quota: quotas[i], most: s.level.of(c.weight)} // who wants more has that or more already
		s.spare -= quotas[i]
	}
	s.spare = max(0, s.spare)
	if len(s.order) == 0 { // there is nobody to keep anything for
		s.spare, s.reserve = s.spare+s.reserve, 0
	}
}

// levelOf is the least quota, by weight, of those who want more or, if nobody does, the greatest of all: a client that often wants
// more than the level, and now and then less, must not empty the reserve then.
func levelOf(quotas, wanted, weights []int) level {
	var refused, most level
	for i, quota := range quotas {
		if quota < wanted[i] && (refused.weight == 0 || compareProducts(quota, refused.weight, refused.quota, weights[i]) < 0) {
			refused = level{quota, weights[i]}
		}
		if most.weight == 0 || compareProducts(quota, most.weight, most.quota, weights[i]) > 0 {
			most = level{quota, weights[i]}
		}
	}
	if refused.weight > 0 {
		return refused
	}
	return most
}
