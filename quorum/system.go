package quorum

import "fmt"

// System is a read expression and a write expression such that every read quorum meets every write quorum: what was
// written to a write quorum is known to somebody in every read quorum. It says nothing about two writes: for that, writes must meet writes, which
// New(writes, writes) checks. Immutable, and safe for concurrent use.
type System struct {
	reads, writes Expr
	nodes         []string
	read, write   *formula // over the nodes
}

// New refuses reads and writes that do not meet with a [DisjointError], which has a pair of quorums that shows it. Where neither the form
// of the expressions nor the sizes of their quorums settle it, it goes through the minimal quorums of the side that has fewer; beyond
// 65,536 the error is [ErrTooLarge].
func New(reads, writes Expr) (*System, error) {
	s, err := system(reads, writes)
	if err != nil {
		return nil, err
	}
	if err := s.meet(); err != nil {
		return nil, err
	}
	return s, nil
}

// FromReads is the system whose writes are all the sets that meet every read quorum: the dual, the most available ones.
func FromReads(reads Expr) (*System, error) { return system(reads, reads.Dual()) }

// FromWrites is the system whose reads are all the sets that meet every write quorum.
func FromWrites(writes Expr) (*System, error) { return system(writes.Dual(), writes) }

// ReadOneWriteAll reads any one of the nodes and writes all of them.
func ReadOneWriteAll(names ...string) (*System, error) { return FromReads(Or(Named(names...)...)) }

func system(reads, writes Expr) (*System, error) {
	for _, e := range []Expr{reads, writes} {
		if err := e.Validate(); err != nil {
			return nil, err
		}
	}
	s := &System{reads: reads, writes: writes}
	seen := map[string]bool{}
	for _, e := range []Expr{reads, writes} {
		e.eachNode(func(name string) {
			if !seen[name] {
				seen[name] = true
				s.nodes = append(s.nodes, name)
			}
		})
	}
	s.read, s.write = reads.over(s.nodes), writes.over(s.nodes)
	return s, nil
}

// Reads says which sets of nodes are read quorums.
func (s *System) Reads() Expr { return s.reads }

// Writes says which sets of nodes are write quorums.
func (s *System) Writes() Expr { return s.writes }

// Nodes are the nodes of either, each once: those that reads name, in their order, then those that only writes name.
func (s *System) Nodes() []string { return append([]string(nil), s.nodes...) }

// Resilience is how many nodes can fail, whichever they are, so that reads are still served, and so that writes are. See [Expr.Resilience].
func (s *System) Resilience() (reads, writes int, err error) {
	if reads, err = s.reads.Resilience(); err != nil {
		return 0, 0, err
	}
	if writes, err = s.writes.Resilience(); err != nil {
		return 0, 0, err
	}
	return reads, writes, nil
}

// String writes both expressions.
func (s *System) String() string { return fmt.Sprintf("reads %s, writes %s", s.reads, s.writes) }
