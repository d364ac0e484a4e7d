package placing

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/hashring/ringsim"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
)

// ZoneLoss loses a zone with all its nodes, and looks at what is left of keys that have several replicas: by Owners, which ignores zones, and by Spread,
// which takes nodes of distinct zones. Each zone is lost in turn; drawn is the one with the most nodes, the first of those.
//
// In data.csv owners says whether zones are ignored or spread over, and quantity is left_k, the share of the keys of which k replicas are left;
// no_majority, the share of those of which no more than half are; load_mean and load_busiest, the keys that a surviving node serves, as
// the first of the owners that are left, over what a node served on average before; and fullest, the replicas on a node of the fullest
// zone over what a node has on average, which is before any loss. exact is the hypergeometric distribution where zones are ignored, for then
// owners are nodes at random; and where they are spread over, what counting says where it does.
var ZoneLoss = zoneLoss(bothOwners, ringsim.LoseZones, judge.Effort{})

// choosing is a way to choose the owners of a key.
type choosing struct {
	name   string
	label  string
	color  chart.Color
	spread bool
}

var bothOwners = []choosing{
	{name: "ignored", label: "zones ignored", color: chart.Baseline},
	{name: "spread", label: "spread", color: chart.Blue, spread: true},
}

// loseZones is [ringsim.LoseZones], or what a test plants.
type loseZones func(hashring.Placement, []string, ringsim.Replication) ([]ringsim.ZoneLost, float64, error)

func zoneLoss(ways []choosing, lose loseZones, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "zone-loss",
		Topic:    "placing",
		Question: "What is left of replicated keys when a whole zone fails?",
		Guide:    []string{"part.zones"},
		Packages: []string{"hashring.Placement", "hashring.Ring", "hashring/ringsim"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			z := &zoneRun{ways: ways, lose: lose, effort: effort}
			z.sizes = lab.Value(p, "zones", "4,4,4", "nodes", "of each zone, separated by commas", parseZones)
			z.replicas = p.Int("replicas", 3, "replicas", "of each key", lab.Within(1, mostReplicas))
			// Of modulo hashing and of slots, owners are not nodes at random: they follow one another.
			z.name = p.Choice("placement", "ring", []string{"ring", "rendezvous", "jump", "anchor", "maglev"}, "of the keys")
			if nodes := z.nodes(); z.replicas > nodes {
				p.Refuse(fmt.Errorf("-replicas must be at most the nodes of all -zones: %d, %d nodes", z.replicas, nodes))
			}
			return z.run
		},
	}
}

const mostReplicas = 5

// parseZones reads how many nodes each zone has; two zones may have as many.
func parseZones(text string) (sizes []int, canonical string, err error) {
	const mostZones, mostNodes = 10, 500
	sum := 0
	var words []string
	for _, word := range strings.Split(text, ",") {
		size, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil {
			return nil, "", fmt.Errorf("must be numbers of nodes such as 4,4,4: %q", word)
		}
		if size < 1 {
			return nil, "", fmt.Errorf("must be positive numbers of nodes: %d", size)
		}
		sum = min(sum+size, mostNodes+1)
		sizes, words = append(sizes, size), append(words, strconv.Itoa(size))
	}
	if len(sizes) < 2 || len(sizes) > mostZones || sum > mostNodes {
		return nil, "", fmt.Errorf("must be two to %d zones with at most %d nodes: %s", mostZones, mostNodes, text)
	}
	return sizes, strings.Join(words, ","), nil
}

type zoneRun struct {
	ways     []choosing
	lose     loseZones
	effort   judge.Effort
	sizes    []int // by zone
	replicas int
	name     string

	results map[string][]zonesLost // by way, and number of replicas from 1 on
}

// zonesLost is what came of one way with one number of replicas.
type zonesLost struct {
	replicas int
	runs     [][]ringsim.ZoneLost // by run, by zone
	fullest  []float64            // by run
}

func (z *zoneRun) nodes() (sum int) {
	for _, size := range z.sizes {
		sum += size
	}
	return sum
}

func (z *zoneRun) members() []hashring.Member {
	members := ringsim.Members(z.nodes())
	i := 0
	for zone, size := range z.sizes {
		for range size {
			members[i].Zone = string(rune('a' + zone))
			i++
		}
	}
	return members
}

// largest is the zone that is drawn.
func (z *zoneRun) largest() int { return slices.Index(z.sizes, slices.Max(z.sizes)) }

func (z *zoneRun) run(r *lab.Run) error {
	runs, keys := z.effort.Runs(60, 200, r.Full), 2_000
	if z.effort.Tiny {
		keys = 200
	}
	z.results = map[string][]zonesLost{}
	table := r.Table("owners", "replicas", "zone", "zone_nodes", "quantity", "value", "low", "high", "runs", "exact")
	for _, way := range z.ways {
		for replicas := 1; replicas <= min(mostReplicas, z.nodes()); replicas++ {
			r.Progress("%s, %d replicas", way.label, replicas)
			lost, err := z.measure(r.Seed, runs, keys, replicas, way)
			if err != nil {
				return fmt.Errorf("%s, %d replicas: %w", way.name, replicas, err)
			}
			z.results[way.name] = append(z.results[way.name], lost)
			row := func(zone, nodes any, quantity string, values []float64, exact float64) error {
				interval, err := judge.Charted(values)
				table.Row(way.name, replicas, zone, nodes, quantity, interval.Estimate, interval.Low, interval.High, runs, exact)
				return err
			}
			for zone, size := range z.sizes {
				for left := range replicas + 1 {
					if err := row(string(rune('a'+zone)), size, fmt.Sprintf("left_%d", left), lost.left(zone, left), z.exactLeft(way.spread, replicas, zone, left)); err != nil {
						return err
					}
				}
				for _, q := range []struct {
					name   string
					values []float64
					exact  float64
				}{
					{"no_majority", lost.of(zone, noMajority), z.exactNoMajority(way.spread, replicas, zone)},
					{"load_mean", lost.of(zone, loadMean), z.exactLoad(way.spread, replicas, zone)},
					{"load_busiest", lost.of(zone, loadBusiest), math.NaN()},
				} {
					if err := row(string(rune('a'+zone)), size, q.name, q.values, q.exact); err != nil {
						return err
					}
				}
			}
			if err := row(nil, nil, "fullest", lost.fullest, z.exactFullest(way.spread, replicas)); err != nil {
				return err
			}
		}
	}
	z.findings(r)
	figure, err := z.figure(runs)
	if err == nil {
		r.Figure(figure)
	}
	return err
}

func (z *zoneRun) measure(seed uint64, runs, keys, replicas int, way choosing) (zonesLost, error) {
	of := chosen(allPlacements, []string{z.name})[0]
	type both struct {
		lost    []ringsim.ZoneLost
		fullest float64
	}
	all, err := sim.Replicate(seed, runs, func(e *sim.Engine) (b both, err error) {
		p, err := of.scheme(making{nodes: z.nodes(), seed: e.Stream("placement").Uint64()})(z.members())
		if err == nil {
			b.lost, b.fullest, err = z.lose(p, ringsim.Keys(e.Stream("keys"), keys), ringsim.Replication{Replicas: replicas, Spread: way.spread})
		}
		return b, err
	})
	lost := zonesLost{replicas: replicas}
	for _, b := range all {
		lost.runs, lost.fullest = append(lost.runs, b.lost), append(lost.fullest, b.fullest)
	}
	return lost, err
}

func noMajority(l ringsim.ZoneLost) float64  { return l.NoMajority }
func loadMean(l ringsim.ZoneLost) float64    { return l.Mean }
func loadBusiest(l ringsim.ZoneLost) float64 { return l.Busiest }

// of is a number of each run, when a zone is lost.
func (l zonesLost) of(zone int, number func(ringsim.ZoneLost) float64) []float64 {
	return judge.Column(l.runs, func(zones []ringsim.ZoneLost) float64 { return number(zones[zone]) })
}

func (l zonesLost) left(zone, replicas int) []float64 {
	return l.of(zone, func(lost ringsim.ZoneLost) float64 { return lost.Left[replicas] })
}

// exactLeft is the share of the keys with so many replicas left. Spread over as many zones as there are replicas, each key loses one.
func (z *zoneRun) exactLeft(spread bool, replicas, zone, left int) float64 {
	switch {
	case !spread:
		return ringsim.Hypergeometric(z.nodes(), z.sizes[zone], replicas, replicas-left)
	case replicas == 1: // one owner is a node at random
		return ringsim.Hypergeometric(z.nodes(), z.sizes[zone], 1, 1-left)
	case replicas != len(z.sizes):
		return math.NaN()
	case left == replicas-1:
		return 1
	}
	return 0
}

func (z *zoneRun) exactNoMajority(spread bool, replicas, zone int) (sum float64) {
	for left := 0; 2*left <= replicas; left++ {
		sum += z.exactLeft(spread, replicas, zone, left)
	}
	return sum
}

// exactLoad is the mean load of a node that survives, over that of a node before: all keys that have a replica left are served.
func (z *zoneRun) exactLoad(spread bool, replicas, zone int) float64 {
	gone := ringsim.Hypergeometric(z.nodes(), z.sizes[zone], replicas, replicas)
	if spread && replicas > 1 {
		gone = 0 // two owners are in two zones
	}
	return (1 - gone) * float64(z.nodes()) / float64(z.nodes()-z.sizes[zone])
}

// exactFullest is known where each zone has one replica of each key: nodes of the smallest have the most.
func (z *zoneRun) exactFullest(spread bool, replicas int) float64 {
	if !spread || replicas != len(z.sizes) {
		return math.NaN()
	}
	return float64(z.nodes()) / float64(replicas*slices.Min(z.sizes))
}
