package estimating

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
)

func TestClaim_IDCollisionsFindingsHold(t *testing.T) {
	judgetest.Hold(t, idCollisions(soundIDs, judge.Effort{Tiny: race.Enabled}), 1)
}

// With fewer draws, and without the two million codes of each trial of seven digits, other seeds are quick.
func TestClaim_IDCollisionsFindingsHoldForOtherSeeds(t *testing.T) {
	if race.Enabled {
		t.Skip("findings are not asserted at a tiny size")
	}
	parts := soundIDs
	parts.draws = fewDraws
	for seed := uint64(2); seed < 7; seed++ {
		result, err := lab.Try(idCollisions(parts, judge.Effort{}), seed, "-digits", "1,4", "-loads", "0,0.5")
		require.NoError(t, err)
		for _, f := range result.Findings {
			require.True(t, f.Holds, "seed %d: %+v", seed, f)
		}
	}
}

const fewDraws = 2_500_000

func TestBroken_IDCollisionsFindingsTurnFalse(t *testing.T) {
	planted := func(change func(*idParts)) lab.Experiment {
		parts := soundIDs
		parts.draws = fewDraws
		change(&parts)
		return idCollisions(parts, judge.Effort{})
	}
	modulo := func(space uint64, r *rand.Rand) uint64 { return r.Uint64N(space+space/2) % space }
	mostlyTime := func(space uint64, r *rand.Rand) uint64 { return space/2 + r.Uint64N(max(1, space/100)) }
	inProportion := func(n estimate.Count, space float64) (float64, error) { return min(1, float64(max(n, 1)-1)/space), nil }
	oneDigit, fewDigits := []string{"-digits", "1", "-loads", "0.5"}, []string{"-digits", "1,4", "-loads", "0.5"}
	judgetest.TurnFalse(t, idCollisions(soundIDs, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("codes are drawn modulo, so that half of them are twice as likely", planted(func(p *idParts) { p.code = modulo }),
			oneDigit, judgetest.Lines(collideExact, drawsExact, againExact)),
		judgetest.Bug("but for a hundredth of the space codes are the time, and drawn at the same moment", planted(func(p *idParts) { p.code = mostlyTime }),
			[]string{"-digits", "4", "-loads", "0"}, judgetest.Lines(collideExact, collideEven)),
		judgetest.Bug("chances are taken to go with the share of the space", planted(func(p *idParts) { p.collision = inProportion }),
			oneDigit, collideExact),
		judgetest.Bug("chances are taken to be even at half of the space's root", planted(func(p *idParts) {
			p.within = func(_, space float64) (estimate.Count, error) { return estimate.Count(math.Sqrt(space) / 2), nil }
		}), fewDigits, collideEven),
		judgetest.Bug("hashes are the keys", planted(func(p *idParts) { p.hash64 = func(key uint64) uint64 { return key << 32 } }),
			oneDigit, judgetest.Lines(collideExact, collideEven, takenMisleads)),
		judgetest.Bug("the approximation is taken for the product", planted(func(p *idParts) { p.collision = estimate.CollisionApprox }),
			oneDigit, collideExact),
		judgetest.Bug("repeats are not seen", planted(func(p *idParts) { p.repeats = func(int, func() uint64) ([]int, error) { return nil, nil } }),
			fewDigits, judgetest.Lines(collideExact, collideEven, takenMisleads, approxBelow, fixedBits)),
		judgetest.Bug("no bits are fixed", planted(func(p *idParts) { p.fix = func(id uint32, _ int) uint32 { return id } }),
			oneDigit, judgetest.Lines(collideExact, fixedBits)),
		judgetest.Bug("codes lose their case", planted(func(p *idParts) { p.base62 = func(n uint64) string { return strings.ToUpper(estimate.Base62(n)) } }),
			[]string{"-digits", "4", "-loads", "0.5"}, counterNever),
		judgetest.Bug("a code that is taken is stored again", planted(func(p *idParts) {
			p.drawAgain = func(_ int, stored []int, _ func() uint64) ([]int, error) { return stored, nil }
		}), oneDigit, judgetest.Lines(drawsExact, againExact)),
	})
}

func TestIDCollisions_OddParameters(t *testing.T) {
	e := idCollisions(soundIDs, judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-digits", "1"},
		{"-digits", "7"},
		{"-digits", "3,2"},
		{"-hash", "8", "-fixed", "24"},
		{"-hash", "40", "-fixed", "2"},
		{"-hash", "26"},
		{"-loads", "0"},
		{"-loads", "0.99,0.001"},
		{"-loads", "0.5001,0.5"},
	} {
		judgetest.Odd(t, e, args...)
	}
}

func TestIDCollisions_Refuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-digits", "8"}, "-digits must lie in [1, 7]: 8"},
		{[]string{"-digits", "1,2,3"}, "-digits must be at most 2 numbers: 3"},
		{[]string{"-hash", "64"}, "-hash must lie in [8, 40]: 64"},
		{[]string{"-fixed", "0"}, "-fixed must lie in [2, 24]: 0"},
		{[]string{"-loads", "1"}, "-loads must lie in [0, 0.99]: 1"},
		{[]string{"-loads", "NaN"}, "-loads must"},
		{[]string{"-loads", "0,.01,.02,.03,.04,.05,.06,.07,.08,.09,.1,.11,.12,.13,.14,.15,.16,.17,.18,.19,.2"}, "-loads must be at most 20 numbers: 21"},
	} {
		_, err := lab.Try(IDCollisions, 1, c.args...)
		require.ErrorContains(t, err, "id-collisions: "+c.want, "%v", c.args)
	}
}
