package ringsim

import (
	"fmt"
	"strconv"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

// Shards are what most people have without shuffle sharding: nodes in groups that share nothing, and each tenant on one of the groups.
// What is left of the nodes when all groups are complete stays idle.
type Shards struct {
	groups hashring.Placement
	each   int
}

// NewShards makes groups of so many of the nodes; a seed gives other tenants to each.
func NewShards(nodes, each int, seed uint64) (*Shards, error) {
	if each < 1 || each > nodes {
		return nil, fmt.Errorf("ringsim: the nodes of a shard must lie in [1, %d]: %d", nodes, each)
	}
	names := make([]string, nodes/each)
	for i := range names {
		names[i] = "shard " + strconv.Itoa(i)
	}
	groups, err := hashring.NewRendezvous(hashring.Named(names...), hashring.Hashing{Seed: seed})
	if err != nil {
		return nil, err
	}
	return &Shards{groups, each}, nil
}

// AppendNodes implements [Sharding].
func (s *Shards) AppendNodes(dst []int, tenant string) []int {
	first := s.groups.Owner(tenant) * s.each
	for i := range s.each {
		dst = append(dst, first+i)
	}
	return dst
}

// Groups are how many shards there are: a bad tenant takes one in so many of the others down wholly.
func (s *Shards) Groups() int { return len(s.groups.Members()) }
