package hashring_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

// The rules, as a table: what is needed, and what is advised.
func TestAdvice(t *testing.T) {
	type needs = hashring.Needs
	for _, c := range []struct {
		needs  needs
		advice string
	}{
		{needs{Nodes: 10}, "Jump"},
		{needs{Nodes: 10, PeakToMean: 1.0001, Bytes: 1}, "Jump"},
		{needs{Nodes: 10, RemoveAny: true}, "Rendezvous"},
		{needs{Nodes: 32, Weights: true}, "Rendezvous"},
		{needs{Nodes: 33, Weights: true}, "Ring"},
		{needs{Nodes: 1000, RemoveAny: true}, "Ring"},
		{needs{Nodes: 1000, RemoveAny: true, PeakToMean: 1.25}, "Ring"},
		{needs{Nodes: 1000, RemoveAny: true, PeakToMean: 1.05}, "Maglev"},
		{needs{Nodes: 1000, RemoveAny: true, PeakToMean: 1.05, LeastMoves: true}, "Anchor"},
		{needs{Nodes: 1000, RemoveAny: true, PeakToMean: 1.05, LeastMoves: true, Weights: true}, "Rendezvous"},
		{needs{Nodes: 1000, RemoveAny: true, PeakToMean: 1.05, LeastMoves: true, Weights: true, Steps: 10}, "Ring"},
		{needs{Nodes: 1000, RemoveAny: true, Bytes: 100_000}, "Anchor"},
		{needs{Nodes: 1000, RemoveAny: true, Bytes: 100_000, NamesOnly: true}, "Rendezvous"},
		{needs{Nodes: 1000, Steps: 1}, "Maglev"},
		{needs{Nodes: 1000, Steps: 1, LeastMoves: true}, "Slots"},
		{needs{Nodes: 20_000, Steps: 1}, "Maglev"},
		{needs{Nodes: 10, Assigned: true}, "Slots"},
		{needs{Nodes: 10, Assigned: true, Bytes: 60_000}, "Directory"},
		{needs{Nodes: 20_000, Assigned: true}, "Directory"},
		{needs{Nodes: 10, Assigned: true, Bytes: 60_000, Entries: 1000}, "Ranges"},
		{needs{Nodes: 10, Scans: true}, "Ranges"},
		{needs{Nodes: 10, Scans: true, RemoveAny: true, Assigned: true}, "Ranges"},
		{needs{Nodes: 1}, "Jump"},
		{needs{Nodes: 1 << 24, RemoveAny: true, Steps: 3}, "Anchor"},
	} {
		a, err := hashring.Advise(c.needs)
		require.NoError(t, err, "%+v", c.needs)
		require.Equal(t, c.advice, a.Algorithm, "%+v", c.needs)
	}
}

func TestAdviceSaysWhy(t *testing.T) {
	a, err := hashring.Advise(hashring.Needs{Nodes: 100, RemoveAny: true, PeakToMean: 1.3})
	require.NoError(t, err)
	points, err := hashring.PointsFor(100, 1.3, 0.99)
	require.NoError(t, err)
	require.Equal(t, points, a.Points)
	require.Equal(t, []string{
		"A lookup is mostly one read, whatever the number of nodes, and nothing else promises so much at once.",
		"Any node can leave.",
		"The largest share is at most 1.3 times the mean, where 1.3 is allowed.",
	}, a.Why)
	said := map[string]string{}
	for _, v := range a.Others {
		said[v.Algorithm] = fmt.Sprint(v.Fits, ": ", strings.Join(v.Why, " "))
	}
	require.Equal(t, map[string]string{
		"Jump":       "false: Only the node that joined last can leave.",
		"Maglev":     "true: Its table takes 262148 bytes and is filled anew with every change.",
		"Anchor":     "true: It depends on the history of joins and leaves.",
		"Rendezvous": "true: A lookup scores each of 100 nodes.",
		"Slots":      "true: Which node has which slots must be agreed on.",
		"Directory":  "false: Shares are what somebody assigns: nothing bounds them.",
		"Ranges":     "false: Shares are what somebody assigns: nothing bounds them.",
	}, said)
}

func TestAdviceNamesConflicts(t *testing.T) {
	for said, needs := range map[string]hashring.Needs{
		"for 10 nodes there is none with range scans, and with weights":                            {Nodes: 10, Scans: true, Weights: true, RemoveAny: true},
		"for 10 nodes there is none with range scans, and with a peak of at most 2 times the mean": {Nodes: 10, Scans: true, PeakToMean: 2},
		"for 10 nodes there is none with assignment of keys, and with a placement by names only":   {Nodes: 10, Assigned: true, NamesOnly: true, LeastMoves: true},
		"for 1000 nodes there is none with removal of any node, and with memory of at most 100 bytes": {
			Nodes: 1000, RemoveAny: true, Bytes: 100, PeakToMean: 3},
		"for 1000 nodes there is none with weights, and with memory of at most 60000 bytes, and with a lookup of at most 10 steps": {
			Nodes: 1000, Weights: true, RemoveAny: true, Bytes: 60_000, Steps: 10},
	} {
		_, err := hashring.Advise(needs)
		require.ErrorIs(t, err, hashring.ErrNoPlacement)
		require.EqualError(t, err, "hashring: no placement meets all needs: "+said)
	}
}

func TestAdviceBadInput(t *testing.T) {
	for said, needs := range map[string]hashring.Needs{
		"the number of nodes must lie in [1, 16777216]: 0":           {},
		"the number of nodes must lie in [1, 16777216]: 16777217":    {Nodes: 1<<24 + 1},
		"the number of entries must lie in [0, 281474976710656]: -1": {Nodes: 1, Entries: -1},
		"the ratio of peak to mean must be finite and above 1: 1":    {Nodes: 1, PeakToMean: 1},
		"the ratio of peak to mean must be finite and above 1: NaN":  {Nodes: 1, PeakToMean: math.NaN()},
		"the ratio of peak to mean must be finite and above 1: +Inf": {Nodes: 1, PeakToMean: math.Inf(1)},
		"the most memory must not be negative: -5 bytes":             {Nodes: 1, Bytes: -5},
		"the most steps of a lookup must not be negative: -5":        {Nodes: 1, Steps: -5},
	} {
		_, err := hashring.Advise(needs)
		require.EqualError(t, err, "hashring: "+said)
	}
}

// advising is what the law of advice judges.
type advising func(n hashring.Needs) (hashring.Advice, error)

// lawAdvice builds what is advised and tries whether it does what was needed: nothing is taken from what the advice says of itself.
func lawAdvice(advise advising) func(*rapid.T) {
	return func(t *rapid.T) {
		needs := hashring.Needs{
			Nodes:      rapid.IntRange(2, 60).Draw(t, "nodes"),
			RemoveAny:  rapid.Bool().Draw(t, "remove any"),
			Weights:    rapid.Bool().Draw(t, "weights"),
			Scans:      rapid.IntRange(0, 3).Draw(t, "scans") == 1,
			Assigned:   rapid.IntRange(0, 3).Draw(t, "assigned") == 1,
			LeastMoves: rapid.Bool().Draw(t, "least moves"),
			NamesOnly:  rapid.Bool().Draw(t, "names only"),
			PeakToMean: rapid.SampledFrom([]float64{0, 0, 1.1, 1.5, 2}).Draw(t, "peak"),
			Bytes:      rapid.SampledFrom([]int{0, 0, 500, 100_000, 1_000_000}).Draw(t, "bytes"),
			Steps:      rapid.SampledFrom([]int{0, 0, 1, 2, 10}).Draw(t, "steps"),
		}
		a, err := advise(needs)
		if err != nil {
			return // that needs conflict has a law of its own
		}
		if broken := tried(needs, a); broken != "" {
			t.Fatalf("%s\n%s is advised\nbut %s", spelled(needs), a.Algorithm, broken)
		}
	}
}

// spelled is what is needed, without the rest.
func spelled(n hashring.Needs) string {
	var asked []string
	for _, field := range strings.Fields(strings.Trim(fmt.Sprintf("%+v", n), "{}")) {
		if !strings.HasSuffix(field, ":0") && !strings.HasSuffix(field, ":false") {
			asked = append(asked, field)
		}
	}
	return "needs " + strings.Join(asked, " ")
}

func built(a hashring.Advice, members []hashring.Member) (hashring.Placement, error) {
	switch a.Algorithm {
	case "Jump":
		return hashring.ByJump(hashring.Hashing{})(members)
	case "Rendezvous":
		return hashring.ByRendezvous(hashring.Hashing{})(members)
	case "Ring":
		return hashring.OnRing(hashring.RingOptions{Points: a.Points})(members)
	case "Maglev":
		return hashring.ByMaglev(hashring.MaglevOptions{Size: a.Size})(members)
	case "Anchor":
		return hashring.ByAnchor(len(members), hashring.Hashing{})(members)
	case "Slots":
		return hashring.BySlots()(members)
	case "Directory":
		rest, err := hashring.ByRendezvous(hashring.Hashing{})(members)
		if err != nil {
			return nil, err
		}
		return hashring.NewDirectory(rest, nil)
	case "Ranges":
		return hashring.NewRanges(members, []hashring.Range{{Owner: members[0].Name}})
	}
	return nil, fmt.Errorf("%q is no placement", a.Algorithm)
}

// tried says which need a placement does not meet, or nothing.
func tried(n hashring.Needs, a hashring.Advice) string {
	var names []string
	for i := range n.Nodes {
		names = append(names, fmt.Sprintf("n%02d", i))
	}
	members := hashring.Named(names...)
	p, err := built(a, members)
	if err != nil {
		return err.Error()
	}
	if n.Weights {
		heavy := slices.Clone(members)
		heavy[0].Weight = 3
		if _, err := built(a, heavy); err != nil {
			return err.Error()
		}
		if a.Algorithm == "Ranges" || a.Algorithm == "Directory" {
			return "weights mean nothing to it"
		}
	}
	fewer := slices.Delete(slices.Clone(members), 0, 1)
	if without, err := p.With(fewer); n.RemoveAny && err != nil {
		return err.Error()
	} else if n.LeastMoves && err == nil {
		for i := range 2_000 {
			key := fmt.Sprint(i)
			before, after := p.Members()[p.Owner(key)].Name, without.Members()[without.Owner(key)].Name
			if before != after && before != names[0] {
				return fmt.Sprintf("%s leaves, and the key %s moves from %s to %s", names[0], key, before, after)
			}
		}
	}
	slices.Reverse(fewer)
	if another, err := built(a, append(fewer, members[0])); n.NamesOnly && err == nil {
		for i := range 1_000 {
			key := fmt.Sprint(i)
			if p.Members()[p.Owner(key)].Name != another.Members()[another.Owner(key)].Name {
				return fmt.Sprintf("in another order of nodes another owns the key %s", key)
			}
		}
	}
	if sized, ok := p.(interface{ Bytes() int }); ok && n.Bytes > 0 && sized.Bytes() > n.Bytes {
		return fmt.Sprintf("it takes %d bytes", sized.Bytes())
	}
	if n.Scans && p.Owner("k1") != p.Owner("k2") || n.Scans && a.Algorithm != "Ranges" {
		return "neighbouring keys are apart"
	}
	if n.Assigned && !slices.Contains([]string{"Slots", "Directory", "Ranges"}, a.Algorithm) {
		return "nobody can decide where a key is"
	}
	if n.Steps > 0 && a.Algorithm == "Rendezvous" && n.Nodes > n.Steps {
		return fmt.Sprintf("it scores %d nodes", n.Nodes)
	}
	if n.PeakToMean > 0 && !evenEnough(p, n) {
		return fmt.Sprintf("a node has more than %v times the mean", n.PeakToMean)
	}
	return ""
}

// evenEnough draws keys; the largest of so many counts is above its share by at most six standard errors.
func evenEnough(p hashring.Placement, n hashring.Needs) bool {
	const keys = 5_000
	counts := make([]float64, n.Nodes)
	for i := range keys {
		counts[p.Owner(fmt.Sprint("key-", i))]++
	}
	bound := n.PeakToMean * keys / float64(n.Nodes)
	return slices.Max(counts) <= bound+6*math.Sqrt(bound)
}

func TestLaw_AdviceViolatesNoNeed(t *testing.T) { rapid.Check(t, lawAdvice(hashring.Advise)) }

// Shares of slots stay within what advice counts on, over any history of joins and leaves.
func TestLaw_SlotsStayEven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.SliceOfNDistinct(rapid.StringMatching("[a-z]"), 1, 20, rapid.ID)
		s, err := hashring.NewSlots(hashring.Named(some.Draw(t, "nodes")...))
		if err != nil {
			t.Fatal(err)
		}
		var p hashring.Placement = s
		for range rapid.IntRange(0, 4).Draw(t, "changes") {
			if p, err = p.With(hashring.Named(some.Draw(t, "nodes")...)); err != nil {
				t.Fatal(err)
			}
		}
		counts := make([]int, len(p.Members()))
		for slot := range hashring.SlotCount {
			owner, _ := p.(*hashring.Slots).OwnerOf(slot)
			counts[owner]++
		}
		if most := (hashring.SlotCount+len(counts)-1)/len(counts) + 1; slices.Max(counts) > most {
			t.Fatalf("%d nodes have %v slots, more than %d", len(counts), counts, most)
		}
	})
}

// Needs that are named as a conflict are one: none of them can be spared, and without any one of them something fits.
func TestLaw_ConflictsAreLeast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := hashring.Needs{
			Nodes: rapid.IntRange(1, 2000).Draw(t, "nodes"), RemoveAny: rapid.Bool().Draw(t, "remove any"),
			Weights: rapid.Bool().Draw(t, "weights"), Scans: rapid.Bool().Draw(t, "scans"), Assigned: rapid.Bool().Draw(t, "assigned"),
			LeastMoves: rapid.Bool().Draw(t, "least moves"), NamesOnly: rapid.Bool().Draw(t, "names only"),
			PeakToMean: rapid.SampledFrom([]float64{0, 1.1, 2}).Draw(t, "peak"), Bytes: rapid.SampledFrom([]int{0, 100, 100_000}).Draw(t, "bytes"),
			Steps: rapid.SampledFrom([]int{0, 1, 10}).Draw(t, "steps"),
		}
		_, err := hashring.Advise(n)
		if err == nil {
			return
		}
		_, list, _ := strings.Cut(err.Error(), "there is none with ")
		named := strings.Split(list, ", and with ")
		only := func(without string) hashring.Needs {
			kept := hashring.Needs{Nodes: n.Nodes}
			for _, name := range named {
				switch {
				case name == without:
				case name == "range scans":
					kept.Scans = true
				case name == "assignment of keys":
					kept.Assigned = true
				case name == "removal of any node":
					kept.RemoveAny = true
				case name == "weights":
					kept.Weights = true
				case name == "the least moves":
					kept.LeastMoves = true
				case name == "a placement by names only":
					kept.NamesOnly = true
				case strings.HasPrefix(name, "a peak"):
					kept.PeakToMean = n.PeakToMean
				case strings.HasPrefix(name, "memory"):
					kept.Bytes = n.Bytes
				case strings.HasPrefix(name, "a lookup"):
					kept.Steps = n.Steps
				default:
					t.Fatalf("%q is no need, in %v", name, err)
				}
			}
			return kept
		}
		if _, err := hashring.Advise(only("")); err == nil {
			t.Fatalf("%+v: %v can be met together", n, named)
		}
		for _, name := range named {
			if _, err := hashring.Advise(only(name)); err != nil {
				t.Fatalf("%+v: of %v, %q can be spared: %v", n, named, name, err)
			}
		}
	})
}
