package hashring

import (
	"fmt"
	"maps"
)

// Directory is a look-up service in one process: it knows the node of each key that was assigned, and leaves all other keys to another
// placement. So any key can be anywhere, at the price of an entry for each that is.
//
// Only keys that are assigned or released move, and those that the other placement moves. A key that was assigned to a node
// that leaves goes back to the other placement.
//
// A lookup costs one of a map, and of the other placement for keys that are not in it. Memory is that of a map: some 50 bytes an entry
// and the keys.
type Directory struct {
	rest    Placement
	entries map[string]string // the node's name by key
	nodes   map[string]int    // the same, as an index
}

// NewDirectory returns a directory over another placement, with the given entries: names of nodes by key.
func NewDirectory(rest Placement, entries map[string]string) (*Directory, error) {
	if rest == nil {
		return nil, fmt.Errorf("hashring: a directory must have a placement for the keys that it does not know: nil")
	}
	index := make(map[string]int)
	for i, m := range rest.Members() {
		index[m.Name] = i
	}
	d := &Directory{rest: rest, entries: maps.Clone(entries), nodes: make(map[string]int, len(entries))}
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
		return node
	}
	return d.rest.Owner(key)
}

// Members implements [Placement].
func (d *Directory) Members() []Member { return d.rest.Members() }

// Assign gives keys to nodes by name, besides those that are assigned already; an empty name releases a key.
func (d *Directory) Assign(entries map[string]string) (*Directory, error) {
	all := maps.Clone(d.entries)
	if all == nil {
		all = make(map[string]string)
	}
	for key, name := range entries {
		if name == "" {
			delete(all, key)
		} else {
			all[key] = name
		}
	}
	return NewDirectory(d.rest, all)
}

// Entries are how many keys were assigned.
func (d *Directory) Entries() int { return len(d.entries) }

// AppendOwners implements [Placement]: the node that a key was assigned to, then the other placement's.
func (d *Directory) AppendOwners(dst []int, key string, n int) ([]int, error) {
	owners, err := d.rest.AppendOwners(dst, key, n)
	return d.assignedFirst(owners, len(dst), key, false), err
}

// AppendSpread implements [Placement].
func (d *Directory) AppendSpread(dst []int, key string, n int) ([]int, error) {
	owners, err := d.rest.AppendSpread(dst, key, n)
	return d.assignedFirst(owners, len(dst), key, true), err
}

// assignedFirst moves the node that a key was assigned to before the other owners, of which begin is the first. If it is not
// among them one gives way: the last one, or the last one of the same zone if there is one and zones matter.
func (d *Directory) assignedFirst(owners []int, begin int, key string, spread bool) []int {
	node, ok := d.nodes[key]
	if !ok || len(owners) == begin {
		return owners
	}
	members := d.rest.Members()
	gap := len(owners) - 1
	for i := len(owners) - 1; spread && i >= begin; i-- {
		if members[owners[i]].Zone == members[node].Zone {
			gap = i
			break
		}
	}
	for i := begin; i < len(owners); i++ {
		if owners[i] == node {
			gap = i
		}
	}
	copy(owners[begin+1:gap+1], owners[begin:gap])
	owners[begin] = node
	return owners
}

// With implements [Placement].
func (d *Directory) With(members []Member) (Placement, error) {
	rest, err := d.rest.With(members)
	if err != nil {
		return nil, err
	}
	stay := make(map[string]bool, len(members))
	for _, m := range members {
		stay[m.Name] = true
	}
	entries := maps.Clone(d.entries)
	maps.DeleteFunc(entries, func(_, name string) bool { return !stay[name] })
	return asPlacement(NewDirectory(rest, entries))
}
