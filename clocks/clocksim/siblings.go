package clocksim

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/sysdesign-lab/sysdesign/clocks"
)

// SiblingSet is a replica of one key that keeps what has not been replaced: [clocks.DottedSet] and [clocks.Versioned] are such. S is the set's type,
// and the methods are those of its pointer.
type SiblingSet[S any] interface {
	*S
	Put(context clocks.Vector, value int, server string) error
	Sync(other S)
	Context() clocks.Vector
	Len() int
}

// Writers are the clients of one key. Each writes again and again, by a server of its own or one that it shares, and gives with each write what the
// answer to its last one told it to have seen, at first nothing: so it has not seen what others wrote meanwhile.
type Writers struct {
	Clients  int
	Replicas int  // the servers: client i writes by server i modulo Replicas
	Writes   int  // of all clients together, one after the other
	Sync     int  // after so many writes, and after each so many more, all servers take in what the others have; 0 for never
	Random   bool // who writes next is drawn, all alike; else they take turns
}

const mostWrites = 1 << 20

func (w Writers) check() error {
	switch {
	case w.Clients < 1 || w.Clients > mostWrites:
		return fmt.Errorf("clocksim: the number of clients must lie in [1, %d]: %d", mostWrites, w.Clients)
	case w.Replicas < 1 || w.Replicas > mostWrites:
		return fmt.Errorf("clocksim: the number of replicas must lie in [1, %d]: %d", mostWrites, w.Replicas)
	case w.Writes < 0 || w.Writes > mostWrites:
		return fmt.Errorf("clocksim: the number of writes must lie in [0, %d]: %d", mostWrites, w.Writes)
	case w.Sync < 0:
		return fmt.Errorf("clocksim: the number of writes between syncs must not be negative: %d", w.Sync)
	}
	return nil
}

// CountSiblings lets clients write, and says after each write, and the sync if one is due, how many siblings its server holds. The source is needed if
// it is drawn who writes.
func CountSiblings[S any, P SiblingSet[S]](w Writers, source rand.Source) ([]int, error) {
	if err := w.check(); err != nil {
		return nil, err
	}
	if w.Random && source == nil {
		return nil, errors.New("clocksim: writers that are drawn need a source of randomness: nil")
	}
	replicas, contexts := make([]S, w.Replicas), make([]clocks.Vector, w.Clients)
	held := make([]int, w.Writes)
	for i := range held {
		client := i % w.Clients
		if w.Random {
			client = rand.New(source).IntN(w.Clients)
		}
		at := client % w.Replicas
		server := P(&replicas[at])
		if err := server.Put(contexts[client], i, ProcessName(at)); err != nil {
			return nil, fmt.Errorf("clocksim: write %d: %w", i, err)
		}
		contexts[client] = server.Context()
		if w.Sync > 0 && (i+1)%w.Sync == 0 {
			// All to the first, and the first to all: then all have the same.
			for other := range replicas[1:] {
				P(&replicas[0]).Sync(replicas[1+other])
			}
			for other := range replicas[1:] {
				P(&replicas[1+other]).Sync(replicas[0])
			}
		}
		held[i] = server.Len()
	}
	return held, nil
}

// DottedSiblings is how many siblings a [clocks.DottedSet] at one server is expected to hold after some writes. It is exact.
//
// A write replaces what its client had seen at its last one, so held are the latest writes as far back as no client has written twice. If
// clients take turns, those are one of each. If they are drawn, it is the birthday problem: of k writes all are of different clients
// with probability c!/((c-k)! c^k), and the sum over k is about sqrt(pi c/2).
func DottedSiblings(w Writers) (float64, error) {
	if err := w.checkExact(); err != nil {
		return 0, err
	}
	if !w.Random {
		return float64(min(w.Clients, w.Writes)), nil
	}
	expected, different := 0.0, 1.0
	for k := 1; k <= min(w.Clients, w.Writes); k++ {
		different *= 1 - float64(k-1)/float64(w.Clients)
		expected += different
	}
	return expected, nil
}

// VersionedSiblings is how many siblings a [clocks.Versioned] at one server is expected to hold after some writes. It is exact.
//
// A write replaces all if its client wrote the last one too, and nothing otherwise. If clients take turns, and there are two or more, all
// that were ever written stay. If they are drawn, the number is one and as many more as there were writes since a client wrote twice in succession: c on average,
// after many writes.
func VersionedSiblings(w Writers) (float64, error) {
	if err := w.checkExact(); err != nil {
		return 0, err
	}
	switch {
	case w.Clients == 1:
		return float64(min(1, w.Writes)), nil
	case !w.Random:
		return float64(w.Writes), nil
	}
	c := float64(w.Clients)
	return -c * math.Expm1(float64(w.Writes)*math.Log1p(-1/c)), nil
}

func (w Writers) checkExact() error {
	if err := w.check(); err != nil {
		return err
	}
	if w.Replicas != 1 {
		return fmt.Errorf("clocksim: what is expected is known for one replica: %d", w.Replicas)
	}
	return nil
}
