// Coordinated omission: G. Tene, "How NOT to Measure Latency", Strange Loop, 2015; the filling is that of his HdrHistogram, recordValueWithExpectedInterval.

package estimatesim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

const maxPlanned = 10_000_000

// LoadTest is a test of one server that stalls from time to time, as for a collection of garbage or a checkpoint. The plan is a request every
// interval. The server takes requests one by one, first come, first served, each for an exponential time. A stall begins every so often, at
// a random phase: no request is begun in it, and one that was begun goes on.
type LoadTest struct {
	Interval time.Duration // between requests of the plan, positive
	Service  time.Duration // mean, at least 0 and less than the interval
	Stall    time.Duration // how long each takes, at least 0 and less than Every
	Every    time.Duration // from the beginning of a stall to that of the next
	Length   time.Duration // of the plan, which is [0, Length)
}

// Reported is what is said of one and the same server.
type Reported struct {
	// Planned is what users meet, who do not wait for each other: each request is sent when the plan says, and timed from then on.
	Planned stats.Histogram
	// Waiting is of a tool that has one request under way: those whose time comes meanwhile are never sent, and so are missing.
	Waiting stats.Histogram
	// Filled adds to Waiting what the missing ones would have met: an interval less than the one before, down to an interval.
	Filled stats.Histogram
}

// Run draws the phase of the stalls, and the time that each request of the plan takes: the same ones for both ways to send. There are at most
// 10,000,000 requests in a plan, and as many planned in a stall.
func (l LoadTest) Run(random *rand.Rand) (*Reported, error) {
	if err := l.needs(); err != nil {
		return nil, err
	}
	if random == nil {
		return nil, errNoSource
	}
	phase := time.Duration(random.Float64() * float64(l.Every))
	service := make([]time.Duration, (l.Length-1)/l.Interval+1)
	for i := range service {
		service[i] = time.Duration(random.ExpFloat64() * float64(l.Service))
	}
	reported := &Reported{}
	free := time.Duration(0)
	for i, takes := range service {
		sent := time.Duration(i) * l.Interval
		free = l.begins(max(sent, free), phase) + takes
		reported.Planned.Record(free - sent)
	}
	for i := 0; i < len(service); {
		sent := time.Duration(i) * l.Interval
		done := l.begins(sent, phase) + service[i]
		reported.Waiting.Record(done - sent)
		reported.Filled.Record(done - sent)
		for missing := done - sent - l.Interval; missing >= l.Interval; missing -= l.Interval {
			reported.Filled.Record(missing)
		}
		i = max(i+1, int((done+l.Interval-1)/l.Interval))
	}
	return reported, nil
}

// begins is when the server begins what it could begin at that time but for stalls.
func (l LoadTest) begins(at, phase time.Duration) time.Duration {
	since := (at - phase) % l.Every
	if since < 0 {
		since += l.Every
	}
	return at + max(0, l.Stall-since)
}

// Percentile is what a fluid says of Planned: in a stall the work that waits grows to its length, and then falls by what the server has to spare; so
// a part (Stall - x) / (Every × spare) of requests take longer than x. It leaves out the time of the request itself and that the work of
// a stall varies, and is 0 below where stalls are met.
func (l LoadTest) Percentile(p float64) (time.Duration, error) {
	if err := l.needs(); err != nil {
		return 0, err
	}
	if !(p > 0 && p <= 1) {
		return 0, fmt.Errorf("estimatesim: a percentile must lie in (0, 1]: %v", p)
	}
	spare := 1 - float64(l.Service)/float64(l.Interval)
	return max(0, l.Stall-time.Duration((1-p)*spare*float64(l.Every))), nil
}

func (l LoadTest) needs() error {
	switch {
	case l.Interval <= 0:
		return fmt.Errorf("estimatesim: the interval of requests must be positive: %v", l.Interval)
	case l.Service < 0 || l.Service >= l.Interval:
		return fmt.Errorf("estimatesim: the mean service must lie in [0s, %v), the interval: %v", l.Interval, l.Service)
	case l.Stall < 0 || l.Stall >= l.Every:
		return fmt.Errorf("estimatesim: a stall must be shorter than what lies between two, %v, and not negative: %v", l.Every, l.Stall)
	case l.Length <= 0 || (l.Length-1)/l.Interval >= maxPlanned:
		return fmt.Errorf("estimatesim: a plan must have 1 to %d requests: %v with one every %v", maxPlanned, l.Length, l.Interval)
	case l.Stall/l.Interval > maxPlanned: // each is filled in
		return fmt.Errorf("estimatesim: a stall must be at most %d intervals of requests: %v with one every %v", maxPlanned, l.Stall, l.Interval)
	}
	// Between two stalls one request is begun at least, and an exponential time that is drawn is below 50 means: the last request is done before this.
	last := float64(l.Length) + float64(l.Length/l.Interval+1)*50*float64(l.Service)
	if l.Stall > 0 {
		last += float64(l.Length/l.Interval+1) * float64(l.Every)
	}
	if last > math.MaxInt64 {
		return fmt.Errorf("estimatesim: a plan must be sure to end within 292 years: %v with one every %v of %v, and a stall of %v every %v",
			l.Length, l.Interval, l.Service, l.Stall, l.Every)
	}
	return nil
}
