// The curve of a day is R. von Mises's distribution on a circle, "Über die 'Ganzzahligkeit' der Atomgewichte", Physikalische Zeitschrift 19, 1918.

package estimatesim

import (
	"fmt"
	"math"
	"time"
)

const (
	dayMinutes  = 24 * 60
	hourMinutes = 60
	// The busiest hour has noon in its middle.
	busyBegins = dayMinutes/2 - hourMinutes/2
	busyEnds   = busyBegins + hourMinutes

	mostPeak = 8.0
)

// Diurnal is the shape of a day: how much more, or less, is asked for at a time than in the mean of the day. In each time zone requests follow
// exp(c·cos), with the highest rate at noon, the least at midnight, and c such that the busiest hour is as busy as asked for. Users are
// spread evenly over zones that are an hour apart, and noon is that of the zone in the middle. The rate is constant in each minute.
//
// The zero value has no rate; [NewDiurnal] makes one.
type Diurnal struct {
	rates []float64 // of each minute; the mean is 1
}

// NewDiurnal makes the shape of a day whose busiest hour has peak times the mean rate in each zone, in [1, 8]; of zones there are 1 to 24. With
// several zones the busiest hour of all is less busy: see [Diurnal.Busiest].
func NewDiurnal(peak float64, zones int) (Diurnal, error) {
	if !(peak >= 1 && peak <= mostPeak) {
		return Diurnal{}, fmt.Errorf("estimatesim: the busiest hour over the mean must lie in [1, %v]: %v", mostPeak, peak)
	}
	if zones < 1 || zones > 24 {
		return Diurnal{}, fmt.Errorf("estimatesim: time zones must lie in [1, 24]: %d", zones)
	}
	low, high := 0.0, 100.0 // at which the busiest hour has more than nineteen times the mean
	for range 60 {
		if middle := (low + high) / 2; zone(middle).Busiest() < peak {
			low = middle
		} else {
			high = middle
		}
	}
	if peak == 1 {
		high = 0
	}
	one, all := zone(high), Diurnal{make([]float64, dayMinutes)}
	for z := range zones {
		const half = hourMinutes / 2
		shift := (2*z - (zones - 1)) * half // an even number of zones has its middle between two of them
		for i := range all.rates {
			all.rates[i] += one.rates[(i+shift+dayMinutes)%dayMinutes] / float64(zones)
		}
	}
	return all, nil
}

// zone is the shape of one zone.
func zone(concentration float64) Diurnal {
	d := Diurnal{make([]float64, dayMinutes)}
	sum := 0.0
	for i := range d.rates {
		sinceNoon := 2 * math.Pi * (float64(i) + 0.5 - dayMinutes/2) / dayMinutes
		d.rates[i] = math.Exp(concentration * (math.Cos(sinceNoon) - 1))
		sum += d.rates[i]
	}
	for i := range d.rates {
		d.rates[i] *= dayMinutes / sum
	}
	return d
}

// At is the rate over the day's mean at a time since midnight, on any day.
func (d Diurnal) At(sinceMidnight time.Duration) float64 {
	if d.rates == nil {
		return 0
	}
	minute := sinceMidnight % (24 * time.Hour)
	if minute < 0 {
		minute += 24 * time.Hour
	}
	return d.rates[minute/time.Minute]
}

// Busiest is the rate of the busiest hour, [11:30, 12:30), over that of the day: the peak factor.
func (d Diurnal) Busiest() float64 {
	if d.rates == nil {
		return 0
	}
	sum := 0.0
	for _, rate := range d.rates[busyBegins:busyEnds] {
		sum += rate
	}
	return sum / hourMinutes
}

// Most is the highest rate, that of the minutes around noon, over that of the day. It is so to a millionth: where steep curves of an even number
// of zones meet, a minute beside noon may have as much more.
func (d Diurnal) Most() float64 { return d.At(12 * time.Hour) }
