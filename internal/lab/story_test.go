package lab

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// teller tells a story.
func teller(tell func(*Run)) Experiment {
	e := advisor()
	e.New = func(p *Parameters) func(*Run) error {
		p.Int("size", 1, "items", "how many")
		return func(r *Run) error {
			complete(r)
			tell(r)
			return nil
		}
	}
	return e
}

func TestStory_IsPrintedAboveTheFindings(t *testing.T) {
	e := teller(func(r *Run) {
		r.Tell("Two are better than one, because they have a good return for their labour, and three are not easily broken")
		r.Draw("a  ├──┤\nb     ├──────────────────────────────────────────────────────────────────────────────────┤\n\n")
		r.Tell("So be it")
	})
	const want = `
  Two are better than one, because they have a good return for their labour, and
  three are not easily broken

  a  ├──┤
  b     ├──────────────────────────────────────────────────────────────────────────────────┤

  So be it
     measured  bound
  ✓         1      1  it runs
`
	_, stdout, _ := command(catalogue(e), "advisor", "-out", t.TempDir())
	require.Contains(t, stdout, want)
	_, stdout, _ = command(catalogue(e), "advisor", "-out", t.TempDir(), "-quiet")
	require.Empty(t, stdout)
	_, stdout, _ = command(catalogue(e), "advisor", "-out", t.TempDir(), "-sweep", "size=1,2")
	require.Contains(t, stdout, "\n  size = 1\n  Two are better")
	require.Contains(t, stdout, "  So be it\n  size = 2\n  Two are better")
}

func TestStory_Refuses(t *testing.T) {
	for want, e := range map[string]Experiment{
		`what a run tells must be one line of text: "a\nb"`:      teller(func(r *Run) { r.Tell("a\nb") }),
		`what a run tells must be one line of text: ""`:          teller(func(r *Run) { r.Tell("") }),
		`a drawing must be lines of printable text: "\x1b[2Jno"`: teller(func(r *Run) { r.Draw("yes\n\x1b[2Jno") }),
	} {
		_, err := Try(e, 1)
		require.ErrorContains(t, err, want)
	}
}
