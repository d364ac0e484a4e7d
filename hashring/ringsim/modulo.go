package ringsim

import (
	"errors"
	"fmt"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

// Modulo places a key on the node whose index is its hash modulo the number of nodes: the baseline that consistent hashing is measured
// against. Its shares are even. When one node joins n, n keys in n+1 move, nearly all of them between nodes that stay.
type Modulo struct {
	members []hashring.Member
	hash    hashring.Hash
}

// NewModulo returns a placement on the given nodes, in this order. Weights must be 1, as for jump hash.
func NewModulo(members []hashring.Member, hash hashring.Hash) (*Modulo, error) {
	if hash == nil {
		return nil, errors.New("ringsim: modulo hashing must have a hash: nil")
	}
	even, err := hashring.NewJump(members, hashring.Hashing{}) // which has the same rules for nodes
	if err != nil {
		return nil, err
	}
	return &Modulo{even.Members(), hash}, nil
}

// ByModulo places keys by their hash modulo the number of nodes.
func ByModulo(hash hashring.Hash) hashring.Scheme {
	return func(members []hashring.Member) (hashring.Placement, error) {
		m, err := NewModulo(members, hash)
		if err != nil {
			return nil, err
		}
		return m, nil
	}
}

// Owner implements [hashring.Placement].
func (m *Modulo) Owner(key string) int { return int(m.hash(key) % uint64(len(m.members))) }

// AppendOwners implements [hashring.Placement]: the nodes that follow, around.
func (m *Modulo) AppendOwners(dst []int, key string, n int) ([]int, error) {
	switch {
	case n < 1:
		return dst, fmt.Errorf("ringsim: the number of owners must be positive: %d", n)
	case n > len(m.members):
		return dst, fmt.Errorf("%w: %d owners, %d nodes", hashring.ErrTooFewNodes, n, len(m.members))
	}
	first := m.Owner(key)
	for i := range n {
		dst = append(dst, (first+i)%len(m.members))
	}
	return dst, nil
}

// AppendSpread implements [hashring.Placement], but knows no zones.
func (m *Modulo) AppendSpread(dst []int, key string, n int) ([]int, error) {
	return m.AppendOwners(dst, key, n)
}

// Members implements [hashring.Placement].
func (m *Modulo) Members() []hashring.Member { return m.members }

// With implements [hashring.Placement].
func (m *Modulo) With(members []hashring.Member) (hashring.Placement, error) {
	return ByModulo(m.hash)(members)
}
