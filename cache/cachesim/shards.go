package cachesim

import (
	"cmp"
	"container/heap"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Sampled is a curve of LRU that was estimated from a sample of the keys. It never rises, and lies between no misses and all.
type Sampled struct {
	Requests int     // of the whole trace
	Looked   int     // how many of these were for a key of the sample
	Keys     int     // in the sample, at the end
	Rate     float64 // the share of all keys that a sample would hold, at the end

	// Misses[i] is how many of all requests are missed, as estimated, with a capacity in [Capacities[i], Capacities[i+1]). Capacities
	// ascend from 0.
	Capacities, Misses []float64
}

// The bounds of what SHARDS takes.
const (
	// MinRate is the lowest rate of a sample.
	MinRate = 1.0 / (1 << 40)
	hashes  = 1 << 63
)

// Errors of SHARDS and SHARDSOfSize, which are wrapped together with the value.
var (
	ErrRate   = errors.New("cachesim: the rate of a sample must lie in [2^-40, 1]")
	ErrSize   = errors.New("cachesim: a sample must hold at least 1 key")
	ErrSample = errors.New("cachesim: no key of the trace fell into the sample: use a higher rate")
)

// SHARDS estimates LRU's curve from the keys whose hash, which the seed varies, is among the lowest in that proportion: a stack distance
// within the sample, but for the key itself, is short by that proportion too. Its cost is that of LRUCurve on the requests for these keys,
// and one comparison for each other one.
//
// C. Waldspurger, N. Park, A. Garthwaite and I. Ahmad, "Efficient MRC Construction with SHARDS", USENIX FAST 2015, sections 3.1 and 3.2, with
// the correction that they call SHARDS-adj (the lack or excess of requests in the sample is taken from those at the shortest distance). They
// scale the whole distance; here the key itself, which is in the sample for certain, is not scaled, which makes the estimate of each distance
// unbiased.
//
// The error comes from the keys that the hash happens to choose: look at several seeds.
func SHARDS(trace Trace, rate float64, seed uint64) (Sampled, error) {
	if !(rate >= MinRate && rate <= 1) {
		return Sampled{}, fmt.Errorf("%w: %v", ErrRate, rate)
	}
	return sample(trace, uint64(math.Round(rate*hashes)), len(trace.IDs), seed)
}

// SHARDSOfSize estimates it from at most that many keys, those with the lowest hashes so far: the rate falls as keys come (section 3.3, "fixed
// size"). The tree that counts takes memory for all requests of the trace, unlike the paper's.
func SHARDSOfSize(trace Trace, keys int, seed uint64) (Sampled, error) {
	if keys < 1 {
		return Sampled{}, fmt.Errorf("%w: %d", ErrSize, keys)
	}
	return sample(trace, hashes, keys, seed)
}

// sample keeps the keys whose hash is below a threshold, which is lowered to the largest of them whenever there are more than most.
func sample(trace Trace, threshold uint64, most int, seed uint64) (Sampled, error) {
	hash := make([]uint64, len(trace.IDs))
	for key, id := range trace.IDs {
		hash[key] = sampleHash(id, seed)
	}
	s := Sampled{Requests: len(trace.Requests)}
	var (
		tree     = make(fenwick, 1, len(trace.Requests)/8+1)
		last     = make([]int32, len(trace.IDs)) // position of a key's last request in the sample, from 1
		kept     byHash
		distance []weighted
		total    float64 // requests of the whole trace that those in the sample stand for
	)
	for _, key := range trace.Requests {
		if hash[key] >= threshold {
			continue
		}
		s.Looked++
		weight := hashes / float64(threshold) // one over the rate
		total += weight
		if before := int(last[key]); before != 0 {
			between := float64(int32(len(kept)) - tree.sum(before))
			distance = append(distance, weighted{1 + between*weight, weight})
			tree.add(before, -1)
		} else {
			heap.Push(&kept, keyHash{hash[key], key})
		}
		tree = tree.appended(1)
		last[key] = int32(len(tree) - 1)
		for len(kept) > most {
			threshold = kept[0].hash
			for len(kept) > 0 && kept[0].hash == threshold {
				tree.add(int(last[kept[0].key]), -1)
				heap.Pop(&kept)
			}
		}
	}
	s.Keys, s.Rate = len(kept), float64(threshold)/hashes
	if s.Looked == 0 && s.Requests > 0 {
		return Sampled{}, fmt.Errorf("%w: %d keys at a rate of %v", ErrSample, len(trace.IDs), s.Rate)
	}
	s.count(distance, float64(s.Requests)-total)
	return s, nil
}

// weighted is the distance of a request in the sample, and how many requests of the whole trace it stands for.
type weighted struct{ distance, requests float64 }

// count adds up the hits by distance, those that the sample lacks at the shortest.
func (s *Sampled) count(all []weighted, lacking float64) {
	slices.SortFunc(all, func(a, b weighted) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.requests, b.requests))
	})
	missed := float64(s.Requests)
	s.Capacities, s.Misses = []float64{0}, []float64{missed}
	if lacking != 0 {
		all = slices.Insert(all, 0, weighted{1, lacking})
	}
	for i, w := range all {
		missed -= w.requests
		if i+1 == len(all) || all[i+1].distance != w.distance {
			s.Capacities = append(s.Capacities, w.distance)
			s.Misses = append(s.Misses, max(0, min(missed, float64(s.Requests))))
		}
	}
}

// MissRatio is the share of requests that miss with that many entries, as estimated; zero of an empty trace.
func (s Sampled) MissRatio(capacity int) float64 {
	if s.Requests == 0 {
		return 0
	}
	i, found := slices.BinarySearch(s.Capacities, float64(capacity))
	if !found {
		i--
	}
	return s.Misses[max(0, i)] / float64(s.Requests)
}

// Error is the mean absolute difference of the miss ratios, over all capacities from 1 to the number of keys: the paper's measure.
func (s Sampled) Error(exact Curve) float64 {
	sum := 0.0
	for capacity := 1; capacity < len(exact.Misses); capacity++ {
		sum += math.Abs(s.MissRatio(capacity) - exact.MissRatio(capacity))
	}
	return sum / float64(max(1, len(exact.Misses)-1))
}

// sampleHash is in [0, 2^63): the finaliser of SplitMix64 (G. Steele, D. Lea and C. Flood, OOPSLA 2014), of the id and then of that and the seed,
// so that seeds do not only shift the ids.
func sampleHash(id, seed uint64) uint64 { return mixed(mixed(id)^mixed(seed+0x9E3779B97F4A7C15)) >> 1 }

func mixed(x uint64) uint64 {
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}

type keyHash struct {
	hash uint64
	key  int32
}

// byHash is a heap whose first element has the largest hash.
type byHash []keyHash

func (h byHash) Len() int           { return len(h) }
func (h byHash) Less(i, j int) bool { return h[i].hash > h[j].hash }
func (h byHash) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *byHash) Push(x any)        { *h = append(*h, x.(keyHash)) }
func (h *byHash) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
