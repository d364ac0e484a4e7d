package placing

import (
	"fmt"
	"math"
	"slices"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/hashring/ringsim"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
)

// Partitioning puts the same ordered keys on nodes by hash, by ranges and by a directory, and asks of each three things: how many nodes a scan
// of neighbouring keys asks, how much one node gets of keys that are written in order, and what all who look keys up must know. Jump hash
// stands for hashes, because its shares are equal. Ranges are one a node, and what is written at their end goes to the last; or they
// are split whenever the last one is full, and the new one goes to the next node in turn. The directory gives keys to nodes in turn,
// some at a time, by an entry for each key.
//
// Scans and writes are averaged over all places where they can begin, which is exact where nothing is hashed.
//
// In data.csv quantity is nodes_touched by a scan of so many keys, busiest_share, the part that one node gets of so many keys that are
// written in order, or state_bytes for so many stored keys: names of nodes, starts of ranges, keys of the directory, and four bytes
// that say a node. exact is what it is by counting, on average over hash functions for nodes touched by hashed keys.
var Partitioning = partitioning(allPartitions, judge.Effort{})

// partition is a strategy as this experiment knows it.
type partition struct {
	name  string
	label string
	color chart.Color
	make  func(p *partitioningRun, keys []string, stored int, seed uint64) (hashring.Placement, error)

	// run is how many keys a node gets in its turn, of stored ones; zero if keys are hashed.
	run func(p *partitioningRun, stored int) int
	// tail says that keys beyond the stored ones go on in turn; otherwise the last node has them.
	tail bool
}

// allPartitions begin with the naive way to keep an order.
var allPartitions = []partition{
	{name: "ranges", label: "a range a node", color: chart.Baseline,
		run: func(p *partitioningRun, stored int) int { return (stored + p.nodes - 1) / p.nodes },
		make: func(p *partitioningRun, keys []string, stored int, _ uint64) (hashring.Placement, error) {
			return ringsim.RangesInTurn(ringsim.Members(p.nodes), keys[:stored], (stored+p.nodes-1)/p.nodes)
		}},
	{name: "hash", label: "hash", color: chart.Orange,
		run: func(*partitioningRun, int) int { return 0 },
		make: func(p *partitioningRun, _ []string, _ int, seed uint64) (hashring.Placement, error) {
			return hashring.NewJump(ringsim.Members(p.nodes), hashring.Hashing{Seed: seed})
		}},
	{name: "split", label: "split ranges", color: chart.Green, tail: true,
		run: func(p *partitioningRun, _ int) int { return p.split },
		make: func(p *partitioningRun, keys []string, _ int, _ uint64) (hashring.Placement, error) {
			return ringsim.RangesInTurn(ringsim.Members(p.nodes), keys, p.split)
		}},
	{name: "directory", label: "directory", color: chart.Pink, tail: true,
		run: func(p *partitioningRun, _ int) int { return p.block },
		make: func(p *partitioningRun, keys []string, _ int, seed uint64) (hashring.Placement, error) {
			rest, err := hashring.NewJump(ringsim.Members(p.nodes), hashring.Hashing{Seed: seed})
			if err != nil {
				return nil, err
			}
			return ringsim.DirectoryInTurn(rest, keys, p.block)
		}},
}

func partitioning(partitions []partition, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "partitioning",
		Topic:    "placing",
		Question: "What do scans, writes in order and lookups cost by hash, by ranges and by a directory?",
		Guide:    []string{"part.hash", "part.range", "part.directory"},
		Packages: []string{"hashring.Jump", "hashring.Ranges", "hashring.Directory", "hashring/ringsim"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			q := &partitioningRun{partitions: partitions, effort: effort}
			q.nodes = p.Int("nodes", 20, "nodes", "that keys are placed on", lab.Within(2, 1_000))
			q.stored = p.Int("keys", 100_000, "keys", "stored before writing begins", lab.Within(100, 300_000))
			q.lengths = p.Ints("length", []int{1, 10, 100, 1_000, 10_000}, "keys", "neighbours that are scanned, or written in order", lab.Within(1, 30_000))
			q.split = p.Int("split", 1_000, "keys", "that the last range has when it is split", lab.Within(1, 100_000))
			q.block = p.Int("block", 100, "keys", "that the directory gives to one node at a time", lab.Within(1, 100_000))
			p.Refuse(q.unfit())
			return q.run
		},
	}
}

type partitioningRun struct {
	partitions []partition
	effort     judge.Effort
	nodes      int
	stored     int
	lengths    []int // ascending in a run
	split      int
	block      int

	keys    []string // the stored ones, and those that are written
	results map[string]*partitioned
}

// partitioned is what one strategy came to, by length and run; there is one run where nothing is random.
type partitioned struct {
	runs            int
	fanOut, busiest [][]float64
	exact           []ringsim.Neighbours // by length; NaN where it is not known
	stored, bytes   []int
}

func (q *partitioningRun) unfit() error {
	const mostRanges = 2_000
	if longest := slices.Max(q.lengths); longest > q.stored {
		return fmt.Errorf("-length must be at most the stored -keys: %d of %d", longest, q.stored)
	}
	if all := q.stored + q.written(); all/q.split > mostRanges {
		return fmt.Errorf("-split, -keys and -length must leave at most %d ranges: %d keys in ranges of %d", mostRanges, all, q.split)
	}
	return nil
}

// written is how many keys are written in order: twice as many as are looked at together, so that there is more than one place to begin.
func (q *partitioningRun) written() int { return 2 * slices.Max(q.lengths) }

func (q *partitioningRun) run(r *lab.Run) (err error) {
	slices.Sort(q.lengths)
	if q.keys, err = ringsim.OrderedKeys(q.stored + q.written()); err != nil {
		return err
	}
	q.results = map[string]*partitioned{}
	table := r.Table("placement", "quantity", "keys", "value", "low", "high", "runs", "exact")
	for _, of := range q.partitions {
		r.Progress("%s, %d keys", of.label, len(q.keys))
		result, err := q.measure(r, of)
		if err != nil {
			return fmt.Errorf("%s: %w", of.name, err)
		}
		q.results[of.name] = result
		for i, length := range q.lengths {
			for _, of2 := range []struct {
				quantity string
				runs     []float64
				exact    float64
			}{
				{"nodes_touched", result.fanOut[i], result.exact[i].FanOut},
				{"busiest_share", result.busiest[i], result.exact[i].Busiest},
			} {
				value, low, high, err := ends(of2.runs)
				if err != nil {
					return err
				}
				table.Row(of.name, of2.quantity, length, value, low, high, result.runs, of2.exact)
			}
		}
		for i, stored := range result.stored {
			table.Row(of.name, "state_bytes", stored, result.bytes[i], nil, nil, 1, result.bytes[i])
		}
	}
	q.findings(r)
	figure, err := q.figure()
	if err == nil {
		r.Figure(figure)
	}
	return err
}

// ends are a mean and its 95% interval; a single run is exact, and has none.
func ends(runs []float64) (mean float64, low, high any, err error) {
	if len(runs) == 1 {
		return runs[0], nil, nil, nil
	}
	interval, err := judge.Charted(runs)
	return interval.Estimate, interval.Low, interval.High, err
}

func (q *partitioningRun) measure(r *lab.Run, of partition) (*partitioned, error) {
	runs := 1
	if of.run(q, q.stored) == 0 {
		runs = q.effort.Runs(24, 100, r.Full)
	}
	all, err := sim.Replicate(r.Seed, runs, func(e *sim.Engine) ([][2]ringsim.Neighbours, error) {
		p, err := of.make(q, q.keys, q.stored, e.Stream("placement").Uint64())
		if err != nil {
			return nil, err
		}
		owners := ringsim.OwnersOf(p, q.keys)
		both := make([][2]ringsim.Neighbours, len(q.lengths))
		for i, length := range q.lengths {
			if both[i][0], err = ringsim.MeanNeighbours(owners[:q.stored], length); err != nil {
				return nil, err
			}
			if both[i][1], err = ringsim.MeanNeighbours(owners[q.stored:], length); err != nil {
				return nil, err
			}
		}
		return both, nil
	})
	if err != nil {
		return nil, err
	}
	result := &partitioned{runs: runs}
	for i, length := range q.lengths {
		result.fanOut = append(result.fanOut, judge.Column(all, func(both [][2]ringsim.Neighbours) float64 { return both[i][0].FanOut }))
		result.busiest = append(result.busiest, judge.Column(all, func(both [][2]ringsim.Neighbours) float64 { return both[i][1].Busiest }))
		result.exact = append(result.exact, q.exact(of, length))
	}
	for _, part := range []int{100, 10, 1} {
		stored := q.stored / part
		p, err := of.make(q, q.keys[:stored], stored, 0)
		if err != nil {
			return nil, err
		}
		result.stored = append(result.stored, stored)
		result.bytes = append(result.bytes, ringsim.StateBytes(p, len(q.keys[0])))
	}
	return result, nil
}

// exact is what is known of a strategy.
func (q *partitioningRun) exact(of partition, length int) ringsim.Neighbours {
	run := of.run(q, q.stored)
	if run == 0 {
		return ringsim.Neighbours{FanOut: ringsim.HashedFanOut(q.nodes, length), Busiest: math.NaN()}
	}
	exact := ringsim.InTurn(q.nodes, run, 0, q.stored, length)
	exact.Busiest = 1
	if of.tail {
		exact.Busiest = ringsim.InTurn(q.nodes, run, q.stored, q.written(), length).Busiest
	}
	return exact
}

// evenShare is the least that the busiest node can have of so many keys.
func (q *partitioningRun) evenShare(length int) float64 {
	return math.Ceil(float64(length)/float64(q.nodes)) / float64(length)
}
