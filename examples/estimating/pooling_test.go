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
)

func TestClaim_PoolingFindingsHold(t *testing.T) {
	judgetest.Hold(t, pooling(estimatesim.Lines.Run, judge.Effort{Tiny: race.Enabled}), 1, 2, 3)
}

func TestBroken_PoolingFindingsTurnFalse(t *testing.T) {
	always := func(lines int) simulation {
		return func(l estimatesim.Lines, e *sim.Engine, warmUp, requests int) (estimatesim.Waited, error) {
			l.Lines = lines
			if lines == 0 {
				l.Lines = l.Servers
			}
			return l.Run(e, warmUp, requests)
		}
	}
	few := []string{"-servers", "1,4"}
	judgetest.TurnFalse(t, pooling(estimatesim.Lines.Run, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("the one line is many", pooling(always(0), judge.Effort{}), few, judgetest.Lines(sharedAsErlang, timesShorter)),
		judgetest.Bug("the many lines are one", pooling(always(1), judge.Effort{}), few, judgetest.Lines(apartAsOne, timesShorter)),
	})
}

func TestPooling_OddParameters(t *testing.T) {
	e := pooling(estimatesim.Lines.Run, judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-servers", "1"},
		{"-servers", "50"},
		{"-servers", "4,2", "-load", "0.3"},
		{"-servers", "2", "-load", "0.95"},
		{"-servers", "7,2,3,4,5,6"},
	} {
		judgetest.Odd(t, e, args...)
	}
}

func TestPooling_Refuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-servers", "0"}, "-servers must lie in [1, 100]: 0"},
		{[]string{"-servers", "1,2,3,4,5,6,7"}, "-servers must be at most 6 numbers: 7"},
		{[]string{"-servers", "20", "-load", "0.3"}, "-servers and -load must make at least 1% of requests wait: 20 servers at load 0.3, "},
		{[]string{"-servers", "20", "-load", "0.95"}, "-servers and -load must leave the sum of servers over (1-load)² at most 2000: 8000"},
		{[]string{"-load", "1"}, "-load must lie in [0.2, 0.95]: 1"},
	} {
		_, err := lab.Try(Pooling, 1, c.args...)
		require.ErrorContains(t, err, "pooling: "+c.want, "%v", c.args)
	}
}
