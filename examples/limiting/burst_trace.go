package limiting

import (
	"time"

	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/ratelimit/limitsim"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// trace is a traffic in phases, whose times are in windows and whose loads are multiples of the limit.
type trace struct {
	limit            limit
	steady, overload float64
}

const (
	windows       = 10
	binsPerWindow = 10
)

type phase struct{ from, to, load float64 }

// phases are the streams, and among them the burst: twice the limit, half of it in the last fifth of a window and half in the first of
// the next. Before it every limit has had more than a window to become fresh.
func (t trace) phases() []phase {
	return []phase{{0, 2, t.steady}, theBurst, {5, 6, t.overload}, {6.5, 7.5, t.overload}, {8, 10, t.steady}}
}

var theBurst = phase{3.8, 4.2, 5}

// overloaded is from when the overload begins to when its effects are over.
var overloaded = phase{from: 5, to: 8}

// events is how many there are in a run, on average.
func (t trace) events() float64 {
	sum := 0.0
	for _, p := range t.phases() {
		sum += p.load * (p.to - p.from) * float64(t.limit.events)
	}
	return sum
}

// at is a time that is given in windows.
func (t trace) at(windows float64) time.Duration {
	return time.Duration(windows * float64(t.limit.window))
}

func (t trace) in(p phase, now time.Duration) bool { return t.at(p.from) <= now && now < t.at(p.to) }

// traffic is one run's: streams are Poisson, the burst is regular.
func (t trace) traffic(e *sim.Engine) ([]limitsim.Request, error) {
	var all []limitsim.Request
	for _, p := range t.phases() {
		if p == theBurst {
			for n, i := 2*t.limit.events, 0; i < n; i++ {
				at := t.at(p.from) + time.Duration(i)*(t.at(p.to)-t.at(p.from))/time.Duration(n)
				all = append(all, limitsim.Request{At: at, Cost: 1})
			}
			continue
		}
		arrivals, err := workload.NewPoisson(p.load*t.limit.rate().PerSecond(), e.Stream("arrivals"))
		if err != nil {
			return nil, err
		}
		for now := arrivals.Next(t.at(p.from)); now < t.at(p.to); now = arrivals.Next(now) {
			all = append(all, limitsim.Request{At: now, Cost: 1})
		}
	}
	return all, nil
}

// intensity draws what is offered, on average.
func (t trace) intensity() chart.Line {
	l := chart.Line{Color: chart.Theory, X: []float64{0}, Y: []float64{0}}
	at := func(windows, load float64) {
		l.Add(windows*t.limit.window.Seconds(), load*t.limit.rate().PerSecond())
	}
	for _, p := range t.phases() {
		at(p.from, 0)
		at(p.from, p.load)
		at(p.to, p.load)
		at(p.to, 0)
	}
	return l
}

func (t trace) binStart(i int) time.Duration { return t.at(float64(i) / binsPerWindow) }

// bin counts events a second in each tenth of a window.
func (t trace) bin(requests []limitsim.Request) []float64 {
	bins := make([]float64, windows*binsPerWindow)
	for i, r := 0, 0; i < len(bins); i++ {
		end := t.binStart(i + 1)
		for ; r < len(requests) && requests[r].At < end; r++ {
			bins[i] += float64(requests[r].Cost)
		}
		bins[i] /= (end - t.binStart(i)).Seconds()
	}
	return bins
}

// through is what one run's traffic came to.
type through struct {
	bins     []float64     // events a second, when they act
	ofBurst  int           // events
	overload float64       // share of the overload
	share    float64       // of all
	most     int           // in any half-open window
	longest  time.Duration // delay
}

func (t trace) judge(outcomes []limitsim.Outcome) through {
	acts := limitsim.Acts(outcomes)
	result := through{bins: t.bin(acts), most: limitsim.MostIn(acts, t.limit.window-1)}
	offered, admitted := 0, 0
	for _, o := range outcomes {
		overload := t.in(overloaded, o.At)
		if overload {
			offered++
		}
		if !o.OK() {
			continue
		}
		result.longest = max(result.longest, o.Delay())
		if t.in(theBurst, o.At) {
			result.ofBurst++
		}
		if overload {
			admitted++
		}
	}
	result.overload = float64(admitted) / float64(max(1, offered))
	result.share = float64(len(acts)) / float64(max(1, len(outcomes)))
	return result
}
