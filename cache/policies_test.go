package cache

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// policyCase is a policy and what it is compared with.
type policyCase struct {
	name  string
	build Builder
	model func(slots int) model
}

// policies is the table that all laws run on.
var policies = []policyCase{
	{"random", func(slots int) (Policy, error) { return Random(rand.NewPCG(1, 2))(slots) }, newNaiveRandom},
	{"FIFO", FIFO, newNaiveFIFO},
	{"LRU", LRU, newNaiveLRU},
	{"CLOCK", Clock, newNaiveClock},
	{"LFU", LFU, newNaiveLFU},
	{"SLRU", SLRU, newNaiveSLRU},
	{"2Q", TwoQ, newNaiveTwoQ},
	{"ARC", ARC, newNaiveARC},
	{"LIRS", LIRS, newNaiveLIRS},
	{"S3-FIFO", S3FIFO, newNaiveS3FIFO},
	{"SIEVE", SIEVE, newNaiveSIEVE},
	{"TinyLFU before LRU", TinyLFU(LRU), newNaiveTinyLFU},
	{"W-TinyLFU", WTinyLFU, newNaiveWTinyLFU},
}

// model is a policy as one would write it who minds neither time nor memory: slices and maps of ids, straight from the paper. It is called
// as a Policy is, with ids in place of slots.
type model interface {
	hit(id uint64)
	miss(id uint64)

	// evictFor takes out the entry that makes room for id, and says which it was. If admit is false it has refused id and
	// taken out nothing.
	evictFor(id uint64) (gone uint64, admit bool)

	insert(id uint64)
	remove(id uint64)
}

// each runs a law on every policy.
func each(t *testing.T, law func(policyCase) func(*rapid.T)) {
	for _, of := range policies {
		t.Run(of.name, func(t *testing.T) { rapid.Check(t, law(of)) })
	}
}
