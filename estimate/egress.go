package estimate

import (
	"fmt"
	"math/big"
	"strings"
)

// Egress is what it costs to send data to users behind a content delivery network: the network is paid for all that users get, and the origin
// for what the network has to fetch from it. Prices are the user's: there is none in this package. Where prices fall with the volume, take the mean.
//
// The hit ratio is by bytes, in [0, 1]. By requests it is usually higher, because large objects are cached less.
type Egress struct {
	Served   Bytes     // to users, in the time that the answer is for
	HitRatio float64   // the share of the bytes served that the edge has
	Edge     DataPrice // for bytes from the edge to users; of nothing where the origin serves users itself
	Origin   DataPrice // for bytes from the origin
}

// EdgeCost is the part for what users get.
func (e Egress) EdgeCost() (Estimate[Money], error) {
	if err := e.validate(); err != nil {
		return Estimate[Money]{}, err
	}
	return costing("a cost", e.Edge.Amount.currency, e.served(), e.Edge.factor(e.Edge.perByte(), " at the edge"))
}

// OriginCost is the part for what the edge misses.
func (e Egress) OriginCost() (Estimate[Money], error) {
	if err := e.validate(); err != nil {
		return Estimate[Money]{}, err
	}
	return costing("a cost", e.Origin.Amount.currency, e.served(), e.missed(), e.Origin.factor(e.Origin.perByte(), " at the origin"))
}

// Total is both parts. It is served bytes times a blended price, and rounded once, so that it may differ by a millionth from the sum of
// the rounded parts.
func (e Egress) Total() (Estimate[Money], error) {
	if err := e.validate(); err != nil {
		return Estimate[Money]{}, err
	}
	blended := new(big.Rat).Mul(e.missed().Amount, e.Origin.perByte())
	blended.Add(blended, e.Edge.perByte())
	return costing("a cost", e.Edge.Amount.currency, e.served(), e.Edge.factor(blended, " for edge and misses"))
}

func (e Egress) validate() error {
	if err := needCount("served bytes", e.Served); err != nil {
		return err
	}
	if err := needProbability("a hit ratio", e.HitRatio); err != nil {
		return err
	}
	if err := e.Edge.validate("a price at the edge"); err != nil {
		return err
	}
	if err := e.Origin.validate("a price at the origin"); err != nil {
		return err
	}
	if e.Edge.Amount.currency != e.Origin.Amount.currency {
		return fmt.Errorf("estimate: prices at edge and origin must be in one currency: %v and %v", e.Edge, e.Origin)
	}
	return nil
}

func (e Egress) served() Factor { return times(shown(e.Served), integer(e.Served)) }

func (e Egress) missed() Factor {
	share := integer(1)
	share.Sub(share, decimal(e.HitRatio))
	return times(short(share)+" missed", share)
}

// factor is an amount of money for a byte, printed for the quantity that the price is for.
func (p DataPrice) factor(perByte *big.Rat, where string) Factor {
	per := new(big.Rat).Mul(perByte, integer(p.Per))
	_, unit, _ := strings.Cut(p.String(), "/")
	return times(short(per)+" "+p.Amount.currency+"/"+unit+where, perByte)
}
