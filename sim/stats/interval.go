package stats

import (
	"fmt"
	"math"
)

// The two confidence levels of this project. A reader of a chart wants to see the spread: 95 in 100. A test, or a
// sentence that is judged, must hold whatever the seed: of forty true statements that are judged at 95%, some seven
// runs in eight would find one false (1 - 0.95^40 = 0.87); at 99.99% it is one run in 250.
const (
	Charted  = 0.95   // of intervals that are drawn, and of columns …low and …high
	Asserted = 0.9999 // of "the interval contains"
)

// Interval is an estimate and its confidence interval, in the unit of the observations. Both ends belong to it. Unless
// said otherwise it reaches equally far to both sides.
type Interval struct {
	Estimate, Low, High float64
}

// Contains says whether x lies in [Low, High]. NaN lies nowhere.
func (i Interval) Contains(x float64) bool { return i.Low <= x && x <= i.High }

// HalfWidth is half the distance from Low to High.
func (i Interval) HalfWidth() float64 { return i.High/2 - i.Low/2 } // the difference itself may overflow

// Nobody wants an interval that misses every other time, and beyond six nines Student's quantile, computed in double
// precision, loses its digits.
const minConfidence, maxConfidence = 0.5, 0.999999

func checkConfidence(confidence float64) error {
	if !(confidence >= minConfidence && confidence <= maxConfidence) {
		return fmt.Errorf("stats: confidence must lie in [%v, %v]: %v", minConfidence, maxConfidence, confidence)
	}
	return nil
}

func checkFinite(name string, xs []float64) error {
	for i, x := range xs {
		if !finite(x) {
			return fmt.Errorf("stats: observations must be finite: %s[%d] = %v", name, i, x)
		}
	}
	return nil
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
