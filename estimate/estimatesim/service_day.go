package estimatesim

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
)

// The busy hours of a day, at one rate; the other twenty have another one.
const (
	eveningBegins = 18
	eveningHours  = 4
	dayHours      = 24
	hourSeconds   = 3_600
)

// Objects are one kind of what is read and written. Sizes are lognormal, and kept to parts of a byte.
type Objects struct {
	Weight float64 // how often they are read and written, of all kinds' weights
	Size   float64 // mean, in bytes
	SCV    float64 // squared coefficient of variation of sizes: 0 for all alike
	Hit    float64 // the chance that the edge has one that is read
}

// Service is what users do to a service, day by day. Each decides every morning whether to be active; requests of those who are come as a
// Poisson process, Peak times as often in the four hours from 18:00 as in the mean of the day. What is read goes to users from an edge, which fetches what it
// does not have from the origin. What is written is compressed, gets an entry in an index, is stored in all replicas, and goes when it is old.
type Service struct {
	Users         int     // registered ones
	Active        float64 // the chance of each to be so on a day
	Reads, Writes float64 // of an active user on a day, in the mean
	Peak          float64 // the evening's rate over the mean of the day, in [1, 6]: at 6 all is in the evening
	Kinds         []Objects

	Compression float64 // mean bytes before over mean bytes after, at least 1
	IndexEntry  float64 // bytes, of each object
	Replicas    int
	Retention   int // days that an object is kept, with the one on which it is written

	EdgePrice, OriginPrice float64 // of a byte to users, and of one that the edge fetches

	Days int // that are counted; those of a retention come before
}

// Counted is what a service comes to in the mean of the days. Costs are in the prices' unit.
type Counted struct {
	Requests     float64 // a day
	PeakRequests float64 // a second of the evening
	Served       float64 // bytes to users a day
	PeakServed   float64 // bytes to users a second of the evening
	Written      float64 // bytes a day, as they arrive
	Stored       float64 // bytes on all disks at the end of a day
	EdgeCost     float64 // a day
	OriginCost   float64 // a day
}

// Run draws the days. There are at most 100,000,000 mornings of users and requests in the mean.
func (s Service) Run(r *rand.Rand) (Counted, error) {
	if err := s.needs(); err != nil {
		return Counted{}, err
	}
	kinds := newKinds(s.Kinds)
	calm := (dayHours - eveningHours*s.Peak) / (dayHours - eveningHours)
	// Of a day's requests, the part before the evening, and that before its end.
	begins := calm * eveningBegins / dayHours
	ends := begins + s.Peak*eveningHours/dayHours

	var c Counted
	held, disks := make([]float64, s.Retention), 0.0 // what each of the last days wrote to disks, and all of it
	for day := range s.Retention + s.Days {
		counts := day >= s.Retention
		disks -= held[day%s.Retention]
		held[day%s.Retention] = 0
		for range s.Users {
			if r.Float64() >= s.Active {
				continue
			}
			// Time is so stretched that a day is 1 long and requests are equally frequent in all of it.
			for at := r.ExpFloat64() / s.Writes; at < 1; at += r.ExpFloat64() / s.Writes {
				size, _ := kinds.draw(r)
				kept := s.compressed(size, r) + s.IndexEntry
				for range s.Replicas {
					held[day%s.Retention] += kept
				}
				if counts {
					c.Written += size
					c.Requests++
					if begins <= at && at < ends {
						c.PeakRequests++
					}
				}
			}
			if !counts {
				continue // nothing is left of reads
			}
			for at := r.ExpFloat64() / s.Reads; at < 1; at += r.ExpFloat64() / s.Reads {
				size, hit := kinds.draw(r)
				c.Requests++
				c.Served += size
				if begins <= at && at < ends {
					c.PeakRequests++
					c.PeakServed += size
				}
				c.EdgeCost += size * s.EdgePrice
				if r.Float64() >= hit {
					c.OriginCost += size * s.OriginPrice
				}
			}
		}
		disks += held[day%s.Retention]
		if counts {
			c.Stored += disks
		}
	}
	days := float64(s.Days)
	for _, of := range []*float64{&c.Requests, &c.Served, &c.Written, &c.Stored, &c.EdgeCost, &c.OriginCost} {
		*of /= days
	}
	c.PeakRequests /= days * eveningHours * hourSeconds
	c.PeakServed /= days * eveningHours * hourSeconds
	return c, nil
}

// compressed is what is left of an object: half as much again or half as much less than the mean, or anything between, but never more than there was.
func (s Service) compressed(size float64, r *rand.Rand) float64 {
	spread := min(0.5, s.Compression-1)
	return size / s.Compression * (1 + spread*(2*r.Float64()-1))
}

// kinds are objects in the form in which they are drawn.
type kinds []kind

type kind struct {
	most       float64 // the share of this kind and of those before it
	mu, sigma  float64 // of the logarithm of sizes
	hitsAtEdge float64
}

func newKinds(of []Objects) kinds {
	var all kinds
	total, sum := 0.0, 0.0
	for _, o := range of {
		total += o.Weight
	}
	for _, o := range of {
		sum += o.Weight
		variance := math.Log1p(o.SCV)
		all = append(all, kind{sum / total, math.Log(o.Size) - variance/2, math.Sqrt(variance), o.Hit})
	}
	return all
}

func (all kinds) draw(r *rand.Rand) (size, hit float64) {
	u, i := r.Float64(), 0
	for u >= all[i].most && i < len(all)-1 {
		i++
	}
	return math.Exp(all[i].mu + all[i].sigma*r.NormFloat64()), all[i].hitsAtEdge
}

func (s Service) needs() error {
	positive := func(f float64) bool { return f > 0 && !math.IsInf(f, 0) }
	notNegative := func(f float64) bool { return f >= 0 && !math.IsInf(f, 0) }
	switch {
	case s.Users < 1:
		return fmt.Errorf("estimatesim: a service must have a user: %d", s.Users)
	case !(s.Active > 0 && s.Active <= 1):
		return fmt.Errorf("estimatesim: the chance of a user to be active must lie in (0, 1]: %v", s.Active)
	case !positive(s.Reads) || !positive(s.Writes):
		return fmt.Errorf("estimatesim: reads and writes of a user must be positive and finite: %v and %v", s.Reads, s.Writes)
	case !(s.Peak >= 1 && s.Peak <= dayHours/eveningHours):
		return fmt.Errorf("estimatesim: the peak over the mean must lie in [1, %d]: %v", dayHours/eveningHours, s.Peak)
	case !positive(s.Compression) || s.Compression < 1:
		return fmt.Errorf("estimatesim: a compression must be at least 1 and finite: %v", s.Compression)
	case !notNegative(s.IndexEntry):
		return fmt.Errorf("estimatesim: an index's entry must be finite and not negative: %v", s.IndexEntry)
	case s.Replicas < 1 || s.Replicas > 100:
		return fmt.Errorf("estimatesim: replicas must lie in [1, 100]: %d", s.Replicas)
	case s.Retention < 1 || s.Days < 1:
		return fmt.Errorf("estimatesim: days of retention, and days that are counted, must be at least 1: %d and %d", s.Retention, s.Days)
	case !notNegative(s.EdgePrice) || !notNegative(s.OriginPrice):
		return fmt.Errorf("estimatesim: prices must be finite and not negative: %v and %v", s.EdgePrice, s.OriginPrice)
	case len(s.Kinds) == 0:
		return errors.New("estimatesim: a service must have a kind of objects: 0")
	}
	for i, o := range s.Kinds {
		if !positive(o.Weight) || !positive(o.Size) || !notNegative(o.SCV) || !(o.Hit >= 0 && o.Hit <= 1) {
			return fmt.Errorf("estimatesim: objects must have a positive weight and size, a variation of at least 0 and a chance in [0, 1] of a hit: kind %d, %+v", i, o)
		}
	}
	mean := float64(s.Users) * s.Active * ((s.Reads+s.Writes)*float64(s.Days) + s.Writes*float64(s.Retention))
	if drawn := mean + float64(s.Users)*(float64(s.Days)+float64(s.Retention)); drawn > mostDraws {
		return fmt.Errorf("estimatesim: users' mornings and requests must be at most %d: %.4g", mostDraws, drawn)
	}
	return nil
}
