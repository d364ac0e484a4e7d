package ringsim

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// Picker gives requests their nodes and hears when they end. A request has a small number, which is another's once Done was
// called. Counts of requests are the picker's own.
type Picker interface {
	Pick(request int, key string) (node int)
	Done(request int)
}

// ByOwner sends every request to its key's owner, whatever the load.
func ByOwner(p hashring.Placement) Picker { return byOwner{p} }

type byOwner struct{ placement hashring.Placement }

func (b byOwner) Pick(_ int, key string) int { return b.placement.Owner(key) }
func (byOwner) Done(int)                     {}

// WithinBound is [hashring.Bounded] as a picker.
func WithinBound(b *hashring.Bounded) Picker { return &withinBound{bounded: b} }

type withinBound struct {
	bounded *hashring.Bounded
	tokens  []hashring.Token // by request
}

func (w *withinBound) Pick(request int, key string) int {
	w.tokens = grown(w.tokens, request)
	w.tokens[request] = w.bounded.Pick(key)
	return w.tokens[request].Node()
}

func (w *withinBound) Done(request int) { w.tokens[request].Done() }

// AtRandom knows no keys and no loads: any node, with equal chances.
func AtRandom(nodes int, source rand.Source) Picker { return &atRandom{rand.New(source), nodes} }

type atRandom struct {
	rand  *rand.Rand
	nodes int
}

func (a *atRandom) Pick(int, string) int { return a.rand.IntN(a.nodes) }
func (a *atRandom) Done(int)             {}

// LeastLoaded knows no keys: a node with the fewest requests in flight, ties at random. No picker has a more even load, since
// requests do not move.
func LeastLoaded(nodes int, source rand.Source) Picker {
	return &leastLoaded{rand: rand.New(source), loads: make([]int, nodes)}
}

type leastLoaded struct {
	rand  *rand.Rand
	loads []int
	at    []int // by request
}

func (l *leastLoaded) Pick(request int, _ string) int {
	best, ties := 0, 0
	for node, load := range l.loads {
		switch {
		case load < l.loads[best] || ties == 0:
			best, ties = node, 1
		case load == l.loads[best]:
			if ties++; l.rand.IntN(ties) == 0 {
				best = node
			}
		}
	}
	l.at = grown(l.at, request)
	l.at[request] = best
	l.loads[best]++
	return best
}

func (l *leastLoaded) Done(request int) { l.loads[l.at[request]]-- }

// grown is a list that has an i-th element.
func grown[T any](list []T, i int) []T {
	if i >= len(list) {
		list = slices.Grow(list, i+1-len(list))[:i+1]
	}
	return list
}

// InFlight is a traffic of requests that last. They come as a Poisson process and take an exponential time each, on whatever node and
// however many are there: what is in flight in all is then a Poisson number, the same requests with every picker.
type InFlight struct {
	Nodes     int
	Placement hashring.Placement // says who owns a key
	Picker    Picker
	Keys      []string // Keys[i] is drawn with a probability in proportion to 1/(i+1)^Skew
	Skew      float64
	Mean      float64 // requests in flight to a node, on average
	Epsilon   float64 // the bound that picks are compared with

	// WarmUp and Length are in mean durations of a request: what comes before the warm-up's end does not count.
	WarmUp, Length float64
}

// Loads are what a picker made of a traffic.
type Loads struct {
	PeakToMean float64 // the most requests in flight to a node, on average over time, over the mean of all nodes
	Elsewhere  float64 // the share of requests that went to another node than their key's owner
	Fullest    float64 // the largest part of ceil((1+epsilon) * requests in flight / nodes) that a pick filled its node to; both with the new request
}

// RunInFlight simulates a picker. Keys, times of arrival and durations are streams of their own.
func RunInFlight(e *sim.Engine, c InFlight) (Loads, error) {
	if err := c.check(); err != nil {
		return Loads{}, err
	}
	const request = time.Second // how long one takes, on average
	arrivals, err := workload.NewPoisson(c.Mean*float64(c.Nodes)/request.Seconds(), e.Stream("arrivals"))
	if err != nil {
		return Loads{}, err
	}
	duration, err := workload.NewExponential(request)
	if err != nil {
		return Loads{}, err
	}
	keys, err := workload.NewZipf(c.Skew, len(c.Keys), e.Stream("keys"))
	if err != nil {
		return Loads{}, err
	}
	var (
		service        = e.Stream("service")
		warmUp         = time.Duration(c.WarmUp * float64(request))
		end            = warmUp + time.Duration(c.Length*float64(request))
		at             []int // the node of each request
		free           []int // numbers of requests that have ended
		loads          = make([]int, c.Nodes)
		nodesWith      = []int{c.Nodes} // by load: how many nodes have it
		inFlight, most int
		arrived, away  int
		peaks          float64 // summed over arrivals, which see what an observer at any time sees
		fullest        float64
		done, arrive   sim.Handler
		broken         error
		boundOf        = func(all int) float64 { return math.Ceil((1 + c.Epsilon) * float64(all) / float64(c.Nodes)) }
		loadOf         = func(node, change int) {
			nodesWith[loads[node]]--
			loads[node] += change
			nodesWith = grown(nodesWith, loads[node])
			nodesWith[loads[node]]++
			most = max(most, loads[node])
			for nodesWith[most] == 0 {
				most--
			}
			inFlight += change
		}
	)
	done = e.Handle(func(id int64) {
		c.Picker.Done(int(id))
		loadOf(at[id], -1)
		free = append(free, int(id))
	})
	arrive = e.Handle(func(int64) {
		counts := e.Now() >= warmUp
		if counts {
			peaks += float64(most)
			arrived++
		}
		id := len(at)
		if last := len(free) - 1; last >= 0 {
			id, free = free[last], free[:last]
		}
		at = grown(at, id)
		key := c.Keys[keys.Next()]
		node := c.Picker.Pick(id, key)
		if node < 0 || node >= c.Nodes {
			broken = fmt.Errorf("ringsim: a picker must pick one of %d nodes: %d", c.Nodes, node)
			e.Stop()
			return
		}
		at[id] = node
		loadOf(node, 1)
		if counts {
			fullest = max(fullest, float64(loads[node])/boundOf(inFlight))
			if node != c.Placement.Owner(key) {
				away++
			}
		}
		e.Schedule(duration.Draw(service), done, int64(id))
		if next := arrivals.Next(e.Now()); next < end {
			e.Schedule(next-e.Now(), arrive, 0)
		} else {
			e.Stop()
		}
	})
	if first := arrivals.Next(0); first < end {
		e.Schedule(first, arrive, 0)
	}
	if err := errors.Join(e.Run(), broken); err != nil {
		return Loads{}, err
	}
	if arrived == 0 {
		return Loads{}, fmt.Errorf("ringsim: a run must have a request after its warm-up: none in %v", c.Length)
	}
	return Loads{peaks / float64(arrived) / c.Mean, float64(away) / float64(arrived), fullest}, nil
}

func (c InFlight) check() error {
	positive := func(x float64) bool { return x > 0 && x <= 1e6 }
	switch {
	case c.Nodes < 1 || c.Placement == nil || c.Picker == nil || len(c.Placement.Members()) != c.Nodes:
		return fmt.Errorf("ringsim: requests in flight need a picker and a placement, both of as many nodes as are said: %d", c.Nodes)
	case len(c.Keys) == 0:
		return errors.New("ringsim: requests in flight must have a key: none given")
	case !positive(c.Mean) || !positive(c.Epsilon) || !positive(c.Length) || !(c.WarmUp >= 0 && c.WarmUp <= 1e6):
		return fmt.Errorf("ringsim: a mean, an epsilon and a length must lie in (0, 1e6], a warm-up in [0, 1e6]: %v, %v, %v, %v", c.Mean, c.Epsilon, c.Length, c.WarmUp)
	}
	return nil
}

// PoissonPeak is the mean of the largest of n independent Poisson numbers, each with the given mean, over that mean: the peak to mean
// of requests in flight whose nodes are drawn at random.
func PoissonPeak(n int, mean float64) float64 {
	// The sum of P(max > k) over k. What is beyond the mean by fifty deviations, and by fifty, is below 1e-20.
	last := int(mean + 50*math.Sqrt(mean) + 50)
	below, sum := 0.0, 0.0
	for k := range last {
		logMass, _ := math.Lgamma(float64(k) + 1)
		below = min(1, below+math.Exp(float64(k)*math.Log(mean)-mean-logMass))
		sum += 1 - math.Pow(below, float64(n))
	}
	return sum / mean
}
