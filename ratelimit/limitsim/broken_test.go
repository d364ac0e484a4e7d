package limitsim

import (
	"bufio"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

func named(name string) subject {
	for _, s := range subjects {
		if s.name == name {
			return s
		}
	}
	panic("no subject " + name)
}

func TestBroken_HalfOpenIntervals(t *testing.T) {
	lawtest.Breaks(t, "An envelope of half-open intervals misses the event at the far end",
		lawEnvelope(func(acts []Request, length time.Duration) int { return MostIn(acts, length-1) }))
}

func TestBroken_TumblingIntervals(t *testing.T) {
	lawtest.Breaks(t, "An envelope that counts in intervals laid end to end misses what lies across their ends",
		lawEnvelope(func(acts []Request, length time.Duration) int {
			most, within, begin := 0, 0, time.Duration(math.MinInt64)
			for _, r := range acts {
				if begin == math.MinInt64 || r.At > begin+length {
					begin, within = r.At, 0
				}
				within += r.Cost
				most = max(most, within)
			}
			return most
		}))
}

func TestBroken_FixedWindowHeldForOne(t *testing.T) {
	s := named("fixed window")
	s.most = func(limit int, window time.Duration, _ int, length time.Duration) int {
		return MostOfSlidingLog(limit, window, length)
	}
	lawtest.Breaks(t, "A fixed window that is sold as the limit in any window lets twice as much through", lawWithinTheBound(s))
}

func TestBroken_FixedWindowSoldAsTokenBucket(t *testing.T) {
	s := named("token bucket")
	s.make = named("fixed window").make
	lawtest.Breaks(t, "A fixed window that is sold as a token bucket has no burst of its own", lawWithinTheBound(s))
}

func TestBroken_QueueThatForgetsDelay(t *testing.T) {
	s := named("queue")
	s.make = named("GCRA").make
	lawtest.Breaks(t, "A queue whose callers do not wait lets a burst out at once", lawWithinTheBound(s))
}

func TestBroken_PollingClient(t *testing.T) {
	lawtest.Breaks(t, "A client that comes back at a pace of its own does not get all there is",
		lawGreedy(func(a ratelimit.Algorithm, begin, end time.Duration, _ int) (acts []Request) {
			for now := begin; now <= end; now += 7 {
				for a.Take(now, 1).OK() {
					acts = append(acts, Request{now, 1})
				}
			}
			return acts
		}, named("fixed window")))
}

func TestBroken_CrowdAllOrNone(t *testing.T) {
	lawtest.Breaks(t, "A crowd that asks as one is refused although some of it would pass",
		lawCrowd(func(a ratelimit.Algorithm, crowds []Request) int {
			return Events(Acts(Replay(a, crowds)))
		}))
}

func TestBroken_BurstForAll(t *testing.T) {
	lawtest.Breaks(t, "A burst for the whole traffic is more than a share of it takes",
		lawLeastBurst(func(traffic []Request, rate ratelimit.Rate, _ float64) (Suggestion, error) {
			return LeastBurst(traffic, rate, 1)
		}))
}

func TestBroken_SecondsTakenAtTheirWord(t *testing.T) {
	lawtest.Breaks(t, "A suggestion that takes whole seconds at their word thinks the requests farther apart than they came",
		lawSuggestion(func(traffic []Request, share float64, window, _ time.Duration) (Suggestion, error) {
			return Suggest(traffic, share, window, 0)
		}))
}

func TestBroken_MeanRate(t *testing.T) {
	lawtest.Breaks(t, "The mean rate, with the burst that it takes, is not regained within the window",
		lawSuggestion(func(traffic []Request, share float64, _, blur time.Duration) (Suggestion, error) {
			length := max(time.Second, traffic[len(traffic)-1].At)
			s, err := LeastBurst(traffic, ratelimit.Per(len(traffic), length), share)
			s.Burst += int(math.Ceil(s.Rate.PerSecond() * blur.Seconds()))
			return s, err
		}))
}

func TestBroken_ZonesIgnored(t *testing.T) {
	lawtest.Breaks(t, "A reader that drops the zones takes the hours of two places for one clock's",
		lawLog(func(r io.Reader) ([]Request, error) {
			text, err := io.ReadAll(r)
			if err != nil {
				return nil, err
			}
			var b strings.Builder
			for line := range strings.Lines(string(text)) {
				if i := strings.Index(line, `] "`); i >= 0 {
					line = line[:i-5] + "+0000" + line[i:]
				}
				b.WriteString(line)
			}
			return ReadAccessLog(strings.NewReader(b.String()))
		}))
}

func TestBroken_QuotesCutAtTheFirst(t *testing.T) {
	lawtest.Breaks(t, "A reader that ends a request at the first quote trips over an escaped one",
		lawLog(func(r io.Reader) ([]Request, error) {
			text, err := io.ReadAll(r)
			if err != nil {
				return nil, err
			}
			return ReadAccessLog(strings.NewReader(strings.ReplaceAll(string(text), `\`, "")))
		}))
}

func TestBroken_OrderOfTheLines(t *testing.T) {
	lawtest.Breaks(t, "A reader that leaves the lines in their order has requests before the first",
		lawLog(func(r io.Reader) ([]Request, error) {
			var traffic []Request
			var first time.Time
			for lines := bufio.NewScanner(r); lines.Scan(); {
				if lines.Text() == "" {
					continue
				}
				at, err := parseLine(lines.Text())
				if err != nil {
					return nil, err
				}
				if traffic == nil {
					first = at
				}
				traffic = append(traffic, Request{at.Sub(first), 1})
			}
			return traffic, nil
		}))
}
