package hashring

import (
	"errors"
	"sync"
	"sync/atomic"
)

// Cell holds a table that changes while others look up in it: a lookup loads a pointer and takes no lock, a change swaps it. All
// methods are safe for concurrent use. [NewCell] makes one.
type Cell[T any] struct {
	current atomic.Pointer[Table[T]]
	editing sync.Mutex
}

// NewCell returns a cell that holds a table.
func NewCell[T any](t *Table[T]) (*Cell[T], error) {
	if t == nil {
		return nil, errors.New("hashring: a cell must hold a table: nil")
	}
	c := &Cell[T]{}
	c.current.Store(t)
	return c, nil
}

// Load is the present table. Whoever asks it more than once gets answers that belong together.
func (c *Cell[T]) Load() *Table[T] { return c.current.Load() }

// Owner is the node that owns the key at present.
func (c *Cell[T]) Owner(key string) Node[T] { return c.Load().Owner(key) }

// Edit changes the table: see [Table.Edit]. Changes follow one another, so none is lost. It returns the tables before and
// after; with an error the table stays as it was. The changes must not edit the same cell.
func (c *Cell[T]) Edit(changes func(b *Builder[T]) error) (before, after *Table[T], err error) {
	c.editing.Lock()
	defer c.editing.Unlock()
	before = c.Load()
	after, err = before.Edit(changes)
	if err != nil {
		return before, before, err
	}
	c.current.Store(after)
	return before, after, nil
}
