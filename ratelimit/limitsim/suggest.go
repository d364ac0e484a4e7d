package limitsim

import (
	"errors"
	"fmt"
	"math"
	"sort"
	"time"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// Crowd puts requests together that come at the same time: their costs are added up. What asks for events one by one is much
// faster to replay so, see [Pass].
func Crowd(traffic []Request) []Request {
	var crowds []Request
	for _, r := range traffic {
		if n := len(crowds); n > 0 && crowds[n-1].At == r.At {
			crowds[n-1].Cost += r.Cost
		} else {
			crowds = append(crowds, r)
		}
	}
	return crowds
}

// Pass says how many events an algorithm admits if those of each crowd ask one by one. A crowd costs two requests at the most,
// however large it is.
func Pass(a ratelimit.Algorithm, crowds []Request) int {
	admitted := 0
	for _, c := range crowds {
		if c.Cost < 1 {
			continue
		}
		d := a.Take(c.At, 1)
		if !d.OK() {
			continue
		}
		admitted++
		if more := min(c.Cost-1, d.Remaining); more > 0 && a.Take(c.At, more).OK() {
			admitted += more
		}
	}
	return admitted
}

// Suggestion is a limit that passes a traffic.
type Suggestion struct {
	Rate  ratelimit.Rate
	Burst int
	Share float64 // of the traffic's events that it admits, each asking for itself
}

// LeastBurst finds the least burst with which a limit of this rate admits at least the given share, in (0, 1], of the traffic's
// events, each of which asks for itself. To admit each event that fits is the best that can be done for events of
// equal cost, so a larger burst, which allows whatever a smaller one does, never admits fewer.
func LeastBurst(traffic []Request, rate ratelimit.Rate, share float64) (Suggestion, error) {
	wanted, err := wantedOf(traffic, share)
	if err != nil {
		return Suggestion{}, err
	}
	return leastBurst(Crowd(traffic), rate, wanted, Events(traffic)) // a burst of all refuses nothing
}

// leastBurst looks for the burst up to one that is known to be enough.
func leastBurst(crowds []Request, rate ratelimit.Rate, wanted, enough int) (Suggestion, error) {
	if _, err := ratelimit.NewGCRA(rate, enough); err != nil {
		return Suggestion{}, err
	}
	burst := 1 + sort.Search(enough-1, func(i int) bool { return passes(crowds, rate, i+1) >= wanted })
	return Suggestion{rate, burst, float64(passes(crowds, rate, burst)) / float64(Events(crowds))}, nil
}

// passes is how many events a limit admits. One that cannot be made admits nothing.
func passes(crowds []Request, rate ratelimit.Rate, burst int) int {
	a, err := ratelimit.NewGCRA(rate, burst)
	if err != nil {
		return 0
	}
	return Pass(a, crowds)
}

// wantedOf is the least number of events that is at least the share of all.
func wantedOf(traffic []Request, share float64) (int, error) {
	if !(share > 0 && share <= 1) {
		return 0, fmt.Errorf("limitsim: a share must lie in (0, 1]: %v", share)
	}
	all := Events(traffic)
	if all < 1 {
		return 0, errors.New("limitsim: a traffic must have an event: it has none")
	}
	// The comparison is that of the shares themselves, so that a share of 7/100. of 100 events is seven although 7/100. * 100 exceeds 7.
	return 1 + sort.Search(all-1, func(i int) bool { return float64(i+1)/float64(all) >= share }), nil
}

// Suggest finds a limit for a traffic: of the rates with two significant digits the lowest one whose least burst is regained within the
// window. A lower rate would take a burst so large that it no longer limits what comes in a window; a higher one gives
// away more than the traffic needs.
//
// A request came up to blur after its time, as in a log that tells whole seconds: then two requests may have been nearer to each other by that
// much than they look. The burst is larger by what the rate regains in that time, and so the share is admitted wherever in the blur
// each request came. Blur must be zero or more, and shorter than the window.
func Suggest(traffic []Request, share float64, window, blur time.Duration) (Suggestion, error) {
	wanted, err := wantedOf(traffic, share)
	if err != nil {
		return Suggestion{}, err
	}
	if blur < 0 || window <= blur {
		return Suggestion{}, fmt.Errorf("limitsim: blur must lie in [0, window): %v %v", blur, window)
	}
	crowds := Crowd(traffic)
	// The share that is admitted grows with the rate, too, and with it the burst that is allowed.
	blurred := func(i int) float64 { return math.Ceil(roundRate(i) * blur.Seconds()) }
	regained := func(i int) int { // in the window, beside what the blur takes
		return int(min(math.Floor(roundRate(i)*window.Seconds())-blurred(i), float64(Events(crowds))))
	}
	i := sort.Search(roundRates, func(i int) bool {
		return regained(i) >= 1 && passes(crowds, ratelimit.PerSecond(roundRate(i)), regained(i)) >= wanted
	})
	if i == roundRates {
		return Suggestion{}, fmt.Errorf("limitsim: no rate of up to %v a second passes the traffic", roundRate(roundRates-1))
	}
	rate := ratelimit.PerSecond(roundRate(i))
	s, err := leastBurst(crowds, rate, wanted, regained(i))
	if err != nil {
		return Suggestion{}, err
	}
	s.Burst += int(blurred(i))
	s.Share = float64(passes(crowds, rate, s.Burst)) / float64(Events(crowds))
	return s, nil
}

// Round rates have two significant digits: 1, 1.1, … 9.9, 10, 11, … from a millionth to a million a second. Package ratelimit represents each.
const (
	lowestDecade = -6
	roundRates   = 12*90 + 1
)

func roundRate(i int) float64 {
	digits, decade := float64(10+i%90), i/90+lowestDecade-1
	if decade < 0 {
		return digits / math.Pow10(-decade)
	}
	return digits * math.Pow10(decade)
}
