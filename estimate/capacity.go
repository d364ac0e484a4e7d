package estimate

import (
	"fmt"
	"strconv"
	"time"
)

// Servers is a fleet spread evenly over zones, that bears the peak with some of the zones down. Utilisation is the share of its capacity that a
// server may be asked for then, in (0, 1]: waits grow without bound towards 1, so leave room.
type Servers struct {
	Peak        Rate    // of all requests
	Each        Rate    // what one server can do at the most, measured
	Utilisation float64 // of a server when the zones are down
	Zones       int     // at least 1
	Down        int     // of them, at once, fewer than all; 1 to survive a zone
}

// PerZone is the number of servers in each zone.
func (s Servers) PerZone() (Estimate[Count], error) {
	if err := needNotNegative("a peak rate", float64(s.Peak)); err != nil {
		return Estimate[Count]{}, err
	}
	if err := needPositive("a server's rate", float64(s.Each)); err != nil {
		return Estimate[Count]{}, err
	}
	if err := needShare("a server's utilisation", s.Utilisation); err != nil {
		return Estimate[Count]{}, err
	}
	if err := needBetween("zones", s.Zones, 1, 1_000); err != nil {
		return Estimate[Count]{}, err
	}
	if err := needBetween("zones down", s.Down, 0, s.Zones-1); err != nil {
		return Estimate[Count]{}, err
	}
	return sufficient[Count]("servers",
		times(shown(s.Peak), decimal(float64(s.Peak))),
		divide(shown(s.Each)+" a server", decimal(float64(s.Each))),
		divide(short(decimal(s.Utilisation))+" used", decimal(s.Utilisation)),
		divide(strconv.Itoa(s.Zones-s.Down)+" zones up of "+strconv.Itoa(s.Zones), integer(s.Zones-s.Down)))
}

// Total is the number of servers in all zones.
func (s Servers) Total() (Estimate[Count], error) {
	each, err := s.PerZone()
	if err != nil {
		return Estimate[Count]{}, err
	}
	return sufficient[Count]("servers",
		times(shown(each.Value)+" servers a zone", integer(each.Value)),
		times(strconv.Itoa(s.Zones)+" zones", integer(s.Zones)))
}

// Connections is how many are open in the mean, by Little's law, if so many a second are opened and each is held so long, in the mean. At a
// peak rate it is the peak's mean: what to have beside it for chance is Erlang's question.
func Connections(opened Rate, held time.Duration) (Estimate[Count], error) {
	if err := needNotNegative("a rate of connections", float64(opened)); err != nil {
		return Estimate[Count]{}, err
	}
	if err := needLongerThanZero("the time that a connection is held", held); err != nil {
		return Estimate[Count]{}, err
	}
	return sufficient[Count]("connections",
		times(shown(opened), decimal(float64(opened))),
		times(FormatDuration(held), inSeconds(held)))
}

// KeysMoved is how many of the keys change their server when the number of servers changes, if as few as possible do: K/(n+1) of K keys for
// one more than n, K/n for one less. These are keys, and not servers. Placement by hash modulo n moves nearly all.
func KeysMoved(keys Count, before, after int) (Estimate[Count], error) {
	if err := needCount("keys", keys); err != nil {
		return Estimate[Count]{}, err
	}
	for _, servers := range []int{before, after} {
		if servers < 1 {
			return Estimate[Count]{}, fmt.Errorf("estimate: servers must be at least 1: %d", servers)
		}
	}
	most, changed := max(before, after), max(before-after, after-before)
	return nearest[Count]("moved keys",
		times(shown(keys)+" keys", integer(keys)),
		times(short(integer(changed))+" that came or went", integer(changed)),
		divide(short(integer(most))+" servers", integer(most)))
}
