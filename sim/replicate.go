package sim

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// most is how many replications there can be: their results are all kept.
const most = 1 << 24

// Replicate runs n independent replications of a model, as many at a time as there are processors, and returns
// their results by index. Replication i has an engine of its own, whose seed derives from seed and i; it is
// closed when run returns. The result is the same whatever the number of processors.
//
// When replications fail, the error of the lowest index is returned, with its index; no result is.
// A panic of a replication comes out of Replicate.
func Replicate[T any](seed uint64, n int, run func(e *Engine) (T, error)) ([]T, error) {
	if n < 1 || n > most {
		return nil, fmt.Errorf("sim: the number of replications must lie in [1, %d]: %d", most, n)
	}
	return replicate(seed, 0, n, run)
}

// ReplicateUntil adds replications, batch by batch, until enough says of all results so far that they suffice, or
// limit replications have run. The batch's size is the caller's and fixed, so that the answer does not depend on
// the number of processors. A typical enough asks for a narrow interval (Precise of sim/stats). Each look is one more
// chance to stop by luck, so keep batches large: ten or more.
func ReplicateUntil[T any](seed uint64, batch, limit int, run func(e *Engine) (T, error), enough func([]T) bool) ([]T, error) {
	if batch < 1 || limit < batch || limit > most {
		return nil, fmt.Errorf("sim: batch must be positive and at most limit, limit at most %d: batch=%d limit=%d", most, batch, limit)
	}
	if enough == nil {
		return nil, errors.New("sim: enough must not be nil")
	}
	var all []T
	for len(all) < limit {
		more, err := replicate(seed, len(all), min(batch, limit-len(all)), run)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
		if enough(all) {
			break
		}
	}
	return all, nil
}

// replicate runs replications first to first+n-1.
func replicate[T any](seed uint64, first, n int, run func(e *Engine) (T, error)) ([]T, error) {
	if run == nil {
		return nil, errors.New("sim: run must not be nil")
	}
	var (
		results = make([]T, n)
		errs    = make([]error, n)
		ended   = make([]bool, n) // returned or panicked
		panics  = make([]any, n)
		next    atomic.Int64
		failed  atomic.Bool
		workers sync.WaitGroup
	)
	one := func(i int) {
		e := New(replicationSeed(seed, first+i))
		finished := false
		defer func() {
			if r := recover(); r != nil {
				panics[i], ended[i] = r, true
			}
			if !finished {
				failed.Store(true)
			}
		}()
		defer e.Close()
		results[i], errs[i] = run(e)
		ended[i] = true
		finished = errs[i] == nil
	}
	for range min(n, runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			// Indices are handed out in order: when one fails, all lower ones have been, so the lowest
			// failing index is the same in every run.
			for !failed.Load() {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				one(i)
			}
		})
	}
	workers.Wait()
	for i := range n {
		if panics[i] != nil {
			panic(panics[i])
		}
		if !ended[i] {
			return nil, fmt.Errorf("sim: replication %d: it ended its goroutine (runtime.Goexit, as a test's FailNow does)", first+i)
		}
		if errs[i] != nil {
			return nil, fmt.Errorf("sim: replication %d: %w", first+i, errs[i])
		}
	}
	return results, nil
}
