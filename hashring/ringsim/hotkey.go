package ringsim

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

// Work is what a traffic gives each node to do, in requests: if all of it wrote, and if all of it read. A request that asks several nodes is
// work for each of them, so that there can be more work than requests.
type Work struct{ Writes, Reads []float64 }

// newWork begins with every key that is not among the hot ones at its owner.
func newWork(q Requests, counts []int, p hashring.Placement, hot []int32) Work {
	isHot := make([]bool, len(q.Keys))
	for _, key := range hot {
		isHot[key] = true
	}
	w := Work{make([]float64, len(p.Members())), make([]float64, len(p.Members()))}
	for i, key := range q.Keys {
		if !isHot[i] && counts[i] > 0 {
			owner := p.Owner(key)
			w.Writes[owner] += float64(counts[i])
			w.Reads[owner] += float64(counts[i])
		}
	}
	return w
}

// part is how many of a number of requests, that are served in turn, are the i-th of so many servers'.
func part(requests, i, servers int) float64 {
	whole := requests / servers
	if i < requests%servers {
		whole++
	}
	return float64(whole)
}

// Plain is every key at its owner.
func Plain(q Requests, p hashring.Placement) Work { return newWork(q, q.Counts(), p, nil) }

// Salted has some hot keys under several, each a copy with an owner of its own. A write goes to one copy, in turn, and a read
// asks all of them.
func Salted(q Requests, p hashring.Placement, hot []int32, salt hashring.Salt) Work {
	counts := q.Counts()
	w := newWork(q, counts, p, hot)
	for _, key := range hot {
		w.addSalted(p, q.Keys[key], counts[key], salt)
	}
	return w
}

func (w Work) addSalted(p hashring.Placement, key string, requests int, salt hashring.Salt) {
	for copied := range salt.Ways() {
		owner := p.Owner(salt.Key(key, uint64(copied)))
		w.Writes[owner] += part(requests, copied, salt.Ways())
		w.Reads[owner] += float64(requests)
	}
}

// Replicated has some hot keys on several owners. A read asks one of them, in turn, and a write goes to all.
func Replicated(q Requests, p hashring.Placement, hot []int32, owners int) (Work, error) {
	counts := q.Counts()
	w := newWork(q, counts, p, hot)
	for _, key := range hot {
		if err := w.addReplicated(p, q.Keys[key], counts[key], owners); err != nil {
			return Work{}, err
		}
	}
	return w, nil
}

func (w Work) addReplicated(p hashring.Placement, key string, requests, owners int) error {
	var buffer [16]int
	nodes, err := p.AppendOwners(buffer[:0], key, owners)
	if err != nil {
		return err
	}
	for i, node := range nodes {
		w.Reads[node] += part(requests, i, owners)
		w.Writes[node] += float64(requests)
	}
	return nil
}

// Bounded has as many requests in flight as there are, none of which ends, under [hashring.Bounded]: work by node, and how many nodes
// the given key is on then, each of which a write would have to reach.
func Bounded(q Requests, p hashring.Placement, epsilon float64, key int32) (work []float64, nodes int, err error) {
	bounded, err := hashring.NewBounded(p, epsilon)
	if err != nil {
		return nil, 0, err
	}
	work = make([]float64, len(p.Members()))
	with := make([]bool, len(work))
	for _, i := range q.Order {
		token := bounded.Pick(q.Keys[i])
		work[token.Node()]++
		if i == key && !with[token.Node()] {
			with[token.Node()] = true
			nodes++
		}
	}
	return work, nodes, nil
}

// Bucketed cuts the traffic into equal slices of time, each with a bucket of its own for every key. It returns the peak over the mean of
// a slice, on average over the slices, and what is stored on each node in the end.
func Bucketed(q Requests, p hashring.Placement, slicesOfTime int) (atATime float64, stored []float64, err error) {
	if slicesOfTime < 1 || slicesOfTime > len(q.Order) {
		return 0, nil, fmt.Errorf("ringsim: slices of time must have a request each: %d of %d", slicesOfTime, len(q.Order))
	}
	const width = time.Hour
	buckets, err := hashring.NewTimeBuckets(width)
	if err != nil {
		return 0, nil, err
	}
	var key []byte
	stored = make([]float64, len(p.Members()))
	for s := range slicesOfTime {
		begin, end := len(q.Order)*s/slicesOfTime, len(q.Order)*(s+1)/slicesOfTime
		during := make([]float64, len(stored))
		counts := Requests{q.Keys, q.Order[begin:end]}.Counts()
		for i, count := range counts {
			if count == 0 {
				continue
			}
			key = buckets.AppendKey(key[:0], q.Keys[i], time.Unix(0, 0).Add(time.Duration(s)*width))
			during[p.Owner(string(key))] += float64(count)
		}
		for node, work := range during {
			stored[node] += work
		}
		atATime += PeakToMean(during, end-begin) / float64(slicesOfTime)
	}
	return atATime, stored, nil
}

// PeakToMean is the busiest node's work, over the requests that there are for each node.
func PeakToMean(work []float64, requests int) float64 {
	return slices.Max(work) * float64(len(work)) / float64(requests)
}

// PeakToMean is that of a traffic with a share of reads, from 0 to 1.
func (w Work) PeakToMean(requests int, reads float64) float64 {
	work := make([]float64, len(w.Writes))
	for node := range work {
		work[node] = (1-reads)*w.Writes[node] + reads*w.Reads[node]
	}
	return PeakToMean(work, requests)
}

// Cooling is what to do about hot keys: nothing, if there are none of them.
type Cooling struct {
	Hot       []int32 // the hottest first
	Ways      int     // how many copies or owners each of them has
	Replicate bool    // owners, instead of the copies of a salt

	PeakToMean float64 // on average over the placements
	Extra      float64 // work that it adds, over the work without it
	Enough     bool    // PeakToMean is at most what was wanted; if not, this is the lowest there was
}

// Cool finds what brings the busiest node's work down to what is wanted, as a multiple of the mean without it, for the least
// extra work, and with as few copies as that allows: so many of the keys, the hottest first, salted or on several owners. Because nobody
// knows where the copies of a key will be, it judges by the average of several placements, which must have as many nodes each.
func Cool(q Requests, placements []hashring.Placement, hottest []int32, reads, wanted float64) (Cooling, error) {
	if len(placements) == 0 || len(q.Order) == 0 {
		return Cooling{}, errors.New("ringsim: cooling needs a placement and a traffic: none given")
	}
	if !(reads >= 0 && reads <= 1) || !(wanted >= 1) {
		return Cooling{}, fmt.Errorf("ringsim: a share of reads must lie in [0, 1], a wanted peak over the mean must be 1 or more: %v, %v", reads, wanted)
	}
	c := cooler{q: q, counts: q.Counts(), placements: placements, hottest: hottest, reads: reads, wanted: wanted}
	best := Cooling{PeakToMean: c.mean(c.begin())}
	best.Enough = best.PeakToMean <= wanted
	if best.Enough {
		return best, nil
	}
	for _, ways := range waysToTry {
		for _, replicate := range []bool{false, true} {
			if replicate && ways > len(placements[0].Members()) {
				continue
			}
			if err := c.try(&best, ways, replicate); err != nil {
				return Cooling{}, err
			}
		}
	}
	return best, nil
}

// waysToTry are near enough to one another.
var waysToTry = []int{2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64, 96, 128}

type cooler struct {
	q             Requests
	counts        []int
	placements    []hashring.Placement
	hottest       []int32
	reads, wanted float64
	plain         []Work // by placement
}

// begin is the work without anything, by placement: a copy.
func (c *cooler) begin() []Work {
	if c.plain == nil {
		for _, p := range c.placements {
			c.plain = append(c.plain, newWork(c.q, c.counts, p, nil))
		}
	}
	all := make([]Work, len(c.plain))
	for i, w := range c.plain {
		all[i] = Work{slices.Clone(w.Writes), slices.Clone(w.Reads)}
	}
	return all
}

func (c *cooler) mean(all []Work) float64 {
	sum := 0.0
	for _, w := range all {
		sum += w.PeakToMean(len(c.q.Order), c.reads)
	}
	return sum / float64(len(all))
}

// try takes one hot key after the other, and keeps what is better than the best.
func (c *cooler) try(best *Cooling, ways int, replicate bool) error {
	salt, err := hashring.NewSalt(ways)
	if err != nil {
		return err
	}
	all, extra := c.begin(), 0.0
	for n, key := range c.hottest {
		name, count := c.q.Keys[key], c.counts[key]
		for i, p := range c.placements {
			owner := p.Owner(name)
			all[i].Writes[owner] -= float64(count)
			all[i].Reads[owner] -= float64(count)
			if !replicate {
				all[i].addSalted(p, name, count, salt)
			} else if err := all[i].addReplicated(p, name, count, ways); err != nil {
				return err
			}
		}
		each := c.reads
		if replicate {
			each = 1 - c.reads
		}
		extra += each * float64((ways-1)*count) / float64(len(c.q.Order))
		peak := c.mean(all)
		next := Cooling{slices.Clone(c.hottest[:n+1]), ways, replicate, peak, extra, peak <= c.wanted}
		if next.better(*best) {
			*best = next
		}
		if next.Enough {
			break // more keys are more work
		}
	}
	return nil
}

// better says which of two is to be preferred.
func (c Cooling) better(than Cooling) bool {
	switch {
	case c.Enough != than.Enough:
		return c.Enough
	case !c.Enough:
		return c.PeakToMean < than.PeakToMean
	case c.Extra != than.Extra:
		return c.Extra < than.Extra
	}
	return len(c.Hot)*c.Ways < len(than.Hot)*than.Ways
}
