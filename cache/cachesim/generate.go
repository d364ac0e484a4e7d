package cachesim

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/sysdesign-lab/sysdesign/cache"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// ErrGenerate is wrapped by the errors of the generators, together with the rule and the value.
var ErrGenerate = errors.New("cachesim: no such trace can be generated")

// Zipf is requests for keys of which the k-th hottest is asked for with a probability in proportion to 1/k^skew, each independently: popularity that
// never changes. The id of a key is its rank, from 0. Skews of 0.6 to 1.2 have been measured on caches. A nil source is the runtime's own.
func Zipf(skew float64, keys, requests int, src rand.Source) (Trace, error) {
	if err := checkSize(keys, requests); err != nil {
		return Trace{}, err
	}
	zipf, err := workload.NewZipf(skew, keys, src)
	if err != nil {
		return Trace{}, fmt.Errorf("%w: %w", ErrGenerate, err)
	}
	return generate(requests, func(int) int { return zipf.Next() })
}

// Scan is one request for each of so many keys, in order: a backup, a report over a whole table, a crawler.
func Scan(requests int) (Trace, error) { return Loop(requests, requests) }

// Loop is requests for keys in the same order again and again: a job over a table, a playlist.
func Loop(keys, requests int) (Trace, error) {
	if err := checkSize(keys, requests); err != nil {
		return Trace{}, err
	}
	return generate(requests, func(i int) int { return i % keys })
}

// HotSet is a traffic of which a share goes to a few keys, others after each period: news, shifts, time zones. The rest goes to all keys. Within
// either every key has the same chance.
type HotSet struct {
	Keys   int     // at least 1
	Hot    int     // how many of them are hot at a time: from 1 to Keys
	Share  float64 // of requests that go to the hot ones, in [0, 1]
	Period int     // requests after which the next Hot keys are hot, at least 1; after the last key the first ones are again

	Requests int // at least 1
}

// ShiftingHotSet draws requests of a HotSet. A nil source is the runtime's own.
func ShiftingHotSet(h HotSet, src rand.Source) (Trace, error) {
	if err := checkSize(h.Keys, h.Requests); err != nil {
		return Trace{}, err
	}
	switch {
	case h.Hot < 1 || h.Hot > h.Keys:
		return Trace{}, fmt.Errorf("%w: hot keys must be from 1 to all, %d: %d", ErrGenerate, h.Keys, h.Hot)
	case !(h.Share >= 0 && h.Share <= 1):
		return Trace{}, fmt.Errorf("%w: the share of hot requests must lie in [0, 1]: %v", ErrGenerate, h.Share)
	case h.Period < 1:
		return Trace{}, fmt.Errorf("%w: the period must be at least 1 request: %d", ErrGenerate, h.Period)
	}
	random := randFrom(src)
	return generate(h.Requests, func(i int) int {
		if random.Float64() >= h.Share {
			return random.IntN(h.Keys)
		}
		first := int(int64(i/h.Period) * int64(h.Hot) % int64(h.Keys))
		return (first + random.IntN(h.Hot)) % h.Keys
	})
}

// Recency is requests whose keys depend on how long ago they were asked for: that of which k-1 others were asked for since with a
// probability in proportion to 1/k^skew, each independently. At first the keys lie in the order of their ids. Where skew is above 0 no policy
// that does not know the future misses less than LRU in the long run (J. Spirn, "Distance String Models for Program Behavior", Computer 9(11), 1976), whose
// hit ratio with room for c is the sum of the first c probabilities. Time is in proportion to the requests times the mean of k. A nil source is the runtime's own.
func Recency(skew float64, keys, requests int, src rand.Source) (Trace, error) {
	if err := checkSize(keys, requests); err != nil {
		return Trace{}, err
	}
	depth, err := workload.NewZipf(skew, keys, src)
	if err != nil {
		return Trace{}, fmt.Errorf("%w: %w", ErrGenerate, err)
	}
	stack := make([]int32, keys) // the key that was asked for last comes first
	for i := range stack {
		stack[i] = int32(i)
	}
	return generate(requests, func(int) int {
		d := depth.Next()
		key := stack[d]
		copy(stack[1:d+1], stack[:d])
		stack[0] = key
		return int(key)
	})
}

// Part is a traffic of a mixture.
type Part struct {
	Trace Trace
	Burst int // how many requests come in a row, at least 1
}

// Mix puts the requests of some traffics in one sequence, each in its own order: bursts follow one another at random, every sequence of them being as likely
// as any other, so that a traffic's share is that of its requests, from beginning to end. Keys of two parts are never the same; they get new ids,
// their numbers. A nil source is the runtime's own.
func Mix(src rand.Source, parts ...Part) (Trace, error) {
	requests, keys := 0, 0
	bursts := make([]int, len(parts)) // that are left of each part
	for i, p := range parts {
		if p.Burst < 1 {
			return Trace{}, fmt.Errorf("%w: a burst must have at least 1 request: %d", ErrGenerate, p.Burst)
		}
		requests, keys = requests+len(p.Trace.Requests), keys+len(p.Trace.IDs)
		if n := len(p.Trace.Requests); n > 0 {
			bursts[i] = (n-1)/p.Burst + 1
		}
	}
	if err := checkSize(keys, requests); err != nil {
		return Trace{}, err
	}
	random := randFrom(src)
	left := 0
	for _, n := range bursts {
		left += n
	}
	numbers := make([][]int32, len(parts)) // of each part's keys in the mixture, plus one
	done := make([]int, len(parts))
	for i, p := range parts {
		numbers[i] = make([]int32, len(p.Trace.IDs))
	}
	mixed := Trace{Requests: make([]int32, 0, requests), IDs: make([]uint64, 0, keys)}
	for ; left > 0; left-- {
		i, at := 0, random.IntN(left)
		for at >= bursts[i] {
			at -= bursts[i]
			i++
		}
		bursts[i]--
		from := parts[i].Trace.Requests[done[i]:]
		burst := from[:min(parts[i].Burst, len(from))]
		done[i] += len(burst)
		for _, key := range burst {
			if numbers[i][key] == 0 {
				mixed.IDs = append(mixed.IDs, uint64(len(mixed.IDs)))
				numbers[i][key] = int32(len(mixed.IDs))
			}
			mixed.Requests = append(mixed.Requests, numbers[i][key]-1)
		}
	}
	mixed.IDs = slices.Clip(mixed.IDs)
	return mixed, nil
}

func generate(requests int, next func(i int) int) (Trace, error) {
	b := newInterner()
	b.trace.Requests = make([]int32, 0, requests)
	for i := range requests {
		if err := b.add(uint64(next(i))); err != nil {
			return Trace{}, err
		}
	}
	return b.trace, nil
}

func checkSize(keys, requests int) error {
	if keys < 1 || keys > cache.MaxSlots {
		return fmt.Errorf("%w: it must have from 1 to %d keys: %d", ErrGenerate, cache.MaxSlots, keys)
	}
	if requests < 1 || requests > MaxRequests {
		return fmt.Errorf("%w: it must have from 1 to %d requests: %d", ErrGenerate, MaxRequests, requests)
	}
	return nil
}

// randFrom takes the runtime's own source for nil.
func randFrom(src rand.Source) *rand.Rand {
	if src == nil {
		src = runtimeSource{}
	}
	return rand.New(src)
}

type runtimeSource struct{}

func (runtimeSource) Uint64() uint64 { return rand.Uint64() }
