package quorum

import (
	"fmt"
	"slices"
)

// The runs are constructed, not searched for: with the replicas in a row, writes reach the first of them and reads ask the last.

// missed is a write that has ended, and a read after it that asks none of the replicas which it reached. The reader may be the
// writer itself.
func (e Explanation) missed(own bool) Run {
	q := e.Replicas
	reached := min(q.W, q.N-q.R) // of the N; the rest of W are stand-ins
	writers, readers := []string{"writer"}, []string{"reader"}
	if own {
		writers, readers = []string{"client"}, nil
	}
	s := e.stage(writers, q.W-reached, readers)
	writer, reader := 0, 0
	if !own {
		reader = len(s.run.Lanes) - 1
	}

	write := s.begin(writer, true, newVersion)
	at := slices.Concat(s.homes[:reached], s.standIns)
	sent := s.now
	s.store(write, newVersion, at, q.W)
	s.end(write)

	ask := s.homes[q.N-q.R:]
	s.read(reader, ask, e.writeBack(s.homes[q.N-q.W:]))

	var late []hop // stand-ins hand over, and what was on its way comes to the others
	for i, home := range s.homes[reached:] {
		if i < len(s.standIns) {
			late = append(late, hop{s.standIns[i], home, s.now})
		} else {
			late = append(late, hop{writer, home, sent})
		}
	}
	s.arrive(write, Store, always(newVersion), late)
	s.now++
	who := "the read"
	if own {
		who = "the same client"
	}
	return s.finish(fmt.Sprintf("The write has ended, stored at %s; %s then asks %s, and misses it.", s.names(at), who, s.names(ask)))
}

// inversion is a write under way, and two reads one after the other: the first asks the only replica that the write has reached, the
// second does not. One client may read twice.
func (e Explanation) inversion(own bool) Run {
	s, first, second := e.twoReads(own)
	who := "reader 1 sees it at %s; reader 2"
	if own {
		who = "the client sees it at %s; reading again it"
	}
	return s.finish(fmt.Sprintf("The write is under way: "+who+" asks %s, and sees the old version.", s.names(first[:1]), s.names(second)))
}

// hardest is the run that would be an inversion, but for the write-back, or because reads ask all replicas.
func (e Explanation) hardest() Run {
	s, _, second := e.twoReads(false)
	if e.Replicas.R == e.Replicas.N {
		return s.finish(fmt.Sprintf("The write is under way: both readers ask %s, so the second sees what the first saw.", s.names(second)))
	}
	return s.finish(fmt.Sprintf("The write is under way: reader 1 writes it back before it returns, so reader 2 sees it among %s.", s.names(second)))
}

// twoReads plays both up to the end of the run.
func (e Explanation) twoReads(own bool) (s *stage, first, second []int) {
	q := e.Replicas
	readers := []string{"reader 1", "reader 2"}
	if own {
		readers = []string{"client"}
	}
	standIns, reached := 0, min(q.W, q.N-q.R)
	switch {
	case !e.Options.Sloppy:
	case e.Options.WriteBack: // they take what reads write back
		standIns = q.W - reached
	case q.R == q.N: // one takes the place of a replica that the second read asks
		standIns = 1
	}
	s = e.stage([]string{"writer"}, standIns, readers)
	writer, reader2 := 0, len(s.run.Lanes)-1
	reader1 := reader2
	if !own {
		reader1--
	}

	first, second = s.homes[:q.R], s.homes[q.N-q.R:]
	if standIns > 0 && reached == 0 {
		first = slices.Concat(s.standIns[:1], s.homes[:q.R-1])
	}
	earliest := first[0]
	write := s.begin(writer, true, newVersion)
	sent := s.now
	s.arrive(write, Store, always(newVersion), []hop{{writer, earliest, sent}})
	late := []hop{{earliest, writer, s.now}} // the acknowledgement, where it would end the write
	if q.W > 1 {
		s.arrive(write, Stored, nil, late)
		late = nil
	} else {
		s.now++
	}
	s.now++ // nothing begins at the moment at which something else ends

	backFirst, backSecond := s.homes[:q.W], s.homes[q.N-q.W:]
	if e.Options.Sloppy {
		backFirst = slices.Concat(s.homes[:reached], s.standIns)
	}
	s.read(reader1, first, e.writeBack(backFirst))
	s.read(reader2, second, e.writeBack(backSecond))

	var rest []int
	for _, home := range s.homes {
		if home != earliest {
			rest = append(rest, home)
		}
	}
	var hops []hop
	for _, home := range rest {
		hops = append(hops, hop{writer, home, sent})
	}
	s.arrive(write, Store, always(newVersion), hops)
	s.arrive(write, Stored, nil, slices.Concat(late, s.back(writer, rest[:q.W-1])))
	s.run.Operations[write].End = s.now
	return s, first, second
}

// overtaken is a write that begins after another one has ended, from a client whose clock is behind.
func (e Explanation) overtaken() Run {
	q := e.Replicas
	s := e.stage([]string{"writer 1", "writer 2"}, 0, []string{"reader"})
	for writer, v := range []Version{firstVersion, secondVersion} {
		write := s.begin(writer, true, v)
		s.store(write, v, s.homes, q.W)
		s.end(write)
	}
	s.read(len(s.run.Lanes)-1, s.homes[q.N-q.R:], e.writeBack(s.homes[:q.W]))
	return s.finish(fmt.Sprintf("Writer 2 begins after writer 1 has ended, with stamp %d after %d: its write is acknowledged, and lost.",
		secondVersion.Stamp, firstVersion.Stamp))
}

// writeBack is where a read stores what it returns, if it does.
func (e Explanation) writeBack(replicas []int) []int {
	if !e.Options.WriteBack {
		return nil
	}
	return replicas
}
