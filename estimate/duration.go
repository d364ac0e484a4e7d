package estimate

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// A day and a year as plans count them: 24 hours and 365 days, without leap days. A duration ends at 292 years.
const (
	Day  = 24 * time.Hour
	Year = 365 * Day
)

var timeUnits = []unit{
	{duration(time.Nanosecond), []string{"ns", "nanosecond", "nanoseconds"}},
	{duration(time.Microsecond), []string{"µs", "μs", "us", "microsecond", "microseconds"}}, // both letters that look like µ
	{duration(time.Millisecond), []string{"ms", "millisecond", "milliseconds"}},
	{duration(time.Second), []string{"s", "sec", "second", "seconds"}},
	{duration(time.Minute), []string{"min", "m", "minute", "minutes"}},
	{duration(time.Hour), []string{"h", "hr", "hour", "hours"}},
	{duration(Day), []string{"d", "day", "days"}},
	{duration(7 * Day), []string{"w", "week", "weeks"}},
	{duration(Year), []string{"y", "yr", "year", "years"}},
}

func duration(d time.Duration) *big.Rat { return big.NewRat(int64(d), 1) }

// ParseDuration reads a length of time such as 200 ms, 1.5 h, 30 d or 1 y, or several in sum, such as 1 h 30 min or 1h30m. A day is 24 hours and a
// year 365 days; a month has no fixed length, and is refused. Part of a nanosecond is an error, as is what exceeds 2^63-1 of them, 292 years.
func ParseDuration(text string) (time.Duration, error) {
	const what = "a duration"
	sum := new(big.Rat)
	for rest := text; ; {
		w, err := read(what, "200 ms", rest)
		if err != nil {
			return 0, err
		}
		rest = ""
		if next := strings.IndexAny(w.unit, ".0123456789"); next >= 0 {
			w.unit, rest = strings.TrimSpace(w.unit[:next]), w.unit[next:]
		}
		w.text = strings.TrimSpace(text)
		scale, err := lookUp(what, w, timeUnits, nil, "")
		if err != nil {
			return 0, err
		}
		sum.Add(sum, w.amount.Mul(w.amount, scale))
		if rest == "" {
			n, err := whole(what, " ns", w.text, sum)
			return time.Duration(n), err
		}
	}
}

// FormatDuration is a length of time as [ParseDuration] reads it back, in the largest of y, d, h and min in which two decimals are all of it,
// otherwise in s, ms, µs or ns with all digits.
func FormatDuration(d time.Duration) string {
	for _, u := range []struct {
		one  time.Duration
		name string
	}{{Year, "y"}, {Day, "d"}, {time.Hour, "h"}, {time.Minute, "min"}} {
		if d < u.one && d > -u.one || d%(u.one/100) != 0 {
			continue
		}
		hundredths := int64(d / (u.one / 100))
		text := group(strconv.FormatInt(hundredths/100, 10))
		if rest := max(hundredths%100, -(hundredths % 100)); rest != 0 {
			text += strings.TrimRight(fmt.Sprintf(".%02d", rest), "0")
		}
		return text + " " + u.name
	}
	switch {
	case d >= time.Second || d <= -time.Second:
		return seconds(d, 9, " s")
	case d >= time.Millisecond || d <= -time.Millisecond:
		return seconds(d, 6, " ms")
	case d >= time.Microsecond || d <= -time.Microsecond:
		return seconds(d, 3, " µs")
	default:
		return strconv.FormatInt(int64(d), 10) + " ns"
	}
}

// seconds writes nanoseconds with so many decimals, but for zeros at their end.
func seconds(d time.Duration, places int, unit string) string {
	one := times10(big.NewRat(1, 1), places).Num().Int64()
	text := group(strconv.FormatInt(int64(d)/one, 10))
	if rest := max(int64(d)%one, -(int64(d) % one)); rest != 0 {
		text += strings.TrimRight(fmt.Sprintf(".%0*d", places, rest), "0")
	}
	return text + unit
}
