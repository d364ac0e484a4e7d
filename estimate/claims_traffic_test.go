package estimate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/estimate"
)

// Requests a second are users times requests a day over 86,400; the data rate is size times events a second; storage a day is the
// data rate times 86,400.
func TestClaim_ACheatSheetsChain(t *testing.T) {
	traffic := estimate.Traffic{Users: 100_000_000, PerUser: 10, Peak: 3, Size: 2 * estimate.KB}
	mean := must(traffic.Mean())
	require.Equal(t, estimate.Rate(1e9/86_400.), mean.Value)
	require.Equal(t, "100M users × 10 requests a user a day ÷ 86,400 s/d ≈ 11.57k rps", mean.Explain())
	require.Equal(t, "100M users × 10 requests a user a day ÷ 86,400 s/d × 3 at the peak ≈ 34.72k rps", must(traffic.PeakRate()).Explain())
	require.Equal(t, "100M users × 10 requests a user a day ÷ 86,400 s/d × 2 kB a request ≈ 23.15 MB/s", must(traffic.DataRate()).Explain())
	peak := must(traffic.PeakDataRate())
	require.Equal(t, "100M users × 10 requests a user a day ÷ 86,400 s/d × 3 at the peak × 2 kB a request ≈ 69.44 MB/s", peak.Explain())

	day := must(estimate.Storage{Events: 1_000_000_000, Size: 2 * estimate.KB}.Day())
	require.Equal(t, 2*estimate.TB, day.Value)
	// The rate is rounded to 2^-53 of itself, and its day to a byte.
	require.InDelta(t, float64(day.Value), float64(must(traffic.DataRate()).Value)*86_400, 1)

	require.Equal(t, "≈69.44 MB/s × 8 bit a byte ÷ 0.5 used ≈ 1.111 Gbit/s", must(estimate.Bandwidth(peak.Value, 0.5)).Explain())
}

// A slip of public guides: 100 million writes a day of 50 KB are 5 TB, and not 10.
func TestClaim_AHundredMillionWritesOf50KBAre5TB(t *testing.T) {
	s := estimate.Storage{Events: must(estimate.ParseCount("100M")), Size: must(estimate.ParseBytes("50 KB"))}
	require.Equal(t, 5*estimate.TB, must(s.Day()).Value)
	require.Equal(t, "100M events a day × 50 kB an event = 5 TB", must(s.Day()).Explain())
	// In units of 1,024, taken for those of 1,000, it would be 2.4% more for each day and event.
	s.Size = 50 * estimate.KiB
	require.Equal(t, 5_120*estimate.GB, must(s.Day()).Value)
}

func TestClaim_StorageOfFiveYears(t *testing.T) {
	total := must(estimate.Storage{
		Events: 100_000_000, Size: 50 * estimate.KB, Retention: 5 * estimate.Year, Replicas: 3, Compression: 2.5, Index: 0.2,
	}.Total())
	require.Equal(t, 13_140*estimate.TB, total.Value) // 5 TB x 1,825 days x 3 x 1.2 / 2.5
	require.Equal(t, "100M events a day × 50 kB an event × 1,825 d × 3 replicas ÷ 2.5 by compression × 1.2 with index = 13.14 PB", total.Explain())
}

// At 0.08 USD a GB at the edge and 0.05 from the origin, 95% of hits by bytes leave 97% of the bill to the edge; without a network, which
// is a hit ratio of 0 and an edge for nothing, the origin is all of it.
func TestClaim_EgressByHitRatio(t *testing.T) {
	e := estimate.Egress{
		Served: 100 * estimate.TB, HitRatio: 0.95,
		Edge: must(estimate.ParseDataPrice("0.08 USD/GB")), Origin: must(estimate.ParseDataPrice("0.05 USD/GB")),
	}
	require.Equal(t, "100 TB × 0.08 USD/GB at the edge = 8,000.00 USD", must(e.EdgeCost()).Explain())
	require.Equal(t, "100 TB × 0.05 missed × 0.05 USD/GB at the origin = 250.00 USD", must(e.OriginCost()).Explain())
	require.Equal(t, "100 TB × 0.0825 USD/GB for edge and misses = 8,250.00 USD", must(e.Total()).Explain())
}

// Light in fibre needs 4.9 µs a kilometre, so London and New York, 5,570 km apart on the great circle, are at least 54.6 ms away there and back.
func TestClaim_LightInFibre(t *testing.T) {
	require.InDelta(t, 4.9e3, float64(must(estimate.FibreDelay(1)).Value), 5) // ns
	oneWay := must(estimate.FibreDelay(5_570))
	require.Equal(t, "5,570 km × 1.4682 index ÷ 299,792.458 km/s ≈ 27.278451 ms", oneWay.Explain())
	require.InDelta(t, 54.6, (2*oneWay.Value).Seconds()*1_000, 0.05)
}

// Round trips before the request, by the protocols' documents: TCP's handshake is one (RFC 9293, 3.5), TLS 1.2 adds two (RFC 5246, 7.3), TLS 1.3
// one (RFC 8446, 2), and QUIC needs one for both (RFC 9000, 7).
func TestClaim_RoundTripsBeforeTheRequest(t *testing.T) {
	for h, want := range map[estimate.Handshake]int{
		estimate.TCP: 1, estimate.TLS12: 3, estimate.TLS12Resumed: 2, estimate.TLS13: 2, estimate.TLS13ZeroRTT: 1,
		estimate.QUIC: 1, estimate.QUICZeroRTT: 0, estimate.ReusedConnection: 0,
	} {
		require.Equal(t, want, must(h.RoundTrips()), h.String())
		require.Equal(t, time.Duration(want+1)*150*time.Millisecond, must(h.FirstByte(150*time.Millisecond)).Value)
	}
	require.Equal(t, "4 round trips × 150 ms = 600 ms", must(estimate.TLS12.FirstByte(150*time.Millisecond)).Explain())
	require.Equal(t, "TCP and TLS 1.3", estimate.TLS13.String())
	require.Equal(t, "Handshake(8)", estimate.Handshake(8).String())
}

// Factors are shown whole while they are short, and to six digits beyond.
func TestClaim_FactorsAreShownSo(t *testing.T) {
	for perUser, want := range map[float64]string{
		0.125: "0.125", 1_234_567.5: "1,234,567.5", 123_456_789_012: "123,456,789,012", 1.0 / 3: "0.333333", 1e-7: "1e-07", 1e300: "1e+300",
	} {
		mean := must(estimate.Traffic{Users: 1, PerUser: perUser}.Mean())
		require.Equal(t, want+" requests a user a day", mean.Factors()[1].Text)
	}
}
