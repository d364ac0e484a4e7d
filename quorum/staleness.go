package quorum

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// Limits of a simulation, which keep it within memory, some 24 bytes a trial; and of a product.
const (
	mostTrials   = 1 << 26
	mostReplicas = 1_000
	mostNumbers  = 1 << 28 // that StalenessGrid keeps
	mostFactors  = 1 << 26 // of KStaleness, some tenths of a second
)

// Staleness simulates a write and, after it, a read of the same key, so many times, and says how often the read misses the write. A
// write commits when the W-th acknowledgement arrives; the read starts t after that, and returns the newest of the first R responses. It
// is consistent if one of these R replicas had the write before the read came to it: if commit + t + R's delay >= W's delay.
// Nothing else brings a replica up to date: there is no read repair, and no message is lost.
//
// Whether a trial is consistent depends on t in one way only: it is from some t on. So every trial yields this one number, and
// the [Visibility] of all t at once.
//
// Numbers that overlap (R+W > N) are always consistent. trials lies in [1, 2^26], N is at most 1,000; a nil src is one that the
// runtime seeds. The messages that are drawn do not depend on R and W: with sources of one seed, they are compared on the same ones.
// It takes O(trials * (N^2 + log(trials))) time, and allocates nothing a trial: a million trials of three replicas take less
// than a second (go test -bench Staleness ./quorum). A src is called unsynchronised.
func Staleness(m Model, q Replicas, trials int, src rand.Source) (*Visibility, error) {
	if err := q.Validate(); err != nil {
		return nil, err
	}
	t, err := newTrial(m, q.N, trials, src)
	if err != nil {
		return nil, err
	}
	v := newVisibility(q, trials)
	for range trials {
		if err := t.draw(); err != nil {
			return nil, err
		}
		v.reads = append(v.reads, t.answers[q.R-1].at)
		v.writes = append(v.writes, t.commits[q.W-1])
		v.add(t.visibleAfter(q.R, q.W))
	}
	v.sort()
	return v, nil
}

// StalenessGrid is [Staleness] for every R and W of N, all from the same trials: entry [R-1][W-1]. It keeps N^2 + 2N numbers of
// each trial, at most 2^28 in all.
func StalenessGrid(m Model, n, trials int, src rand.Source) ([][]*Visibility, error) {
	if err := (Replicas{n, 1, 1}).Validate(); err != nil {
		return nil, err
	}
	t, err := newTrial(m, n, trials, src)
	if err != nil {
		return nil, err
	}
	if trials > mostNumbers/(n*(n+2)) {
		return nil, fmt.Errorf("quorum: trials times N(N+2) must be at most %d: %d trials of N=%d", mostNumbers, trials, n)
	}
	grid := make([][]*Visibility, n)
	for r := range grid {
		for w := range n {
			grid[r] = append(grid[r], newVisibility(Replicas{n, r + 1, w + 1}, 0))
		}
	}
	reads, writes := make([][]time.Duration, n), make([][]time.Duration, n)
	for i := range n {
		reads[i], writes[i] = make([]time.Duration, 0, trials), make([]time.Duration, 0, trials)
	}
	for range trials {
		if err := t.draw(); err != nil {
			return nil, err
		}
		for i := range n {
			reads[i], writes[i] = append(reads[i], t.answers[i].at), append(writes[i], t.commits[i])
			for w := range n - i - 1 { // the others overlap, and are always consistent
				grid[i][w].add(t.visibleAfter(i+1, w+1))
			}
		}
	}
	var scratch []time.Duration
	for i := range n {
		scratch = sortTimes(reads[i], scratch)
		scratch = sortTimes(writes[i], scratch)
	}
	for r, row := range grid {
		for w, v := range row {
			scratch = sortTimes(v.after, scratch)
			v.trials, v.reads, v.writes = trials, reads[r], writes[w]
		}
	}
	return grid, nil
}

// trial is one write and one read, drawn again and again.
type trial struct {
	Model
	r       *rand.Rand
	n       int
	commits []time.Duration // when the k-th acknowledgement is back
	answers []answer        // by the order in which they are back
}

// answer is one response to the read, k-th of all.
type answer struct {
	at time.Duration // since the read began
	// late is how long after the write's beginning a read must begin so as to meet it at this replica, or at that of an earlier answer.
	late time.Duration
}

func newTrial(m Model, n, trials int, src rand.Source) (*trial, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	if n > mostReplicas {
		return nil, fmt.Errorf("quorum: the staleness of at most %d replicas can be simulated: N=%d", mostReplicas, n)
	}
	if trials < 1 || trials > mostTrials {
		return nil, fmt.Errorf("quorum: trials must lie in [1, %d]: %d", mostTrials, trials)
	}
	if src == nil {
		src = rand.NewPCG(rand.Uint64(), rand.Uint64())
	}
	return &trial{Model: m, r: rand.New(src), n: n, commits: make([]time.Duration, n), answers: make([]answer, n)}, nil
}

// draw draws all messages. Responses that arrive together are taken in the order of the replicas, which favours none: their delays
// are drawn alike.
func (t *trial) draw() error {
	writer, reader := -1, -1
	if t.Remote > 0 {
		writer, reader = t.r.IntN(t.n), t.r.IntN(t.n)
	}
	for i := range t.n {
		w, a, r, s := t.W.Draw(t.r), t.A.Draw(t.r), t.R.Draw(t.r), t.S.Draw(t.r)
		if w|a|r|s < 0 || max(w, a, r, s) > longestDelay {
			return outOfRange(w, a, r, s)
		}
		if t.Remote > 0 {
			if i != writer {
				w, a = w+t.Remote, a+t.Remote
			}
			if i != reader {
				r, s = r+t.Remote, s+t.Remote
			}
		}
		done, k := w+a, i
		for ; k > 0 && t.commits[k-1] > done; k-- {
			t.commits[k] = t.commits[k-1]
		}
		t.commits[k] = done

		back := answer{r + s, w - r}
		for k = i; k > 0 && t.answers[k-1].at > back.at; k-- {
			t.answers[k] = t.answers[k-1]
		}
		t.answers[k] = back
	}
	for k := 1; k < t.n; k++ {
		t.answers[k].late = min(t.answers[k].late, t.answers[k-1].late)
	}
	return nil
}

// visibleAfter is the time after the commit from which on a read that starts then is consistent; negative or zero if one is that starts with it.
func (t *trial) visibleAfter(r, w int) time.Duration { return t.answers[r-1].late - t.commits[w-1] }

func outOfRange(delays ...time.Duration) error {
	for i, d := range delays {
		if d < 0 || d > longestDelay {
			return fmt.Errorf("quorum: a delay must lie in [0, %v]: %v drawn for %c", longestDelay, d, "WARS"[i])
		}
	}
	return nil
}

// KStaleness is the probability that a read misses each of the last k versions, if every version is on W random replicas and on no
// other, and the read asks R random ones: (C(N-W, R) / C(N, R))^k. With N, R, W that overlap it is 0. As versions spread to the other
// replicas, reads miss fewer: it is a bound. k is at least 1. It takes O(min(R, W)) time; where that is more than 2^26 factors, none of which
// makes the product vanish, the error is [ErrTooLarge].
//
// Source: the paper named at [Model], section 3.1, which calls it PBS k-staleness.
func KStaleness(q Replicas, k int) (float64, error) {
	if err := q.Validate(); err != nil {
		return 0, err
	}
	if k < 1 {
		return 0, fmt.Errorf("quorum: k-staleness must be that of one version or more: k=%d", k)
	}
	if q.Overlaps() {
		return 0, nil
	}
	misses := 1.0
	for i := range min(q.R, q.W) { // C(N-W, R) / C(N, R) is the same with R and W exchanged
		if misses == 0 { // the factors to come change nothing
			break
		}
		if i >= mostFactors {
			return 0, fmt.Errorf("%w: more than %d factors of R=%d W=%d N=%d", ErrTooLarge, mostFactors, q.R, q.W, q.N)
		}
		misses *= float64(q.N-max(q.R, q.W)-i) / float64(q.N-i)
	}
	return math.Pow(misses, float64(k)), nil
}
