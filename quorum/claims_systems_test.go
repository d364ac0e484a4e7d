package quorum_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/quorum"
)

func numbered(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprint("n", i)
	}
	return names
}

func grid(k int) quorum.Expr {
	var rows [][]string
	for names := numbered(k * k); len(names) > 0; names = names[k:] {
		rows = append(rows, names[:k])
	}
	return quorum.Grid(rows...)
}

// D. Gifford, "Weighted Voting for Replicated Data", SOSP 1979: three configurations of votes with nodes that are up
// with 0.99, and the probabilities that reads and writes are blocked, printed with two digits.
func TestClaim_GiffordsExamples(t *testing.T) {
	up := quorum.Failures{Up: 0.99}
	for _, c := range []struct {
		reads, writes              string
		readBlocked, writesBlocked string
	}{
		{"a", "a", "1.0e-02", "1.0e-02"},
		{"weighted(2, a:2, b, c)", "weighted(3, a:2, b, c)", "2.0e-04", "1.0e-02"},
		{"a + b + c", "a*b*c", "1.0e-06", "3.0e-02"},
	} {
		reads, err := quorum.Parse(c.reads)
		require.NoError(t, err)
		writes, err := quorum.Parse(c.writes)
		require.NoError(t, err)
		s, err := quorum.New(reads, writes)
		require.NoError(t, err)
		read, write, err := s.Availability(up)
		require.NoError(t, err)
		require.Equal(t, c.readBlocked, fmt.Sprintf("%.1e", 1-read), c.reads)
		require.Equal(t, c.writesBlocked, fmt.Sprintf("%.1e", 1-write), c.writes)
	}
}

// M. Whittaker et al., "Read-Write Quorum Systems Made Practical", 2021, section 3: the grid's writes are its dual; reads survive one
// failure and writes two.
func TestClaim_GridOfSixNodes(t *testing.T) {
	s, err := quorum.FromReads(quorum.Rows([]string{"a", "b", "c"}, []string{"d", "e", "f"}))
	require.NoError(t, err)
	require.Equal(t, "reads a*b*c + d*e*f, writes (a + b + c)*(d + e + f)", s.String())
	reads, writes, err := s.Resilience()
	require.NoError(t, err)
	require.Equal(t, [2]int{1, 2}, [2]int{reads, writes})
	minimal, err := s.Writes().Minimal(9)
	require.NoError(t, err)
	require.Len(t, minimal, 9)
}

// A. Kumar, "Hierarchical Quorum Consensus", IEEE Trans. Computers 40, 1991: majorities of majorities, three by three, have quorums of
// four of nine nodes, where a plain majority needs five.
func TestClaim_HierarchicalQuorumsAreSmaller(t *testing.T) {
	names := numbered(27)
	majority := func(of []quorum.Expr) quorum.Expr { return quorum.Choose(len(of)/2+1, of...) }
	level := quorum.Named(names...)
	for want := 2; len(level) > 1; want *= 2 {
		var above []quorum.Expr
		for ; len(level) > 0; level = level[3:] {
			above = append(above, majority(level[:3]))
		}
		level = above
		minimal, err := level[0].Minimal(3 * 27 * 27 * 27)
		require.NoError(t, err)
		require.Len(t, minimal[0], want)
		require.Len(t, minimal[len(minimal)-1], want)
		_, err = quorum.New(level[0], level[0])
		require.NoError(t, err)
	}
}

// M. Naor, A. Wool, "The Load, Capacity, and Availability of Quorum Systems", 1998: with nodes that fail with a probability below a half,
// the failures of majorities vanish as they grow, and a grid of rows and columns fails more and more, towards certainty. A majority's
// availability is a binomial tail; and for the grid, rows and columns that are whole are counted by inclusion and exclusion.
func TestClaim_LargeGridsFail(t *testing.T) {
	const up = 0.7
	grids, majorities := 1.0, 0.0
	for _, k := range []int{3, 5, 7, 9} {
		g, m := grid(k), quorum.Majority(numbered(k*k)...)
		ofGrid, err := quorum.New(g, g)
		require.NoError(t, err)
		ofMajority, err := quorum.New(m, m)
		require.NoError(t, err)

		read, write, err := ofGrid.Availability(quorum.Failures{Up: up})
		require.NoError(t, err)
		require.Equal(t, read, write)
		require.InDelta(t, gridUp(k, up), read, 1e-11) // the terms reach k choose k/2, squared: 1e4
		require.Less(t, read, grids)
		grids = read

		read, _, err = ofMajority.Availability(quorum.Failures{Up: up})
		require.NoError(t, err)
		require.InDelta(t, distuv.Binomial{N: float64(k * k), P: up}.Survival(float64(k*k/2)), read, 1e-10) // the incomplete beta's error
		require.Greater(t, read, majorities)
		majorities = read
	}
	require.Less(t, grids, 0.15)
	require.Greater(t, majorities, 0.9999)
}

// Named twice, a node is still one: an expression and itself are available as it is.
func TestAvailabilityOfAnExpressionTwice(t *testing.T) {
	for k := 1; k < 9; k++ {
		e := quorum.Choose(k, quorum.Named(numbered(9)...)...)
		s, err := quorum.FromReads(quorum.And(e, e))
		require.NoError(t, err)
		read, write, err := s.Availability(quorum.Failures{Up: 0.6})
		require.NoError(t, err)
		require.InDelta(t, distuv.Binomial{N: 9, P: 0.6}.Survival(float64(k-1)), read, 1e-10)
		require.InDelta(t, distuv.Binomial{N: 9, P: 0.6}.Survival(float64(9-k)), write, 1e-10)
	}
}

// gridUp is the probability of a whole row and a whole column. i rows and j columns have k*k - (k-i)*(k-j) nodes.
func gridUp(k int, up float64) float64 {
	sum := 0.0
	for i := 1; i <= k; i++ {
		for j := 1; j <= k; j++ {
			term := choose(k, i) * choose(k, j)
			for range k*k - (k-i)*(k-j) {
				term *= up
			}
			if (i+j)%2 == 1 {
				term = -term
			}
			sum += term
		}
	}
	return sum
}

func choose(n, k int) float64 {
	ways := 1.0
	for i := range k {
		ways = ways * float64(n-i) / float64(i+1)
	}
	return ways
}

// What is large has its answer where the form of the expressions gives it, and is refused where nothing does.
func TestLargeSystems(t *testing.T) {
	names := numbered(1_001)
	majority := quorum.Majority(names...)
	s, err := quorum.New(majority, majority)
	require.NoError(t, err)
	reads, writes, err := s.Resilience()
	require.NoError(t, err)
	require.Equal(t, [2]int{500, 500}, [2]int{reads, writes})
	_, err = majority.Minimal(1_000_000)
	require.ErrorIs(t, err, quorum.ErrTooLarge)

	var apart *quorum.DisjointError
	_, err = quorum.New(majority, quorum.Choose(500, quorum.Named(names...)...))
	require.ErrorAs(t, err, &apart)
	require.Len(t, apart.Read, 501)
	require.Len(t, apart.Write, 500)

	_, err = quorum.New(grid(20), grid(20)) // 2*39 nodes of 400: sizes do not show that they meet
	require.NoError(t, err)

	var majorities []quorum.Expr // with some 10^13 quorums of 25 nodes of 81
	for i := range 9 {
		majorities = append(majorities, quorum.Majority(names[9*i:9*i+9]...))
	}
	_, err = quorum.New(quorum.Choose(5, majorities...), quorum.Choose(5, majorities...))
	require.NoError(t, err)

	var votes []quorum.Vote
	for i, name := range names[:99] {
		votes = append(votes, quorum.Vote{Of: quorum.Node(name), Votes: 1 + i%5})
	}
	_, err = quorum.New(quorum.Weighted(100, votes...), quorum.Weighted(196, votes...)) // of 295
	require.NoError(t, err)
	_, err = quorum.New(quorum.Weighted(100, votes...), quorum.Weighted(195, votes...))
	require.Error(t, err) // the pair may be hard to find
	require.True(t, errors.As(err, &apart) || errors.Is(err, quorum.ErrTooLarge))

	if race.Enabled {
		return // giving up takes a second of work
	}
	mesh, err := quorum.New(grid(17), grid(17))
	require.NoError(t, err)
	_, _, err = mesh.Availability(quorum.Failures{Up: 0.9})
	require.ErrorIs(t, err, quorum.ErrTooLarge)
	zoned := quorum.Failures{Up: 0.9}
	for i := range 16 {
		zoned.Zones = append(zoned.Zones, quorum.Zone{Nodes: names[i : i+1], Up: 0.9})
	}
	_, _, err = s.Availability(zoned)
	require.ErrorIs(t, err, quorum.ErrTooLarge)
}
