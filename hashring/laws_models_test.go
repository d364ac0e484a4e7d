package hashring_test

import (
	"cmp"
	"errors"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/cespare/xxhash/v2"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

// Each placement answers what its definition says, done the slow way: one owner, all owners in order, and spread.
func TestLaw_LookupsEqualANaiveSearch(t *testing.T) {
	models := map[string]func([]member, hashing) (placement, error){
		"ring": naiveRing(10, none), "ring of one point": naiveRing(1, none), "rendezvous": naiveRendezvous, "jump": naiveJump,
		"maglev": naiveMaglev(53), "small maglev": naiveMaglev(11), "anchor": naiveAnchor(9), "ranges": naiveRanges,
	}
	for _, of := range subjects {
		if model := models[of.name]; model != nil {
			t.Run(of.name, func(t *testing.T) { rapid.Check(t, lawEqual(of, model)) })
		}
	}
}

func lawEqual(of subject, model func([]member, hashing) (placement, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		var s story
		h, members := drawHashing(t, &s), of.drawMembers(t)
		s.tell("%s", describe(members))
		p, err := of.make(members, h)
		if err != nil {
			s.fail(t, "there is an error: %v", err)
		}
		m, err := model(members, h)
		if err != nil {
			s.fail(t, "there is an error in the model: %v", err)
		}
		sameAnswers(t, &s, p, m, "by the definition")
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			p = of.next(t, &s, p)
			if m, err = m.With(p.Members()); err != nil {
				s.fail(t, "there is an error in the model: %v", err)
			}
			sameAnswers(t, &s, p, m, "by the definition")
		}
	}
}

// naive is a placement by its definition: all nodes in the order in which a key prefers them.
type naive struct {
	members []member
	prefer  func(key string) []int
	with    func(members []member) (placement, error)
	bug     bug
}

func (p *naive) Members() []member                        { return p.members }
func (p *naive) Owner(key string) int                     { return p.prefer(key)[0] }
func (p *naive) With(members []member) (placement, error) { return p.with(members) }

func (p *naive) AppendOwners(dst []int, key string, n int) ([]int, error) {
	switch {
	case n < 1:
		return dst, errors.New("too few owners")
	case n > len(p.members) && p.bug != looksForever:
		return dst, hashring.ErrTooFewNodes
	}
	order := p.prefer(key)
	return append(dst, order[:min(n, len(order))]...), nil
}

func (p *naive) AppendSpread(dst []int, key string, n int) ([]int, error) {
	if _, err := p.AppendOwners(nil, key, n); err != nil || p.bug == ignoresZones {
		return p.AppendOwners(dst, key, n)
	}
	left := slices.Clone(p.prefer(key))
	taken := 0
	for taken < n {
		turn := map[string]bool{} // zones that had theirs
		for i := 0; i < len(left) && taken < n; {
			if zone := p.members[left[i]].Zone; turn[zone] {
				i++
			} else {
				turn[zone] = true
				dst = append(dst, left[i])
				left = slices.Delete(left, i, i+1)
				taken++
			}
		}
	}
	return dst, nil
}

// distinct are the nodes in the order of their first appearance.
func distinct(nodes []int) (all []int) {
	for _, node := range nodes {
		if !slices.Contains(all, node) {
			all = append(all, node)
		}
	}
	return all
}

func hashOf(h hashing, key string) uint64 {
	if h.Hash != nil {
		return h.Hash(key)
	}
	return xxhash.Sum64String(key)
}

// splitMix is the i-th output of SplitMix64 from a seed; -1 is the finaliser alone.
func splitMix(seed uint64, i int) uint64 {
	x := seed + uint64(i+1)*0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func nodeSeed(h hashing, name string) uint64 {
	return splitMix(hashOf(h, name)^splitMix(h.Seed, -1), -1)
}

func seededKey(h hashing, key string) uint64 {
	if h.Seed == 0 {
		return hashOf(h, key)
	}
	return splitMix(hashOf(h, key)^h.Seed, -1)
}

// scaled is floor(x * n / 2^64).
func scaled(x uint64, n int) int {
	product := new(big.Int).Mul(new(big.Int).SetUint64(x), big.NewInt(int64(n)))
	return int(product.Rsh(product, 64).Int64())
}

type point struct {
	at   uint64
	node int
	name string
}

// naiveRing looks at all points, one after the other, from the first.
func naiveRing(points int, b bug) func([]member, hashing) (placement, error) {
	return func(members []member, h hashing) (placement, error) {
		return ringWith(nil, members, points, h, b)
	}
}

func ringWith(ghosts []point, members []member, points int, h hashing, b bug) (placement, error) {
	all := slices.Clone(ghosts)
	for i, m := range members {
		seed, count := nodeSeed(h, m.Name), max(1, int(math.Round(m.Weight*float64(points))))
		switch b {
		case ignoresWeights:
			count = points
		case knowsByNumber:
			seed = splitMix(uint64(i), 0)
		}
		for j := range count {
			all = append(all, point{splitMix(seed, j), i, m.Name})
		}
	}
	slices.SortFunc(all, func(a, b point) int {
		return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(a.name, b.name))
	})
	p := &naive{members: members, bug: b}
	orders := map[int][]int{} // by the first point, since many keys are asked for
	p.prefer = func(key string) []int {
		hash := hashOf(h, key)
		if b == modulo {
			return rotated(len(members), int(hash%uint64(len(members))))
		}
		first := 0
		for first < len(all) && all[first].at < hash {
			first++
		}
		if b == doesNotWrap {
			first = min(first, len(all)-1)
		}
		if nodes := orders[first]; nodes != nil {
			return nodes
		}
		var nodes []int
		for i := range all {
			nodes = append(nodes, all[(first+i)%len(all)].node%len(members))
		}
		if b != repeatsOwners {
			nodes = distinct(nodes)
		}
		orders[first] = nodes
		return nodes
	}
	p.with = func(next []member) (placement, error) {
		if len(next) == 0 {
			return nil, errors.New("no nodes")
		}
		var left []point
		for _, one := range all {
			if stays := slices.ContainsFunc(next, func(m member) bool { return m.Name == one.name }); !stays {
				left = []point{one}
			}
		}
		if b != forgetsAPoint {
			left = nil
		}
		return ringWith(left, next, points, h, b)
	}
	return p, nil
}

func rotated(n, first int) (nodes []int) {
	for i := range n {
		nodes = append(nodes, (first+i)%n)
	}
	return nodes
}

func naiveRendezvous(members []member, h hashing) (placement, error) {
	members = slices.Clone(members)
	slices.SortFunc(members, func(a, b member) int { return strings.Compare(a.Name, b.Name) })
	p := &naive{members: members}
	p.prefer = func(key string) []int {
		nodes := rotated(len(members), 0)
		score := func(node int) float64 {
			m := members[node]
			x := splitMix(hashOf(h, key)^nodeSeed(h, m.Name), -1)
			return math.Log((float64(x>>12)+0.5)/(1<<52)) / m.Weight // the greater, the better: all are negative
		}
		slices.SortStableFunc(nodes, func(a, b int) int { return cmp.Compare(score(b), score(a)) })
		return nodes
	}
	p.with = func(next []member) (placement, error) { return naiveRendezvous(next, h) }
	return p, nil
}

// again is the order of preference where further hashes of the key lead to further nodes.
func again(h uint64, n int, at func(hash uint64) int) (nodes []int) {
	nodes = append(nodes, at(h))
	for i := 1; i < 4*n; i++ {
		nodes = append(nodes, at(splitMix(h, i)))
	}
	return distinct(append(nodes, rotated(n, nodes[0])...))
}

// naiveJump takes JumpHash itself, which the published vectors judge.
func naiveJump(members []member, h hashing) (placement, error) {
	p := &naive{members: members}
	p.prefer = func(key string) []int {
		return again(seededKey(h, key), len(members), func(hash uint64) int { return hashring.JumpHash(hash, len(members)) })
	}
	p.with = func(next []member) (placement, error) { return naiveJump(next, h) }
	return p, nil
}

// naiveMaglev builds the permutations, and lets nodes take turns as in the paper's section 3.4.
func naiveMaglev(size int) func([]member, hashing) (placement, error) {
	return func(members []member, h hashing) (placement, error) {
		members = slices.Clone(members)
		slices.SortFunc(members, func(a, b member) int { return strings.Compare(a.Name, b.Name) })
		heaviest := slices.MaxFunc(members, func(a, b member) int { return cmp.Compare(a.Weight, b.Weight) }).Weight
		entries, filled := make(map[int]int), 0
		for round := 1; filled < size; round++ {
			for i, m := range members {
				// The weights of the laws are in such proportions that this is exact.
				due := int(float64(round)*m.Weight/heaviest+1e-9) - int(float64(round-1)*m.Weight/heaviest+1e-9)
				if due == 0 || filled == size {
					continue
				}
				seed := nodeSeed(h, m.Name)
				for j := 0; ; j++ {
					offset, skip := splitMix(seed, 0)%uint64(size), splitMix(seed, 1)%uint64(size-1)+1
					entry := int((offset + uint64(j)*skip) % uint64(size))
					if _, taken := entries[entry]; !taken {
						entries[entry] = i
						filled++
						break
					}
				}
			}
		}
		p := &naive{members: members}
		p.prefer = func(key string) []int {
			var nodes []int
			for i := range size {
				nodes = append(nodes, entries[(scaled(hashOf(h, key), size)+i)%size])
			}
			return distinct(append(nodes, rotated(len(members), 0)...))
		}
		p.with = func(next []member) (placement, error) { return naiveMaglev(size)(next, h) }
		return p, nil
	}
}

// naiveRanges looks at all ranges.
func naiveRanges(members []member, h hashing) (placement, error) {
	p, err := someRanges(members, h)
	if err != nil {
		return nil, err
	}
	return rangesWith(p.(*hashring.Ranges).Ranges(), members)
}

func rangesWith(ranges []hashring.Range, members []member) (placement, error) {
	p := &naive{members: members}
	number := func(name string) int {
		return slices.IndexFunc(members, func(m member) bool { return m.Name == name })
	}
	p.prefer = func(key string) []int {
		first := 0
		for i, r := range ranges {
			if r.Start <= key {
				first = i
			}
		}
		var nodes []int
		for i := range ranges {
			nodes = append(nodes, number(ranges[(first+i)%len(ranges)].Owner))
		}
		return distinct(append(nodes, rotated(len(members), 0)...))
	}
	p.with = func(next []member) (placement, error) {
		stays := func(r hashring.Range) bool {
			return slices.ContainsFunc(next, func(m member) bool { return m.Name == r.Owner })
		}
		all := slices.Clone(ranges)
		for i := range all {
			switch after := slices.IndexFunc(ranges[i:], stays); {
			case stays(all[i]):
			case i > 0:
				all[i].Owner = all[i-1].Owner
			case after >= 0:
				all[i].Owner = ranges[after].Owner
			default:
				all[i].Owner = next[0].Name
			}
		}
		return rangesWith(all, next)
	}
	return p, nil
}
