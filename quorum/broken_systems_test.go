package quorum_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
	"github.com/sysdesign-lab/sysdesign/quorum"
)

// with is the library but for what is planted.
func with(plant func(*algebra)) algebra {
	of := library
	plant(&of)
	return of
}

func TestBroken_MoreVotesThanNeeded(t *testing.T) {
	lawtest.Breaks(t, "Votes that must be more than those needed, and not at least as many, are never enough where all are needed",
		lawHolds(with(func(of *algebra) {
			of.holds = func(e tree, nodes ...string) bool { return strict(e, setOf(nodes...)) }
		})))
}

func strict(e tree, set uint) bool {
	if e.name != "" {
		return e.holds(set)
	}
	votes := 0
	for i, part := range e.parts {
		if strict(part, set) {
			votes += e.votes[i]
		}
	}
	return votes > e.needed
}

func TestBroken_DualIsTheIdentity(t *testing.T) {
	lawtest.Breaks(t, "The expression itself is taken for its dual",
		lawDual(with(func(of *algebra) { of.dual = func(e tree) quorum.Expr { return e.expr() } })))
}

func TestBroken_DualOfAndAndOrOnly(t *testing.T) {
	lawtest.Breaks(t, "A dual that exchanges and with or, and leaves the votes needed as they are elsewhere, has too few or too many",
		lawDual(with(func(of *algebra) { of.dual = func(e tree) quorum.Expr { return exchanged(e).expr() } })))
}

func exchanged(e tree) tree {
	if e.name != "" {
		return e
	}
	d := tree{votes: e.votes, needed: e.needed}
	switch e.needed {
	case 1:
		d.needed = e.total()
	case e.total():
		d.needed = 1
	}
	for _, part := range e.parts {
		d.parts = append(d.parts, exchanged(part))
	}
	return d
}

func TestBroken_QuorumsWithSmallerOnesInside(t *testing.T) {
	lawtest.Breaks(t, "Quorums put together from those of the parts, and not compared with each other, are not all minimal",
		lawMinimal(with(func(of *algebra) {
			of.minimal = func(e tree) ([][]string, error) {
				var all [][]string
				for _, set := range together(e) {
					names := slices.DeleteFunc(e.expr().Nodes(), func(name string) bool { return set&setOf(name) == 0 })
					all = append(all, names)
				}
				place := func(q []string) (places []int) {
					for _, name := range q {
						places = append(places, slices.Index(e.expr().Nodes(), name))
					}
					return places
				}
				slices.SortFunc(all, func(a, b []string) int {
					if len(a) != len(b) {
						return len(a) - len(b)
					}
					return slices.Compare(place(a), place(b))
				})
				return all, nil
			}
		})))
}

// together unites one quorum of each part of every coalition that has the votes and needs each of its members.
func together(e tree) []uint {
	if e.name != "" {
		return []uint{setOf(e.name)}
	}
	var all []uint
	for coalition := range 1 << len(e.parts) {
		votes, sets, fewest := 0, []uint{0}, e.total()
		for i, part := range e.parts {
			if coalition>>i&1 == 0 {
				continue
			}
			votes += e.votes[i]
			fewest = min(fewest, e.votes[i])
			var united []uint
			for _, a := range sets {
				for _, b := range together(part) {
					united = append(united, a|b)
				}
			}
			sets = united
		}
		if votes >= e.needed && votes-fewest < e.needed {
			all = append(all, sets...)
		}
	}
	return all
}

func TestBroken_ResilienceByTheSmallestQuorum(t *testing.T) {
	lawtest.Breaks(t, "All nodes but those of a smallest quorum are said to be free to fail, whichever they are",
		lawResilience(with(func(of *algebra) {
			of.resilience = func(e tree) (int, error) { return len(e.expr().Nodes()) - len(e.minimal()[0]), nil }
		})))
}

func TestBroken_SizesOnly(t *testing.T) {
	lawtest.Breaks(t, "R+W > N, as for majorities, is asked of the smallest quorums of all systems, and refuses what meets by its form",
		lawMeet(with(func(of *algebra) {
			of.system = func(reads, writes tree) (*quorum.System, error) {
				r, w := reads.minimal()[0], writes.minimal()[0]
				if nodes := setOf(reads.expr().Nodes()...) | setOf(writes.expr().Nodes()...); len(r)+len(w) <= len(named(nodes)) {
					return nil, &quorum.DisjointError{Read: r, Write: w}
				}
				return library.system(reads, writes)
			}
		})))
}

func TestBroken_OnePairOfQuorums(t *testing.T) {
	lawtest.Breaks(t, "Only a smallest read quorum and a smallest write quorum are asked whether they meet, and not all the others",
		lawMeet(with(func(of *algebra) {
			of.system = func(reads, writes tree) (*quorum.System, error) {
				r, w := reads.minimal()[0], writes.minimal()[0]
				if setOf(r...)&setOf(w...) == 0 {
					return nil, &quorum.DisjointError{Read: r, Write: w}
				}
				s, err := library.system(reads, writes)
				if err != nil {
					return quorum.FromReads(reads.expr()) // whatever: it is accepted
				}
				return s, nil
			}
		})))
}

func TestBroken_NoBrackets(t *testing.T) {
	lawtest.Breaks(t, "Written without brackets, an or inside an and is read as an and inside an or",
		lawText(with(func(of *algebra) {
			of.text = func(e tree) string {
				text := e.expr().String()
				if strings.Contains(text, ", ") { // functions keep theirs
					return text
				}
				return strings.NewReplacer("(", "", ")", "").Replace(text)
			}
		})))
}

func TestBroken_NodesOfAZoneFailOneByOne(t *testing.T) {
	lawtest.Breaks(t, "The failure of a zone is given to each of its nodes as a failure of its own, so that they do not fail together",
		lawAvailability(func(reads tree, f quorum.Failures) (float64, float64, error) {
			alone := quorum.Failures{Up: f.Up, Nodes: map[string]float64{}}
			for _, name := range reads.expr().Nodes() {
				up, named := f.Nodes[name]
				if !named {
					up = f.Up
				}
				for _, z := range f.Zones {
					if slices.Contains(z.Nodes, name) {
						up *= z.Up
					}
				}
				alone.Nodes[name] = up
			}
			return exact(reads, alone)
		}))
}

func TestBroken_ProductOfPartsThatShareNodes(t *testing.T) {
	lawtest.Breaks(t, "The product formula is used where a node is named twice, as if its two places could fail one without the other",
		lawAvailability(func(reads tree, f quorum.Failures) (float64, float64, error) {
			if len(f.Zones) > 0 {
				return exact(reads, f)
			}
			up := func(name string) float64 {
				if up, named := f.Nodes[name]; named {
					return up
				}
				return f.Up
			}
			read := product(reads, up)
			return read, 1 - product(reads, func(name string) float64 { return 1 - up(name) }), nil
		}))
}

func product(e tree, up func(name string) float64) float64 {
	if e.name != "" {
		return up(e.name)
	}
	total := 0.0
	for coalition := range 1 << len(e.parts) {
		votes, chance := 0, 1.0
		for i, part := range e.parts {
			if p := product(part, up); coalition>>i&1 == 1 {
				votes += e.votes[i]
				chance *= p
			} else {
				chance *= 1 - p
			}
		}
		if votes >= e.needed {
			total += chance
		}
	}
	return total
}

// The laws hold of what has no bug planted, so what fails above is the bug.
func TestBroken_NothingInTheAlgebra(t *testing.T) {
	for _, law := range []func(algebra) func(*rapid.T){lawHolds, lawDual, lawMinimal, lawResilience, lawMeet, lawText} {
		lawtest.Holds(t, law(library))
	}
	lawtest.Holds(t, lawAvailability(exact))
}
