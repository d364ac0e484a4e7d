package cache

// tinyLFU stands before another policy and lets in only what is worth it. G. Einziger, R. Friedman and B. Manes, "TinyLFU: A Highly Efficient
// Cache Admission Policy", ACM Transactions on Storage 13(4), 2017.
type tinyLFU struct {
	Policy
	ids    []uint64
	sketch sketch
}

// tinySample is, in entries of the cache, how much the sketch counts until it halves: an entry asked for as often as the average
// one has then reached the most that a counter holds, so that no more bits would tell more.
const tinySample = 16

// TinyLFU puts an admission rule before any policy: a newcomer to a full cache is admitted only if it was asked for more often
// lately than the entry that would have to go. It costs 24 to 40 bytes an entry.
//
// The wrapped policy must name the same victim again when it is asked again.
func TinyLFU(policy Builder) Builder {
	return func(slots int) (Policy, error) {
		inner, err := policy.build(slots)
		if err != nil {
			return nil, err
		}
		return &tinyLFU{Policy: inner, ids: make([]uint64, slots), sketch: newSketch(slots, tinySample)}, nil
	}
}

func (p *tinyLFU) Hit(slot int32) {
	p.sketch.count(p.ids[slot])
	p.Policy.Hit(slot)
}

func (p *tinyLFU) Miss(id uint64) {
	p.sketch.count(id)
	p.Policy.Miss(id)
}

func (p *tinyLFU) Victim(id uint64) (int32, bool) {
	victim, admit := p.Policy.Victim(id)
	return victim, admit && p.sketch.estimate(id) > p.sketch.estimate(p.ids[victim])
}

func (p *tinyLFU) Insert(slot int32, id uint64) {
	p.ids[slot] = id
	p.Policy.Insert(slot, id)
}
