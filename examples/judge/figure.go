package judge

import (
	"github.com/sysdesign-lab/sysdesign/internal/chart"
)

// Point adds the mean of a column to the end of a line, with its 95% interval.
func Point(line *chart.Line, x float64, runs []float64) error {
	interval, err := Charted(runs)
	if err != nil {
		return err
	}
	line.AddInterval(x, interval.Estimate, interval.Low, interval.High)
	return nil
}
