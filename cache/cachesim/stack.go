package cachesim

// StackDistances says of each request how many distinct keys were asked for since its key was the last time, that key included: the smallest
// capacity at which LRU hits. Zero says that the key had not been asked for.
//
// R. Mattson, J. Gecsei, D. Slutz and I. Traiger, "Evaluation Techniques for Storage Hierarchies", IBM Systems Journal 9(2), 1970; in time n log n
// by a tree that counts the last requests of keys: B. Bennett and V. Kruskal, "LRU Stack Processing", IBM Journal of Research and Development
// 19(4), 1975, here with P. Fenwick's tree (Software: Practice and Experience 24(3), 1994).
func StackDistances(trace Trace) []int32 {
	distances := make([]int32, len(trace.Requests))
	tree := make(fenwick, len(trace.Requests)+1)
	last := make([]int, len(trace.IDs)) // position of each key's last request, from 1
	distinct := int32(0)
	for i, key := range trace.Requests {
		at := i + 1
		if before := last[key]; before != 0 {
			distances[i] = distinct - tree.sum(before-1)
			tree.add(before, -1)
		} else {
			distinct++
		}
		tree.add(at, 1)
		last[key] = at
	}
	return distances
}

// Curve is the number of requests, and of those that LRU misses by capacity: Misses[c] for a capacity of c entries, from zero, where all
// are missed, to the number of keys. It never rises.
type Curve struct {
	Requests int
	Misses   []int
}

// LRUCurve is the exact curve of LRU, in one pass over the trace.
func LRUCurve(trace Trace) Curve {
	hits := make([]int, len(trace.IDs)+1) // by stack distance
	for _, d := range StackDistances(trace) {
		if d > 0 {
			hits[d]++
		}
	}
	c := Curve{Requests: len(trace.Requests), Misses: make([]int, len(hits))}
	missed := c.Requests
	for capacity := range hits {
		missed -= hits[capacity]
		c.Misses[capacity] = missed
	}
	return c
}

// MissRatio is the share of requests that miss with that many entries; zero of an empty trace.
func (c Curve) MissRatio(capacity int) float64 {
	if c.Requests == 0 || len(c.Misses) == 0 {
		return 0
	}
	return float64(c.Misses[max(0, min(capacity, len(c.Misses)-1))]) / float64(c.Requests)
}

// fenwick holds numbers by position, from 1, and their partial sums.
type fenwick []int32

func (t fenwick) add(at int, x int32) {
	for ; at < len(t); at += at & -at {
		t[at] += x
	}
}

// sum is that of the positions up to at.
func (t fenwick) sum(at int) int32 {
	s := int32(0)
	for ; at > 0; at -= at & -at {
		s += t[at]
	}
	return s
}

// appended is the tree with one position more.
func (t fenwick) appended(x int32) fenwick {
	at := len(t)
	return append(t, x+t.sum(at-1)-t.sum(at-at&-at))
}
