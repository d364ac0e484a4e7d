package estimate

import (
	"fmt"
	"math/big"
	"strconv"
	"time"
)

// Bandwidth is the link that carries a data rate when it is busy to the given share, in (0, 1]. Take the peak's data rate: see
// [Traffic.PeakDataRate]. At a share of 1 the link's queue has no bound.
func Bandwidth(peak ByteRate, utilisation float64) (Estimate[BitRate], error) {
	if err := needNotNegative("a data rate", float64(peak)); err != nil {
		return Estimate[BitRate]{}, err
	}
	if err := needShare("a link's utilisation", utilisation); err != nil {
		return Estimate[BitRate]{}, err
	}
	return aSecond[BitRate]("a bandwidth",
		times(shown(peak), decimal(float64(peak))),
		times("8 bit a byte", integer(8)),
		divide(short(decimal(utilisation))+" used", decimal(utilisation)))
}

// needShare takes (0, 1].
func needShare(what string, f float64) error {
	if !(f > 0 && f <= 1) {
		return fmt.Errorf("estimate: %s must lie in (0, 1]: %v", what, f)
	}
	return nil
}

// Handshake is how a connection comes about.
type Handshake int

// The handshakes, with the round trips before the client can send its request, if nothing is lost. Resumed ones need an earlier
// connection. What is sent with zero round trips of its own may be replayed by an attacker, so it must be harmless to repeat.
const (
	TCP              Handshake = iota // 1: RFC 9293, 2022, section 3.5
	TLS12                             // 1 of TCP and 2: RFC 5246, 2008, section 7.3
	TLS12Resumed                      // 1 of TCP and 1: RFC 5246, section 7.3
	TLS13                             // 1 of TCP and 1: RFC 8446, 2018, section 2
	TLS13ZeroRTT                      // 1 of TCP and 0: RFC 8446, section 2.3
	QUIC                              // 1 for both: RFC 9000, 2021, section 7
	QUICZeroRTT                       // 0: RFC 9001, section 4.6
	ReusedConnection                  // 0: one that is open already
)

var handshakes = []struct {
	name  string
	trips int
}{
	TCP:              {"TCP", 1},
	TLS12:            {"TCP and TLS 1.2", 3},
	TLS12Resumed:     {"TCP and TLS 1.2 resumed", 2},
	TLS13:            {"TCP and TLS 1.3", 2},
	TLS13ZeroRTT:     {"TCP and TLS 1.3 with 0-RTT", 1},
	QUIC:             {"QUIC", 1},
	QUICZeroRTT:      {"QUIC with 0-RTT", 0},
	ReusedConnection: {"an open connection", 0},
}

// RoundTrips is how many there are before the request can be sent.
func (h Handshake) RoundTrips() (int, error) {
	if h < 0 || int(h) >= len(handshakes) {
		return 0, fmt.Errorf("estimate: a handshake must be one of the %d known: %d", len(handshakes), int(h))
	}
	return handshakes[h].trips, nil
}

// FirstByte is the time until the first byte of an answer comes, by the network alone: the handshake's round trips and one for the request.
func (h Handshake) FirstByte(roundTrip time.Duration) (Estimate[time.Duration], error) {
	trips, err := h.RoundTrips()
	if err != nil {
		return Estimate[time.Duration]{}, err
	}
	if err := needLongerThanZero("a round trip", roundTrip); err != nil {
		return Estimate[time.Duration]{}, err
	}
	text := strconv.Itoa(trips+1) + " round trips"
	if trips == 0 {
		text = "1 round trip"
	}
	return lasting("the time to the first byte",
		times(text, integer(trips+1)),
		times(FormatDuration(roundTrip), inSeconds(roundTrip)))
}

// String is the name of the protocols.
func (h Handshake) String() string {
	if h < 0 || int(h) >= len(handshakes) {
		return "Handshake(" + strconv.Itoa(int(h)) + ")"
	}
	return handshakes[h].name
}

// What light does: in vacuum 299,792.458 km/s, by the definition of the metre; in fibre slower by the group index, 1.4682 at 1,550 nm for
// the usual single-mode fibre (data sheet of Corning's SMF-28): about 4.9 µs a kilometre.
var (
	lightSpeed = big.NewRat(299_792_458, 1_000) // km/s
	groupIndex = big.NewRat(14_682, 10_000)
)

// FibreDelay is the least time of one way through so many kilometres of fibre: no equipment makes it shorter. Cables are longer than
// the great circle between their ends, and routers add to it, so that real delays are half as long again, or twice as long. A round trip is two ways.
func FibreDelay(kilometres float64) (Estimate[time.Duration], error) {
	if err := needNotNegative("kilometres", kilometres); err != nil {
		return Estimate[time.Duration]{}, err
	}
	return lasting("a delay in fibre",
		times(short(decimal(kilometres))+" km", decimal(kilometres)),
		times("1.4682 index", groupIndex),
		divide("299,792.458 km/s", lightSpeed))
}
