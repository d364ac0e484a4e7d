package estimate_test

import (
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

// magnitudes are whole numbers of every length, small ones and round ones often.
func magnitudes(most int64) *rapid.Generator[int64] {
	return rapid.OneOf(
		rapid.Int64Range(0, most),
		rapid.Custom(func(t *rapid.T) int64 {
			n := rapid.Int64Range(0, min(999, most)).Draw(t, "leading")
			for range rapid.IntRange(0, 6).Draw(t, "thousands") {
				if n <= most/1_000 {
					n *= 1_000
				}
			}
			return n
		}),
		rapid.Custom(func(t *rapid.T) int64 {
			return most >> rapid.IntRange(0, 62).Draw(t, "halved")
		}),
	)
}

func positiveFloats() *rapid.Generator[float64] {
	return rapid.OneOf(
		rapid.Float64Range(0, math.MaxFloat64),
		rapid.Float64Range(0, 1e6),
		rapid.Custom(func(t *rapid.T) float64 { return float64(magnitudes(1<<53).Draw(t, "whole")) }),
		rapid.Custom(func(t *rapid.T) float64 {
			return math.Float64frombits(rapid.Uint64Range(0, math.Float64bits(math.MaxFloat64)).Draw(t, "bits"))
		}),
	)
}

// lawReadsBack: what is written reads back as the same.
func lawReadsBack[T comparable](values *rapid.Generator[T], write func(T) string, read func(string) (T, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		v := values.Draw(t, "value")
		text := write(v)
		back, err := read(text)
		if err != nil {
			t.Fatalf("%#v is written %q, which is refused: %v", v, text, err)
		}
		if back != v {
			t.Fatalf("%#v is written %q, which reads back as %#v", v, text, back)
		}
		if spaced, err := read("  " + text + "\t"); err != nil || spaced != v {
			t.Fatalf("spaces around %q change it: %#v, %v", text, spaced, err)
		}
	}
}

func as[T ~int64](most int64) *rapid.Generator[T] {
	return rapid.Map(magnitudes(most), func(n int64) T { return T(n) })
}

func asRate[T ~float64]() *rapid.Generator[T] {
	return rapid.Map(positiveFloats(), func(f float64) T { return T(f) })
}

func amounts() *rapid.Generator[estimate.Money] {
	return rapid.Custom(func(t *rapid.T) estimate.Money {
		micros := magnitudes(math.MaxInt64).Draw(t, "millionths")
		return must(estimate.NewMoney(micros, rapid.SampledFrom([]string{"USD", "EUR", "XTS"}).Draw(t, "currency")))
	})
}

func TestLaw_TextReadsBack(t *testing.T) {
	t.Run("bytes", rapid.MakeCheck(lawReadsBack(as[estimate.Bytes](math.MaxInt64), estimate.Bytes.String, estimate.ParseBytes)))
	t.Run("bytes in binary units", rapid.MakeCheck(lawReadsBack(as[estimate.Bytes](math.MaxInt64), estimate.Bytes.IEC, estimate.ParseBytes)))
	t.Run("bits", rapid.MakeCheck(lawReadsBack(as[estimate.Bits](math.MaxInt64), estimate.Bits.String, estimate.ParseBits)))
	t.Run("counts", rapid.MakeCheck(lawReadsBack(as[estimate.Count](math.MaxInt64), estimate.Count.String, estimate.ParseCount)))
	t.Run("rates", rapid.MakeCheck(lawReadsBack(asRate[estimate.Rate](), estimate.Rate.String, estimate.ParseRate)))
	t.Run("rates of bytes", rapid.MakeCheck(lawReadsBack(asRate[estimate.ByteRate](), estimate.ByteRate.String, estimate.ParseByteRate)))
	t.Run("rates of bits", rapid.MakeCheck(lawReadsBack(asRate[estimate.BitRate](), estimate.BitRate.String, estimate.ParseBitRate)))
	t.Run("durations", rapid.MakeCheck(lawReadsBack(as[time.Duration](math.MaxInt64), estimate.FormatDuration, estimate.ParseDuration)))
	t.Run("durations as Go writes them", rapid.MakeCheck(lawReadsBack(as[time.Duration](math.MaxInt64), time.Duration.String, estimate.ParseDuration)))
	t.Run("money", rapid.MakeCheck(lawReadsBack(amounts(), estimate.Money.String, estimate.ParseMoney)))
	t.Run("prices of data", rapid.MakeCheck(lawReadsBack(rapid.Custom(func(t *rapid.T) estimate.DataPrice {
		return estimate.DataPrice{Amount: amounts().Draw(t, "amount"), Per: max(1, as[estimate.Bytes](math.MaxInt64).Draw(t, "per"))}
	}), estimate.DataPrice.String, estimate.ParseDataPrice)))
}

// scales are the units of data and their bytes or bits, in numbers that come from nowhere else: powers of ten and of two.
var scales = []struct {
	prefixes       []string
	base, exponent int64
}{
	{[]string{""}, 10, 0},
	{[]string{"k", "K"}, 10, 3}, {[]string{"M"}, 10, 6}, {[]string{"G"}, 10, 9},
	{[]string{"T"}, 10, 12}, {[]string{"P"}, 10, 15}, {[]string{"E"}, 10, 18},
	{[]string{"Ki"}, 2, 10}, {[]string{"Mi"}, 2, 20}, {[]string{"Gi"}, 2, 30},
	{[]string{"Ti"}, 2, 40}, {[]string{"Pi"}, 2, 50}, {[]string{"Ei"}, 2, 60},
}

// lawScales: a number with a unit is that number times the unit's power of ten, or of two where an i says so, or else refused.
func lawScales[T ~int64](symbol string, read func(string) (T, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		s := rapid.SampledFrom(scales).Draw(t, "scale")
		text := rapid.StringMatching(`[1-9][0-9]{0,4}`).Draw(t, "number") + " " + rapid.SampledFrom(s.prefixes).Draw(t, "prefix") + symbol
		number, _, _ := strings.Cut(text, " ")
		want, _ := new(big.Int).SetString(number, 10)
		want.Mul(want, new(big.Int).Exp(big.NewInt(s.base), big.NewInt(s.exponent), nil))
		switch n, err := read(text); {
		case want.IsInt64() && err != nil:
			t.Fatalf("%s is refused: %v", text, err)
		case want.IsInt64() && int64(n) != want.Int64():
			t.Fatalf("%s must be %v %s: %d", text, want, symbol, int64(n))
		case !want.IsInt64() && err == nil:
			t.Fatalf("%s does not fit in 64 bits, and is taken for %d", text, int64(n))
		}
	}
}

func TestLaw_UnitsAreWhatTheySay(t *testing.T) {
	t.Run("bytes", rapid.MakeCheck(lawScales("B", estimate.ParseBytes)))
	t.Run("bits", rapid.MakeCheck(lawScales("bit", estimate.ParseBits)))
	t.Run("bits, short", rapid.MakeCheck(lawScales("b", estimate.ParseBits)))
}

// kilo1024 is what some tools do: KB is read as 1,024 bytes, MB as its square.
func kilo1024(text string) (estimate.Bytes, error) {
	if !strings.Contains(text, "i") {
		for _, prefix := range []string{"k", "K", "M", "G", "T", "P", "E"} {
			text = strings.ReplaceAll(text, prefix+"B", strings.ToUpper(prefix)+"iB")
		}
	}
	return estimate.ParseBytes(text)
}

func TestBroken_KilobytesOf1024(t *testing.T) {
	lawtest.Breaks(t, "KB is read as 1,024 bytes, as some tools do, where it is 1,000 and KiB is 1,024", lawScales("B", kilo1024))
	lawtest.Holds(t, lawScales("B", estimate.ParseBytes))
}

// Eight bits are a byte, both ways, to the bit; what does not fit, or fills no byte, is an error.
func TestLaw_BitsAndBytesConvertExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := as[estimate.Bytes](math.MaxInt64).Draw(t, "bytes")
		bits, err := b.Bits()
		if fits := b <= math.MaxInt64/8; fits != (err == nil) {
			t.Fatalf("%v in bits: %v", b, err)
		}
		if err == nil {
			if new(big.Int).Mul(big.NewInt(int64(b)), big.NewInt(8)).Int64() != int64(bits) || must(bits.Bytes()) != b {
				t.Fatalf("%v are %v", b, bits)
			}
			if extra := estimate.Bits(rapid.Int64Range(1, 7).Draw(t, "extra")); bits <= math.MaxInt64-7 {
				if whole, err := (bits + extra).Bytes(); err == nil {
					t.Fatalf("%d bits are no whole bytes: %v", bits+extra, whole)
				}
			}
		}
		r := estimate.ByteRate(rapid.Float64Range(1e-300, math.MaxFloat64/8).Draw(t, "rate"))
		if back := must(r.Bits()).Bytes(); back != r {
			t.Fatalf("%v is %v in bits and %v back", r, must(r.Bits()), back)
		}
	})
}

// Sums and multiples are those of unbounded whole numbers, or refused.
func TestLaw_SumsAndMultiplesAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := as[estimate.Bytes](math.MaxInt64).Draw(t, "a"), as[estimate.Bytes](math.MaxInt64).Draw(t, "b")
		x, y := big.NewInt(int64(a)), big.NewInt(int64(b))
		agree := func(what string, want *big.Int, value int64, err error) {
			if want.IsInt64() != (err == nil) || err == nil && value != want.Int64() {
				t.Fatalf("%v %s %v must be %v: %d, %v", a, what, b, want, value, err)
			}
		}
		sum, err := a.Plus(b)
		agree("+", new(big.Int).Add(x, y), int64(sum), err)
		many, err := a.Times(estimate.Count(b))
		agree("x", new(big.Int).Mul(x, y), int64(many), err)
		m, n := must(estimate.NewMoney(int64(a), "USD")), must(estimate.NewMoney(int64(b), "USD"))
		total, err := m.Plus(n)
		agree("+", new(big.Int).Add(x, y), total.Micros(), err)
	})
}
