package ratelimit

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Composed charges several limits at once, all or nothing: of the client, of the route, of everybody.
//
//	type request struct{ client, route string }
//	limits, err := ratelimit.NewComposed(
//		ratelimit.By("client", clients, func(r request) string { return r.client }),
//		ratelimit.By("route", routes, func(r request) string { return r.route }),
//		ratelimit.Whole[request]("everybody", ratelimit.Limit{Rate: ratelimit.PerSecond(1000), Burst: 100}),
//	)
//	decision, binding := limits.Take(now, request{"alice", "/login"}, 1)
//
// A request is admitted if each limit admits it; then each is charged, and otherwise none. That is atomic: every result of
// concurrent requests is one that some order of them gives, so nobody is refused for what somebody else was then refused.
//
// A request costs one hash and two look-ups in each table, and the mutexes of its keys, taken in one order for all, so that compositions may share
// tables. It does not allocate. The zero value is not ready to use; all methods are safe for concurrent use.
type Composed[R any] struct {
	levels []Level[R] // in the order given
	locked []int      // in the order of their locks
}

// Level is one limit of a composed charge, for requests of type R: see [By] and [Whole].
type Level[R any] struct {
	name  string
	order uint64
	find  func(R) (h uint64, lock *sync.Mutex)
	err   error

	// For who has the lock. Hash and class are asked for once a request, so that all that is done for it agrees.
	class func(R) int
	take  func(now time.Duration, r R, in looked, n int, keep bool) Decision
	reset func(now time.Duration, r R, in looked) time.Duration
}

// looked is what a level knows of a request's key.
type looked struct {
	h     uint64
	class int
}

// By is a level at which requests are limited by a key of theirs, in a table that may be used elsewhere too. Key must be a
// function of the request alone: it is called several times for one request, and must always say the same.
func By[R any, K comparable](name string, table *Keyed[K], key func(R) K) Level[R] {
	if table == nil || key == nil {
		return Level[R]{name: name, err: errors.New("ratelimit: a level must have a table and a key, neither nil")}
	}
	return Level[R]{
		name:  name,
		order: table.order,
		find: func(r R) (uint64, *sync.Mutex) {
			h := table.hash(key(r))
			return h, &table.shard(h).mu
		},
		class: func(r R) int { return table.class(key(r)) },
		take: func(now time.Duration, r R, in looked, n int, keep bool) Decision {
			return table.takeAs(in.class, table.shard(in.h), in.h, now, key(r), n, keep)
		},
		reset: func(now time.Duration, r R, in looked) time.Duration {
			return table.resetAfter(table.shard(in.h), in.h, now, key(r))
		},
	}
}

// Whole is a level at which all requests share one limit.
func Whole[R any](name string, limit Limit) Level[R] {
	table, err := NewKeyed(KeyedConfig[struct{}]{Capacity: 1, Limits: []Limit{limit}})
	if err != nil {
		return Level[R]{name: name, err: err}
	}
	return By(name, table, func(R) struct{} { return struct{}{} })
}

// mostLevels is how many levels a composed charge can have.
const mostLevels = 8

// NewComposed returns the composition of one to eight levels, with distinct names and tables.
func NewComposed[R any](levels ...Level[R]) (*Composed[R], error) {
	if len(levels) < 1 || len(levels) > mostLevels {
		return nil, fmt.Errorf("ratelimit: a composition must have 1 to %d levels: %d", mostLevels, len(levels))
	}
	c := &Composed[R]{levels: slices.Clone(levels)}
	for i, l := range levels {
		switch {
		case l.err != nil:
			return nil, fmt.Errorf("%w (level %q)", l.err, l.name)
		case l.take == nil:
			return nil, errors.New("ratelimit: a level must be made by By or Whole: an empty one")
		case slices.ContainsFunc(levels[:i], func(before Level[R]) bool { return before.name == l.name }):
			return nil, fmt.Errorf("ratelimit: the levels of a composition must have distinct names: %q", l.name)
		case slices.ContainsFunc(levels[:i], func(before Level[R]) bool { return before.order == l.order }):
			return nil, fmt.Errorf("ratelimit: the levels of a composition must have distinct tables: %q has that of another", l.name)
		}
		c.locked = append(c.locked, i)
	}
	slices.SortFunc(c.locked, func(i, j int) int {
		if levels[i].order < levels[j].order {
			return -1
		}
		return 1
	})
	return c, nil
}

// Take asks for n events of a request at once, all or none. The binding level is, for a refused request, the one that makes
// it wait longest, and otherwise the one with the least remaining; of equals the first. Remaining is the least of all levels;
// Wait and ResetAfter are the longest. A request that can never be admitted leaves them at zero, [Never] and zero, as in [GCRA].
func (c *Composed[R]) Take(now time.Duration, r R, n int) (d Decision, binding string) {
	return c.charge(now, r, n, true)
}

// Peek says what Take would answer, and changes nothing.
func (c *Composed[R]) Peek(now time.Duration, r R, n int) (d Decision, binding string) {
	return c.charge(now, r, n, false)
}

func (c *Composed[R]) charge(now time.Duration, r R, n int, keep bool) (Decision, string) {
	var locks [mostLevels]*sync.Mutex
	var in [mostLevels]looked
	for at, i := range c.locked {
		in[i].h, locks[at] = c.levels[i].find(r)
	}
	held := locks[:len(c.locked)]
	for _, mu := range held {
		mu.Lock()
	}
	defer func() { // one, because a deferred call in a loop allocates
		for _, mu := range held {
			mu.Unlock()
		}
	}()
	for i := range c.levels {
		in[i].class = c.levels[i].class(r)
	}
	binding, d := 0, c.levels[0].take(now, r, in[0], n, false)
	for i := 1; i < len(c.levels); i++ {
		other := c.levels[i].take(now, r, in[i], n, false)
		if other.binds(d) {
			binding = i
		}
		d = both(d, other)
	}
	switch {
	case d.OK() && keep:
		for i := range c.levels {
			c.levels[i].take(now, r, in[i], n, true)
		}
	case d.Verdict == Refused: // nobody is charged, and those count too that would have admitted it
		for i := range c.levels {
			d.ResetAfter = max(d.ResetAfter, c.levels[i].reset(now, r, in[i]))
		}
	}
	return d, c.levels[binding].name
}

// binds says that d, and not the levels before it, decides.
func (d Decision) binds(before Decision) bool {
	if d.OK() && before.OK() {
		return d.Remaining < before.Remaining
	}
	return d.RetryAfter() > before.RetryAfter()
}

// both is the answer of two limits. Of different verdicts the one that makes the request wait longer says all: who admits a request
// has more left than who refuses it.
func both(a, b Decision) Decision {
	switch {
	case a.Verdict == b.Verdict:
		return Decision{a.Verdict, min(a.Remaining, b.Remaining), max(a.Wait, b.Wait), max(a.ResetAfter, b.ResetAfter)}
	case b.binds(a):
		return b
	}
	return a
}
