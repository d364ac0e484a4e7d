package quorum

import (
	"slices"
	"time"
)

// sortTimes sorts times that are not negative, by their digits, the lowest first: a million of them several times as fast as comparing
// them would. The scratch is as long as the longest that it is given with, or grows to it, and is returned for the next call.
func sortTimes(all, scratch []time.Duration) []time.Duration {
	const few, digit = 1 << 12, 11
	if len(all) < few { // for which filling the tables takes longer
		slices.Sort(all)
		return scratch
	}
	scratch = slices.Grow(scratch[:0], len(all))[:len(all)]
	from, to := all, scratch
	for shift, most := 0, slices.Max(all); most>>shift > 0; shift += digit {
		var starts [1 << digit]int
		for _, t := range from {
			starts[t>>shift&(1<<digit-1)]++
		}
		next := 0
		for d, count := range starts {
			starts[d], next = next, next+count
		}
		for _, t := range from {
			d := t >> shift & (1<<digit - 1)
			to[starts[d]] = t
			starts[d]++
		}
		from, to = to, from
	}
	if &from[0] != &all[0] {
		copy(all, from)
	}
	return scratch
}
