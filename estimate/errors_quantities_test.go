package estimate_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/estimate"
)

// What is no quantity is refused with what was wanted and what is there.
func TestBadQuantitiesAreRefused(t *testing.T) {
	const (
		bytes  = "estimate: bytes must have a unit of B, kB, MB, GB, TB, PB, EB, KiB, MiB, GiB, TiB, PiB, EiB: "
		bits   = "estimate: bits must have a unit of bit, kbit, Mbit, Gbit, Tbit, Pbit, Ebit, Kibit, Mibit, Gibit, Tibit, Pibit, Eibit, kb, Mb, Gb, Tb, Pb, Eb, Kib, Mib, Gib, Tib, Pib, Eib: "
		counts = "estimate: a count must have a unit of k, M, G, T, P, E: "
		rates  = "estimate: a rate must have a unit of rps, k rps, M rps, /s, /min, /h, /d: "
		times  = "estimate: a duration must have a unit of ns, µs, ms, s, min, h, d, w, y: "
		byteps = "estimate: a rate of bytes must have a unit of B/s, kB/s, MB/s, GB/s, TB/s, PB/s, EB/s, KiB/s, MiB/s, GiB/s, TiB/s, PiB/s, EiB/s: "
		bitps  = "estimate: a rate of bits must have a unit of bit/s, kbit/s, Mbit/s, Gbit/s, Tbit/s, Pbit/s, Ebit/s, Kibit/s, Mibit/s, Gibit/s, Tibit/s, Pibit/s, Eibit/s, kb/s, Mb/s, Gb/s, Tb/s, Pb/s, Eb/s, Kib/s, Mib/s, Gib/s, Tib/s, Pib/s, Eib/s: "
	)
	long := strings.Repeat("9", 200)
	for _, bad := range []struct{ kind, text, message string }{
		{"bytes", "", `estimate: bytes must be written like 1.5 GB: ""`},
		{"bytes", "GB", `estimate: bytes must be written like 1.5 GB: "GB"`},
		{"bytes", "NaN GB", `estimate: bytes must be written like 1.5 GB: "NaN GB"`},
		{"bytes", "Inf B", `estimate: bytes must be written like 1.5 GB: "Inf B"`},
		{"bytes", "--1 B", `estimate: bytes must be written like 1.5 GB: "--1 B"`},
		{"bytes", "1,5 GB", `estimate: bytes must be written like 1.5 GB: "1,5 GB"`},
		{"bytes", "1,0000 GB", `estimate: bytes must be written like 1.5 GB: "1,0000 GB"`},
		{"bytes", "1000,000 GB", `estimate: bytes must be written like 1.5 GB: "1000,000 GB"`},
		{"bytes", "0,500 GB", `estimate: bytes must be written like 1.5 GB: "0,500 GB"`},
		{"bytes", "01,500 GB", `estimate: bytes must be written like 1.5 GB: "01,500 GB"`},
		{"bytes", "1.500,5 GB", bytes + `",5 GB" in "1.500,5 GB"`},
		{"bytes", "1 500 B", bytes + `"500 B" in "1 500 B"`},
		{"bytes", ",100 GB", `estimate: bytes must be written like 1.5 GB: ",100 GB"`},
		{"bytes", "5. GB", `estimate: bytes must be written like 1.5 GB: "5. GB"`},
		{"bytes", ". GB", `estimate: bytes must be written like 1.5 GB: ". GB"`},
		{"bytes", long, `estimate: bytes must be written like 1.5 GB: "` + long[:100] + `"…`},
		{"bytes", "-1.5 GB", `estimate: bytes must not be negative: "-1.5 GB"`},
		{"bytes", "1e401 B", `estimate: bytes must have an exponent in [-400, 400]: "1e401 B"`},
		{"bytes", "1e99999999999999999999 B", `estimate: bytes must have an exponent in [-400, 400]: "1e99999999999999999999 B"`},
		{"bytes", "1.5 B", `estimate: bytes must be a whole number: "1.5 B" is 1.5 B`},
		{"bytes", "1e-400 B", `estimate: bytes must be a whole number: "1e-400 B" is 1e-400 B`},
		{"bytes", "0.1 KiB", `estimate: bytes must be a whole number: "0.1 KiB" is 102.4 B`},
		{"bytes", "10 EB", `estimate: bytes must be at most 2^63-1 B: "10 EB"`},
		{"bytes", "9223372036854775808 B", `estimate: bytes must be at most 2^63-1 B: "9223372036854775808 B"`},
		{"bytes", "500", bytes + `"500"`},
		{"bytes", "5 Mb", bytes + `"Mb" in "5 Mb" is of bits`},
		{"bytes", "5 Mbit", bytes + `"Mbit" in "5 Mbit" is of bits`},
		{"bytes", "5 mB", bytes + `"mB" in "5 mB"`},
		{"bytes", "5 gb", bytes + `"gb" in "5 gb"`},
		{"bytes", "5 MB/s", bytes + `"MB/s" in "5 MB/s"`},
		{"bytes", "5 \xff", bytes + `"\xff" in "5 \xff"`},
		{"bits", "5 MB", bits + `"MB" in "5 MB" is of bytes`},
		{"bits", "0.5 bit", `estimate: bits must be a whole number: "0.5 bit" is 0.5 bit`},
		{"bits", "10 Ebit", `estimate: bits must be at most 2^63-1 bit: "10 Ebit"`},
		{"count", "1 MB", counts + `"MB" in "1 MB"`},
		{"count", "-3k", `estimate: a count must not be negative: "-3k"`},
		{"count", "0.5", `estimate: a count must be a whole number: "0.5" is 0.5`},
		{"count", "1.2345k", `estimate: a count must be a whole number: "1.2345k" is 1,234.5`},
		{"count", "1e30", `estimate: a count must be at most 2^63-1: "1e30"`},
		{"rate", "3k", rates + `"k" in "3k"`},
		{"rate", "3", rates + `"3"`},
		{"rate", "3 rpm", rates + `"rpm" in "3 rpm"`},
		{"rate", "3 /month", rates + `"/month" in "3 /month"`},
		{"rate", "3 apples/s", rates + `"apples/s" in "3 apples/s"`},
		{"rate", "3 MB/s", rates + `"MB/s" in "3 MB/s" is of data`},
		{"rate", "1B/d", rates + `"B/d" in "1B/d" is of data`},
		{"rate", "3 bit/s", rates + `"bit/s" in "3 bit/s" is of data`},
		{"rate", "1e309 rps", `estimate: a rate must be at most 1.8e308: "1e309 rps"`},
		{"rate", "-1 rps", `estimate: a rate must not be negative: "-1 rps"`},
		{"rate", "NaN rps", `estimate: a rate must be written like 3k rps: "NaN rps"`},
		{"byterate", "3 Mbit/s", byteps + `"Mbit/s" in "3 Mbit/s" is of bits`},
		{"byterate", "20 Mbps", byteps + `"Mbps" in "20 Mbps" is of bits`},
		{"byterate", "3 MB", byteps + `"MB" in "3 MB"`},
		{"byterate", "3 MB/fortnight", byteps + `"MB/fortnight" in "3 MB/fortnight"`},
		{"byterate", "1e308 EB/s", `estimate: a rate of bytes must be at most 1.8e308: "1e308 EB/s"`},
		{"bitrate", "3 MB/s", bitps + `"MB/s" in "3 MB/s" is of bytes`},
		{"bitrate", "3", bitps + `"3"`},
		{"duration", "1 month", times + `"month" in "1 month"`},
		{"duration", "5", times + `"5"`},
		{"duration", "1 h 5", times + `"1 h 5"`},
		{"duration", "1h-30m", times + `"h-" in "1h-30m"`},
		{"duration", "-5 s", `estimate: a duration must not be negative: "-5 s"`},
		{"duration", "293 y", `estimate: a duration must be at most 2^63-1 ns: "293 y"`},
		{"duration", "292 y 1 y", `estimate: a duration must be at most 2^63-1 ns: "292 y 1 y"`},
		{"duration", "0.5 ns", `estimate: a duration must be a whole number: "0.5 ns" is 0.5 ns`},
		{"money", "5", `estimate: a currency must be three capital letters such as USD: "" in "5"`},
		{"money", "5 usd", `estimate: a currency must be three capital letters such as USD: "usd" in "5 usd"`},
		{"money", "$€5", `estimate: money must be written like 0.09 USD: "€5"`},
		{"money", "$5 €", `estimate: money must be one amount in one currency: "$5 €"`},
		{"money", "1,5 €", `estimate: money must be written like 0.09 USD: "1,5 €"`},
		{"money", "$5 EUR", `estimate: money must be one amount in one currency: "$5 EUR"`},
		{"money", "USD 5 EUR", `estimate: money must be one amount in one currency: "USD 5 EUR"`},
		{"money", "$-5", `estimate: money must not be negative: "-5"`},
		{"money", "USD", `estimate: money must be written like 0.09 USD: "USD"`},
		{"money", "0.0000001 USD", `estimate: money must be a whole number: "0.0000001 USD" is 0.1 millionths of USD`},
		{"money", "1e13 USD", `estimate: money must be at most 2^63-1 millionths of USD: "1e13 USD"`},
		{"price", "0.09 USD", `estimate: a price of data must be written like 0.09 USD/GB: "0.09 USD"`},
		{"price", "0.09/GB", `estimate: a currency must be three capital letters such as USD: "" in "0.09"`},
		{"price", "0.09 USD/Mb", bytes + `"Mb" in "0.09 USD/Mb" is of bits`},
		{"price", "0.09 USD/2 Mb", bytes + `"Mb" in "2 Mb" is of bits`},
		{"price", "0.02 USD/GB/month", bytes + `"GB/month" in "0.02 USD/GB/month"`},
		{"price", "0.09 USD/-1 GB", `estimate: bytes must not be negative: "-1 GB"`},
		{"price", "0.09 USD/0 GB", `estimate: a price of data must be for a positive number of bytes: 0.09 USD/0 B`},
		{"price", "0.09 USD/", bytes + `"0.09 USD/"`},
	} {
		require.EqualError(t, parse(bad.kind, bad.text), bad.message, bad.text)
	}
}

func parse(kind, text string) error {
	switch kind {
	case "bytes":
		return refused(estimate.ParseBytes(text))
	case "bits":
		return refused(estimate.ParseBits(text))
	case "count":
		return refused(estimate.ParseCount(text))
	case "rate":
		return refused(estimate.ParseRate(text))
	case "byterate":
		return refused(estimate.ParseByteRate(text))
	case "bitrate":
		return refused(estimate.ParseBitRate(text))
	case "duration":
		return refused(estimate.ParseDuration(text))
	case "money":
		return refused(estimate.ParseMoney(text))
	default:
		return refused(estimate.ParseDataPrice(text))
	}
}

func TestBadArithmeticIsRefused(t *testing.T) {
	most := estimate.Bytes(math.MaxInt64)
	for message, err := range map[string]error{
		"estimate: bytes must be at most 2^63-1 in sum: 9.223372036854775807 EB + 1 B":   refused(most.Plus(1)),
		"estimate: bytes must be at most 2^63-1 in sum: -9.223372036854775808 EB + -1 B": refused((-most - 1).Plus(-1)),
		"estimate: bytes must be at most 2^63-1: 2 x 9.223372036854775807 EB":            refused(most.Times(2)),
		"estimate: bits must be at most 2^63-1: 8 x 9.223372036854775807 EB":             refused(most.Bits()),
		"estimate: bits must fill whole bytes of 8: 12":                                  refused(estimate.Bits(12).Bytes()),
		"estimate: a rate of bits must be finite: 8 x 1e+308 B/s":                        refused(estimate.ByteRate(1e308).Bits()),
		"estimate: a rate of bits must be finite: 8 x NaN B/s":                           refused(estimate.ByteRate(math.NaN()).Bits()),
		"estimate: money must not be negative: -1 millionths of USD":                     refused(estimate.NewMoney(-1, "USD")),
		`estimate: a currency must be three capital letters such as USD: "US"`:           refused(estimate.NewMoney(1, "US")),
		"estimate: money of one currency only can be added: 1.00 USD and 1.00 EUR":       refused(must(estimate.NewMoney(1e6, "USD")).Plus(must(estimate.NewMoney(1e6, "EUR")))),
		"estimate: money must be at most 2^63-1 millionths of USD: 9,223,372,036,854.775807 USD + 0.000001 USD": refused(
			must(estimate.NewMoney(math.MaxInt64, "USD")).Plus(must(estimate.NewMoney(1, "USD")))),
	} {
		require.EqualError(t, err, message)
	}
	require.Equal(t, "NaN rps", estimate.Rate(math.NaN()).String())
	require.Equal(t, "+Inf B/s", estimate.ByteRate(math.Inf(1)).String())
}
