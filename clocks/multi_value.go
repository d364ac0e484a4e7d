package clocks

import "errors"

// MultiValue is a register that loses no write: it holds every value that no later one has replaced, and leaves it to the application what
// becomes of siblings. It is a [DottedSet] as an application sees it.
//
// The zero value is an empty register, ready to use. A copy is a register of its own, if copies of T are. Not safe for concurrent use
// while it changes.
type MultiValue[T any] struct{ set DottedSet[T] }

// Get is what is held, in an order that is the same at all replicas, and the context for a [MultiValue.Set] that is to replace it.
func (r MultiValue[T]) Get() (siblings []T, context Vector) { return r.set.Values(), r.set.Context() }

// Set writes a value by a node. It replaces what was read with the context: siblings that came meanwhile stay beside it. Errors are those of
// [DottedSet.Put].
func (r *MultiValue[T]) Set(context Vector, value T, node string) error {
	return r.set.Put(context, value, node)
}

// Merge takes in what another replica holds and knows.
func (r *MultiValue[T]) Merge(other MultiValue[T]) { r.set.Sync(other.set) }

// Resolve replaces all siblings by one value, which merge makes of them, as a write by a node, and reports whether there was anything to resolve:
// with fewer than two siblings nothing is written. Errors are those of [DottedSet.Put].
//
// Two replicas that resolve the same siblings make two values that have not seen each other, and those are siblings again, though equal if
// merge gives the same for the same. Merging them must therefore give nothing new: so merge should be a join, as the union of
// sets is. It then does not matter who resolves, when, and how often.
func (r *MultiValue[T]) Resolve(node string, merge func(siblings []T) T) (resolved bool, err error) {
	switch {
	case merge == nil:
		return false, errors.New("clocks: siblings must be resolved with a function that merges them: nil")
	case r.set.Len() < 2:
		return false, nil
	}
	siblings, context := r.Get()
	if err := r.set.Put(context, merge(siblings), node); err != nil {
		return false, err
	}
	return true, nil
}

// Encode appends what another replica needs for a [MultiValue.Merge], as [DottedSet.Encode] does.
func (r MultiValue[T]) Encode(b []byte, appendValue func([]byte, T) ([]byte, error)) ([]byte, error) {
	return r.set.Encode(b, appendValue)
}

// Decode reads what Encode appended, and nothing else, as [DottedSet.Decode] does.
func (r *MultiValue[T]) Decode(data []byte, readValue func([]byte) (T, error)) error {
	return r.set.Decode(data, readValue)
}

// Len is how many siblings are held.
func (r MultiValue[T]) Len() int { return r.set.Len() }
