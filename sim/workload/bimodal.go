// Bimodal service times: two fixed times, the simplest case of a few long requests that hold up many short ones.

package workload

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// NewBimodal makes service times that are long with probability shareLong and short otherwise, independently. It must
// hold that 0 < short <= long, and that shareLong lies in [0, 1], both ends included, so that a sweep may start at 0.
func NewBimodal(short, long time.Duration, shareLong float64) (ServiceTime, error) {
	if err := checkPositive("the short service time", short); err != nil {
		return nil, err
	}
	if long < short {
		return nil, fmt.Errorf("workload: the long service time must not be below the short one: short=%v long=%v", short, long)
	}
	if !(shareLong >= 0 && shareLong <= 1) {
		return nil, fmt.Errorf("workload: the share of long service times must lie in [0, 1]: %v", shareLong)
	}
	return bimodal{short: short, long: long, shareLong: shareLong}, nil
}

type bimodal struct {
	short, long time.Duration
	shareLong   float64
}

func (b bimodal) Draw(r *rand.Rand) time.Duration {
	if r.Float64() < b.shareLong {
		return b.long
	}
	return b.short
}

func (b bimodal) Mean() time.Duration {
	spread := b.long - b.short
	return b.short + min(nearest(b.shareLong*float64(spread)), spread) // near the longest Duration a float64 rounds beyond it
}

func (b bimodal) Variance() float64 {
	return b.shareLong * (1 - b.shareLong) * square((b.long - b.short).Seconds())
}

func (b bimodal) CDF(t time.Duration) float64 {
	switch {
	case t < b.short:
		return 0
	case t < b.long:
		return 1 - b.shareLong
	default:
		return 1
	}
}

func (b bimodal) Quantile(p float64) (time.Duration, error) {
	if err := checkQuantile(p); err != nil {
		return 0, err
	}
	if p <= 1-b.shareLong && b.shareLong < 1 {
		return b.short, nil
	}
	return b.long, nil
}
