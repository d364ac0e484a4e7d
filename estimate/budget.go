// B. Beyer et al. (editors), The Site Reliability Workbook, O'Reilly, 2018, chapter 5, "Alerting on SLOs".

package estimate

import (
	"fmt"
	"math/big"
	"time"
)

// SLO is a service level objective: the part of all requests (or of all time) that must be good, over a window that slides. What may be bad is the
// error budget. Make it with [NewSLO]. Its numbers are taken as they are written: 1.44% bad requests burn 99.9% at a rate of 14.4, and not of a digit less.
type SLO struct {
	objective float64
	window    time.Duration
}

// NewSLO takes an objective in (0, 1), such as 0.999, and a window, such as 30 days.
func NewSLO(objective float64, window time.Duration) (SLO, error) {
	if !(objective > 0 && objective < 1) {
		return SLO{}, fmt.Errorf("estimate: an objective must lie in (0, 1): %v", objective)
	}
	if err := needLongerThanZero("a window", window); err != nil {
		return SLO{}, err
	}
	return SLO{objective, window}, nil
}

// Budget is the part of all requests that may be bad: 1 - objective.
func (s SLO) Budget() float64 { return rest(s.objective) }

// Downtime is how long everything may be bad in the window, if all else is good.
func (s SLO) Downtime() time.Duration { return partOf(s.window, s.Budget()) }

// BurnRate is how many times as fast as it may a part of bad requests in [0, 1] spends the budget: 1 spends all of it in just the window.
func (s SLO) BurnRate(bad float64) (float64, error) {
	if err := needProbability("a part of bad requests", bad); err != nil {
		return 0, err
	}
	rate, _ := new(big.Rat).Quo(decimal(bad), exactRest(s.objective)).Float64()
	return rate, nil
}

// Lasts is how long a budget that is whole lasts under a burn rate, which is positive: window/rate.
func (s SLO) Lasts(burnRate float64) (time.Duration, error) {
	if err := needPositive("a burn rate", burnRate); err != nil {
		return 0, err
	}
	return inTime("what a budget lasts", s.window.Seconds()/burnRate)
}

// Alert is a rule on the burn rate in two windows: it fires while both the long and the short one burn at BurnRate or faster. The long one says that it
// matters, the short one that it still goes on.
type Alert struct {
	BurnRate    float64
	BadRatio    float64       // the part of bad requests from which on it fires: BurnRate times the budget
	Spent       float64       // the part of the budget that is gone when it fires
	Long, Short time.Duration // the windows; the short one is a twelfth
}

// Alert is the rule that fires when a part spent of the budget, in (0, 1], is gone within a time that is at most the window: at
// a burn rate of spent times window/within. The error says so if no part of bad requests can be as high.
func (s SLO) Alert(spent float64, within time.Duration) (Alert, error) {
	if !(spent > 0 && spent <= 1) {
		return Alert{}, fmt.Errorf("estimate: a part of the budget must lie in (0, 1]: %v", spent)
	}
	if within <= 0 || within > s.window {
		return Alert{}, fmt.Errorf("estimate: the window of an alert must lie in (0, %v], the window of the objective: %v", s.window, within)
	}
	a := Alert{Spent: spent, Long: within, Short: within / 12}
	rate := new(big.Rat).Mul(decimal(spent), big.NewRat(int64(s.window), int64(within)))
	a.BurnRate, _ = rate.Float64()
	a.BadRatio, _ = rate.Mul(rate, exactRest(s.objective)).Float64()
	if a.BadRatio > 1 {
		return Alert{}, fmt.Errorf("estimate: an alert must be able to fire: %v of the budget of %v within %v needs a part of bad requests of %v",
			spent, s.objective, within, a.BadRatio)
	}
	return a, nil
}

// DetectedAfter is how long a part of bad requests in [0, 1], that began when all was well, lasts until the alert fires: within times the ratio of
// what it fires at and what there is. The error says so if it never does.
func (a Alert) DetectedAfter(bad float64) (time.Duration, error) {
	if err := needProbability("a part of bad requests", bad); err != nil {
		return 0, err
	}
	if !(bad >= a.BadRatio) || a.BadRatio <= 0 {
		return 0, fmt.Errorf("estimate: a part of bad requests must be at least %v for the alert to fire: %v", a.BadRatio, bad)
	}
	return partOf(a.Long, a.BadRatio/bad), nil
}

// RecommendedAlerts are the three of the workbook: 2% of the budget in an hour and 5% in six hours, to wake somebody, and 10% in three days, for the
// next working day. For 30 days they are burn rates of 14.4, 6 and 1. The window must be three days or longer, and the objective high enough for all to be able to fire.
func (s SLO) RecommendedAlerts() ([]Alert, error) {
	var all []Alert
	for _, r := range []struct {
		spent  float64
		within time.Duration
	}{{0.02, time.Hour}, {0.05, 6 * time.Hour}, {0.10, 72 * time.Hour}} {
		a, err := s.Alert(r.spent, r.within)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}
