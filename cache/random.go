package cache

import "math/rand/v2"

// random keeps the slots that are in use in a list without order, and draws from it.
type random struct {
	used  []int32 // slots in use
	place []int32 // of each slot in the list
	drawn int32   // the place that was drawn for the present miss, or -1
	rand  *rand.Rand
}

// Random evicts any entry, each with the same chance.
//
// It is the least that a policy must be better than, and it is not bad: a loop that is larger than the cache, which LRU never hits, it hits. A
// hit costs nothing. Entries are drawn from src, which is then called without a lock and by all policies of this Builder; nil
// stands for the runtime's own source.
func Random(src rand.Source) Builder {
	if src == nil {
		src = runtimeSource{}
	}
	return func(slots int) (Policy, error) {
		if err := checkSlots(slots); err != nil {
			return nil, err
		}
		return &random{used: make([]int32, 0, slots), place: make([]int32, slots), drawn: -1, rand: rand.New(src)}, nil
	}
}

// runtimeSource is the runtime's own source, which any number of goroutines may call.
type runtimeSource struct{}

func (runtimeSource) Uint64() uint64 { return rand.Uint64() }

func (p *random) Hit(int32) {}

func (p *random) Miss(uint64) { p.drawn = -1 }

// Victim draws once a miss: who asks again gets the same answer.
func (p *random) Victim(uint64) (int32, bool) {
	if p.drawn < 0 {
		p.drawn = int32(p.rand.IntN(len(p.used)))
	}
	return p.used[p.drawn], true
}

func (p *random) Evict(slot int32) { p.Remove(slot) }

func (p *random) Insert(slot int32, _ uint64) {
	p.place[slot] = int32(len(p.used))
	p.used = append(p.used, slot)
}

func (p *random) Remove(slot int32) {
	last := p.used[len(p.used)-1]
	p.used[p.place[slot]], p.place[last] = last, p.place[slot]
	p.used = p.used[:len(p.used)-1]
	p.drawn = -1
}
