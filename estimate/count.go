package estimate

import (
	"math/big"
)

// Count is a whole number of things: users, requests, objects, servers. Its multiples are decimal.
type Count int64

var (
	countUnits = []unit{
		{big.NewRat(1, 1), []string{""}},
		{big.NewRat(1e3, 1), []string{"k", "K", "thousand"}},
		{big.NewRat(1e6, 1), []string{"M", "million"}},
		{big.NewRat(1e9, 1), []string{"G", "B", "bn", "billion"}},
		{big.NewRat(1e12, 1), []string{"T", "trillion"}},
		{big.NewRat(1e15, 1), []string{"P"}},
		{big.NewRat(1e18, 1), []string{"E"}},
	}
	countPrefixes = []string{"", "k", "M", "G", "T", "P", "E"}
)

// ParseCount reads a count such as 3k, 1.5 M, 1B, 2 billion or 86,400. M is 10^6, and B, as in 1B users, 10^9, as G is. Part of one is an error, as is
// what exceeds 2^63-1.
func ParseCount(text string) (Count, error) {
	w, err := read("a count", "1.5M", text)
	if err != nil {
		return 0, err
	}
	scale, err := lookUp("a count", w, countUnits, nil, "")
	if err != nil {
		return 0, err
	}
	n, err := whole("a count", "", w.text, w.amount.Mul(w.amount, scale))
	return Count(n), err
}

// String is the count with all its digits in the largest decimal multiple that leaves it at least 1, such as 1.5M: it reads back as the same.
func (c Count) String() string { return exactInt(int64(c), countPrefixes) }
