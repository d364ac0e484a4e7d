package estimating

import (
	"fmt"
	"math"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/estimate/estimatesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
)

// guess is an estimate beside what it is of.
type guess struct {
	quantity, slip string
	kind           slipKind
	label          string // on the chart
	estimate       float64
	predicted      float64 // what the estimate over what is counted should be
	counted        []float64
}

type slipKind int

const (
	noSlip    slipKind = iota
	unitSlip           // 1,024 for 1,000
	oneFactor          // one factor is left out, or another one taken
	twoFactors
	publishedSlip
)

// factor is the estimate over what was counted. Its interval is that of the count, turned over.
func (g guess) factor() (factor, low, high float64, err error) {
	interval, err := judge.Charted(g.counted)
	if err != nil {
		return 0, 0, 0, err
	}
	if interval.Low <= 0 {
		return 0, 0, 0, fmt.Errorf("too little was seen to count %s: %v", g.quantity, interval)
	}
	return g.estimate / interval.Estimate, g.estimate / interval.High, g.estimate / interval.Low, nil
}

// off is how many times too much or too little the estimate should be.
func (g guess) off() float64 { return max(g.predicted, 1/g.predicted) }

// share is what was counted over the estimate, run by run.
func (g guess) share() []float64 { return relative(g.counted, g.estimate) }

// The quantities, with the unit last.
const (
	meanRate     = "mean_rate_rps"
	peakRate     = "peak_rate_rps"
	dataRate     = "data_rate_bytes_per_s"
	peakDataRate = "peak_data_rate_bytes_per_s"
	link         = "link_bit_per_s"
	dayData      = "day_bytes"
	stored       = "stored_bytes"
	edgeCost     = "edge_usd_per_day"
	originCost   = "origin_usd_per_day"
	egressCost   = "egress_usd_per_day"
)

// count is a quantity as it was counted of simulated users.
var count = map[string]func(estimatesim.Counted) float64{
	meanRate:     func(c estimatesim.Counted) float64 { return c.Requests / aDay },
	peakRate:     func(c estimatesim.Counted) float64 { return c.PeakRequests },
	dataRate:     func(c estimatesim.Counted) float64 { return c.Served / aDay },
	peakDataRate: func(c estimatesim.Counted) float64 { return c.PeakServed },
	link:         func(c estimatesim.Counted) float64 { return 8 * c.PeakServed / linkUsed },
	dayData:      func(c estimatesim.Counted) float64 { return c.Written },
	stored:       func(c estimatesim.Counted) float64 { return c.Stored },
	edgeCost:     func(c estimatesim.Counted) float64 { return c.EdgeCost },
	originCost:   func(c estimatesim.Counted) float64 { return c.OriginCost },
	egressCost:   func(c estimatesim.Counted) float64 { return c.EdgeCost + c.OriginCost },
}

// guesses are the formulas and the slips, beside what was counted of users who stand for so many each.
func (e *envelopeRun) guesses(runs []estimatesim.Counted, each float64) error {
	e.formulas, e.slips = nil, nil
	p, err := e.plan()
	if err != nil {
		return err
	}
	a := &adding{e: e, runs: runs, each: each}
	a.formula(meanRate, amount(p.all.Mean()))
	a.formula(peakRate, amount(p.all.PeakRate()))
	a.formula(dataRate, amount(p.reads.DataRate()))
	a.formula(peakDataRate, amount(e.peak(p.reads)))
	a.formula(link, e.link(e.peak(p.reads)))
	a.formula(dayData, amount(p.storage.Day()))
	a.formula(stored, amount(e.stored(p.storage)))
	a.formula(edgeCost, dollars(p.egress.EdgeCost()))
	a.formula(originCost, dollars(p.egress.OriginCost()))
	a.formula(egressCost, dollars(p.egress.Total()))
	e.units(a, p)
	e.factors(a, p)
	e.pairs(a, p)
	return a.err
}

// units takes 1,024 for 1,000 once in each of the prefixes.
func (e *envelopeRun) units(a *adding, p plan) {
	// read is a size that was written with one unit, and is read with the other.
	read := func(size float64, decimal, binary string) outcome {
		one, err := e.bytes("1 " + decimal)
		if err != nil {
			return outcome{err: err}
		}
		taken, err := e.bytes("1 " + binary)
		return outcome{size / float64(one) * float64(taken), err}
	}
	mean, peak, total := amount(p.reads.DataRate()), amount(e.peak(p.reads)), amount(e.stored(p.storage))
	const binary, decimal = 1_024.0, 1_000.0
	k := binary / decimal
	a.slip(dataRate, "KiB", unitSlip, "kB", k, read(mean.value, "kB", "KiB"))
	mebi := read(peak.value, "MB", "MiB")
	a.slip(link, "MiB", unitSlip, "MB", k*k, e.link(estimate.Estimate[estimate.ByteRate]{Value: estimate.ByteRate(mebi.value)}, mebi.err))
	gibi := read(float64(p.egress.Served), "GB", "GiB")
	served := p.egress
	served.Served = estimate.Bytes(gibi.value)
	a.slip(egressCost, "GiB", unitSlip, "GB", k*k*k, dollars(served.Total()))
	a.slip(stored, "TiB", unitSlip, "TB", k*k*k*k, read(total.value, "TB", "TiB"))
}

// factors leaves out one each.
func (e *envelopeRun) factors(a *adding, p plan) {
	s := e.scene
	peak := e.link(e.peak(p.reads))
	a.slip(link, "bits", oneFactor, "link: bits for bytes", 1.0/8, outcome{peak.value / 8, peak.err})
	a.slip(link, "mean", oneFactor, "link: mean for peak", 1/s.peak, e.link(p.reads.DataRate()))
	byRequests := p.egress
	byRequests.HitRatio = s.hitsByRequests()
	a.slip(originCost, "requests", oneFactor, "hits by requests", (1-s.hitsByRequests())/(1-s.hitsByBytes()), dollars(byRequests.OriginCost()))

	keep := func(change func(*estimate.Storage)) outcome {
		changed := p.storage
		change(&changed)
		return amount(e.stored(changed))
	}
	a.slip(stored, "replicas", oneFactor, "stored: no replicas", 1/float64(s.replicas), keep(func(s *estimate.Storage) { s.Replicas = 1 }))
	a.slip(stored, "index", oneFactor, "stored: no index", 1/(1+s.index), keep(func(s *estimate.Storage) { s.Index = 0 }))
	a.slip(stored, "compression", oneFactor, "stored: no compression", s.compression, keep(func(s *estimate.Storage) { s.Compression = 1 }))

	registered := p.all
	registered.Users = estimate.Count(s.users)
	a.slip(meanRate, "registered", oneFactor, "rate: all users active", 1/s.active, amount(registered.Mean()))
	alone := p.egress
	alone.HitRatio, alone.Edge.Amount = 0, free(alone.Edge.Amount)
	a.slip(egressCost, "no edge", oneFactor, "bill: no CDN", s.origin/(s.edge+(1-s.hitsByBytes())*s.origin), dollars(alone.Total()))

	if p.storage.Events == 100_000_000 && s.size == 50 {
		tenTB, err := estimate.ParseBytes("10 TB")
		a.slip(dayData, "published", publishedSlip, "a day: “10 TB”", 2, outcome{float64(tenTB), err})
	}
}

// pairs are two slips in one estimate.
func (e *envelopeRun) pairs(a *adding, p plan) {
	s := e.scene
	mean := e.link(p.reads.DataRate())
	if s.peak != 1 {
		a.slip(link, "bits and mean", twoFactors, "bits and mean", 1/(8*s.peak), outcome{mean.value / 8, mean.err})
	}
	if s.replicas != 1 && s.index != 0 {
		bare := p.storage
		bare.Replicas, bare.Index = 1, 0
		a.slip(stored, "replicas and index", twoFactors, "replicas and index", 1/(float64(s.replicas)*(1+s.index)), amount(e.stored(bare)))
	}
	if s.replicas != 1 && s.compression != 1 {
		plain := p.storage
		plain.Replicas, plain.Compression = 1, 1
		a.slip(stored, "replicas and compression", twoFactors, "replicas and compression", s.compression/float64(s.replicas), amount(e.stored(plain)))
	}
}

// link is what carries a data rate.
func (e *envelopeRun) link(rate estimate.Estimate[estimate.ByteRate], err error) outcome {
	if err != nil {
		return outcome{err: err}
	}
	return amount(estimate.Bandwidth(rate.Value, linkUsed))
}

func free(m estimate.Money) estimate.Money {
	none, _ := estimate.NewMoney(0, m.Currency()) // which is one
	return none
}

// outcome is an estimate's value, or why there is none.
type outcome struct {
	value float64
	err   error
}

func amount[T estimate.Bytes | estimate.Rate | estimate.ByteRate | estimate.BitRate](of estimate.Estimate[T], err error) outcome {
	return outcome{float64(of.Value), err}
}

func dollars(of estimate.Estimate[estimate.Money], err error) outcome {
	return outcome{float64(of.Value.Micros()) / 1e6, err}
}

// adding keeps the first error.
type adding struct {
	e    *envelopeRun
	runs []estimatesim.Counted
	each float64
	err  error
}

func (a *adding) formula(quantity string, o outcome) {
	if g, ok := a.guess(quantity, o); ok {
		g.slip, g.predicted = "none", 1
		a.e.formulas = append(a.e.formulas, g)
	}
}

// slip adds one, unless with these parameters the factor is one, but for rounding, and there is nothing to slip on.
func (a *adding) slip(quantity, slip string, kind slipKind, label string, predicted float64, o outcome) {
	if g, ok := a.guess(quantity, o); ok && (math.Abs(predicted-1) > 1e-9 || kind == twoFactors) {
		g.slip, g.kind, g.label, g.predicted = slip, kind, label, predicted
		a.e.slips = append(a.e.slips, g)
	}
}

func (a *adding) guess(quantity string, o outcome) (guess, bool) {
	if a.err == nil {
		a.err = o.err
	}
	counted := judge.Column(a.runs, func(c estimatesim.Counted) float64 { return a.each * count[quantity](c) })
	return guess{quantity: quantity, estimate: o.value, counted: counted}, a.err == nil
}
