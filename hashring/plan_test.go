package hashring

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

// planner is what is under test: NewPlan, or one that is broken.
type planner = func(moves *Moves, options PlanOptions) (*Plan, error)

// drawPlan draws moves and options that a plan can obey: a step has room for a slot, or for one key of the sample. Few steps and
// many are alike often.
func drawPlan(t *rapid.T, draw func(*rapid.T) (a, b Placement)) (*Moves, PlanOptions) {
	a, b := draw(t)
	moves := must(Diff(a, b))
	o := PlanOptions{Keys: rapid.Float64Range(1, 1e12).Draw(t, "keys"), Bytes: rapid.Float64Range(1, 1e15).Draw(t, "bytes")}
	least := 1e-2 // of the whole, in a step
	switch moves.Space() {
	case SlotSpace:
		least = 1.0 / SlotCount
	case KeySpace:
		o.Sample = rapid.SliceOfNDistinct(rapid.StringMatching("[abc]{0,4}"), 1, 40, rapid.ID).Draw(t, "sample")
		least = 1 / float64(len(o.Sample))
	}
	limit := func(of float64, label string) float64 {
		if rapid.Bool().Draw(t, "limit of "+label) {
			least := max(least, 1e-3) // a thousand steps at the most
			return of * rapid.Float64Range(least, 1).Draw(t, label) * (1 + 1e-12)
		}
		return 0
	}
	o.AtMostKeys, o.AtMostBytes = limit(o.Keys, "keys at most"), limit(o.Bytes, "bytes at most")
	if rapid.Bool().Draw(t, "rate of keys") {
		o.KeysPerSecond = o.Keys / rapid.Float64Range(1e-6, 1e6).Draw(t, "seconds for keys")
	}
	if rapid.Bool().Draw(t, "rate of bytes") {
		o.BytesPerSecond = o.Bytes / rapid.Float64Range(1e-6, 1e6).Draw(t, "seconds for bytes")
	}
	return moves, o
}

// lawPlanPartitions: a plan's steps are the moves, each key's once, in pieces.
func lawPlanPartitions(plan planner, draw func(*rapid.T) (a, b Placement)) func(*rapid.T) {
	return func(t *rapid.T) {
		moves, o := drawPlan(t, draw)
		p, err := plan(moves, o)
		if err != nil {
			t.Fatalf("no plan: %v", err)
		}
		story := planStory(moves, p)
		var pieces []Move
		for i, s := range p.Steps() {
			if len(s.Spans) == 0 {
				t.Fatalf("%s\nbut step %d is empty", story, i+1)
			}
			for _, span := range s.Spans {
				pieces = append(pieces, Move{s.From, s.To, span})
			}
		}
		slices.SortStableFunc(pieces, func(a, b Move) int {
			if a.Span.First != b.Span.First {
				if a.Span.First < b.Span.First {
					return -1
				}
				return 1
			}
			return strings.Compare(a.Span.Low, b.Span.Low)
		})
		joined := &Moves{space: moves.space}
		for _, piece := range pieces {
			joined.add(piece)
		}
		if !slices.Equal(joined.list, moves.list) {
			story += "\nbut the steps together are"
			for _, m := range joined.list {
				story += "\n  " + short(m.String())
			}
			t.Fatalf("%s", story)
		}
	}
}

// lawPlanRoutes: after so many steps exactly the keys of the spans of those have moved; after none that is the table before, after all
// the one after.
func lawPlanRoutes(plan planner, draw func(*rapid.T) (a, b Placement)) func(*rapid.T) {
	return func(t *rapid.T) {
		moves, o := drawPlan(t, draw)
		p, err := plan(moves, o)
		if err != nil {
			t.Fatalf("no plan: %v", err)
		}
		story := planStory(moves, p)
		steps := p.Steps()
		keys := slices.Concat(probesOf(moves), drawKeys(t))
		for _, s := range steps[:min(len(steps), 20)] { // ends of pieces
			for _, span := range s.Spans {
				keys = append(keys, probesOf(&Moves{list: []Move{{Span: span}}})...)
			}
		}
		keys = keys[:min(len(keys), 200)]
		some := rapid.IntRange(0, len(steps)).Draw(t, "done")
		for _, done := range []int{0, some, len(steps)} {
			for _, key := range keys {
				want := ownerName(moves.before, key)
				for _, s := range steps[:done] {
					if slices.ContainsFunc(s.Spans, func(span Span) bool { return moves.holds(span, key) }) {
						want = s.To
					}
				}
				if done == len(steps) {
					want = ownerName(moves.after, key)
				}
				if got := must(p.Owner(key, done)); got != want {
					t.Fatalf("%s\nbut after %d of %d steps the key %q, %s, is at %s, and should be at %s",
						story, done, len(steps), key, moves.where(key), short(got), short(want))
				}
			}
		}
	}
}

func planStory(moves *Moves, p *Plan) string {
	story := fmt.Sprintf("before: %s\nafter:  %s", describe(moves.before), describe(moves.after))
	for i, s := range p.Steps() {
		spans := make([]string, len(s.Spans))
		for j, span := range s.Spans {
			spans[j] = span.String()
		}
		story += fmt.Sprintf("\nstep %d: %s to %s: %s", i+1, short(s.From), short(s.To), strings.Join(spans, ", "))
	}
	return story
}

func TestLaw_APlansStepsAreTheMoves(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) { rapid.Check(t, lawPlanPartitions(NewPlan, k.draw)) })
	}
}

func TestLaw_AfterSoManyStepsTheirKeysHaveMoved(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) { rapid.Check(t, lawPlanRoutes(NewPlan, k.draw)) })
	}
}

// Every step keeps within the limits, as it says itself; steps are in the order of their nodes; and the last one of a pair alone may have
// room to spare. The smallest that it can hold is a slot, a key of the sample, or so few hashes that only rounding tells: each of the
// four operations on the way is off by at most 2^-53.
func TestLaw_StepsAreAsFullAsLimitsAllow(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				moves, o := drawPlan(t, k.draw)
				steps := must(NewPlan(moves, o)).Steps()
				atom := math.Ldexp(1, -50)
				switch moves.Space() {
				case SlotSpace:
					atom = 1.0 / SlotCount
				case KeySpace:
					atom = 1 / float64(len(o.Sample))
				}
				for i, s := range steps {
					require.Equal(t, []float64{o.Keys * s.Share, o.Bytes * s.Share}, []float64{s.Keys, s.Bytes})
					require.InEpsilon(t, 1+shareOf(s.Spans, o.Sample), 1+s.Share, 1e-12)
					require.False(t, o.AtMostKeys > 0 && s.Keys > o.AtMostKeys, "%v keys of %v", s.Keys, o.AtMostKeys)
					require.False(t, o.AtMostBytes > 0 && s.Bytes > o.AtMostBytes, "%v bytes of %v", s.Bytes, o.AtMostBytes)
					if i == 0 {
						continue
					}
					last := steps[i-1]
					require.LessOrEqual(t, last.From+"\x00"+last.To, s.From+"\x00"+s.To)
					if last.From == s.From && last.To == s.To {
						full := (last.Share+atom)*(1+1e-15) > min(limitShare(o.AtMostKeys, o.Keys), limitShare(o.AtMostBytes, o.Bytes))
						require.True(t, full, "step %d of %d", i, len(steps))
					}
				}
			})
		})
	}
}

func limitShare(limit, of float64) float64 {
	if limit == 0 {
		return math.Inf(1)
	}
	return limit / of
}

// shareOf counts the sample, or adds up shares.
func shareOf(spans []Span, sample []string) (share float64) {
	for _, s := range spans {
		if s.Space != KeySpace {
			share += s.Share()
			continue
		}
		for _, key := range sample {
			if (&Moves{space: KeySpace}).holds(s, key) {
				share += 1 / float64(len(sample))
			}
		}
	}
	return share
}

// No step is quicker than the rate, and none is slower by more than a nanosecond, but for the rounding of two divisions.
func TestLaw_StepsFollowOneAnotherAtTheRate(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				moves, o := drawPlan(t, k.draw)
				p := must(NewPlan(moves, o))
				at, keys, bytes := time.Duration(0), 0.0, 0.0
				for i, s := range p.Steps() {
					progress := must(p.Progress(i))
					require.Equal(t, Progress{i, len(p.Steps()), keys, progress.AllKeys, bytes, progress.AllBytes, at, progress.Duration}, progress)
					require.Equal(t, at, s.Start)
					need := 0.0
					if o.KeysPerSecond > 0 {
						need = s.Keys * 1e9 / o.KeysPerSecond
					}
					if o.BytesPerSecond > 0 {
						need = max(need, s.Bytes*1e9/o.BytesPerSecond)
					}
					takes := float64(s.End - s.Start)
					require.GreaterOrEqual(t, takes, need*(1-1e-15))
					require.LessOrEqual(t, takes, need*(1+1e-15)+1) // equal where the need is lost in the sum
					at, keys, bytes = s.End, keys+s.Keys, bytes+s.Bytes

					done := p.DoneBy(s.End)
					require.Greater(t, done, i)
					require.Equal(t, done, p.DoneBy(s.End+1)-equalTo(p, s.End+1))
					require.LessOrEqual(t, p.DoneBy(s.End-1), i)
				}
				require.Zero(t, p.DoneBy(-1))
				all := must(p.Progress(len(p.Steps())))
				require.Equal(t, Progress{len(p.Steps()), len(p.Steps()), keys, keys, bytes, bytes, at, at}, all)
			})
		})
	}
}

// equalTo is how many steps end at a time.
func equalTo(p *Plan, end time.Duration) (n int) {
	for _, s := range p.Steps() {
		if s.End == end {
			n++
		}
	}
	return n
}

// brokenPlan takes a right plan and spoils it.
func brokenPlan(spoil func(p *Plan)) planner {
	return func(moves *Moves, options PlanOptions) (*Plan, error) {
		p, err := NewPlan(moves, options)
		if err == nil {
			spoil(p)
		}
		return p, err
	}
}

func losesTheLastStep(p *Plan) {
	if last := len(p.steps) - 1; last >= 0 {
		p.steps = p.steps[:last]
		p.pieces = slices.DeleteFunc(p.pieces, func(piece piece) bool { return piece.step == last })
	}
}

func TestBroken_PlanLosesTheLastStep(t *testing.T) {
	lawtest.Breaks(t, "A plan that hands on steps when they are full, and not the one that is left at the end, stops short of the new table",
		lawPlanRoutes(brokenPlan(losesTheLastStep), drawRings))
}

func TestBroken_PlanCutsIncludeBothEnds(t *testing.T) {
	lawtest.Breaks(t, "A plan that begins a step at the slot where the last one ended moves that slot twice",
		lawPlanPartitions(brokenPlan(func(p *Plan) {
			for i := range p.steps {
				if s := p.steps[i].Spans; i > 0 && s[0].First > 0 {
					s[0].First--
				}
			}
		}), drawSlots))
}

func TestBroken_PlanRoutesAheadOfItsSteps(t *testing.T) {
	lawtest.Breaks(t, "A plan whose clients go to the new node from the beginning of a step on look where the keys are not yet",
		lawPlanRoutes(brokenPlan(func(p *Plan) {
			for i := range p.pieces {
				p.pieces[i].step--
			}
		}), drawRings))
}

// 16,384 slots of which half move, two pairs of nodes, steps of a thousand slots, a slot a second: known by hand.
func TestAPlanByHand(t *testing.T) {
	a := must(NewSlots(Named("a", "b")))
	b := must(must(a.Move(0, 4095, "b")).Move(8192, 12287, "a"))
	p := must(NewPlan(must(Diff(a, b)), PlanOptions{Keys: SlotCount, AtMostKeys: 3000, KeysPerSecond: 1}))
	slots := func(first, last uint64) []Span { return []Span{{Space: SlotSpace, First: first, Last: last}} }
	require.Equal(t, []Step{
		{"a", "b", slots(0, 2999), 3000.0 / SlotCount, 3000, 0, 0, 3000 * time.Second},
		{"a", "b", slots(3000, 4095), 1096.0 / SlotCount, 1096, 0, 3000 * time.Second, 4096 * time.Second},
		{"b", "a", slots(8192, 11191), 3000.0 / SlotCount, 3000, 0, 4096 * time.Second, 7096 * time.Second},
		{"b", "a", slots(11192, 12287), 1096.0 / SlotCount, 1096, 0, 7096 * time.Second, 8192 * time.Second},
	}, p.Steps())
}

// A plan without anything to say is the moves by pairs of nodes.
func TestAPlanWithoutLimitsIsOneStepAPair(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				moves := must(Diff(k.draw(t)))
				pairs := map[[2]string]bool{}
				for _, m := range moves.List() {
					pairs[[2]string{m.From, m.To}] = true
				}
				p := must(NewPlan(moves, PlanOptions{}))
				require.Len(t, p.Steps(), len(pairs))
				for _, s := range p.Steps() {
					require.Equal(t, []float64{0, 0}, []float64{s.Keys, s.Bytes})
				}
			})
		})
	}
}

// Keys that are equal in a sample cannot be told apart: they move together, or there is no plan.
func TestEqualKeysOfASampleStayTogether(t *testing.T) {
	a := must(NewRanges(Named("a", "b"), []Range{{"", "a"}}))
	moves := must(Diff(a, must(a.Assign("", "b"))))
	o := PlanOptions{Keys: 6, AtMostKeys: 3, Sample: []string{"z", "m", "m", "c", "m", "a"}}
	var spans [][]Span
	for _, s := range must(NewPlan(moves, o)).Steps() {
		spans = append(spans, s.Spans)
	}
	keys := func(low, high string) []Span { return []Span{{Space: KeySpace, Low: low, High: high}} }
	require.Equal(t, [][]Span{keys("", "m"), keys("m", "z"), keys("z", "")}, spans)
	require.Equal(t, []string{"z", "m", "m", "c", "m", "a"}, o.Sample, "the caller's slice")

	o.AtMostKeys = 2
	_, err := NewPlan(moves, o)
	require.EqualError(t, err, "hashring: a step must have room for one key of the sample, that is 1 keys or 0 bytes: at most 2 keys, 0 bytes (0: no limit), in keys from \"m\"")
}

func TestPlansRefuseWhatTheyCannotObey(t *testing.T) {
	slots := must(NewSlots(Named("a", "b")))
	moves := must(Diff(slots, must(slots.Move(0, 99, "b"))))
	ring := must(Diff(mustRing(Named("a"), 1), mustRing(Named("b"), 1)))
	ranges := must(Diff(must(NewRanges(Named("a"), []Range{{"", "a"}})), must(NewRanges(Named("b"), []Range{{"", "b"}}))))
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		moves   *Moves
		options PlanOptions
		says    string
	}{
		{nil, PlanOptions{}, "hashring: a plan must have moves: nil"},
		{moves, PlanOptions{Keys: -1}, "hashring: a plan's Keys must be positive and finite, or zero for none: -1"},
		{moves, PlanOptions{Bytes: inf}, "hashring: a plan's Bytes must be positive and finite, or zero for none: +Inf"},
		{moves, PlanOptions{Keys: 1, AtMostKeys: nan}, "hashring: a plan's AtMostKeys must be positive and finite, or zero for none: NaN"},
		{moves, PlanOptions{Bytes: 1, AtMostBytes: -2}, "hashring: a plan's AtMostBytes must be positive and finite, or zero for none: -2"},
		{moves, PlanOptions{Keys: 1, KeysPerSecond: -3}, "hashring: a plan's KeysPerSecond must be positive and finite, or zero for none: -3"},
		{moves, PlanOptions{Bytes: 1, BytesPerSecond: nan}, "hashring: a plan's BytesPerSecond must be positive and finite, or zero for none: NaN"},
		{moves, PlanOptions{AtMostKeys: 5}, "hashring: a plan's AtMostKeys must come with how many Keys are stored: 5 of 0"},
		{moves, PlanOptions{Keys: 5, BytesPerSecond: 7}, "hashring: a plan's BytesPerSecond must come with how many Bytes are stored: 7 of 0"},
		{moves, PlanOptions{Keys: 32768, AtMostKeys: 1.9}, "hashring: a step must have room for a slot, that is 2 keys or 0 bytes: at most 1.9 keys, 0 bytes (0: no limit)"},
		{ring, PlanOptions{Keys: 1 << 65, AtMostKeys: 1}, "hashring: a step must have room for a hash, that is 2 keys or 0 bytes: at most 1 keys, 0 bytes (0: no limit)"},
		{ring, PlanOptions{Keys: 1 << 21, AtMostKeys: 1}, "hashring: a plan must have at most 1048576 full steps: 2097152 of 1 keys, 0 bytes at most (0: no limit)"},
		{ring, PlanOptions{Keys: 1e12, KeysPerSecond: 10}, "hashring: a plan must end within 2562047h47m16.854775807s: step 1 takes 1e+11 s"},
		{ring, PlanOptions{Sample: []string{"a"}}, "hashring: a plan's Sample must be left out unless ranges of keys move, for hashes and slots say where keys are: 1 keys"},
		{ranges, PlanOptions{Keys: 1}, "hashring: a plan for ranges of keys must have a Sample of them: 0 keys"},
		{ranges, PlanOptions{Keys: 9, AtMostKeys: 4, Sample: []string{"a", "b"}}, "hashring: a step must have room for one key of the sample, that is 4.5 keys or 0 bytes: at most 4 keys, 0 bytes (0: no limit)"},
	} {
		p, err := NewPlan(c.moves, c.options)
		require.EqualError(t, err, c.says)
		require.Nil(t, p)
	}

	p := must(NewPlan(moves, PlanOptions{Keys: 1e6, AtMostKeys: 1e3}))
	for _, done := range []int{-1, len(p.Steps()) + 1} {
		says := fmt.Sprintf("hashring: the number of steps done must lie in [0, 7]: %d", done)
		_, err := p.Owner("a", done)
		require.EqualError(t, err, says)
		_, err = p.Progress(done)
		require.EqualError(t, err, says)
	}
}

func TestOwnerDoesNotAllocate(t *testing.T) {
	p := must(NewPlan(must(Diff(mustRing(Named("a", "b"), 100), mustRing(Named("a", "c"), 100))), PlanOptions{Keys: 1e6, AtMostKeys: 1e3}))
	require.Zero(t, testing.AllocsPerRun(100, func() { _, _ = p.Owner("some key", 100) }))
}
