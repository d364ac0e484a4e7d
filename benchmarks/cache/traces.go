package main

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// cells are traces and sizes that others have published figures of.
var cells = []struct {
	trace string
	sizes []int
}{
	{"multi1", []int{500, 1000, 1500}},
	{"2_pools", []int{450, 1000, 1500}},
	{"loop", []int{500, 1000}},
}

// traces prints hit ratios on the traces in a folder, NAME.trace.gz; with no folder it prints nothing.
func traces(folder string) error {
	if folder == "" {
		return nil
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "\tpolicy\t")
	all := slices.Concat(contenders, onTraces)
	ratios := make([][]float64, len(all))
	for _, cell := range cells {
		keys, err := readTrace(filepath.Join(folder, cell.trace+".trace.gz"))
		if err != nil {
			return err
		}
		for _, size := range cell.sizes {
			fmt.Fprintf(w, "%s %d\t", cell.trace, size)
			for i, c := range all {
				ratios[i] = append(ratios[i], c.hitRatio(keys, size))
			}
		}
	}
	fmt.Print("Hit ratios by trace and entries, one request after the other, each settled before the next.\n\n")
	fmt.Fprintln(w)
	for i, c := range all {
		fmt.Fprintf(w, "%s\t%s\t", c.name, c.evict)
		for _, ratio := range ratios[i] {
			fmt.Fprintf(w, "%.3f\t", ratio)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w)
	return w.Flush()
}

func (c contender) hitRatio(keys []uint64, capacity int) float64 {
	t := c.make(capacity)
	defer t.closed()
	hits := 0
	for _, key := range keys {
		if t.ask(key) {
			hits++
		} else {
			t.settled()
		}
	}
	return float64(hits) / float64(len(keys))
}

// readTrace reads a key a line; lines that begin with * are marks.
func readTrace(path string) ([]uint64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var keys []uint64
	for lines := bufio.NewScanner(unzipped); ; {
		if !lines.Scan() {
			return keys, lines.Err()
		}
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '*' {
			continue
		}
		key, err := strconv.ParseUint(line, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		keys = append(keys, key)
	}
}
