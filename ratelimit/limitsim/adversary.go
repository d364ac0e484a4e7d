package limitsim

import (
	"time"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// Greedy is the client that gets the most out of a limit: from begin to end, both ends in it, it takes one event after the other, as long
// as it is let, and after a refusal comes back at the nanosecond that the refusal names. It returns what acts, the earliest
// first; of a [ratelimit.Queue], that goes on for as long as the queue is full at the end.
//
// It stops after most events. That, and not the length of the interval, is what it costs.
func Greedy(a ratelimit.Algorithm, begin, end time.Duration, most int) []Request {
	var acts []Request
	for now := begin; now <= end && len(acts) < most; {
		d := a.Take(now, 1)
		switch {
		case d.OK():
			acts = append(acts, Request{now + d.Wait, 1})
		case d.Wait > end-now:
			return sorted(acts)
		default:
			now += max(1, d.Wait) // a limit that is broken may say that waiting is no use, and must not stop the clock
		}
	}
	return sorted(acts)
}
