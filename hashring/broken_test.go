package hashring_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

// bug is what is planted in a ring on the whiteboard.
type bug int

const (
	none bug = iota
	modulo
	doesNotWrap
	forgetsAPoint
	repeatsOwners
	looksForever // for owners that are not there; the model gives up when all have been offered
	ignoresZones
	ignoresWeights
	knowsByNumber
)

// broken is a ring on the whiteboard with a bug.
func broken(b bug) subject { return subject{name: "broken", make: naiveRing(3, b), weights: true} }

// The ring on the whiteboard obeys the laws: what fails below is the bug, not the model.
func TestBroken_NothingWithoutABug(t *testing.T) {
	for _, law := range []func(subject) func(*rapid.T){lawFaithful, lawAnew, lawOrder, lawOwners, lawSpread, lawWeights} {
		lawtest.Holds(t, law(broken(none)))
	}
	lawtest.Holds(t, lawAllPoints(1_000, pointsLeft(1_000, 64)))
}

func TestBroken_Modulo(t *testing.T) {
	of := broken(modulo)
	of.weights, of.last = false, true
	lawtest.Breaks(t, "The hash modulo the number of nodes moves keys between nodes that were there before and after", lawFaithful(of))
}

func TestBroken_CollisionsDropped(t *testing.T) {
	lawtest.Breaks(t, "A ring of 32-bit points, kept in a map, loses a point of one node to another one's",
		lawAllPoints(1_000, pointsLeft(1_000, 32)))
}

// pointsLeft are the points of a ring that keeps them in a map, cut to some bits, by the number of nodes.
func pointsLeft(most, bits int) func(nodes int) int {
	ring, left := map[uint64]int{}, []int{0}
	for node, m := range named(most) {
		for j := range hashring.DefaultPoints {
			ring[splitMix(nodeSeed(hashing{}, m.Name), j)>>(64-bits)] = node
		}
		left = append(left, len(ring))
	}
	return func(nodes int) int { return left[nodes] }
}

func TestBroken_NoWrap(t *testing.T) {
	lawtest.Breaks(t, "A ring that does not wrap gives keys beyond the last point to the node before them",
		lawEqual(broken(doesNotWrap), naiveRing(3, none)))
}

func TestBroken_ForgottenPoint(t *testing.T) {
	of := broken(forgetsAPoint)
	of.weights = false
	lawtest.Breaks(t, "A removal that forgets one of a node's points leaves keys with a node that is not there, or with whoever gets its number",
		lawFaithful(of))
}

func TestBroken_RepeatedOwners(t *testing.T) {
	lawtest.Breaks(t, "A ring whose replicas are the next points puts several on one node", lawOwners(broken(repeatsOwners)))
}

func TestBroken_MoreOwnersThanNodes(t *testing.T) {
	lawtest.Breaks(t, "A walk around the ring for more owners than nodes never ends, or ends with fewer (this one gives up)",
		lawOwners(broken(looksForever)))
}

func TestBroken_ZonesIgnored(t *testing.T) {
	lawtest.Breaks(t, "A ring that ignores zones puts two replicas into one while another has none", lawSpread(broken(ignoresZones)))
}

func TestBroken_WeightsIgnored(t *testing.T) {
	lawtest.Breaks(t, "A ring that ignores weights gives the largest node what the smallest gets", lawWeights(broken(ignoresWeights)))
}

func TestBroken_NodesKnownByNumber(t *testing.T) {
	lawtest.Breaks(t, "Points that follow from a node's number, and not from its name, depend on the order in which nodes are listed",
		lawOrder(broken(knowsByNumber)))
}
