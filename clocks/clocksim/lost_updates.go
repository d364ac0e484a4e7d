package clocksim

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/sysdesign-lab/sysdesign/clocks"
)

// Node is who writes: a name, which settles ties, and a clock.
type Node struct {
	Name  string
	Clock *Physical
}

// Pair are two writes of one key by two nodes, the second a while after the first.
type Pair struct {
	First, Second Node
	At            time.Duration // when the first is made
	Gap           time.Duration // from the first to the second
	MaxDrift      time.Duration // of the nodes' hybrid clocks

	// Blind says that the second node has not seen the first write. Otherwise it has read it, and means to replace it.
	Blind bool
}

// Fate is what became of the second write of a pair.
type Fate int

// Lost is the only one that nobody is told of.
const (
	Kept    Fate = iota // it is held, and the first is not
	Sibling             // it is held beside the first
	Lost                // it is not held, although it was made later
	Refused             // it was not made: the node's clock is too far behind the first write's time, and the writer was told
)

// Resolve makes both writes of a pair, and says what became of the second. [ByWall], [ByLamport], [ByHybrid] and [ByVector] are such.
type Resolve func(Pair) (Fate, error)

// The values that are written.
const first, second = 1, 2

// fate is what became of the second write, if that is what a register holds.
func fate(held int) Fate {
	if held == second {
		return Kept
	}
	return Lost
}

func (p Pair) checkClocks() error {
	if p.First.Clock == nil || p.Second.Clock == nil {
		return errors.New("clocksim: both nodes must have a clock: nil")
	}
	return nil
}

// ByWall lets the last write win by the nodes' wall clocks. It does not help to have read the first write.
func ByWall(p Pair) (Fate, error) {
	if err := p.checkClocks(); err != nil {
		return 0, err
	}
	var r clocks.LastWrite[int, clocks.WallStamp]
	r.Set(first, clocks.WallStamp{Time: p.First.Clock.Read(p.At), Node: p.First.Name})
	r.Set(second, clocks.WallStamp{Time: p.Second.Clock.Read(p.At + p.Gap), Node: p.Second.Name})
	held, _, _ := r.Get()
	return fate(held), nil
}

// ByLamport lets the last write win by Lamport time. The second node witnesses the first write's stamp as it reads it; if it is blind, both clocks are new.
func ByLamport(p Pair) (Fate, error) {
	var r clocks.LastWrite[int, clocks.LamportStamp]
	var a, b clocks.Lamport
	made, err := a.Tick()
	if err != nil {
		return 0, err
	}
	r.Set(first, clocks.LamportStamp{Counter: made, Node: p.First.Name})
	if p.Blind {
		made, err = b.Tick()
	} else {
		made, err = b.Witness(made)
	}
	if err != nil {
		return 0, err
	}
	r.Set(second, clocks.LamportStamp{Counter: made, Node: p.Second.Name})
	held, _, _ := r.Get()
	return fate(held), nil
}

// ByHybrid lets the last write win by hybrid time. The second node witnesses the first write's stamp as it reads it, unless it is blind; a stamp that is
// farther ahead of its clock than MaxDrift is refused, and then it does not write.
func ByHybrid(p Pair) (Fate, error) {
	if err := p.checkClocks(); err != nil {
		return 0, err
	}
	var r clocks.LastWrite[int, clocks.HybridStamp]
	a, err := clocks.NewHybrid(clocks.HybridConfig{MaxDrift: p.MaxDrift})
	if err != nil {
		return 0, err
	}
	b, err := clocks.NewHybrid(clocks.HybridConfig{MaxDrift: p.MaxDrift})
	if err != nil {
		return 0, err
	}
	made, err := a.Now(p.First.Clock.Read(p.At))
	if err != nil {
		return 0, err
	}
	r.Set(first, clocks.HybridStamp{Time: made, Node: p.First.Name})
	if wall := p.Second.Clock.Read(p.At + p.Gap); p.Blind {
		made, err = b.Now(wall)
	} else {
		made, err = b.Witness(wall, made)
	}
	switch {
	case errors.Is(err, clocks.ErrAhead):
		return Refused, nil
	case err != nil:
		return 0, err
	}
	r.Set(second, clocks.HybridStamp{Time: made, Node: p.Second.Name})
	held, _, _ := r.Get()
	return fate(held), nil
}

// ByVector keeps each value that no write has replaced which has seen it. No clock on a wall is asked.
func ByVector(p Pair) (Fate, error) {
	var r clocks.MultiValue[int]
	if err := r.Set(clocks.Vector{}, first, p.First.Name); err != nil {
		return 0, err
	}
	var seen clocks.Vector
	if !p.Blind {
		_, seen = r.Get()
	}
	if err := r.Set(seen, second, p.Second.Name); err != nil {
		return 0, err
	}
	siblings, _ := r.Get()
	if len(siblings) > 1 {
		return Sibling, nil
	}
	return fate(siblings[0]), nil
}

// Updates are pairs of writes by nodes whose clocks are off, each by a time of its own that is uniform within plus or minus Skew.
type Updates struct {
	Pairs    int           // at least one
	Skew     time.Duration // in [0, 1 year]
	Gap      time.Duration // in [0, 1 year], from the first write of a pair to the second
	MaxDrift time.Duration // of hybrid clocks
	Blind    bool          // second writers have not seen the first write
}

// Fates are shares of the pairs; of the others the second write is kept.
type Fates struct{ Sibling, Lost, Refused float64 }

// LoseUpdates makes pairs of writes and says what became of the second ones. The names of the two nodes are drawn too, so that ties are settled
// for either as often.
func LoseUpdates(random *rand.Rand, u Updates, resolve Resolve) (Fates, error) {
	switch {
	case random == nil || resolve == nil:
		return Fates{}, errors.New("clocksim: there must be randomness, and a way to resolve writes")
	case u.Pairs < 1:
		return Fates{}, fmt.Errorf("clocksim: there must be a pair of writes: %d", u.Pairs)
	case u.Skew < 0 || u.Skew > year:
		return Fates{}, fmt.Errorf("clocksim: a skew must lie in [0, 1 year]: %v", u.Skew)
	case u.Gap < 0 || u.Gap > year:
		return Fates{}, fmt.Errorf("clocksim: a gap must lie in [0, 1 year]: %v", u.Gap)
	}
	node := func(name string) (Node, error) {
		skew := time.Duration(math.Round((2*random.Float64() - 1) * float64(u.Skew)))
		clock, err := NewPhysical(epoch, Deviation{Ahead: skew})
		return Node{name, clock}, err
	}
	var count [Refused + 1]int
	for range u.Pairs {
		names := [2]string{"a", "b"}
		if random.Uint64()&1 == 1 {
			names[0], names[1] = names[1], names[0]
		}
		a, err := node(names[0])
		if err != nil {
			return Fates{}, err
		}
		b, err := node(names[1])
		if err != nil {
			return Fates{}, err
		}
		// The instant is drawn, because hybrid time counts in steps.
		at := time.Duration(random.Int64N(int64(time.Second)))
		fate, err := resolve(Pair{First: a, Second: b, At: at, Gap: u.Gap, MaxDrift: u.MaxDrift, Blind: u.Blind})
		if err != nil {
			return Fates{}, err
		}
		if fate < Kept || fate > Refused {
			return Fates{}, fmt.Errorf("clocksim: there must be such a fate: %d", fate)
		}
		count[fate]++
	}
	share := func(fate Fate) float64 { return float64(count[fate]) / float64(u.Pairs) }
	return Fates{share(Sibling), share(Lost), share(Refused)}, nil
}

const year = 365 * 24 * time.Hour

// epoch is the truth at time 0, in all simulations.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// LostByWall is the probability that the second of two writes is lost by wall time: (2-x)^2/8 with x the gap over the skew, and 0 from x = 2 on. Two
// clocks that are off by uniform times differ by a time that has a triangular distribution, and the write is lost if that is more than
// the gap. Without skew nothing is lost; without skew and gap, half, by the nodes' names.
func LostByWall(u Updates) float64 {
	switch x := float64(u.Gap) / float64(u.Skew); {
	case u.Gap == 0:
		return 0.5
	case u.Skew <= 0 || x >= 2:
		return 0
	default:
		return (2 - x) * (2 - x) / 8
	}
}

// RefusedByHybrid is the probability that the second of two writes, whose writer has read the first, is refused by a hybrid clock: what wall time would lose
// if the gap were longer by the bound.
func RefusedByHybrid(u Updates) float64 {
	u.Gap += inSteps(u.MaxDrift)
	return LostByWall(u)
}

// inSteps is the bound of a hybrid clock as it works out on average: in the middle of a step of 65.536 µs, in which hybrid time counts, rounded up.
func inSteps(maxDrift time.Duration) time.Duration {
	const step = 1 << 16
	return maxDrift/step*step + step/2
}
