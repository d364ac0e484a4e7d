package limitsim

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// subject is an algorithm with what is stated of it.
type subject struct {
	name string
	make func(events int, window time.Duration, burst int) (ratelimit.Algorithm, error)
	most func(events int, window time.Duration, burst int, length time.Duration) int

	// reached is what a greedy client gets in the interval that begins with its first event, exactly.
	reached func(events int, window time.Duration, burst int, length time.Duration) int
}

func ofRate(burst int) func(int, time.Duration, int, time.Duration) int {
	return func(events int, window time.Duration, given int, length time.Duration) int {
		if burst == 0 {
			return MostOfRate(events, window, given, length)
		}
		return MostOfRate(events, window, burst, length)
	}
}

var subjects = []subject{
	{"token bucket", func(n int, w time.Duration, b int) (ratelimit.Algorithm, error) {
		return ratelimit.NewTokenBucket(ratelimit.Per(n, w), b)
	}, ofRate(0), ofRate(0)},
	{"GCRA", func(n int, w time.Duration, b int) (ratelimit.Algorithm, error) {
		return ratelimit.NewGCRA(ratelimit.Per(n, w), b)
	}, ofRate(0), ofRate(0)},
	{"leaky bucket", func(n int, w time.Duration, b int) (ratelimit.Algorithm, error) {
		return ratelimit.NewLeakyBucket(ratelimit.Per(n, w), b)
	}, ofRate(0), ofRate(0)},
	{"queue", func(n int, w time.Duration, b int) (ratelimit.Algorithm, error) {
		return ratelimit.NewQueue(ratelimit.Per(n, w), b)
	}, ofRate(1), ofRate(1)},
	{"fixed window", func(n int, w time.Duration, _ int) (ratelimit.Algorithm, error) {
		return ratelimit.NewFixedWindow(n, w)
	},
		func(n int, w time.Duration, _ int, t time.Duration) int { return MostOfFixedWindow(n, w, t) },
		func(n int, w time.Duration, _ int, t time.Duration) int { return MostOfFixedWindow(n, w, t) }},
	{"sliding log", func(n int, w time.Duration, _ int) (ratelimit.Algorithm, error) { return ratelimit.NewSlidingLog(n, w) },
		func(n int, w time.Duration, _ int, t time.Duration) int { return MostOfSlidingLog(n, w, t) },
		func(n int, w time.Duration, _ int, t time.Duration) int { return MostOfSlidingLog(n, w, t) }},
	{"sliding counter", func(n int, w time.Duration, _ int) (ratelimit.Algorithm, error) {
		return ratelimit.NewSlidingCounter(n, w)
	},
		func(n int, w time.Duration, _ int, t time.Duration) int { return MostOfSlidingCounter(n, w, t) },
		reachedByCounter},
}

// reachedByCounter follows the greedy client from window to window: each admits what the last one leaves room for, the last nanosecond of
// which it spends on its own limit at the end.
func reachedByCounter(limit int, window time.Duration, _ int, length time.Duration) int {
	if length < 1 {
		return limit
	}
	total, last := limit, limit
	for rest := length - 1; ; rest -= window {
		// The estimate of the last window is rounded up.
		covered := window - min(rest, window-1)
		this := limit - int((time.Duration(last)*covered+window-1)/window)
		total += this
		if rest < window {
			return total
		}
		last = this
	}
}

// setting is a limit whose rates are exact, so that bounds can be reached.
type setting struct {
	events, burst int
	interval      time.Duration
}

func (s setting) window() time.Duration { return time.Duration(s.events) * s.interval }

func (s setting) String() string {
	return fmt.Sprintf("limit %d per %d ns, burst %d", s.events, s.window(), s.burst)
}

func drawSetting(t *rapid.T) setting {
	return setting{
		events: rapid.IntRange(1, 12).Draw(t, "events"), burst: rapid.IntRange(2, 8).Draw(t, "burst"),
		interval: time.Duration(rapid.IntRange(1, 20).Draw(t, "interval")),
	}
}

func (s setting) make(t *rapid.T, subject subject) ratelimit.Algorithm {
	a, err := subject.make(s.events, s.window(), s.burst)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// drawTraffic is in the order of its times.
func drawTraffic(t *rapid.T, gap, cost int) []Request {
	now := time.Duration(rapid.IntRange(-50, 50).Draw(t, "first"))
	var traffic []Request
	for range rapid.IntRange(1, 40).Draw(t, "requests") {
		traffic = append(traffic, Request{now, rapid.IntRange(1, cost).Draw(t, "cost")})
		now += time.Duration(rapid.IntRange(0, gap).Draw(t, "gap"))
	}
	return traffic
}

func tell(traffic []Request) string {
	words := make([]string, len(traffic))
	for i, r := range traffic {
		words[i] = fmt.Sprintf("%d at %d ns", r.Cost, r.At)
	}
	return strings.Join(words, ", ")
}

// pairs is an envelope as one would write it first: all pairs of a first and a last event.
func pairs(acts []Request, length time.Duration) int {
	most := 0
	for i, first := range acts {
		within := 0
		for _, last := range acts[i:] {
			if last.At-first.At <= length {
				within += last.Cost
			}
		}
		most = max(most, within)
	}
	return most
}

func TestLaw_EnvelopeEqualsAllPairs(t *testing.T) { rapid.Check(t, lawEnvelope(MostIn)) }

func lawEnvelope(mostIn func([]Request, time.Duration) int) func(*rapid.T) {
	return func(t *rapid.T) {
		acts := drawTraffic(t, 10, 5)
		length := time.Duration(rapid.IntRange(0, 100).Draw(t, "length"))
		if got, want := mostIn(acts, length), pairs(acts, length); got != want {
			t.Fatalf("of %s\nthe most in %d ns is %d; all pairs make it %d", tell(acts), length, got, want)
		}
	}
}

func TestLaw_RandomTrafficStaysWithinTheBound(t *testing.T) {
	for _, s := range subjects {
		t.Run(s.name, func(t *testing.T) { rapid.Check(t, lawWithinTheBound(s)) })
	}
}

func lawWithinTheBound(s subject) func(*rapid.T) {
	return func(t *rapid.T) {
		limit := drawSetting(t)
		traffic := drawTraffic(t, 2*int(limit.interval), 1)
		acts := Acts(Replay(limit.make(t, s), traffic))
		length := time.Duration(rapid.IntRange(0, 3*int(limit.window())).Draw(t, "length"))
		if got, bound := MostIn(acts, length), s.most(limit.events, limit.window(), limit.burst, length); got > bound {
			t.Fatalf("%v: of %s\nthere come through %s: %d in %d ns, where the bound is %d", limit, tell(traffic), tell(acts), got, length, bound)
		}
	}
}

func TestLaw_TheGreedyReachTheBound(t *testing.T) {
	for _, s := range subjects {
		t.Run(s.name, func(t *testing.T) { rapid.Check(t, lawGreedy(Greedy, s)) })
	}
}

func lawGreedy(greedy func(ratelimit.Algorithm, time.Duration, time.Duration, int) []Request, s subject) func(*rapid.T) {
	return func(t *rapid.T) {
		limit := drawSetting(t)
		length := time.Duration(rapid.IntRange(0, 4*int(limit.window())).Draw(t, "length"))
		begin := limit.window() - 1
		want := s.reached(limit.events, limit.window(), limit.burst, length)
		bound := s.most(limit.events, limit.window(), limit.burst, length)
		if want > bound {
			t.Fatalf("%v: what is reached in %d ns, %d, exceeds the bound, %d", limit, length, want, bound)
		}
		acts := greedy(limit.make(t, s), begin, begin+length, bound+limit.burst)
		if got := MostIn(acts, length); got != want {
			t.Fatalf("%v: the greedy client gets %s: %d in %d ns, where %d can be had", limit, tell(acts), got, length, want)
		}
	}
}

func TestLaw_ACrowdIsItsMembers(t *testing.T) { rapid.Check(t, lawCrowd(Pass)) }

func lawCrowd(pass func(ratelimit.Algorithm, []Request) int) func(*rapid.T) {
	return func(t *rapid.T) {
		limit := drawSetting(t)
		s := rapid.SampledFrom(subjects).Draw(t, "algorithm")
		crowds := Crowd(drawTraffic(t, 10, 5))
		var members []Request
		for _, c := range crowds {
			for range c.Cost {
				members = append(members, Request{c.At, 1})
			}
		}
		want := len(Acts(Replay(limit.make(t, s), members)))
		if got := pass(limit.make(t, s), crowds); got != want {
			t.Fatalf("%s, %v: of %s\n%d pass as crowds, and %d one by one", s.name, limit, tell(crowds), got, want)
		}
	}
}

type leastFunc func([]Request, ratelimit.Rate, float64) (Suggestion, error)

func TestLaw_TheLeastBurstIsEnoughAndOneLessIsNot(t *testing.T) {
	rapid.Check(t, lawLeastBurst(LeastBurst))
}

func lawLeastBurst(least leastFunc) func(*rapid.T) {
	return func(t *rapid.T) {
		traffic := drawTraffic(t, 10, 1)
		interval := time.Duration(rapid.IntRange(1, 20).Draw(t, "interval"))
		share := rapid.Float64Range(0.001, 1).Draw(t, "share")
		if rapid.Bool().Draw(t, "whole") {
			share = float64(rapid.IntRange(1, len(traffic)).Draw(t, "of them")) / float64(len(traffic))
		}
		wanted := 1
		for float64(wanted)/float64(len(traffic)) < share {
			wanted++
		}
		s, err := least(traffic, ratelimit.Every(interval), share)
		if err != nil {
			t.Fatal(err)
		}
		admitted := func(burst int) int {
			a, err := ratelimit.NewTokenBucket(ratelimit.Every(interval), burst)
			if err != nil {
				t.Fatal(err)
			}
			return len(Acts(Replay(a, traffic)))
		}
		story := fmt.Sprintf("one event each %d ns, %d of %s are to pass\n", interval, wanted, tell(traffic))
		if got := admitted(s.Burst); got < wanted || float64(got)/float64(len(traffic)) != s.Share {
			t.Fatalf("%sa burst of %d admits %d, said to be a share of %v", story, s.Burst, got, s.Share)
		}
		if s.Burst > 1 && admitted(s.Burst-1) >= wanted {
			t.Fatalf("%sa burst of %d would do, %d is said to be the least", story, s.Burst-1, s.Burst)
		}
	}
}

type suggestFunc func([]Request, float64, time.Duration, time.Duration) (Suggestion, error)

func TestLaw_ASuggestionHoldsWhereverInTheSecondRequestsCame(t *testing.T) {
	rapid.Check(t, lawSuggestion(Suggest))
}

func lawSuggestion(suggest suggestFunc) func(*rapid.T) {
	return func(t *rapid.T) {
		var logged, came []Request
		now := time.Duration(0)
		for range rapid.IntRange(1, 30).Draw(t, "requests") {
			now += time.Duration(rapid.IntRange(0, 3000).Draw(t, "gap in ms")) * time.Millisecond
			came = append(came, Request{now, 1})
			logged = append(logged, Request{now.Truncate(time.Second), 1})
		}
		share := float64(rapid.IntRange(1, 20).Draw(t, "twentieths")) / 20
		window := time.Duration(rapid.IntRange(2, 60).Draw(t, "window in s")) * time.Second
		s, err := suggest(logged, share, window, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		story := fmt.Sprintf("at %s: %v with a burst of %d", times(came), s.Rate, s.Burst)
		a, err := ratelimit.NewGCRA(s.Rate, s.Burst)
		if err != nil {
			t.Fatal(err)
		}
		wanted := int(math.Ceil(share * float64(len(came))))
		if got := len(Acts(Replay(a, came))); got < wanted {
			t.Fatalf("%s is to admit %d, and admits %d", story, wanted, got)
		}
		if regained := float64(s.Burst) / s.Rate.PerSecond(); regained > window.Seconds()*(1+1e-9) {
			t.Fatalf("%s takes %v s to regain, more than the window of %v", story, regained, window)
		}
	}
}

func times(traffic []Request) string {
	words := make([]string, len(traffic))
	for i, r := range traffic {
		words[i] = r.At.String()
	}
	return strings.Join(words, ", ")
}

type readFunc func(io.Reader) ([]Request, error)

func TestLaw_ALogIsReadAsItWasWritten(t *testing.T) { rapid.Check(t, lawLog(ReadAccessLog)) }

func lawLog(read readFunc) func(*rapid.T) {
	return func(t *rapid.T) {
		origin := time.Date(2024, 2, 28, 23, 59, 0, 0, time.UTC)
		var log strings.Builder
		var want []time.Time
		for range rapid.IntRange(1, 10).Draw(t, "lines") {
			at := origin.Add(time.Duration(rapid.IntRange(0, 200_000).Draw(t, "second")) * time.Second)
			zone := time.FixedZone("", 900*rapid.IntRange(-48, 56).Draw(t, "zone, in quarters of an hour"))
			want = append(want, at)
			log.WriteString(drawLine(t, at.In(zone)))
		}
		slices.SortFunc(want, time.Time.Compare)
		got, err := read(strings.NewReader(log.String()))
		if err != nil {
			t.Fatalf("%v:\n%s", err, log.String())
		}
		for i, at := range want {
			if len(got) != len(want) || got[i] != (Request{at.Sub(want[0]), 1}) {
				t.Fatalf("the log\n%sis read as requests at %s; it holds %d, and in the order of their times request %d comes at %v",
					log.String(), times(got), len(want), i+1, at.Sub(want[0]))
			}
		}
	}
}

func drawLine(t *rapid.T, at time.Time) string {
	of := func(label string, texts ...string) string { return rapid.SampledFrom(texts).Draw(t, label) }
	line := of("host", "192.0.2.1", "2001:db8::1", "example.org") + " " + of("identity", "-", "me") + " " + of("user", "-", "frank", "Frank N") + " " +
		at.Format("[02/Jan/2006:15:04:05 -0700]") + " " +
		of("request", `"GET / HTTP/1.0"`, `"-"`, `""`, `"GET /\"a\" HTTP/1.1"`, `"\x16\x03"`, `"a [b] \\"`) + " " + of("status", "200", "404") + " " + of("bytes", "-", "0", "2326")
	line += of("combined", "", ` "-" "-"`, ` "https://example.org/" "curl \"8\""`, ` "-" "-" 0.003 "198.51.100.7"`)
	return line + of("ending", "\n", "\r\n", "\n\n")
}
