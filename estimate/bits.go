package estimate

import (
	"fmt"
	"math/big"
)

// Bits is a whole number of bits, in which links and identifiers are measured. A UUID has 128 of them, which are 16 [Bytes].
type Bits int64

var (
	bitUnits = append(append([]unit{
		{scale: big.NewRat(1, 1), names: []string{"bit", "bits", "b"}},
	}, multiples("bit", "bits")...), multiples("b", "bits")...)
	bitPrefixes = []string{" bit", " kbit", " Mbit", " Gbit", " Tbit", " Pbit", " Ebit"}
)

// ParseBits reads a number of bits such as 128 bit, 20 Mbit, 20 Mb or 1 Gibit. Mb is megabit; MB is megabyte, and refused. Part of a
// bit is an error, as is what exceeds 2^63-1.
func ParseBits(text string) (Bits, error) {
	w, err := read("bits", "20 Mbit", text)
	if err != nil {
		return 0, err
	}
	scale, err := lookUp("bits", w, bitUnits, byteUnits, "bytes")
	if err != nil {
		return 0, err
	}
	n, err := whole("bits", " bit", w.text, w.amount.Mul(w.amount, scale))
	return Bits(n), err
}

// String is the number with all its digits in the largest decimal unit that leaves it at least 1, such as 20 Mbit: it reads back as the same.
func (b Bits) String() string { return exactInt(int64(b), bitPrefixes) }

// Bytes is the same size in bytes. Bits that fill no whole number of bytes are an error.
func (b Bits) Bytes() (Bytes, error) {
	if b%8 != 0 {
		return 0, fmt.Errorf("estimate: bits must fill whole bytes of 8: %d", int64(b))
	}
	return Bytes(b / 8), nil
}
