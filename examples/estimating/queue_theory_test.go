package estimating

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/estimate/estimatesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

func TestClaim_QueueTheoryFindingsHold(t *testing.T) {
	judgetest.Hold(t, queueTheory(estimatesim.Lines.Run, judge.Effort{Tiny: race.Enabled}), 1, 2, 3)
}

func TestBroken_QueueTheoryFindingsTurnFalse(t *testing.T) {
	sound := estimatesim.Lines.Run
	stays := func(l estimatesim.Lines, e *sim.Engine, warmUp, requests int) (estimatesim.Waited, error) {
		waited, err := sound(l, e, warmUp, requests)
		waited.Mean++
		return waited, err
	}
	busier := func(l estimatesim.Lines, e *sim.Engine, warmUp, requests int) (estimatesim.Waited, error) {
		l.Load *= 1.05
		return sound(l, e, warmUp, requests)
	}
	cold := func(l estimatesim.Lines, e *sim.Engine, _, requests int) (estimatesim.Waited, error) {
		return sound(l, e, 0, requests/8_000)
	}
	apart := func(l estimatesim.Lines, e *sim.Engine, warmUp, requests int) (estimatesim.Waited, error) {
		l.Lines = l.Servers
		return sound(l, e, warmUp, requests)
	}
	alike := func(l estimatesim.Lines, e *sim.Engine, warmUp, requests int) (estimatesim.Waited, error) {
		var err error
		if l.Service, err = workload.NewDeterministic(service); err != nil {
			return estimatesim.Waited{}, err
		}
		return sound(l, e, warmUp, requests)
	}
	few := []string{"-load", "0.5,0.9", "-servers", "2", "-scv", "4"}
	judgetest.TurnFalse(t, queueTheory(sound, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("waits include service", queueTheory(stays, judge.Effort{}), few, judgetest.Lines(asMM1, asMMC, asMD1, asMG1, halved, ninefold)),
		judgetest.Bug("arrivals are 5% too many", queueTheory(busier, judge.Effort{}), few, judgetest.Lines(asMM1, asMMC, asMD1, asMG1, ninefold)),
		judgetest.Bug("runs are short and start empty", queueTheory(cold, judge.Effort{}), few, judgetest.Lines(asMM1, asMD1, asMG1)),
		judgetest.Bug("each server has a line of its own", queueTheory(apart, judge.Effort{}), few, asMMC),
		judgetest.Bug("all service times are alike", queueTheory(alike, judge.Effort{}), few, judgetest.Lines(asMM1, asMMC, asMG1, halved)),
	})
}

func TestLaw_ServiceTimesOfModels(t *testing.T) {
	for _, of := range []queue{{"M/D/1", 1, 0}, {"M/M/1", 1, 1}, {"M/M/c", 3, 1}, {"M/G/1", 1, 0.1}, {"M/G/1", 1, 4}, {"M/G/1", 1, 9}, {"M/G/1", 1, 20}} {
		times, err := of.times()
		require.NoError(t, err)
		require.InDelta(t, 1, times.Mean().Seconds(), 2e-9, "%v: the mean is rounded to the nanosecond", of)
		require.InDelta(t, of.scv, workload.SCV(times), 1e-7, "%v", of)
	}
}

func TestQueueTheory_OddParameters(t *testing.T) {
	e := queueTheory(estimatesim.Lines.Run, judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-load", "0.9"},
		{"-load", "0.9,0.2", "-servers", "2"},
		{"-load", "0.95,0.94"},
		{"-servers", "100", "-load", "0.8,0.95"},
		{"-servers", "10,3,2", "-load", "0.5"},
		{"-scv", "0.1"},
		{"-scv", "20,1"},
	} {
		judgetest.Odd(t, e, args...)
	}
}

func TestQueueTheory_HasTheColumns(t *testing.T) {
	result, err := lab.Try(queueTheory(estimatesim.Lines.Run, judge.Effort{Tiny: true}), 1)
	require.NoError(t, err)
	require.Equal(t, []string{"model", "servers", "load", "scv", "runs", "theory", "mean", "low", "high"}, result.Columns)
	require.Len(t, result.Rows, 6*5)
	models := map[string]bool{}
	for _, row := range result.Rows {
		models[row[0]] = true
	}
	require.Len(t, models, 4)
}

func TestQueueTheory_Refuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-load", "1"}, "-load must lie in [0.2, 0.95]: 1"},
		{[]string{"-load", "0"}, "-load must lie in [0.2, 0.95]: 0"},
		{[]string{"-load", "0.3,0.31,0.32,0.33,0.34,0.35,0.36,0.37,0.38,0.39,0.4"}, "-load must be at most 10 numbers: 11"},
		{[]string{"-servers", "1"}, "-servers must lie in [2, 100]: 1"},
		{[]string{"-servers", "2,3,4,5"}, "-servers must be at most 3 numbers: 4"},
		{[]string{"-servers", "100", "-load", "0.3"}, "-servers and -load must make at least 1% of requests wait: 100 servers at load 0.3, "},
		{[]string{"-scv", "0"}, "-scv must lie in [0.1, 20]: 0"},
		{[]string{"-scv", "1,2,3"}, "-scv must be at most 2 numbers: 3"},
	} {
		_, err := lab.Try(QueueTheory, 1, c.args...)
		require.ErrorContains(t, err, "queue-theory: "+c.want, "%v", c.args)
	}
}

func TestQueueTheory_UnknownModelHasNoFormula(t *testing.T) {
	_, err := queue{"G/G/1", 1, 1}.wait(0.5)
	require.ErrorContains(t, err, "no formula for G/G/1")
}
