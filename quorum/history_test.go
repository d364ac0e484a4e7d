package quorum_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sysdesign-lab/sysdesign/quorum"
)

// history is what clients saw: operations, and nothing of the store. The version that replicas hold at first is the one with stamp 1.
type history []quorum.Operation

func (h history) String() string {
	var lines []string
	for _, o := range h {
		lines = append(lines, fmt.Sprintf("client %d, %d to %d: %v (stamp %d)", o.Lane, o.Begin, o.End, o, o.Version.Stamp))
	}
	return strings.Join(lines, "\n")
}

// keeps decides by brute force, from the definitions.
func (h history) keeps(g quorum.Guarantee) bool {
	switch g {
	case quorum.Linearizable:
		return h.linearizable(make([]bool, len(h)), 1)
	case quorum.Regular:
		return h.eachRead(func(read quorum.Operation) bool { return h.regular(read) })
	case quorum.ReadYourWrites:
		return h.noneOlder(true)
	case quorum.MonotonicReads:
		return h.noneOlder(false)
	}
	return h.eachRead(func(read quorum.Operation) bool { // Eventual: it was written, and not in the future; stand-ins may have nothing
		return read.Version.Stamp <= 1 || slices.ContainsFunc(h, func(o quorum.Operation) bool {
			return o.Write && o.Version == read.Version && o.Begin <= read.End
		})
	})
}

func (h history) eachRead(ok func(quorum.Operation) bool) bool {
	return !slices.ContainsFunc(h, func(o quorum.Operation) bool { return !o.Write && !ok(o) })
}

// linearizable tries every order of what is left that keeps to time, with the register holding that stamp.
func (h history) linearizable(done []bool, holds int) bool {
	left := false
	for i, o := range h {
		if done[i] {
			continue
		}
		left = true
		first := true // nothing that is left has ended before it began
		for j, other := range h {
			first = first && (done[j] || other.End >= o.Begin)
		}
		if !first || !o.Write && o.Version.Stamp != holds {
			continue
		}
		done[i] = true
		ok := h.linearizable(done, o.Version.Stamp)
		if done[i] = false; ok {
			return true
		}
	}
	return !left
}

// regular says whether a read returned a write that had not ended when it began, or the last one that had: one after which no other
// write began and ended before the read did.
func (h history) regular(read quorum.Operation) bool {
	returned := quorum.Operation{Begin: -1, End: -1} // the initial version
	if read.Version.Stamp != 1 {
		i := slices.IndexFunc(h, func(o quorum.Operation) bool { return o.Write && o.Version == read.Version })
		if i < 0 || h[i].Begin > read.End {
			return false
		}
		returned = h[i]
	}
	return !slices.ContainsFunc(h, func(o quorum.Operation) bool {
		return o.Write && returned.End < o.Begin && o.End < read.Begin
	})
}

// noneOlder says whether no client read a version older than one that it had written, or had read.
func (h history) noneOlder(wrote bool) bool {
	return h.eachRead(func(read quorum.Operation) bool {
		return !slices.ContainsFunc(h, func(o quorum.Operation) bool {
			return o.Lane == read.Lane && o.End < read.Begin && o.Write == wrote && o.Version.Stamp > read.Version.Stamp
		})
	})
}
