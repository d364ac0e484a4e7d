package loadbalance_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
	"github.com/sysdesign-lab/sysdesign/loadbalance"
)

// naive is a picker as one would write it on a whiteboard: it compares the load of d endpoints drawn at random, of all when d is
// zero. Correct as it stands; each of its bugs is one that was shipped somewhere.
type naive struct {
	bug       bug
	d         int
	random    *rand.Rand
	endpoints []endpoint
	load      map[string]*naiveLoad
	turn      uint8
}

type naiveLoad struct {
	inFlight, reported int
}

type bug int

const (
	none            bug = iota
	withReplacement     // the same endpoint may be drawn twice
	ignoresExclude      // a retry may go where it failed
	forgetsOnUpdate     // a change of the set starts all counts at zero
	addsToReports       // its own picks still count after a report
	byTurn              // takes turns, in a counter of eight bits
)

func broken(d int, b bug) constructor {
	return func(e []endpoint, src rand.Source) (picker, error) {
		p := &naive{bug: b, d: d, random: rand.New(src), load: map[string]*naiveLoad{}}
		return p, p.Update(e)
	}
}

func (p *naive) Pick(_ time.Duration, r loadbalance.Request) (loadbalance.Token[int], error) {
	var eligible []int
	for i, e := range p.endpoints {
		if p.bug == ignoresExclude || !slices.Contains(r.Exclude, e.ID) {
			eligible = append(eligible, i)
		}
	}
	if len(eligible) == 0 {
		return loadbalance.Token[int]{}, loadbalance.ErrNoneEligible
	}
	best := eligible[0]
	switch {
	case p.bug == byTurn:
		best = eligible[int(p.turn)%len(eligible)]
		p.turn++
	case p.d == 0:
		for _, i := range eligible {
			if p.known(i) < p.known(best) {
				best = i
			}
		}
	default:
		order := p.random.Perm(len(eligible))
		best = eligible[order[0]]
		for k := 1; k < min(p.d, len(eligible)); k++ {
			i := eligible[order[k]]
			if p.bug == withReplacement {
				i = eligible[p.random.IntN(len(eligible))]
			}
			if p.known(i) < p.known(best) {
				best = i
			}
		}
	}
	e := &p.endpoints[best]
	p.load[e.ID].inFlight++
	return loadbalance.NewToken(e, p.load[e.ID]), nil
}

func (p *naive) known(i int) int {
	l := p.load[p.endpoints[i].ID]
	switch {
	case l.reported == notReported:
		return l.inFlight
	case p.bug == addsToReports:
		return l.reported + l.inFlight
	}
	return l.reported
}

// Finish implements loadbalance.Finisher.
func (l *naiveLoad) Finish(time.Duration, loadbalance.Outcome) { l.inFlight-- }

func (p *naive) Report(_ time.Duration, id string, load int) error {
	l := p.load[id]
	if l == nil {
		return loadbalance.ErrUnknownEndpoint
	}
	l.reported = load
	return nil
}

func (p *naive) Update(endpoints []endpoint) error {
	load := map[string]*naiveLoad{}
	for _, e := range endpoints {
		if load[e.ID] != nil {
			return loadbalance.ErrUnknownEndpoint // any error: ids must be distinct
		}
		if load[e.ID] = p.load[e.ID]; load[e.ID] == nil || p.bug == forgetsOnUpdate {
			load[e.ID] = &naiveLoad{reported: notReported}
		}
	}
	p.endpoints, p.load = slices.Clone(endpoints), load
	return nil
}

func (p *naive) Endpoints() []endpoint { return slices.Clone(p.endpoints) }

// The picker on the whiteboard obeys the laws: what fails below is the bug, not the model.
func TestBroken_NothingWithoutABug(t *testing.T) {
	lawtest.Holds(t, lawMinimum(broken(0, none)))
	lawtest.Holds(t, lawNeverWorst(2, broken(2, none)))
	lawtest.Holds(t, lawNeverWorst(3, broken(3, none)))
	lawtest.Holds(t, lawEligible(broken(2, none)))
}

func TestBroken_DrawsWithReplacement(t *testing.T) {
	lawtest.Breaks(t, "Two choices that are drawn with replacement can be the same one, and then pick the worst endpoint of all",
		lawNeverWorst(2, broken(2, withReplacement)))
}

func TestBroken_RetryWhereItFailed(t *testing.T) {
	lawtest.Breaks(t, "A picker that ignores what a request excludes sends a retry where it has just failed",
		lawEligible(broken(2, ignoresExclude)))
}

func TestBroken_CountsLostOnUpdate(t *testing.T) {
	lawtest.Breaks(t, "A picker that starts anew when the set changes takes busy endpoints for idle ones",
		lawMinimum(broken(0, forgetsOnUpdate)))
}

func TestBroken_OwnPicksAddedToReports(t *testing.T) {
	lawtest.Breaks(t, "A picker that adds its own picks to a reported load counts them twice",
		lawMinimum(broken(0, addsToReports)))
}

func TestBroken_AHiddenSource(t *testing.T) {
	calls := uint64(0) // stands for a generator that goes on from one run to the next
	lawtest.Breaks(t, "A picker that draws from a source of its own making, and not from the one it was given, cannot be replayed",
		lawFunctionOfTheSeed(func(e []endpoint, _ rand.Source) (picker, error) {
			calls++
			return loadbalance.NewRandom(e, rand.NewPCG(calls%2, 0))
		}))
}

func TestBroken_TurnsInEightBits(t *testing.T) {
	lawtest.Breaks(t, "A turn counter of eight bits skips endpoints when it wraps",
		lawSharesDifferByAtMostOne(broken(0, byTurn), 300))
}

// lawEligible, lawMinimum and lawNeverWorst are the laws as functions over a constructor.
func lawEligible(make constructor) func(*rapid.T) {
	return func(t *rapid.T) { exercise(t, make, anything) }
}

func lawMinimum(make constructor) func(*rapid.T) {
	return func(t *rapid.T) { exercise(t, make, picksAMinimum) }
}

func lawNeverWorst(d int, make constructor) func(*rapid.T) {
	return func(t *rapid.T) { exercise(t, make, neverTheWorst(d)) }
}
