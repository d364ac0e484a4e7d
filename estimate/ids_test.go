package estimate_test

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

// lawBijection: a number's code is its number again, and a code's number its code, or it is refused: no two codes are one number.
func lawBijection(write func(uint64) string, read func(string) (uint64, error)) func(*rapid.T) {
	return func(t *rapid.T) {
		n := rapid.Uint64().Draw(t, "number")
		if back, err := read(write(n)); err != nil || back != n {
			t.Fatalf("%d is %s, which is %d: %v", n, write(n), back, err)
		}
		code := rapid.StringMatching(`[0-9A-Za-z]{1,10}`).Draw(t, "code")
		switch number, err := read(code); {
		case err != nil && (code[0] != '0' || code == "0"):
			t.Fatalf("%s is refused: %v", code, err)
		case err == nil && write(number) != code:
			t.Fatalf("%s is %d, which is %s", code, number, write(number))
		}
		if m := rapid.Uint64().Draw(t, "other"); len(write(m)) == len(write(n)) && (m < n) != (write(m) < write(n)) {
			t.Fatalf("%s and %s do not sort as %d and %d", write(m), write(n), m, n)
		}
	}
}

func TestLaw_Base62IsABijection(t *testing.T) {
	rapid.Check(t, lawBijection(estimate.Base62, estimate.ParseBase62))
}

func TestBroken_LeadingZerosAccepted(t *testing.T) {
	lawtest.Breaks(t, "Codes with leading zeros are read as if these were not there, so that one link has many codes",
		lawBijection(estimate.Base62, func(code string) (uint64, error) {
			if trimmed := strings.TrimLeft(code, "0"); trimmed != "" {
				code = trimmed
			} else {
				code = "0"
			}
			return estimate.ParseBase62(code)
		}))
}

// Each number has its place: digits times powers of 62, in big arithmetic.
func TestLaw_Base62IsPositional(t *testing.T) {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.StringMatching(`[1-9A-Za-z][0-9A-Za-z]{0,12}`).Draw(t, "code")
		want := new(big.Int)
		for _, c := range code {
			want.Mul(want, big.NewInt(62)).Add(want, big.NewInt(int64(strings.IndexRune(digits, c))))
		}
		n, err := estimate.ParseBase62(code)
		if want.IsUint64() != (err == nil) || err == nil && n != want.Uint64() {
			t.Fatalf("%s must be %v: %d, %v", code, want, n, err)
		}
	})
}

func TestClaim_Base62(t *testing.T) {
	for n, code := range map[uint64]string{0: "0", 9: "9", 10: "A", 35: "Z", 36: "a", 61: "z", 62: "10", 3843: "zz", math.MaxUint64: "LygHa16AHYF"} {
		require.Equal(t, code, estimate.Base62(n))
	}
	// Seven digits are enough for 3.5 million million links, and six for a thousand million: 62^7 and 62^6 to the last.
	for codes, length := range map[estimate.Count]int{
		0: 1, 1: 1, 62: 1, 63: 2, 1_000_000_000: 6, 56_800_235_584: 6, 56_800_235_585: 7, 3_521_614_606_208: 7, 3_521_614_606_209: 8, math.MaxInt64: 11,
	} {
		require.Equal(t, length, must(estimate.Base62Length(codes)), int64(codes))
	}
	requireRefused(t, []refusal{
		{func() error { return refused(estimate.ParseBase62("")) }, `estimate: a base62 code must have digits and no leading zeros: ""`},
		{func() error { return refused(estimate.ParseBase62("007")) }, `estimate: a base62 code must have digits and no leading zeros: "007"`},
		{func() error { return refused(estimate.ParseBase62("a-b")) }, `estimate: a base62 code must be of 0-9, A-Z and a-z: '-' in "a-b"`},
		{func() error { return refused(estimate.ParseBase62("aé")) }, `estimate: a base62 code must be of 0-9, A-Z and a-z: 'é' in "aé"`},
		{func() error { return refused(estimate.ParseBase62("LygHa16AHYG")) }, `estimate: a base62 code must be at most 2^64-1, LygHa16AHYF: "LygHa16AHYG"`},
		{func() error { return refused(estimate.ParseBase62("100000000000")) }, `estimate: a base62 code must be at most 2^64-1, LygHa16AHYF: "100000000000"`},
		{func() error { return refused(estimate.Base62Length(-1)) }, "estimate: codes must not be negative: -1"},
	})
}

func FuzzParseBase62(f *testing.F) {
	for _, code := range []string{"0", "LygHa16AHYF", "00", "a b", "\xff"} {
		f.Add(code)
	}
	f.Fuzz(func(t *testing.T, code string) {
		if n, err := estimate.ParseBase62(code); err == nil && estimate.Base62(n) != code {
			t.Errorf("%q is %d, which is %q", code, n, estimate.Base62(n))
		}
	})
}
