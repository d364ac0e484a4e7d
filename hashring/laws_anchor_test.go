package hashring_test

import (
	"fmt"
	"slices"
)

// naiveAnchor is the paper's definition with sets: what remains when a place loses its node is written down, and a key that meets such
// a place chooses among what remained then.
func naiveAnchor(capacity int) func([]member, hashing) (placement, error) {
	return func(members []member, h hashing) (placement, error) {
		w := anchorWorld{place: map[string]int{}, h: h, capacity: capacity}
		working := rotated(capacity, 0)
		for place := capacity - 1; place >= 0; place-- {
			w.lost = append(w.lost, loss{place, slices.Clone(working), working[:place]})
			working = working[:place]
		}
		w.working = working
		return w.with(members), nil
	}
}

// loss says that a place lost its node, with the working set before and after.
type loss struct {
	place         int
	before, after []int
}

type anchorWorld struct {
	h        hashing
	capacity int
	working  []int
	lost     []loss // in order: the last one joins first
	place    map[string]int
	members  []member
}

func (w anchorWorld) with(members []member) placement {
	next := anchorWorld{h: w.h, capacity: w.capacity, working: w.working, lost: slices.Clone(w.lost), place: map[string]int{}, members: members}
	for _, m := range w.members {
		if slices.ContainsFunc(members, func(other member) bool { return other.Name == m.Name }) {
			next.place[m.Name] = w.place[m.Name]
			continue
		}
		place, last := w.place[m.Name], len(next.working)-1
		after := slices.Clone(next.working)
		after[slices.Index(after, place)] = after[last] // the last one takes over
		next.lost = append(next.lost, loss{place, next.working, after[:last]})
		next.working = after[:last]
	}
	for _, m := range members {
		if _, stays := next.place[m.Name]; !stays {
			last := next.lost[len(next.lost)-1]
			next.lost = next.lost[:len(next.lost)-1]
			next.place[m.Name], next.working = last.place, last.before
		}
	}
	p := &naive{members: members}
	p.prefer = func(key string) []int { return again(seededKey(next.h, key), len(members), next.at) }
	p.with = func(members []member) (placement, error) { return next.with(members), nil }
	return p
}

func (w anchorWorld) at(hash uint64) int {
	place := scaled(hash, w.capacity)
	for {
		i := slices.IndexFunc(w.lost, func(l loss) bool { return l.place == place })
		if i < 0 {
			break
		}
		hash = splitMix(hash, 0)
		place = w.lost[i].after[scaled(hash, len(w.lost[i].after))]
	}
	for i, m := range w.members {
		if w.place[m.Name] == place {
			return i
		}
	}
	panic(fmt.Sprintf("place %d has no node", place))
}
