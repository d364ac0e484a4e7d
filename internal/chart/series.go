package chart

import (
	"errors"
	"fmt"
	"math"
)

// key is how a reader finds a series again: its name and its colour.
type key struct {
	name  string
	color Color
}

// checkSeries says whether a reader can tell the series of a panel apart.
func checkSeries(keys []key) error {
	coloured, measured := 0, 0
	colors, names := make(map[Color]string), make(map[string]bool)
	for _, k := range keys {
		if err := k.color.check(); err != nil {
			return fmt.Errorf("series %q %w", k.name, err)
		}
		if err := checkText(k.name); err != nil {
			return err
		}
		if k.color != Theory {
			measured++
		}
		if k.color < Baseline {
			coloured++
		}
	}
	if coloured > seriesColors {
		return fmt.Errorf("at most four coloured series go in a panel (draw small multiples): %d", coloured)
	}
	for _, k := range keys {
		if k.name != "" && names[k.name] {
			return fmt.Errorf("two series of a panel have one name: %q", k.name)
		}
		names[k.name] = true
		if k.color == Theory {
			continue
		}
		if k.name == "" && measured > 1 {
			return errors.New("every series but one alone needs a name")
		}
		if other, taken := colors[k.color]; taken {
			return fmt.Errorf("two series of a panel have one colour: %q, %q", other, k.name)
		}
		colors[k.color] = k.name
	}
	return nil
}

// checkValues says whether the values of a line or of bars can be drawn, and their intervals around them.
func checkValues(y Scale, values, low, high []float64) error {
	if (low == nil) != (high == nil) {
		return errors.New("low and high go together")
	}
	if low != nil && (len(low) != len(values) || len(high) != len(values)) {
		return fmt.Errorf("y, low and high must be equally long: %d, %d, %d", len(values), len(low), len(high))
	}
	missing := 0
	for i, v := range values {
		if math.IsNaN(v) {
			missing++
			continue
		}
		if err := y.check(v); err != nil {
			return fmt.Errorf("y[%d]: %w", i, err)
		}
		if low == nil {
			continue
		}
		if err := Linear.check(low[i]); err != nil { // not y.check: the band may reach below a log scale
			return fmt.Errorf("low[%d]: %w", i, err)
		}
		if err := y.check(high[i]); err != nil {
			return fmt.Errorf("high[%d]: %w", i, err)
		}
		if !(low[i] <= v && v <= high[i]) {
			return fmt.Errorf("low[%d] and high[%d] must hold y[%d]: %v is not in [%v, %v]", i, i, i, v, low[i], high[i])
		}
	}
	if missing == len(values) {
		return errors.New("every y is missing")
	}
	return nil
}
