package hashring

import (
	"fmt"
	"strconv"
	"strings"
)

// Salt spreads a hot key over several, its copies, which a placement puts on nodes of their own: each write goes to one of
// the copies, at random or in turn, and a read asks all of them and adds up.
//
// Copy 0 is the key itself, the others are the key, # and their number; a key that ends in # and a number of its own has
// #0 behind it as copy 0, so that [Salt.Unsalt] gives every key back. The copies of k ways are the first of those of more, so a salt
// can grow at any time; when it shrinks, reads go on with the larger one until what was written is moved. One way is no salt at all: then the
// copy is the key, whatever it ends in, and only a key that ends in # and a number has another copy 0 from two ways on.
//
// A Salt is a value; the zero Salt has one way.
type Salt struct{ more int }

const (
	mostWays = 1_000_000
	salted   = '#'
)

// NewSalt returns a salt of so many ways.
func NewSalt(ways int) (Salt, error) {
	if ways < 1 || ways > mostWays {
		return Salt{}, fmt.Errorf("hashring: the ways of a salt must lie in [1, %d]: %d", mostWays, ways)
	}
	return Salt{ways - 1}, nil
}

// Ways are how many copies each key has: what a read costs.
func (s Salt) Ways() int { return s.more + 1 }

// Key is the copy n modulo the ways of a key: for a write n is a random number or a counter, for a read it runs over [0, Ways).
func (s Salt) Key(key string, n uint64) string {
	var buffer [64]byte
	return string(s.AppendKey(buffer[:0], key, n))
}

// AppendKey appends to dst what Key returns, and does not allocate if dst has room.
func (s Salt) AppendKey(dst []byte, key string, n uint64) []byte {
	n %= uint64(s.Ways())
	dst = append(dst, key...)
	if n > 0 || s.more > 0 && endsSalted(key) {
		dst = strconv.AppendUint(append(dst, salted), n, 10)
	}
	return dst
}

// AppendKeys appends all copies of a key, which a read asks.
func (s Salt) AppendKeys(dst []string, key string) []string {
	for n := range s.Ways() {
		dst = append(dst, s.Key(key, uint64(n)))
	}
	return dst
}

// Unsalt is the key that a copy is of, also if it was made with another number of ways, from two on.
func (s Salt) Unsalt(copied string) string {
	if s.more == 0 || !endsSalted(copied) {
		return copied
	}
	return copied[:strings.LastIndexByte(copied, salted)]
}

// endsSalted says whether a key ends as copies do: #, and a number as AppendKey writes it.
func endsSalted(key string) bool {
	i := strings.LastIndexByte(key, salted)
	if i < 0 {
		return false
	}
	digits := key[i+1:]
	if len(digits) == 0 || len(digits) > len("999999") || len(digits) > 1 && digits[0] == '0' {
		return false
	}
	return strings.Trim(digits, "0123456789") == ""
}
