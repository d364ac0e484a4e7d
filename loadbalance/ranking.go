package loadbalance

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// ranking keeps endpoints sorted by load. Endpoints of one load form a level, a run of places in order. A load that
// grows by one moves its endpoint across one boundary: it changes places with the last of its level, and the boundary
// steps over it. So every operation of a pick and a Done takes constant time, and a uniform draw from the least
// loaded is a draw from the first run.
type ranking struct {
	mu     sync.Mutex
	order  []*ranked // by place, ascending load
	levels []level   // linked both ways, in ascending load; no level is empty
	lowest int32
	free   int32 // levels not in use, linked by above
}

// level is a run of places: from start up to but not including end.
type level struct {
	load         int64
	start, end   int
	below, above int32
}

// ranked is an endpoint in a ranking. All of it belongs to the ranking's mutex, index as well: it is an index into the
// snapshot that was put in place together with the ranking. Two share a cache line: with thousands of endpoints
// it is their size that a pick waits for.
type ranked struct {
	ranking  *ranking
	reported int64 // the load last reported, plus one; zero when none was
	inFlight int32
	index    int32
	place    int32 // gone if it is no longer in the set: only its requests in flight are left
	level    int32
}

const gone int32 = -1

// load is what is ranked: the last report, or else the requests in flight.
func (s *ranked) load() int64 {
	if s.reported > 0 {
		return s.reported - 1
	}
	return int64(s.inFlight)
}

const none int32 = -1

// reset ranks a new set. States that are not in it are gone; if they return, it is with a fresh state.
func (r *ranking) reset(states []*ranked) {
	for _, s := range r.order {
		s.place = gone
	}
	for i, s := range states {
		s.index = int32(i)
	}
	r.order = slices.Clone(states)
	slices.SortStableFunc(r.order, func(a, b *ranked) int { return cmp.Compare(a.load(), b.load()) })
	r.levels, r.lowest, r.free = r.levels[:0], none, none
	last := none
	for place, s := range r.order {
		if last == none || r.levels[last].load != s.load() {
			last = r.insert(s.load(), place, last, none)
		}
		r.levels[last].end = place + 1
		s.place, s.level = int32(place), last
	}
}

// add counts n more requests in flight.
func (r *ranking) add(s *ranked, n int32) {
	s.inFlight += n
	if s.reported == 0 && s.place != gone {
		r.move(s, int64(s.inFlight))
	}
}

// Finish implements [Finisher].
func (s *ranked) Finish(time.Duration, Outcome) {
	s.ranking.mu.Lock()
	s.ranking.add(s, -1)
	s.ranking.mu.Unlock()
}

// fresh makes n endpoints that nothing is known of.
func (r *ranking) fresh(n int) []*ranked {
	all, states := make([]ranked, n), make([]*ranked, n)
	for i := range states {
		all[i].ranking = r
		states[i] = &all[i]
	}
	return states
}

// move gives s another load.
func (r *ranking) move(s *ranked, load int64) {
	for r.levels[s.level].load < load {
		r.raise(s, load)
	}
	for r.levels[s.level].load > load {
		r.lower(s, load)
	}
}

// raise moves s out of its level at the upper end, into the next level, or into one of its own where the next one is
// already above load.
func (r *ranking) raise(s *ranked, load int64) {
	from := s.level
	l := &r.levels[from]
	l.end--
	r.swap(s, l.end)
	place, to := l.end, l.above
	if to != none && r.levels[to].load <= load {
		r.levels[to].start--
	} else {
		to = r.insert(load, place, from, to)
		r.levels[to].end = place + 1
	}
	s.level = to
	r.removeIfEmpty(from)
}

// lower is raise, the other way round.
func (r *ranking) lower(s *ranked, load int64) {
	from := s.level
	l := &r.levels[from]
	r.swap(s, l.start)
	l.start++
	place, to := l.start-1, l.below
	if to != none && r.levels[to].load >= load {
		r.levels[to].end++
	} else {
		to = r.insert(load, place, to, from)
		r.levels[to].end = place + 1
	}
	s.level = to
	r.removeIfEmpty(from)
}

// swap puts s at a place, and who was there where s was.
func (r *ranking) swap(s *ranked, place int) {
	other, was := r.order[place], s.place
	r.order[was], other.place = other, was
	r.order[place], s.place = s, int32(place)
}

// insert makes a level that starts at a place, between two others.
func (r *ranking) insert(load int64, start int, below, above int32) int32 {
	i := r.free
	if i == none {
		i = int32(len(r.levels))
		r.levels = append(r.levels, level{})
	} else {
		r.free = r.levels[i].above
	}
	r.levels[i] = level{load: load, start: start, end: start, below: below, above: above}
	r.link(below, i)
	r.link(i, above)
	return i
}

func (r *ranking) removeIfEmpty(i int32) {
	if l := &r.levels[i]; l.start == l.end {
		r.link(l.below, l.above)
		l.above = r.free
		r.free = i
	}
}

func (r *ranking) link(below, above int32) {
	if below == none {
		r.lowest = above
	} else {
		r.levels[below].above = above
	}
	if above != none {
		r.levels[above].below = below
	}
}
