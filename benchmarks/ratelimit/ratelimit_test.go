package main

import (
	"testing"
	"time"

	juju "github.com/juju/ratelimit"
	"github.com/sethvargo/go-limiter/memorystore"
	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// What is compared is alike: each contender admits the burst, no more, and all of a generous one.
func TestContendersDoTheSameWork(t *testing.T) {
	for _, c := range contenders {
		if c.waits {
			require.Equal(t, 1000, c.make(generous)(0, 1000), c.name)
			continue
		}
		for _, burst := range []int{1, 10} {
			require.Equal(t, burst, c.make(limit{time.Hour, burst})(0, 100), "%s: burst %d", c.name, burst)
		}
		require.Equal(t, 1000, c.make(generous)(0, 1000), c.name)
	}
}

// Each table admits the burst of each key, and of each that comes later.
func TestTablesDoTheSameWork(t *testing.T) {
	const size = 256
	names := namesOf(2 * size)
	for _, c := range keyedContenders {
		table := c.make(size, names)
		for _, at := range []struct {
			now  time.Duration
			from int
		}{{0, 0}, {later, size}} {
			admitted := 0
			for range 5 {
				for key := range size {
					if table.take(at.now, at.from+key) {
						admitted++
					}
				}
			}
			require.Equal(t, size*perKey.burst, admitted, "%s at %v", c.name, at.now)
		}
		if table.close != nil {
			table.close()
		}
	}
}

// A million live keys take at most 48 bytes each beyond the key, and a million others take their place.
func TestAMillionKeysAreSmall(t *testing.T) {
	const size = 1_000_000
	names := namesOf(2 * size)
	for _, c := range keyedContenders {
		if c.name != "Keyed[string]" && c.name != "Keyed[uint64]" {
			continue
		}
		_, first, second := c.memory(size, names)
		require.LessOrEqual(t, first, 48.0, c.name)
		require.LessOrEqual(t, second, 48.0, c.name)
	}
}

// Faults of the peers, for who reads the ratios: some work is cheap because it is another.

// A clock that goes back mints tokens in golang.org/x/time/rate: 10,000 are admitted at the same largest now, where the burst of 2 is due.
func TestXTimeMintsTokens(t *testing.T) {
	base := time.Unix(1_000_000_000, 0)
	x := rate.NewLimiter(2, 2)
	ours := must(ratelimit.NewGCRA(ratelimit.PerSecond(2), 2))
	theirs, mine := 0, 0
	for i := range 10_000 {
		now := time.Second
		if i%2 == 1 {
			now = 0
		}
		if x.AllowN(base.Add(now), 1) {
			theirs++
		}
		if ours.Take(now, 1).OK() {
			mine++
		}
	}
	require.Equal(t, 10_000, theirs)
	require.Equal(t, 2, mine)
}

// After its first window go-limiter refills by whole windows times nanoseconds a token, not tokens a window. With fewer nanoseconds
// than tokens in a window that is none at all, for ever: so this comparison stays within one window.
func TestGoLimiterForgetsItsTokens(t *testing.T) {
	x := must(memorystore.New(&memorystore.Config{Tokens: 1 << 40, Interval: time.Microsecond}))
	defer func() { require.NoError(t, x.Close(t.Context())) }()
	_, _, _, _, err := x.Take(t.Context(), "key") // its first window begins
	require.NoError(t, err)
	for begin := time.Now(); time.Since(begin) < 2*time.Millisecond; { // and is over, for any clock
	}
	_, _, _, ok, err := x.Take(t.Context(), "key")
	require.NoError(t, err)
	require.False(t, ok)
}

// juju/ratelimit takes what there is, where others take all or none.
func TestJujuTakesAPart(t *testing.T) {
	x := juju.NewBucketWithClock(time.Hour, 3, &clock{epoch})
	require.Equal(t, int64(3), x.TakeAvailable(5))
}

func BenchmarkOne(b *testing.B) {
	for _, c := range contenders {
		for _, l := range []limit{generous, strict} {
			name := "admitted"
			if l == strict {
				name = "refused"
			}
			if l == strict && c.waits {
				continue
			}
			b.Run(c.name+"/"+name, func(b *testing.B) {
				run := c.make(l)
				run(0, 1)
				b.ReportAllocs()
				b.ResetTimer()
				run(1, b.N)
			})
		}
	}
}

func BenchmarkMany(b *testing.B) {
	const size = 1 << 20
	names := namesOf(size)
	for _, c := range keyedContenders {
		b.Run(c.name, func(b *testing.B) {
			t := c.make(size, names)
			if t.close != nil {
				defer t.close()
			}
			for key := range size {
				t.take(0, key)
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				t.take(0, scattered(i, size))
			}
		})
	}
}
