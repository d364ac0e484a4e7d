package limitsim

import (
	"reflect"
	"unsafe"
)

// Footprint is how many bytes a limiter takes: of what it points to, itself included, as its types and the capacities of its slices
// say, each thing once. What no one sees from there is left out: what the allocator adds by rounding up to its size classes, the
// text of strings, and whatever is behind functions and interfaces. v is a pointer; of anything else, and of nil, it is 0.
//
// So it is a computed number, the same on every run on one kind of machine, where counting what the runtime allocates is not.
func Footprint(v any) int {
	at := reflect.ValueOf(v)
	if at.Kind() != reflect.Pointer {
		return 0
	}
	return walk{}.pointed(at)
}

// walk remembers what it has counted: two pointers to one thing are one thing.
type walk map[unsafe.Pointer]bool

func (w walk) pointed(p reflect.Value) int {
	if p.IsNil() || w[p.UnsafePointer()] {
		return 0
	}
	w[p.UnsafePointer()] = true
	return int(p.Type().Elem().Size()) + w.behind(p.Elem())
}

// behind is what v points to, v itself not included.
func (w walk) behind(v reflect.Value) (bytes int) {
	switch v.Kind() {
	case reflect.Pointer:
		return w.pointed(v)
	case reflect.Slice:
		if v.IsNil() {
			return 0
		}
		bytes = v.Cap() * int(v.Type().Elem().Size())
		fallthrough
	case reflect.Array:
		if !points(v.Type().Elem()) {
			return bytes
		}
		for i := range v.Len() {
			bytes += w.behind(v.Index(i))
		}
	case reflect.Struct:
		if to, is := atomicPointer(v); is {
			return w.pointed(to)
		}
		for i := range v.NumField() {
			bytes += w.behind(v.Field(i))
		}
	}
	return bytes
}

// points says whether there may be more behind a value of this type, so that long slices of numbers are not walked through.
func points(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		return true
	case reflect.Array:
		return points(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i).Type; f.Kind() == reflect.UnsafePointer || points(f) {
				return true
			}
		}
	}
	return false
}

// atomicPointer is the pointer in an atomic.Pointer[T], which is an unsafe one, after an empty array that names T.
func atomicPointer(v reflect.Value) (to reflect.Value, is bool) {
	t := v.Type()
	if t.PkgPath() != "sync/atomic" || t.NumField() < 2 || t.Field(0).Type.Kind() != reflect.Array {
		return reflect.Value{}, false
	}
	last := v.Field(v.NumField() - 1)
	if last.Kind() != reflect.UnsafePointer {
		return reflect.Value{}, false
	}
	return reflect.NewAt(t.Field(0).Type.Elem().Elem(), last.UnsafePointer()), true
}

// MapFootprint is how many bytes the table of a Go map takes that grew to so many keys: a power of two of slots, of which
// at most seven in eight are used, one byte for each, and the key and the value. Those are also the rules for a part of a large
// map, which grows in parts of 1,024 slots; near a power of two, some parts have grown and others have not.
//
// Source: M. Pratt, "Faster Go maps with Swiss Tables", The Go Blog, 2025.
func MapFootprint(keys, keyBytes, valueBytes int) int {
	if keys < 1 {
		return 0
	}
	slots := 8
	if keys > slots { // one group may be full
		for slots = 16; slots*7/8 < keys; slots *= 2 {
		}
	}
	return slots * (1 + keyBytes + valueBytes)
}
