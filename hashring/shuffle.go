package hashring

import "fmt"

// Shuffle is shuffle sharding: each tenant has k of the n nodes to itself, and so to hardly anybody else: a tenant that brings its nodes
// down takes those wholly along only that have the same k. See [Overlaps].
//
// A tenant's nodes are its k best by [Rendezvous]: a function of names and the seed, with nothing stored. When a node leaves, only tenants
// that had it change; one that joins changes only tenants that it becomes one of. Without zones each of those tenants changes one node.
// Every set of k nodes is equally likely where weights are equal and zones do not matter.
//
// It costs k steps for each node, does not allocate, and is safe for any number of goroutines.
//
// Source: C. MacCárthaigh, "Workload Isolation Using Shuffle-Sharding", The Amazon Builders' Library.
type Shuffle struct {
	nodes   *Rendezvous
	each    int
	options ShuffleOptions
}

// ShuffleOptions says how tenants are given nodes.
type ShuffleOptions struct {
	Hashing
	Zones bool // a tenant's nodes are of distinct zones while those last
}

// NewShuffle returns a placement of tenants on each of so many of the members, whose order does not matter.
func NewShuffle(members []Member, each int, options ShuffleOptions) (*Shuffle, error) {
	nodes, err := NewRendezvous(members, options.Hashing)
	if err != nil {
		return nil, err
	}
	if err := shuffled(len(members), each); err != nil {
		return nil, err
	}
	return &Shuffle{nodes, each, options}, nil
}

func shuffled(nodes, each int) error {
	switch {
	case each < 1:
		return fmt.Errorf("hashring: the number of nodes of a tenant must be positive: %d", each)
	case each > nodes:
		return fmt.Errorf("%w: %d for each tenant, %d nodes", ErrTooFewNodes, each, nodes)
	}
	return nil
}

// AppendNodes appends the tenant's nodes to dst, the best first, as indices in Members. It does not allocate if dst has room.
func (s *Shuffle) AppendNodes(dst []int, tenant string) []int {
	if s.options.Zones {
		dst, _ = s.nodes.AppendSpread(dst, tenant, s.each) // as many as there are were asked for at construction
	} else {
		dst, _ = s.nodes.AppendOwners(dst, tenant, s.each)
	}
	return dst
}

// Members are the nodes. The slice is shared: it must not be changed.
func (s *Shuffle) Members() []Member { return s.nodes.Members() }

// With is the same for another set of nodes.
func (s *Shuffle) With(members []Member) (*Shuffle, error) {
	return NewShuffle(members, s.each, s.options)
}

// Overlaps are the probabilities that two tenants, each with so many of the nodes, share j of them, for j = 0, 1, …, each: the
// hypergeometric distribution, exact for equal weights without zones. The last one is the share of tenants that one bad tenant
// hurts wholly, 1/C(nodes, each).
//
// It costs a step for each j, and errs by rounding only.
func Overlaps(nodes, each int) ([]float64, error) {
	if err := shuffled(nodes, each); err != nil {
		return nil, err
	}
	if nodes > mostNodes {
		return nil, fmt.Errorf("hashring: the number of nodes must lie in [1, %d]: %d", mostNodes, nodes)
	}
	// C(each, j) * C(nodes-each, each-j) / C(nodes, each): what follows from one j to the next is a ratio, and all are one.
	n, k := float64(nodes), float64(each)
	ratio := func(j float64) float64 { return (k - j) * (k - j) / ((j + 1) * (n - 2*k + j + 1)) }
	all := make([]float64, each+1)
	least := max(0, 2*each-nodes)
	likely := min(max(int((k+1)*(k+1)/(n+2)), least), each)
	all[likely] = 1 // the largest of them, so that what is lost below is nothing beside it
	sum := 1.0
	for j := likely; j < each; j++ {
		all[j+1] = all[j] * ratio(float64(j))
		sum += all[j+1]
	}
	for j := likely - 1; j >= least; j-- {
		all[j] = all[j+1] / ratio(float64(j))
		sum += all[j]
	}
	for j := range all {
		all[j] /= sum
	}
	return all, nil
}
