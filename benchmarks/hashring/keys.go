package main

import "fmt"

// keyCount is a power of two, so that to go round costs nothing.
const keyCount = 1 << 12

// keys lie in one piece of memory in the order in which they are asked for, so that reading them costs the bare hash and a lookup the same.
// keyBytes are the same for who wants no strings.
var keys, keyBytes = func() (*[keyCount]string, *[keyCount][]byte) {
	const size = len("user:00000000")
	var all []byte
	for i := range keyCount {
		all = fmt.Appendf(all, "user:%08d", i)
	}
	joined := string(all)
	var keys [keyCount]string
	var keyBytes [keyCount][]byte
	for i := range keyCount {
		keys[i], keyBytes[i] = joined[i*size:(i+1)*size], all[i*size:(i+1)*size:(i+1)*size]
	}
	return &keys, &keyBytes
}()

func named(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("node-%05d", i)
	}
	return names
}
