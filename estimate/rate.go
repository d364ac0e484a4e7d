package estimate

import (
	"fmt"
	"math/big"
	"strings"
)

// Rate is how many requests, events or other things there are a second.
type Rate float64

// ByteRate is a data rate in bytes a second.
type ByteRate float64

// BitRate is a data rate in bits a second, in which links are sold. A link of 1 Gbit/s carries at most 125 MB/s.
type BitRate float64

var (
	ratePrefixes     = suffixed(countPrefixes, " rps")
	byteRatePrefixes = suffixed(bytePrefixes, "/s")
	bitRatePrefixes  = suffixed(bitPrefixes, "/s")
)

func suffixed(prefixes []string, suffix string) []string {
	all := make([]string, len(prefixes))
	for i, p := range prefixes {
		all[i] = p + suffix
	}
	return all
}

// things are what a rate may name, and need not.
var things = []string{
	"requests", "request", "reqs", "req", "events", "event", "ops", "op", "queries", "query", "messages", "message", "msgs", "msg",
	"writes", "write", "reads", "read", "calls", "call",
}

// ParseRate reads a rate such as 3k rps, 200/s, 5k requests/s or 100M writes a day. What there is so often may be named, and is not kept.
// Rates of data are refused: [ParseByteRate] and [ParseBitRate] read those. A second, a minute, an hour and
// a day go; a month has no fixed length. Rates are rounded to the nearest float64; one too large is an error.
func ParseRate(text string) (Rate, error) {
	const what = "a rate"
	w, err := read(what, "3k rps", text)
	if err != nil {
		return 0, err
	}
	named, period := splitPeriod(w.unit, "rps", "RPS", "qps", "QPS", "tps", "TPS")
	scale := (*big.Rat)(nil)
	if period != nil {
		scale = find(countUnits, named)
		for _, thing := range things {
			if of, found := strings.CutSuffix(named, thing); found && scale == nil {
				scale = find(countUnits, strings.TrimSpace(of))
			}
		}
		if strings.TrimSpace(named) == "B" { // nothing says whether these are bytes or a thousand million
			scale = nil
		}
	}
	if scale == nil {
		data := period != nil && (find(byteUnits, named) != nil || find(bitUnits, named) != nil)
		return 0, unknown(what, w, "rps, k rps, M rps, /s, /min, /h, /d", data, "data")
	}
	f, err := finite(what, w.text, perSecond(w.amount, scale, period))
	return Rate(f), err
}

// ParseByteRate reads a data rate in bytes such as 1.5 MB/s, 64 KiB/s or 5 TB/d. MBps is MB/s; Mbps is megabits, and refused.
func ParseByteRate(text string) (ByteRate, error) {
	f, err := parseDataRate("a rate of bytes", "1.5 MB/s", text, byteUnits, bitUnits, "bits")
	return ByteRate(f), err
}

// ParseBitRate reads a data rate in bits such as 20 Mbit/s, 20 Mbps or 1 Gb/s. MB/s is megabytes, and refused.
func ParseBitRate(text string) (BitRate, error) {
	f, err := parseDataRate("a rate of bits", "20 Mbit/s", text, bitUnits, byteUnits, "bytes")
	return BitRate(f), err
}

func parseDataRate(what, like, text string, units, others []unit, otherName string) (float64, error) {
	w, err := read(what, like, text)
	if err != nil {
		return 0, err
	}
	named, period := splitPeriod(w.unit, "ps")
	var scale *big.Rat
	if period != nil {
		scale = find(units, named)
	}
	if scale == nil {
		list := strings.ReplaceAll(known(units), ",", "/s,") + "/s"
		return 0, unknown(what, w, list, period != nil && find(others, named) != nil, otherName)
	}
	return finite(what, w.text, perSecond(w.amount, scale, period))
}

// splitPeriod takes a unit of rate apart into what there is and the length of time for it, in nanoseconds, nil if there is none. The endings are
// those that stand for a second, such as rps.
func splitPeriod(text string, endings ...string) (named string, period *big.Rat) {
	for _, by := range []string{"/", " per ", " a ", " an "} {
		if of, time, found := strings.Cut(" "+text, by); found {
			return strings.TrimSpace(of), find(timeUnits, strings.TrimSpace(time))
		}
	}
	for _, ending := range endings {
		if of, found := strings.CutSuffix(text, ending); found {
			return strings.TrimSpace(of), find(timeUnits, "s")
		}
	}
	return text, nil
}

// perSecond is an amount of a unit in each period.
func perSecond(amount, scale, period *big.Rat) *big.Rat {
	r := new(big.Rat).Mul(amount, scale)
	r.Mul(r, find(timeUnits, "s"))
	return r.Quo(r, period)
}

// String is the rate with all its digits, such as 3k rps: it reads back as the same.
func (r Rate) String() string { return exactFloat(float64(r), ratePrefixes) }

// String is the rate with all its digits, such as 1.5 MB/s: it reads back as the same.
func (r ByteRate) String() string { return exactFloat(float64(r), byteRatePrefixes) }

// String is the rate with all its digits, such as 20 Mbit/s: it reads back as the same.
func (r BitRate) String() string { return exactFloat(float64(r), bitRatePrefixes) }

// Bits is the same rate in bits: eight times as many, exactly. It is an error where that is not finite.
func (r ByteRate) Bits() (BitRate, error) {
	if b := 8 * r; b >= -largest && b <= largest {
		return BitRate(b), nil
	}
	return 0, fmt.Errorf("estimate: a rate of bits must be finite: 8 x %v", r)
}

// Bytes is the same rate in bytes: an eighth, exactly but for rates below 10^-300.
func (r BitRate) Bytes() ByteRate { return ByteRate(r / 8) }
