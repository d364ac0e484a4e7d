package cache

// wTinyLFU is three lists in the order of last use: a window that each new entry enters, and a main part of probation and protected entries. G.
// Einziger, R. Friedman and B. Manes, "TinyLFU: A Highly Efficient Cache Admission Policy", ACM Transactions on Storage 13(4), 2017 (section
// 4, W-TinyLFU); the window's size follows G. Einziger, O. Eytan, R. Friedman and B. Manes, "Adaptive Software Cache Management", ACM Middleware
// 2018 (hill climbing).
//
// Three things are not the papers'. The entry that a newcomer to the main part is compared with is the least often used one of the four
// that were not used for the longest time, not the last one alone, and the sketch is more exact (see there): both gain hits where the cache is
// small, and cost some where the same keys come in an endless loop. And what was asked for once only never replaces anything: else a
// loop so long that all counts have been halved to nothing before it comes round again would turn the whole cache over.
type wTinyLFU struct {
	order  order
	part   []uint8 // which of the three lists each slot is in
	ids    []uint64
	size   [3]int
	most   [3]int // entries of the window and of the protected part
	sketch sketch
	climb  climb
}

// The three parts.
const (
	window = iota
	probation
	protected
)

const (
	firstWindow    = 0.005 // of the entries
	protectedShare = 0.7   // of the main part
	rivals         = 4     // entries that compete for being the victim
	windowSample   = 6     // times the entries: what the sketch counts until it halves
)

// WTinyLFU admits an entry to the larger part of the cache if it was asked for more often than the one that would go. What is new may
// prove itself in a small window, which grows and shrinks with the hit ratio.
//
// It is the one to begin with where hit ratio is what counts: it survives scans and loops, keeps what is popular, and adapts to what is
// recent. It costs 16 to 32 bytes an entry for the sketch, and some hits while a working set is replaced all at once.
func WTinyLFU(slots int) (Policy, error) {
	if err := checkSlots(slots); err != nil {
		return nil, err
	}
	p := &wTinyLFU{
		order:  newOrder(slots, 3),
		part:   make([]uint8, slots),
		ids:    make([]uint64, slots),
		sketch: newSketch(slots, windowSample),
		climb:  newClimb(slots),
	}
	p.divide()
	return p, nil
}

func (p *wTinyLFU) Hit(slot int32) {
	p.sketch.count(p.ids[slot])
	if p.part[slot] == probation {
		p.move(slot, protected)
		if p.size[protected] > p.most[protected] {
			p.move(p.last(protected), probation)
		}
	} else {
		p.order.moveToFront(p.order.head(int(p.part[slot])), slot)
	}
	p.tick(true)
}

func (p *wTinyLFU) Miss(id uint64) {
	p.sketch.count(id)
	p.tick(false)
}

// Victim lets the entry that is about to leave the window compete with one of the main part.
func (p *wTinyLFU) Victim(uint64) (int32, bool) {
	candidate := p.last(window)
	if p.size[probation]+p.size[protected] == 0 {
		return candidate, true
	}
	victim, count := p.rival()
	if p.size[window] < p.most[window] {
		return victim, true
	}
	if c := p.sketch.estimate(p.ids[candidate]); c > count && c > 1 {
		return victim, true
	}
	return candidate, true
}

// rival is the least often used of the last few entries of the main part.
func (p *wTinyLFU) rival() (victim int32, count int) {
	list := probation
	if p.size[probation] == 0 {
		list = protected
	}
	count = mostCount + 1
	for slot, i := p.last(list), 0; slot != p.order.head(list) && i < rivals; slot, i = p.order.links[slot].prev, i+1 {
		if c := p.sketch.estimate(p.ids[slot]); c < count {
			victim, count = slot, c
		}
	}
	return victim, count
}

func (p *wTinyLFU) Evict(slot int32) { p.Remove(slot) }

func (p *wTinyLFU) Insert(slot int32, id uint64) {
	p.ids[slot], p.part[slot] = id, window
	p.size[window]++
	p.order.pushFront(p.order.head(window), slot)
	if p.size[window] > p.most[window] {
		p.move(p.last(window), probation)
	}
}

func (p *wTinyLFU) Remove(slot int32) {
	p.size[p.part[slot]]--
	p.order.remove(slot)
}

func (p *wTinyLFU) last(list int) int32 { return p.order.last(p.order.head(list)) }

func (p *wTinyLFU) move(slot int32, to uint8) {
	p.size[p.part[slot]]--
	p.part[slot] = to
	p.size[to]++
	p.order.moveToFront(p.order.head(int(to)), slot)
}

// tick tells the climb of one request, and divides the cache anew when it has decided.
func (p *wTinyLFU) tick(hit bool) {
	if p.climb.tick(hit) {
		p.divide()
	}
}

// divide moves entries until the parts are as large as they should be now.
func (p *wTinyLFU) divide() {
	slots := len(p.part)
	p.most[window] = max(1, int(p.climb.window+0.5))
	p.most[protected] = int(protectedShare * float64(slots-p.most[window]))
	for p.size[window] > p.most[window] {
		p.move(p.last(window), probation)
	}
	for p.size[protected] > p.most[protected] {
		p.move(p.last(protected), probation)
	}
	// a full cache lends its window the entries that would go next; one with room fills it by itself
	full := p.size[window]+p.size[probation]+p.size[protected] == slots
	for full && p.size[window] < p.most[window] && p.size[probation] > 0 {
		p.move(p.last(probation), window)
	}
}
