package placing

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
)

func TestClaim_PartitioningFindingsHold(t *testing.T) {
	tryFindings(t, partitioning(allPartitions, effort{tiny: race.Enabled}))
}

func TestBroken_PartitioningFindingsTurnFalse(t *testing.T) {
	index := func(name string) int {
		return slices.IndexFunc(allPartitions, func(p partition) bool { return p.name == name })
	}
	with := func(as, by string) lab.Experiment {
		partitions := slices.Clone(allPartitions)
		partitions[index(as)].make = allPartitions[index(by)].make
		return partitioning(partitions, effort{})
	}
	few := []string{"-keys", "20000", "-length", "10,1000"}
	turnFalse(t, partitioning(allPartitions, effort{tiny: true}), []planted{
		{"ranges are sold as a hash", with("hash", "ranges"), few, lines(hashScatters, rangesScan, hashSpreads)},
		{"a directory is sold as a hash", with("hash", "directory"), few, hashGrowsNot},
		{"ranges are hashed", with("ranges", "hash"), few, lines(orderKeeps, rangesHot)},
		{"split ranges are hashed", with("split", "hash"), few, lines(orderKeeps, splitsRotate, splitsNotCool)},
		{"ranges are not split", with("split", "ranges"), few, lines(splitsRotate, splitsSpread)},
		{"the directory is split ranges", with("directory", "split"), few, lines(orderKeeps, splitsRotate, directoryCosts)},
	})
}

func TestPartitioning_OddParameters(t *testing.T) {
	e := partitioning(allPartitions, effort{tiny: true})
	for _, args := range [][]string{
		{"-length", "7"},
		{"-length", "1"},
		{"-nodes", "2", "-keys", "100", "-length", "100,1,50"},
		{"-nodes", "1000", "-keys", "101", "-length", "10"},
		{"-keys", "1000", "-length", "30", "-split", "1", "-block", "1"},
		{"-split", "100000", "-block", "100000"},
	} {
		tryOdd(t, e, args...)
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
