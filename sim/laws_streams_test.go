package sim_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/sim"
)

// streams are what a seed makes of names.
type streams func(seed uint64) (of func(name string) *rand.Rand)

func engineStreams(seed uint64) func(string) *rand.Rand { return sim.New(seed).Stream }

func TestLaw_AStreamDoesNotDependOnWhoElseDraws(t *testing.T) {
	rapid.Check(t, lawStreamsAreIndependent(engineStreams))
}

func lawStreamsAreIndependent(make streams) func(*rapid.T) {
	return func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		names := rapid.SliceOfNDistinct(rapid.String(), 2, 5, func(s string) string { return s }).Draw(t, "names")
		alone, among := make(seed)(names[0]), make(seed)
		var story []string
		for i := range 50 {
			other := names[1+i%(len(names)-1)]
			for range rapid.IntRange(0, 3).Draw(t, "others draw") {
				among(other).Uint64()
				story = append(story, fmt.Sprintf("stream %q draws", other))
			}
			if got, want := among(names[0]).Uint64(), alone.Uint64(); got != want {
				t.Fatalf("%s\nbut then stream %q draws %#x, where alone it draws %#x", strings.Join(story, "\n"), names[0], got, want)
			}
			story = append(story, fmt.Sprintf("stream %q draws", names[0]))
		}
	}
}

// replicator runs n replications, batcher runs them batch by batch up to a limit.
type (
	replicator func(seed uint64, n int, run func(*sim.Engine) ([]uint64, error)) ([][]uint64, error)
	batcher    func(seed uint64, batch, limit int, run func(*sim.Engine) ([]uint64, error), enough func([][]uint64) bool) ([][]uint64, error)
)

func TestLaw_StreamsAreDistinct(t *testing.T) {
	lawStreamsAreDistinct(t, engineStreams, sim.Replicate[[]uint64])
}

// Different names, seeds and replications give streams that share no draw: of 800 64-bit numbers two equal ones have
// probability 2e-14.
func lawStreamsAreDistinct(t interface{ Fatalf(string, ...any) }, make streams, replicate replicator) {
	seen := map[uint64]string{}
	look := func(draws []uint64, who string) {
		for i, v := range draws {
			if seen[v] != "" {
				t.Fatalf("%s draws %#x\nbut draw %d of %s is the same", seen[v], v, i+1, who)
			}
			seen[v] = who
		}
	}
	for seed := range uint64(5) {
		of := make(seed)
		for _, name := range []string{"", "a", "b", "a\x00", "arrivals", "service"} {
			look(twenty(of(name)), fmt.Sprintf("stream %q of seed %d", name, seed))
		}
	}
	all, err := replicate(0, 10, func(e *sim.Engine) ([]uint64, error) { return twenty(e.Stream("a")), nil })
	if err != nil {
		t.Fatalf("ten replications: %v", err)
	}
	for i, draws := range all {
		look(draws, fmt.Sprintf("stream \"a\" of replication %d with seed 0", i))
	}
}

func twenty(r *rand.Rand) []uint64 {
	draws := make([]uint64, 20)
	for i := range draws {
		draws[i] = r.Uint64()
	}
	return draws
}

// drawAndSleep is a model whose draws depend on all that a replication is given.
func drawAndSleep(e *sim.Engine) ([]uint64, error) {
	var draws []uint64
	e.Go(func(p *sim.Process) {
		for range 10 {
			p.Sleep(time.Duration(e.Stream("gap").IntN(100)))
			draws = append(draws, e.Stream("draw").Uint64(), uint64(p.Now()))
		}
	})
	err := e.Run()
	return draws, err
}

func TestLaw_ReplicationsDoNotDependOnTheNumberOfProcessors(t *testing.T) {
	lawReplicationsIgnoreProcessors(t, sim.Replicate[[]uint64])
}

func lawReplicationsIgnoreProcessors(t interface{ Fatalf(string, ...any) }, replicate replicator) {
	const n = 20
	var first [][]uint64
	for _, processors := range []int{1, 2, 7} {
		previous := runtime.GOMAXPROCS(processors)
		all, err := replicate(42, n, drawAndSleep)
		runtime.GOMAXPROCS(previous)
		if err != nil || len(all) != n {
			t.Fatalf("%d replications with %d processors\nbut there are %d results, error %v", n, processors, len(all), err)
		}
		if first == nil {
			first = all
		}
		for i, draws := range all {
			if len(draws) != 20 || !slices.Equal(draws, first[i]) {
				t.Fatalf("with one processor, replication %d draws %v\nbut with %d it draws %v", i, brief(first[i]), processors, brief(draws))
			}
		}
	}
}

func TestLaw_BatchesAreTheFirstReplications(t *testing.T) {
	lawBatchesAreTheFirst(t, sim.ReplicateUntil[[]uint64])
}

func lawBatchesAreTheFirst(t interface{ Fatalf(string, ...any) }, until batcher) {
	batched, err := until(42, 3, 20, drawAndSleep, func(all [][]uint64) bool { return len(all) >= 10 })
	if err != nil || len(batched) != 12 {
		t.Fatalf("batches of three until there are ten\nbut there are %d results, error %v", len(batched), err)
	}
	direct, err := sim.Replicate(42, 12, drawAndSleep)
	if err != nil {
		t.Fatalf("twelve replications: %v", err)
	}
	for i := range direct {
		if !slices.Equal(batched[i], direct[i]) {
			t.Fatalf("of twelve replications at once, number %d draws %v\nbut of four batches of three it draws %v", i, brief(direct[i]), brief(batched[i]))
		}
	}
}

// brief is how a run of drawAndSleep begins.
func brief(draws []uint64) string {
	if len(draws) < 4 {
		return fmt.Sprint(draws)
	}
	return fmt.Sprintf("%#x at %v, %#x at %v, …", draws[0], time.Duration(draws[1]), draws[2], time.Duration(draws[3]))
}
