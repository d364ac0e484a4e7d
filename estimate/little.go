// J. D. C. Little, "A Proof for the Queuing Formula: L = λW", Operations Research 9 (3), 1961; the utilisation law: P. J. Denning and
// J. P. Buzen, "The Operational Analysis of Queueing Network Models", ACM Computing Surveys 10 (3), 1978, section 4.

package estimate

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// ErrOverloaded says that more work arrives than the servers can do, or just as much: the queue grows without end, so that there is no
// mean wait. What wraps it tells the utilisation, which must lie in [0, 1).
var ErrOverloaded = errors.New("estimate: utilisation must be below 1")

// Little is the mean number in a system, L = λW, of arrivals per second that stay for so long in the mean. It holds for
// whatever is stable: any arrivals, any order of service, and any part that has an inside and an outside. Requests in flight are the rate of
// requests and their latency; open connections the rate of opening and their life; busy servers the rate and the service time, in erlang.
func Little(arrivals float64, stay time.Duration) (inSystem float64, err error) {
	if err := needNotNegative("arrivals per second", arrivals); err != nil {
		return 0, err
	}
	if stay < 0 {
		return 0, fmt.Errorf("estimate: a stay must not be negative: %v", stay)
	}
	inSystem = arrivals * stay.Seconds()
	if math.IsInf(inSystem, 0) {
		return 0, fmt.Errorf("estimate: the number in the system must be finite: %v per second for %v", arrivals, stay)
	}
	return inSystem, nil
}

// LittleStay is Little's law the other way, W = L/λ: how long each stays, in the mean, if so many are inside and so many arrive, or
// leave, a second. A backlog of 1,000 messages before consumers of 200 a second is a delay of five seconds.
func LittleStay(inSystem, arrivals float64) (time.Duration, error) {
	if err := needNotNegative("the number in the system", inSystem); err != nil {
		return 0, err
	}
	if err := needPositive("arrivals per second", arrivals); err != nil {
		return 0, err
	}
	return inTime("a stay", inSystem/arrivals)
}

// Utilisation is the share of time, in [0, 1), that each of the servers is busy, in the mean: ρ = λS/c. At 1 or above the error is
// [ErrOverloaded], with the value.
func Utilisation(arrivals float64, service time.Duration, servers int) (float64, error) {
	load, err := offered(arrivals, service, servers)
	return load / float64(servers), err
}

// offered is the load in erlang of servers that can bear it.
func offered(arrivals float64, service time.Duration, servers int) (load float64, err error) {
	if err := needNotNegative("arrivals per second", arrivals); err != nil {
		return 0, err
	}
	if err := needLongerThanZero("a mean service time", service); err != nil {
		return 0, err
	}
	if err := needBetween("servers", servers, 1, maxServers); err != nil {
		return 0, err
	}
	load = arrivals * service.Seconds()
	return load, bearable(load, servers)
}

func bearable(load float64, servers int) error {
	if utilisation := load / float64(servers); !(utilisation < 1) {
		return fmt.Errorf("%w: %.12g, of a load of %.12g erlang on %d servers", ErrOverloaded, utilisation, load, servers)
	}
	return nil
}
