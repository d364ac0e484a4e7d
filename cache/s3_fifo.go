package cache

// s3FIFO is three queues in the order of insertion: a small one that new entries enter, the main one for those that were asked for in it, and a
// ghost queue of the ids that left the small one without. J. Yang, Y. Zhang, Z. Qiu, Y. Yue and K. V. Rashmi, "FIFO Queues are All You Need for
// Cache Eviction", ACM SOSP 2023, section 4.1 and algorithm 1.
//
// An entry goes from the small queue to the main one if its counter is above 1, that is after two hits: so says the algorithm, and so does the
// authors' simulator, which also begins anew to count in the main queue, as the paper's text has it. The small queue is as large as it should be
// when it has a tenth of the entries that are inside: of a full cache that is the algorithm's test, and it serves one that costs fill before entries do.
type s3FIFO struct {
	order  order
	queue  []uint8 // which of the two queues each slot is in
	hits   []uint8 // at most mostHits
	ids    []uint64
	size   [2]int
	ghosts ghost
}

// The two queues.
const (
	small = iota
	main
)

const (
	smallPart  = 10  // the small queue's part: one in ten
	ghostShare = 0.9 // of the entries: as many as are in the main queue
	mostHits   = 3
	promotion  = 2 // hits in the small queue that lead to the main one
)

// S3FIFO evicts what is new, and was not asked for twice, before what has proved itself: a scan passes through a tenth of the cache.
//
// A hit raises a counter of two bits and moves nothing. What comes back soon after its eviction goes to the main queue at once, so that a wrong
// decision costs one miss. It costs about 60 bytes an entry.
func S3FIFO(slots int) (Policy, error) {
	if err := checkSlots(slots); err != nil {
		return nil, err
	}
	return &s3FIFO{
		order:  newOrder(slots, 2),
		queue:  make([]uint8, slots),
		hits:   make([]uint8, slots),
		ids:    make([]uint64, slots),
		ghosts: newGhost(part(slots, ghostShare, 1)),
	}, nil
}

func (p *s3FIFO) Hit(slot int32) {
	if p.hits[slot] < mostHits {
		p.hits[slot]++
	}
}

func (p *s3FIFO) Miss(uint64) {}

// Victim promotes and reinserts what was asked for until it finds an entry that was not.
func (p *s3FIFO) Victim(uint64) (int32, bool) {
	for {
		if smallPart*p.size[small] < p.size[small]+p.size[main] {
			slot := p.order.last(p.order.head(main))
			if p.hits[slot] == 0 {
				return slot, true
			}
			p.hits[slot]--
			p.order.moveToFront(p.order.head(main), slot)
			continue
		}
		slot := p.order.last(p.order.head(small))
		if p.hits[slot] < promotion {
			return slot, true
		}
		p.Remove(slot)
		p.enter(main, slot)
	}
}

func (p *s3FIFO) Evict(slot int32) {
	if p.queue[slot] == small {
		p.ghosts.add(p.ids[slot])
	}
	p.Remove(slot)
}

func (p *s3FIFO) Insert(slot int32, id uint64) {
	p.ids[slot] = id
	if p.ghosts.remove(id) {
		p.enter(main, slot)
	} else {
		p.enter(small, slot)
	}
}

func (p *s3FIFO) Remove(slot int32) {
	p.size[p.queue[slot]]--
	p.order.remove(slot)
}

// enter puts a slot that is in no queue at the front of one.
func (p *s3FIFO) enter(queue uint8, slot int32) {
	p.queue[slot], p.hits[slot] = queue, 0
	p.size[queue]++
	p.order.pushFront(p.order.head(int(queue)), slot)
}
