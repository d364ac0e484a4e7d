package placing

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
)

func TestClaim_PartitioningFindingsHold(t *testing.T) {
	judgetest.Hold(t, partitioning(allPartitions, judge.Effort{Tiny: race.Enabled}))
}

func TestBroken_PartitioningFindingsTurnFalse(t *testing.T) {
	index := func(name string) int {
		return slices.IndexFunc(allPartitions, func(p partition) bool { return p.name == name })
	}
	with := func(as, by string) lab.Experiment {
		partitions := slices.Clone(allPartitions)
		partitions[index(as)].make = allPartitions[index(by)].make
		return partitioning(partitions, judge.Effort{})
	}
	few := []string{"-keys", "20000", "-length", "10,1000"}
	judgetest.TurnFalse(t, partitioning(allPartitions, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("ranges are sold as a hash", with("hash", "ranges"), few, judgetest.Lines(hashScatters, rangesScan, hashSpreads)),
		judgetest.Bug("a directory is sold as a hash", with("hash", "directory"), few, hashGrowsNot),
		judgetest.Bug("ranges are hashed", with("ranges", "hash"), few, judgetest.Lines(orderKeeps, rangesHot)),
		judgetest.Bug("split ranges are hashed", with("split", "hash"), few, judgetest.Lines(orderKeeps, splitsRotate, splitsNotCool)),
		judgetest.Bug("ranges are not split", with("split", "ranges"), few, judgetest.Lines(splitsRotate, splitsSpread)),
		judgetest.Bug("the directory is split ranges", with("directory", "split"), few, judgetest.Lines(orderKeeps, splitsRotate, directoryCosts)),
	})
}

func TestPartitioning_OddParameters(t *testing.T) {
	e := partitioning(allPartitions, judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-length", "7"},
		{"-length", "1"},
		{"-nodes", "2", "-keys", "100", "-length", "100,1,50"},
		{"-nodes", "1000", "-keys", "101", "-length", "10"},
		{"-keys", "1000", "-length", "30", "-split", "1", "-block", "1"},
		{"-split", "100000", "-block", "100000"},
	} {
		judgetest.Odd(t, e, args...)
	}
}

func TestPartitioning_Refuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-nodes", "1"}, "-nodes must lie in [2, 1000]: 1"},
		{[]string{"-keys", "0"}, "-keys must lie in [100, 300000]: 0"},
		{[]string{"-length", "0"}, "-length must lie in [1, 30000]: 0"},
		{[]string{"-length", "5,5"}, "-length must not repeat a value: 5"},
		{[]string{"-keys", "1000"}, "-length must be at most the stored -keys: 10000 of 1000"},
		{[]string{"-split", "0"}, "-split must lie in [1, 100000]: 0"},
		{[]string{"-split", "10"}, "-split, -keys and -length must leave at most 2000 ranges: 120000 keys in ranges of 10"},
		{[]string{"-block", "-1"}, "-block must lie in [1, 100000]: -1"},
	} {
		_, err := lab.Try(Partitioning, 1, c.args...)
		require.ErrorContains(t, err, "partitioning: "+c.want, "%v", c.args)
	}
}
