package quorum

import (
	"errors"
	"fmt"
	"strconv"
)

// Replicas are the three numbers of a replicated store: N replicas hold each key, a write is done when W of them have
// acknowledged it, and a read when R of them have answered. The coordinator sends to all N and waits for the first R or W. The
// zero value is refused by [Replicas.Validate]; the arithmetic of the other methods holds for numbers that it accepts.
//
// Sources: David K. Gifford, "Weighted Voting for Replicated Data", SOSP 1979; Giuseppe DeCandia et al., "Dynamo: Amazon's
// Highly Available Key-value Store", SOSP 2007, sections 4.5 and 4.6.
type Replicas struct {
	N, R, W int
}

// Validate says which rule is broken: N at least 1, R and W in [1, N]. Numbers that pass need not overlap: see [Replicas.Strict].
func (q Replicas) Validate() error {
	if q.N < 1 {
		return fmt.Errorf("quorum: N must be at least 1: N=%d", q.N)
	}
	var errs []error
	for _, size := range []struct {
		name  string
		value int
	}{{"R", q.R}, {"W", q.W}} {
		if size.value < 1 || size.value > q.N {
			errs = append(errs, fmt.Errorf("quorum: %s must be in [1, N]: %s=%d N=%d", size.name, size.name, size.value, q.N))
		}
	}
	return errors.Join(errs...)
}

// Strict is Validate, and also refuses numbers whose reads may miss a write that was acknowledged before they began.
func (q Replicas) Strict() error {
	if err := q.Validate(); err != nil {
		return err
	}
	if !q.Overlaps() {
		return fmt.Errorf("quorum: R+W must exceed N for overlapping reads: R=%d W=%d N=%d", q.R, q.W, q.N)
	}
	return nil
}

// Overlaps says whether every R replicas share one with every W: R+W > N. It makes a read see every write that was
// acknowledged before it began, and no more than that: see [Explain].
func (q Replicas) Overlaps() bool { return q.R > q.N-q.W } // which cannot overflow

// WritesOverlap says whether every two write quorums share a replica: W > N/2. Without it, two writes can both be acknowledged
// and neither replica know of the other, so that only their stamps can order them.
func (q Replicas) WritesOverlap() bool { return q.W > q.N-q.W }

// Tolerates says how many replicas may be down, whichever they are, with reads and with writes still served.
func (q Replicas) Tolerates() (reads, writes int) { return q.N - q.R, q.N - q.W }

// String writes the numbers as errors and charts do.
func (q Replicas) String() string { return fmt.Sprintf("N=%d R=%d W=%d", q.N, q.R, q.W) }

// System is the quorum system of these numbers: any R replicas to read, any W to write. Names are the replicas' own, N of them; without
// any they are called 1 to N. It returns the errors of [Replicas.Strict], and [ErrTooLarge] if N exceeds 16,384.
func (q Replicas) System(names ...string) (*System, error) {
	if err := q.Strict(); err != nil {
		return nil, err
	}
	return q.system(names)
}

// Availability is the probability that R replicas are up to read, and the probability that W are up to write. It is exact: see
// [System.Availability]. The numbers need not overlap. Names are as those of [Replicas.System].
func (q Replicas) Availability(failures Failures, names ...string) (read, write float64, err error) {
	if err := q.Validate(); err != nil {
		return 0, 0, err
	}
	s, err := q.system(names)
	if err != nil {
		return 0, 0, err
	}
	return s.Availability(failures)
}

func (q Replicas) system(names []string) (*System, error) {
	if q.N > maxNamed {
		return nil, fmt.Errorf("%w: N must be at most %d for a system: N=%d", ErrTooLarge, maxNamed, q.N)
	}
	if len(names) == 0 {
		names = make([]string, q.N)
		for i := range names {
			names[i] = strconv.Itoa(i + 1)
		}
	}
	if len(names) != q.N {
		return nil, fmt.Errorf("quorum: there must be a name for each replica: %d names, N=%d", len(names), q.N)
	}
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		if seen[name] {
			return nil, fmt.Errorf("quorum: replicas must have names of their own: %q appears twice", name)
		}
		seen[name] = true
	}
	all := Named(names...)
	return system(Choose(q.R, all...), Choose(q.W, all...))
}
