package balancing

import (
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/loadbalance"
)

// experiment is utilisation for real, or tiny under the race detector.
func experiment(policies []policy) lab.Experiment {
	return utilisation(policies, effort{tiny: race.Enabled})
}

func TestClaim_Utilisation(t *testing.T) {
	result, err := lab.Try(experiment(allPolicies), 1)
	require.NoError(t, err)
	require.Len(t, result.Rows, 9*5)
	if race.Enabled {
		return
	}
	require.NoError(t, result.Err())
}

// planted replaces policies, by name, by others: what the command line calls two-choices is then a bug.
func planted(bugs map[string]policy) []policy {
	policies := slices.Clone(allPolicies)
	for i, p := range policies {
		if bug, ok := bugs[p.name]; ok {
			policies[i].make, policies[i].looks = bug.make, bug.looks
		}
	}
	return policies
}

func named(name string) policy {
	return allPolicies[slices.IndexFunc(allPolicies, func(p policy) bool { return p.name == name })]
}

// frozen is least connections that goes on believing the first report it got.
func frozen(e []loadbalance.Endpoint[int], src rand.Source) (loadbalance.Picker[int], error) {
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
}

func TestBroken_UtilisationFindings(t *testing.T) {
	if race.Enabled {
		t.Skip("findings are not asserted at a tiny size")
	}
	random, roundRobin, twoChoices := named("random"), named("round-robin"), named("two-choices")
	for _, c := range []struct {
		bug  string
		plan map[string]policy
		args []string
		want string // the finding that must turn false
	}{
		{"random is round robin", map[string]policy{"random": roundRobin}, []string{"-load", "0.5,0.7"},
			"random: the interval contains M/G/1 at every load"},
		{"round robin is random", map[string]policy{"round-robin": random}, []string{"-load", "0.5,0.7"},
			"round robin: the interval contains E_n/M/1 at every load"},
		{"round robin is random", map[string]policy{"round-robin": random}, []string{"-load", "0.3"},
			"at the lowest load round robin beats two choices"},
		{"two choices is one", map[string]policy{"two-choices": random}, []string{"-load", "0.9"},
			"at the highest load two choices take less than half of random's time"},
		{"two choices is round robin", map[string]policy{"two-choices": roundRobin}, []string{"-load", "0.9"},
			"at the highest load two choices beat round robin"},
		{"least connections believes an old report", map[string]policy{"least-connections": {make: frozen}}, []string{"-load", "0.9"},
			"at the highest load least connections beats three choices"},
		{"two choices is one", map[string]policy{"two-choices": random}, []string{"-load", "0.9"},
			"at the highest load a third choice saves less time than the second did"},
		{"random is two choices, and the other way round", map[string]policy{"random": twoChoices, "two-choices": random}, []string{"-load", "0.9"},
			"at the highest load a third choice saves less time than the second did"},
	} {
		t.Run(c.bug+"/"+c.want, func(t *testing.T) {
			result, err := lab.Try(utilisation(planted(c.plan), effort{}), 1, c.args...)
			require.NoError(t, err)
			i := slices.IndexFunc(result.Findings, func(f lab.Finding) bool { return f.Sentence == c.want })
			require.GreaterOrEqual(t, i, 0)
			require.False(t, result.Findings[i].Holds, "%+v", result.Findings[i])
		})
	}
}

// Only what was asked for is in the data, theory stands only where it is exact, and p99 lies above the mean.
func TestUtilisationData(t *testing.T) {
	for _, c := range []struct {
		args              []string
		theory, reference string // policies that have one
	}{
		{[]string{"-servers", "3", "-load", "0.6,0.2", "-policy", "round-robin,random"}, "random round-robin", ""},
		{[]string{"-servers", "1", "-load", "0.5"}, "random round-robin", "two-choices three-choices least-connections"},
		{[]string{"-servers", "7", "-load", "0.4", "-service", "deterministic"}, "random", ""},
		{[]string{"-servers", "2", "-load", "0.4", "-service", "pareto", "-scv", "2"}, "random", ""},
		{[]string{"-servers", "2", "-load", "0.4", "-service", "lognormal", "-policy", "least-connections"}, "", ""},
	} {
		result, err := lab.Try(utilisation(allPolicies, effort{tiny: true}), 3, c.args...)
		require.NoError(t, err)
		require.Equal(t, strings.Split("policy,servers,load,runs,mean,mean_low,mean_high,p99,theory,reference", ","), result.Columns)
		policies, loads := flag(c.args, "-policy", "random,round-robin,two-choices,three-choices,least-connections"), flag(c.args, "-load", "")
		require.Len(t, result.Rows, len(policies)*len(loads))
		for _, row := range result.Rows {
			require.Contains(t, policies, row[0])
			require.Contains(t, loads, row[2])
			require.Equal(t, strings.Contains(c.theory, row[0]), row[8] != "", "theory of %v", row)
			require.Equal(t, strings.Contains(c.reference, row[0]), row[9] != "", "reference of %v", row)
			mean, p99 := number(t, row[4]), number(t, row[7])
			require.Greater(t, number(t, row[6]), mean)
			require.Less(t, number(t, row[5]), mean)
			require.Greater(t, p99, 0.9*mean)
		}
		files, err := result.Files()
		require.NoError(t, err, "every chart can be drawn: %v", c.args)
		require.Len(t, files, 5)
		i := slices.IndexFunc(files, func(f lab.File) bool { return f.Name == "data.csv" })
		rows, err := csv.NewReader(strings.NewReader(string(files[i].Data))).ReadAll()
		require.NoError(t, err)
		require.Equal(t, result.Rows, rows[1:])
	}
}

func flag(args []string, name, standard string) []string {
	if i := slices.Index(args, name); i >= 0 {
		standard = args[i+1]
	}
	return strings.Split(standard, ",")
}

func number(t *testing.T, cell string) float64 {
	x, err := strconv.ParseFloat(cell, 64)
	require.NoError(t, err)
	return x
}

func TestUtilisationRefuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-load", "1"}, "1"},
		{[]string{"-load", "0.5,NaN"}, "NaN"},
		{[]string{"-load", "-0.5"}, "-0.5"},
		{[]string{"-load", ""}, "load"},
		{[]string{"-servers", "0"}, "0"},
		{[]string{"-policy", "best"}, "best"},
		{[]string{"-service", "gamma"}, `must be exponential, deterministic, lognormal, pareto or file:PATH: "gamma"`},
		{[]string{"-scv", "9"}, "-scv applies to lognormal and pareto service times only: -service exponential -scv 9"},
		{[]string{"-service", "pareto", "-scv", "0"}, "0"},
		{[]string{"-service", "file:no/such/file"}, "no/such/file"},
	} {
		_, err := lab.Try(utilisation(allPolicies, effort{tiny: true}), 1, c.args...)
		require.ErrorContains(t, err, c.want, "%v", c.args)
		require.ErrorContains(t, err, "utilisation: ", "%v", c.args)
	}
}

// Real latencies: their own M/G/1 mean is the theory for random.
func TestUtilisationOnMeasuredTimes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "times.txt")
	require.NoError(t, os.WriteFile(path, []byte("# two requests in three are fast\n1ms\n\n1ms\n4ms\n"), 0o600))
	result, err := lab.Try(utilisation(allPolicies, effort{tiny: true}), 1, "-service", "file:"+path, "-load", "0.5", "-policy", "random", "-servers", "2")
	require.NoError(t, err)
	// The mean is 2 ms, the variance 2 ms², so the SCV is 1/2: 1 + 0.5/0.5 * 1.5/2.
	require.InDelta(t, 1.75, number(t, result.Rows[0][8]), 1e-9)

	require.NoError(t, os.WriteFile(path, []byte("1ms\n\nfast\n"), 0o600))
	_, err = lab.Try(utilisation(allPolicies, effort{tiny: true}), 1, "-service", "file:"+path)
	require.ErrorContains(t, err, fmt.Sprintf("%s: workload: line 3", path))
}
