package ringsim

import (
	"errors"
	"fmt"
	"math/rand/v2"
)

// Sharding gives tenants their nodes. [hashring.Shuffle] is one.
type Sharding interface {
	// AppendNodes appends the tenant's nodes, in any order, to dst.
	AppendNodes(dst []int, tenant string) []int
}

// BadTenant lets one tenant, drawn at random, bring all of its nodes down, and says what share of the other tenants loses j of theirs, for j
// from 0 to each, which is how many nodes every tenant has. Tenants are two or more.
func BadTenant(s Sharding, tenants []string, each int, source rand.Source) ([]float64, error) {
	if len(tenants) < 2 {
		return nil, fmt.Errorf("ringsim: there must be a bad tenant and another one: %d", len(tenants))
	}
	if each < 1 {
		return nil, fmt.Errorf("ringsim: a tenant must have a node or more: %d", each)
	}
	if s == nil || source == nil {
		return nil, errors.New("ringsim: a bad tenant needs a sharding and a source of randomness: nil")
	}
	bad := rand.New(source).IntN(len(tenants))
	down := map[int]bool{}
	nodes := s.AppendNodes(nil, tenants[bad])
	for _, node := range nodes {
		down[node] = true
	}
	lose := make([]float64, each+1)
	for i, tenant := range tenants {
		if i == bad {
			continue
		}
		nodes = s.AppendNodes(nodes[:0], tenant)
		if len(nodes) != each {
			return nil, fmt.Errorf("ringsim: a tenant must have %d nodes: %d for %q", each, len(nodes), tenant)
		}
		lost := 0
		for _, node := range nodes {
			if down[node] {
				lost++
			}
		}
		lose[lost]++
	}
	for j := range lose {
		lose[j] /= float64(len(tenants) - 1)
	}
	return lose, nil
}
