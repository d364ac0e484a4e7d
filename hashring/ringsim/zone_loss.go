package ringsim

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

// Replication says how many nodes own each key, and whether zones are regarded.
type Replication struct {
	Replicas int
	Spread   bool // over zones, by AppendSpread; otherwise zones are ignored, by AppendOwners
}

// ZoneLost is what is left when all nodes of a zone fail at once and nothing has been copied since.
type ZoneLost struct {
	Zone string
	Left []float64 // by number of replicas left, from none to all: the share of the keys

	// NoMajority is the share of the keys of whose replicas no majority, more than half, is left.
	NoMajority float64

	// Mean and Busiest are the keys that a surviving node serves, on average and at the most, over an equal part of all keys for each
	// node that there was. A key is served by the first of its owners that is left.
	Mean, Busiest float64
}

// LoseZones loses each zone in turn, in the order of their names. It also says how full nodes are: fullest is the replicas on the fullest
// zone's nodes over an equal part for each node.
func LoseZones(p hashring.Placement, keys []string, r Replication) (lost []ZoneLost, fullest float64, err error) {
	if p == nil || len(keys) == 0 {
		return nil, 0, fmt.Errorf("ringsim: there must be a placement and keys: %T, %d keys", p, len(keys))
	}
	members := p.Members()
	index, sizes := map[string]int{}, map[string]int{}
	for _, m := range members {
		sizes[m.Zone]++
	}
	for i, zone := range slices.Sorted(maps.Keys(sizes)) {
		index[zone] = i
		lost = append(lost, ZoneLost{Zone: zone, Left: make([]float64, max(r.Replicas, 0)+1)})
	}
	zones := make([]int, len(members)) // by node
	for i, m := range members {
		zones[i] = index[m.Zone]
	}
	served := make([][]int, len(lost)) // by zone that is lost, and node
	for i := range served {
		served[i] = make([]int, len(members))
	}
	stored := make([]int, len(lost))
	here := make([]int, len(lost)) // replicas of a key
	var owners []int
	for _, key := range keys {
		if r.Spread {
			owners, err = p.AppendSpread(owners[:0], key, r.Replicas)
		} else {
			owners, err = p.AppendOwners(owners[:0], key, r.Replicas)
		}
		if err != nil {
			return nil, 0, err
		}
		clear(here)
		for _, owner := range owners {
			here[zones[owner]]++
			stored[zones[owner]]++
		}
		for zone := range lost {
			left := r.Replicas - here[zone]
			lost[zone].Left[left]++
			if 2*left <= r.Replicas {
				lost[zone].NoMajority++
			}
			for _, owner := range owners {
				if zones[owner] != zone {
					served[zone][owner]++
					break
				}
			}
		}
	}
	all, nodes := float64(len(keys)), float64(len(members))
	for zone := range lost {
		l := &lost[zone]
		for i := range l.Left {
			l.Left[i] /= all
		}
		l.NoMajority /= all
		sum, most := 0, 0
		for _, n := range served[zone] {
			sum += n
			most = max(most, n)
		}
		if left := len(members) - sizes[l.Zone]; left > 0 {
			l.Mean = float64(sum) / float64(left) / (all / nodes)
			l.Busiest = float64(most) / (all / nodes)
		}
		fullest = max(fullest, float64(stored[zone])/float64(sizes[l.Zone])/(all*float64(r.Replicas)/nodes))
	}
	return lost, fullest, nil
}

// Hypergeometric is the probability that of so many of the nodes, drawn without replacement, exactly hit are among those that are marked.
func Hypergeometric(nodes, marked, drawn, hit int) float64 {
	if hit < 0 || hit > marked || drawn-hit < 0 || drawn-hit > nodes-marked {
		return 0
	}
	return math.Exp(logChoose(marked, hit) + logChoose(nodes-marked, drawn-hit) - logChoose(nodes, drawn))
}

func logChoose(n, k int) float64 {
	gamma := func(x int) float64 { y, _ := math.Lgamma(float64(x + 1)); return y }
	return gamma(n) - gamma(k) - gamma(n-k)
}
