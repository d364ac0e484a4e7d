package loadbalance_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/loadbalance"
)

// Endpoints that are replaced one at a time, as a rolling deployment does, leave nothing behind.
func TestRollingMembershipDoesNotGrow(t *testing.T) {
	const n = 1_000
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	for _, policy := range policies {
		set := numbered(n)
		p, err := policy.make(set, nil)
		require.NoError(t, err)
		before := heap()
		for i := range set {
			set[i].ID = fmt.Sprint("new-", i)
			require.NoError(t, p.Update(set))
		}
		require.Less(t, heap()-before, int64(1_000_000), policy.name)
		runtime.KeepAlive(p)
	}
}

// A caller that goes on using its slice changes no set.
func TestTheSetIsTheCallersNoMore(t *testing.T) {
	for _, policy := range policies {
		set := numbered(3)
		p, err := policy.make(set, rand.NewPCG(1, 1))
		require.NoError(t, err)
		set[0], set[1], set[2] = endpoint{}, endpoint{}, endpoint{}
		require.Equal(t, numbered(3), p.Endpoints(), policy.name)
		other := numbered(2)
		require.NoError(t, p.Update(other))
		other[0].ID = "changed"
		require.Equal(t, numbered(2), p.Endpoints(), policy.name)
	}
}

// Updates from several goroutines: each carries over what the one before left, so no count is lost.
func TestConcurrentUpdatesLoseNoCount(t *testing.T) {
	rounds := 2_000
	if race.Enabled {
		rounds = 200
	}
	for _, make := range []constructor{choices(40), leastConnections} {
		all := numbered(20)
		p, err := make(all, nil)
		require.NoError(t, err)
		var workers sync.WaitGroup
		for w := range 4 {
			workers.Go(func() {
				for i := range rounds {
					if err := p.Update(all[:10+(i+3*w)%11]); err != nil {
						t.Errorf("Update: %v", err)
					}
					// A request that is in flight during the updates of the others.
					token, err := p.Pick(0, loadbalance.Request{})
					if err != nil {
						t.Errorf("Pick: %v", err)
					}
					runtime.Gosched()
					token.Done(0, loadbalance.OK)
				}
			})
		}
		workers.Wait()
		require.NoError(t, p.Update(all[:10]))
		picked := map[int]bool{}
		for range 10 {
			token, err := p.Pick(0, loadbalance.Request{})
			require.NoError(t, err)
			picked[token.Endpoint().Value] = true
		}
		require.Len(t, picked, 10, "all counts are back at zero")
	}
}
