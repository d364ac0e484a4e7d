package sim_test

import (
	"hash/fnv"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
	"github.com/sysdesign-lab/sysdesign/sim"
)

// hashed derives each stream from the seed and a hash of its name, which is sound.
func hashed(seed uint64) func(string) *rand.Rand {
	return remembered(func(name string) *rand.Rand {
		h := fnv.New64a()
		h.Write([]byte(name))
		return rand.New(rand.NewPCG(seed, h.Sum64()))
	})
}

// remembered makes a stream when its name is first heard.
func remembered(make func(name string) *rand.Rand) func(string) *rand.Rand {
	known := map[string]*rand.Rand{}
	return func(name string) *rand.Rand {
		if known[name] == nil {
			known[name] = make(name)
		}
		return known[name]
	}
}

// oneForAll has a single generator.
func oneForAll(seed uint64) func(string) *rand.Rand {
	r := rand.New(rand.NewPCG(seed, 0))
	return func(string) *rand.Rand { return r }
}

// inOrderOfUse numbers the streams as they come.
func inOrderOfUse(seed uint64) func(string) *rand.Rand {
	n := uint64(0)
	return remembered(func(string) *rand.Rand {
		n++
		return rand.New(rand.NewPCG(seed, n))
	})
}

func TestBroken_NoStreamWithoutABug(t *testing.T) {
	lawtest.Holds(t, lawStreamsAreIndependent(hashed))
	lawStreamsAreDistinct(t, hashed, sim.Replicate[[]uint64])
}

func TestBroken_OneGeneratorForAll(t *testing.T) {
	lawtest.Breaks(t, "A generator that all components share gives each what the others leave: no two policies see the same arrivals",
		lawStreamsAreIndependent(oneForAll))
}

func TestBroken_StreamsNumberedAsTheyCome(t *testing.T) {
	lawtest.Breaks(t, "Streams that are numbered in the order of their first use change when a component is added",
		lawStreamsAreIndependent(inOrderOfUse))
}

// seedPlusIndex gives replication i the seed + i.
func seedPlusIndex(seed uint64, n int, run func(*sim.Engine) ([]uint64, error)) ([][]uint64, error) {
	var all [][]uint64
	for i := range n {
		draws, err := runOn(sim.New(seed+uint64(i)), run)
		if err != nil {
			return nil, err
		}
		all = append(all, draws)
	}
	return all, nil
}

func runOn(e *sim.Engine, run func(*sim.Engine) ([]uint64, error)) ([]uint64, error) {
	defer e.Close()
	return run(e)
}

func TestBroken_SeedPlusIndex(t *testing.T) {
	lawtest.Breaks(t, "Replications whose seeds are seed, seed+1, … repeat the runs that have these seeds",
		func(t *rapid.T) { lawStreamsAreDistinct(t, engineStreams, seedPlusIndex) })
}

// sharedByWorkers deals replications to as many workers as there are processors, and seeds each worker, not each replication.
func sharedByWorkers(seed uint64, n int, run func(*sim.Engine) ([]uint64, error)) ([][]uint64, error) {
	workers := runtime.GOMAXPROCS(0)
	all := make([][]uint64, n)
	for w := range workers {
		seeds := rand.New(rand.NewPCG(seed, uint64(w)))
		for i := w; i < n; i += workers {
			draws, err := runOn(sim.New(seeds.Uint64()), run)
			if err != nil {
				return nil, err
			}
			all[i] = draws
		}
	}
	return all, nil
}

func TestBroken_ASeedForEachWorker(t *testing.T) {
	lawtest.Breaks(t, "Seeds that belong to workers, and not to replications, make the result depend on the machine",
		func(t *rapid.T) { lawReplicationsIgnoreProcessors(t, sharedByWorkers) })
}

func TestBroken_EachBatchBeginsAnew(t *testing.T) {
	lawtest.Breaks(t, "A sequential experiment that counts replications from zero in each batch adds the same ones again",
		func(t *rapid.T) {
			lawBatchesAreTheFirst(t, func(seed uint64, batch, limit int, run func(*sim.Engine) ([]uint64, error), enough func([][]uint64) bool) ([][]uint64, error) {
				var all [][]uint64
				for len(all) < limit && !enough(all) {
					more, err := sim.Replicate(seed, min(batch, limit-len(all)), run)
					if err != nil {
						return nil, err
					}
					all = append(all, more...)
				}
				return all, nil
			})
		})
}

func TestBroken_NoSleepForNoTime(t *testing.T) {
	lawtest.Breaks(t, "A sleep that returns at once when there is nothing to wait for jumps the queue of this instant",
		lawProcessesAreChains(func(p *sim.Process, d time.Duration) {
			if d > 0 {
				p.Sleep(d)
			}
		}))
}

func TestBroken_AnEngineIsNotClosed(t *testing.T) {
	lawtest.Breaks(t, "An engine that is not closed keeps the processes that have not returned",
		lawProcessesLeakNothing(func(*sim.Engine) {}))
}
