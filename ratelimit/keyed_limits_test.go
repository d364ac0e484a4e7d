package ratelimit_test

import (
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// keyedModel is a map of limits as one would write it on a whiteboard: until when each key owes something. Intervals between events are
// whole nanoseconds.
type keyedModel struct {
	limits []ratelimit.Limit
	class  map[int]int // of a key; 0 if it is not there
	until  map[int]time.Duration
}

func newKeyedModel(limits []ratelimit.Limit) *keyedModel {
	return &keyedModel{limits, map[int]int{}, map[int]time.Duration{}}
}

func keyedInterval(l ratelimit.Limit) time.Duration {
	return time.Duration(float64(time.Second) / l.Rate.PerSecond())
}

func (m *keyedModel) peek(now time.Duration, key, n int) ratelimit.Decision {
	class := m.class[key]
	switch {
	case class < 0 || class >= len(m.limits):
		return ratelimit.Decision{Verdict: ratelimit.NoLimit, Wait: ratelimit.Never}
	case n < 1:
		return ratelimit.Decision{Verdict: ratelimit.NotPositive, Wait: ratelimit.Never}
	case n > m.limits[class].Burst:
		return ratelimit.Decision{Verdict: ratelimit.TooLarge, Wait: ratelimit.Never}
	}
	interval, most := keyedInterval(m.limits[class]), time.Duration(m.limits[class].Burst)
	debt := time.Duration(0)
	if until, used := m.until[key]; used {
		debt = max(0, until-now)
	}
	left := func(debt time.Duration) int { return int(max(0, most*interval-debt) / interval) }
	if after := debt + time.Duration(n)*interval; after <= most*interval {
		return ratelimit.Decision{Verdict: ratelimit.Admitted, Remaining: left(after), ResetAfter: after}
	}
	return ratelimit.Decision{Remaining: left(debt), Wait: debt + time.Duration(n)*interval - most*interval, ResetAfter: debt}
}

func (m *keyedModel) take(now time.Duration, key, n int) ratelimit.Decision {
	d := m.peek(now, key, n)
	if d.OK() {
		m.until[key] = now + d.ResetAfter
	}
	return d
}

// charge is take for somebody who was admitted whatever the model thinks of it.
func (m *keyedModel) charge(now time.Duration, key, n int) {
	start := now
	if until, used := m.until[key]; used {
		start = max(start, until)
	}
	m.until[key] = start + time.Duration(n)*keyedInterval(m.limits[m.class[key]])
}

func (m *keyedModel) setLimits(now time.Duration, limits []ratelimit.Limit) {
	for key, until := range m.until {
		debt := max(0, until-now)
		if class := m.class[key]; class >= 0 && class < min(len(limits), len(m.limits)) {
			from, to := keyedInterval(m.limits[class]), keyedInterval(limits[class])
			debt = (debt*to + from - 1) / from // as many events, rounded up
		}
		m.until[key] = now + debt
	}
	m.limits = limits
}

func (m *keyedModel) live(now time.Duration) (keys int) {
	for until := range maps.Values(m.until) {
		if until > now {
			keys++
		}
	}
	return keys
}

func someLimits(t *rapid.T) []ratelimit.Limit {
	return rapid.SliceOfN(rapid.Custom(keyedLimit), 1, 3).Draw(t, "limits")
}

// While places suffice, keys of several classes, which change, and limits, which change too, do what the model says.
func lawKeyedClasses(m keyedMaker) func(*rapid.T) {
	return func(t *rapid.T) {
		limits := someLimits(t)
		model := newKeyedModel(limits)
		config := keyedConfig(t, limits[0])
		config.Limits = limits
		config.Class = func(key int) int { return model.class[key] }
		table := m.make(config)
		now := time.Duration(0)
		var story tableStory
		story.tell("limits %v", limits)
		for range someSteps.Draw(t, "steps") {
			now += someLater.Draw(t, "later")
			switch below(3).Draw(t, "what") {
			case 6:
				key, class := someKey.Draw(t, "key"), rapid.IntRange(-1, 3).Draw(t, "class")
				story.tell("key %d has class %d", key, class)
				model.class[key] = class
			case 7:
				limits := someLimits(t)
				story.tell("at %v limits %v", now, limits)
				if err := table.SetLimits(now, limits...); err != nil {
					story.fail(t, "that gives an error: %v", err)
				}
				model.setLimits(now, limits)
			default:
				key, n := someKey.Draw(t, "key"), rapid.IntRange(1, 3).Draw(t, "n")
				if model.live(now) >= m.places && model.until[key] <= now {
					continue
				}
				got, want := table.Take(now, key, n), model.take(now, key, n)
				story.tell("at %v key %d takes %d: %s", now, key, n, telling(got))
				if got != want {
					story.fail(t, "it should be: %s", telling(want))
				}
			}
		}
	}
}

func TestLaw_KeyedClassesAndLimitsChange(t *testing.T) {
	rapid.Check(t, lawKeyedClasses(keyed))
}

// Whatever a table admits, a map of limits for each key would have admitted that was charged the same: under any order of now, however full
// the table is, while classes and limits change.
func lawKeyedNeverMore(m keyedMaker) func(*rapid.T) {
	return func(t *rapid.T) {
		limits := someLimits(t)
		model := newKeyedModel(limits)
		config := keyedConfig(t, limits[0])
		config.Limits = limits
		if rapid.Bool().Draw(t, "classes") {
			config.Class = func(key int) int { return model.class[key] }
		}
		table := m.make(config)
		var story tableStory
		story.tell("limits %v", limits)
		for range someSteps.Draw(t, "steps") {
			now := someNow.Draw(t, "now")
			switch below(4).Draw(t, "what") {
			case 6:
				if config.Class == nil {
					continue
				}
				key, class := someKey.Draw(t, "key"), rapid.IntRange(-1, 3).Draw(t, "class")
				story.tell("key %d has class %d", key, class)
				model.class[key] = class
			case 7:
				limits := someLimits(t)
				story.tell("at %v limits %v", now, limits)
				if err := table.SetLimits(now, limits...); err != nil {
					story.fail(t, "that gives an error: %v", err)
				}
				model.setLimits(now, limits)
			default:
				key, n := someKey.Draw(t, "key"), rapid.IntRange(1, 3).Draw(t, "n")
				if !table.Take(now, key, n).OK() {
					continue
				}
				story.tell("at %v key %d gets %d", now, key, n)
				if want := model.peek(now, key, n); !want.OK() {
					story.fail(t, "by its own limit it should be: %s", telling(want))
				}
				model.charge(now, key, n)
			}
		}
	}
}

func TestLaw_KeyedNeverAdmitsMoreThanAMap(t *testing.T) {
	for range 10 { // it takes a full table and an earlier now to see some bugs
		rapid.Check(t, lawKeyedNeverMore(keyed))
	}
}

// A change of limits that gives an error changes nothing, not for the keys either that were looked at before the guilty one.
func TestKeyedSetLimitsWithAnErrorChangesNothing(t *testing.T) {
	const year = 365 * 24 * time.Hour
	limits := []ratelimit.Limit{{Rate: ratelimit.Every(time.Second), Burst: 1000}}
	k, err := ratelimit.NewKeyed(ratelimit.KeyedConfig[int]{Capacity: 100, Limits: limits, Hash: func(key int) uint64 { return uint64(key) }})
	require.NoError(t, err)
	var before []ratelimit.Decision
	for key := range 50 {
		n := 1
		if key == 25 {
			n = 1000
		}
		require.True(t, k.Take(0, key, n).OK())
		before = append(before, k.Peek(0, key, 1))
	}
	for _, to := range [][]ratelimit.Limit{
		nil,
		{{Rate: ratelimit.Every(time.Second)}},
		{{Rate: ratelimit.Every(year), Burst: 1}}, // one key would owe a thousand years, and no more can be counted than 36
	} {
		require.Error(t, k.SetLimits(0, to...))
		for key := range 50 {
			require.Equal(t, before[key], k.Peek(0, key, 1))
		}
	}
	require.NoError(t, k.SetLimits(0, ratelimit.Limit{Rate: ratelimit.Every(2 * time.Second), Burst: 1000}))
	require.Equal(t, 2*time.Second, k.Peek(0, 0, 1).ResetAfter-2*time.Second, "one event is owed, which takes two seconds now")
}

// What is owed for forgotten keys follows a change of limits: the table is full, so it shows in a newcomer's answer.
func TestKeyedSetLimitsKeepsWhatTheForgottenOwe(t *testing.T) {
	second := []ratelimit.Limit{{Rate: ratelimit.Every(time.Second), Burst: 10}}
	k, err := ratelimit.NewKeyed(ratelimit.KeyedConfig[int]{Capacity: 1, Limits: second, Hash: func(int) uint64 { return 0 }})
	require.NoError(t, err)
	for key := range 17 { // one more than there are places
		require.True(t, k.Take(0, key, 4).OK())
	}
	require.EqualValues(t, 1, k.Forgotten())
	require.Equal(t, 5*time.Second, k.Peek(0, 99, 1).ResetAfter, "a newcomer counts as owing four events")
	require.NoError(t, k.SetLimits(0, ratelimit.Limit{Rate: ratelimit.Every(time.Minute), Burst: 10}))
	require.Equal(t, 5*time.Minute, k.Peek(0, 99, 1).ResetAfter)
	require.Equal(t, 1*time.Minute, k.Peek(4*time.Minute, 99, 1).ResetAfter, "until that time is over")
}

// So it does where keys have classes, whatever class a forgotten one has: without a limit it owes as long as before.
func TestKeyedSetLimitsKeepsWhatTheForgottenOweWithoutAClass(t *testing.T) {
	class := 0
	k, err := ratelimit.NewKeyed(ratelimit.KeyedConfig[int]{
		Capacity: 1, Limits: oneASecond, Class: func(int) int { return class }, Hash: func(int) uint64 { return 0 },
	})
	require.NoError(t, err)
	for key := range 17 {
		require.True(t, k.Take(0, key, 1).OK())
	}
	class = -1
	require.NoError(t, k.SetLimits(0, ratelimit.Limit{Rate: ratelimit.Every(1), Burst: 1}))
	class = 0
	for key := range 17 {
		require.Equal(t, time.Second, k.Peek(0, key, 1).Wait, "key %d", key)
	}
}

// A newcomer that owes less than all others is the one to be forgotten, and those that come after it count as owing as much as it did.
func TestKeyedForgetsWhoOwesLeast(t *testing.T) {
	limit := []ratelimit.Limit{{Rate: ratelimit.Every(time.Second), Burst: 10}}
	k, err := ratelimit.NewKeyed(ratelimit.KeyedConfig[int]{Capacity: 1, Limits: limit, Hash: func(int) uint64 { return 0 }})
	require.NoError(t, err)
	for key := range 16 {
		require.True(t, k.Take(0, key, 4).OK())
	}
	require.True(t, k.Take(0, 99, 1).OK())
	require.EqualValues(t, 1, k.Forgotten())
	require.Equal(t, 9-1, k.Peek(0, 100, 1).Remaining, "one event is owed for key 99")
}

// A key whose class has no limit owes as long as before when the limits change, in whatever unit these count.
func TestKeyedSetLimitsKeepsTimeWithoutAClass(t *testing.T) {
	class := 0
	k, err := ratelimit.NewKeyed(ratelimit.KeyedConfig[string]{Capacity: 1, Limits: oneASecond, Class: func(string) int { return class }})
	require.NoError(t, err)
	require.True(t, k.Take(0, "alice", 1).OK())
	class = -1
	require.NoError(t, k.SetLimits(0, ratelimit.Limit{Rate: ratelimit.Per(3, 10*time.Nanosecond), Burst: 1})) // in thirds of a nanosecond
	class = 0
	require.Equal(t, time.Second, k.Peek(0, "alice", 1).Wait)
}

// From many goroutines, at one now, each key gets exactly its burst, while limits are set and the table is asked.
func TestKeyedConcurrently(t *testing.T) {
	const goroutines, keys, burst = 8, 100, 20
	limit := ratelimit.Limit{Rate: ratelimit.Every(time.Second), Burst: burst}
	k, err := ratelimit.NewKeyed(ratelimit.KeyedConfig[int]{Capacity: 4096, Limits: []ratelimit.Limit{limit}})
	require.NoError(t, err)
	var admitted [goroutines][keys]int
	var all sync.WaitGroup
	for g := range goroutines {
		all.Go(func() {
			for range burst {
				for key := range keys {
					if k.Take(0, key, 1).OK() {
						admitted[g][key]++
					}
				}
			}
		})
	}
	all.Go(func() {
		for range 20 {
			if err := k.SetLimits(0, limit); err != nil {
				t.Error(err)
			}
			_ = k.Forgotten()
		}
	})
	all.Wait()
	for key := range keys {
		sum := 0
		for g := range goroutines {
			sum += admitted[g][key]
		}
		require.Equal(t, burst, sum, "key %d", key)
	}
	require.Zero(t, k.Forgotten())
}

// A table whose classes have rates of different units counts in one that suits all, or says that there is none.
func TestKeyedClassesShareAUnit(t *testing.T) {
	limits := []ratelimit.Limit{
		{Rate: ratelimit.PerSecond(3e9), Burst: 3}, // a third of a nanosecond
		{Rate: ratelimit.PerSecond(4e9), Burst: 4}, // a quarter
	}
	k, err := ratelimit.NewKeyed(ratelimit.KeyedConfig[int]{Capacity: 10, Limits: limits, Class: func(key int) int { return key }})
	require.NoError(t, err)
	for class, burst := range []int{3, 4} {
		require.True(t, k.Take(0, class, burst).OK())
		require.False(t, k.Peek(0, class, burst).OK())
		require.Equal(t, time.Duration(1), k.Peek(0, class, burst).Wait, "the burst takes a nanosecond to regain")
	}
	hard := slices.Concat(limits, []ratelimit.Limit{{Rate: ratelimit.PerSecond(7e9), Burst: 1}, {Rate: ratelimit.PerSecond(11e9), Burst: 1}})
	_, err = ratelimit.NewKeyed(ratelimit.KeyedConfig[int]{Capacity: 10, Limits: hard})
	require.EqualError(t, err, "ratelimit: the rates of one table must be representable together, each within one in a million, in units of 1/73 ns or longer: "+
		"[3e+09 per 1s, burst 3 4e+09 per 1s, burst 4 7e+09 per 1s, burst 1 1.1e+10 per 1s, burst 1]")
}
