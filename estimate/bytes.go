package estimate

import (
	"fmt"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// Bytes is a whole number of bytes. It is a size; per second it is a [ByteRate]. Eight [Bits] are one byte, and no expression
// mixes the two by accident.
type Bytes int64

// Decimal (SI) and binary (IEC) multiples. KB is 1,000 bytes, as kB is: the capital letter is what people write for both, and
// the binary thousand has a name of its own.
const (
	KB Bytes = 1_000
	MB Bytes = 1_000 * KB
	GB Bytes = 1_000 * MB
	TB Bytes = 1_000 * GB
	PB Bytes = 1_000 * TB
	EB Bytes = 1_000 * PB

	KiB Bytes = 1 << 10
	MiB Bytes = 1 << 20
	GiB Bytes = 1 << 30
	TiB Bytes = 1 << 40
	PiB Bytes = 1 << 50
	EiB Bytes = 1 << 60
)

// Source: IEC 80000-13:2008, "Quantities and units, part 13: Information science and technology"; clause 4 has the binary prefixes.
var (
	byteUnits = append([]unit{
		{scale: big.NewRat(1, 1), names: []string{"B", "byte", "bytes"}},
	}, multiples("B", "bytes")...)
	bytePrefixes = []string{" B", " kB", " MB", " GB", " TB", " PB", " EB"}
)

// ParseBytes reads a size such as 1.5 GB, 64 KiB or 1,000 B. MB is 10^6 bytes and MiB 2^20; both kB and KB are 1,000. Mb is megabit,
// and refused. Other letters' case is kept to, because mB and gb could be anything. Part of a byte is an error, as is what exceeds 2^63-1.
func ParseBytes(text string) (Bytes, error) {
	w, err := read("bytes", "1.5 GB", text)
	if err != nil {
		return 0, err
	}
	scale, err := lookUp("bytes", w, byteUnits, bitUnits, "bits")
	if err != nil {
		return 0, err
	}
	n, err := whole("bytes", " B", w.text, w.amount.Mul(w.amount, scale))
	return Bytes(n), err
}

// String is the size with all its digits in the largest decimal unit that leaves it at least 1, such as 1.5 GB: it reads back as the same.
func (b Bytes) String() string { return exactInt(int64(b), bytePrefixes) }

// IEC is the size in the largest binary unit in which at most three decimals are all of it, such as 1.5 GiB: it reads back as the same.
func (b Bytes) IEC() string {
	for i, name := range []string{"EiB", "PiB", "TiB", "GiB", "MiB", "KiB"} {
		one := EiB >> (10 * i)
		if b < one {
			continue
		}
		thousandths, rest := bits.Mul64(uint64(b), 1_000)
		if q, r := bits.Div64(thousandths, rest, uint64(one)); r == 0 {
			text := strconv.FormatUint(q, 10)
			whole, decimals := text[:len(text)-3], strings.TrimRight(text[len(text)-3:], "0")
			return strings.TrimSuffix(group(whole)+"."+decimals, ".") + " " + name
		}
	}
	return group(strconv.FormatInt(int64(b), 10)) + " B"
}

// Bits is the same size in bits: eight times as many. It is an error beyond 2^63-1 of them.
func (b Bytes) Bits() (Bits, error) {
	n, ok := product(int64(b), 8)
	if !ok {
		return 0, fmt.Errorf("estimate: bits must be at most 2^63-1: 8 x %v", b)
	}
	return Bits(n), nil
}

// Plus is the sum, or an error where it does not fit.
func (b Bytes) Plus(other Bytes) (Bytes, error) {
	sum := b + other
	if (sum > b) != (other > 0) {
		return 0, fmt.Errorf("estimate: bytes must be at most 2^63-1 in sum: %v + %v", b, other)
	}
	return sum, nil
}

// Times is so many of this size, or an error where it does not fit.
func (b Bytes) Times(n Count) (Bytes, error) {
	p, ok := product(int64(b), int64(n))
	if !ok {
		return 0, fmt.Errorf("estimate: bytes must be at most 2^63-1: %v x %v", n, b)
	}
	return Bytes(p), nil
}

func product(a, b int64) (int64, bool) {
	p := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
	return p.Int64(), p.IsInt64()
}
