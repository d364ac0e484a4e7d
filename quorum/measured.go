package quorum

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// mostMeasured keeps a file from filling the memory.
const mostMeasured = 10_000_000

// ReadDelays reads measured one-way delays, as CSV with the columns leg and delay_ms, in any order: a message a line, its leg w, a,
// r or s (see [Model]) and its delay in milliseconds. Each leg is drawn from its own delays: see [Measured]. A broken line is named
// by its number, and so is a leg that has no line. There are at most ten million lines.
//
//	leg,delay_ms
//	w,4.81
//	a,0.32
func ReadDelays(from io.Reader) (Model, error) {
	lines := csv.NewReader(from)
	lines.ReuseRecord = true
	header, err := lines.Read()
	if errors.Is(err, io.EOF) {
		return Model{}, errors.New("quorum: delays must have a header, leg,delay_ms: the file is empty")
	}
	if err != nil {
		return Model{}, fmt.Errorf("quorum: the header of the delays: %w", err)
	}
	header[0] = strings.TrimPrefix(header[0], "\uFEFF") // which some spreadsheets write first
	for i := range header {
		header[i] = strings.TrimSpace(header[i])
	}
	leg, delay := slices.Index(header, "leg"), slices.Index(header, "delay_ms")
	if leg < 0 || delay < 0 || len(header) != 2 {
		return Model{}, fmt.Errorf("quorum: line 1 of the delays must be the header leg,delay_ms: %q", strings.Join(header, ","))
	}
	var all [len(legs)][]time.Duration
	for count := 0; ; count++ {
		record, err := lines.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Model{}, fmt.Errorf("quorum: the delays: %w", err) // which names the line
		}
		line, _ := lines.FieldPos(0)
		if count >= mostMeasured {
			return Model{}, fmt.Errorf("quorum: line %d of the delays: there must be at most %d of them", line, mostMeasured)
		}
		i := strings.Index(legs, strings.TrimSpace(record[leg]))
		if len(strings.TrimSpace(record[leg])) != 1 || i < 0 {
			return Model{}, fmt.Errorf("quorum: line %d of the delays: a leg must be w, a, r or s: %q", line, record[leg])
		}
		d, err := milliseconds(strings.TrimSpace(record[delay]))
		if err != nil {
			return Model{}, fmt.Errorf("quorum: line %d of the delays: %w", line, err)
		}
		all[i] = append(all[i], d)
	}
	for i, delays := range all {
		if len(delays) == 0 {
			return Model{}, fmt.Errorf("quorum: delays must have a line for each leg of w, a, r and s: none for %c", legs[i])
		}
	}
	return Model{W: measured(all[0]), A: measured(all[1]), R: measured(all[2]), S: measured(all[3])}, nil
}

const legs = "wars"

func milliseconds(text string) (time.Duration, error) {
	const most = float64(longestDelay) / float64(time.Millisecond)
	ms, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(ms) || ms < 0 || ms > most {
		return 0, fmt.Errorf("a delay must be a number of milliseconds in [0, %.4g]: %q", most, text)
	}
	return rounded(ms * float64(time.Millisecond)), nil
}
