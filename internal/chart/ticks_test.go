package chart

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// anything has room for the finest ticks.
func anything(axis) bool { return true }

func TestTicks(t *testing.T) {
	for name, c := range map[string]struct {
		axis    Axis
		lo, hi  float64
		outward bool
		want    string
	}{
		"load":                          {Axis{}, 0.5, 0.95, false, "0.50 0.55 0.60 0.65 0.70 0.75 0.80 0.85 0.90 0.95"},
		"y starts at zero":              {Axis{}, 0.4, 1, true, "0.0 0.2 0.4 0.6 0.8 1.0"},
		"y far from zero":               {Axis{}, 71, 99, true, "70 75 80 85 90 95 100"},
		"y below zero":                  {Axis{}, -9, -1, true, "-10 -8 -6 -4 -2 0"},
		"y around zero":                 {Axis{}, -0.2, 0.3, true, "-0.2 -0.1 0.0 0.1 0.2 0.3"},
		"thousands":                     {Axis{}, 0, 10000, true, "0 2,000 4,000 6,000 8,000 10,000"},
		"millions":                      {Axis{}, 1e6, 4.9e6, true, "0 1,000,000 2,000,000 3,000,000 4,000,000 5,000,000"},
		"tiny":                          {Axis{}, 0, 2e-6, true, "0.0000000 0.0000005 0.0000010 0.0000015 0.0000020"},
		"tenths are exact":              {Axis{}, 0, 0.6, true, "0.0 0.1 0.2 0.3 0.4 0.5 0.6"},
		"one value":                     {Axis{}, 3, 3, true, "0 1 2 3 4 5 6"},
		"one value below zero":          {Axis{}, -3, -3, true, "-6 -5 -4 -3 -2 -1 0"},
		"zero alone":                    {Axis{}, 0, 0, true, "-1.0 -0.5 0.0 0.5 1.0"},
		"rounding errors are one value": {Axis{}, 3, 3 + 1e-15, true, "0 1 2 3 4 5 6"},
		"set ends stay":                 {Axis{Min: new(0.3), Max: new(5.2)}, 1, 4, true, "1 2 3 4 5"},
		"one set end":                   {Axis{Min: new(50.0)}, 70, 99, true, "50 60 70 80 90 100"},
		"set ends, one value":           {Axis{Max: new(3.0)}, 3, 3, true, "0.0 0.5 1.0 1.5 2.0 2.5 3.0"},
		"largest":                       {Axis{}, 0, 1e15, true, "0 200,000,000,000,000 400,000,000,000,000 600,000,000,000,000 800,000,000,000,000 1,000,000,000,000,000"},

		"decades below one":       {Axis{Scale: Log}, 0.0007, 12, true, "0.001 0.01 0.1 1 10"},
		"every decade to 1e9":     {Axis{Scale: Log}, 1, 1e9, true, "1 10 100 1,000 10,000 100,000 1,000,000 10,000,000 100,000,000 1,000,000,000"},
		"every decade from 1e-12": {Axis{Scale: Log}, 1e-12, 1e-6, true, "0.000000000001 0.00000000001 0.0000000001 0.000000001 0.00000001 0.0000001 0.000001"},
		"three decades":           {Axis{Scale: Log}, 1, 200, true, "1 10 100"},
		"two decades":             {Axis{Scale: Log}, 3, 170, true, "5 10 20 50 100 200"},
		"one decade":              {Axis{Scale: Log}, 0.11, 0.9, true, "0.1 0.2 0.5"},
		"less than a decade":      {Axis{Scale: Log}, 300, 450, false, "300 350 400 450"},
		"one octave":              {Axis{Scale: Log}, 1, 2, false, "1.0 1.2 1.4 1.6 1.8 2.0"},
		"one value, log":          {Axis{Scale: Log}, 10, 10, true, "5 10 20"},
		"set ends, log":           {Axis{Scale: Log, Min: new(0.5), Max: new(5000.0)}, 1, 4, true, "1 10 100 1,000"},

		"percentiles":                 {Axis{Scale: Percentile}, 0.5, 0.9999, false, "p50 p90 p99 p99.9 p99.99"},
		"percentiles go outward":      {Axis{Scale: Percentile}, 0.3, 0.95, false, "p0 p50 p90 p99"},
		"percentiles, set ends":       {Axis{Scale: Percentile, Min: new(0.9), Max: new(0.9995)}, 0.1, 0.9999, false, "p90 p99 p99.9"},
		"percentiles, one value":      {Axis{Scale: Percentile}, 0.99, 0.99, false, "p90 p99 p99.9"},
		"percentiles, lowest alone":   {Axis{Scale: Percentile}, 0, 0, false, "p0 p50"},
		"percentiles, highest alone":  {Axis{Scale: Percentile}, 0.9999999, 0.9999999, false, "p99.9999 p99.99999"},
		"percentiles, almost highest": {Axis{Scale: Percentile}, 0.9, 0.9999995, false, "p90 p99 p99.9 p99.99 p99.999 p99.9999 p99.99999"},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := c.axis.resolve(span{c.lo, c.hi, true}, c.outward, anything)
			require.NoError(t, err)
			assert.Equal(t, c.want, strings.Join(a.labels(), " "))
		})
	}
}

// The numbers of a y axis are at both of its ends unless an end is set or the scale is logarithmic.
func TestLinearYEndsOnTicks(t *testing.T) {
	for _, data := range []span{{0.123, 0.777, true}, {-3.3, 8.1, true}, {101, 102.5, true}, {7, 7, true}} {
		a, err := Axis{}.resolve(data, true, anything)
		require.NoError(t, err)
		assert.InDelta(t, 0, a.fraction(a.ticks[0].at), 1e-9)
		assert.InDelta(t, 1, a.fraction(a.ticks[len(a.ticks)-1].at), 1e-9)
		assert.LessOrEqual(t, a.lo, data.lo)
		assert.GreaterOrEqual(t, a.hi, data.hi)
	}
}

func TestFewerTicksWhereThereIsLessRoom(t *testing.T) {
	room := func(most int) func(axis) bool { return func(a axis) bool { return len(a.ticks) <= most } }
	for name, c := range map[string]struct {
		axis   Axis
		lo, hi float64
		most   int
		want   string
	}{
		"linear":      {Axis{}, 0.5, 0.95, 6, "0.5 0.6 0.7 0.8 0.9"},
		"linear, two": {Axis{}, 0, 10, 2, "0 10"},
		"ends":        {Axis{}, -440, 425, 2, "-400 400"},
		"decades":     {Axis{Scale: Log}, 1, 1e6, 5, "1 100 10,000 1,000,000"},
		"log":         {Axis{Scale: Log}, 3, 170, 2, "10 100"},
		"log, ends":   {Axis{Scale: Log}, 2108, 8434, 2, "4,000 8,000"},
		"percentiles": {Axis{Scale: Percentile}, 0.5, 0.9999, 3, "p50 p99 p99.99"},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := c.axis.resolve(span{c.lo, c.hi, true}, false, room(c.most))
			require.NoError(t, err)
			assert.Equal(t, c.want, strings.Join(a.labels(), " "))
		})
	}
	_, err := Axis{}.resolve(span{0, 10, true}, false, room(1))
	assert.EqualError(t, err, "no ticks fit the axis from 0 to 10")
}

func TestPercentilesStandAtOneOverOneMinusP(t *testing.T) {
	a := axis{scale: Percentile, lo: 0, hi: 0.9999}
	for p, want := range map[float64]float64{0: 0, 0.9: 0.25, 0.99: 0.5, 0.999: 0.75, 0.9999: 1, 0.5: math.Log10(2) / 4} {
		assert.InDelta(t, want, a.fraction(p), 1e-9, "p = %v", p)
	}
}

func TestStepsAreExact(t *testing.T) {
	for want, n := range map[float64]float64{0.3: 3, 0.6: 6, 0.7: 7, 1.1: 11} {
		assert.Equal(t, want, step{1, -1}.times(n))
	}
	assert.Equal(t, 1e-6, step{1, -6}.times(1))
	assert.Equal(t, 4000.0, step{2, 3}.times(2))
	for atLeast, want := range map[float64]step{0.1: {1, -1}, 0.11: {2, -1}, 0.21: {5, -1}, 0.51: {1, 0}, 1000: {1, 3}} {
		assert.Equal(t, want, stepOf(atLeast))
	}
}

func TestPlain(t *testing.T) {
	for want, c := range map[string]struct {
		v        float64
		decimals int
	}{
		"0": {0, 0}, "0.00": {math.Copysign(0, -1), 2}, "0.0": {-0.04, 1}, "-0.1": {-0.06, 1}, "999": {999, 0}, "1,000": {999.6, 0},
		"-1,234.50": {-1234.5, 2}, "123,456": {123456, 0}, "1,000,000": {1e6, 0}, "0.000001": {1e-6, 6}, "100": {1e2, 0},
	} {
		assert.Equal(t, want, plain(c.v, c.decimals))
	}
}

func TestSignificant(t *testing.T) {
	for want, v := range map[string]float64{
		"0": 0, "0.00123": 0.0012345, "0.999": 0.999, "1.00": 0.9999, "9.99": 9.99, "10.0": 9.996, "12.3": 12.34, "123": 123.4,
		"1,235": 1234.5678, "-0.500": -0.5, "100": 99.96, "0.000012": 1.234e-5, "<0.000001": 1e-9, ">-0.000001": -1e-9,
	} {
		assert.Equal(t, want, significant(v, 3))
	}
}

func TestAligned(t *testing.T) {
	values := []float64{0.52, 0.0721, 0.0004, -0.0004, 0, missing}
	assert.Equal(t, []string{"0.520", "0.072", "<0.001", ">-0.001", "0", ""}, printed(values, aligned(values, 3)))
	assert.Equal(t, []string{"0.52", "0.07", "<0.01", ">-0.01", "0", ""}, printed(values, aligned(values, 2)))
	values = []float64{12345.6, 7, 0.2}
	assert.Equal(t, []string{"12,346", "7", "<1"}, printed(values, aligned(values, 3)))
	assert.Equal(t, "0", aligned([]float64{0}, 3)(0))
}

func TestFormats(t *testing.T) {
	three := func(v float64) string { return significant(v, 3) }
	percent := func(v float64) string { return plain(v*100, 0) + "%" }
	print := func(callers func(float64) string, values ...float64) []string {
		return printed(values, formats(callers, values, three)[0])
	}
	assert.Equal(t, []string{"1,234", "", "-5"}, print(nil, 1234, missing, -5))
	assert.Equal(t, []string{"1.50", "2.00"}, print(nil, 1.5, 2))
	assert.Equal(t, []string{"50%", "", "100%"}, print(percent, 0.5, missing, 1))
}
