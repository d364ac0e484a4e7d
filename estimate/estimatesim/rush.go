package estimatesim

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

const (
	// Quarters are those of an hour in a day.
	Quarters       = 96
	quarterMinutes = dayMinutes / Quarters
	minuteSeconds  = 60.0

	// Late is how long a request waits at least that [Rushed] calls late.
	Late = time.Minute
)

// Rush is a day of a service: requests come as a Poisson process whose rate follows the day's shape, and wait in one line, first come, first
// served, for servers that take one at a time. Nobody gives up, and nobody tries again. Midnight finds no line.
type Rush struct {
	Shape   Diurnal
	Mean    float64 // requests a second, over the whole day
	Service workload.ServiceTime
}

// Came is what came on one day, and what each of some fleets made of it.
type Came struct {
	Requests []int // in each quarter of an hour
	Fleets   []Rushed
}

// Rushed is the day of one fleet.
type Rushed struct {
	Line     []float64     // seconds that a request would wait at the end of each quarter of an hour
	Mean     float64       // seconds that requests waited, in the mean
	Longest  float64       // seconds that the one waited that waited longest
	Late     float64       // share of the requests that waited for a minute or more
	LastLate time.Duration // when the last of these came, since midnight; 0 if there is none
	Idle     float64       // share of the day's server-seconds that the day's requests do not need; negative if they need more
}

// Busiest is the rate of the busiest hour, in requests a second.
func (c Came) Busiest() float64 {
	sum := 0
	for _, n := range c.Requests[busyBegins/quarterMinutes : busyEnds/quarterMinutes] {
		sum += n
	}
	return float64(sum) / (hourMinutes * minuteSeconds)
}

// All is the number of the day's requests.
func (c Came) All() int {
	sum := 0
	for _, n := range c.Requests {
		sum += n
	}
	return sum
}

// Run draws one day, with the same requests for each of some fleets, of so many servers each; without fleets it counts what comes. What comes
// before the day's end is served to its end. It costs O(log servers) a request and fleet; a day has at most 100,000,000 requests in the mean.
func (r Rush) Run(e *sim.Engine, fleets ...int) (Came, error) {
	if e == nil {
		return Came{}, errors.New("estimatesim: an engine is needed")
	}
	if err := r.unfit(fleets...); err != nil {
		return Came{}, err
	}
	day := Came{Requests: make([]int, Quarters), Fleets: make([]Rushed, len(fleets))}
	stations := make([]*sim.Station, len(fleets))
	for i, servers := range fleets {
		var err error
		if stations[i], err = sim.NewStation(servers); err != nil {
			return Came{}, err
		}
	}
	gaps, services := e.Stream("gaps"), e.Stream("services")
	now, work := 0.0, 0.0
	toNext := gaps.ExpFloat64() // expected requests until the next one, whatever the rate
	for minute, shape := range r.Shape.rates {
		rate, ends := r.Mean*shape, float64(minute+1)*minuteSeconds
		quarter := minute / quarterMinutes
		for {
			at := now + toNext/rate
			if at >= ends {
				toNext -= (ends - now) * rate
				now = ends
				break
			}
			now, toNext = at, gaps.ExpFloat64()
			day.Requests[quarter]++
			arrival, takes := time.Duration(now*float64(time.Second)), r.Service.Draw(services)
			work += takes.Seconds()
			for i, s := range stations {
				begins, _ := s.Serve(arrival, takes)
				day.Fleets[i].meet(arrival, begins-arrival)
			}
		}
		if (minute+1)%quarterMinutes == 0 {
			for i, s := range stations {
				day.Fleets[i].Line = append(day.Fleets[i].Line, s.Wait(time.Duration(minute+1)*time.Minute).Seconds())
			}
		}
	}
	for i := range day.Fleets {
		f := &day.Fleets[i]
		if n := day.All(); n > 0 {
			f.Mean /= float64(n)
			f.Late /= float64(n)
		}
		f.Idle = 1 - work/(float64(fleets[i])*dayMinutes*minuteSeconds)
	}
	return day, nil
}

// meet adds up one request.
func (f *Rushed) meet(at, waited time.Duration) {
	f.Mean += waited.Seconds()
	f.Longest = max(f.Longest, waited.Seconds())
	if waited >= Late {
		f.Late++
		f.LastLate = at
	}
}

func (r Rush) unfit(fleets ...int) error {
	const most = 100_000
	if r.Shape.rates == nil {
		return errors.New("estimatesim: a day's shape is needed: NewDiurnal makes one")
	}
	if r.Service == nil || r.Service.Mean() < time.Nanosecond {
		return errors.New("estimatesim: service times of a positive mean are needed")
	}
	if perDay := r.Mean * dayMinutes * minuteSeconds; !(perDay > 0 && perDay <= mostDraws) {
		return fmt.Errorf("estimatesim: a day's requests must lie in (0, %d]: %v a second", mostDraws, r.Mean)
	}
	for _, servers := range fleets {
		if servers < 1 || servers > most {
			return fmt.Errorf("estimatesim: servers must lie in [1, %d]: %d", most, servers)
		}
	}
	return nil
}

// Overload is the day of one fleet if requests are a fluid: what [Rush.Run] tends to as there are more and more requests and servers.
type Overload struct {
	Lasts    time.Duration // how long more comes than the servers can do
	Ends     time.Duration // when less comes again, since midnight; 0 if it never is more
	Backlog  float64       // requests that wait when most do
	Line     []float64     // seconds that a request would wait at the end of each quarter of an hour
	Longest  float64       // seconds that the one waits that waits longest
	Late     float64       // share of the requests that wait for a minute or more
	LastLate time.Duration // when the last of these comes, since midnight; 0 if there is none
}

// Fluid is exact for a fluid: its line grows by what comes beyond capacity, and is served as it came.
func (r Rush) Fluid(servers int) (Overload, error) {
	if err := r.unfit(servers); err != nil {
		return Overload{}, err
	}
	var o Overload
	capacity := float64(servers) / r.Service.Mean().Seconds()
	limit := Late.Seconds() * capacity // the line in which one waits for a minute
	line, came, late := 0.0, 0.0, 0.0
	for i, shape := range r.Shape.rates {
		rate := r.Mean * shape
		if rate > capacity {
			o.Lasts += time.Minute
			o.Ends = time.Duration(i+1) * time.Minute
		}
		before := line
		line = max(0, line+(rate-capacity)*minuteSeconds)
		o.Backlog = max(o.Backlog, line)
		came += rate * minuteSeconds
		part, last := partBeyond(before, line, limit)
		late += part * rate * minuteSeconds
		if part > 0 {
			o.LastLate = time.Duration((float64(i) + last) * float64(time.Minute))
		}
		if (i+1)%quarterMinutes == 0 {
			o.Line = append(o.Line, line/capacity)
		}
	}
	o.Longest = o.Backlog / capacity
	o.Late = late / came
	return o, nil
}

// partBeyond is the part of a minute for which a line that goes from one length to another evenly is at least of the limit, and where in the minute it
// is for the last time. A line that is gone before the minute's end is below a minute's limit all the time.
func partBeyond(from, to, limit float64) (part, last float64) {
	switch {
	case from < limit && to < limit:
		return 0, 0
	case from >= limit && to >= limit:
		return 1, 1
	}
	crosses := math.Abs(limit-from) / math.Abs(to-from)
	if from < limit {
		return 1 - crosses, 1
	}
	return crosses, crosses
}
