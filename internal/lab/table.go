package lab

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// Table is what becomes data.csv: tidy, one observation a row, under a fixed header.
type Table struct {
	columns []string
	rows    [][]string
	errs    []error
}

// Row adds one observation: a cell for each column, in order. A cell is a string, an int, an int64, a uint64, a
// float64 or a bool; nil and NaN leave it empty. A float is written as the shortest decimal that reads back as the
// same number, an infinity as inf or -inf. A row that breaks this fails the run.
func (t *Table) Row(cells ...any) {
	if len(cells) != len(t.columns) {
		t.errs = append(t.errs, fmt.Errorf("a row must have a cell for each of the %d columns: %v", len(t.columns), cells))
		return
	}
	row := make([]string, len(cells))
	for i, c := range cells {
		s, err := cell(c)
		if err != nil {
			t.errs = append(t.errs, fmt.Errorf("column %s: %w", t.columns[i], err))
		}
		row[i] = s
	}
	t.rows = append(t.rows, row)
}

func cell(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case int:
		return strconv.Itoa(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case uint64:
		return strconv.FormatUint(v, 10), nil
	case bool:
		return strconv.FormatBool(v), nil
	case float64:
		if math.IsNaN(v) {
			return "", nil
		}
		return decimal(v), nil
	}
	return "", fmt.Errorf("a cell must be a string, a number, a bool or nil: %v (%T)", v, v)
}

func (t *Table) check() error {
	errs := slices.Clone(t.errs)
	for i, name := range t.columns {
		if !oneLine(name) || slices.Contains(t.columns[:i], name) {
			errs = append(errs, fmt.Errorf("a column must have a name of its own: %q", name))
		}
	}
	if len(t.rows) == 0 {
		errs = append(errs, errors.New("the table must have a row"))
	}
	return errors.Join(errs...)
}

func csvOf(columns []string, rows [][]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	// Neither call fails: the delimiter is valid and the buffer grows.
	_ = w.Write(columns)
	_ = w.WriteAll(rows)
	return b.Bytes()
}
