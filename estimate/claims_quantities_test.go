package estimate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/estimate"
)

// What people write, and what it means. KB is 10^3 bytes, and so on to TB, as cheat sheets for estimates say.
func TestClaim_PeopleWriteQuantitiesSo(t *testing.T) {
	for text, want := range map[string]estimate.Bytes{
		"1 KB": 1_000, "1 MB": 1_000_000, "1 GB": 1_000_000_000, "1 TB": 1_000_000_000_000,
		"1.5 GB": 1_500_000_000, "1.5GB": 1_500_000_000, "64 KiB": 65_536, "0.5 KiB": 512, "1,000 B": 1_000, "0 B": 0, "-0 B": 0,
		"1e3 MB": 1e9, "2 megabytes": 2e6, "1 gibibyte": 1 << 30, "1 byte": 1, ".5 kB": 500, "8 EB": 8e18,
		"9,223,372,036,854,775,807 B": 1<<63 - 1,
	} {
		require.Equal(t, want, must(estimate.ParseBytes(text)), text)
	}
	for text, want := range map[string]estimate.Bits{
		"128 bit": 128, "128 bits": 128, "20 Mbit": 20e6, "20 Mb": 20e6, "1 Gibit": 1 << 30, "1 Kib": 1024, "1 kb": 1_000, "2 megabits": 2e6,
	} {
		require.Equal(t, want, must(estimate.ParseBits(text)), text)
	}
	for text, want := range map[string]estimate.Count{
		"86,400": 86_400, "3k": 3_000, "3K": 3_000, "1.5 M": 1_500_000, "1B": 1e9, "2 billion": 2e9, "1 E": 1e18, "1e6": 1e6, "1E6": 1e6, "0": 0,
	} {
		require.Equal(t, want, must(estimate.ParseCount(text)), text)
	}
	for text, want := range map[string]estimate.Rate{
		"3k rps": 3_000, "1M RPS": 1e6, "200/s": 200, "0.5 qps": 0.5, "5k requests/s": 5_000, "5k req / sec": 5_000, "100M writes a day": 1e8 / 86_400.,
		"60/min": 1, "7,200 events per hour": 2, "1B requests/d": 1e9 / 86_400., "10 per second": 10, "12 messages/s": 12,
	} {
		require.Equal(t, want, must(estimate.ParseRate(text)), text)
	}
	for text, want := range map[string]estimate.ByteRate{
		"1.5 MB/s": 1.5e6, "64 KiB/s": 65_536, "86.4 GB/d": 1e6, "10 MBps": 1e7, "1 kB per second": 1_000, "1 GB a day": 1e9 / 86_400.,
	} {
		require.Equal(t, want, must(estimate.ParseByteRate(text)), text)
	}
	for text, want := range map[string]estimate.BitRate{
		"20 Mbit/s": 2e7, "20 Mbps": 2e7, "1 Gb/s": 1e9, "56 kbps": 56_000, "9600 bps": 9_600, "1 Mibit/s": 1 << 20,
	} {
		require.Equal(t, want, must(estimate.ParseBitRate(text)), text)
	}
	for text, want := range map[string]time.Duration{
		"200 ms": 200 * time.Millisecond, "1.5 h": 90 * time.Minute, "30 d": 720 * time.Hour, "1 y": 8_760 * time.Hour, "2 weeks": 336 * time.Hour,
		"1h30m": 90 * time.Minute, "1 h 30 min": 90 * time.Minute, "250 us": 250 * time.Microsecond, "5 µs": 5 * time.Microsecond, "0 s": 0,
		"1.5s": 1500 * time.Millisecond,
	} {
		require.Equal(t, want, must(estimate.ParseDuration(text)), text)
	}
	for text, want := range map[string]string{
		"0.09 USD": "0.09 USD", "$1,500": "1,500.00 USD", "USD 0.0000004e2": "0.00004 USD", "€ 5": "5.00 EUR", "£0.5": "0.50 GBP", "1.50 €": "1.50 EUR", "5$": "5.00 USD",
	} {
		require.Equal(t, want, must(estimate.ParseMoney(text)).String(), text)
	}
	for text, want := range map[string]string{
		"0.09 USD/GB": "0.09 USD/GB", "$0.023 per GiB": "0.023 USD/GiB", "5 EUR/2 TB": "5.00 EUR/2 TB", "0.09 USD/1000 MB": "0.09 USD/GB", "$0.09 / GB": "0.09 USD/GB", "1 USD/.5 GB": "1.00 USD/500 MB",
	} {
		require.Equal(t, want, must(estimate.ParseDataPrice(text)).String(), text)
	}
}

// And how quantities are printed: people's units, all the digits.
func TestClaim_QuantitiesArePrintedSo(t *testing.T) {
	for want, q := range map[string]any{
		"1.5 GB": 1_500 * estimate.MB, "999 B": estimate.Bytes(999), "1 kB": estimate.KB, "1.048576 MB": estimate.MiB, "-5 kB": -5 * estimate.KB,
		"9.223372036854775807 EB": estimate.Bytes(1<<63 - 1), "-9.223372036854775808 EB": estimate.Bytes(-1 << 63), "0 B": estimate.Bytes(0),
		"20 Mbit": estimate.Bits(20e6), "86.4k": estimate.Count(86_400), "1.5M": estimate.Count(1_500_000), "3k rps": estimate.Rate(3_000), "0.05 rps": estimate.Rate(0.05),
		"0.000012 rps": estimate.Rate(12e-6), "0.000005 rps": estimate.Rate(5e-6), "5e-07 rps": estimate.Rate(5e-7), "999,999E rps": estimate.Rate(999_999e18), "1e+30 rps": estimate.Rate(1e30), "125 MB/s": estimate.ByteRate(125e6), "1 Gbit/s": estimate.BitRate(1e9),
	} {
		require.Equal(t, want, q.(interface{ String() string }).String())
	}
	for want, b := range map[string]estimate.Bytes{
		"1 GiB": estimate.GiB, "1.5 GiB": 1_536 * estimate.MiB, "1,000 B": estimate.KB, "1,025 KiB": estimate.MiB + estimate.KiB, "-3 B": -3,
		"0 B": 0,
	} {
		require.Equal(t, want, b.IEC())
	}
	for want, d := range map[string]time.Duration{
		"200 ms": 200 * time.Millisecond, "1.5 h": 90 * time.Minute, "1.25 h": 75 * time.Minute, "1 d": estimate.Day, "5 y": 5 * estimate.Year, "100 s": 100 * time.Second, "1.25 µs": 1250,
		"1.000000001 s": time.Second + 1, "0 ns": 0, "-1.5 s": -1500 * time.Millisecond, "-9,223,372,036.854775808 s": -1 << 63,
	} {
		require.Equal(t, want, estimate.FormatDuration(d))
	}
}

// 128 bits are 16 bytes, and not 128 of them: a thousand million UUIDs take 16 GB.
func TestClaim_128BitsAreNot128Bytes(t *testing.T) {
	id := must(must(estimate.ParseBits("128 bit")).Bytes())
	require.Equal(t, estimate.Bytes(16), id)
	require.Equal(t, 16*estimate.GB, must(id.Times(1_000_000_000)))
}

// The prefixes' distance grows with them: from 2.4% at KiB over 7.4% at GiB to 15.3% at EiB.
func TestClaim_BinaryPrefixesGrowApart(t *testing.T) {
	require.InDelta(t, 1.024, float64(estimate.KiB)/float64(estimate.KB), 5e-4)
	require.InDelta(t, 1.074, float64(estimate.GiB)/float64(estimate.GB), 5e-4)
	require.InDelta(t, 1.100, float64(estimate.TiB)/float64(estimate.TB), 5e-4)
	require.InDelta(t, 1.153, float64(estimate.EiB)/float64(estimate.EB), 5e-4)
}
