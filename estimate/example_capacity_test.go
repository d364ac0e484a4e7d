package estimate_test

import (
	"fmt"
	"time"

	"github.com/sysdesign-lab/sysdesign/estimate"
)

// A short link service: what it must bear, carry and keep.
func Example() {
	reads := estimate.Traffic{Users: 100_000_000, PerUser: 10, Peak: 3, Size: 500}
	fmt.Println(must(reads.Mean()).Explain())
	fmt.Println(must(reads.PeakRate()).Explain())

	links := estimate.Storage{
		Events: 1_000_000, Size: 500, Retention: 5 * estimate.Year, Replicas: 3, Compression: 1, Index: 0.2,
	}
	fmt.Println(must(links.Total()).Explain())

	fleet := estimate.Servers{Peak: must(reads.PeakRate()).Value, Each: 2_000, Utilisation: 0.6, Zones: 3, Down: 1}
	fmt.Println(must(fleet.PerZone()).Explain())

	digits := must(estimate.Base62Length(1_000_000 * 365 * 5))
	fmt.Println(digits, "digits:", estimate.Base62(1_824_999_999))
	// Output:
	// 100M users × 10 requests a user a day ÷ 86,400 s/d ≈ 11.57k rps
	// 100M users × 10 requests a user a day ÷ 86,400 s/d × 3 at the peak ≈ 34.72k rps
	// 1M events a day × 500 B an event × 1,825 d × 3 replicas ÷ 1 by compression × 1.2 with index = 3.285 TB
	// ≈34.72k rps ÷ 2k rps a server ÷ 0.6 used ÷ 2 zones up of 3, rounded up = 15
	// 6 digits: 1zVVrr
}

func ExampleParseBytes() {
	for _, text := range []string{"1.5 GB", "1.5 GiB", "64 KB", "64 KiB", "5 Mb", "0.5 B"} {
		b, err := estimate.ParseBytes(text)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(int64(b), b)
	}
	// Output:
	// 1500000000 1.5 GB
	// 1610612736 1.610612736 GB
	// 64000 64 kB
	// 65536 65.536 kB
	// estimate: bytes must have a unit of B, kB, MB, GB, TB, PB, EB, KiB, MiB, GiB, TiB, PiB, EiB: "Mb" in "5 Mb" is of bits
	// estimate: bytes must be a whole number: "0.5 B" is 0.5 B
}

// Memory is bought in binary units: 1.5 GiB are 7% more than 1.5 GB.
func ExampleBytes_IEC() {
	b := must(estimate.ParseBytes("1.5 GiB"))
	fmt.Println(b.IEC(), "=", b)
	// Output: 1.5 GiB = 1.610612736 GB
}

func ExampleParseRate() {
	for _, text := range []string{"3k rps", "1M RPS", "100M writes a day", "600/min"} {
		fmt.Println(must(estimate.ParseRate(text)))
	}
	// Output:
	// 3k rps
	// 1M rps
	// 1.1574074074074074k rps
	// 10 rps
}

func ExampleParseDuration() {
	for _, text := range []string{"200 ms", "1h30m", "90 d", "1 y"} {
		d := must(estimate.ParseDuration(text))
		fmt.Println(estimate.FormatDuration(d), "=", d)
	}
	// Output:
	// 200 ms = 200ms
	// 1.5 h = 1h30m0s
	// 90 d = 2160h0m0s
	// 1 y = 8760h0m0s
}

// The link that carries a peak, half used.
func ExampleBandwidth() {
	fmt.Println(must(estimate.Bandwidth(must(estimate.ParseByteRate("250 MB/s")), 0.5)).Explain())
	// Output: 250 MB/s × 8 bit a byte ÷ 0.5 used = 4 Gbit/s
}

func ExampleEgress() {
	e := estimate.Egress{
		Served:   must(estimate.ParseBytes("100 TB")),
		HitRatio: 0.95,
		Edge:     must(estimate.ParseDataPrice("0.02 USD/GB")),
		Origin:   must(estimate.ParseDataPrice("0.09 USD/GB")),
	}
	fmt.Println(must(e.EdgeCost()).Explain())
	fmt.Println(must(e.OriginCost()).Explain())
	fmt.Println(must(e.Total()).Explain())
	// Output:
	// 100 TB × 0.02 USD/GB at the edge = 2,000.00 USD
	// 100 TB × 0.05 missed × 0.09 USD/GB at the origin = 450.00 USD
	// 100 TB × 0.0245 USD/GB for edge and misses = 2,450.00 USD
}

func ExampleHandshake_FirstByte() {
	for _, h := range []estimate.Handshake{estimate.TLS12, estimate.TLS13, estimate.QUIC, estimate.ReusedConnection} {
		fmt.Println(h, "-", must(h.FirstByte(80*time.Millisecond)).Explain())
	}
	// Output:
	// TCP and TLS 1.2 - 4 round trips × 80 ms = 320 ms
	// TCP and TLS 1.3 - 3 round trips × 80 ms = 240 ms
	// QUIC - 2 round trips × 80 ms = 160 ms
	// an open connection - 1 round trip × 80 ms = 80 ms
}

// Frankfurt and Singapore are 10,250 km apart: no cache, protocol or faster server makes a round trip shorter than twice this.
func ExampleFibreDelay() {
	fmt.Println(must(estimate.FibreDelay(10_250)))
	// Output: 50.198227 ms
}

func ExampleZipf() {
	z := estimate.Zipf{Objects: 10_000_000, Exponent: 1}
	fmt.Printf("%.1f%%\n", 100*must(z.HitRatio(100_000)))
	fmt.Println(must(z.CacheSize(0.8, 2*estimate.KB)).Explain())
	// Output:
	// 72.4%
	// 354,702 of 10M objects for a hit ratio of 0.8 × 2 kB ≈ 709.4 MB
}

// Links that are random codes of seven digits, and not numbers in sequence, collide early.
func ExampleCollision() {
	const space = 62 * 62 * 62 * 62 * 62 * 62 * 62
	fmt.Printf("%.3f of a million\n", must(estimate.Collision(1_000_000, space)))
	fmt.Println(must(estimate.IDsWithin(0.01, space)), "within one per cent")
	// Output:
	// 0.132 of a million
	// 266.058k within one per cent
}

func ExampleKeysMoved() {
	fmt.Println(must(estimate.KeysMoved(1_000_000, 10, 11)).Explain())
	// Output: 1M keys × 1 that came or went ÷ 11 servers ≈ 90,909
}
