package chart

import (
	"cmp"
	"math"
	"slices"
)

// labelPitch is the least distance between the centres of two labels.
const labelPitch = 12

// nudge moves labels apart: it returns the places nearest to the wanted ones, in sum of squares, that lie within
// [top, bottom], at least a pitch apart and in the wanted order, equal wishes in the order given. It is false if there
// is no room.
//
// Without the pitch this is isotonic regression: subtract from each wish the pitches above it, pool neighbours that
// are out of order into their mean, cut at the ends, and add the pitches again.
// Source: Barlow, Bartholomew, Bremner and Brunk, Statistical Inference under Order Restrictions, 1972, section 1.2.
func nudge(wanted []float64, top, bottom, pitch float64) ([]float64, bool) {
	room := bottom - top - pitch*float64(len(wanted)-1)
	if len(wanted) > 0 && room < 0 {
		return nil, false
	}
	order := make([]int, len(wanted))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(wanted[a], wanted[b]) })

	type pool struct {
		mean float64
		size int
	}
	var pools []pool
	for rank, i := range order {
		p := pool{wanted[i] - pitch*float64(rank), 1}
		for len(pools) > 0 && pools[len(pools)-1].mean >= p.mean {
			last := pools[len(pools)-1]
			pools = pools[:len(pools)-1]
			n := float64(last.size + p.size)
			p = pool{(last.mean*float64(last.size) + p.mean*float64(p.size)) / n, last.size + p.size}
		}
		pools = append(pools, p)
	}

	placed := make([]float64, len(wanted))
	rank := 0
	for _, p := range pools {
		base := math.Max(top, math.Min(top+room, p.mean))
		for range p.size {
			placed[order[rank]] = base + pitch*float64(rank)
			rank++
		}
	}
	return placed, true
}
