package hashring

import "github.com/cespare/xxhash/v2"

// Hash is a function of a key, the same on every machine that shares a placement. It must spread keys over all 64 bits.
type Hash func(key string) uint64

// Hashing is what placements that hash keys have in common. The zero value is a good one.
type Hashing struct {
	// Hash is the function of keys and of nodes' names; nil means xxHash64 (Y. Collet, xxhash.com), which is faster when it is not
	// given.
	Hash Hash

	// Seed gives another placement of the same nodes. Everybody who shares a placement must use the same.
	Seed uint64
}

func (h *Hashing) of(key string) uint64 {
	if h.Hash == nil {
		return xxhash.Sum64String(key)
	}
	return h.Hash(key)
}

// node is the hash of a node's name, as a seed for what the node needs.
func (h *Hashing) node(name string) uint64 { return mix(h.of(name) ^ mix(h.Seed)) }

// keyed is the hash of a key for placements that have no hashes of nodes: there the seed is in the key's.
func (h *Hashing) keyed(key string) uint64 {
	if h.Seed == 0 {
		return h.of(key)
	}
	return mix(h.of(key) ^ h.Seed)
}

// plain says that keyed is xxHash64 itself.
func (h *Hashing) plain() bool { return h.Hash == nil && h.Seed == 0 }

const golden = 0x9e3779b97f4a7c15 // 2^64 over the golden ratio, odd

// mix is the finaliser of SplitMix64: G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// draw is the i-th number that follows from a seed.
func draw(seed uint64, i int) uint64 { return mix(seed + uint64(i+1)*golden) }
