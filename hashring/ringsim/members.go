package ringsim

import (
	"fmt"
	"math/rand/v2"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

// Members are n nodes of weight 1, named by number.
func Members(n int) []hashring.Member {
	members := make([]hashring.Member, n)
	for i := range members {
		members[i] = hashring.Member{Name: fmt.Sprintf("node-%d", i+1), Weight: 1}
	}
	return members
}

// Keys are n random keys: 16 hexadecimal digits each, in one piece of memory.
func Keys(random *rand.Rand, n int) []string {
	const digits, length = "0123456789abcdef", 16
	all := make([]byte, 0, n*length)
	for range n {
		for number, left := random.Uint64(), length; left > 0; left-- {
			all = append(all, digits[number&15])
			number >>= 4
		}
	}
	text := string(all)
	keys := make([]string, n)
	for i := range keys {
		keys[i] = text[i*length : (i+1)*length]
	}
	return keys
}
