package placing

import (
	"fmt"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

const (
	ownersAtRandom    = "zones ignored: the replicas that are left are distributed as of nodes at random, whichever zone is lost"
	ownersMajority    = "zones ignored: more than a fifth of the keys lose their majority with the largest zone"
	ownersAll         = "zones ignored: more than one key in a hundred loses all replicas with the largest zone"
	spreadKeeps       = "spread: with a replica for each zone, every key keeps all but one, whichever zone is lost"
	spreadMajority    = "spread: with an odd number of replicas from 3 on, none loses its majority with any zone"
	spreadEven        = "spread: with 2 and 4 replicas, more than a tenth of the keys lose their majority with the largest zone"
	spreadLoad        = "spread: nodes that survive serve, on average, all nodes over those that are left times what a node served before"
	spreadSmallFuller = "spread: with a replica for each zone, nodes of the smallest zone hold the mean zone's nodes over its own times what a node holds on average"
)

func (z *zoneRun) findings(r *lab.Run) {
	ignored, spread := z.results["ignored"], z.results["spread"]
	largest := z.largest()
	at := z.replicas - 1
	var random, load []judge.Requirement
	for zone := range z.sizes {
		for left := range z.replicas + 1 {
			random = append(random, judge.Equals(ignored[at].left(zone, left), z.exactLeft(false, z.replicas, zone, left)))
		}
		load = append(load, equalsNearly(spread[at].of(zone, loadMean), z.exactLoad(true, z.replicas, zone)))
	}
	judge.State(r, ownersAtRandom, random)
	judge.State(r, ownersMajority, []judge.Requirement{judge.AtLeast(ignored[at].of(largest, noMajority), 0.2)})
	judge.State(r, ownersAll, []judge.Requirement{judge.AtLeast(ignored[at].left(largest, 0), 0.01)})

	var keeps, fuller []judge.Requirement
	if n := len(z.sizes); n <= len(spread) {
		for zone := range z.sizes {
			keeps = append(keeps, equalsNearly(spread[n-1].left(zone, n-1), 1))
		}
		fuller = append(fuller, equalsNearly(spread[n-1].fullest, z.exactFullest(true, n)))
	}
	judge.State(r, spreadKeeps, keeps)
	var odd, even []judge.Requirement
	for _, of := range spread {
		switch {
		case of.replicas > 1 && of.replicas%2 == 1:
			for zone := range z.sizes {
				odd = append(odd, judge.Equals(of.of(zone, noMajority), 0))
			}
		case of.replicas == 2 || of.replicas == 4:
			even = append(even, judge.AtLeast(of.of(largest, noMajority), 0.1))
		}
	}
	judge.State(r, spreadMajority, odd)
	judge.State(r, spreadEven, even)
	if z.replicas == 1 {
		load = nil // its keys are lost with their node
	}
	judge.State(r, spreadLoad, load)
	judge.State(r, spreadSmallFuller, fuller)
}

// equalsNearly asks for a number that is the same in each run but for the rounding of sums of keys' shares: a part in 1e12 is far more.
func equalsNearly(runs []float64, exact float64) judge.Requirement {
	return judge.Within(runs, exact*(1-1e-12), exact*(1+1e-12))
}

func (z *zoneRun) figure(runs int) (chart.Figure, error) {
	zone, at := z.largest(), z.replicas-1
	left := chart.Bars{Title: "% of keys, by replicas left", Name: fmt.Sprintf("replicas left of %d", z.replicas), Y: chart.Axis{Max: new(100.0)},
		Format: func(percent float64) string {
			if percent == 100 || z.replicas > 4 {
				return "" // bars are too narrow for three digits, and those of many replicas for two
			}
			return fmt.Sprintf("%.0f", percent)
		}}
	for n := range z.replicas + 1 {
		left.Groups = append(left.Groups, fmt.Sprint(n))
	}
	majority := chart.Lines{Title: "% of keys without a majority", X: chart.Axis{Name: "replicas of each key"}, Y: chart.Axis{Min: new(0.0), Max: new(100.0)}}
	load := chart.Bars{Title: "load of a survivor", Groups: []string{"mean", "busiest"}}
	for _, way := range z.ways {
		lost := z.results[way.name]
		bar, loads := chart.Bar{Name: way.label, Color: way.color}, chart.Bar{Name: way.label, Color: way.color}
		line := chart.Line{Name: way.label, Color: way.color}
		for n := range z.replicas + 1 {
			if err := addBar(&bar, scaled(100, lost[at].left(zone, n))); err != nil {
				return chart.Figure{}, err
			}
		}
		for _, number := range [][]float64{lost[at].of(zone, loadMean), lost[at].of(zone, loadBusiest)} {
			if err := addBar(&loads, number); err != nil {
				return chart.Figure{}, err
			}
		}
		exact := chart.Line{Color: chart.Theory}
		for _, of := range lost {
			if err := addPoint(&line, scaled(100, of.of(zone, noMajority))); err != nil {
				return chart.Figure{}, err
			}
			line.X = append(line.X, float64(of.replicas))
			exact.Add(float64(of.replicas), 100*z.exactNoMajority(way.spread, of.replicas, zone))
		}
		left.Series, load.Series, majority.Series = append(left.Series, bar), append(load.Series, loads), append(majority.Series, line)
		if !way.spread && len(lost) > 1 {
			majority.Series = append(majority.Series, exact)
		}
	}
	return chart.Figure{
		Headline: z.headline(),
		Detail: fmt.Sprintf("Nodes in zones: %s; placement: %s; the largest zone fails; load is over a node's mean before; %d runs, 95%% intervals; dashed: hypergeometric",
			joined(z.sizes), z.name, runs),
		Panels: []chart.Panel{left, majority, load},
	}, nil
}

// joined writes sizes as on the command line.
func joined(sizes []int) string {
	text := ""
	for i, size := range sizes {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprint(size)
	}
	return text
}

func addBar(bar *chart.Bar, runs []float64) error {
	interval, err := judge.Charted(runs)
	bar.AddInterval(interval.Estimate, interval.Low, interval.High)
	return err
}

func (z *zoneRun) headline() string {
	zone, at := z.largest(), z.replicas-1
	share := func(way string) float64 { return 100 * judge.Mean(z.results[way][at].of(zone, noMajority)) }
	return fmt.Sprintf("A lost zone takes the majority of %.0f%% of the keys if zones are ignored, of %.0f%% if replicas are spread",
		share("ignored"), share("spread"))
}
