package loadbalance_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/loadbalance"
)

type (
	endpoint    = loadbalance.Endpoint[int]
	picker      = loadbalance.Picker[int]
	constructor = func(endpoints []endpoint, src rand.Source) (picker, error)
)

// policies is the table of constructors that the laws run on.
var policies = []struct {
	name string
	make constructor
}{
	{"random", func(e []endpoint, src rand.Source) (picker, error) { return loadbalance.NewRandom(e, src) }},
	{"round robin", func(e []endpoint, src rand.Source) (picker, error) { return loadbalance.NewRoundRobin(e, src) }},
	{"two choices", choices(2)},
	{"three choices", choices(3)},
	{"least connections", leastConnections},
	{"consistent hash", consistentHash},
}

func choices(d int) constructor {
	return func(e []endpoint, src rand.Source) (picker, error) { return loadbalance.NewPowerOfChoices(e, d, src) }
}

func leastConnections(e []endpoint, src rand.Source) (picker, error) {
	return loadbalance.NewLeastConnections(e, src)
}

// world is a picker under test beside a model of what it should know.
type world struct {
	picker   picker
	members  []endpoint
	known    map[string]*known
	inFlight []flight
	changes  int
	story    []string // what was done, for who reads a failure
}

// tell adds a step to the story.
func (w *world) tell(format string, args ...any) {
	w.story = append(w.story, fmt.Sprintf(format, args...))
}

// fail ends the story with what is wrong.
func (w *world) fail(t *rapid.T, format string, args ...any) {
	t.Fatalf("%s\n%s", strings.Join(w.story, "\n"), "but "+fmt.Sprintf(format, args...))
}

type known struct{ inFlight, reported int }

const notReported = -1

func (k *known) load() int {
	if k.reported != notReported {
		return k.reported
	}
	return k.inFlight
}

type flight struct {
	token loadbalance.Token[int]
	to    *known
}

// loads are those of the members that a request does not exclude.
func (w *world) loads(exclude []string) map[string]int {
	loads := map[string]int{}
	for _, e := range w.members {
		if !slices.Contains(exclude, e.ID) {
			loads[e.ID] = w.known[e.ID].load()
		}
	}
	return loads
}

// exercise makes random calls and asks judge about each pick: the loads of the eligible endpoints before it, by id,
// and the one picked.
func exercise(t *rapid.T, make constructor, judge func(t *rapid.T, w *world, loads map[string]int, picked string)) {
	w := &world{known: map[string]*known{}}
	someIDs := rapid.SliceOfNDistinct(rapid.StringMatching("[a-h]"), 1, 8, rapid.ID)
	update := func(ids []string) []endpoint {
		w.changes++
		w.members = nil
		for i, id := range ids {
			w.members = append(w.members, endpoint{ID: id, Value: w.changes*100 + i})
			if w.known[id] == nil {
				w.known[id] = &known{reported: notReported}
			}
		}
		for id := range w.known {
			if !slices.Contains(ids, id) {
				delete(w.known, id) // an endpoint that returns begins anew
			}
		}
		return w.members
	}
	seed := rapid.Uint64().Draw(t, "seed")
	ids := someIDs.Draw(t, "endpoints")
	var err error
	w.picker, err = make(update(ids), rand.NewPCG(seed, 0))
	if err != nil {
		t.Fatalf("constructor: %v", err)
	}
	w.tell("endpoints %s", strings.Join(ids, " "))
	now := func() time.Duration { return time.Duration(rapid.Int64().Draw(t, "now")) } // any order of now
	pick := func(t *rapid.T) {
		request := loadbalance.Request{Exclude: rapid.SliceOfN(rapid.StringMatching("[a-i]"), 0, 9).Draw(t, "exclude")}
		if rapid.Bool().Draw(t, "exclude nothing") {
			request.Exclude = nil
		}
		asked := "pick"
		if len(request.Exclude) > 0 {
			asked = "pick, not " + strings.Join(request.Exclude, " ")
		}
		loads := w.loads(request.Exclude)
		token, err := w.picker.Pick(now(), request)
		if len(loads) == 0 {
			if !errors.Is(err, loadbalance.ErrNoneEligible) {
				w.fail(t, "%s: %s, where none is eligible (error %v)", asked, token.Endpoint().ID, err)
			}
			return
		}
		if err != nil {
			w.fail(t, "%s with %d eligible endpoints fails: %v", asked, len(loads), err)
		}
		picked := token.Endpoint()
		w.tell("%s: %s", asked, picked.ID)
		if _, eligible := loads[picked.ID]; !eligible {
			w.fail(t, "%s is not eligible", picked.ID)
		}
		if !slices.Contains(w.members, picked) {
			w.fail(t, "the token holds %v, the set is %v", picked, w.members)
		}
		judge(t, w, loads, picked.ID)
		to := w.known[picked.ID]
		to.inFlight++
		w.inFlight = append(w.inFlight, flight{token, to})
	}
	t.Repeat(map[string]func(*rapid.T){
		"pick":       pick,
		"pick again": pick,
		"pick more":  pick,
		"done": func(t *rapid.T) {
			if len(w.inFlight) == 0 {
				t.Skip("nothing in flight")
			}
			i := rapid.IntRange(0, len(w.inFlight)-1).Draw(t, "which")
			f := &w.inFlight[i]
			outcome := rapid.SampledFrom([]loadbalance.Outcome{
				loadbalance.OK, loadbalance.Failed, loadbalance.Cancelled, loadbalance.Overloaded,
			}).Draw(t, "outcome")
			to := f.token.Endpoint().ID
			times := rapid.IntRange(1, 3).Draw(t, "times") // only the first counts
			for range times {
				f.token.Done(now(), outcome)
			}
			w.tell("done with %s%s", to, strings.Repeat(", and again", times-1))
			if e := f.token.Endpoint(); e != (endpoint{}) {
				w.fail(t, "the token still names %v", e)
			}
			f.to.inFlight--
			w.inFlight = slices.Delete(w.inFlight, i, i+1)
		},
		"report": func(t *rapid.T) {
			id := rapid.StringMatching("[a-h]").Draw(t, "id")
			load := rapid.IntRange(0, 6).Draw(t, "load")
			err := w.picker.Report(now(), id, load)
			k, member := w.known[id]
			if member && err != nil || !member && !errors.Is(err, loadbalance.ErrUnknownEndpoint) {
				w.fail(t, "a report on %q, member: %v, gives the error %v", id, member, err)
			}
			if member {
				k.reported = load
				w.tell("report: %s has load %d", id, load)
			}
		},
		"update": func(t *rapid.T) {
			ids := someIDs.Draw(t, "endpoints")
			if err := w.picker.Update(update(ids)); err != nil {
				w.fail(t, "Update: %v", err)
			}
			w.tell("endpoints %s", strings.Join(ids, " "))
		},
		"refused update": func(t *rapid.T) {
			if w.picker.Update([]endpoint{{ID: "a"}, {ID: "a"}}) == nil {
				w.fail(t, "an Update with equal ids was accepted")
			}
		},
		"": func(t *rapid.T) {
			if got := w.picker.Endpoints(); !slices.Equal(got, w.members) {
				w.fail(t, "Endpoints is %v, the set is %v", got, w.members)
			}
		},
	})
}

func anything(*rapid.T, *world, map[string]int, string) {}

func TestLaw_APickIsAMemberThatIsNotExcluded(t *testing.T) {
	for _, policy := range policies {
		t.Run(policy.name, func(t *testing.T) { rapid.Check(t, lawEligible(policy.make)) })
	}
}

// Together with the calls that exercise makes this says as well that an Update loses no count, that a report
// replaces the count, that a second Done does nothing and that requests to an endpoint that left count nowhere.
func TestLaw_LeastConnectionsPicksAMinimum(t *testing.T) {
	t.Run("least connections", func(t *testing.T) { rapid.Check(t, lawMinimum(leastConnections)) })
	t.Run("as many choices as endpoints", func(t *testing.T) { rapid.Check(t, lawMinimum(choices(8))) })
}

func picksAMinimum(t *rapid.T, w *world, loads map[string]int, picked string) {
	for _, id := range slices.Sorted(maps.Keys(loads)) {
		if loads[id] < loads[picked] {
			w.fail(t, "%s has load %d, and %s only %d", picked, loads[picked], id, loads[id])
		}
	}
}

func TestLaw_DistinctChoicesNeverPickTheStrictlyWorst(t *testing.T) {
	for _, d := range []int{2, 3, 5} {
		t.Run(fmt.Sprint(d, " choices"), func(t *testing.T) { rapid.Check(t, lawNeverWorst(d, choices(d))) })
	}
}

// Of d distinct endpoints at most one is the worst of all; the d-1 worst can be drawn together, but not picked.
func neverTheWorst(d int) func(*rapid.T, *world, map[string]int, string) {
	return func(t *rapid.T, w *world, loads map[string]int, picked string) {
		better := 0
		var all []string
		for _, id := range slices.Sorted(maps.Keys(loads)) {
			all = append(all, fmt.Sprintf("%s has load %d", id, loads[id]))
			if loads[id] < loads[picked] {
				better++
			}
		}
		if worse := min(d, len(loads)) - 1; better > len(loads)-1-worse {
			w.fail(t, "%s: of %d distinct choices none picks one of the worst %d", strings.Join(all, ", "), d, worse)
		}
	}
}

func TestLaw_RoundRobinSharesDifferByAtMostOne(t *testing.T) {
	rapid.Check(t, lawSharesDifferByAtMostOne(policies[1].make, 100))
}

func lawSharesDifferByAtMostOne(make constructor, most int) func(*rapid.T) {
	return func(t *rapid.T) {
		n := rapid.IntRange(1, 20).Draw(t, "endpoints")
		p, err := make(numbered(n), rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		if err != nil {
			t.Fatal(err)
		}
		picks := slices.Repeat([]int{0}, n)
		for i := range rapid.IntRange(0, most).Draw(t, "picks") {
			token, err := p.Pick(0, loadbalance.Request{})
			if err != nil {
				t.Fatal(err)
			}
			picks[token.Endpoint().Value]++
			if spread := slices.Max(picks) - slices.Min(picks); spread > 1 {
				t.Fatalf("%d endpoints\nafter %d picks\nbut the shares are %v", n, i+1, picks)
			}
		}
	}
}

// A picker with a source of its own is a function of the calls made: the same calls, the same picks.
func TestLaw_PicksAreAFunctionOfTheSeed(t *testing.T) {
	for _, policy := range policies {
		t.Run(policy.name, func(t *testing.T) { rapid.Check(t, lawFunctionOfTheSeed(policy.make)) })
	}
}

func lawFunctionOfTheSeed(make constructor) func(*rapid.T) {
	return func(t *rapid.T) {
		n := rapid.IntRange(1, 50).Draw(t, "endpoints")
		seed := rapid.Uint64Range(0, 1000).Draw(t, "seed")
		done := rapid.SliceOfN(rapid.Bool(), 1, 60).Draw(t, "done")
		run := func() (picks []int) {
			p, err := make(numbered(n), rand.NewPCG(seed, 0))
			if err != nil {
				t.Fatal(err)
			}
			for _, done := range done {
				token, err := p.Pick(0, loadbalance.Request{})
				if err != nil {
					t.Fatal(err)
				}
				picks = append(picks, token.Endpoint().Value)
				if done {
					token.Done(0, loadbalance.OK)
				}
			}
			return picks
		}
		if first, second := run(), run(); !slices.Equal(first, second) {
			t.Fatalf("%d endpoints, seed %d, %d picks\nbut a second run picks otherwise", n, seed, len(done))
		}
	}
}

// And the seed is used: another one gives other picks.
func TestAnotherSeedPicksOtherwise(t *testing.T) {
	for _, policy := range policies {
		run := func(seed uint64) (picks []int) {
			p, err := policy.make(numbered(50), rand.NewPCG(seed, 0))
			require.NoError(t, err)
			for range 500 {
				token, err := p.Pick(0, loadbalance.Request{})
				require.NoError(t, err)
				picks = append(picks, token.Endpoint().Value)
			}
			return picks
		}
		require.NotEqual(t, run(1), run(2), policy.name)
	}
}

// Everything at once, from many goroutines, while the set changes; when all requests are done, all counts are back at
// zero, which a policy that compares all endpoints shows by picking each once.
func TestLaw_ConcurrentUseLosesNoCount(t *testing.T) {
	rounds := 20_000
	if race.Enabled {
		rounds = 1_000
	}
	type policy struct {
		name string
		make constructor
	}
	compareAll := []policy{{"forty choices", choices(40)}, {"even hash", evenHash}}
	for _, p := range policies {
		compareAll = append(compareAll, policy(p))
	}
	for _, policy := range compareAll {
		t.Run(policy.name, func(t *testing.T) {
			all := numbered(20)
			p, err := policy.make(all, nil)
			require.NoError(t, err)
			var workers sync.WaitGroup
			for w := range 4 {
				workers.Go(func() {
					var held []loadbalance.Token[int]
					for i := range rounds {
						token, err := p.Pick(time.Duration(i), loadbalance.Request{})
						if err != nil {
							t.Errorf("Pick: %v", err)
							return
						}
						if held = append(held, token); len(held) > 10 {
							held[i%10].Done(0, loadbalance.OK)
							held = slices.Delete(held, i%10, i%10+1)
						}
						if w == 0 && i%100 == 0 {
							// The first ten stay throughout.
							if err := p.Update(all[:10+i/100%11]); err != nil {
								t.Errorf("Update: %v", err)
							}
						}
						if w == 1 && i%50 == 0 {
							if err := p.Report(0, all[19].ID, i); err != nil && !errors.Is(err, loadbalance.ErrUnknownEndpoint) {
								t.Errorf("Report: %v", err)
							}
							p.Endpoints()
						}
					}
					for i := range held {
						held[i].Done(0, loadbalance.Cancelled)
					}
				})
			}
			workers.Wait()
			if !slices.Contains([]string{"least connections", "forty choices", "even hash"}, policy.name) {
				return
			}
			require.NoError(t, p.Update(all[:10]))
			var picked []int
			for range 10 {
				token, err := p.Pick(0, loadbalance.Request{})
				require.NoError(t, err)
				picked = append(picked, token.Endpoint().Value)
			}
			slices.Sort(picked)
			require.Equal(t, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, picked)
		})
	}
}

func TestNothingAllocates(t *testing.T) {
	exclude := []string{"endpoint-1", "endpoint-7", "endpoint-7", "nobody"}
	for _, policy := range policies {
		for _, request := range []loadbalance.Request{{}, {Exclude: exclude}} {
			p, err := policy.make(numbered(100), nil)
			require.NoError(t, err)
			require.Zero(t, testing.AllocsPerRun(1000, func() {
				token, err := p.Pick(0, request)
				if err != nil {
					t.Fatal(err)
				}
				token.Done(0, loadbalance.OK)
			}), "%s, exclude %v", policy.name, request.Exclude)
		}
	}
}

func TestBadInput(t *testing.T) {
	for _, policy := range policies {
		t.Run(policy.name, func(t *testing.T) {
			_, err := policy.make(nil, nil)
			require.EqualError(t, err, "loadbalance: a set of endpoints must not be empty")
			_, err = policy.make([]endpoint{{ID: "a"}, {ID: "b"}, {ID: "a"}}, nil)
			require.EqualError(t, err, `loadbalance: endpoint ids must be distinct: "a" appears twice`)
			_, err = policy.make([]endpoint{{ID: "a"}, {}}, nil)
			require.EqualError(t, err, "loadbalance: an endpoint's id must not be empty: endpoint 2 of 2")

			p, err := policy.make([]endpoint{{ID: "a"}, {ID: "b"}}, nil)
			require.NoError(t, err)
			require.EqualError(t, p.Update(nil), "loadbalance: a set of endpoints must not be empty")
			require.Len(t, p.Endpoints(), 2, "a refused set changes nothing")
			require.EqualError(t, p.Report(0, "a", -3), `loadbalance: a reported load must not be negative: -3 for "a"`)
			require.ErrorContains(t, p.Report(0, "a", 1<<63-1), "loadbalance: a reported load must lie below")
			require.EqualError(t, p.Report(0, "z", 1), `loadbalance: no such endpoint: "z"`)
			_, err = p.Pick(0, loadbalance.Request{Exclude: []string{"a", "b", "a"}})
			require.ErrorIs(t, err, loadbalance.ErrNoneEligible)

			mine := p.Endpoints()
			mine[0].ID = "changed"
			require.Equal(t, "a", p.Endpoints()[0].ID, "the slice is the caller's")
		})
	}
	_, err := loadbalance.NewPowerOfChoices(numbered(3), 0, nil)
	require.EqualError(t, err, "loadbalance: the number of choices must be positive: 0")

	var zero loadbalance.Token[int]
	zero.Done(0, loadbalance.OK)
	require.Zero(t, zero.Endpoint())
}

// More exclusions than a pick has room for on its stack.
func TestManyExclusions(t *testing.T) {
	all := numbered(50)
	var ids []string
	for _, e := range all[:49] {
		ids = append(ids, e.ID)
	}
	for _, policy := range policies {
		p, err := policy.make(all, nil)
		require.NoError(t, err)
		for range 20 {
			token, err := p.Pick(0, loadbalance.Request{Exclude: ids})
			require.NoError(t, err)
			require.Equal(t, 49, token.Endpoint().Value, policy.name)
		}
	}
}
