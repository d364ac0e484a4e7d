package hashring

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat/distuv"
)

// The paper's figure 2 and table 1: seven entries, three backends, and what remains of their turns without the second one.
func TestClaim_MaglevExampleOfThePaper(t *testing.T) {
	b0, b1, b2 := turn{3, 4, 1}, turn{0, 2, 1}, turn{3, 1, 1}
	require.Equal(t, []int32{1, 0, 1, 0, 2, 2, 0}, populate([]turn{b0, b1, b2}, 7))
	require.Equal(t, []int32{0, 0, 0, 0, 1, 1, 1}, populate([]turn{b0, b2}, 7), "B2 is now the second")
}

// The check value of CRC-16/XMODEM, which the specification of Redis Cluster prints in its appendix A.
func TestClaim_CRC16OfTheSpecification(t *testing.T) {
	require.Equal(t, uint16(0x31c3), crc16("123456789"))
	require.Zero(t, crc16(""))
}

func numbers(n int) []Member {
	members := make([]Member, n)
	for i := range members {
		members[i] = Member{Name: fmt.Sprint("node-", i), Weight: 1}
	}
	return members
}

// shares are the nodes' parts of the circle.
func (r *Ring) shares() []float64 {
	shares := make([]float64, len(r.members))
	for i, at := range r.points {
		before := r.points[(i+len(r.points)-1)%len(r.points)]
		shares[r.owners[i]] += float64(at-before) / (1 << 64)
	}
	return shares
}

func ringOfSeed(t *testing.T, nodes, points int, seed uint64) *Ring {
	t.Helper()
	r, err := NewRing(numbers(nodes), RingOptions{Hashing{Seed: seed}, points})
	require.NoError(t, err)
	return r
}

// The relative standard deviation of shares is sqrt((n-1)/(nv+1)). The mean over independent rings of the squared deviation may
// differ from its square by five standard errors, which the rings themselves say: one seed in a million would fail.
func TestClaim_SharesOfARingVaryAsTheirPoints(t *testing.T) {
	const rings = 300
	for _, c := range []struct{ n, v int }{{100, 1}, {100, 10}, {10, 100}, {3, 40}} {
		var sum, squares float64
		for seed := range uint64(rings) {
			mean := 0.0
			for _, share := range ringOfSeed(t, c.n, c.v, seed).shares() {
				off := share*float64(c.n) - 1
				mean += off * off / float64(c.n)
			}
			sum, squares = sum+mean, squares+mean*mean
		}
		mean := sum / rings
		standardError := math.Sqrt((squares/rings - mean*mean) / (rings - 1))
		variance := float64(c.n-1) / float64(c.n*c.v+1)
		require.InDelta(t, variance, mean, 5*standardError, "%d nodes of %d points", c.n, c.v)
	}
}

// A node's share is Beta(v, (n-1)v): the Kolmogorov-Smirnov distance over m independent rings is beyond sqrt(ln(2/a)/(2m)) with
// probability a at most; here a is one in a million.
func TestClaim_ANodesShareIsBeta(t *testing.T) {
	const rings = 2_000
	limit := math.Sqrt(math.Log(2/1e-6) / (2 * rings))
	for _, c := range []struct{ n, v int }{{2, 1}, {10, 1}, {5, 20}} {
		var shares []float64
		for seed := range uint64(rings) {
			shares = append(shares, ringOfSeed(t, c.n, c.v, seed).shares()[0])
		}
		slices.Sort(shares)
		distribution, distance := distuv.Beta{Alpha: float64(c.v), Beta: float64((c.n - 1) * c.v)}, 0.0
		for i, share := range shares {
			p := distribution.CDF(share)
			distance = max(distance, p-float64(i)/rings, float64(i+1)/rings-p)
		}
		require.Less(t, distance, limit, "%d nodes of %d points", c.n, c.v)
	}
}

// Hashes around each point, those at the seams of parts, and the first and the last of all: what the table decides is
// what a binary search over all points finds.
func TestRingTableEqualsABinarySearch(t *testing.T) {
	for _, c := range []struct {
		n, v int
		hash Hash
	}{
		{1, 1, nil}, {2, 1, nil}, {50, 20, nil}, {1_000, 4, nil},
		{9, 20, func(name string) uint64 { return uint64(len(name)) }}, // nodes whose points coincide
		{13, 20, func(name string) uint64 { return uint64(len(name)) }},
	} {
		r, err := NewRing(numbers(c.n), RingOptions{Hashing{Hash: c.hash}, c.v})
		require.NoError(t, err)
		crowd := 0
		check := func(hash uint64) {
			i, _ := slices.BinarySearch(r.points, hash)
			if got, want := r.OwnerOf(hash), int(r.owners[i%len(r.owners)]); got != want {
				t.Fatalf("%d nodes of %d points: hash %#x is on %d, not %d", c.n, c.v, hash, got, want)
			}
		}
		for _, at := range r.points {
			for _, off := range []uint64{0, 1, 1 << 20, 1 << 40} {
				check(at - off)
				check(at + off)
			}
		}
		for p := range r.table {
			seam := uint64(float64(p) / float64(len(r.table)) * (1 << 64))
			for off := range uint64(3) {
				check(seam - off)
				check(seam + off)
			}
			crowd += int(r.table[p] & crowded)
		}
		for i := range 10_000 {
			check(draw(1, i))
		}
		if c.n == 1_000 { // a Poisson of mean 1/2 is two or more with probability 1 - 1.5/e^0.5 = 0.0902: one in eleven
			parts := float64(len(r.table))
			require.InDelta(t, 0.0902*parts, crowd, 5*math.Sqrt(0.0902*0.9098*parts))
		}
	}
}

// The doc comments' numbers are what is allocated.
func TestMemoryIsAsStated(t *testing.T) {
	r := ringOfSeed(t, 100, 160, 0)
	require.EqualValues(t, 28, bytesPerPoint)
	require.Equal(t, 28*100*160, r.Bytes())
	require.Equal(t, r.Bytes(), bytesOf(r.points)+bytesOf(r.owners)+bytesOf(r.table))

	v, err := NewRendezvous(numbers(100), Hashing{})
	require.NoError(t, err)
	require.Equal(t, 8*100, bytesOf(v.seeds))

	m, err := NewMaglev(numbers(100), MaglevOptions{})
	require.NoError(t, err)
	require.Equal(t, 4*65537, m.Bytes())
	require.Equal(t, m.Bytes(), bytesOf(m.table))

	s, err := NewSlots(numbers(100))
	require.NoError(t, err)
	require.Equal(t, 64<<10, s.Bytes())
	require.Equal(t, s.Bytes(), bytesOf(s.table))

	const places = 160 // of a size that the runtime does not round up when arrays are copied
	h, err := NewAnchor(numbers(100), places, Hashing{})
	require.NoError(t, err)
	for _, n := range []int{100, 90, places, 1} { // after changes as well
		next, err := h.With(numbers(n))
		require.NoError(t, err)
		h = next.(*Anchor)
		require.Equal(t, 24*places+4*n, h.Bytes())
		require.Equal(t, h.Bytes(), bytesOf(h.nodes)+bytesOf(h.a)+bytesOf(h.k)+bytesOf(h.w)+bytesOf(h.l)+bytesOf(h.r)+bytesOf(h.places))
	}

	g, err := NewRanges(numbers(3), []Range{{"", "node-0"}, {"b", "node-1"}, {"d", "node-0"}, {"c", "node-2"}, {"e", "node-0"}})
	require.NoError(t, err)
	require.Equal(t, 5*(16+4), bytesOf(g.starts)+bytesOf(g.owners))
}

func bytesOf[T any](s []T) int {
	var element T
	return cap(s) * int(unsafe.Sizeof(element))
}
