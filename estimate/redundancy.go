// H. Weatherspoon and J. D. Kubiatowicz, "Erasure Coding vs. Replication: A Quantitative Comparison", IPTPS 2002 (what is lost without
// repair, by counting); the chain of failures and repairs: D. A. Patterson, G. Gibson and R. H. Katz, "A Case for Redundant Arrays of Inexpensive
// Disks (RAID)", SIGMOD 1988, and K. S. Trivedi, Probability and Statistics with Reliability, Queuing and Computer Science Applications, 2002, chapter 8.

package estimate

import (
	"fmt"
	"math"
	"time"
)

const (
	maxFragments   = 1000
	secondsInAYear = 365 * 86400
)

// Redundancy is how a piece of data is kept in fragments of equal size, of which any that are enough give it back: whole copies, of which one is, or a code
// whose parity makes any as many as there are data fragments do (maximum distance separable: Reed and Solomon's). Make it with [Replication] or [ErasureCode].
//
// The loss that is computed here is that of disks which fail independently. Racks, deploys and mistakes take more than one; a model with 20 nines says that disks
// are no longer what will lose the data.
type Redundancy struct{ data, parity int }

// Replication is a number of whole copies, in [1, 1000].
func Replication(copies int) (Redundancy, error) {
	if err := needBetween("copies", copies, 1, maxFragments); err != nil {
		return Redundancy{}, err
	}
	return Redundancy{1, copies - 1}, nil
}

// ErasureCode is a code of data and parity fragments: at least one, and none or more, and at most 1,000 together.
func ErasureCode(data, parity int) (Redundancy, error) {
	if err := needBetween("data fragments", data, 1, maxFragments); err != nil {
		return Redundancy{}, err
	}
	if err := needBetween("parity fragments", parity, 0, maxFragments-data); err != nil {
		return Redundancy{}, err
	}
	return Redundancy{data, parity}, nil
}

// Overhead is the bytes that are stored for each byte of data: 3 of three copies, 1.4 of ten data and four parity fragments.
func (r Redundancy) Overhead() float64 { return float64(r.data+r.parity) / float64(r.data) }

// Tolerates is how many fragments may be lost, whichever they are.
func (r Redundancy) Tolerates() int { return r.parity }

// RepairReads is how many fragments are read to make a lost one again: what is saved on disks is paid on the network. It is as many as there are data
// fragments, 1 for copies. (Codes that repair locally read fewer, and are not maximum distance separable.)
func (r Redundancy) RepairReads() int { return r.data }

// LossOf is the probability that too many fragments are lost, where each is with probability p, in [0, 1], and nothing is repaired: the binomial
// sum of more than [Redundancy.Tolerates]. With p the probability that a disk dies before its fragments are elsewhere, it is the loss of one such time.
func (r Redundancy) LossOf(p float64) (float64, error) {
	if err := needProbability("the probability to lose a fragment", p); err != nil {
		return 0, err
	}
	each := make([]float64, r.data+r.parity)
	for i := range each {
		each[i] = p
	}
	return KOfN(r.parity+1, each...)
}

// Disks are what fragments are on, each on one of its own. Makers print lives of a million hours and more, which is less than 1% of disks a year; of
// 100,000 in use 2% to 4% a year were replaced, so lives of 25 to 50 years (B. Schroeder and G. Gibson, "Disk Failures in the Real World", FAST 2007).
type Disks struct {
	Life   time.Duration // in the mean
	Repair time.Duration // in the mean, from a disk's death until what was on it is on another one
}

// MeanYearsToLoss is the mean time until data are lost that begin whole, in years of 365 days. The model is a Markov chain: each disk lives
// for an exponential time with this mean; from when it dies its fragment is made again, in an exponential time with that mean, all that are lost at once; the data are
// lost with one more than are tolerated. To within rounding it is exact. It grows with the power of life/repair that is tolerated.
func (r Redundancy) MeanYearsToLoss(of Disks) (float64, error) {
	life, repair := of.Life, of.Repair
	if err := needLongerThanZero("the mean life of a disk", life); err != nil {
		return 0, err
	}
	if err := needLongerThanZero("the mean time of a repair", repair); err != nil {
		return 0, err
	}
	// To go on from i lost to i+1 takes the time to the next event; and if that is a repair, it takes the way back too. All terms are positive.
	total, step := 0., 0. // in lives
	for i := range r.parity + 1 {
		repairs := float64(i) * life.Seconds() / repair.Seconds()
		step = (1 + repairs*step) / float64(r.data+r.parity-i)
		total += step
	}
	years := total * (life.Seconds() / secondsInAYear)
	if math.IsInf(years, 0) {
		return 0, fmt.Errorf("estimate: years until data are lost must be finite: they pass the largest float, with %d fragments to spare, a life of %v and a repair of %v", r.parity, life, repair)
	}
	return years, nil
}

// LossWithin is the probability to lose the data within a period, in the model of [Redundancy.MeanYearsToLoss]: 1 - exp(-period/mean). It is near where
// repairs are short against the mean; and an upper bound, for periods below the mean, for data that begin whole: they first have to lose what they can spare.
func (r Redundancy) LossWithin(period time.Duration, of Disks) (float64, error) {
	if err := needLongerThanZero("a period", period); err != nil {
		return 0, err
	}
	years, err := r.MeanYearsToLoss(of)
	if err != nil {
		return 0, err
	}
	return -math.Expm1(-period.Seconds() / secondsInAYear / years), nil
}
