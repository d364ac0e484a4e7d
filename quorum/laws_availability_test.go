package quorum_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/quorum"
)

// rounding is what sums of at most 2^9 products of ten factors may be wrong by, each rounded to 2^-53, with room.
const rounding = 1e-12

type availabilityOf func(reads tree, f quorum.Failures) (read, write float64, err error)

func exact(reads tree, f quorum.Failures) (read, write float64, err error) {
	s, err := quorum.FromReads(reads.expr())
	if err != nil {
		return 0, 0, err
	}
	return s.Availability(f)
}

// Availability is the sum over everything that can fail: each set of nodes, each set of zones.
func TestLaw_AvailabilityIsEnumeration(t *testing.T) { rapid.Check(t, lawAvailability(exact)) }

func lawAvailability(of availabilityOf) func(*rapid.T) {
	return func(t *rapid.T) {
		reads := drawAny(t, "reads")
		f := drawFailures(t, reads.expr().Nodes())
		read, write, err := of(reads, f)
		if err != nil {
			t.Fatalf("%s with %s: %v", reads.expr(), describe(f), err)
		}
		wantRead, wantWrite := 0.0, 0.0
		eachState(reads.expr().Nodes(), f, func(up uint, chance float64) {
			if reads.holds(up) {
				wantRead += chance
			}
			if !reads.holds(^up) { // it meets every read quorum
				wantWrite += chance
			}
		})
		if !(math.Abs(read-wantRead) <= rounding) || !(math.Abs(write-wantWrite) <= rounding) {
			t.Fatalf("reads %s, %s\navailability is said to be %.6g of reads and %.6g of writes\nbut it is %.6g and %.6g",
				reads.expr(), describe(f), read, write, wantRead, wantWrite)
		}
	}
}

// drawFailures has some nodes by name, the others as they come, and zones that may have nodes in common.
func drawFailures(t *rapid.T, nodes []string) quorum.Failures {
	chance := rapid.OneOf(rapid.SampledFrom([]float64{0.5, 1, 0, 0.9}), rapid.Float64Range(0, 1))
	f := quorum.Failures{Up: chance.Draw(t, "up"), Nodes: map[string]float64{}}
	for _, name := range nodes {
		if rapid.Bool().Draw(t, "named") {
			f.Nodes[name] = chance.Draw(t, "node up")
		}
	}
	for range rapid.IntRange(0, 3).Draw(t, "zones") {
		inside := rapid.SliceOfNDistinct(rapid.SampledFrom(nodes), 1, len(nodes), rapid.ID).Draw(t, "inside")
		f.Zones = append(f.Zones, quorum.Zone{Nodes: inside, Up: chance.Draw(t, "zone up")})
	}
	return f
}

func describe(f quorum.Failures) string {
	text := fmt.Sprintf("nodes up with %.4g", f.Up)
	for _, name := range slices.Sorted(maps.Keys(f.Nodes)) {
		text += fmt.Sprintf(", %s with %.4g", name, f.Nodes[name])
	}
	for _, z := range f.Zones {
		text += fmt.Sprintf(", a zone of %s with %.4g", strings.Join(z.Nodes, " and "), z.Up)
	}
	return text
}

func eachState(nodes []string, f quorum.Failures, visit func(up uint, chance float64)) {
	for zones := range 1 << len(f.Zones) {
		chanceOfZones, reached := 1.0, setOf(nodes...)
		for i, z := range f.Zones {
			if zones>>i&1 == 1 {
				chanceOfZones *= z.Up
			} else {
				chanceOfZones *= 1 - z.Up
				reached &^= setOf(z.Nodes...)
			}
		}
		for state := range 1 << len(nodes) {
			chance, up := chanceOfZones, uint(0)
			for i, name := range nodes {
				p, named := f.Nodes[name]
				if !named {
					p = f.Up
				}
				if state>>i&1 == 1 {
					chance *= p
					up |= setOf(name)
				} else {
					chance *= 1 - p
				}
			}
			visit(up&reached, chance)
		}
	}
}

// The dual fails when its partner has a quorum among the nodes that are down: its availability is one less the other's with up and
// down exchanged. So whatever is its own dual is available half of the time if nodes are (D. Peleg, A. Wool, "The Availability of
// Quorum Systems", 1995).
func TestLaw_DualIsAvailableWhereTheOtherIsDown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reads := drawAny(t, "reads")
		up := rapid.Float64Range(0, 1).Draw(t, "up")
		_, write, err := exact(reads, quorum.Failures{Up: up})
		if err != nil {
			t.Fatal(err)
		}
		read, _, err := exact(reads, quorum.Failures{Up: 1 - up})
		if err != nil {
			t.Fatal(err)
		}
		if !(math.Abs(write-(1-read)) <= rounding) {
			t.Fatalf("reads %s: writes have %v with nodes up with %v, and reads %v with %v", reads.expr(), write, up, read, 1-up)
		}
	})
}
