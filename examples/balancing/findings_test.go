package balancing

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/loadbalance"
)

// experiments are all of this topic, by the policies that they run.
var experiments = []struct {
	build    func([]policy, judge.Effort) lab.Experiment
	policies []policy
}{
	{utilisation, allPolicies},
	{staleLoad, allPolicies},
	{manyBalancers, balancerPolicies},
	{ballsIntoBins, ballPolicies},
}

// Under the race detector experiments are tiny, and findings are not asserted.
func TestClaim_FindingsHold(t *testing.T) {
	for _, e := range experiments {
		experiment := e.build(e.policies, judge.Effort{Tiny: race.Enabled})
		t.Run(experiment.Name, func(t *testing.T) {
			result, err := lab.Try(experiment, 1)
			require.NoError(t, err)
			require.NotEmpty(t, result.Rows)
			if !race.Enabled {
				require.NoError(t, result.Err())
			}
		})
	}
}

// A policy that is broken, or that somebody took for another one.
func broken(name string, by policy) func([]policy) []policy {
	return func(policies []policy) []policy {
		policies = slices.Clone(policies)
		i := slices.IndexFunc(policies, func(p policy) bool { return p.name == name })
		policies[i].make, policies[i].looks = by.make, by.looks
		return policies
	}
}

// swapped is two policies that were taken for each other.
func swapped(a, b string) func([]policy) []policy {
	return func(policies []policy) []policy {
		find := func(name string) policy {
			return policies[slices.IndexFunc(policies, func(p policy) bool { return p.name == name })]
		}
		first, second := find(a), find(b)
		return broken(b, first)(broken(a, second)(policies))
	}
}

// frozen is least connections that goes on believing the first report it got.
var frozen = policy{make: func(e []loadbalance.Endpoint[int], src rand.Source) (loadbalance.Picker[int], error) {
	p, err := loadbalance.NewLeastConnections(e, src)
	if err != nil {
		return nil, err
	}
	for i := range e {
		if err := p.Report(0, e[i].ID, 0); err != nil {
			return nil, err
		}
	}
	return p, nil
}}

// deaf does not hear reports: it is never stale.
type deaf struct{ loadbalance.Picker[int] }

func (deaf) Endpoints() []loadbalance.Endpoint[int] { return nil }

func neverStale(p policy) policy {
	make := p.make
	p.make = func(e []loadbalance.Endpoint[int], src rand.Source) (loadbalance.Picker[int], error) {
		picker, err := make(e, src)
		return deaf{picker}, err
	}
	return p
}

// shared are balancers of one policy that share what they know, as if they were one.
func shared(p policy) policy {
	var pickers sync.Map // by the run's source
	make := p.make
	p.make = func(e []loadbalance.Endpoint[int], src rand.Source) (loadbalance.Picker[int], error) {
		if picker, known := pickers.Load(src); known {
			return picker.(loadbalance.Picker[int]), nil
		}
		picker, err := make(e, src)
		pickers.Store(src, picker)
		return picker, err
	}
	return p
}

func TestBroken_EachFindingTurnsFalse(t *testing.T) {
	if race.Enabled {
		t.Skip("findings are not asserted at a tiny size")
	}
	random, roundRobin, twoChoices := named("random"), named("round-robin"), named("two-choices")
	covered := map[string]bool{}
	for _, c := range []struct {
		experiment string
		bug        string
		plant      func([]policy) []policy
		args       []string
		finding    string // that must turn false
	}{
		{"utilisation", "random is round robin", broken("random", roundRobin), []string{"-policy", "random", "-load", "0.5,0.7"},
			"random: the interval contains M/G/1 at every load"},
		{"utilisation", "round robin is random", broken("round-robin", random), []string{"-policy", "round-robin", "-load", "0.5,0.7"},
			"round robin: the interval contains E_n/M/1 at every load"},
		{"utilisation", "round robin is random", broken("round-robin", random), []string{"-policy", "round-robin,two-choices", "-load", "0.3"},
			"at the lowest load round robin beats two choices"},
		{"utilisation", "two choices is one", broken("two-choices", random), []string{"-policy", "random,two-choices", "-load", "0.9"},
			"at the highest load two choices take less than half of random's time"},
		{"utilisation", "two choices is round robin", broken("two-choices", roundRobin), []string{"-policy", "round-robin,two-choices", "-load", "0.9"},
			"at the highest load two choices beat round robin"},
		{"utilisation", "least connections believes an old report", broken("least-connections", frozen), []string{"-policy", "three-choices,least-connections", "-load", "0.9"},
			"at the highest load least connections beats three choices"},
		{"utilisation", "two choices is one", broken("two-choices", random), []string{"-policy", "random,two-choices,three-choices", "-load", "0.9"},
			"at the highest load a third choice saves less time than the second did"},

		{"stale-load", "random is round robin", broken("random", roundRobin), []string{"-policy", "random", "-age", "0.1"},
			"random: the interval contains M/M/1"},
		{"stale-load", "round robin is random", broken("round-robin", random), []string{"-policy", "round-robin", "-age", "0.1"},
			"round robin: the interval contains E_n/M/1"},
		{"stale-load", "least connections is two choices, and the other way round", swapped("least-connections", "two-choices"), []string{"-policy", "two-choices,least-connections", "-age", "0.1"},
			"at the lowest age least connections beats two choices"},
		{"stale-load", "least connections is never stale", broken("least-connections", neverStale(named("least-connections"))), []string{"-policy", "two-choices,least-connections", "-age", "0.1,5"},
			"least connections loses to two choices at an age between the lowest and the highest"},
		{"stale-load", "least connections is never stale", broken("least-connections", neverStale(named("least-connections"))), []string{"-policy", "round-robin,least-connections", "-age", "0.1,5"},
			"least connections loses to round robin at an age between the lowest and the highest"},
		{"stale-load", "least connections is never stale", broken("least-connections", neverStale(named("least-connections"))), []string{"-policy", "random,least-connections", "-age", "0.1,10"},
			"least connections loses to random at an age between the lowest and the highest"},
		{"stale-load", "random and round robin are swapped", swapped("random", "round-robin"), []string{"-age", "0.1,0.5,1,2,5,10"},
			"it loses first to two choices, then to round robin, then to random"},
		{"stale-load", "least connections is never stale", broken("least-connections", neverStale(named("least-connections"))), []string{"-policy", "two-choices,least-connections", "-age", "5"},
			"at the highest age two choices beat least connections"},

		{"many-balancers", "random is two choices", broken("random", twoChoices), []string{"-policy", "random", "-balancers", "2"},
			"random: the interval contains M/M/1"},
		{"many-balancers", "least connections is two choices", broken("least-connections", twoChoices), []string{"-policy", "two-choices,least-connections", "-balancers", "1"},
			"with the fewest balancers least connections takes less than two thirds of two choices' time"},
		{"many-balancers", "two choices is one", broken("two-choices", random), []string{"-policy", "random,two-choices", "-balancers", "100"},
			"with the most balancers two choices still beat random"},
		{"many-balancers", "least connections balancers share their counts", broken("least-connections", shared(named("least-connections"))), []string{"-policy", "two-choices,least-connections", "-balancers", "100"},
			"with the most balancers least connections is no better than nine tenths of two choices' time"},
		{"many-balancers", "ties to the first are at random", broken("first-index", named("least-connections")), []string{"-policy", "least-connections,first-index", "-balancers", "100"},
			"with the most balancers ties to the first take more than three times the time of random ties"},
		{"many-balancers", "ties to the first are at random", broken("first-index", named("least-connections")), []string{"-policy", "random,first-index", "-balancers", "100"},
			"with the most balancers ties to the first are worse than random choice"},

		{"balls-into-bins", "two choices is one", broken("2", random), []string{"-bins", "100,10000"},
			"with the most bins the fullest one after two choices holds less than two thirds of that after one"},
		{"balls-into-bins", "two choices is one", swapped("1", "2"), []string{"-bins", "100,100000"},
			"from the fewest bins to the most, two choices let the fullest grow by less than one choice does"},
		{"balls-into-bins", "two choices is one", broken("2", random), []string{"-bins", "10000"},
			"with the most bins a third choice takes away less than the second did"},
		{"balls-into-bins", "one choice is two", broken("1", twoChoices), []string{"-bins", "100,10000"},
			"one choice: the fullest bin is within one ball of Gonnet's law at every number of bins"},
	} {
		t.Run(c.experiment+"/"+c.bug+"/"+c.finding, func(t *testing.T) {
			result, err := lab.Try(build(t, c.experiment, c.plant, judge.Effort{}), 1, c.args...)
			require.NoError(t, err)
			i := slices.IndexFunc(result.Findings, func(f lab.Finding) bool { return f.Sentence == c.finding })
			require.GreaterOrEqual(t, i, 0, "the experiment states no such finding")
			f := result.Findings[i]
			require.False(t, f.Holds, "%+v", f)
			t.Logf("when %s, ✗ %s: measured %.4g (%.4g to %.4g), bound %.4g", c.bug, f.Sentence, f.Measured, f.Low, f.High, f.Bound)
		})
		covered[c.experiment+": "+c.finding] = true
	}
	for _, e := range experiments {
		result, err := lab.Try(e.build(e.policies, judge.Effort{Tiny: true}), 1)
		require.NoError(t, err)
		for _, f := range result.Findings {
			require.True(t, covered[e.build(e.policies, judge.Effort{}).Name+": "+f.Sentence], "nothing turns this finding false: %s", f.Sentence)
		}
	}
}

func build(t *testing.T, name string, plant func([]policy) []policy, effort judge.Effort) lab.Experiment {
	for _, e := range experiments {
		if e.build(e.policies, effort).Name == name {
			return e.build(plant(e.policies), effort)
		}
	}
	t.Fatalf("there is no experiment %s", name)
	return lab.Experiment{}
}
