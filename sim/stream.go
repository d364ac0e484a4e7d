package sim

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// Stream is a random stream of its own, named by what draws from it: "arrivals", "service", "picker 3". It
// derives from the engine's seed and the name alone. So adding a component never changes what another one draws,
// and two policies that run with one seed see the same arrivals and the same work: common random numbers.
//
// The same name gives the same stream, which goes on where it was. A *rand.Rand is also a rand.Source, which is what
// the algorithms under simulation take. The generator is PCG (M. E. O'Neill, "PCG: A Family of Simple Fast
// Space-Efficient Statistically Good Algorithms for Random Number Generation", 2014).
func (e *Engine) Stream(name string) *rand.Rand {
	if s := e.streams[name]; s != nil {
		return s
	}
	key := digest(e.seed, "stream", name)
	s := rand.New(rand.NewPCG(binary.LittleEndian.Uint64(key[:8]), binary.LittleEndian.Uint64(key[8:16])))
	e.streams[name] = s
	return s
}

// replicationSeed is the seed of replication i of the experiment that has this seed.
func replicationSeed(seed uint64, i int) uint64 {
	var index [8]byte
	binary.LittleEndian.PutUint64(index[:], uint64(i))
	key := digest(seed, "replication", string(index[:]))
	return binary.LittleEndian.Uint64(key[:8])
}

// digest spreads a seed and two words over 256 bits: neighbouring seeds and similar names share nothing.
func digest(seed uint64, purpose, name string) [sha256.Size]byte {
	b := binary.LittleEndian.AppendUint64(nil, seed)
	b = append(b, purpose...)
	b = append(b, 0)
	b = append(b, name...)
	return sha256.Sum256(b)
}
