package estimate_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/estimate"
)

// A slip of public guides: with consistent hashing K/N of the keys move when a server joins, and not of the servers. Of a million keys on ten servers
// an eleventh gets 90,909; one that leaves ten had 100,000.
func TestClaim_KeysMoveAndNotServers(t *testing.T) {
	joined := must(estimate.KeysMoved(1_000_000, 10, 11))
	require.Equal(t, estimate.Count(90_909), joined.Value)
	require.Equal(t, "1M keys × 1 that came or went ÷ 11 servers ≈ 90,909", joined.Explain())
	require.Equal(t, estimate.Count(100_000), must(estimate.KeysMoved(1_000_000, 10, 9)).Value)
	require.Equal(t, estimate.Count(500_000), must(estimate.KeysMoved(1_000_000, 10, 20)).Value)
	require.Zero(t, must(estimate.KeysMoved(1_000_000, 10, 10)).Value)
}

// 10,000 requests a second, servers of 500 used to 60% at most: 34 with all up. With one of three zones down the other two must hold as
// many, so 17 in each, 51 in all: half as many again.
func TestClaim_AZoneDownCostsHalfAsManyAgain(t *testing.T) {
	fleet := estimate.Servers{Peak: 10_000, Each: 500, Utilisation: 0.6, Zones: 3, Down: 1}
	require.Equal(t, "10k rps ÷ 500 rps a server ÷ 0.6 used ÷ 2 zones up of 3, rounded up = 17", must(fleet.PerZone()).Explain())
	require.Equal(t, "17 servers a zone × 3 zones = 51", must(fleet.Total()).Explain())
	fleet.Zones, fleet.Down = 1, 0
	require.Equal(t, estimate.Count(34), must(fleet.Total()).Value)
	fleet.Peak = 0
	require.Zero(t, must(fleet.Total()).Value)
}

// J. Little, 1961: L = lambda W. 3,000 connections a second held 200 ms are 600 open ones; 1,000 users' sockets of half an hour each, opened at 50 a
// second, 90,000.
func TestClaim_ConnectionsByLittle(t *testing.T) {
	require.Equal(t, "3k rps × 200 ms = 600", must(estimate.Connections(3_000, 200*time.Millisecond)).Explain())
	require.Equal(t, estimate.Count(90_000), must(estimate.Connections(50, 30*time.Minute)).Value)
	require.Equal(t, "1 rps × 1 ms, rounded up = 1", must(estimate.Connections(1, time.Millisecond)).Explain())
}

// The harmonic numbers H(10^6) and H(10^9) are 14.392726722865724 and 21.300481502347944, and the sum of all 1/k^2 is pi^2/6: its rest after n terms is
// about 1/n, and here below 2^-61.
func TestClaim_ZipfsSums(t *testing.T) {
	require.InEpsilon(t, 1/14.392726722865724, must(estimate.Zipf{Objects: 1_000_000, Exponent: 1}.HitRatio(1)), 1e-15)
	require.InEpsilon(t, 1/21.300481502347944, must(estimate.Zipf{Objects: 1_000_000_000, Exponent: 1}.HitRatio(1)), 1e-15)
	require.InEpsilon(t, 6/(math.Pi*math.Pi), must(estimate.Zipf{Objects: 1 << 62, Exponent: 2}.HitRatio(1)), 1e-15)
	require.InEpsilon(t, 0.25, must(estimate.Zipf{Objects: 4_000_000_000}.HitRatio(1_000_000_000)), 1e-15)
}

// How popularity falls decides: of ten million objects, 80% of the requests go to 8 million where all are equal, at an exponent of 0.8 to 3.4 million, and
// at 1 to 0.35 million, which are 3.5% of them. The numbers are those of sums term by term.
func TestClaim_ZipfDecidesTheCache(t *testing.T) {
	for exponent, want := range map[float64]estimate.Count{0: 8_000_000, 0.8: 3_424_101, 1: 354_702} {
		require.Equal(t, want, must(estimate.Zipf{Objects: 10_000_000, Exponent: exponent}.Cached(0.8)), exponent)
	}
	room := must(estimate.Zipf{Objects: 10_000_000, Exponent: 1}.CacheSize(0.8, 2*estimate.KB))
	require.Equal(t, "354,702 of 10M objects for a hit ratio of 0.8 × 2 kB ≈ 709.4 MB", room.Explain())
	require.Equal(t, estimate.Bytes(709_404_000), room.Value)
}
