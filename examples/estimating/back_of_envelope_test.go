package estimating

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/estimate/estimatesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
)

func TestClaim_BackOfEnvelopeFindingsHold(t *testing.T) {
	judgetest.Hold(t, backOfEnvelope(soundEnvelope, judge.Effort{Tiny: race.Enabled}), 1, 2, 3)
}

func TestBroken_BackOfEnvelopeFindingsTurnFalse(t *testing.T) {
	broken := func(change func(*envelopeParts)) lab.Experiment {
		parts := soundEnvelope
		change(&parts)
		return backOfEnvelope(parts, judge.Effort{})
	}
	// A parser that takes some units for others.
	read := func(instead ...string) func(*envelopeParts) {
		return func(p *envelopeParts) {
			p.bytes = func(text string) (estimate.Bytes, error) {
				return estimate.ParseBytes(strings.NewReplacer(instead...).Replace(text))
			}
		}
	}
	// A service that is not the one that is planned.
	other := func(change func(*estimatesim.Service)) func(*envelopeParts) {
		return func(p *envelopeParts) {
			p.simulate = func(s estimatesim.Service, r *rand.Rand) (estimatesim.Counted, error) {
				change(&s)
				return s.Run(r)
			}
		}
	}
	judgetest.TurnFalse(t, backOfEnvelope(soundEnvelope, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("KB is 1,024 bytes", broken(read("50 kB", "50 KiB")), nil,
			judgetest.Lines(trafficCounted, storageCounted, linkCounted, egressCounted, factorsAsNamed, pairsMultiply)),
		judgetest.Bug("KiB and KB are one unit", broken(read("iB", "B", "Ki", "k")), nil, judgetest.Lines(unitsAsPowers, unitsPercents)),
		judgetest.Bug("the mean is taken for the peak", broken(func(p *envelopeParts) { p.peak = estimate.Traffic.DataRate }), nil,
			judgetest.Lines(trafficCounted, linkCounted)),
		judgetest.Bug("replicas are left out", broken(func(p *envelopeParts) {
			p.stored = func(s estimate.Storage) (estimate.Estimate[estimate.Bytes], error) {
				s.Replicas = 1
				return s.Total()
			}
		}), nil, judgetest.Lines(storageCounted, factorsAsNamed, unitsAsPowers)),
		judgetest.Bug("the hit ratio is by requests", broken(func(p *envelopeParts) { p.hits = scene.hitsByRequests }), nil, egressCounted),
		judgetest.Bug("large objects hit as often as small ones", broken(other(func(s *estimatesim.Service) {
			s.Kinds = []estimatesim.Objects{s.Kinds[0], s.Kinds[1]}
			s.Kinds[1].Hit = s.Kinds[0].Hit
		})), nil, judgetest.Lines(egressCounted, byRequestsLow)),
		judgetest.Bug("one replica is written", broken(other(func(s *estimatesim.Service) { s.Replicas = 1 })), nil,
			judgetest.Lines(storageCounted, factorsAsNamed, factorsTimes, pairsMultiply)),
		judgetest.Bug("two are written for each", broken(other(func(s *estimatesim.Service) { s.Writes *= 2 })), nil,
			judgetest.Lines(storageCounted, publishedTwice)),
	})
}

func TestBackOfEnvelope_OddParameters(t *testing.T) {
	e := backOfEnvelope(soundEnvelope, judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-users", "100k", "-active", "0.05"},
		{"-users", "1000000000", "-active", "1", "-reads", "200", "-writes", "10", "-size", "100", "-retention", "30", "-replicas", "2"},
		{"-size", "1", "-reads", "1", "-writes", "1"},
		{"-writes", "100", "-reads", "200"},
		{"-large", "1"},
		strings.Fields("-users 900000000 -active 0.35 -reads 51.5 -writes 11.25 -size 49 -large 33.3 -peak 2.75 -small-hit 0.925 -large-hit 0.345 " +
			"-compression 2.5 -index 0.35 -replicas 2 -retention 6 -edge-price 0.0255 -origin-price 0.0855"),
		{"-large", "100", "-large-hit", "0"},
		{"-small-hit", "0", "-large-hit", "0.9"},
		{"-small-hit", "0", "-large-hit", "0", "-edge-price", "0.001"},
		{"-peak", "1", "-active", "1", "-compression", "1", "-index", "0", "-replicas", "1"},
		{"-peak", "6", "-compression", "10", "-index", "2"},
		{"-replicas", "2", "-compression", "2"},
		{"-edge-price", "0.5", "-origin-price", "0.01"},
		{"-edge-price", "0.5", "-origin-price", "0.02", "-large-hit", "0.99", "-small-hit", "0"},
		{"-small-hit", "0.9", "-large-hit", "0.9"},
		{"-retention", "1"},
		{"-retention", "30"},
	} {
		judgetest.Odd(t, e, args...)
	}
}

// The rows of data.csv have what their names say.
func TestBackOfEnvelope_HasTheRows(t *testing.T) {
	if race.Enabled {
		t.Skip("it is about numbers")
	}
	result, err := lab.Try(BackOfEnvelope, 1)
	require.NoError(t, err)
	require.Equal(t, []string{"quantity", "slip", "runs", "estimate", "counted", "predicted", "factor", "low", "high"}, result.Columns)
	require.Len(t, result.Rows, 10+4+9+3)
	for _, row := range result.Rows {
		factor := number(t, result, row, "factor")
		require.InEpsilon(t, number(t, result, row, "estimate")/number(t, result, row, "counted"), factor, 1e-9, "%v", row)
		require.Less(t, number(t, result, row, "low"), factor, "%v", row)
		require.Greater(t, number(t, result, row, "high"), factor, "%v", row)
		// Of 40 runs of 50,000 objects and more what is counted is off by less than a slip of 2.4%.
		require.InEpsilon(t, number(t, result, row, "predicted"), factor, 0.024, "%v", row)
	}
	number := func(row int, column string) float64 { return number(t, result, result.Rows[row], column) }
	require.Equal(t, "day_bytes", result.Rows[5][0])
	require.Equal(t, 5e12, number(5, "estimate"), "100 million writes of 50 kB")
}

// The two hit ratios are equal but for rounding, which is no slip.
func TestBackOfEnvelope_RoundingIsNoSlip(t *testing.T) {
	result, err := lab.Try(backOfEnvelope(soundEnvelope, judge.Effort{Tiny: true}), 1, "-small-hit", "0.9", "-large-hit", "0.9")
	require.NoError(t, err)
	require.Contains(t, result.Figure.Headline, "one by 1.25 to 8")
	for _, row := range result.Rows {
		require.NotEqual(t, "requests", row[1])
	}
}

func TestBackOfEnvelope_Refuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-users", "-5"}, "-users cannot be used: estimate: a count must not be negative"},
		{[]string{"-active", "0"}, "-active must lie in [0.05, 1]: 0"},
		{[]string{"-reads", "0"}, "-reads must lie in [1, 200]: 0"},
		{[]string{"-writes", "NaN"}, "-writes must"},
		{[]string{"-size", "50kB"}, "-size must be"},
		{[]string{"-size", "0"}, "-size must lie in [1, 1000]: 0"},
		{[]string{"-large", "0.5"}, "-large must lie in [1, 100]: 0.5"},
		{[]string{"-peak", "0.5"}, "-peak must lie in [1, 6]: 0.5"},
		{[]string{"-small-hit", "1"}, "-small-hit must lie in [0, 0.99]: 1"},
		{[]string{"-large-hit", "-0.1"}, "-large-hit must lie in [0, 0.99]: -0.1"},
		{[]string{"-compression", "0"}, "-compression must lie in [1, 10]: 0"},
		{[]string{"-index", "-1"}, "-index must lie in [0, 2]: -1"},
		{[]string{"-replicas", "0"}, "-replicas must lie in [1, 10]: 0"},
		{[]string{"-retention", "0"}, "-retention must lie in [1, 30]: 0"},
		{[]string{"-origin-price", "0"}, "-origin-price must lie in [0.01, 1]: 0"},
		{[]string{"-users", "1000000000", "-size", "1000", "-retention", "30", "-replicas", "10"},
			"-users, -active, -writes, -size, -retention, -replicas and -index must make at most 1 EB of all that is stored, uncompressed: 1.5 EB"},
		{[]string{"-reads", "1"},
			"-reads, -writes and -retention must let a run of at most 1600000 requests show both enough reads and enough of what is kept: 4.56e+06 requests"},
		{strings.Fields("-users 100000 -active 0.05 -reads 1 -writes 1 -size 1 -small-hit 0.99 -large-hit 0.99 -edge-price 0.001"),
			"-users, -active, -reads, -size, the hits and the prices must make a day's bytes from the edge, and those from the origin, cost 0.001 USD or more: " +
				"5e-06 and 4.5e-06 USD"},
		{[]string{"-edge-price", "0.0200001"}, "-edge-price and -origin-price must be whole millionths of a dollar: 0.0200001 and 0.09"},
	} {
		_, err := lab.Try(BackOfEnvelope, 1, c.args...)
		require.ErrorContains(t, err, "back-of-envelope: "+c.want, "%v", c.args)
	}
}
