package estimate

import (
	"fmt"
	"math"
	"math/bits"
)

// The digits of base 62 in order of value, which is also that of ASCII: codes of one length sort as their numbers do.
const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// Base62 writes a number in the digits 0-9, A-Z and a-z, without leading zeros: the code of a short link for its sequence number. Each number
// has one code, and each code without leading zeros, up to 2^64-1, one number. Consecutive numbers have codes that can be guessed.
func Base62(n uint64) string {
	var code [11]byte // 62^11 exceeds 2^64
	at := len(code)
	for {
		at--
		code[at] = base62[n%62]
		n /= 62
		if n == 0 {
			return string(code[at:])
		}
	}
}

// ParseBase62 is the number of a code. A code is not empty, has no leading zeros but 0 itself, and is at most 2^64-1, LygHa16AHYF.
func ParseBase62(code string) (uint64, error) {
	if code == "" || code[0] == '0' && code != "0" {
		return 0, fmt.Errorf("estimate: a base62 code must have digits and no leading zeros: %s", quoted(code))
	}
	n := uint64(0)
	for _, c := range code {
		digit := uint64(0)
		switch {
		case '0' <= c && c <= '9':
			digit = uint64(c - '0')
		case 'A' <= c && c <= 'Z':
			digit = uint64(c-'A') + 10
		case 'a' <= c && c <= 'z':
			digit = uint64(c-'a') + 36
		default:
			return 0, fmt.Errorf("estimate: a base62 code must be of 0-9, A-Z and a-z: %q in %s", c, quoted(code))
		}
		high, low := bits.Mul64(n, 62)
		sum, carry := bits.Add64(low, digit, 0)
		if high != 0 || carry != 0 {
			return 0, fmt.Errorf("estimate: a base62 code must be at most 2^64-1, LygHa16AHYF: %s", quoted(code))
		}
		n = sum
	}
	return n, nil
}

// Base62Length is how many digits codes need so that there is one for each of so many: 62^7 is 3.5 x 10^12. At least 1.
func Base62Length(codes Count) (int, error) {
	if err := needCount("codes", codes); err != nil {
		return 0, err
	}
	if codes == 0 {
		return 1, nil
	}
	return len(Base62(uint64(codes) - 1)), nil
}

// IDBits is the number of different identifiers of so many random bits, for [Collision]: 2^122 for a random UUID, which has 128 bits of
// which six are fixed (RFC 9562, 2024, section 5.4). Bits lie in [0, 1000].
func IDBits(random int) (float64, error) {
	if err := needBetween("random bits", random, 0, 1_000); err != nil {
		return 0, err
	}
	return math.Ldexp(1, random), nil
}
