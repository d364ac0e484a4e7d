// Command examples runs the project's experiments: each asks a question, states findings with their numbers, and
// draws a chart. go run ./examples -h explains the flags; go run ./examples list shows what there is.
package main

import (
	"os"

	"github.com/sysdesign-lab/sysdesign/examples/agreeing"
	"github.com/sysdesign-lab/sysdesign/examples/balancing"
	"github.com/sysdesign-lab/sysdesign/examples/caching"
	"github.com/sysdesign-lab/sysdesign/examples/estimating"
	"github.com/sysdesign-lab/sysdesign/examples/limiting"
	"github.com/sysdesign-lab/sysdesign/examples/ordering"
	"github.com/sysdesign-lab/sysdesign/examples/placing"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// catalogue is every topic and every experiment, in the order of the list and of the gallery.
var catalogue = lab.Catalogue{
	Topics: []string{"balancing", "limiting", "placing", "caching", "ordering", "agreeing", "estimating"},
	Tour:   tour,
	Experiments: []lab.Experiment{
		balancing.Utilisation,
		balancing.StaleLoad,
		balancing.ManyBalancers,
		balancing.BallsIntoBins,
		balancing.RealProxy,
		limiting.Envelope,
		limiting.Burst,
		limiting.Fairness,
		limiting.LimiterMemory,
		placing.VirtualNodes,
		placing.Resize,
		placing.PlacementCost,
		placing.LookupTime,
		placing.HotKey,
		placing.BoundedLoad,
		placing.Partitioning,
		placing.EpochSkew,
		placing.ShuffleSharding,
		placing.ZoneLoss,
		caching.HitRatio,
		caching.MissCurve,
		caching.ScanResistance,
		caching.HitRatioCliff,
		caching.Layers,
		caching.CardinalityOfKeys,
		caching.ColdStart,
		ordering.LostUpdates,
		ordering.LamportOrder,
		ordering.Siblings,
		ordering.ClockStep,
		ordering.Cart,
		agreeing.Explain,
		agreeing.Staleness,
		agreeing.ChooseQuorum,
		agreeing.QuorumLoad,
		estimating.BackOfEnvelope,
		estimating.QueueTheory,
		estimating.PeakFactor,
		estimating.LatencyBudget,
		estimating.TailAtScale,
		estimating.Pooling,
		estimating.Availability,
		estimating.AveragedP99,
		estimating.IDCollisions,
		estimating.NegativeLookups,
	},
}

// tour names the most striking experiments, eight at most: those that run when none is named.
var tour = []string{"utilisation", "stale-load", "many-balancers", "real-proxy", "envelope", "virtual-nodes", "hot-key", "lost-updates"}

func main() {
	os.Exit(catalogue.Main(os.Args[1:], os.Stdout, os.Stderr))
}
