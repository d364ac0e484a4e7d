// Package judgetest tests experiments: that their findings hold, that each is turned false by a planted bug, and that odd
// parameters change no sentence. It is for tests only. The topics of the experiments share it.
package judgetest

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
)

// Hold runs an experiment for each of the seeds, 1 if there is none, and requires its findings. Under the race detector the experiment is to be
// tiny: it runs once, and its findings are not asserted.
func Hold(t *testing.T, experiment lab.Experiment, seeds ...uint64) {
	t.Helper()
	if len(seeds) == 0 || race.Enabled {
		seeds = []uint64{1}
	}
	for _, seed := range seeds {
		result, err := lab.Try(experiment, seed)
		require.NoError(t, err)
		require.NotEmpty(t, result.Rows)
		if !race.Enabled {
			require.NoError(t, result.Err(), "seed %d", seed)
		}
	}
}

// Planted is an experiment with a bug.
type Planted struct {
	bug        string
	experiment lab.Experiment
	args       []string
	findings   []string
}

// Bug says what is wrong with an experiment, with which parameters it is to run, and which findings that must turn false, one a
// line.
func Bug(bug string, experiment lab.Experiment, args []string, findings string) Planted {
	return Planted{bug, experiment, args, strings.Split(findings, "\n")}
}

// Lines is several findings for Bug.
func Lines(findings ...string) string { return strings.Join(findings, "\n") }

// TurnFalse requires that each planted bug is seen, and that each finding of the sound experiment is turned false by one.
func TurnFalse(t *testing.T, sound lab.Experiment, bugs []Planted) {
	t.Helper()
	if race.Enabled {
		t.Skip("findings are not asserted at a tiny size")
	}
	var covered []string
	for _, b := range bugs {
		t.Run(b.bug, func(t *testing.T) {
			result, err := lab.Try(b.experiment, 1, b.args...)
			require.NoError(t, err)
			for _, finding := range b.findings {
				i := slices.IndexFunc(result.Findings, func(f lab.Finding) bool { return f.Sentence == finding })
				require.GreaterOrEqual(t, i, 0, "the experiment states no such finding: %s", finding)
				f := result.Findings[i]
				require.False(t, f.Holds, "%+v", f)
				require.False(t, math.IsNaN(f.Measured), "it could not be judged: %s", finding)
				t.Logf("when %s, ✗ %s: measured %.4g (%.4g to %.4g), bound %.4g", b.bug, f.Sentence, f.Measured, f.Low, f.High, f.Bound)
			}
		})
		covered = append(covered, b.findings...)
	}
	result, err := lab.Try(sound, 1)
	require.NoError(t, err)
	for _, f := range result.Findings {
		require.Contains(t, covered, f.Sentence, "nothing turns this finding false")
	}
}

// sentences are those of experiments with their default parameters, by name: tests run one after the other.
var sentences = map[string][]string{}

// Odd runs an experiment with other parameters: the sentences are the same, and the chart can be drawn.
func Odd(t *testing.T, e lab.Experiment, args ...string) *lab.Result {
	t.Helper()
	if sentences[e.Name] == nil {
		standard, err := lab.Try(e, 1)
		require.NoError(t, err)
		for _, f := range standard.Findings {
			sentences[e.Name] = append(sentences[e.Name], f.Sentence)
		}
	}
	sound := sentences[e.Name]
	result, err := lab.Try(e, 3, args...)
	require.NoError(t, err, "%s %v", e.Name, args)
	require.Len(t, result.Findings, len(sound))
	for i, f := range result.Findings {
		require.Equal(t, sound[i], f.Sentence)
	}
	if !race.Enabled { // which makes drawing slow
		_, err = result.Figure.SVG(chart.Light)
		require.NoError(t, err, "every chart can be drawn: %s %v", e.Name, args)
	}
	return result
}
