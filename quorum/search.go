package quorum

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// SearchOptions say which systems [Search] looks at, and what is wanted of them.
type SearchOptions struct {
	OptimiseOptions

	// Resilience is how many nodes must be able to fail, whichever they are, so that reads and writes are still served.
	Resilience int
	// Candidates is the most systems to look at; zero means 2,000.
	Candidates int
}

// Found is the best system of a search.
type Found struct {
	System      *System
	Strategy    *Strategy
	Certificate *Certificate // that no other strategy of this system is better

	Tried    int  // systems looked at
	Complete bool // there are no others that use each node once
}

const (
	defaultCandidates = 2_000
	mostCandidates    = 1_000_000
	mostSearched      = 64 // nodes
	// Of the expressions that come up, many are alike because their nodes are. This many for each candidate are looked at.
	stepsPerCandidate = 100
)

// Search looks for the system, and its strategy, that makes a goal the least. The read expressions that it tries use each node once,
// in gates of any k of their parts; writes are the dual. It tries flat ones first (majorities, read one and write all), then those of two
// levels (grids), and so on. Two that differ only in nodes of the same profile are one. Of equally good ones the first is found, so that the
// same question has the same answer.
//
// All of them are tried up to five nodes; with more there are too many (the search says whether it was complete). If none does what is wanted the error
// is [ErrNoStrategy]. There may be at most 64 nodes.
//
// M. Whittaker et al., "Read-Write Quorum Systems Made Practical", PaPoC 2021, section 4, where a time is the limit.
func Search(nodes []string, w Workload, o SearchOptions) (*Found, error) {
	s, err := newSearcher(nodes, w, o)
	if err != nil {
		return nil, err
	}
	for level := 1; level < max(2, len(nodes)) && !s.stopped(); level++ {
		all := make([]int, len(nodes))
		for i := range all {
			all[i] = i
		}
		s.shapes(all, level, s.try)
	}
	switch {
	case s.err != nil:
		return nil, s.err
	case s.best.System == nil:
		return nil, fmt.Errorf("%w: none of the %d systems tried", ErrNoStrategy, s.best.Tried)
	}
	s.best.Complete = !s.stopped()
	return &s.best, nil
}

// searcher is a search under way.
type searcher struct {
	nodes    []string
	class    []int // of each node: the first one that is like it
	workload Workload
	options  SearchOptions
	seen     map[string]bool
	steps    int
	full     bool // there would have been more
	best     Found
	err      error
}

func newSearcher(nodes []string, w Workload, o SearchOptions) (*searcher, error) {
	if len(nodes) == 0 || len(nodes) > mostSearched {
		return nil, fmt.Errorf("quorum: the nodes of a search must be 1 to %d: %d", mostSearched, len(nodes))
	}
	for i, name := range nodes {
		if err := Node(name).Validate(); err != nil {
			return nil, err
		}
		if slices.Contains(nodes[:i], name) {
			return nil, fmt.Errorf("quorum: the nodes of a search must be distinct: %q appears twice", name)
		}
	}
	if o.Candidates == 0 {
		o.Candidates = defaultCandidates
	}
	if o.Candidates < 1 || o.Candidates > mostCandidates {
		return nil, fmt.Errorf("quorum: the candidates of a search must be 1 to %d: %d", mostCandidates, o.Candidates)
	}
	if o.Resilience < 0 {
		return nil, fmt.Errorf("quorum: the resilience must not be negative: %d", o.Resilience)
	}
	s := &searcher{nodes: nodes, workload: w, options: o, seen: map[string]bool{}}
	for i, name := range nodes {
		s.class = append(s.class, slices.IndexFunc(nodes[:i+1], func(other string) bool { return o.Nodes[other] == o.Nodes[name] }))
	}
	return s, nil
}

func (s *searcher) stopped() bool { return s.err != nil || s.full }

// shape is an expression before it has names: any k of some parts, or a node.
type shape struct {
	node  int
	k     int // 0 for a node
	parts []*shape
}

// shapes visits the shapes of at most so many levels that use each of these nodes once, until a visit is the last. Several nodes take a level.
func (s *searcher) shapes(nodes []int, levels int, visit func(*shape)) {
	if len(nodes) == 1 {
		visit(&shape{node: nodes[0]})
		return
	}
	s.partitions(nodes, nil, levels == 1, func(blocks [][]int) {
		s.fill(blocks, nil, levels-1, func(parts []*shape) {
			for k := 1; k <= len(parts) && !s.stopped(); k++ {
				// One of one of some is one of all of them, and all of all is all.
				merges := slices.ContainsFunc(parts, func(p *shape) bool {
					return p.k > 0 && (k == 1 && p.k == 1 || k == len(parts) && p.k == len(p.parts))
				})
				if !merges {
					visit(&shape{k: k, parts: slices.Clone(parts)})
				}
			}
		})
	})
}

// partitions visits every way to put nodes into several blocks, or only the one in which each has its own.
func (s *searcher) partitions(nodes []int, blocks [][]int, single bool, visit func([][]int)) {
	if s.stopped() {
		return
	}
	if len(nodes) == 0 {
		if len(blocks) > 1 {
			visit(blocks)
		}
		return
	}
	for i := range blocks {
		if single {
			break
		}
		before := blocks[i]
		blocks[i] = append(slices.Clone(before), nodes[0])
		s.partitions(nodes[1:], blocks, single, visit)
		blocks[i] = before
	}
	s.partitions(nodes[1:], append(slices.Clone(blocks), []int{nodes[0]}), single, visit)
}

// fill visits every way to make a part of each block.
func (s *searcher) fill(blocks [][]int, parts []*shape, levels int, visit func([]*shape)) {
	if s.stopped() {
		return
	}
	if len(blocks) == 0 {
		visit(parts)
		return
	}
	s.shapes(blocks[0], levels, func(p *shape) { s.fill(blocks[1:], append(slices.Clone(parts), p), levels, visit) })
}

// key is the same for shapes that differ only in nodes that are alike.
func (s *searcher) key(of *shape) string {
	if of.k == 0 {
		return fmt.Sprint(s.class[of.node])
	}
	keys := make([]string, len(of.parts))
	for i, p := range of.parts {
		keys[i] = s.key(p)
	}
	slices.Sort(keys)
	return fmt.Sprint(of.k, "(", strings.Join(keys, ","), ")")
}

func (s *searcher) expr(of *shape) Expr {
	if of.k == 0 {
		return Node(s.nodes[of.node])
	}
	parts := make([]Expr, len(of.parts))
	for i, p := range of.parts {
		parts[i] = s.expr(p)
	}
	return Choose(of.k, parts...)
}

// try optimises a system, unless one like it was tried.
func (s *searcher) try(of *shape) {
	if s.stopped() {
		return
	}
	key := s.key(of)
	if s.steps++; !s.seen[key] && s.best.Tried >= s.options.Candidates || s.steps > stepsPerCandidate*s.options.Candidates {
		s.full = true
		return
	}
	if s.seen[key] {
		return
	}
	s.seen[key] = true
	s.best.Tried++
	system, err := FromReads(s.expr(of))
	if err != nil {
		s.err = err
		return
	}
	reads, writes, err := system.Resilience()
	if err != nil {
		s.err = err
		return
	}
	if min(reads, writes) < s.options.Resilience {
		return
	}
	strategy, certificate, err := Optimise(system, s.workload, s.options.OptimiseOptions)
	switch {
	case errors.Is(err, ErrNoStrategy):
	case err != nil:
		s.err = err
	case s.best.System == nil || certificate.Bound < s.best.Certificate.Bound*(1-solvedTolerance):
		s.best.System, s.best.Strategy, s.best.Certificate = system, strategy, certificate
	}
}
