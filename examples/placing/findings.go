package placing

// floats are whole numbers for a chart.
func floats(all []int) []float64 {
	f := make([]float64, len(all))
	for i, n := range all {
		f[i] = float64(n)
	}
	return f
}
