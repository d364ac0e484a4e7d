// Package placing holds the experiments on placing keys on nodes.
package placing

import (
	"slices"

	"github.com/cespare/xxhash/v2"

	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/hashring/ringsim"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// making is what a placement is made with.
type making struct {
	nodes  int    // the most there will be: an anchor has room for them
	points int    // of each node of a ring; zero means hashring.DefaultPoints
	seed   uint64 // of those that have one: slots do not
}

// placement is one as the experiments know it: its name on the command line, and its family's colour in every chart. Families are
// points on a circle, scores, buckets, tables; and modulo hashing, the baseline.
type placement struct {
	name   string
	label  string
	color  chart.Color
	last   bool // only the node that joined last can leave
	scheme func(m making) hashring.Scheme
}

var allPlacements = []placement{
	{name: "modulo", label: "modulo", color: chart.Baseline, scheme: func(m making) hashring.Scheme {
		return ringsim.ByModulo(func(key string) uint64 { return xxhash.Sum64String(key) ^ m.seed })
	}},
	{name: "ring", label: "ring", color: chart.Blue, scheme: func(m making) hashring.Scheme {
		return hashring.OnRing(hashring.RingOptions{Hashing: hashring.Hashing{Seed: m.seed}, Points: m.points})
	}},
	{name: "rendezvous", label: "rendezvous", color: chart.Green, scheme: func(m making) hashring.Scheme {
		return hashring.ByRendezvous(hashring.Hashing{Seed: m.seed})
	}},
	{name: "jump", label: "jump", color: chart.Orange, last: true, scheme: func(m making) hashring.Scheme {
		return hashring.ByJump(hashring.Hashing{Seed: m.seed})
	}},
	{name: "anchor", label: "anchor", color: chart.Orange, scheme: func(m making) hashring.Scheme {
		return hashring.ByAnchor(m.nodes+max(1, m.nodes/10), hashring.Hashing{Seed: m.seed})
	}},
	{name: "slots", label: "slots", color: chart.Pink, scheme: func(making) hashring.Scheme { return hashring.BySlots() }},
	{name: "maglev", label: "Maglev", color: chart.Pink, scheme: func(m making) hashring.Scheme {
		return hashring.ByMaglev(hashring.MaglevOptions{Hashing: hashring.Hashing{Seed: m.seed}})
	}},
}

// placementParameter declares -placement.
func placementParameter(p *lab.Parameters, placements []placement) []string {
	names := make([]string, len(placements))
	for i, of := range placements {
		names[i] = of.name
	}
	return p.Choices("placement", names, names, "placements")
}

// chosen are the placements that were asked for, in the table's order.
func chosen(placements []placement, asked []string) []placement {
	return slices.DeleteFunc(slices.Clone(placements), func(of placement) bool { return !slices.Contains(asked, of.name) })
}
