package hashring_test

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/internal/race"
)

// bounding is what the laws of bounded loads judge.
type bounding interface {
	Pick(key string) (name string, done func())
	With(p hashring.Placement) error
}

type boundingMaker func(p hashring.Placement, epsilon float64) (bounding, error)

type realBounded struct{ *hashring.Bounded }

func (r realBounded) Pick(key string) (string, func()) {
	token := r.Bounded.Pick(key)
	return token.Name(), token.Done
}

func newRealBounded(p hashring.Placement, epsilon float64) (bounding, error) {
	b, err := hashring.NewBounded(p, epsilon)
	return realBounded{b}, err
}

// under are the placements that bounded loads are tried on, by kind, of the given nodes.
var under = []struct {
	name     string
	weighted bool
	make     func(members []hashring.Member) (hashring.Placement, error)
}{
	{"ring", true, hashring.OnRing(hashring.RingOptions{Points: 3})},
	{"rendezvous", true, hashring.ByRendezvous(hashring.Hashing{})},
	{"maglev", true, hashring.ByMaglev(hashring.MaglevOptions{Size: 31})},
	{"jump", false, hashring.ByJump(hashring.Hashing{})},
	{"anchor", false, hashring.ByAnchor(10, hashring.Hashing{})},
	{"slots", true, hashring.BySlots()},
	{"ranges", true, func(members []hashring.Member) (hashring.Placement, error) {
		return hashring.NewRanges(members, []hashring.Range{
			{Start: "", Owner: members[0].Name}, {Start: "k4", Owner: members[len(members)-1].Name},
		})
	}},
	{"directory", true, func(members []hashring.Member) (hashring.Placement, error) {
		rest, err := hashring.NewRendezvous(members, hashring.Hashing{})
		if err != nil {
			return nil, err
		}
		return hashring.NewDirectory(rest, map[string]string{"k1": members[0].Name})
	}},
}

func drawUnder(t *rapid.T, kinds int) (hashring.Placement, string) {
	kind := under[rapid.IntRange(0, kinds-1).Draw(t, "placement")]
	names := rapid.SliceOfNDistinct(rapid.StringMatching("[a-h]"), 1, 8, rapid.ID).Draw(t, "nodes")
	members := hashring.Named(names...)
	story := kind.name
	for i := range members {
		if kind.weighted {
			members[i].Weight = float64(rapid.IntRange(1, 4).Draw(t, "weight"))
		}
		story += fmt.Sprintf(" %s(%v)", names[i], members[i].Weight)
	}
	p, err := kind.make(members)
	if err != nil {
		t.Fatal(err)
	}
	return p, story
}

// lawBounded compares with what one would do by hand: all preferences of the key, in order, and capacities in whole numbers. It tries the
// first of so many kinds of placements.
func lawBounded(make boundingMaker, kinds int) func(*rapid.T) {
	return func(t *rapid.T) {
		p, story := drawUnder(t, kinds)
		parts := rapid.SampledFrom([]int{256, 512, 1024, 3 * 1024, 1e9 * 1024, 1, 0}).Draw(t, "epsilon")
		epsilon := float64(parts) / 1024
		if parts == 0 {
			epsilon = 1e-300 // beside one it is nothing
		}
		b, err := make(p, epsilon)
		if err != nil {
			t.Fatal(err)
		}
		told := []string{fmt.Sprintf("epsilon %v on %s", epsilon, story)}
		fail := func(format string, args ...any) {
			t.Fatalf("%s\nbut "+format, append([]any{strings.Join(told, "\n")}, args...)...)
		}
		loads := map[string]int{}
		type flight struct {
			name   string
			done   func()
			epoch  int // a node that left and came back has another
			marked bool
		}
		var flights []flight
		epochs := map[string]int{}
		for _, m := range p.Members() {
			epochs[m.Name] = 1
		}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"pick", "pick", "pick", "done", "with"}).Draw(t, "what") {
			case "pick":
				key := rapid.StringMatching("k[0-9]").Draw(t, "key")
				want, capacity := naiveBounded(p, loads, parts, key)
				name, done := b.Pick(key)
				told = append(told, fmt.Sprintf("pick %s: %s", key, name))
				if _, member := capacity[name]; !member {
					fail("%q is none of the nodes", name)
				}
				if loads[name] >= capacity[name] {
					fail("%s had %d already, which is its capacity", name, loads[name])
				}
				if name != want {
					fail("%s is the first that has room", want)
				}
				loads[name]++
				flights = append(flights, flight{name: name, done: done, epoch: epochs[name]})
			case "done":
				if len(flights) == 0 {
					continue
				}
				f := &flights[rapid.IntRange(0, len(flights)-1).Draw(t, "which")]
				f.done() // of the tokens some are done already: that does nothing
				again := ""
				if f.marked {
					again = ", again"
				}
				told = append(told, fmt.Sprintf("done with %s%s", f.name, again))
				if !f.marked && f.epoch == epochs[f.name] {
					loads[f.name]--
				}
				f.marked = true
			case "with":
				p, story = drawUnder(t, kinds)
				if err := b.With(p); err != nil {
					t.Fatal(err)
				}
				told = append(told, "with "+story)
				stay := map[string]bool{}
				for _, m := range p.Members() {
					stay[m.Name] = true
				}
				for name := range loads {
					if !stay[name] {
						delete(loads, name)
						epochs[name]++
					}
				}
			}
			if counted, ok := b.(interface{ Loads() []int }); ok {
				for i, load := range counted.Loads() {
					if name := p.Members()[i].Name; load != loads[name] {
						fail("%d requests are counted on %s, where %d are", load, name, loads[name])
					}
				}
			}
		}
	}
}

// naiveBounded is the node to pick, and the capacities, for an epsilon in parts of 1024.
func naiveBounded(p hashring.Placement, loads map[string]int, epsilon int, key string) (string, map[string]int) {
	order, err := p.AppendOwners(nil, key, len(p.Members()))
	if err != nil {
		return err.Error(), nil
	}
	all, weight := 1, 0
	for _, m := range p.Members() {
		all += loads[m.Name]
		weight += int(m.Weight)
	}
	capacity := map[string]int{}
	for _, m := range p.Members() {
		over, under := (1024+epsilon)*all*int(m.Weight), 1024*weight
		capacity[m.Name] = (over + under - 1) / under
	}
	for _, node := range order {
		if name := p.Members()[node].Name; loads[name] < capacity[name] {
			return name, capacity
		}
	}
	return "nobody", capacity
}

func TestLaw_BoundedLoads(t *testing.T) { rapid.Check(t, lawBounded(newRealBounded, len(under))) }

// With all room in the world a key is at its owner, and otherwise only keys whose owner is full are not.
func TestLaw_BoundedLoadsSpillFromFullOwnersOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, _ := drawUnder(t, len(under))
		epsilon := rapid.SampledFrom([]float64{0.25, 1, 1e9}).Draw(t, "epsilon")
		b, err := hashring.NewBounded(p, epsilon)
		if err != nil {
			t.Fatal(err)
		}
		weight := 0.0
		for _, m := range p.Members() {
			weight += m.Weight
		}
		for i := range rapid.IntRange(1, 100).Draw(t, "requests") {
			key := rapid.StringMatching("k[0-9]{1,2}").Draw(t, "key")
			owner := p.Owner(key)
			load := float64(b.Loads()[owner])
			full := load*weight >= (1+epsilon)*float64(i+1)*p.Members()[owner].Weight
			token := b.Pick(key)
			if full != (token.Node() != owner) {
				t.Fatalf("%s is owned by %d with load %v, full: %v, and is picked %d", key, owner, load, full, token.Node())
			}
		}
	})
}

// The paper's model: no node has more than ceil((1+eps)*m/n) of m balls. Balls are never taken away here, and with equal
// weights the bound that a pick is under is that of the balls there are, itself included; it only grows.
func TestClaim_NoNodeAboveTheCeiling(t *testing.T) {
	for _, epsilon := range []float64{0.1, 0.25, 1} {
		p, err := hashring.NewRing(hashring.Named(strings.Split("a b c d e f g h i j", " ")...), hashring.RingOptions{Points: 1})
		require.NoError(t, err)
		b, err := hashring.NewBounded(p, epsilon)
		require.NoError(t, err)
		for m := 1; m <= 1000; m++ {
			b.Pick("the one hot key")
			for _, load := range b.Loads() {
				require.LessOrEqual(t, float64(load), math.Ceil((1+epsilon)*float64(m)/10))
			}
		}
	}
}

// What a large epsilon is for: the part of keys that are not at their owners shrinks as it grows.
func TestClaim_ALargerEpsilonMovesFewerKeys(t *testing.T) {
	const keys, nodes = 10_000, 100
	var names []string
	for i := range nodes {
		names = append(names, fmt.Sprint("node-", i))
	}
	p, err := hashring.NewRing(hashring.Named(names...), hashring.RingOptions{Points: 1})
	require.NoError(t, err)
	before := keys
	for _, epsilon := range []float64{0.05, 0.1, 0.25, 0.5, 1, 3} {
		b, err := hashring.NewBounded(p, epsilon)
		require.NoError(t, err)
		elsewhere := 0
		for i := range keys {
			key := fmt.Sprint("key-", i)
			if token := b.Pick(key); token.Node() != p.Owner(key) {
				elsewhere++
			}
		}
		require.Less(t, elsewhere, before, "epsilon %v", epsilon)
		before = elsewhere
	}
}

// Nobody is above its bound when goroutines pick and end at once: requests are ended only after all have picked, so the bound
// at the end is the largest that there was. And no count is lost.
func TestLaw_BoundedLoadsTogether(t *testing.T) {
	rounds := 5_000
	if race.Enabled {
		rounds = 300
	}
	p, err := hashring.NewRing(hashring.Named("a", "b", "c", "d", "e"), hashring.RingOptions{})
	require.NoError(t, err)
	fewer, err := p.With(hashring.Named("a", "b", "c", "d"))
	require.NoError(t, err)
	b, err := hashring.NewBounded(p, 0.25)
	require.NoError(t, err)
	const workers = 4
	tokens := make([][]hashring.Token, workers)
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for range rounds {
				tokens[w] = append(tokens[w], b.Pick("hot"))
			}
		})
	}
	group.Wait()
	for node, load := range b.Loads() {
		require.LessOrEqual(t, load, int(math.Ceil(1.25*float64(workers*rounds)/5)), "node %d", node)
	}
	for w := range workers {
		group.Go(func() {
			for i := range tokens[w] {
				tokens[w][i].Done()
				token := b.Pick(fmt.Sprint(i))
				token.Done()
				token.Done()
				if w == 0 && i%50 == 0 {
					_ = b.With([]hashring.Placement{p, fewer}[i/50%2])
				}
			}
		})
	}
	group.Wait()
	require.NoError(t, b.With(p))
	require.Equal(t, []int{0, 0, 0, 0, 0}, b.Loads())
}

func TestBoundedWithWeightsOfAnySize(t *testing.T) {
	members := hashring.Named("a", "b", "c")
	members[0].Weight, members[1].Weight, members[2].Weight = 1e9, 1e9, 1e-9 // the most and the least
	p, err := hashring.NewRendezvous(members, hashring.Hashing{})
	require.NoError(t, err)
	for _, epsilon := range []float64{math.SmallestNonzeroFloat64, 1, math.MaxFloat64} {
		b, err := hashring.NewBounded(p, epsilon)
		require.NoError(t, err)
		for i := range 100 {
			token := b.Pick(fmt.Sprint(i))
			require.GreaterOrEqual(t, token.Node(), 0)
		}
		if epsilon < 1 { // a node whose part is nothing has room for one
			require.LessOrEqual(t, b.Loads()[2], 1)
			require.InDelta(t, 50, b.Loads()[0], 1)
		}
	}
}

func TestBoundedBadInput(t *testing.T) {
	p, err := hashring.NewRing(hashring.Named("a", "b"), hashring.RingOptions{})
	require.NoError(t, err)
	for epsilon, said := range map[float64]string{0: "0", -1: "-1", math.Inf(1): "+Inf", math.Inf(-1): "-Inf"} {
		_, err = hashring.NewBounded(p, epsilon)
		require.EqualError(t, err, "hashring: the epsilon of bounded loads must be positive and finite: "+said)
	}
	_, err = hashring.NewBounded(p, math.NaN())
	require.EqualError(t, err, "hashring: the epsilon of bounded loads must be positive and finite: NaN")
	_, err = hashring.NewBounded(nil, 1)
	require.EqualError(t, err, "hashring: bounded loads must have a placement: nil")

	b, err := hashring.NewBounded(p, 1)
	require.NoError(t, err)
	first := b.Pick("k")
	require.Error(t, b.With(nil))
	require.Equal(t, 1, b.Loads()[0]+b.Loads()[1], "a refused placement changes nothing")
	first.Done()
	require.Equal(t, -1, first.Node())
	require.Empty(t, first.Name())
	var zero hashring.Token
	zero.Done()
	require.Equal(t, -1, zero.Node())
}

func TestBoundedDoesNotAllocate(t *testing.T) {
	var names []string
	for i := range 100 {
		names = append(names, fmt.Sprint("node-", i))
	}
	members := hashring.Named(names...)
	for _, kind := range under {
		if kind.name == "anchor" || kind.name == "maglev" { // they have no room for so many
			members = members[:10]
		}
		p, err := kind.make(members)
		require.NoError(t, err)
		b, err := hashring.NewBounded(p, 0.25)
		require.NoError(t, err)
		for range 200 { // a hot key is on most nodes
			b.Pick("hot")
		}
		require.Zero(t, testing.AllocsPerRun(500, func() {
			token := b.Pick("hot")
			token.Done()
		}), kind.name)
	}
}

// between is a placement that does something between a lookup and what follows from it.
type between struct {
	hashring.Placement
	then func()
}

func (b *between) Owner(key string) int {
	owner := b.Placement.Owner(key)
	if then := b.then; then != nil {
		b.then = nil
		then()
	}
	return owner
}

// A pick that finds another placement than the one it looked up in begins again.
func TestBoundedLooksUpAgainAfterAChange(t *testing.T) {
	before, err := hashring.NewRendezvous(hashring.Named("a", "b"), hashring.Hashing{})
	require.NoError(t, err)
	after, err := hashring.NewRendezvous(hashring.Named("c"), hashring.Hashing{})
	require.NoError(t, err)
	p := &between{Placement: before}
	b, err := hashring.NewBounded(p, 0.25)
	require.NoError(t, err)
	p.then = func() { require.NoError(t, b.With(after)) }
	token := b.Pick("k")
	require.Equal(t, "c", token.Name())
	require.Equal(t, []int{1}, b.Loads())
}
