package quorum

import "sync"

// formula is a valid expression over numbered nodes: what the algorithms work on.
type formula struct {
	nodes  int
	root   *part
	parts  int
	shared []int // by node: how many mentions of it one way to satisfy the formula can use, at most
	once   bool  // no way uses a node twice, so that the parts of each way cost what their nodes cost
	named  []int // by node: its mentions
	votes  bool  // some gate has parts with different votes
	work   int   // of one look at all gates, in additions: some for each part, and one for each vote that each part may have

	listed func() [][]int // see list; it is asked for when it is needed, and once
}

// part is a gate of a formula.
type part struct {
	id     int
	node   int // -1 for a gate
	parts  []*part
	votes  []int // nil for one each
	needed int
	apart  bool // its parts have no node in common
}

func (p *part) say(i int) int {
	if p.votes == nil {
		return 1
	}
	return p.votes[i]
}

// over numbers the nodes of a valid expression by their place among these, which hold them all.
func (e Expr) over(nodes []string) *formula {
	number := make(map[string]int, len(nodes))
	for i, name := range nodes {
		number[name] = i
	}
	f := &formula{nodes: len(nodes), named: make([]int, len(nodes)), shared: make([]int, len(nodes)), once: true}
	var uses map[int]int
	f.root, uses = f.compile(e.root, number)
	for node, times := range uses {
		f.shared[node] = times
		f.once = f.once && times == 1
	}
	f.listed = sync.OnceValue(f.list)
	return f
}

// compile also returns how often one way to satisfy the part may use each node, at most.
func (f *formula) compile(g *gate, number map[string]int) (*part, map[int]int) {
	p := &part{id: f.parts, node: -1, votes: g.votes, needed: g.needed, apart: true}
	f.parts++
	if g.name != "" {
		p.node = number[g.name]
		f.named[p.node]++
		f.work += 8
		return p, map[int]int{p.node: 1}
	}
	if g.votes != nil {
		f.votes = true
		f.work += len(g.parts) * g.needed
	}
	uses := map[int]int{}
	for _, inner := range g.parts {
		q, inside := f.compile(inner, number)
		p.parts = append(p.parts, q)
		if len(inside) > len(uses) { // the shorter into the longer, as gates may be deep
			uses, inside = inside, uses
		}
		for node, times := range inside {
			before := uses[node]
			p.apart = p.apart && before == 0
			if g.needed == 1 { // one part only is used
				uses[node] = max(before, times)
			} else {
				uses[node] = before + times
			}
		}
	}
	return p, uses
}

// readOnce says that each node is named once at most.
func (f *formula) readOnce() bool {
	for _, times := range f.named {
		if times > 1 {
			return false
		}
	}
	return true
}

// holds says whether there is a quorum among the nodes that are there.
func (f *formula) holds(there []bool) bool { return f.root.holds(there) }

func (p *part) holds(there []bool) bool {
	if p.node >= 0 {
		return there[p.node]
	}
	votes := 0
	for i, q := range p.parts {
		if q.holds(there) {
			if votes += p.say(i); votes >= p.needed {
				return true
			}
		}
	}
	return false
}

// shrink takes nodes away, the last first, while a quorum is left, and returns those of a minimal quorum in order.
func (f *formula) shrink(there []bool) []int {
	for i := len(there) - 1; i >= 0; i-- {
		if there[i] {
			there[i] = false
			there[i] = !f.holds(there)
		}
	}
	return members(there)
}

func members(there []bool) []int {
	var all []int
	for i, in := range there {
		if in {
			all = append(all, i)
		}
	}
	return all
}
