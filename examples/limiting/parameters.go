package limiting

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// limitParameters declare -limit, -window and -burst.
func limitParameters(p *lab.Parameters, events int, window time.Duration, burst int) limit {
	l := limit{
		events: p.Int("limit", events, "events a window", "what is limited", lab.Within(1, 100_000)),
		window: p.Duration("window", window, "length of a window", lab.Within(time.Millisecond, 24*time.Hour)),
		burst:  p.Int("burst", burst, "events", "what rate algorithms admit at once, and how many may wait in the queue", lab.Within(1, 100_000)),
	}
	_, err := ratelimit.NewGCRA(l.rate(), l.burst)
	if err == nil {
		_, err = ratelimit.NewQueue(l.rate(), l.burst)
	}
	if err != nil {
		p.Refuse(fmt.Errorf("-limit, -window and -burst must make a limit: %w", err))
	}
	return l
}

// algorithmParameter declares -algorithm.
func algorithmParameter(p *lab.Parameters, algorithms []algorithm) []string {
	names := make([]string, len(algorithms))
	for i, a := range algorithms {
		names[i] = a.name
	}
	return p.Choices("algorithm", names, names, "algorithms")
}

const autoSpans = "auto"

// spansParameter declares -spans; nil is what the experiment chooses.
func spansParameter(p *lab.Parameters) []time.Duration {
	return lab.Value(p, "spans", autoSpans, "", "lengths of intervals to look at, durations separated by commas; auto suits the window or the log", parseSpans)
}

func parseSpans(text string) (spans []time.Duration, canonical string, err error) {
	if text == autoSpans {
		return nil, text, nil
	}
	for _, word := range strings.Split(text, ",") {
		d, err := time.ParseDuration(strings.TrimSpace(word))
		switch {
		case err != nil:
			return nil, "", fmt.Errorf("must be durations such as 1s,1m30s, or %s: %q", autoSpans, word)
		case d < 1:
			return nil, "", fmt.Errorf("must be positive: %v", d)
		case slices.Contains(spans, d):
			return nil, "", fmt.Errorf("must have each length once: %v", d)
		case len(spans) == mostSpans:
			return nil, "", fmt.Errorf("must be at most %d lengths", mostSpans)
		}
		spans = append(spans, d)
	}
	slices.Sort(spans)
	words := make([]string, len(spans))
	for i, d := range spans {
		words[i] = d.String()
	}
	return spans, strings.Join(words, ","), nil
}

// mostSpans and mostEvents are what a reader has the patience for.
const mostSpans, mostEvents = 200, 5_000_000
