package lab

import "strings"

// suggest proposes the nearest of the names if one is near enough to be a slip of the fingers, or else where to look.
func suggest(typed string, names []string, prefix, otherwise string) string {
	best, distance := "", max(1, len(typed)/3)+1 // exclusive
	for _, name := range names {
		if d := edits(strings.ToLower(typed), name); d < distance && d < len(name) {
			best, distance = name, d
		}
	}
	if best == "" {
		return otherwise
	}
	return "did you mean " + prefix + best + "?"
}

// edits counts the insertions, deletions, substitutions and swaps of neighbours that lead from a to b, no place
// being edited twice (optimal string alignment; F. J. Damerau, "A technique for computer detection and correction
// of spelling errors", CACM 7(3), 1964).
func edits(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			change := 1
			if x[i-1] == y[j-1] {
				change = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(x)][len(y)]
}
