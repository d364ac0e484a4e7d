package caching

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/cache/cachesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/sim"
)

func soundLayers(effort judge.Effort) lab.Experiment {
	return layers(cachesim.Layers.Run, cachesim.Layers.WithoutEviction, effort)
}

func TestClaim_LayersFindingsHold(t *testing.T) {
	judgetest.Hold(t, soundLayers(judge.Effort{Tiny: race.Enabled}))
}

func TestBroken_LayersFindingsTurnFalse(t *testing.T) {
	// with is the experiment with other layers than were asked for.
	with := func(spoil func(*cachesim.Layers)) lab.Experiment {
		return layers(func(l cachesim.Layers, e *sim.Engine) (cachesim.Reached, error) {
			l.Layers = slices.Clone(l.Layers)
			spoil(&l)
			return l.Run(e)
		}, cachesim.Layers.WithoutEviction, judge.Effort{})
	}
	onePoint := with(func(l *cachesim.Layers) {
		for i, layer := range l.Layers {
			if layer.Caches < l.Clients {
				l.Layers[i].Caches = 1
			}
		}
	})
	cold := with(func(l *cachesim.Layers) { l.WarmUp = 0 })
	manyShields := with(func(l *cachesim.Layers) {
		if len(l.Layers) == numLayers {
			l.Layers[shieldLayer].Caches = l.Layers[pointLayer].Caches
		}
	})
	unfiltered := layers(func(l cachesim.Layers, e *sim.Engine) (cachesim.Reached, error) {
		reached, err := l.Run(e)
		for i := 1; i < len(l.Layers) && err == nil; i++ {
			alone := l
			alone.Layers = l.Layers[i : i+1]
			var own cachesim.Reached
			own, err = alone.Run(e)
			reached[i+1] = int(float64(reached[i]) * (1 - own.HitRatio(0)))
		}
		return reached, err
	}, cachesim.Layers.WithoutEviction, judge.Effort{})
	inError := layers(cachesim.Layers.Run, func(l cachesim.Layers, caches int) (float64, error) {
		return l.WithoutEviction(caches + 1)
	}, judge.Effort{})
	two := []string{"-points", "1,8", "-clients", "16"}
	judgetest.TurnFalse(t, soundLayers(judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("all points are one", onePoint, two, judgetest.Lines(pointsHitLess, originGetsMore)),
		judgetest.Bug("a point is looked at before it is full", cold, two, pointsHitTheSame),
		judgetest.Bug("theory counts a point too many", inError, two, roomyIsExact),
		judgetest.Bug("each point has a shield of its own", manyShields, two, judgetest.Lines(shieldLevels, shieldSaves)),
		judgetest.Bug("each layer gets all the traffic", unfiltered, two, judgetest.Lines(laterHitLess, serviceUseless)),
	})
}

// The columns are fixed; layers and setups are rows.
func TestLayers_Data(t *testing.T) {
	result, err := lab.Try(soundLayers(judge.Effort{Tiny: true}), 1, "-points", "4,2", "-clients", "8", "-objects", "50", "-point-entries", "10")
	require.NoError(t, err)
	require.Equal(t, []string{
		"setup", "points", "layer", "caches", "entries", "runs", "reached", "reached_low", "reached_high",
		"hit_ratio", "hit_ratio_low", "hit_ratio_high", "passed", "passed_low", "passed_high", "passed_least",
	}, result.Columns)
	require.Equal(t, [][]string{
		{"all", "2", "client", "8", "10", "3"}, {"all", "2", "point", "2", "10", "3"}, {"all", "2", "shield", "1", "3000", "3"}, {"all", "2", "service", "1", "1000", "3"},
		{"alone", "2", "point", "2", "10", "3"}, {"roomy", "2", "point", "2", "188", "3"}, {"unchanging", "2", "point", "2", "10", "3"},
		{"all", "4", "client", "8", "10", "3"}, {"all", "4", "point", "4", "10", "3"}, {"all", "4", "shield", "1", "3000", "3"}, {"all", "4", "service", "1", "1000", "3"},
		{"alone", "4", "point", "4", "10", "3"}, {"roomy", "4", "point", "4", "188", "3"}, {"unchanging", "4", "point", "4", "10", "3"},
		{"alone", "4", "client", "8", "10", "3"}, {"alone", "4", "shield", "1", "3000", "3"}, {"alone", "4", "service", "1", "1000", "3"},
	}, judge.Column(result.Rows, func(row []string) []string { return row[:6] }))
	require.Equal(t, []string{"1", "1", "1"}, result.Rows[0][6:9], "clients get all requests")
	require.Equal(t, result.Rows[0][12:15], result.Rows[1][6:9], "what passes clients comes to points")
}

func TestLayers_OddParameters(t *testing.T) {
	e := soundLayers(judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-points", "3"},
		{"-points", "1,7,240"},
		{"-points", "1", "-clients", "1"},
		{"-changes", "0"},
		{"-changes", "1", "-points", "1,240"},
		{"-objects", "1"},
		{"-skew", "0", "-objects", "100000"},
		{"-skew", "3", "-service-entries", "9000"},
		{"-client-entries", "1", "-point-entries", "1", "-shield-entries", "1", "-service-entries", "1"},
	} {
		judgetest.Odd(t, e, args...)
	}
}

func TestLayers_Refuse(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-points", "0"}, "-points must lie in [1, 1000]: 0"},
		{[]string{"-points", "2,2"}, "-points must not repeat a value: 2"},
		{[]string{"-points", "300"}, "-points must be at most the -clients: 300 points, 240 clients"},
		{[]string{"-changes", "1.5"}, "-changes must lie in [0, 1]: 1.5"},
		{[]string{"-skew", "NaN"}, "-skew must be a finite number: NaN"},
		{[]string{"-client-entries", "0"}, "-client-entries must lie in [1, 100000]: 0"},
		{[]string{"-point-entries", "1000000"}, "-clients, -client-entries, -points and -point-entries must come to at most 4,000,000 entries in a layer: 2,400 of clients, 16,000,000 of points"},
	} {
		_, err := lab.Try(Layers, 1, c.args...)
		require.ErrorContains(t, err, "layers: "+c.want, "%v", c.args)
	}
}
