package cachesim

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/cache"
)

// written writes requests in a format, with what readers must skip here and there.
func written(t *rapid.T, format Format, ids []uint64) string {
	var b bytes.Buffer
	skipped := rapid.SampledFrom([]string{"", "\n", "# a comment\n", "\r\n"})
	switch format {
	case Plain, LIRS:
		for _, id := range ids {
			fmt.Fprintf(&b, "%s%d\n", skipped.Draw(t, "skipped"), id)
		}
	case ARC:
		for i := 0; i < len(ids); {
			count := 1
			for i+count < len(ids) && ids[i+count] == ids[i]+uint64(count) && ids[i+count] != 0 && rapid.Bool().Draw(t, "longer") {
				count++
			}
			fmt.Fprintf(&b, "%s%d %d 0 %d\n", skipped.Draw(t, "skipped"), ids[i], count, i)
			i += count
		}
	case OracleGeneral:
		for _, id := range ids {
			b.WriteString(record(id))
		}
	case CSV:
		w := csv.NewWriter(&b)
		_ = w.Write([]string{"time", "key"}) // a buffer does not fail
		for i, id := range ids {
			_ = w.Write([]string{fmt.Sprint(i), fmt.Sprint(id)})
		}
		w.Flush()
	}
	if rapid.Bool().Draw(t, "zipped") {
		return zipped(b.String())
	}
	return b.String()
}

func TestLaw_WhatWasWrittenIsRead(t *testing.T) {
	for _, format := range Formats {
		t.Run(string(format), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				want := drawIDs(t, 60)
				for i := range want { // some are neighbours
					if i > 0 && rapid.Bool().Draw(t, "neighbour") {
						want[i] = want[i-1] + 1
					}
				}
				trace, err := Read(strings.NewReader(written(t, format, want)), format)
				if err != nil {
					t.Fatal(err)
				}
				if got := ids(trace); !slices.Equal(got, want) {
					t.Fatalf("written %d, read %d", want, got)
				}
			})
		})
	}
}

// A trace that was cut off anywhere gives an error or, where a line or record ends, the first of the requests; what is compressed always
// gives an error.
func TestLaw_WhatWasCutOffIsToldOrAPrefix(t *testing.T) {
	for _, format := range Formats {
		t.Run(string(format), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				want := drawIDs(t, 20)
				text := written(t, format, want)
				if len(text) < 3 {
					return
				}
				cut := text[:rapid.IntRange(2, len(text)-1).Draw(t, "cut")]
				trace, err := Read(strings.NewReader(cut), format)
				if err != nil {
					return
				}
				if strings.HasPrefix(text, "\x1f\x8b") {
					t.Fatalf("%d of %d bytes of a compressed trace are one: %d", len(cut), len(text), ids(trace))
				}
				got := ids(trace)
				if format != OracleGeneral && len(got) > 0 {
					got = got[:len(got)-1] // a number that was cut off may be one
				}
				if len(got) > len(want) || !slices.Equal(got, want[:len(got)]) {
					t.Fatalf("written %d, cut off to %q, read %d", want, cut, got)
				}
			})
		})
	}
}

// What a running cache was asked for is what is read from its recording, and a cache of the simulator misses on it what that one missed.
func TestLaw_ARecordingIsTheRequests(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawIDs(t, 200)
		capacity := rapid.IntRange(1, 20).Draw(t, "capacity")
		var recording bytes.Buffer
		recorder, err := cache.NewRecorder(&recording, 1)
		if err != nil {
			t.Fatal(err)
		}
		c, err := cache.New(cache.Options[uint64, int]{
			Capacity: capacity, Policy: cache.SIEVE, Shards: 1, Hash: func(key uint64) uint64 { return key }, Recorder: recorder,
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range want {
			if _, ok := c.Get(id); ok {
				continue
			}
			if _, err := c.Set(id, 0); err != nil {
				t.Fatal(err)
			}
		}
		if err := recorder.Close(); err != nil {
			t.Fatal(err)
		}
		trace, err := Read(&recording, OracleGeneral)
		if err != nil {
			t.Fatal(err)
		}
		if got := ids(trace); !slices.Equal(got, want) {
			t.Fatalf("asked for %d, recorded %d", want, got)
		}
		misses, err := Misses(trace, cache.SIEVE, capacity)
		if err != nil || misses != int(c.Stats().Misses) {
			t.Fatalf("the cache missed %d times, the simulator on its recording %d times: %v", c.Stats().Misses, misses, err)
		}
	})
}

// FuzzRead reads anything in each format: no panic, no more memory than requests, and errors that say where.
func FuzzRead(f *testing.F) {
	for i, text := range []string{"1\n*\n2\n", "cat\n", "3 2 0 0\n", record(9), "time,key\n1,2\n", zipped("1\n2\n"), "key\n\"1\n", "\ufeff1", "", "\x1f\x8b"} {
		f.Add([]byte(text), byte(i))
	}
	f.Fuzz(func(t *testing.T, text []byte, n byte) {
		format := Formats[int(n)%len(Formats)]
		b := newInterner()
		b.mostRequests, b.mostKeys = 1<<17, 1<<16
		trace, err := b.read(bytes.NewReader(text), format)
		if err != nil {
			if message := err.Error(); !strings.Contains(message, ": line ") && !strings.Contains(message, ": byte ") || len(trace.Requests) > 0 {
				t.Fatalf("%s: %v, and %d requests", format, err, len(trace.Requests))
			}
			return
		}
		if len(trace.Requests) > b.mostRequests || len(trace.IDs) > len(trace.Requests) || len(b.cells) > 4*len(trace.IDs)+firstCells {
			t.Fatalf("%s: %d requests, %d keys, %d cells", format, len(trace.Requests), len(trace.IDs), len(b.cells))
		}
		next := int32(0)
		for i, number := range trace.Requests {
			if number < 0 || number > next {
				t.Fatalf("%s: request %d has number %d, and the next one is %d", format, i, number, next)
			}
			if number == next {
				next++
			}
		}
		if int(next) != len(trace.IDs) {
			t.Fatalf("%s: %d keys, of which %d were asked for", format, len(trace.IDs), next)
		}
	})
}
