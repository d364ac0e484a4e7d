package clocks

import (
	"fmt"
	"slices"
	"strings"
)

// Dense is a vector clock of actors that are known beforehand: one counter for each, by its index in a [Roster], zero for an actor that
// has done nothing. It is the same clock as a [Vector], eight bytes an actor and without names to compare: for a fixed set of replicas.
//
// An entry that a shorter clock lacks counts as zero. So clocks of one roster can be compared with those of a longer one that
// begins with the same names; between any other two rosters a comparison means nothing, and nothing says so.
//
// The zero value is the clock that has seen nothing; it takes no increments, having no entries. A copy shares its counters, as slices do.
// Not safe for concurrent use while it changes.
type Dense []uint64

// Increment counts one more event of the actor with that index. The error, of an index out of range or one that wraps [ErrExhausted],
// leaves the clock as it is.
func (d Dense) Increment(actor int) error {
	if actor < 0 || actor >= len(d) {
		return fmt.Errorf("clocks: an actor's index must lie in [0, %d): %d", len(d), actor)
	}
	if d[actor] >= MaxCounter {
		return exhausted(fmt.Sprintf("actor %d", actor))
	}
	d[actor]++
	return nil
}

// Merge makes the clock know what either of the two knows: the larger counter of each actor. It allocates only if e is longer.
func (d *Dense) Merge(e Dense) {
	if len(e) > len(*d) {
		*d = append(*d, make(Dense, len(e)-len(*d))...)
	}
	mine := (*d)[:len(e)]
	for i, counter := range e {
		mine[i] = max(mine[i], counter)
	}
}

// Compare says how this clock stands to another. It does not allocate, and ends at the first proof that they are concurrent.
func (d Dense) Compare(e Dense) Order {
	smaller, larger := false, false
	both := min(len(d), len(e))
	mine, theirs := d[:both], e[:both]
	for i, counter := range mine {
		if counter == theirs[i] {
			continue
		}
		if counter < theirs[i] {
			smaller = true
		} else {
			larger = true
		}
		if smaller && larger {
			return Concurrent
		}
	}
	return orderOf(smaller || anyEvents(e[both:]), larger || anyEvents(d[both:]))
}

// Equal says whether both clocks have seen the same.
func (d Dense) Equal(e Dense) bool { return d.Compare(e) == Equal }

// Clone is a copy that shares nothing with this clock.
func (d Dense) Clone() Dense { return slices.Clone(d) }

func anyEvents(d Dense) bool {
	return slices.ContainsFunc(d, func(counter uint64) bool { return counter > 0 })
}

// Roster is a fixed list of actors by index. It is immutable, and safe for concurrent use.
type Roster struct {
	names  []string
	index  map[string]int
	byName []int // indices in the order of names
}

// NewRoster returns the roster of those names: distinct, none of them empty, in that order.
func NewRoster(names ...string) (*Roster, error) {
	r := &Roster{names: slices.Clone(names), index: make(map[string]int, len(names)), byName: make([]int, len(names))}
	for i, name := range r.names {
		if name == "" {
			return nil, fmt.Errorf("%w: %q", errActor, name)
		}
		if _, twice := r.index[name]; twice {
			return nil, fmt.Errorf("clocks: names of actors must be distinct: %q appears twice", name)
		}
		r.index[name], r.byName[i] = i, i
	}
	slices.SortFunc(r.byName, func(a, b int) int { return strings.Compare(r.names[a], r.names[b]) })
	return r, nil
}

// Names are the actors' by index. The slice is shared: it must not be changed.
func (r *Roster) Names() []string { return r.names }

// Index is the actor's of that name.
func (r *Roster) Index(name string) (int, bool) {
	i, ok := r.index[name]
	return i, ok
}

// New returns a clock that has seen nothing, with an entry for each actor.
func (r *Roster) New() Dense { return make(Dense, len(r.names)) }

// Dense is the same clock as v by index. The error is that v knows events of an actor that is not in the roster.
func (r *Roster) Dense(v Vector) (Dense, error) {
	d := r.New()
	for actor, counter := range v.All() {
		i, ok := r.index[actor]
		if !ok {
			return nil, fmt.Errorf("clocks: an actor must be in the roster: %q", actor)
		}
		d[i] = counter
	}
	return d, nil
}

// Vector is the same clock as d by name. The error is that d has more entries than the roster, or a counter above [MaxCounter].
func (r *Roster) Vector(d Dense) (Vector, error) {
	if len(d) > len(r.names) {
		return Vector{}, fmt.Errorf("clocks: a clock must have at most as many entries as its roster, %d: %d", len(r.names), len(d))
	}
	if err := d.check(); err != nil {
		return Vector{}, err
	}
	var v Vector
	for _, i := range r.byName {
		if i < len(d) && d[i] > 0 {
			v.entries = append(v.entries, entry{r.names[i], d[i]})
		}
	}
	return v, nil
}

// check says which counter no clock has counted to.
func (d Dense) check() error {
	for i, counter := range d {
		if counter > MaxCounter {
			return fmt.Errorf("clocks: a counter must be at most %d: %d of actor %d", uint64(MaxCounter), counter, i)
		}
	}
	return nil
}
