package estimate

import (
	"fmt"
	"math"
)

// Traffic is what users ask for. The mean rate is users times requests a day, over 86,400 seconds. It is not what a service must bear:
// people sleep, so the day has a peak, and Peak is how many times the mean that is, at least 1. Two to four is usual for one country, less for the whole world;
// measure it where you can.
type Traffic struct {
	Users   Count   // who are active on a day
	PerUser float64 // requests of each on that day
	Peak    float64 // the peak's rate over the day's mean, at least 1; needed for peaks only
	Size    Bytes   // of one request, event or answer; needed for data rates only
}

// Mean is the request rate over the whole day.
func (t Traffic) Mean() (Estimate[Rate], error) {
	factors, err := t.mean()
	if err != nil {
		return Estimate[Rate]{}, err
	}
	return aSecond[Rate]("a mean rate", factors...)
}

// PeakRate is the request rate at the day's peak: what to build for.
func (t Traffic) PeakRate() (Estimate[Rate], error) {
	factors, err := t.peak()
	if err != nil {
		return Estimate[Rate]{}, err
	}
	return aSecond[Rate]("a peak rate", factors...)
}

// DataRate is the mean rate in bytes: what adds up to a day's data.
func (t Traffic) DataRate() (Estimate[ByteRate], error) {
	factors, err := t.mean()
	if err == nil {
		err = needCount("a size in bytes", t.Size)
	}
	if err != nil {
		return Estimate[ByteRate]{}, err
	}
	return aSecond[ByteRate]("a data rate", append(factors, t.size())...)
}

// PeakDataRate is the rate in bytes at the day's peak: what links must carry.
func (t Traffic) PeakDataRate() (Estimate[ByteRate], error) {
	factors, err := t.peak()
	if err == nil {
		err = needCount("a size in bytes", t.Size)
	}
	if err != nil {
		return Estimate[ByteRate]{}, err
	}
	return aSecond[ByteRate]("a peak data rate", append(factors, t.size())...)
}

func (t Traffic) mean() ([]Factor, error) {
	if err := needCount("users", t.Users); err != nil {
		return nil, err
	}
	if err := needNotNegative("requests a user a day", t.PerUser); err != nil {
		return nil, err
	}
	return []Factor{
		times(shown(t.Users)+" users", integer(t.Users)),
		times(short(decimal(t.PerUser))+" requests a user a day", decimal(t.PerUser)),
		divide("86,400 s/d", aDay()),
	}, nil
}

func (t Traffic) peak() ([]Factor, error) {
	factors, err := t.mean()
	if err != nil {
		return nil, err
	}
	if err := needAtLeastOne("a peak factor", t.Peak); err != nil {
		return nil, err
	}
	return append(factors, times(short(decimal(t.Peak))+" at the peak", decimal(t.Peak))), nil
}

func (t Traffic) size() Factor { return times(shown(t.Size)+" a request", integer(t.Size)) }

// needCount takes whole numbers from 0.
func needCount[T ~int | ~int64](what string, n T) error {
	if n < 0 {
		return fmt.Errorf("estimate: %s must not be negative: %d", what, int64(n))
	}
	return nil
}

func needAtLeastOne(what string, f float64) error {
	if !(f >= 1) || math.IsInf(f, 0) {
		return fmt.Errorf("estimate: %s must be at least 1 and finite: %v", what, f)
	}
	return nil
}
