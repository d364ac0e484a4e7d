package placing

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/hashring/ringsim"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// HotKey draws the work of the busiest of some nodes on a ring, over the mean, when some keys are much hotter than others: against the
// number of virtual nodes, and against the share of reads, for each remedy. With a list of the reader's own keys it looks at those, and ends
// in a recommendation.
//
// Salted are the hottest keys, as hashring.TopK finds them, each under several names of which a write goes to one, in turn, and a read asks
// all; replicated are the same keys on as many owners, of which a read asks one and a write all. Time buckets give every key another
// name in each tenth of the traffic, and bounded loads serve a request wherever there is room.
//
// In data.csv peak_to_mean is the busiest node's work over the requests that there are for each node: a request that asks several nodes is work for
// each, so the mean of all can be above 1. With time buckets it is that of a tenth of the traffic, and stored_peak_to_mean that of all that was written in
// the end. read_asks and write_reaches are, for a hot key, how many copies or nodes a read asks and a write goes to. The rows "even-keys" are
// a traffic that asks for every key once; the rows "none" are adjusted by a control variate, the exact load of the hottest key's node. In rows with a key the peak is what that key alone would give its node.
var HotKey = hotKey(allRemedies, judge.Effort{})

// remedies are what can be done about hot keys.
type remedies struct {
	plain      func(ringsim.Requests, hashring.Placement) ringsim.Work
	salted     func(ringsim.Requests, hashring.Placement, []int32, hashring.Salt) ringsim.Work
	replicated func(ringsim.Requests, hashring.Placement, []int32, int) (ringsim.Work, error)
	bounded    func(ringsim.Requests, hashring.Placement, float64, int32) ([]float64, int, error)
	bucketed   func(ringsim.Requests, hashring.Placement, int) (float64, []float64, error)
}

var allRemedies = remedies{ringsim.Plain, ringsim.Salted, ringsim.Replicated, ringsim.Bounded, ringsim.Bucketed}

const (
	zipfKeys   = 10_000
	timeSlices = 10

	standardSkew     = 1.0
	standardRequests = 20_000
	standardReads    = 0.0
	standardWanted   = 1.25
)

func hotKey(with remedies, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "hot-key",
		Topic:    "placing",
		Question: "What cools a hot key, and what does it cost?",
		Guide:    []string{"part.hot", "part.vnodes"},
		Packages: []string{"hashring.Ring", "hashring.TopK", "hashring.Salt", "hashring.Bounded", "hashring.TimeBuckets", "hashring/ringsim"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			h := &hotRun{with: with, effort: effort}
			h.list, h.own = lab.DataValue(p, "keys", "none", "a file of your own keys, one a line, a line for each request", ringsim.ReadKeys)
			h.nodes = p.Int("nodes", 10, "nodes", "how many there are", lab.Within(2, 1000))
			h.vnodes = p.Ints("vnodes", []int{10, 100, 1000}, "points", "numbers of virtual nodes of a node", lab.Within(1, 10_000))
			h.skew = p.Float("skew", standardSkew, "", "exponent of the Zipf distribution of the keys that are drawn", lab.Within(0.0, 5.0))
			h.requests = p.Int("requests", standardRequests, "requests", "how many are drawn in a run", lab.Within(100, 1_000_000))
			h.hot = p.Int("hot", 10, "keys", "how many of the hottest are treated", lab.Within(1, 1000))
			h.ways = p.Int("ways", 10, "copies", "how many each of them has, at most one a node where they are replicated", lab.Within(1, 1000))
			h.epsilon = p.Float("epsilon", 0.25, "of the mean", "how far above it bounded loads let a node be", lab.Within(0.001, 1000.0))
			h.reads = p.Float("reads", standardReads, "of requests", "the share of reads that the recommendation is for", lab.Within(0.0, 1.0))
			h.wanted = p.Float("wanted", standardWanted, "times the mean", "what the busiest node may have, for the recommendation", lab.Within(1.0, 1000.0))
			p.Refuse(h.unfit())
			return h.run
		},
	}
}

type hotRun struct {
	with    remedies
	effort  judge.Effort
	list    lab.Source
	own     ringsim.Requests // of the list
	nodes   int
	vnodes  []int // ascending in a run
	skew    float64
	hot     int
	ways    int
	epsilon float64
	reads   float64
	wanted  float64

	requests int         // of a run
	results  [][]hotWork // by number of virtual nodes; of each run
}

// hotWork is what one traffic makes of one ring.
type hotWork struct {
	plain, salted, replicated ringsim.Work

	bounded     float64 // peak to mean
	fullest     float64 // the busiest node's requests under bounded loads, over their bound
	nodesWith   float64 // of the hottest key, under bounded loads
	moment      float64 // peak to mean of a slice of time, with time buckets
	stored      float64 // and of what they store
	even        float64 // peak to mean of keys that are asked for once each
	hottestNode float64 // the work of the hottest key's owner, over the mean
	exact       float64 // what that is on average over rings, given this traffic
}

func (h *hotRun) unfit() error {
	const mostPoints = 1_000_000
	switch {
	case !h.list.Given() && (h.reads != standardReads || h.wanted != standardWanted):
		return fmt.Errorf("-reads and -wanted are for a recommendation, and need -keys: %v, %v", h.reads, h.wanted)
	case h.list.Given() && h.skew != standardSkew:
		return fmt.Errorf("-skew is for keys that are drawn, and does not go with -keys: %v", h.skew)
	case h.list.Given() && h.requests != standardRequests:
		return fmt.Errorf("-requests is for keys that are drawn, and does not go with -keys: %v", h.requests)
	case h.nodes*slices.Max(h.vnodes) > mostPoints:
		return fmt.Errorf("-nodes and -vnodes must leave a ring at most %d points: %d", mostPoints, h.nodes*slices.Max(h.vnodes))
	case h.hot*h.ways > mostPoints/10:
		return fmt.Errorf("-hot and -ways must leave at most %d copies: %d", mostPoints/10, h.hot*h.ways)
	}
	return nil
}

// owners of a replicated key are nodes of their own.
func (h *hotRun) owners() int { return min(h.ways, h.nodes) }

func (h *hotRun) run(r *lab.Run) error {
	slices.Sort(h.vnodes)
	runs := h.effort.Runs(64, 400, r.Full)
	if own := h.own.Order; own != nil {
		h.requests = len(own)
		runs = max(min(6, runs), min(runs, runs*standardRequests/len(own))) // a long list varies with the rings only
	}
	names := make([]string, zipfKeys)
	for i := range names {
		names[i] = "key-" + strconv.Itoa(i+1)
	}
	h.results = nil
	for _, vnodes := range h.vnodes {
		r.Progress("%s requests on %d nodes of %d virtual nodes", judge.Commas(h.requests), h.nodes, vnodes)
		works, err := h.measure(r.Seed, runs, names, vnodes)
		if err != nil {
			return fmt.Errorf("%d virtual nodes: %w", vnodes, err)
		}
		h.results = append(h.results, works)
	}
	if err := h.table(r); err != nil {
		return err
	}
	h.findings(r)
	if h.list.Given() {
		if err := h.recommend(r); err != nil {
			return err
		}
	}
	figure, err := h.figure(runs)
	if err == nil {
		r.Figure(figure)
	}
	return err
}

// measure replicates the traffic, each time on another ring, with every remedy. A list of keys is the same traffic each time.
func (h *hotRun) measure(seed uint64, runs int, names []string, vnodes int) ([]hotWork, error) {
	return sim.Replicate(seed, runs, func(e *sim.Engine) (hotWork, error) {
		q := h.own
		if q.Order == nil {
			zipf, err := workload.NewZipf(h.skew, len(names), e.Stream("keys"))
			if err != nil {
				return hotWork{}, err
			}
			q = ringsim.Requests{Keys: names, Order: make([]int32, h.requests)}
			for i := range q.Order {
				q.Order[i] = int32(zipf.Next())
			}
		}
		ring, err := h.ring(vnodes, e.Stream("ring").Uint64())
		if err != nil {
			return hotWork{}, err
		}
		return h.one(q, ring)
	})
}

func (h *hotRun) ring(vnodes int, seed uint64) (*hashring.Ring, error) {
	return hashring.NewRing(ringsim.Members(h.nodes), hashring.RingOptions{Hashing: hashring.Hashing{Seed: seed}, Points: vnodes})
}

func (h *hotRun) one(q ringsim.Requests, ring *hashring.Ring) (w hotWork, err error) {
	hot, err := hottest(q, h.hot)
	if err != nil {
		return w, err
	}
	salt, err := hashring.NewSalt(h.ways)
	if err != nil {
		return w, err
	}
	n := len(q.Order)
	w.plain = h.with.plain(q, ring)
	w.salted = h.with.salted(q, ring, hot, salt)
	if w.replicated, err = h.with.replicated(q, ring, hot, h.owners()); err != nil {
		return w, err
	}
	bounded, with, err := h.with.bounded(q, ring, h.epsilon, hot[0])
	if err != nil {
		return w, err
	}
	w.bounded, w.nodesWith = ringsim.PeakToMean(bounded, n), float64(with)
	w.fullest = slices.Max(bounded) / math.Ceil((1+h.epsilon)*float64(n)/float64(h.nodes))
	var stored []float64
	if w.moment, stored, err = h.with.bucketed(q, ring, min(timeSlices, n)); err != nil {
		return w, err
	}
	w.stored = ringsim.PeakToMean(stored, n)

	once := ringsim.Requests{Keys: q.Keys, Order: make([]int32, len(q.Keys))}
	for i := range once.Order {
		once.Order[i] = int32(i)
	}
	w.even = h.with.plain(once, ring).PeakToMean(len(once.Order), 0)

	// The node that owns one key owns another one with a probability of E[sum of the squares of all shares]: 1/n times 1 plus their relative
	// variance, (n-1)/(n*v+1).
	nodes, points := float64(h.nodes), float64(ring.Points())
	share := float64(q.Counts()[hot[0]]) / float64(n)
	w.hottestNode = w.plain.Writes[ring.Owner(q.Keys[hot[0]])] * nodes / float64(n)
	w.exact = nodes*share + (1-share)*(1+(nodes-1)/(points+1))
	return w, nil
}

// hottest finds the n hottest keys with fifty times as many counters: whatever is more than a fiftieth of an n-th of the traffic has one.
func hottest(q ringsim.Requests, n int) ([]int32, error) {
	top, err := q.Hottest(n, 50*n)
	if err != nil {
		return nil, err
	}
	if len(top) == 0 {
		return nil, errors.New("a traffic must have a request: it has none")
	}
	hot := make([]int32, len(top))
	for i, c := range top {
		hot[i] = c.Key
	}
	return hot, nil
}
