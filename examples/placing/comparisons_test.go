package placing

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// judged states one finding about comparisons, and returns it.
func judged(t *testing.T, all ...comparison) lab.Finding {
	t.Helper()
	result, err := lab.Try(lab.Experiment{
		Name: "x", Topic: "placing", Question: "?", Guide: []string{"part.hot"}, Packages: []string{"hashring"},
		New: func(*lab.Parameters) func(*lab.Run) error {
			return func(r *lab.Run) error {
				r.Table("a").Row(1)
				compare(r, "so it is", all)
				r.Figure(chart.Figure{Headline: "x", Detail: "y", Panels: []chart.Panel{chart.Bars{Groups: []string{"a"}, Series: []chart.Bar{{Color: chart.Blue, Y: []float64{1}}}}}})
				return nil
			}
		},
	}, 1)
	require.NoError(t, err)
	return result.Findings[0]
}

// A comparison is judged by differences of pairs, however much the runs differ from one another, and one that fails is the one that is shown.
func TestCompare(t *testing.T) {
	a, b := []float64{1, 100, 1000, 50}, []float64{3, 102, 1002.1, 52}
	f := judged(t, lower(a, 1, b))
	require.True(t, f.Holds)
	require.InDelta(t, 287.75, f.Measured, 1e-9)
	require.InDelta(t, 289.775, f.Bound, 1e-9)
	require.Less(t, f.Low, f.Measured)
	require.False(t, judged(t, higher(a, 1, b)).Holds)
	require.True(t, judged(t, higher(b, 1, a)).Holds)
	require.False(t, judged(t, lower(a, 1, a)).Holds, "the same is not less")
	require.False(t, judged(t, higher(a, 1, a)).Holds)

	steady := []float64{10, 10.1, 9.9, 10}
	require.True(t, judged(t, lower(steady, 0.5, []float64{30, 30, 30, 30.1})).Holds)
	require.False(t, judged(t, lower(steady, 0.5, []float64{21, 21, 21, 21.1})).Holds, "less, but not for sure")
	of := []comparison{lower(steady, 2, steady), lower(steady, 0.9, steady), lower(steady, 3, steady)}
	f = judged(t, of...)
	require.False(t, f.Holds)
	require.InDelta(t, 9, f.Bound, 1e-9)
	slices.Reverse(of)
	require.Equal(t, f, judged(t, of...), "in whatever order")
	require.False(t, judged(t).Holds, "of none nothing can be said")
}
