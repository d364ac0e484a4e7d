package quorum

import (
	"errors"
	"fmt"
	"strings"
)

const (
	maxMeetings = 1 << 16 // minimal quorums that are tried one by one
	maxSteps    = 1 << 17 // of the comparison of two expressions by form
)

// DisjointError says that a read quorum and a write quorum have no node in common. Both are minimal.
type DisjointError struct {
	Read, Write []string
}

func (e *DisjointError) Error() string {
	return fmt.Sprintf("quorum: every read quorum must meet every write quorum: reads {%s} and writes {%s} do not",
		strings.Join(e.Read, ", "), strings.Join(e.Write, ", "))
}

// meet returns an error unless every read quorum meets every write quorum. To decide it is hard in general (the quorums of one
// side can be many), so it tries what settles nearly all that people write before it tries them all.
func (s *System) meet() error {
	ones := make([]float64, len(s.nodes))
	for i := range ones {
		ones[i] = 1
	}
	// A smallest quorum leaves most room for a quorum of the other side; and if even the smallest ones cannot be apart, none can.
	reads, _, readErr := s.read.cheapest(ones)
	writes, _, writeErr := s.write.cheapest(ones)
	if readErr == nil {
		if err := s.apart(reads, nil); err != nil {
			return err
		}
	}
	if writeErr == nil {
		if err := s.apart(nil, writes); err != nil {
			return err
		}
	}
	if readErr == nil && writeErr == nil && len(reads)+len(writes) > len(s.nodes) {
		return nil
	}
	steps := maxSteps
	if evident(s.reads.root, s.writes.root, &steps) {
		return nil
	}
	if all, err := s.read.minimal(maxMeetings); !errors.Is(err, ErrTooLarge) {
		return s.eachApart(all, true)
	}
	if all, err := s.write.minimal(maxMeetings); !errors.Is(err, ErrTooLarge) {
		return s.eachApart(all, false)
	}
	return fmt.Errorf("%w: both reads and writes have more than %d minimal quorums to compare", ErrTooLarge, maxMeetings)
}

func (s *System) eachApart(all [][]int, reads bool) error {
	for _, quorum := range all {
		var err error
		if reads {
			err = s.apart(quorum, nil)
		} else {
			err = s.apart(nil, quorum)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// apart returns an error if the nodes outside of the quorum of one side, which is given, hold a quorum of the other.
func (s *System) apart(reads, writes []int) error {
	rest := make([]bool, len(s.nodes))
	for i := range rest {
		rest[i] = true
	}
	for _, i := range append(reads, writes...) {
		rest[i] = false
	}
	switch {
	case reads != nil && s.write.holds(rest):
		writes = s.write.shrink(rest)
	case writes != nil && s.read.holds(rest):
		reads = s.read.shrink(rest)
	default:
		return nil
	}
	return &DisjointError{Read: pick(s.nodes, reads), Write: pick(s.nodes, writes)}
}

// evident says that two gates meet if their form shows it: all parts of an "or" meet the other one; one part of an "and" does; or
// their parts meet in pairs, and there are not votes enough for both without a pair that both have. False means nothing.
func evident(a, b *gate, steps *int) bool {
	if *steps--; *steps < 0 {
		return false
	}
	if a.name != "" && b.name != "" {
		return a.name == b.name
	}
	if paired(a, b, steps) {
		return true
	}
	return evidentByParts(a, b, steps) || evidentByParts(b, a, steps)
}

func evidentByParts(a, b *gate, steps *int) bool {
	if a.name != "" {
		return false
	}
	met := 0
	for i, part := range a.parts {
		if evident(part, b, steps) {
			met += a.say(i)
		}
	}
	return met > a.total()-a.needed // so that any parts with the votes needed have one that meets it
}

// paired matches parts by the first node that they name.
func paired(a, b *gate, steps *int) bool {
	if len(a.parts) != len(b.parts) || a.name != "" || a.needed+b.needed <= a.total() {
		return false
	}
	at := map[string]int{}
	for i, part := range b.parts {
		at[part.first()] = i
	}
	for i, part := range a.parts {
		j, found := at[part.first()]
		if !found || a.say(i) != b.say(j) || !evident(part, b.parts[j], steps) {
			return false
		}
	}
	return len(at) == len(a.parts)
}

func (g *gate) first() string {
	for g.name == "" {
		g = g.parts[0]
	}
	return g.name
}
