package estimate

import (
	"fmt"
	"math/big"
	"strings"
)

// unit is what some names stand for. The first is the one that errors list.
type unit struct {
	scale *big.Rat
	names []string
}

// multiples are the decimal and binary multiples of a unit of data, with its symbol, such as B, and its name, such as bytes. K is taken for k: there is
// no other use for it, and it is what most people write.
func multiples(symbol, name string) []unit {
	var all []unit
	decimal, binary := big.NewRat(1, 1), big.NewRat(1, 1)
	var second []unit
	for i, prefix := range []string{"k", "M", "G", "T", "P", "E"} {
		decimal = new(big.Rat).Mul(decimal, big.NewRat(1_000, 1))
		binary = new(big.Rat).Mul(binary, big.NewRat(1_024, 1))
		words := []string{"kilo", "mega", "giga", "tera", "peta", "exa"}[i] + name
		long := []string{"kibi", "mebi", "gibi", "tebi", "pebi", "exbi"}[i] + name
		names := []string{prefix + symbol, words, strings.TrimSuffix(words, "s")}
		if prefix == "k" {
			names = append(names, "K"+symbol)
		}
		all = append(all, unit{decimal, names})
		second = append(second, unit{binary, []string{strings.ToUpper(prefix) + "i" + symbol, long, strings.TrimSuffix(long, "s")}})
	}
	return append(all, second...)
}

// find is the scale of a unit by one of its names, nil if there is none.
func find(units []unit, name string) *big.Rat {
	for _, u := range units {
		for _, known := range u.names {
			if known == name {
				return u.scale
			}
		}
	}
	return nil
}

// known lists the units' first names.
func known(units []unit) string {
	var names []string
	for _, u := range units {
		if u.names[0] != "" {
			names = append(names, u.names[0])
		}
	}
	return strings.Join(names, ", ")
}

// lookUp is the scale of what was written, or an error that lists the units. Others are those that people take for these: the error then
// says which they are.
func lookUp(what string, w written, units, others []unit, otherName string) (*big.Rat, error) {
	if scale := find(units, w.unit); scale != nil {
		return scale, nil
	}
	return nil, unknown(what, w, known(units), find(others, w.unit) != nil, otherName)
}

func unknown(what string, w written, list string, confused bool, otherName string) error {
	switch {
	case w.unit == "":
		return fmt.Errorf("estimate: %s must have a unit of %s: %s", what, list, quoted(w.text))
	case confused:
		return fmt.Errorf("estimate: %s must have a unit of %s: %q in %s is of %s", what, list, w.unit, quoted(w.text), otherName)
	default:
		return fmt.Errorf("estimate: %s must have a unit of %s: %q in %s", what, list, w.unit, quoted(w.text))
	}
}
