package cache

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The table in the package's documentation: with room for 100 entries, how many of 60 popular ones are left after a scan, and how often a
// loop over 133 and over 500 keys hits in 200 rounds. Whatever it evicts, a cache can hit the first at most 99 times in 132 requests in the long run,
// and the second 99 times in 499: .75 and .20.
func TestClaim_Choosing(t *testing.T) {
	const slots, popular, rounds = 100, 60, 200
	type row struct {
		survives     bool
		little, much string // what a loop that is larger by little, or by much, hits
	}
	kind := func(hits, keys int) string {
		most := float64(slots-1) / float64(keys-1)
		switch ratio := float64(hits) / float64(keys*rounds); {
		case ratio == 0:
			return "none"
		case ratio > 0.85*most:
			return "nearly all"
		case ratio > 0.5*most:
			return "many"
		default:
			return "few"
		}
	}
	want := map[string]row{
		"random": {false, "many", "few"}, "FIFO": {false, "none", "none"}, "LRU": {false, "none", "none"}, "CLOCK": {false, "none", "none"},
		"LFU": {true, "none", "none"}, "SLRU": {true, "none", "none"}, "2Q": {true, "many", "none"}, "ARC": {true, "none", "none"},
		"LIRS": {true, "nearly all", "nearly all"}, "S3-FIFO": {true, "many", "none"}, "SIEVE": {true, "none", "none"},
		"TinyLFU before LRU": {true, "nearly all", "few"}, "W-TinyLFU": {true, "nearly all", "nearly all"},
	}
	for _, of := range policies {
		c := newTable(t, of.build, slots, 10_000)
		next := int32(popular)
		scan := func(keys int) {
			for range keys {
				c.ask(next)
				next++
			}
		}
		for range 6 {
			for key := range int32(popular) {
				c.ask(key)
				c.ask(key)
			}
			scan(60) // between the popular ones, so that no policy takes their two uses for one
		}
		scan(4 * slots)
		before := c.misses
		for key := range int32(popular) {
			c.ask(key)
		}
		left := popular - (c.misses - before)
		require.True(t, left == 0 || left == popular, "%s: %d of %d are left", of.name, left, popular)
		got := row{left == popular, kind(loopHits(t, of.build, slots, 133, rounds), 133), kind(loopHits(t, of.build, slots, 500, rounds), 500)}
		require.Equal(t, want[of.name], got, of.name)
	}
}
