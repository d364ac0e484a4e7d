package limitsim

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
	"github.com/sysdesign-lab/sysdesign/sim"
	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// Sharer is one limit that clients share; a client is its index. [ratelimit.Sharing] is one.
type Sharer interface {
	Take(now time.Duration, client, n int) ratelimit.Decision
}

// FirstCome is a limit that knows no clients: whoever comes first is served.
func FirstCome(limit ratelimit.Limit) (Sharer, error) {
	all, err := ratelimit.NewGCRA(limit.Rate, limit.Burst)
	if err != nil {
		return nil, err
	}
	return firstCome{all}, nil
}

type firstCome struct{ all *ratelimit.GCRA }

func (f firstCome) Take(now time.Duration, _, n int) ratelimit.Decision { return f.all.Take(now, n) }

// EqualSplit gives each client a limit of its own: an equal part of the rate, and of the burst, rounded down.
func EqualSplit(limit ratelimit.Limit, clients int) (Sharer, error) {
	if clients < 1 {
		return nil, fmt.Errorf("limitsim: a limit must be split among one client or more: %d", clients)
	}
	split := make(equalSplit, clients)
	for i := range split {
		var err error
		part := ratelimit.PerSecond(limit.Rate.PerSecond() / float64(clients))
		if split[i], err = ratelimit.NewGCRA(part, limit.Burst/clients); err != nil {
			return nil, err
		}
	}
	return split, nil
}

type equalSplit []*ratelimit.GCRA

func (s equalSplit) Take(now time.Duration, client, n int) ratelimit.Decision {
	return s[client].Take(now, n)
}

// Sharing is who wants how much of a limit, and for how long. Each client's requests are a Poisson process, drawn from a stream
// of its own: with one seed every sharer gets the same requests, and a client that asks for more changes no other's.
type Sharing struct {
	Wanted []float64 // requests a second, by client
	Sharer Sharer

	// Requests count that come in [WarmUp, WarmUp+Length): by then the burst that a limit begins with should be spent.
	WarmUp, Length time.Duration
}

// Shares are what the clients asked for and received, in requests a second.
type Shares struct{ Asked, Received []float64 }

// RunSharing simulates clients that share a limit.
func RunSharing(e *sim.Engine, c Sharing) (Shares, error) {
	switch {
	case len(c.Wanted) == 0:
		return Shares{}, errors.New("limitsim: a limit must be shared by one client or more: none given")
	case c.Sharer == nil:
		return Shares{}, errors.New("limitsim: there must be a sharer: none given")
	case c.WarmUp < 0 || c.Length < 1 || c.WarmUp > math.MaxInt64-c.Length:
		return Shares{}, fmt.Errorf("limitsim: a warm-up must not be negative, a length must be positive, and their sum a duration: %v, %v",
			c.WarmUp, c.Length)
	}
	clients := make([]*workload.Poisson, len(c.Wanted))
	next := make([]time.Duration, len(c.Wanted))
	for i, wanted := range c.Wanted {
		var err error
		if clients[i], err = workload.NewPoisson(wanted, e.Stream("client "+strconv.Itoa(i))); err != nil {
			return Shares{}, fmt.Errorf("limitsim: client %d: %w", i, err)
		}
		next[i] = clients[i].Next(0)
	}
	s := Shares{make([]float64, len(clients)), make([]float64, len(clients))}
	for {
		client := 0
		for i, t := range next {
			if t < next[client] {
				client = i
			}
		}
		now := next[client]
		if now >= c.WarmUp+c.Length {
			break
		}
		d := c.Sharer.Take(now, client, 1)
		if now >= c.WarmUp {
			s.Asked[client]++
			if d.OK() {
				s.Received[client]++
			}
		}
		next[client] = clients[client].Next(now)
	}
	for i := range clients {
		s.Asked[i] /= c.Length.Seconds()
		s.Received[i] /= c.Length.Seconds()
	}
	return s, nil
}

// FluidSplit is what a split makes of steady demands, in requests a second: the share that a fair limiter is measured by. It is
// computed in whole millionths of a request a second, which is as exact as it is.
func FluidSplit(split ratelimit.Split, perSecond float64, wanted []float64) ([]float64, error) {
	const parts = 1e6
	whole := make([]int, len(wanted))
	for i, w := range append([]float64{perSecond}, wanted...) {
		if !(w >= 0 && w <= 1e9) {
			return nil, fmt.Errorf("limitsim: what is shared, or wanted, must lie in [0, 1e9] requests a second: %v", w)
		}
		if i > 0 {
			whole[i-1] = int(math.Round(w * parts))
		}
	}
	got, err := split(int(math.Round(perSecond*parts)), whole, nil)
	if err != nil {
		return nil, err
	}
	shares := make([]float64, len(got))
	for i, g := range got {
		shares[i] = float64(g) / parts
	}
	return shares, nil
}

// Jain is the index of fairness of what clients received, each measured by its fair share: (sum x)^2 / (n sum x^2), x being received
// over fair. It is 1 if all received the same part of their fair share, and 1/n if one received everything; an index of 0.2 is as
// if a fifth of the clients were treated equally and the others got nothing. It does not fall if everybody gets too little: see what of the
// limit is used. NaN if nobody received anything.
//
// R. Jain, D. Chiu, W. Hawe, "A Quantitative Measure of Fairness and Discrimination for Resource Allocation in Shared Computer
// Systems", DEC TR-301, 1984, sections 3 and 4.
func Jain(received, fair []float64) (float64, error) {
	if len(received) != len(fair) {
		return 0, fmt.Errorf("limitsim: there must be a fair share for each who received: %d, %d", len(fair), len(received))
	}
	sum, squares := 0.0, 0.0
	for i := range received {
		if !(received[i] >= 0 && received[i] <= math.MaxFloat64) || !(fair[i] > 0 && fair[i] <= math.MaxFloat64) {
			return 0, fmt.Errorf("limitsim: what is received must not be negative, a fair share must be positive, both finite: %v, %v",
				received[i], fair[i])
		}
		x := received[i] / fair[i]
		sum += x
		squares += x * x
	}
	return sum * sum / (float64(len(received)) * squares), nil
}
