package clocks

import (
	"errors"
	"fmt"
)

// Order is how one point of a history stands to another. Before, Equal and After are -1, 0 and 1, as in package cmp.
type Order int8

// The four ways in which two points can stand to each other.
const (
	Before     Order = -1 // it is part of what the other has seen
	Equal      Order = 0  // both have seen the same
	After      Order = 1  // the other is part of what it has seen
	Concurrent Order = 2  // each has seen what the other has not
)

// String is the order's name in lower case.
func (o Order) String() string {
	switch o {
	case Before:
		return "before"
	case Equal:
		return "equal"
	case After:
		return "after"
	case Concurrent:
		return "concurrent"
	}
	return fmt.Sprintf("Order(%d)", int8(o))
}

// MaxCounter is the largest value of a counter. One bit short of the word, so that every language reads it, and no sum of two wraps.
const MaxCounter = 1<<63 - 1

// The errors that callers may branch on; compare with errors.Is.
var (
	ErrAhead     = errors.New("clocks: a clock must not be too far ahead of this one")
	ErrExhausted = errors.New("clocks: a counter must not pass its largest value")
	ErrEncoding  = errors.New("clocks: an encoding must be well formed")
)

// exhausted is the error of a counter that cannot grow.
func exhausted(of string) error {
	return fmt.Errorf("%w: %d of %s", ErrExhausted, uint64(MaxCounter), of)
}

// orderOf is the order between two clocks when some entry of the first is smaller than the other's, or some is larger.
func orderOf(smaller, larger bool) Order {
	switch {
	case smaller && larger:
		return Concurrent
	case smaller:
		return Before
	case larger:
		return After
	}
	return Equal
}
