package placing

import (
	"fmt"
	"math"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/hashring/ringsim"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

const (
	hashScatters   = "hash: a scan of m keys asks n(1-(1-1/n)^m) of n nodes, for every m"
	orderKeeps     = "ranges and directory: a scan asks as many nodes as it meets ranges or blocks, for every length"
	rangesScan     = "the longest scan asks less than a third as many nodes of those with a range each as of hashed ones"
	rangesHot      = "a range a node: one node takes all that is written in order, for every length"
	splitsRotate   = "split ranges and directory: what the busiest node takes is what taking turns gives it, for every length"
	splitsNotCool  = "split ranges: of ten keys written in order one node still takes more than nine tenths"
	splitsSpread   = "split ranges: of the most keys written in order no node takes more than twice an even share"
	hashSpreads    = "hash: of the most keys written in order no node takes more than 1.2 times an even share"
	hashGrowsNot   = "hash: what all must know does not grow with the number of keys"
	directoryCosts = "directory: what all must know is more than a hundred times what ranges, one a node, take"
)

func (q *partitioningRun) findings(r *lab.Run) {
	ranges, hash, split, directory := q.results["ranges"], q.results["hash"], q.results["split"], q.results["directory"]
	last := len(q.lengths) - 1
	judge.State(r, hashScatters, q.scattered(hash))
	fanOut := func(p *partitioned) [][]float64 { return p.fanOut }
	busiest := func(p *partitioned) [][]float64 { return p.busiest }
	exactFanOut := func(n ringsim.Neighbours) float64 { return n.FanOut }
	exactBusiest := func(n ringsim.Neighbours) float64 { return n.Busiest }
	byCounting(r, orderKeeps, fanOut, exactFanOut, ranges, split, directory)
	if q.lengths[last] < q.nodes {
		r.NotHere(rangesScan) // such a scan cannot ask many nodes anyway
	} else {
		judge.State(r, rangesScan, []judge.Requirement{judge.AtLeast(hash.fanOut[last], math.Nextafter(3*ranges.fanOut[last][0], math.Inf(1)))})
	}
	byCounting(r, rangesHot, busiest, exactBusiest, ranges)
	byCounting(r, splitsRotate, busiest, exactBusiest, split, directory)
	ten := -1
	for i, length := range q.lengths {
		if length == 10 {
			ten = i
		}
	}
	if ten < 0 {
		r.NotHere(splitsNotCool)
	} else {
		r.Finding(lab.Finding{Sentence: splitsNotCool, Measured: split.busiest[ten][0], Bound: 0.9, Holds: split.busiest[ten][0] > 0.9})
	}
	even := q.evenShare(q.lengths[last])
	r.Finding(lab.Finding{Sentence: splitsSpread, Measured: split.busiest[last][0], Bound: 2 * even, Holds: split.busiest[last][0] <= 2*even})
	judge.State(r, hashSpreads, []judge.Requirement{judge.AtMost(hash.busiest[last], 1.2*even)})
	judge.Exactly(r, hashGrowsNot, float64(hash.bytes[2]), float64(hash.bytes[0]))
	r.Finding(lab.Finding{Sentence: directoryCosts, Measured: float64(directory.bytes[2]), Bound: float64(100 * ranges.bytes[2]),
		Holds: directory.bytes[2] > 100*ranges.bytes[2]})
}

// scattered asks of every length for the exact number of nodes. One key asks one node in every run, and long scans miss a node so seldom that all
// runs together may have seen it never, or once, which makes no interval; of those it asks for one in a thousand at the least. A
// hundred times, a scan with no key of another, is often enough.
func (q *partitioningRun) scattered(hash *partitioned) (all []judge.Requirement) {
	for i, length := range q.lengths {
		exact, nodes := hash.exact[i].FanOut, float64(q.nodes)
		missed := (nodes - exact) * float64(q.stored/length) * float64(hash.runs)
		switch {
		case length == 1:
			all = append(all, equalsNearly(hash.fanOut[i], exact))
		case missed < 100:
			all = append(all, judge.Within(hash.fanOut[i], 0.999*exact, nodes))
		default:
			all = append(all, judge.Equals(hash.fanOut[i], exact))
		}
	}
	return all
}

// byCounting states that what some strategies came to, without anything random, is what counting says. Sums of as many as a hundred thousand
// quotients are rounded; 1e-9 is far more than that, and far less than one key in the wrong place.
func byCounting(r *lab.Run, sentence string, of func(*partitioned) [][]float64, exact func(ringsim.Neighbours) float64, all ...*partitioned) {
	finding, farthest := lab.Finding{Sentence: sentence, Holds: true}, -1.0
	for _, p := range all {
		for i, runs := range of(p) {
			measured, bound := runs[0], exact(p.exact[i])
			off := math.Abs(measured - bound)
			finding.Holds = finding.Holds && off <= 1e-9
			if off > farthest {
				farthest = off
				finding.Measured, finding.Bound = measured, bound
			}
		}
	}
	r.Finding(finding)
}

func (q *partitioningRun) figure() (chart.Figure, error) {
	scans := chart.Lines{Title: "nodes that a scan asks", X: chart.Axis{Name: "keys scanned", Scale: chart.Log}, Y: chart.Axis{Scale: chart.Log}}
	writes := chart.Lines{Title: "share of the busiest node", X: chart.Axis{Name: "keys written in order", Scale: chart.Log}, Y: chart.Axis{Min: new(0.0), Max: new(1.0)}}
	state := chart.Lines{Title: "bytes that all must know", X: chart.Axis{Name: "keys stored", Scale: chart.Log}, Y: chart.Axis{Scale: chart.Log}}
	x := judge.Floats(q.lengths)
	for _, of := range q.partitions {
		p := q.results[of.name]
		scan, write := chart.Line{Name: of.label, Color: of.color, X: x}, chart.Line{Name: of.label, Color: of.color, X: x}
		exact := chart.Line{Color: chart.Theory, X: x}
		for i := range q.lengths {
			if err := addPoint(&scan, p.fanOut[i]); err != nil {
				return chart.Figure{}, err
			}
			if err := addPoint(&write, p.busiest[i]); err != nil {
				return chart.Figure{}, err
			}
			exact.Y = append(exact.Y, p.exact[i].FanOut)
		}
		scans.Series = append(scans.Series, scan)
		if p.runs > 1 && len(x) > 1 {
			scans.Series = append(scans.Series, exact)
		}
		writes.Series = append(writes.Series, write)
		bytes := chart.Line{Name: of.label, Color: of.color, X: judge.Floats(p.stored), Y: judge.Floats(p.bytes)}
		state.Series = append(state.Series, bytes)
	}
	if len(x) > 1 {
		even := chart.Line{Color: chart.Theory, X: x}
		for _, length := range q.lengths {
			even.Y = append(even.Y, q.evenShare(length))
		}
		writes.Series = append(writes.Series, even)
	}
	return chart.Figure{
		Headline: q.headline(),
		Detail: fmt.Sprintf("%d nodes, %s keys; ranges split at %s keys, directory in blocks of %s; hash: %d hash functions, 95%% bands, all else exact; dashed: n(1-(1-1/n)^m), and an even share",
			q.nodes, judge.Commas(q.stored), judge.Commas(q.split), judge.Commas(q.block), q.results["hash"].runs),
		Panels: []chart.Panel{scans, writes, state},
	}, nil
}

// addPoint adds a mean to a line with its band; what is exact has none.
func addPoint(line *chart.Line, runs []float64) error {
	if len(runs) == 1 {
		line.Y = append(line.Y, runs[0])
		return nil
	}
	interval, err := judge.Charted(runs)
	line.Y, line.Low, line.High = append(line.Y, interval.Estimate), append(line.Low, interval.Low), append(line.High, interval.High)
	return err
}

func (q *partitioningRun) headline() string {
	last := len(q.lengths) - 1
	hash, ranges := q.results["hash"], q.results["ranges"]
	return fmt.Sprintf("A scan of %s keys asks %.3g nodes if hashed and %.3g in ranges, where one node takes %.0f%% of what is written in order",
		judge.Commas(q.lengths[last]), judge.Mean(hash.fanOut[last]), ranges.fanOut[last][0], 100*ranges.busiest[last][0])
}
