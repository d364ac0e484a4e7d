package balancing

import (
	"math/rand/v2"

	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/loadbalance"
)

// policy is a picker as the balancing experiments know it: its name on the command line and its colour in every chart.
type policy struct {
	name  string
	label string
	color chart.Color
	make  func(endpoints []loadbalance.Endpoint[int], src rand.Source) (loadbalance.Picker[int], error)

	// looks says that the policy looks at load. Queues that nobody looks at are slow to forget where they began.
	looks bool
}

// allPolicies are in the order of the charts' rows: the naive baseline first.
var allPolicies = []policy{
	{name: "random", label: "random", color: chart.Baseline,
		make: func(e []loadbalance.Endpoint[int], src rand.Source) (loadbalance.Picker[int], error) {
			return loadbalance.NewRandom(e, src)
		}},
	{name: "round-robin", label: "round robin", color: chart.Orange,
		make: func(e []loadbalance.Endpoint[int], src rand.Source) (loadbalance.Picker[int], error) {
			return loadbalance.NewRoundRobin(e, src)
		}},
	{name: "two-choices", label: "two choices", color: chart.Blue, looks: true, make: choices(2)},
	{name: "three-choices", label: "three choices", color: chart.Pink, looks: true, make: choices(3)},
	{name: "least-connections", label: "least connections", color: chart.Green, looks: true,
		make: func(e []loadbalance.Endpoint[int], src rand.Source) (loadbalance.Picker[int], error) {
			return loadbalance.NewLeastConnections(e, src)
		}},
}

func choices(d int) func([]loadbalance.Endpoint[int], rand.Source) (loadbalance.Picker[int], error) {
	return func(e []loadbalance.Endpoint[int], src rand.Source) (loadbalance.Picker[int], error) {
		return loadbalance.NewPowerOfChoices(e, d, src)
	}
}
