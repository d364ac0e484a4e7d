package lab

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

func TestBroken_CommandWithoutQuotes(t *testing.T) {
	lawtest.Breaks(t, "A command that is printed without quotes is torn apart by the shell",
		lawCanonicalCommand(func(p plan) string { return strings.Join(words(p.command()), " ") }))
}

func TestBroken_SeedNotPrinted(t *testing.T) {
	lawtest.Breaks(t, "A command without the seed is another run",
		lawCanonicalCommand(func(p plan) string {
			p.seed = defaultSeed
			return p.command()
		}))
}

func TestBroken_SweepNotPrinted(t *testing.T) {
	lawtest.Breaks(t, "A command without the sweep is a single run",
		lawSweepIsCanonical(func(p plan) string {
			p.sweep = nil
			return p.command()
		}))
}

func TestBroken_DefaultsTyped(t *testing.T) {
	lawtest.Breaks(t, "A run that asserts its findings only if no parameter was typed lets them off where a default was",
		lawParametersHoldWhatWasTyped(func(_ plan, typed map[string]string) bool { return len(typed) == 0 }))
}

func TestBroken_NamedTwice(t *testing.T) {
	lawtest.Breaks(t, "A word for many experiments that adds them all runs those again that were named before",
		lawReadOrRefused(func(c Catalogue, args []string) (request, error) {
			req, err := c.parse(args)
			unnamed := func(k pick) bool { return !k.named }
			if named := slices.DeleteFunc(slices.Clone(req.picks), unnamed); slices.ContainsFunc(req.picks, unnamed) {
				req.picks = append(req.picks, named...)
			}
			return req, err
		}))
}

func TestBroken_SixDigits(t *testing.T) {
	lawtest.Breaks(t, "Six significant digits are not the number",
		lawDecimalReadsBack(func(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }))
}

func TestBroken_SwapIsTwoEdits(t *testing.T) {
	lawtest.Breaks(t, "Levenshtein's distance counts two letters that were swapped, the commonest slip, as two edits",
		lawEditsCountSlips(levenshtein))
}

// levenshtein is the usual one, a row at a time.
func levenshtein(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := 1
			if a[i] == b[j] {
				change = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+change)
		}
	}
	return row[len(b)]
}

func TestBroken_AlwaysFourDigits(t *testing.T) {
	lawtest.Breaks(t, "With four digits whatever comes, a bound that was missed may look as if it was met",
		lawBesideTellsNumbersApart(func(a, b float64) (string, string) { return rounded(a, 4), rounded(b, 4) }))
}
