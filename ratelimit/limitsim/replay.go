package limitsim

import (
	"cmp"
	"slices"
	"time"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// Request asks for Cost events at once, all or none, at a time since any fixed origin. As one that acts, it is that many events
// at that time.
type Request struct {
	At   time.Duration
	Cost int
}

// Outcome is what became of a request.
type Outcome struct {
	Request
	ratelimit.Decision
}

// Acts is when the request acts if it was admitted: at once, but for a [ratelimit.Queue].
func (o Outcome) Acts() time.Duration { return o.At + o.Delay() }

// Replay puts each request to the algorithm, in the order given. Whoever is refused does not come back.
func Replay(a ratelimit.Algorithm, traffic []Request) []Outcome {
	outcomes := make([]Outcome, len(traffic))
	for i, r := range traffic {
		outcomes[i] = Outcome{r, a.Take(r.At, r.Cost)}
	}
	return outcomes
}

// Acts are the admitted requests at the times at which they act, the earliest first.
func Acts(outcomes []Outcome) []Request {
	var acts []Request
	for _, o := range outcomes {
		if o.OK() {
			acts = append(acts, Request{o.Acts(), o.Cost})
		}
	}
	return sorted(acts)
}

// Events is the sum of the costs.
func Events(traffic []Request) int {
	sum := 0
	for _, r := range traffic {
		sum += r.Cost
	}
	return sum
}

func sorted(traffic []Request) []Request {
	slices.SortStableFunc(traffic, func(a, b Request) int { return cmp.Compare(a.At, b.At) })
	return traffic
}
