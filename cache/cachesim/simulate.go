package cachesim

import (
	"fmt"

	"github.com/sysdesign-lab/sysdesign/cache"
)

// Misses is how many of a trace's requests a cache of that many entries misses, empty at first. Errors wrap cache.ErrCapacity or, of a policy of your
// own, cache.ErrPolicy, or are the policy's.
func Misses(trace Trace, policy cache.Builder, capacity int) (int, error) {
	if err := checkCapacity(capacity); err != nil {
		return 0, err
	}
	if policy == nil {
		return 0, fmt.Errorf("%w: nil", cache.ErrPolicy)
	}
	if capacity >= len(trace.IDs) {
		return len(trace.IDs), nil // nothing is ever evicted, so that no policy need be made, however much memory it would take
	}
	if isLRU(policy) {
		return lruMisses(trace, capacity), nil
	}
	p, err := policy(capacity)
	if err == nil && p == nil {
		err = fmt.Errorf("%w: nil", cache.ErrPolicy)
	}
	if err != nil {
		return 0, err
	}
	where := make([]int32, len(trace.IDs)) // slot of each key, plus one
	keys := make([]int32, capacity)        // of each slot
	size, misses := int32(0), 0
	for _, key := range trace.Requests {
		if slot := where[key]; slot != 0 {
			p.Hit(slot - 1)
			continue
		}
		misses++
		id := trace.IDs[key]
		p.Miss(id)
		slot := size
		if int(size) < len(keys) {
			size++
		} else {
			victim, admit := p.Victim(id)
			if !admit {
				continue
			}
			if uint32(victim) >= uint32(capacity) { // all slots hold entries now
				return 0, fmt.Errorf("%w: slot %d", cache.ErrPolicy, victim)
			}
			p.Evict(victim)
			where[keys[victim]] = 0
			slot = victim
		}
		where[key], keys[slot] = slot+1, key
		p.Insert(slot, id)
	}
	return misses, nil
}
