package lab

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// advisor ends in recommendations.
func advisor(sentences ...string) Experiment {
	return Experiment{
		Name: "advisor", Topic: "ordering", Question: "What shall I do?",
		Guide: []string{"clk.lamport"}, Packages: []string{"clocks"},
		New: func(p *Parameters) func(*Run) error {
			p.Int("size", 1, "items", "how many")
			return func(r *Run) error {
				complete(r)
				for _, s := range sentences {
					r.Recommend(s)
				}
				return nil
			}
		},
	}
}

// A recommendation is printed last, in a quiet run too: it is what the reader came for.
func TestRecommend_IsPrintedLast(t *testing.T) {
	const want = `     measured  bound
  ✓         1      1  it runs
  → Use two of them, because one is not enough for what comes in an hour and
    three are too many

`
	e := advisor("Use two of them, because one is not enough for what comes in an hour and three are too many")
	out := t.TempDir()
	_, stdout, _ := command(catalogue(e), "advisor", "-out", out)
	require.Contains(t, stdout, "advisor: What shall I do?\n"+want)
	_, stdout, _ = command(catalogue(e), "advisor", "-out", out, "-quiet")
	require.Equal(t, `advisor: What shall I do?
  → Use two of them, because one is not enough for what comes in an hour and
    three are too many

`, stdout)
	page, err := os.ReadFile(filepath.Join(out, galleryName))
	require.NoError(t, err)
	require.Contains(t, string(page), `<p class="advice">Use two of them, because`)
}

func TestRecommend_IsInTheResult(t *testing.T) {
	for _, c := range []struct {
		experiment Experiment
		args       []string
		want       any
	}{
		{advisor("Use two <of> them"), nil, "Use two <of> them"},
		{advisor(), nil, nil},
		{advisor("Use two"), []string{"-sweep", "size=1,2"}, "size = 1: Use two\nsize = 2: Use two"},
	} {
		out := t.TempDir()
		code, _, stderr := command(catalogue(c.experiment), append([]string{"advisor", "-out", out}, c.args...)...)
		require.Equal(t, exitOK, code, stderr)
		data, err := os.ReadFile(filepath.Join(out, "advisor", fileResult))
		require.NoError(t, err)
		var result map[string]any
		require.NoError(t, json.Unmarshal(data, &result))
		require.Equal(t, c.want, result["recommendation"])
	}
}

func TestRecommend_Refuses(t *testing.T) {
	for want, e := range map[string]Experiment{
		`a recommendation must be one line of text: ""`:               advisor(""),
		`a recommendation must be one line of text: "do\nthis"`:       advisor("do\nthis"),
		"a run must end in one recommendation: a second one was made": advisor("do this", "do that"),
	} {
		_, err := Try(e, 1)
		require.ErrorContains(t, err, want)
	}
}
