package quorum

import "fmt"

// byStates decides nodes one by one, in order, and keeps the probability of each state that the expression can be in: two histories that
// leave the same questions open are one. It is exact for every expression; a grid of k rows and columns has some 2^k states, where there
// are 2^(k*k) sets of nodes. The idea is that of a binary decision diagram, level by level: R. Bryant, "Graph-Based
// Algorithms for Boolean Function Manipulation", IEEE Trans. Computers C-35, 1986.
func (f *formula) byStates(ups []float64, work *int) (float64, error) {
	w := f.wire()
	now := newLevel(w)
	now.add(make([]uint16, 2*w.gates), 1)
	up := 0.0
	votes := make([]uint16, 2*w.gates)
	for node, p := range ups {
		if len(w.mentions[node]) == 0 {
			continue
		}
		next := newLevel(w)
		for i, before := range now.chances {
			for _, to := range []struct {
				there  bool
				chance float64
			}{{true, before * p}, {false, before * (1 - p)}} {
				if to.chance == 0 {
					continue
				}
				copy(votes, now.votes(i))
				for _, m := range w.mentions[node] {
					w.settle(votes, m, to.there)
				}
				switch { // the root is the first gate
				case w.won(votes, 0):
					up += to.chance
				case !w.lost(votes, 0):
					next.add(votes, to.chance)
				}
			}
			if len(next.all) > maxCounts {
				return 0, fmt.Errorf("%w: more than %d states of %d gates", ErrTooLarge, len(next.chances)-1, w.gates)
			}
		}
		if *work -= len(next.chances) * (2*w.gates + 64); *work < 0 { // to look a state up takes as long as some votes
			return 0, fmt.Errorf("%w: too many states of %d gates", ErrTooLarge, w.gates)
		}
		now = next
	}
	return up, nil
}

// level is the states after a number of nodes, in the order in which they were met, so that sums round in the same way in every run. A
// state is the votes for and against each gate; below a gate that is settled all are zero.
type level struct {
	*wiring
	all     []uint16 // which fits, as a gate has at most 16,384 parts and votes
	chances []float64
	at      map[string]int
	key     []byte
}

func newLevel(w *wiring) *level { return &level{wiring: w, at: map[string]int{}} }

func (l *level) votes(i int) []uint16 { return l.all[2*l.gates*i : 2*l.gates*(i+1)] }

func (l *level) add(votes []uint16, chance float64) {
	l.key = l.key[:0]
	for _, v := range votes {
		l.key = append(l.key, byte(v), byte(v>>8))
	}
	if i, met := l.at[string(l.key)]; met {
		l.chances[i] += chance
		return
	}
	l.at[string(l.key)] = len(l.chances)
	l.all, l.chances = append(l.all, votes...), append(l.chances, chance)
}

// wiring numbers the gates of a formula that has some, the root first, and each before those inside of it.
type wiring struct {
	gates    int
	above    []int // by gate: the one it is in; -1 for the root
	last     []int // by gate: the last one inside of it, or itself
	say      []int // by gate: its votes in the one it is in
	needed   []int // by gate: votes that make it true
	against  []int // by gate: votes that make it false
	mentions [][]mention
}

// mention is a place where a node is named.
type mention struct{ gate, say int }

func (f *formula) wire() *wiring {
	w := &wiring{mentions: make([][]mention, f.nodes)}
	var walk func(p *part, above, say int)
	walk = func(p *part, above, say int) {
		if p.node >= 0 {
			w.mentions[p.node] = append(w.mentions[p.node], mention{above, say})
			return
		}
		gate, total := w.gates, 0
		w.gates++
		for i := range p.parts {
			total += p.say(i)
		}
		w.above, w.say, w.last = append(w.above, above), append(w.say, say), append(w.last, 0)
		w.needed, w.against = append(w.needed, p.needed), append(w.against, total-p.needed+1)
		for i, q := range p.parts {
			walk(q, gate, p.say(i))
		}
		w.last[gate] = w.gates - 1
	}
	walk(f.root, -1, 0)
	return w
}

func (w *wiring) won(votes []uint16, gate int) bool  { return int(votes[2*gate]) >= w.needed[gate] }
func (w *wiring) lost(votes []uint16, gate int) bool { return int(votes[2*gate+1]) >= w.against[gate] }

// settle tells the gates around a mention whether its node is there, as far as they are not settled.
func (w *wiring) settle(votes []uint16, m mention, there bool) {
	for g := m.gate; g >= 0; g = w.above[g] {
		if w.won(votes, g) || w.lost(votes, g) {
			return
		}
	}
	for g, say := m.gate, m.say; g >= 0; g, say = w.above[g], w.say[g] {
		if there {
			votes[2*g] += uint16(say)
		} else {
			votes[2*g+1] += uint16(say)
		}
		won, lost := w.won(votes, g), w.lost(votes, g)
		if !won && !lost {
			return
		}
		clear(votes[2*g : 2*w.last[g]+2]) // so that all ways to settle it are one state
		if won {
			votes[2*g] = uint16(w.needed[g])
		} else {
			votes[2*g+1] = uint16(w.against[g])
		}
	}
}
