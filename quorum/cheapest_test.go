package quorum

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

// pricing is what the law of cheapest quorums judges.
type pricing func(e Expr, f *formula, weights []float64) ([]int, float64, error)

func byCheapest(_ Expr, f *formula, weights []float64) ([]int, float64, error) {
	return f.cheapest(weights)
}

// bySearch does not list quorums, so that branch and bound is tried on small expressions too.
func bySearch(_ Expr, f *formula, weights []float64) ([]int, float64, error) {
	f.listed = func() [][]int { return nil }
	return f.cheapest(weights)
}

// The cheapest quorum is minimal, costs what its nodes weigh, and no set of nodes that is a quorum costs less.
func TestLaw_CheapestQuorum(t *testing.T) {
	t.Run("as it is", func(t *testing.T) { rapid.Check(t, lawCheapest(byCheapest)) })
	t.Run("by search", func(t *testing.T) { rapid.Check(t, lawCheapest(bySearch)) })
}

var fiveNodes = []string{"a", "b", "c", "d", "e"}

// priced says what the nodes of an expression cost.
func priced(e Expr, weights []float64) string {
	var texts []string
	for i, name := range fiveNodes {
		if slices.Contains(e.Nodes(), name) {
			texts = append(texts, fmt.Sprintf("%s costs %v", name, weights[i]))
		}
	}
	return strings.Join(texts, ", ")
}

func lawCheapest(of pricing) func(*rapid.T) {
	return func(t *rapid.T) {
		e := drawExpr(t)
		f := e.over(fiveNodes)
		// Multiples of 1/8 add without rounding; nodes can be free, and can be out of the question.
		eighths := rapid.OneOf(rapid.IntRange(1, 3), rapid.IntRange(1, 24), rapid.SampledFrom([]int{0, math.MaxInt}))
		weights := make([]float64, f.nodes)
		for i := range weights {
			if weights[i] = float64(eighths.Draw(t, "weight")) / 8; weights[i] > 3 {
				weights[i] = math.Inf(1)
			}
		}
		least := math.Inf(1)
		for set := range 1 << f.nodes {
			there, sum := make([]bool, f.nodes), 0.0
			for i := range there {
				if there[i] = set>>i&1 == 1; there[i] {
					sum += weights[i]
				}
			}
			if f.holds(there) {
				least = min(least, sum)
			}
		}
		quorum, cost, err := of(e, f, weights)
		if err != nil {
			t.Fatalf("%s at %v: %v", e, weights, err)
		}
		if math.IsInf(least, 1) {
			if quorum != nil || cost != least {
				t.Fatalf("%s at %v\nhas no quorum of finite cost\nbut %v is said to cost %v", e, weights, quorum, cost)
			}
			return
		}
		there, sum := make([]bool, f.nodes), 0.0
		for _, i := range quorum {
			there[i] = true
			sum += weights[i]
		}
		switch {
		case math.Abs(sum-least) > 1e-12 || math.Abs(cost-least) > 1e-12: // shares of weights are rounded
			t.Fatalf("%s, where %s,\nhas, it is said, the cheapest quorum {%s}, of cost %v\nbut one costs %v",
				e, priced(e, weights), strings.Join(pick(fiveNodes, quorum), ", "), cost, least)
		case !f.holds(there) || !slices.Equal(f.shrink(slices.Clone(there)), quorum):
			t.Fatalf("%s at %v\nhas, it is said, the minimal quorum %v", e, weights, quorum)
		}
	}
}

// drawExpr is any expression of at most three gates within one another, over five nodes.
func drawExpr(t *rapid.T) Expr {
	var draw func(depth int) Expr
	draw = func(depth int) Expr {
		if depth == 0 || rapid.Bool().Draw(t, "node") {
			return Node(rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(t, "name"))
		}
		var votes []Vote
		total, seen := 0, map[string]bool{}
		for range rapid.IntRange(2, 4).Draw(t, "parts") {
			v := Vote{Of: draw(depth - 1), Votes: rapid.SampledFrom([]int{1, 1, 2, 3}).Draw(t, "votes")}
			if v.Of.root.name == "" || !seen[v.Of.root.name] {
				seen[v.Of.root.name] = true
				votes, total = append(votes, v), total+v.Votes
			}
		}
		return Weighted(rapid.IntRange(1, total).Draw(t, "needed"), votes...)
	}
	return draw(3)
}

func TestBroken_CheapestByTheVote(t *testing.T) {
	lawtest.Breaks(t, "The parts that are cheapest by the vote, taken until there are enough, can cost more than one that has them all",
		lawCheapest(func(e Expr, f *formula, weights []float64) ([]int, float64, error) {
			if e.root.votes == nil || slices.ContainsFunc(e.root.parts, func(g *gate) bool { return g.name == "" }) {
				return f.cheapest(weights)
			}
			order := []int{}
			for i, p := range f.root.parts {
				if !math.IsInf(weights[p.node], 1) {
					order = append(order, i)
				}
			}
			byVote := func(i int) float64 { return weights[f.root.parts[i].node] / float64(f.root.votes[i]) }
			slices.SortStableFunc(order, func(a, b int) int {
				return slices.Compare([]float64{byVote(a)}, []float64{byVote(b)})
			})
			there, got := make([]bool, f.nodes), 0
			for _, i := range order {
				if got < f.root.needed {
					there[f.root.parts[i].node] = true
					got += f.root.votes[i]
				}
			}
			if got < f.root.needed {
				return nil, math.Inf(1), nil
			}
			quorum, cost := f.shrink(there), 0.0
			for _, i := range quorum {
				cost += weights[i]
			}
			return quorum, cost, nil
		}))
}

func TestBroken_CheapestPaysTwice(t *testing.T) {
	lawtest.Breaks(t, "A node that is named in two places is paid twice, if each place is asked by itself",
		lawCheapest(func(_ Expr, f *formula, weights []float64) ([]int, float64, error) {
			f.listed, f.once = func() [][]int { return nil }, true
			for i := range f.shared {
				f.shared[i] = 1
			}
			return f.cheapest(weights)
		}))
}

// It finds the row and the column of least weight in a grid with more quorums than sets of 20 nodes could be tried, and gives up
// on what is too large rather than run for years.
func TestCheapestOfLargeExpressions(t *testing.T) {
	grid := func(k int) (*formula, []float64) {
		rows := make([][]string, k)
		for i := range k * k {
			rows[i/k] = append(rows[i/k], fmt.Sprint("n", i))
		}
		e := Grid(rows...)
		f := e.over(e.Nodes())
		weights := make([]float64, f.nodes)
		for i := range weights {
			weights[i] = 1
			if i/k == 2 || i%k == 1 {
				weights[i] = 0.5
			}
		}
		return f, weights
	}
	f, weights := grid(20)
	quorum, cost, err := f.cheapest(weights)
	if err != nil || len(quorum) != 39 || cost != 19.5 {
		t.Fatalf("%d nodes of cost %v, error %v", len(quorum), cost, err)
	}
	f, weights = grid(70) // 4,900 quorums
	if quorum, _, err := f.cheapest(weights); !errors.Is(err, ErrTooLarge) || quorum != nil {
		t.Fatalf("%d nodes, error %v", len(quorum), err)
	}
}
