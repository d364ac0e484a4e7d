package ratelimit_test

import (
	"math"
	"sync"
	"testing"
	"time"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// tatWord is GCRA in a plain word, to be cancelled.
type tatWord struct {
	setting
	tat time.Duration
}

func plainWord(s setting) (algorithm, error) {
	return &tatWord{s, math.MinInt64}, nil
}

func (w *tatWord) cost(n int) time.Duration { return time.Duration(wholeUp(w.asked(n))) }

func (w *tatWord) Take(now time.Duration, n int) ratelimit.Decision {
	if n < 1 || n > w.burst || max(w.tat, now)+w.cost(n)-now > w.cost(w.burst) {
		return refused(0)
	}
	d, _ := w.book(now, n)
	return d
}

func (w *tatWord) Peek(time.Duration, int) ratelimit.Decision { return refused(0) }

func (w *tatWord) book(now time.Duration, n int) (ratelimit.Decision, tatBooking) {
	if n < 1 || n > w.burst {
		return refused(0), tatBooking{w, 0, math.MaxInt64, 0} // which no word is
	}
	from := max(w.tat, now)
	w.tat = from + w.cost(n)
	wait := max(0, w.tat-now-w.cost(w.burst))
	return ratelimit.Decision{Verdict: ratelimit.Admitted, Wait: wait}, tatBooking{w, from, w.tat, now + wait}
}

type tatBooking struct {
	word     *tatWord
	from, to time.Duration
	acts     time.Duration
}

// cancelsExactly gives back only if nothing came since, only in time, and only once.
type cancelsExactly struct {
	tatBooking
	again, late, done bool
}

func (b *cancelsExactly) Cancel(now time.Duration) bool {
	if b.word.tat != b.to || b.done && !b.again || now > b.acts && !b.late {
		return false
	}
	b.word.tat, b.done = b.from, true
	return true
}

func reserveExactly(limit algorithm, now time.Duration, n int, _ time.Duration) (ratelimit.Decision, booking) {
	d, b := limit.(*tatWord).book(now, n)
	return d, &cancelsExactly{tatBooking: b}
}

func reserveForgetfully(limit algorithm, now time.Duration, n int, _ time.Duration) (ratelimit.Decision, booking) {
	d, b := limit.(*tatWord).book(now, n)
	return d, &cancelsExactly{tatBooking: b, again: true}
}

func reserveTimelessly(limit algorithm, now time.Duration, n int, _ time.Duration) (ratelimit.Decision, booking) {
	d, b := limit.(*tatWord).book(now, n)
	return d, &cancelsExactly{tatBooking: b, late: true}
}

// cancelsBlindly subtracts what was reserved, whatever came since.
type cancelsBlindly struct {
	tatBooking
	done bool
}

func (b *cancelsBlindly) Cancel(now time.Duration) bool {
	if b.done || now > b.acts {
		return false
	}
	b.word.tat -= b.to - b.from
	b.done = true
	return true
}

func reserveBlindly(limit algorithm, now time.Duration, n int, _ time.Duration) (ratelimit.Decision, booking) {
	d, b := limit.(*tatWord).book(now, n)
	return d, &cancelsBlindly{tatBooking: b}
}

func TestBroken_CancelledBlindly(t *testing.T) {
	lawtest.Breaks(t, "A cancellation that subtracts what was reserved, though others have reserved since, sells their time again",
		lawReservations(subject{"GCRA", plainWord, few, nil, true}, reserveBlindly))
}

// SetLimit keeps the word, which then stands for another number of events.
func (w *tatWord) SetLimit(_ time.Duration, rate ratelimit.Rate, burst int) error {
	w.setting = setting{rate.PerSecond(), time.Second, burst, false}
	return nil
}

func TestBroken_OwedAsTime(t *testing.T) {
	lawtest.Breaks(t, "A GCRA that keeps its word when the rate falls owes as much time, and so fewer events than were taken",
		lawChanges(subject{"GCRA", plainWord, few, nil, true}))
}

// heedless is a GCRA with a fault in its reservations.
type heedless struct {
	*ratelimit.GCRA
	fault fault
}

type fault int

const (
	impatient   fault = iota // whatever the patience is
	irrevocable              // the reservation cannot be cancelled
	jumpsBack                // an error in SetLimit leaves a fresh limit
)

func faulty(f fault) maker {
	return func(s setting) (algorithm, error) {
		g, err := ratelimit.NewGCRA(s.rate(), s.burst)
		return &heedless{g, f}, err
	}
}

func (h *heedless) Reserve(now time.Duration, n int, atMost time.Duration) ratelimit.Reservation {
	switch h.fault {
	case impatient:
		return h.GCRA.Reserve(now, n, ratelimit.Never)
	case irrevocable:
		return ratelimit.Reservation{Decision: h.GCRA.Reserve(now, n, atMost).Decision}
	}
	return h.GCRA.Reserve(now, n, atMost)
}

func (h *heedless) SetLimit(now time.Duration, rate ratelimit.Rate, burst int) error {
	err := h.GCRA.SetLimit(now, rate, burst)
	if err != nil && h.fault == jumpsBack {
		h.GCRA, _ = ratelimit.NewGCRA(ratelimit.PerSecond(1), 1)
	}
	return err
}

func TestBroken_PatienceIgnored(t *testing.T) {
	lawtest.Breaks(t, "A reservation that does not heed how long its holder can wait is charged in vain",
		lawPatience(subject{"GCRA", faulty(impatient), few, nil, true}))
}

func TestBroken_ReservedForLater(t *testing.T) {
	lawtest.Breaks(t, "A reservation for now that may act later is admitted where a take is refused",
		lawForNow(subject{"GCRA", faulty(impatient), few, nil, true}))
}

func TestBroken_NothingGivenBack(t *testing.T) {
	lawtest.Breaks(t, "A reservation whose cancellation does nothing is charged for good",
		lawGivesBackAll(subject{"GCRA", faulty(irrevocable), few, nil, true}))
}

func TestBroken_TheLatestIsKept(t *testing.T) {
	lawtest.Breaks(t, "A reservation that cannot be cancelled, though nothing came since",
		lawLatest(subject{"GCRA", faulty(irrevocable), few, nil, true}, reserve))
}

func TestBroken_CancelledTwice(t *testing.T) {
	lawtest.Breaks(t, "A cancellation that compares words, and does not remember that it was made, gives back the next one's time",
		lawLatest(subject{"GCRA", plainWord, few, nil, true}, reserveForgetfully))
}

func TestBroken_CancelledAfterItActed(t *testing.T) {
	lawtest.Breaks(t, "A cancellation that does not look at the clock gives back what has happened, and a deferred one always does",
		lawActed(subject{"GCRA", plainWord, few, nil, true}, reserveTimelessly))
}

func TestBroken_AFailedChangeStartsAnew(t *testing.T) {
	lawtest.Breaks(t, "A change that fails half-way leaves another limit behind",
		lawFailedChange(subject{"GCRA", faulty(jumpsBack), few, nil, true}))
}

// counted is a limit that never regains: enough for one instant.
type counted struct {
	mu    sync.Mutex
	left  int
	looks *sync.WaitGroup // if not nil: all look before any takes, as chance would have it
}

func countedLocked(s setting) (algorithm, error) { return &counted{left: s.burst}, nil }

// countedUnlocked reads and writes in two steps, between which all four goroutines of the law come.
func countedUnlocked(s setting) (algorithm, error) {
	c := &counted{left: s.burst, looks: &sync.WaitGroup{}}
	c.looks.Add(4)
	return c, nil
}

func (c *counted) Take(time.Duration, int) ratelimit.Decision {
	c.mu.Lock()
	left := c.left
	if c.looks != nil {
		c.mu.Unlock()
		c.looks.Done()
		c.looks.Wait()
		c.mu.Lock()
	}
	defer c.mu.Unlock()
	if left == 0 {
		return refused(0)
	}
	c.left = left - 1
	return admitted(c.left)
}

func (c *counted) Peek(time.Duration, int) ratelimit.Decision { return refused(0) }

func TestBroken_ReadThenWritten(t *testing.T) {
	lawtest.Breaks(t, "A limit that is read and then written, with others between, admits whoever has read",
		lawAtOnce(subject{make: countedUnlocked}, 1))
}
