package hashring

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Directory is a look-up service in one process: it knows the node of each key that was assigned, and leaves all other keys to another
// placement. So any key can be anywhere, at the price of an entry for each that is.
//
// Only keys that are assigned or released move, and those that the other placement moves. A key that was assigned to a node
// that leaves goes back to the other placement.
//
// A lookup costs one of a map, and of the other placement for keys that are not in it. Memory is that of a map: some 50 bytes an entry
// and the keys; a change copies it.
type Directory struct {
	rest  Placement
	nodes map[string]int32 // by key
}

// NewDirectory returns a directory over another placement, with the given entries: names of nodes by key.
func NewDirectory(rest Placement, entries map[string]string) (*Directory, error) {
	if missing(rest) {
		return nil, errors.New("hashring: a directory must have a placement for the keys that it does not know: nil")
	}
	d := &Directory{rest: rest, nodes: make(map[string]int32, len(entries))}
	index := indices(rest.Members())
	for key, name := range entries {
		node, ok := index[name]
		if !ok {
			return nil, fmt.Errorf("%w: %q is to own the key %q", ErrUnknownNode, name, key)
		}
		d.nodes[key] = node
	}
	return d, nil
}

// Owner implements [Placement].
func (d *Directory) Owner(key string) int {
	if node, ok := d.nodes[key]; ok {
		return int(node)
	}
	return d.rest.Owner(key)
}

// Members implements [Placement].
func (d *Directory) Members() []Member { return d.rest.Members() }

// Assign gives keys to nodes by name, besides those that are assigned already; an empty name releases a key.
func (d *Directory) Assign(entries map[string]string) (*Directory, error) {
	next := &Directory{d.rest, maps.Clone(d.nodes)}
	index := indices(d.Members())
	for key, name := range entries {
		node, ok := index[name]
		switch {
		case name == "":
			delete(next.nodes, key)
		case !ok:
			return nil, fmt.Errorf("%w: %q is to own the key %q", ErrUnknownNode, name, key)
		default:
			next.nodes[key] = node
		}
	}
	return next, nil
}

// Entries are how many keys were assigned.
func (d *Directory) Entries() int { return len(d.nodes) }

// AppendOwners implements [Placement]: the node that a key was assigned to, then the other placement's.
func (d *Directory) AppendOwners(dst []int, key string, n int) ([]int, error) {
	owners, err := d.rest.AppendOwners(dst, key, n)
	if node, ok := d.nodes[key]; ok && err == nil {
		assignedFirst(owners[len(dst):], int(node), func(int) bool { return true })
	}
	return owners, err
}

// AppendSpread implements [Placement]: the node that a key was assigned to takes the first turn of its zone, and each node of
// that zone before it the next one.
func (d *Directory) AppendSpread(dst []int, key string, n int) ([]int, error) {
	owners, err := d.rest.AppendSpread(dst, key, n)
	if node, ok := d.nodes[key]; ok && err == nil {
		members := d.rest.Members()
		assignedFirst(owners[len(dst):], int(node), func(other int) bool { return members[other].Zone == members[node].Zone })
	}
	return owners, err
}

// assignedFirst puts a node before all owners. Those that it may push back move on to the place of the next such one, up to its own
// old place or out of the list. If there are none, all others move by one.
func assignedFirst(owners []int, node int, pushes func(owner int) bool) {
	first := slices.IndexFunc(owners, pushes)
	if first < 0 {
		first = len(owners) - 1
	}
	pushed := owners[first]
	copy(owners[1:first+1], owners[:first])
	owners[0] = node
	for i := first + 1; i < len(owners) && pushed != node; i++ {
		if pushes(owners[i]) {
			pushed, owners[i] = owners[i], pushed
		}
	}
}

// With implements [Placement].
func (d *Directory) With(members []Member) (Placement, error) {
	rest, err := d.rest.With(members)
	if err != nil {
		return nil, err
	}
	next := &Directory{rest, make(map[string]int32, len(d.nodes))}
	before, index := d.Members(), indices(rest.Members())
	for key, node := range d.nodes {
		if stays, ok := index[before[node].Name]; ok {
			next.nodes[key] = stays
		}
	}
	return next, nil
}
