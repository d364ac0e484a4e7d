package quorum

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
)

// maxSifted limits the quorums among which those that hold another one are found, as every pair is compared.
const maxSifted = 1 << 14

// Minimal are the minimal quorums: those of which no node can be left out. They are in the order of their size, then of their nodes, and
// the nodes of each in the order of [Expr.Nodes]. If there are more than limit, or if an expression with a node in several
// alternatives makes more than limit and 16,384 on the way, the error is [ErrTooLarge]. limit must be positive.
func (e Expr) Minimal(limit int) ([][]string, error) {
	if err := e.Validate(); err != nil {
		return nil, err
	}
	names := e.Nodes()
	quorums, err := e.over(names).minimal(limit)
	if err != nil {
		return nil, err
	}
	named := make([][]string, len(quorums))
	for i, quorum := range quorums {
		named[i] = pick(names, quorum)
	}
	return named, nil
}

func pick(names []string, numbers []int) []string {
	picked := make([]string, len(numbers))
	for i, n := range numbers {
		picked[i] = names[n]
	}
	return picked
}

// minimal are the minimal quorums as the numbers of their nodes.
func (f *formula) minimal(limit int) ([][]int, error) {
	if limit < 1 {
		return nil, fmt.Errorf("quorum: the limit of minimal quorums must be positive: %d", limit)
	}
	most := limit
	if !f.readOnce() {
		most = max(limit, maxSifted)
	}
	sets, ok := f.root.minimal(f.nodes, most)
	if !ok || len(sets) > limit {
		return nil, fmt.Errorf("%w: more than %d minimal quorums", ErrTooLarge, limit)
	}
	quorums := make([][]int, len(sets))
	for i, s := range sets {
		quorums[i] = s.members()
	}
	slices.SortFunc(quorums, func(a, b []int) int { return cmp.Or(cmp.Compare(len(a), len(b)), slices.Compare(a, b)) })
	return quorums, nil
}

func (p *part) minimal(nodes, most int) ([]set, bool) {
	if p.node >= 0 {
		s := newSet(nodes)
		s.add(p.node)
		return []set{s}, true
	}
	c := coalitions{part: p, of: make([][]set, len(p.parts)), order: p.deciding()}
	for _, i := range c.order {
		var ok bool
		if c.of[i], ok = p.parts[i].minimal(nodes, most); !ok {
			return nil, false
		}
	}
	if c.ways() > float64(most) {
		return nil, false
	}
	c.rest = make([]int, len(c.order)+1)
	for i := len(c.order) - 1; i >= 0; i-- {
		c.rest[i] = c.rest[i+1] + p.say(c.order[i])
	}
	c.add(0, 0, newSet(nodes))
	if p.apart {
		return c.made, true
	}
	return sift(c.made), true
}

// deciding are the parts from the most votes to the fewest: in this order a coalition is minimal if it has the votes needed with its last
// member, and not before. Parts with so few votes that they never make a difference are in none, and left out.
func (p *part) deciding() []int {
	order := make([]int, len(p.parts))
	for i := range order {
		order[i] = i
	}
	if p.votes != nil {
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p.votes[b], p.votes[a]) })
		for len(order) > 1 && !p.decides(order[len(order)-1]) { // with fewer votes no part decides more
			order = order[:len(order)-1]
		}
	}
	return order
}

// decides says whether some of the other parts have votes too few by themselves and enough with this one.
func (p *part) decides(i int) bool {
	sums := make([]bool, p.needed) // of votes of others
	sums[0] = true
	for j, say := range p.votes {
		for v := p.needed - 1; v >= say && j != i; v-- {
			sums[v] = sums[v] || sums[v-say]
		}
	}
	return slices.Contains(sums[max(0, p.needed-p.votes[i]):], true)
}

// coalitions makes the quorums of a gate.
type coalitions struct {
	*part
	of    [][]set
	order []int
	rest  []int // votes from a place of the order on
	made  []set
}

// ways counts what a gate makes of the quorums of its parts: minimal coalitions times one quorum a member.
func (c *coalitions) ways() float64 {
	total := 0.0
	open := make([]float64, c.needed) // by votes so far
	open[0] = 1
	for _, i := range c.order {
		for v := c.needed - 1; v >= 0; v-- {
			more := open[v] * float64(len(c.of[i]))
			if w := v + c.say(i); w >= c.needed {
				total += more
			} else {
				open[w] += more
			}
		}
	}
	return total
}

func (c *coalitions) add(place, votes int, so set) {
	if votes >= c.needed {
		c.made = append(c.made, so)
		return
	}
	for ; place < len(c.order) && votes+c.rest[place] >= c.needed; place++ {
		i := c.order[place]
		for _, s := range c.of[i] {
			c.add(place+1, votes+c.say(i), so.union(s))
		}
	}
}

// sift leaves the sets that hold no other one.
func sift(sets []set) []set {
	slices.SortStableFunc(sets, func(a, b set) int { return cmp.Compare(a.size(), b.size()) })
	var kept []set
	for _, s := range sets {
		if !slices.ContainsFunc(kept, func(k set) bool { return k.within(s) }) {
			kept = append(kept, s)
		}
	}
	return kept
}

// set is a set of numbered nodes, one bit each.
type set []uint64

func newSet(nodes int) set { return make(set, (nodes+63)/64) }

func (s set) add(node int) { s[node/64] |= 1 << (node % 64) }

func (s set) union(t set) set {
	u := slices.Clone(s)
	for i, word := range t {
		u[i] |= word
	}
	return u
}

func (s set) within(t set) bool {
	for i, word := range s {
		if word&^t[i] != 0 {
			return false
		}
	}
	return true
}

func (s set) size() int {
	size := 0
	for _, word := range s {
		size += bits.OnesCount64(word)
	}
	return size
}

func (s set) members() []int {
	all := make([]int, 0, s.size())
	for i, word := range s {
		for ; word != 0; word &= word - 1 {
			all = append(all, i*64+bits.TrailingZeros64(word))
		}
	}
	return all
}
