package ratelimit_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// composedRequest is of a client on a route.
type composedRequest struct{ client, route int }

// composedLevel is a level of the laws: all requests with the same key share its limit.
type composedLevel struct {
	name  string
	limit ratelimit.Limit
	key   func(composedRequest) int
}

type composedLimiter interface {
	Take(now time.Duration, r composedRequest, n int) (ratelimit.Decision, string)
	Peek(now time.Duration, r composedRequest, n int) (ratelimit.Decision, string)
}

type composedMaker func([]composedLevel) composedLimiter

func composed(levels []composedLevel) composedLimiter {
	var made []ratelimit.Level[composedRequest]
	for _, l := range levels {
		table, err := ratelimit.NewKeyed(ratelimit.KeyedConfig[int]{Capacity: 100, Limits: []ratelimit.Limit{l.limit}})
		if err != nil {
			panic(err) // the laws give no bad input
		}
		made = append(made, ratelimit.By(l.name, table, l.key))
	}
	c, err := ratelimit.NewComposed(made...)
	if err != nil {
		panic(err)
	}
	return c
}

// composedModel is a map of limits for each level: ask all, then charge all or none.
type composedModel struct {
	levels []composedLevel
	tables []*keyedModel
}

func newComposedModel(levels []composedLevel) *composedModel {
	m := &composedModel{levels: levels}
	for _, l := range levels {
		m.tables = append(m.tables, newKeyedModel([]ratelimit.Limit{l.limit}))
	}
	return m
}

func (m *composedModel) Take(now time.Duration, r composedRequest, n int) (ratelimit.Decision, string) {
	d, binding := m.Peek(now, r, n)
	if d.OK() {
		for i, l := range m.levels {
			m.tables[i].take(now, l.key(r), n)
		}
	}
	return d, binding
}

func (m *composedModel) Peek(now time.Duration, r composedRequest, n int) (ratelimit.Decision, string) {
	var all []ratelimit.Decision
	var before []int // what each level has left before the request
	admitted := true
	for i, l := range m.levels {
		d := m.tables[i].peek(now, l.key(r), n)
		left := d.Remaining
		if d.OK() {
			left += n
		}
		all, before = append(all, d), append(before, left)
		admitted = admitted && d.OK()
	}
	binding := 0
	if admitted {
		d := all[0]
		for i := range all {
			if all[i].Remaining < all[binding].Remaining {
				binding = i
			}
			d.Remaining, d.ResetAfter = min(d.Remaining, all[i].Remaining), max(d.ResetAfter, all[i].ResetAfter)
		}
		return d, m.levels[binding].name
	}
	for i := range all {
		if all[i].RetryAfter() > all[binding].RetryAfter() {
			binding = i
		}
	}
	d := all[binding]
	if d.Wait != ratelimit.Never {
		d.Remaining = slices.Min(before)
		for i, l := range m.levels {
			d.ResetAfter = max(d.ResetAfter, m.tables[i].until[l.key(r)]-now) // the model begins at 0
		}
	}
	return d, m.levels[binding].name
}

func composedLevels(t *rapid.T) []composedLevel {
	levels := []composedLevel{
		{"client", keyedLimit(t), func(r composedRequest) int { return r.client }},
		{"route", keyedLimit(t), func(r composedRequest) int { return r.route }},
		{"all", keyedLimit(t), func(composedRequest) int { return 0 }},
	}
	return levels[:rapid.IntRange(1, 3).Draw(t, "levels")]
}

// A composition says what asking all and then charging all says; its Remaining is what fits now, and its Wait is exact.
func lawComposed(make composedMaker) func(*rapid.T) {
	return func(t *rapid.T) {
		levels := composedLevels(t)
		tested, model := make(levels), newComposedModel(levels)
		var story tableStory
		for _, l := range levels {
			story.tell("%s: %v", l.name, l.limit)
		}
		now := time.Duration(0)
		for range someSteps.Draw(t, "steps") {
			now += someLater.Draw(t, "later")
			r := composedRequest{below(1).Draw(t, "client"), below(1).Draw(t, "route")}
			n := rapid.IntRange(1, 4).Draw(t, "n")
			peeked, peekedBinding := tested.Peek(now, r, n)
			got, binding := tested.Take(now, r, n)
			want, wantBinding := model.Take(now, r, n)
			story.tell("at %v client %d takes %d on route %d: %s (%s)", now, r.client, n, r.route, telling(got), binding)
			if got != want || binding != wantBinding {
				story.fail(t, "it should be: %s (%s)", telling(want), wantBinding)
			}
			if got != peeked || binding != peekedBinding {
				story.fail(t, "before it was told: %s (%s)", telling(peeked), peekedBinding)
			}
			if got.Wait == ratelimit.Never {
				continue
			}
			if d, _ := tested.Peek(now, r, got.Remaining+1); d.OK() {
				story.fail(t, "more than %d are left", got.Remaining)
			}
			if d, _ := tested.Peek(now, r, got.Remaining); got.Remaining > 0 && !d.OK() {
				story.fail(t, "%d are not left", got.Remaining)
			}
			if !got.OK() {
				soon, _ := tested.Peek(now+got.Wait-1, r, n)
				if then, _ := tested.Peek(now+got.Wait, r, n); !then.OK() || soon.OK() {
					story.fail(t, "it is not to wait exactly %v", got.Wait)
				}
			}
		}
	}
}

func TestLaw_ComposedAllOrNothing(t *testing.T) {
	rapid.Check(t, lawComposed(composed))
}

// composedState is the model for the checker: what is owed by clients, on routes and by all, at one now and an interval of 1.
type composedState struct {
	clients, routes [2]int
	all             int
}

type composedCall struct {
	request composedRequest
	n       int
}

type composedAnswer struct {
	admitted bool
	left     int
}

const composedClient, composedRoute, composedAll = 3, 4, 6 // bursts

var composedHistories = porcupine.Model{
	Init: func() any { return composedState{} },
	Step: func(state, input, output any) (bool, any) {
		s, call := state.(composedState), input.(composedCall)
		left := min(composedClient-s.clients[call.request.client], composedRoute-s.routes[call.request.route], composedAll-s.all)
		if left < call.n {
			return output == composedAnswer{false, left}, s
		}
		s.clients[call.request.client] += call.n
		s.routes[call.request.route] += call.n
		s.all += call.n
		return output == composedAnswer{true, left - call.n}, s
	},
}

// composedPair is two compositions of the same tables, in opposite orders: callers take turns.
func composedPair(t *testing.T) func(turn int, call composedCall) composedAnswer {
	table := func(burst int) *ratelimit.Keyed[int] {
		limit := ratelimit.Limit{Rate: ratelimit.Every(time.Second), Burst: burst}
		k, err := ratelimit.NewKeyed(ratelimit.KeyedConfig[int]{Capacity: 10, Limits: []ratelimit.Limit{limit}})
		require.NoError(t, err)
		return k
	}
	client := ratelimit.By("client", table(composedClient), func(r composedRequest) int { return r.client })
	route := ratelimit.By("route", table(composedRoute), func(r composedRequest) int { return r.route })
	everybody := ratelimit.By("all", table(composedAll), func(composedRequest) int { return 0 })
	one, err := ratelimit.NewComposed(client, route, everybody)
	require.NoError(t, err)
	other, err := ratelimit.NewComposed(everybody, route, client)
	require.NoError(t, err)
	pair := [2]*ratelimit.Composed[composedRequest]{one, other}
	return func(turn int, call composedCall) composedAnswer {
		d, _ := pair[turn%2].Take(0, call.request, call.n)
		return composedAnswer{d.OK(), d.Remaining}
	}
}

// composedHistory is what goroutines that call at the same time are told.
func composedHistory(goroutines, calls int, ask func(turn int, call composedCall) composedAnswer) []porcupine.Operation {
	var clock atomic.Int64
	history := make([]porcupine.Operation, goroutines*calls)
	var all sync.WaitGroup
	for g := range goroutines {
		all.Go(func() {
			for i := range calls {
				call := composedCall{composedRequest{(g + i) % 2, i % 2}, 1 + (g+i)%2}
				op := &history[g*calls+i]
				op.ClientId, op.Input, op.Call = g, call, clock.Add(1)
				op.Output = ask(g, call)
				op.Return = clock.Add(1)
			}
		})
	}
	all.Wait()
	return history
}

func composedTelling(history []porcupine.Operation) string {
	lines := make([]string, len(history))
	for i, op := range history {
		lines[i] = fmt.Sprintf("goroutine %d, %d to %d: %+v: %+v", op.ClientId, op.Call, op.Return, op.Input, op.Output)
	}
	return strings.Join(lines, "\n")
}

// Some order of the calls explains every answer, each call being one step between its beginning and its end.
func TestLaw_ComposedIsLinearizable(t *testing.T) {
	for range 200 {
		history := composedHistory(4, 4, composedPair(t))
		if !porcupine.CheckOperations(composedHistories, history) {
			t.Fatalf("no order of these calls explains the answers:\n%s", composedTelling(history))
		}
	}
}

// Many goroutines that take from both compositions get exactly what the tightest limit admits, and nobody waits for ever.
func TestComposedConcurrently(t *testing.T) {
	ask := composedPair(t)
	var admitted atomic.Int64
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 200 {
				if ask(g, composedCall{composedRequest{i % 2, i / 2 % 2}, 1}).admitted {
					admitted.Add(1)
				}
			}
		})
	}
	all.Wait()
	require.EqualValues(t, composedAll, admitted.Load(), "two clients may have 3 each, two routes 4 each, all 6")
}

// Compositions of the same tables, given in opposite orders, never wait for each other for ever: of two locks that each call needs, all take the
// same one first. The time-out is far beyond the second that this takes.
func TestComposedInOppositeOrdersDoNotDeadlock(t *testing.T) {
	ask := composedPair(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		var all sync.WaitGroup
		for g := range 4 {
			all.Go(func() {
				for range rounds(100_000) {
					ask(g, composedCall{composedRequest{0, 0}, 1})
				}
			})
		}
		all.Wait()
	}()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Fatal("two compositions that share tables, given in opposite orders, wait for each other's locks for ever")
	}
}

// A composition charges a table where others look for it: who asks the table itself finds what each key owes.
func TestComposedSharesItsTables(t *testing.T) {
	limit := ratelimit.Limit{Rate: ratelimit.Every(time.Second), Burst: 3}
	table, err := ratelimit.NewKeyed(ratelimit.KeyedConfig[int]{Capacity: 10_000, Limits: []ratelimit.Limit{limit}})
	require.NoError(t, err)
	c, err := ratelimit.NewComposed(ratelimit.By("key", table, func(key int) int { return key }))
	require.NoError(t, err)
	for key := range 100 {
		d, _ := c.Take(0, key, 2)
		require.True(t, d.OK())
		require.Equal(t, ratelimit.Decision{Remaining: 1, Wait: time.Second, ResetAfter: 2 * time.Second}, table.Peek(0, key, 2))
		require.True(t, table.Take(0, key, 1).OK())
		d, _ = c.Take(0, key, 1)
		require.Equal(t, ratelimit.Decision{Wait: time.Second, ResetAfter: 3 * time.Second}, d)
	}
}

// A class is asked for once a request: if it changes from one call to the next, what is admitted is charged all the same, at every level.
func TestComposedAsksForAClassOnce(t *testing.T) {
	const many = 10
	limit := ratelimit.Limit{Rate: ratelimit.Every(time.Second), Burst: many}
	asked := 0
	table, err := ratelimit.NewKeyed(ratelimit.KeyedConfig[int]{
		Capacity: 10, Limits: []ratelimit.Limit{limit},
		Class: func(int) int { asked++; return (asked - 1) % 2 }, // a limit, then none, and so on
	})
	require.NoError(t, err)
	c, err := ratelimit.NewComposed(
		ratelimit.By("changing", table, func(int) int { return 0 }), ratelimit.Whole[int]("everybody", limit))
	require.NoError(t, err)
	for i := range many {
		d, _ := c.Take(0, 0, 1)
		require.Equal(t, ratelimit.Admitted, d.Verdict)
		require.Equal(t, many-1-i, d.Remaining)
		d, _ = c.Take(0, 0, 1)
		require.Equal(t, ratelimit.NoLimit, d.Verdict)
		require.Equal(t, 2*(i+1), asked)
	}
	d, _ := c.Take(0, 0, 1)
	require.Equal(t, ratelimit.Decision{Wait: time.Second, ResetAfter: many * time.Second}, d)
}

func TestComposedDoesNotAllocate(t *testing.T) {
	clients, err := ratelimit.NewKeyed(ratelimit.KeyedConfig[string]{Capacity: 100, Limits: oneASecond})
	require.NoError(t, err)
	c, err := ratelimit.NewComposed(
		ratelimit.By("client", clients, func(client string) string { return client }),
		ratelimit.Whole[string]("everybody", ratelimit.Limit{Rate: ratelimit.Every(time.Second), Burst: 3}))
	require.NoError(t, err)
	now := time.Duration(0)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		c.Peek(now, "alice", 1)
		c.Take(now, "alice", 1)
		c.Take(now, "alice", 1) // refused
		now += time.Second
	}))
}

// A level that never saw a request's key has nothing to say of when a refusal is over.
func TestComposedRefusesANewcomer(t *testing.T) {
	clients, err := ratelimit.NewKeyed(ratelimit.KeyedConfig[string]{Capacity: 100, Limits: oneASecond})
	require.NoError(t, err)
	c, err := ratelimit.NewComposed(
		ratelimit.By("client", clients, func(client string) string { return client }),
		ratelimit.Whole[string]("everybody", oneASecond[0]))
	require.NoError(t, err)
	c.Take(time.Hour, "alice", 1)
	d, binding := c.Take(time.Hour, "bob", 1)
	require.Equal(t, ratelimit.Decision{Wait: time.Second, ResetAfter: time.Second}, d)
	require.Equal(t, "everybody", binding)
}
