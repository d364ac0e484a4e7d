package hashring

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
)

// Estimate is how many keys move between two placements, from a sample of keys.
type Estimate struct {
	Share     float64 // of the sampled keys, those whose owner has another name afterwards
	Low, High float64 // the 95% interval of the share of all keys
	Least     float64 // what must move in any case: see [LeastMoved]
	Samples   int
	Moved     int // of the samples
}

// EstimateMoved asks both placements about as many random keys, for any two that hash keys. Where [Diff] can compare them its share is
// exact, and quicker.
//
// The interval is Wilson's. Over many estimates it holds the share of all keys in about 95% of them: for some shares and numbers of
// samples a little more often, for others a little less. A hundred times as many samples make it ten times as narrow. The share itself may
// lie below the least by what the interval allows, and by what the placements differ from their weights.
//
// Ranges place keys by their order, and a directory places those that it knows, so there a random key stands for no key in use:
// [EstimateMovedOf] serves those. A nil source means the runtime's own.
//
// Source: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal of the American Statistical Association
// 22(158), 1927.
func EstimateMoved(a, b Placement, samples int, src rand.Source) (Estimate, error) {
	if samples < 1 {
		return Estimate{}, fmt.Errorf("hashring: the number of samples must be positive: %d", samples)
	}
	for _, p := range []Placement{a, b} {
		switch p.(type) {
		case *Ranges, *Directory:
			return Estimate{}, fmt.Errorf("hashring: an estimate by random keys takes placements that hash keys, others take keys in use: %T", p)
		}
	}
	number := rand.Uint64
	if src != nil {
		number = src.Uint64
	}
	return EstimateMovedOf(a, b, func(yield func(string) bool) {
		for range samples {
			if !yield(randomKey(number())) {
				return
			}
		}
	})
}

// randomKey is text, so that a hash has no easier task with it than with keys in use.
func randomKey(number uint64) string {
	var bytes [8]byte
	binary.BigEndian.PutUint64(bytes[:], number)
	return hex.EncodeToString(bytes[:])
}

// EstimateMovedOf is EstimateMoved with keys in use for a sample, for any two placements. The interval is right if each key was drawn
// at random, whatever the others.
func EstimateMovedOf(a, b Placement, keys iter.Seq[string]) (Estimate, error) {
	if err := checkPair(a, b); err != nil {
		return Estimate{}, err
	}
	if keys == nil {
		return Estimate{}, fmt.Errorf("hashring: an estimate must have keys: nil")
	}
	least, err := LeastMoved(a.Members(), b.Members())
	if err != nil {
		return Estimate{}, err
	}
	e := Estimate{Least: least}
	names := newRenaming(a, b)
	for key := range keys {
		e.Samples++
		if !names.same(a.Owner(key), b.Owner(key)) {
			e.Moved++
		}
	}
	if e.Samples == 0 {
		return Estimate{}, fmt.Errorf("hashring: the number of samples must be positive: %d", e.Samples)
	}
	e.Share = float64(e.Moved) / float64(e.Samples)
	e.Low, e.High = wilson(e.Moved, e.Samples)
	return e, nil
}

// wilson is the interval of those shares from which what was seen lies at most 1.96 standard deviations away.
func wilson(seen, of int) (low, high float64) {
	const z = 1.959963984540054 // of the normal distribution 95% lies within as many standard deviations
	n, share := float64(of), float64(seen)/float64(of)
	centre := (share + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(share*(1-share)/n+z*z/(4*n*n))
	low, high = max(0, centre-half), min(1, centre+half)
	switch seen { // the ends are exact there, and rounding must not move them
	case 0:
		low = 0
	case of:
		high = 1
	}
	return low, high
}

// LeastMoved is the least share of the keys that must move when the nodes change, if each node owns its weight's part of the keys before
// and after: what all nodes together gain. With n equal nodes, another one moves 1/(n+1), and one that leaves 1/n. Placements
// that move only the keys of nodes that changed come near it when nodes only join, or only leave. When one takes the place of
// another, many move more: the new one gets its keys from all, and the old one leaves its own to all.
func LeastMoved(before, after []Member) (float64, error) {
	old, err := fractions(before)
	if err != nil {
		return 0, err
	}
	now, err := fractions(after)
	if err != nil {
		return 0, err
	}
	sum := 0.0
	for _, m := range after { // in order, so that rounding is the same each time
		sum += max(0, now[m.Name]-old[m.Name])
	}
	return min(sum, 1), nil
}

// fractions are the nodes' weights in a total of one.
func fractions(members []Member) (map[string]float64, error) {
	if _, err := newRoster(members); err != nil {
		return nil, err
	}
	sum := 0.0
	for _, m := range members {
		sum += m.Weight
	}
	all := make(map[string]float64, len(members))
	for _, m := range members {
		all[m.Name] = m.Weight / sum
	}
	return all, nil
}
