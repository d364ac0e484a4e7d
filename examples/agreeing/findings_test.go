package agreeing

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

// tryFindings runs an experiment and requires its findings; under the race detector it is tiny, and they are not asserted.
func tryFindings(t *testing.T, experiment lab.Experiment) {
	t.Helper()
	result, err := lab.Try(experiment, 1)
	require.NoError(t, err)
	require.NotEmpty(t, result.Rows)
	if !race.Enabled {
		require.NoError(t, result.Err())
	}
}

// planted is a bug, and the findings that it must turn false.
type planted struct {
	bug        string
	experiment lab.Experiment
	args       []string
	finding    string // or several, one a line
}

func lines(findings ...string) string { return strings.Join(findings, "\n") }

// turnFalse requires that each planted bug is seen, and that each finding of the sound experiment is turned false by one.
func turnFalse(t *testing.T, sound lab.Experiment, bugs []planted) {
	t.Helper()
	if race.Enabled {
		t.Skip("findings are not asserted at a tiny size")
	}
	var covered []string
	for _, c := range bugs {
		t.Run(c.bug, func(t *testing.T) {
			result, err := lab.Try(c.experiment, 1, c.args...)
			require.NoError(t, err)
			for finding := range strings.Lines(c.finding) {
				finding = strings.TrimSpace(finding)
				i := slices.IndexFunc(result.Findings, func(f lab.Finding) bool { return f.Sentence == finding })
				require.GreaterOrEqual(t, i, 0, "the experiment states no such finding: %s", finding)
				f := result.Findings[i]
				require.False(t, f.Holds, "%+v", f)
				require.False(t, math.IsNaN(f.Measured), "it could not be judged: %s", finding)
				t.Logf("when %s, ✗ %s: measured %.4g (%.4g to %.4g), bound %.4g", c.bug, f.Sentence, f.Measured, f.Low, f.High, f.Bound)
			}
		})
		covered = append(covered, strings.Split(c.finding, "\n")...)
	}
	result, err := lab.Try(sound, 1)
	require.NoError(t, err)
	for _, f := range result.Findings {
		require.Contains(t, covered, f.Sentence, "nothing turns this finding false")
	}
}

// sentences are those of experiments with their default parameters, by name: tests run one after the other.
var sentences = map[string][]string{}

// tryOdd runs an experiment with other parameters: the sentences are the same, and the chart can be drawn.
func tryOdd(t *testing.T, e lab.Experiment, args ...string) *lab.Result {
	t.Helper()
	if sentences[e.Name] == nil {
		standard, err := lab.Try(e, 1)
		require.NoError(t, err)
		sentences[e.Name] = column(standard.Findings, func(f lab.Finding) string { return f.Sentence })
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
