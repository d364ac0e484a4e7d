package balancesim

import (
	"math"
	"strconv"
	"testing"
	"time"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
	"github.com/sysdesign-lab/sysdesign/loadbalance"
	"github.com/sysdesign-lab/sysdesign/sim"
)

// bug is one of the whiteboard's: a cluster as one would write it first, which looks at every request to find what
// happens next. Sound as it stands; each of its bugs is an easy one to write.
type bug int

const (
	sound              bug = iota
	lastComeFirst          // a server that is free takes the end of its line, as a slice is popped
	forgetsSpeed           // only a server that was idle works at its speed
	dividesByAll           // a share counts those who have left, too
	planned                // a request keeps the share that it got when it came
	keepsTheLast           // the balancer is not told of the request that leaves a server idle
	yesterday              // a report gives the queues of the report before
	thoseWaiting           // a report leaves out the request in service
	fromStartOfService     // a request's time begins with its service
)

type job struct {
	token   loadbalance.Token[int]
	arrived time.Duration
	left    float64 // of its service, in nanoseconds at the server's full speed
	share   float64 // one over what it gets of the server
}

// whiteboard is a simulator.
func (b bug) whiteboard(_ *sim.Engine, c Config, observe func(server int, arrived, now time.Duration)) error {
	lines, came, before := make([][]*job, len(c.Speeds)), make([]int, len(c.Speeds)), make([]int, len(c.Speeds))
	arrival, report, now := c.Arrivals.Next(0), time.Duration(0), 0.0
	if c.Refresh == 0 {
		report = math.MaxInt64
	}
	for {
		present := 0
		at, leaver, from := float64(min(arrival, report)), -1, -1
		for i, line := range lines {
			present += len(line)
			for k, j := range b.served(c, line, came[i]) {
				if t := now + j.left*j.share; t < at {
					at, leaver, from = t, k, i
				}
			}
		}
		if present == 0 && arrival == math.MaxInt64 {
			return nil
		}
		for i, line := range lines {
			for _, j := range b.served(c, line, came[i]) {
				j.left -= (at - now) / j.share
			}
		}
		now = at
		switch instant := time.Duration(now + 0.5); {
		case leaver >= 0:
			j := lines[from][leaver]
			line := append(lines[from][:leaver], lines[from][leaver+1:]...)
			if c.Discipline == FIFO && len(line) > 0 {
				if last := len(line) - 1; b == lastComeFirst {
					line[0], line[last] = line[last], line[0]
				}
				b.begin(c, line[0], from, instant, false)
			}
			lines[from] = line
			if b != keepsTheLast || len(line) > 0 {
				j.token.Done(instant, loadbalance.OK)
			}
			observe(from, j.arrived, instant)
		case report < arrival:
			for i, line := range lines {
				queue := len(line)
				switch b {
				case yesterday:
					queue, before[i] = before[i], queue
				case thoseWaiting:
					queue = max(0, queue-1)
				}
				for _, p := range c.Balancers {
					if err := p.Report(instant, strconv.Itoa(i), queue); err != nil {
						return err
					}
				}
			}
			report += c.Refresh
		default:
			token, err := c.Balancers[0].Pick(instant, loadbalance.Request{})
			if err != nil {
				return err
			}
			to := token.Endpoint().Value
			j := &job{token: token, arrived: instant, left: float64(c.Service.Draw(nil))}
			lines[to] = append(lines[to], j)
			came[to]++
			if len(lines[to]) == 1 || c.Discipline == ProcessorSharing {
				b.begin(c, j, to, instant, true)
			}
			j.share = float64(len(lines[to]))
			arrival = c.Arrivals.Next(instant)
		}
	}
}

// begin says how long the service takes.
func (b bug) begin(c Config, j *job, server int, now time.Duration, wasIdle bool) {
	if b != forgetsSpeed || wasIdle {
		j.left /= c.Speeds[server]
	}
	if c.Discipline == FIFO {
		j.left = math.Floor(j.left + 0.5)
	}
	if b == fromStartOfService {
		j.arrived = now
	}
}

// served are those of a line that get on with their service, each with its share.
func (b bug) served(c Config, line []*job, came int) []*job {
	if c.Discipline == FIFO {
		line = line[:min(1, len(line))]
	}
	for _, j := range line {
		switch {
		case b == dividesByAll && c.Discipline == ProcessorSharing:
			j.share = float64(came)
		case b != planned || c.Discipline == FIFO:
			j.share = float64(len(line))
		}
	}
	return line
}

// The whiteboard obeys the laws: what fails below is the bug, not the model.
func TestBroken_NothingWithoutABug(t *testing.T) {
	lawtest.Holds(t, lawLindley(sound.whiteboard))
	lawtest.Holds(t, lawEgalitarian(sound.whiteboard))
	lawtest.Holds(t, lawNoRequestIsLost(sound.whiteboard))
	lawtest.Holds(t, lawReportsTellTheQueues(sound.whiteboard))
}

func TestBroken_LastComeFirstServed(t *testing.T) {
	lawtest.Breaks(t, "A server that takes the next request from the end of its line serves the last to come first",
		lawLindley(lastComeFirst.whiteboard))
}

func TestBroken_SpeedForgotten(t *testing.T) {
	lawtest.Breaks(t, "A server that knows its speed only when it was idle serves those who waited at speed 1",
		lawLindley(forgetsSpeed.whiteboard))
}

func TestBroken_TimeFromTheStartOfService(t *testing.T) {
	lawtest.Breaks(t, "A request whose time begins with its service has never waited",
		lawLindley(fromStartOfService.whiteboard))
}

func TestBroken_SharedAmongAllWhoCame(t *testing.T) {
	lawtest.Breaks(t, "A server that divides itself among all who came still gives a share to those who left",
		lawEgalitarian(dividesByAll.whiteboard))
}

func TestBroken_DeparturePlannedOnArrival(t *testing.T) {
	lawtest.Breaks(t, "A server that plans a departure when the request comes does not slow it down for those who come later",
		lawEgalitarian(planned.whiteboard))
}

func TestBroken_LastRequestNeverDone(t *testing.T) {
	lawtest.Breaks(t, "A cluster that returns early when a server runs idle does not tell the balancer of its last request",
		lawNoRequestIsLost(keepsTheLast.whiteboard))
}

func TestBroken_YesterdaysQueue(t *testing.T) {
	lawtest.Breaks(t, "A cluster that reports what it noted at the report before tells yesterday's queue",
		lawReportsTellTheQueues(yesterday.whiteboard))
}

func TestBroken_OnlyThoseWhoWait(t *testing.T) {
	lawtest.Breaks(t, "A report of those who wait takes a busy server for an idle one",
		lawReportsTellTheQueues(thoseWaiting.whiteboard))
}

func TestBroken_WarmUpMeasured(t *testing.T) {
	lawtest.Breaks(t, "A run that records from the first request on measures the warm-up, too",
		lawMeasuresWhatItSays(func(e *sim.Engine, c Config) (*Result, error) {
			c.WarmUp, c.Requests = 0, c.WarmUp+c.Requests
			return Run(e, c)
		}))
}

func TestBroken_WarmUpPartOfTheRequests(t *testing.T) {
	lawtest.Breaks(t, "A run that takes the warm-up out of its requests measures too few",
		lawMeasuresWhatItSays(func(e *sim.Engine, c Config) (*Result, error) {
			c.Requests = max(1, c.Requests-c.WarmUp)
			return Run(e, c)
		}))
}
