// Package ordering holds the experiments on order where no two clocks agree: logical clocks, and registers that stand on them.
package ordering

import "github.com/sysdesign-lab/sysdesign/internal/chart"

// A colour belongs to what writes, or events, are ordered by, in every chart. The time of day is the baseline, because everybody has it.
const (
	wallColor      = chart.Baseline
	lamportColor   = chart.Orange
	hybridColor    = chart.Green
	vectorColor    = chart.Blue // vectors, and dotted sets, which are vectors with the names of writes
	versionedColor = chart.Pink // one vector for all values of a key
	elapsedColor   = chart.Blue // a monotonic clock, which orders the events of one node only, and never meets vectors
)
