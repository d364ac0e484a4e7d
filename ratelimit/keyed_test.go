package ratelimit_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// keyedTable is a limit for each key, as the laws see it. Keys are small numbers.
type keyedTable interface {
	Take(now time.Duration, key, n int) ratelimit.Decision
	Peek(now time.Duration, key, n int) ratelimit.Decision
	SetLimits(now time.Duration, limits ...ratelimit.Limit) error
}

// keyedMaker makes a table; places is how many keys may be live in it whatever their hashes, without any being forgotten, and
// a bucket has so many of them.
type keyedMaker struct {
	places, bucket int
	make           func(ratelimit.KeyedConfig[int]) keyedTable
}

var keyed = keyedMaker{16, 8, func(c ratelimit.KeyedConfig[int]) keyedTable {
	k, err := ratelimit.NewKeyed(c)
	if err != nil {
		panic(err) // the laws give no bad input
	}
	return k
}}

// tableStory is what was done to a table, for who reads a failure.
type tableStory []string

func (s *tableStory) tell(format string, args ...any) { *s = append(*s, fmt.Sprintf(format, args...)) }

func (s *tableStory) fail(t *rapid.T, format string, args ...any) {
	t.Helper()
	t.Fatalf("%s\n%s", strings.Join(*s, "\n"), "but "+fmt.Sprintf(format, args...))
}

// telling is a decision in words.
func telling(d ratelimit.Decision) string {
	switch d.Verdict {
	case ratelimit.Admitted:
		return fmt.Sprintf("admitted, %d left, fresh after %v", d.Remaining, d.ResetAfter)
	case ratelimit.Refused:
		return fmt.Sprintf("refused for %v, %d left, fresh after %v", d.Wait, d.Remaining, d.ResetAfter)
	}
	return strings.TrimPrefix(d.Err().Error(), "ratelimit: ")
}

// keyedLimit is one event in so many nanoseconds, and a burst: in numbers small enough for much to happen.
func keyedLimit(t *rapid.T) ratelimit.Limit {
	return ratelimit.Limit{
		Rate:  ratelimit.Every(time.Duration(rapid.IntRange(1, 10).Draw(t, "interval"))),
		Burst: rapid.IntRange(1, 3).Draw(t, "burst"),
	}
}

// keyedHash has so many values: the fewer, the more keys meet.
func keyedHash(t *rapid.T) func(int) uint64 {
	values := uint64(rapid.SampledFrom([]int{1, 2, 3, 1000}).Draw(t, "values of the hash"))
	return func(key int) uint64 { return uint64(key) % values }
}

func keyedConfig(t *rapid.T, limit ratelimit.Limit) ratelimit.KeyedConfig[int] {
	return ratelimit.KeyedConfig[int]{
		Capacity: rapid.IntRange(1, 40).Draw(t, "capacity"),
		Limits:   []ratelimit.Limit{limit},
		Hash:     keyedHash(t),
	}
}

// below is a number in [0, 2^bits), each as likely as the others: rapid's own prefer small ones, and it takes many keys to fill a table.
func below(bits int) *rapid.Generator[int] {
	return rapid.Custom(func(t *rapid.T) int {
		n := 0
		for range bits {
			n *= 2
			if rapid.Bool().Draw(t, "bit") {
				n++
			}
		}
		return n
	})
}

var (
	someKey   = below(6)
	someNow   = rapid.Map(below(5), func(n int) time.Duration { return time.Duration(n - 16) })
	someLater = rapid.Map(below(2), func(n int) time.Duration { return time.Duration(n) })
	someSteps = below(7)
)

// While places suffice, a table is a GCRA for each key, whoever else comes and goes.
func lawKeyedIsGCRAs(m keyedMaker) func(*rapid.T) {
	return func(t *rapid.T) {
		limit := keyedLimit(t)
		table := m.make(keyedConfig(t, limit))
		alone := map[int]*ratelimit.GCRA{}
		ends := map[int]time.Duration{} // of what each owes
		now := someNow.Draw(t, "start")
		var story tableStory
		story.tell("%v", limit)
		for range someSteps.Draw(t, "steps") {
			now += someLater.Draw(t, "later")
			key, n := someKey.Draw(t, "key"), rapid.IntRange(1, 3).Draw(t, "n")
			maps.DeleteFunc(ends, func(_ int, end time.Duration) bool { return end <= now })
			if _, live := ends[key]; !live && len(ends) == m.places {
				continue
			}
			if alone[key] == nil {
				alone[key] = keyedGCRA(t, limit)
			}
			got, want := table.Take(now, key, n), alone[key].Take(now, n)
			if got != want {
				story.tell("at %v key %d takes %d: %s", now, key, n, telling(got))
				story.fail(t, "alone it would be: %s", telling(want))
			}
			if got.OK() {
				story.tell("at %v key %d takes %d", now, key, n)
				ends[key] = now + got.ResetAfter
			}
		}
	}
}

func keyedGCRA(t *rapid.T, l ratelimit.Limit) *ratelimit.GCRA {
	g, err := ratelimit.NewGCRA(l.Rate, l.Burst)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestLaw_KeyedEvictionChangesNoDecision(t *testing.T) {
	rapid.Check(t, lawKeyedIsGCRAs(keyed))
}

type keyedAdmission struct {
	at time.Duration // the largest now of the key's admitted requests
	n  int
}

// In any interval, measured by the largest now of its admitted requests, each key gets at most its burst and what the rate admits, however full
// the table is and in whatever order now comes.
func lawKeyedBound(m keyedMaker) func(*rapid.T) {
	return func(t *rapid.T) {
		interval := time.Duration(rapid.IntRange(1, 10).Draw(t, "interval"))
		limit := ratelimit.Limit{Rate: ratelimit.Every(interval), Burst: rapid.IntRange(1, 3).Draw(t, "burst")}
		table := m.make(keyedConfig(t, limit))
		latest := map[int]time.Duration{}
		admitted := map[int][]keyedAdmission{}
		keys := below(rapid.SampledFrom([]int{2, 6}).Draw(t, "bits of a key"))
		var story tableStory
		story.tell("%v", limit)
		for range someSteps.Draw(t, "steps") {
			now := someNow.Draw(t, "now")
			key, n := keys.Draw(t, "key"), rapid.IntRange(1, limit.Burst).Draw(t, "n")
			if !table.Take(now, key, n).OK() {
				continue
			}
			if seen, got := latest[key]; !got || now > seen {
				latest[key] = now
			}
			story.tell("at %v key %d gets %d", now, key, n)
			admitted[key] = append(admitted[key], keyedAdmission{latest[key], n})
			sum := 0
			for _, a := range slices.Backward(admitted[key]) {
				sum += a.n
				length := latest[key] - a.at
				if time.Duration(sum)*interval > time.Duration(limit.Burst)*interval+length { // sum > burst + rate*length
					story.fail(t, "key %d got %d within %v", key, sum, length)
				}
			}
		}
	}
}

func TestLaw_KeyedBoundUnderAnyOrderOfNow(t *testing.T) {
	rapid.Check(t, lawKeyedBound(keyed))
}

// A key that was never used counts as owing no more than each of eight others do: as those of one bucket.
func lawKeyedNewcomers(m keyedMaker) func(*rapid.T) {
	return func(t *rapid.T) {
		interval := time.Duration(rapid.IntRange(1, 10).Draw(t, "interval"))
		limit := ratelimit.Limit{Rate: ratelimit.Every(interval), Burst: rapid.IntRange(1, 3).Draw(t, "burst")}
		table := m.make(keyedConfig(t, limit))
		owes := func(now time.Duration, key int) time.Duration {
			d := table.Peek(now, key, 1)
			if d.OK() {
				return d.ResetAfter - interval
			}
			return d.ResetAfter
		}
		now, used := someNow.Draw(t, "start"), map[int]bool{}
		var story tableStory
		story.tell("%v", limit)
		for range someSteps.Draw(t, "steps") {
			now += someLater.Draw(t, "later")
			key := someKey.Draw(t, "key")
			if debt := owes(now, key); !used[key] && debt > 0 {
				others := 0
				for other := range used {
					if owes(now, other) >= debt {
						others++
					}
				}
				if others < m.bucket {
					story.fail(t, "at %v key %d, which is new, counts as owing %v, as much as %d others and not %d", now, key, debt, others, m.bucket)
				}
			}
			if table.Take(now, key, 1).OK() {
				story.tell("at %v key %d gets 1", now, key)
				used[key] = true
			}
		}
	}
}

func TestLaw_KeyedNewcomersOweLittle(t *testing.T) {
	rapid.Check(t, lawKeyedNewcomers(keyed))
}

// Peek says what Take will answer; it changes nothing, nor does a refusal: a table that has seen neither is the same. Wait is exact.
func lawKeyedAsking(m keyedMaker) func(*rapid.T) {
	return func(t *rapid.T) {
		limit := keyedLimit(t)
		config := keyedConfig(t, limit)
		table, twin := m.make(config), m.make(config)
		var story tableStory
		story.tell("%v", limit)
		for range someSteps.Draw(t, "steps") {
			now := someNow.Draw(t, "now")
			key, n := someKey.Draw(t, "key"), rapid.IntRange(0, 4).Draw(t, "n")
			if want, got := twin.Peek(now, key, n), table.Peek(now, key, n); got != want {
				story.fail(t, "at %v key %d, who would take %d, is told: %s; without questions and refusals: %s", now, key, n, telling(got), telling(want))
			}
			peeked, got := table.Peek(now, key, n), table.Take(now, key, n)
			story.tell("at %v key %d takes %d: %s", now, key, n, telling(got))
			if peeked != got {
				story.fail(t, "it was told before: %s", telling(peeked))
			}
			switch {
			case got.OK():
				twin.Take(now, key, n)
			case got.Verdict == ratelimit.Refused:
				if d := table.Peek(now+got.Wait, key, n); !d.OK() {
					story.fail(t, "after waiting it is: %s", telling(d))
				}
				if d := table.Peek(now+got.Wait-1, key, n); d.OK() {
					story.fail(t, "one nanosecond earlier it is admitted")
				}
			case got.Wait != ratelimit.Never:
				story.fail(t, "it is to wait %v", got.Wait)
			}
		}
	}
}

func TestLaw_KeyedAskingChangesNothing(t *testing.T) {
	rapid.Check(t, lawKeyedAsking(keyed))
}
