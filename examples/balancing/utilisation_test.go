package balancing

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
)

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
		result, err := lab.Try(utilisation(allPolicies, judge.Effort{Tiny: true}), 3, c.args...)
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
		{[]string{"-load", "1"}, "-load must lie in [0.01, 0.999]: 1"},
		{[]string{"-load", "0.5,NaN"}, "-load must be a finite number: NaN"},
		{[]string{"-load", "-0.5"}, "-load must lie in [0.01, 0.999]: -0.5"},
		{[]string{"-load", ""}, "-load must"},
		{[]string{"-servers", "0"}, "-servers must lie in [1, 10000]: 0"},
		{[]string{"-policy", "best"}, "best"},
		{[]string{"-load", "0.999", "-servers", "10000"}, "must leave a run at most 200000000 requests: random at load 0.999 over 10000 servers needs "},
		{[]string{"-service", "file:"}, "utilisation: -service must name a file"},
		{[]string{"-service", "gamma"}, `must be exponential, deterministic, lognormal, pareto or file:PATH: "gamma"`},
		{[]string{"-scv", "9"}, "-scv applies to lognormal and pareto service times only: -service exponential -scv 9"},
		{[]string{"-service", "pareto", "-scv", "0"}, "-scv must lie in [0.01, 100]: 0"},
		{[]string{"-service", "file:no/such/file"}, "no/such/file"},
	} {
		_, err := lab.Try(Utilisation, 1, c.args...)
		require.ErrorContains(t, err, c.want, "%v", c.args)
		require.ErrorContains(t, err, "utilisation: ", "%v", c.args)
	}
}

// Real latencies: their own M/G/1 mean is the theory for random.
func TestUtilisationOnMeasuredTimes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "times.txt")
	require.NoError(t, os.WriteFile(path, []byte("# two requests in three are fast\n1ms\n\n1ms\n4ms\n"), 0o600))
	result, err := lab.Try(utilisation(allPolicies, judge.Effort{Tiny: true}), 1, "-service", "file:"+path, "-load", "0.5", "-policy", "random", "-servers", "2")
	require.NoError(t, err)
	// The mean is 2 ms, the variance 2 ms², so the SCV is 1/2: 1 + 0.5/0.5 * 1.5/2.
	require.InDelta(t, 1.75, number(t, result.Rows[0][8]), 1e-9)

	// Services of a few nanoseconds give the same, though simulated time has whole nanoseconds only.
	before := result.Rows
	require.NoError(t, os.WriteFile(path, []byte("1ns\n1ns\n4ns\n"), 0o600))
	result, err = lab.Try(utilisation(allPolicies, judge.Effort{Tiny: true}), 1, "-service", "file:"+path, "-load", "0.5", "-policy", "random", "-servers", "2")
	require.NoError(t, err)
	require.InEpsilon(t, number(t, before[0][4]), number(t, result.Rows[0][4]), 1e-6)

	require.NoError(t, os.WriteFile(path, []byte("1ms\n\nfast\n"), 0o600))
	_, err = lab.Try(utilisation(allPolicies, judge.Effort{Tiny: true}), 1, "-service", "file:"+path)
	require.ErrorContains(t, err, fmt.Sprintf("%s: workload: line 3", path))
}

// With one server there is nothing to choose, so every policy is M/M/1, at high load too.
func TestClaim_OneServerLeavesNothingToChoose(t *testing.T) {
	if race.Enabled {
		t.Skip("a statistical claim")
	}
	result, err := lab.Try(utilisation(allPolicies, judge.Effort{}), 1, "-servers", "1", "-load", "0.97")
	require.NoError(t, err)
	for _, row := range result.Rows {
		// 95% intervals of 8 runs: the 99.99% one is 3.4 times as wide (Student, 7 degrees of freedom: 8.0 to 2.36).
		mean := number(t, row[4])
		require.InDelta(t, 1/(1-.97), mean, 3.4*(number(t, row[6])-mean), "%v", row)
	}
}
