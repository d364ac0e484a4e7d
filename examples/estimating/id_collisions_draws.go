package estimating

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/cespare/xxhash/v2"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/estimate/estimatesim"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/sim"
)

// idParts are how identifiers come about and what is said of them, so that tests can plant others.
type idParts struct {
	code          func(space uint64, r *rand.Rand) uint64
	hash64        func(key uint64) uint64
	fix           func(id uint32, bits int) uint32 // an identifier with its first bits as in all others
	base62        func(uint64) string
	collision     func(estimate.Count, float64) (float64, error)
	approximation func(estimate.Count, float64) (float64, error)
	within        func(p, space float64) (estimate.Count, error)
	repeats       func(n int, draw func() uint64) ([]int, error)
	drawAgain     func(space int, stored []int, draw func() uint64) ([]int, error)
	draws         int // for each kind of identifiers, in all its trials
}

var soundIDs = idParts{
	code: func(space uint64, r *rand.Rand) uint64 { return r.Uint64N(space) },
	hash64: func(key uint64) uint64 {
		var bytes [8]byte
		binary.LittleEndian.PutUint64(bytes[:], key)
		return xxhash.Sum64(bytes[:])
	},
	fix:           func(id uint32, bits int) uint32 { return id<<bits>>bits | 1<<31 },
	base62:        estimate.Base62,
	collision:     estimate.Collision,
	approximation: estimate.CollisionApprox,
	within:        estimate.IDsWithin,
	repeats:       estimatesim.Repeats,
	drawAgain:     estimatesim.DrawAgain,
	draws:         20_000_000,
}

const (
	filledDigits = 3 // of the codes of the shortener that fills up
	filledSpace  = 62 * 62 * 62
	shortBits    = 32 // of identifiers of which some bits are fixed
)

// idKind is a way to make identifiers.
type idKind struct {
	name  string
	color chart.Color
	space float64                        // how many different ones there are
	even  int                            // identifiers: with one more, the chance that two are equal is above one half
	from  func(*rand.Rand) func() uint64 // draws them

	points []birthdays // ascending
}

func (o *idRun) allKinds() ([]idKind, error) {
	var all []idKind
	for i, d := range o.digits {
		space := codesOf(d)
		all = append(all, idKind{name: digitsOf(d), color: []chart.Color{chart.Orange, chart.Blue}[i+2-len(o.digits)], space: float64(space),
			from: func(r *rand.Rand) func() uint64 { return func() uint64 { return o.code(space, r) } }})
	}
	for _, k := range []struct {
		name   string
		color  chart.Color
		random int
		from   func(*rand.Rand) func() uint64
	}{
		{fmt.Sprintf("%d-bit hash", o.hash), chart.Green, o.hash, func(r *rand.Rand) func() uint64 {
			key := r.Uint64()
			return func() uint64 {
				key++ // keys differ, so that only hashes can be equal
				return o.hash64(key) >> (64 - o.hash)
			}
		}},
		{fmt.Sprintf("%d of %d bits", shortBits-o.fixed, shortBits), chart.Pink, shortBits - o.fixed, func(r *rand.Rand) func() uint64 {
			return func() uint64 { return uint64(o.fix(r.Uint32(), o.fixed)) }
		}},
	} {
		space, err := estimate.IDBits(k.random)
		if err != nil {
			return nil, err
		}
		all = append(all, idKind{name: k.name, color: k.color, space: space, from: k.from})
	}
	for i := range all {
		even, err := o.within(0.5, all[i].space)
		if err != nil {
			return nil, err
		}
		all[i].even = int(even)
	}
	return all, nil
}

// numbers are how many identifiers are looked at: those that collide with even chances, and around them from a quarter of the root of the space to three
// roots, or up to the even chances where more would take too long.
func (k *idKind) numbers(tiny bool) []int {
	const steps, long, short = 12, 1_000_000, 10_000
	root := math.Sqrt(k.space)
	most := math.Inf(1)
	if 3*root > long {
		most = 1.18 * root
	}
	if tiny {
		most = min(most, short)
	}
	all := []int{}
	for i := 1; i <= steps; i++ {
		// Kinds are looked at in different places of the one curve, so that each can be seen.
		x := 3 * (float64(i) - 0.25*float64(k.color-chart.Blue)) / steps
		if n := max(2, int(math.Round(x*root))); float64(n) <= most {
			all = append(all, n)
		}
	}
	if even := k.even; float64(even) <= 1.2*min(most, 3*root) {
		all = append(all, even)
	}
	if len(all) == 0 {
		all = []int{short}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// codesOf is how many there are of so many base62 digits.
func codesOf(digits int) uint64 {
	codes := uint64(1)
	for range digits {
		codes *= 62
	}
	return codes
}

func digitsOf(n int) string {
	if n == 1 {
		return "1 digit"
	}
	return fmt.Sprintf("%d digits", n)
}

// count writes as many consecutive numbers, from a random one on, as have even chances of a collision if they are drawn, and says how many codes do not
// come after the one before: shorter ones first, and those of one length in order. If all do, no two are equal.
func (o *idRun) count(seed uint64) (repeated, counted int, err error) {
	digits := o.digits[len(o.digits)-1]
	space := codesOf(digits)
	even, err := o.within(0.5, float64(space))
	if err != nil {
		return 0, 0, err
	}
	counted = int(min(uint64(even), space))
	if o.effort.Tiny {
		counted = min(counted, 1_000)
	}
	starts, err := sim.Replicate(seed, 1, func(e *sim.Engine) (uint64, error) {
		return e.Stream("counter").Uint64N(space - uint64(counted) + 1), nil
	})
	if err != nil {
		return 0, 0, err
	}
	before := ""
	for i := range counted {
		code := o.base62(starts[0] + uint64(i))
		if len(code) < len(before) || len(code) == len(before) && code <= before {
			repeated++
		}
		before = code
	}
	return repeated, counted, nil
}
