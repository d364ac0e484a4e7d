package hashring_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

func TestLaw_WeightsCount(t *testing.T) {
	for _, of := range subjects {
		switch of.name {
		case "ring", "rendezvous", "maglev", "slots":
			t.Run(of.name, func(t *testing.T) { rapid.Check(t, lawWeights(of)) })
		}
	}
}

// lawWeights: of 64 keys a node owns more than half whose weight is fifty times all others' together. With ten points and two
// nodes its share is Beta(500, 10): below 0.8 in fewer than one case in 10^30; and with a share of 0.8 half of 64 keys would be
// the others' in one case in 10^7.
func lawWeights(of subject) func(*rapid.T) {
	return func(t *rapid.T) {
		var s story
		members := of.drawMembers(t)
		heaviest := rapid.IntRange(0, len(members)-1).Draw(t, "heaviest")
		for i := range members {
			members[i].Weight = 1
			members[i].Zone = ""
		}
		members[heaviest].Weight = 50 * float64(max(1, len(members)-1))
		s.tell("%s", describe(members))
		p, err := of.make(members, hashing{})
		if err != nil {
			s.fail(t, "there is an error: %v", err)
		}
		has := 0
		for _, key := range keys {
			if owner(p, key) == members[heaviest].Name {
				has++
			}
		}
		if has <= len(keys)/2 {
			s.fail(t, "%s owns %d of %d keys", members[heaviest].Name, has, len(keys))
		}
	}
}

// A ring has exactly as many points as weights say, one at least, of which none is lost.
func TestLaw_PointsAreInProportionToWeights(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s story
		of := subject{weights: true}
		h, members, v := drawHashing(t, &s), of.drawMembers(t), rapid.IntRange(1, 50).Draw(t, "points")
		s.tell("%s", describe(members))
		r, err := hashring.NewRing(members, hashring.RingOptions{Hashing: h, Points: v})
		if err != nil {
			s.fail(t, "there is an error: %v", err)
		}
		want := 0
		for _, m := range members {
			want += int(math.Max(1, math.Round(m.Weight*float64(v))))
		}
		if r.Points() != want || r.Bytes() != 28*want {
			s.fail(t, "%d points of 28 bytes are %d points of %d bytes together", want, r.Points(), r.Bytes())
		}
	})
	rapid.Check(t, lawAllPoints(50, func(nodes int) int {
		r, err := hashring.NewRing(named(nodes), hashring.RingOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return r.Points()
	}))
}

// lawAllPoints: nodes that are alike have 160 points each.
func lawAllPoints(most int, points func(nodes int) int) func(*rapid.T) {
	return func(t *rapid.T) {
		n := rapid.IntRange(1, most).Draw(t, "nodes")
		if got, want := points(n), n*hashring.DefaultPoints; got != want {
			t.Fatalf("%d nodes of %d points\nbut there are %d, not %d", n, hashring.DefaultPoints, got, want)
		}
	}
}
