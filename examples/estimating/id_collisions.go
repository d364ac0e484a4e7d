package estimating

import (
	"fmt"
	"slices"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// IDCollisions draws identifiers at random until two are equal: codes of so many base62 digits, as of a URL shortener, a hash of different keys, and
// identifiers of 32 bits of which some are the same in all, as six of a UUID's 128 are. On the left the numbers of identifiers are in roots of their
// space, so that all but tiny spaces lie on one curve, dashed; grey is the share of the codes that is taken, for which the chance of a collision is often mistaken. On the
// right a shortener checks each code of three digits, and draws again until it has a new one; grey is a counter, whose codes are all new.
//
// In data.csv part is collide, draws or again. Of collide, value is the share of trials in which two of ids identifiers are equal, theory the exact
// product, and approximation 1-e^(-n(n-1)/2N). Of draws, value is how many a new code takes once ids codes are stored, and of again how many have been in vain until
// then; there is no approximation. space is how many different identifiers there are, and low and high are the ends of the 95% interval, of shares the exact
// binomial one.
var IDCollisions = idCollisions(soundIDs, judge.Effort{})

func idCollisions(parts idParts, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "id-collisions",
		Topic:    "estimating",
		Question: "How many random identifiers are there before two are equal, and how often does a shortener draw again?",
		Guide:    []string{"est.ids"},
		Packages: []string{"estimate.Collision", "estimate.Base62", "estimate/estimatesim"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			o := &idRun{idParts: parts, effort: effort}
			o.digits = p.Ints("digits", []int{1, 7}, "base62 digits", "of random codes; at most two numbers", lab.Within(1, 7))
			o.hash = p.Int("hash", 32, "bits", "of a hash of keys", lab.Within(8, 40))
			o.fixed = p.Int("fixed", 6, "bits", "that are the same in all identifiers of 32 bits", lab.Within(2, 24))
			o.loads = p.Floats("loads", []float64{0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99}, "of all codes",
				"that the shortener has stored", lab.Within(0.0, 0.99))
			p.Refuse(o.unfit())
			return o.run
		},
	}
}

type idRun struct {
	idParts
	effort      judge.Effort
	digits      []int // ascending in a run
	hash, fixed int
	loads       []float64 // ascending in a run

	kinds  []idKind
	filled []filling
}

// birthdays is so many identifiers of one kind. Each trial is a run.
type birthdays struct {
	ids                  int
	theory, approximates float64
	trials, collided     int            // and those in which two were equal
	charted, asserted    stats.Interval // of their share, at both confidences
}

// filling is a shortener once it has stored so many codes, run by run.
type filling struct {
	load         float64
	stored       int
	draws, again measured
}

func (o *idRun) unfit() error {
	const mostDigits, mostLoads = 2, 20
	if len(o.digits) > mostDigits {
		return fmt.Errorf("-digits must be at most %d numbers: %d", mostDigits, len(o.digits))
	}
	if len(o.loads) > mostLoads {
		return fmt.Errorf("-loads must be at most %d numbers: %d", mostLoads, len(o.loads))
	}
	return nil
}

func (o *idRun) run(r *lab.Run) error {
	slices.Sort(o.digits)
	slices.Sort(o.loads)
	table := r.Table("part", "identifiers", "space", "ids", "runs", "theory", "approximation", "value", "low", "high")
	var err error
	if o.kinds, err = o.allKinds(); err != nil {
		return err
	}
	for i := range o.kinds {
		k := &o.kinds[i]
		r.Progress("%s", k.name)
		if err := o.collide(r.Seed, k, r.Full); err != nil {
			return fmt.Errorf("%s: %w", k.name, err)
		}
		for _, b := range k.points {
			table.Row("collide", k.name, k.space, b.ids, b.trials, b.theory, b.approximates, b.charted.Estimate, b.charted.Low, b.charted.High)
		}
	}
	r.Progress("codes of %d digits, drawn again where taken", filledDigits)
	if err := o.fill(r.Seed, o.effort.Runs(20, 200, r.Full)); err != nil {
		return err
	}
	for _, f := range o.filled {
		for _, of := range []struct {
			part string
			measured
		}{{"draws", f.draws}, {"again", f.again}} {
			interval, err := judge.Charted(of.runs)
			if err != nil {
				return err
			}
			table.Row(of.part, digitsOf(filledDigits), filledSpace, f.stored, len(of.runs), of.exact, nil, interval.Estimate, interval.Low, interval.High)
		}
	}
	repeated, counted, err := o.count(r.Seed)
	if err != nil {
		return err
	}
	o.findings(r, repeated)
	figure, err := o.figure(counted)
	if err == nil {
		r.Figure(figure)
	}
	return err
}

// collide measures, for each number of identifiers of a kind, how often two are equal.
func (o *idRun) collide(seed uint64, k *idKind, full bool) error {
	ids := k.numbers(o.effort.Tiny)
	last := ids[len(ids)-1]
	trials := o.trials(last, full)
	each := max(1, trials/400) // of a replication
	firsts, err := sim.Replicate(seed, trials/each, func(e *sim.Engine) ([]int, error) {
		draw := k.from(e.Stream("identifiers of " + k.name))
		all := make([]int, each)
		for i := range all {
			repeats, err := o.repeats(last, draw)
			if err != nil {
				return nil, err
			}
			all[i] = last + 1
			if len(repeats) > 0 {
				all[i] = repeats[0]
			}
		}
		return all, nil
	})
	if err != nil {
		return err
	}
	for _, n := range ids {
		b := birthdays{ids: n}
		if b.theory, err = o.collision(estimate.Count(n), k.space); err != nil {
			return err
		}
		if b.approximates, err = o.approximation(estimate.Count(n), k.space); err != nil {
			return err
		}
		for _, some := range firsts {
			for _, first := range some {
				b.trials++
				if first <= n {
					b.collided++
				}
			}
		}
		if b.charted, err = stats.ProportionInterval(b.collided, b.trials, stats.Charted); err != nil {
			return err
		}
		if b.asserted, err = stats.ProportionInterval(b.collided, b.trials, stats.Asserted); err != nil {
			return err
		}
		k.points = append(k.points, b)
	}
	return nil
}

// trials is how many there are where each draws so many identifiers.
func (o *idRun) trials(ids int, full bool) int {
	const least, most = 40, 160_000
	switch budget := o.draws / ids; {
	case o.effort.Tiny:
		return 3
	case full:
		return max(10*least, min(10*budget, most))
	default:
		return max(least, min(budget, most))
	}
}

// fill stores codes until so many of all are taken, and draws again where one is.
func (o *idRun) fill(seed uint64, runs int) error {
	var stored []int
	for _, load := range o.loads {
		from, to := windowAt(load)
		stored = append(stored, from, int(load*filledSpace), to)
	}
	slices.Sort(stored)
	all, err := sim.Replicate(seed, runs, func(e *sim.Engine) (map[int]int, error) {
		random := e.Stream("codes of the shortener")
		draws, err := o.drawAgain(filledSpace, stored, func() uint64 { return o.code(filledSpace, random) })
		if err != nil {
			return nil, err
		}
		after := map[int]int{}
		for i, n := range stored {
			after[n] = draws[i]
		}
		return after, nil
	})
	if err != nil {
		return err
	}
	o.filled = nil
	for _, load := range o.loads {
		n := int(load * filledSpace)
		from, to := windowAt(load)
		f := filling{load: load, stored: n}
		f.draws.exact = (drawsUntil(to) - drawsUntil(from)) / float64(to-from)
		f.draws.runs = judge.Column(all, func(after map[int]int) float64 { return float64(after[to]-after[from]) / float64(to-from) })
		f.again.exact = drawsUntil(n) - float64(n)
		f.again.runs = judge.Column(all, func(after map[int]int) float64 { return float64(after[n] - n) })
		// Of counts of less than a hundred intervals are not what they say.
		f.draws.rare = (f.draws.exact-1)*float64((to-from)*runs) < 100
		f.again.rare = f.again.exact*float64(runs) < 100
		o.filled = append(o.filled, f)
	}
	return nil
}

// windowAt is the codes around a load, by number, for which draws are averaged: a thousandth of all.
func windowAt(load float64) (from, to int) {
	const half = filledSpace / 2_000
	from = max(0, int(load*filledSpace)-half)
	return from, from + 2*half
}

// drawsUntil is how many draws the first n codes take in the mean: the sum of N/(N-i), for each code of which i are taken.
func drawsUntil(n int) float64 {
	sum := 0.0
	for i := range n {
		sum += filledSpace / (filledSpace - float64(i))
	}
	return sum
}
