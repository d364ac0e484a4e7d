package caching

import (
	"math"
	"strconv"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
)

// number writes one with commas if it is whole.
func number(x float64) string {
	if x == math.Trunc(x) && math.Abs(x) < 1e15 {
		return judge.Commas(int(x))
	}
	return strconv.FormatFloat(x, 'g', 6, 64)
}

// percent writes a share without losing digits: 0.985 is 98.5%.
func percent(share float64) string {
	return strconv.FormatFloat(share*100, 'g', 6, 64) + "%"
}
