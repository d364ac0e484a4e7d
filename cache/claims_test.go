package cache

import (
	"bufio"
	"compress/gzip"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A loop over one key more than there is room for: what evicts the oldest or least recently used entry never hits it. Random does.
func TestClaim_ALoopIsNeverHitByRecency(t *testing.T) {
	const keys, rounds = 101, 50
	for _, slots := range []int{1, 10, 50, 100} {
		for name, build := range map[string]Builder{"FIFO": FIFO, "LRU": LRU, "CLOCK": Clock} {
			require.Zero(t, loopHits(t, build, slots, keys, rounds), "%s with %d slots", name, slots)
		}
	}
	// A random victim is the key that comes next once in 100 times only: nearly all requests are hits.
	require.Greater(t, loopHits(t, Random(rand.NewPCG(1, 1)), 100, keys, rounds), keys*rounds/2)
}

func loopHits(t *testing.T, build Builder, slots, keys, rounds int) int {
	c := newTable(t, build, slots, keys)
	for range rounds {
		for key := range int32(keys) {
			c.ask(key)
		}
	}
	return keys*rounds - c.misses
}

// Each of n entries is a random victim with the same chance: of m draws m/n, give or take six standard deviations of a binomial
// count, which twenty of them leave by chance once in 10^7 seeds; and with the runtime's source as with a given one.
func TestClaim_ARandomVictimIsAnyEntry(t *testing.T) {
	const entries, draws = 20, 20_000
	for name, build := range map[string]Builder{"given": Random(rand.NewPCG(7, 7)), "runtime": Random(nil)} {
		p := sound(build, entries)
		for slot := range int32(entries) {
			p.Insert(slot, uint64(slot))
		}
		drawn := make([]int, entries)
		for range draws {
			p.Miss(entries)
			slot, _ := p.Victim(entries)
			drawn[slot]++
		}
		const share = 1.0 / entries
		deviation := math.Sqrt(draws * share * (1 - share))
		for slot, n := range drawn {
			require.InDelta(t, draws*share, n, 6*deviation, "%s, slot %d", name, slot)
		}
	}
}

// A scan leaves alone what SLRU protects and what LFU and 2Q's main part hold, and takes everything from LRU.
func TestClaim_AScanPassesBy(t *testing.T) {
	const slots, popular = 100, 20
	for name, want := range map[string]int{"SLRU": popular, "LFU": popular, "2Q": popular, "LRU": 0, "FIFO": 0, "CLOCK": 0} {
		c := newTable(t, named(name), slots, 10_000)
		next := int32(popular)
		scan := func(keys int) {
			for range keys {
				c.ask(next)
				next++
			}
		}
		ask := func() {
			for key := range int32(popular) {
				c.ask(key)
			}
		}
		ask()
		scan(slots) // with 2Q the popular ones have just left the queue
		ask()
		ask()
		scan(2 * slots)
		held := 0
		for key := range int32(popular) {
			if c.where[key] != 0 {
				held++
			}
		}
		require.Equal(t, want, held, name)
	}
}

func named(name string) Builder {
	for _, of := range policies {
		if of.name == name {
			return of.build
		}
	}
	return nil
}

// Published misses on the traces of LIRS (S. Jiang, X. Zhang, 2002), for whoever has them: SYSDESIGN_TRACES names the folder with
// multi1.trace.gz and loop.trace.gz.
func TestClaim_MissesOnTraces(t *testing.T) {
	folder := os.Getenv("SYSDESIGN_TRACES")
	if folder == "" {
		t.Skip("SYSDESIGN_TRACES is not set")
	}
	for _, c := range []struct {
		trace, policy string
		slots, misses int
	}{
		{"multi1", "FIFO", 1000, 8755}, {"multi1", "LRU", 1000, 8210}, {"multi1", "CLOCK", 1000, 8154},
		{"loop", "FIFO", 1000, 505_500}, {"loop", "LRU", 1000, 505_500}, {"loop", "CLOCK", 1000, 505_500},
		{"loop", "FIFO", 500, 505_500}, {"loop", "LRU", 500, 505_500}, {"loop", "CLOCK", 500, 505_500},
		{"loop", "FIFO", 100, 505_500}, {"loop", "LRU", 100, 505_500}, {"loop", "CLOCK", 100, 505_500},
	} {
		requests, keys := readTrace(t, filepath.Join(folder, c.trace+".trace.gz"))
		table := newTable(t, named(c.policy), c.slots, keys)
		for _, key := range requests {
			table.ask(key)
		}
		require.Equal(t, c.misses, table.misses, "%s with %d slots on %s", c.policy, c.slots, c.trace)
	}
}

// readTrace numbers the keys of a trace with one a line, in which lines that begin with * are skipped.
func readTrace(t *testing.T, path string) (requests []int32, keys int) {
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	require.NoError(t, err)
	numbers := map[string]int32{}
	lines := bufio.NewScanner(unzipped)
	for lines.Scan() {
		key := strings.TrimSpace(lines.Text())
		if key == "" || strings.HasPrefix(key, "*") {
			continue
		}
		if _, known := numbers[key]; !known {
			numbers[key] = int32(len(numbers))
		}
		requests = append(requests, numbers[key])
	}
	require.NoError(t, lines.Err())
	return requests, len(numbers)
}
