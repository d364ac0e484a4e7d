package cache

import "math/bits"

// sketch counts how often ids were asked for, about and lately: a count-min sketch of four rows with counters of four bits. G. Cormode
// and S. Muthukrishnan, "An Improved Data Stream Summary: The Count-Min Sketch and its Applications", Journal of Algorithms 55(1), 2005; only the
// lowest of an id's counters are raised, which is the conservative update of C. Estan and G. Varghese, "New Directions in Traffic
// Measurement and Accounting", ACM SIGCOMM 2002. All are halved when it has counted some times the entries of the cache, so that
// what was popular once does not stay so: G. Einziger, R. Friedman and B. Manes, "TinyLFU: A Highly Efficient Cache Admission Policy",
// ACM Transactions on Storage 13(4), 2017.
//
// Between two halvings an estimate is never too low, and never above 15. The four counters of an id lie in one cache line of 64 bytes: eight
// words of sixteen counters, two words a row. There are 32 to 64 counters for each entry, 16 to 32 bytes: with half as many the
// estimates of small caches are visibly too high.
type sketch struct {
	words   []uint64
	mask    uint32 // number of blocks less one
	counted int
	sample  int // counts until all are halved
}

const mostCount = 15

// newSketch makes a sketch that is halved after the given times the entries of the cache.
func newSketch(entries, times int) sketch {
	blocks := 1 << bits.Len(uint((2*entries-1)/8))
	return sketch{words: make([]uint64, 8*blocks), mask: uint32(blocks - 1), sample: times * entries}
}

// place is where the counters of an id are: a block, and for each row eight bits that choose a word and a counter in it. The block and the
// rows take different bits of the hash: in a row that shared its bits with the block all ids of a block would share one counter.
func (s *sketch) place(id uint64) (block, rows uint32) {
	hash := scatter(id)
	return uint32(hash>>32) & s.mask << 3, uint32(hash)
}

// counter is the place of an id's counter in one row: the word and the shift.
func counter(block, rows, row uint32) (word, shift uint32) {
	choice := rows >> (8 * row)
	return block + 2*row + choice&1, choice >> 1 & 15 * 4
}

// estimate is about how often an id was counted lately, at most 15.
func (s *sketch) estimate(id uint64) int {
	block, rows := s.place(id)
	return int(s.least(block, rows))
}

func (s *sketch) least(block, rows uint32) uint64 {
	least := uint64(mostCount)
	for row := range uint32(4) {
		word, shift := counter(block, rows, row)
		least = min(least, s.words[word]>>shift&15)
	}
	return least
}

// count counts one request for an id.
func (s *sketch) count(id uint64) {
	block, rows := s.place(id)
	least := s.least(block, rows)
	if least == mostCount {
		return
	}
	for row := range uint32(4) {
		word, shift := counter(block, rows, row)
		if s.words[word]>>shift&15 == least {
			s.words[word] += 1 << shift
		}
	}
	if s.counted++; s.counted >= s.sample {
		s.halve()
	}
}

// halve ages all counts.
func (s *sketch) halve() {
	for i, word := range s.words {
		s.words[i] = word >> 1 & 0x7777777777777777
	}
	s.counted /= 2
}
