package hashring

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"time"
)

// Plan carries out moves step by step, none larger than it may be and none sooner than the rate allows.
//
// Each step copies from one node to one other, and steps are in the order of names, first of who gives and then of who gets. So
// one pair copies at a time, what a step puts at risk is between two nodes, and a node that is to leave is empty before the next one
// begins to give. It loads one node with the whole rate, which must be one that a single node can bear.
//
// Within a pair spans follow one another in their space, cut where a step is full. So all steps of a pair but the last are as full
// as can be.
//
// What a step holds is what is expected, not counted: a span's share of the hashes or slots, or of the sample where keys are moved, of
// everything stored. With k keys expected in a step of hashes, the number there has a standard deviation of at most sqrt(k).
//
// While a step is on its way its keys belong to the node that gives them: writes that come meanwhile are for whoever copies to bring
// along. A plan is immutable and safe for concurrent use.
type Plan struct {
	moves   *Moves
	options PlanOptions
	steps   []Step
	pieces  []piece // in the order of the space
}

// PlanOptions says what is stored and how fast it may move. Zeros leave out what is not known or not limited: without a limit a
// pair of nodes is one step, and without a rate steps take no time.
type PlanOptions struct {
	Keys, Bytes                   float64 // stored, in all
	AtMostKeys, AtMostBytes       float64 // in a step, as far as is expected
	KeysPerSecond, BytesPerSecond float64

	// Sample are keys drawn at random from those stored, in any order. It says how keys lie in their own order, which nothing else can:
	// plans for moves of key ranges take one, and only they do. It must hold some keys for each step, and a few
	// hundred are better: of a step that holds k of them, what is expected is off by 1/sqrt(k).
	Sample []string
}

// Step is one of a plan's: spans that move together from one node to another.
type Step struct {
	From, To    string        // the nodes' names
	Spans       []Span        // in order
	Share       float64       // of the space, or of the sample; NaN if there is neither
	Keys, Bytes float64       // expected
	Start, End  time.Duration // since the plan's start
}

// piece is a span of one move, and the step in which it moves.
type piece struct {
	span Span
	move int
	step int
}

// mostSteps keeps a slip of the pen from filling the memory.
const mostSteps = 1 << 20

// NewPlan divides moves into steps.
func NewPlan(moves *Moves, options PlanOptions) (*Plan, error) {
	if moves == nil {
		return nil, fmt.Errorf("hashring: a plan must have moves: nil")
	}
	if err := options.check(moves.space); err != nil {
		return nil, err
	}
	options.Sample = slices.Sorted(slices.Values(options.Sample))
	p := &Plan{moves: moves, options: options}
	room, limited := options.room(moves.space)
	if limited && room == 0 {
		return nil, options.noRoom(moves.space)
	}
	if steps := moves.Share() * options.whole(moves.space) / float64(room); limited && steps > mostSteps {
		return nil, fmt.Errorf("hashring: a plan must have at most %d full steps: %.0f of %v keys, %v bytes at most (0: no limit)",
			mostSteps, steps, options.AtMostKeys, options.AtMostBytes)
	}
	f := filling{plan: p, room: room, limited: limited}
	for _, i := range p.order() {
		if err := f.move(i); err != nil {
			return nil, err
		}
	}
	f.close()
	slices.SortFunc(p.pieces, func(a, b piece) int {
		return cmp.Or(cmp.Compare(a.span.First, b.span.First), strings.Compare(a.span.Low, b.span.Low))
	})
	if err := p.schedule(); err != nil {
		return nil, err
	}
	return p, nil
}

func (o *PlanOptions) check(space Space) error {
	for _, v := range []struct {
		name      string
		value, of float64
		total     string
	}{
		{"Keys", o.Keys, 1, ""},
		{"Bytes", o.Bytes, 1, ""},
		{"AtMostKeys", o.AtMostKeys, o.Keys, "Keys"},
		{"AtMostBytes", o.AtMostBytes, o.Bytes, "Bytes"},
		{"KeysPerSecond", o.KeysPerSecond, o.Keys, "Keys"},
		{"BytesPerSecond", o.BytesPerSecond, o.Bytes, "Bytes"},
	} {
		switch {
		case !(v.value >= 0) || math.IsInf(v.value, 0):
			return fmt.Errorf("hashring: a plan's %s must be positive and finite, or zero for none: %v", v.name, v.value)
		case v.value > 0 && v.of == 0:
			return fmt.Errorf("hashring: a plan's %s must come with how many %s are stored: %v of 0", v.name, v.total, v.value)
		}
	}
	switch sampled := len(o.Sample) > 0; {
	case sampled && space != KeySpace:
		return fmt.Errorf("hashring: a plan's Sample must be left out unless ranges of keys move, for hashes and slots say where keys are: %d keys", len(o.Sample))
	case !sampled && space == KeySpace && (o.Keys > 0 || o.Bytes > 0):
		return fmt.Errorf("hashring: a plan for ranges of keys must have a Sample of them: %d keys", len(o.Sample))
	}
	return nil
}

// whole is the size of a space, in what sizes of spans are counted in: hashes, slots, or keys of the sample.
func (o *PlanOptions) whole(space Space) float64 {
	switch space {
	case HashSpace:
		return 1 << 64
	case SlotSpace:
		return SlotCount
	}
	return float64(len(o.Sample))
}

// room is the largest size of a step that keeps within the limits. It is found with the arithmetic by which steps are
// rated, so that rounding never puts one beyond a limit.
func (o *PlanOptions) room(space Space) (size uint64, limited bool) {
	whole := o.whole(space)
	over := func(size float64) bool {
		return o.AtMostKeys > 0 && o.Keys*(size/whole) > o.AtMostKeys || o.AtMostBytes > 0 && o.Bytes*(size/whole) > o.AtMostBytes
	}
	if !over(whole) {
		return 0, false
	}
	for bit := uint64(1 << 63); bit > 0; bit >>= 1 {
		if next := size | bit; !over(float64(next)) {
			size = next
		}
	}
	return size, true
}

// noRoom says that a step cannot hold the least that there is.
func (o *PlanOptions) noRoom(space Space) error {
	what := [...]string{HashSpace: "a hash", SlotSpace: "a slot", KeySpace: "one key of the sample"}[space]
	whole := o.whole(space)
	return fmt.Errorf("hashring: a step must have room for %s, that is %.4g keys or %.4g bytes: at most %v keys, %v bytes (0: no limit)",
		what, o.Keys/whole, o.Bytes/whole, o.AtMostKeys, o.AtMostBytes)
}

// order is that of the moves by their nodes, and by their places within a pair.
func (p *Plan) order() []int {
	list := p.moves.list
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		return cmp.Or(strings.Compare(list[i].From, list[j].From), strings.Compare(list[i].To, list[j].To))
	})
	return order
}

// filling puts spans into steps.
type filling struct {
	plan    *Plan
	room    uint64 // of a step
	limited bool

	step Step // the one that is being filled, if it has spans
	left uint64
	size extent
}

// move puts a move's span into the present step, if that is the same pair's, and into as many more as it takes.
func (f *filling) move(i int) error {
	p := f.plan
	m := p.moves.list[i]
	if f.step.From != m.From || f.step.To != m.To {
		f.close()
	}
	for rest, more := m.Span, true; more; {
		if len(f.step.Spans) == 0 {
			f.step, f.left, f.size = Step{From: m.From, To: m.To}, f.room, extent{}
		}
		head, size, fits := f.head(rest)
		switch {
		case !fits && len(f.step.Spans) == 0:
			return fmt.Errorf("%w, in %v", p.options.noRoom(m.Span.Space), rest)
		case !fits:
			f.close()
			continue
		}
		f.step.Spans = append(f.step.Spans, head)
		f.size.plus(size)
		f.left -= size.low // without a limit nobody reads it
		p.pieces = append(p.pieces, piece{head, i, len(p.steps)})
		more = head.Last != rest.Last || head.High != rest.High
		if rest.Low = head.High; rest.Space != KeySpace {
			rest.First = head.Last + 1
		}
	}
	return nil
}

// head is as much from the beginning of a span on as the step has room for, and its size.
func (f *filling) head(rest Span) (head Span, size extent, fits bool) {
	head = rest
	if rest.Space != KeySpace {
		if f.limited && rest.Last-rest.First >= f.left {
			if f.left == 0 {
				return Span{}, extent{}, false
			}
			head.Last = rest.First + f.left - 1
		}
		size.add(head)
		return head, size, true
	}
	sample := f.plan.options.Sample
	first, _ := slices.BinarySearch(sample, rest.Low)
	next := len(sample)
	if rest.High != "" {
		next, _ = slices.BinarySearch(sample, rest.High)
	}
	if f.limited && uint64(next-first) > f.left {
		head.High = sample[first+int(f.left)] // the first key too many
		next, _ = slices.BinarySearch(sample, head.High)
		if next == first {
			return Span{}, extent{}, false
		}
	}
	return head, extent{low: uint64(next - first)}, true
}

// close ends the step that is being filled.
func (f *filling) close() {
	s, o := &f.step, &f.plan.options
	if len(s.Spans) == 0 {
		return
	}
	space := s.Spans[0].Space
	if s.Share = f.size.share(space); space == KeySpace && len(o.Sample) > 0 {
		s.Share = float64(f.size.low) / o.whole(space)
	}
	if o.Keys > 0 {
		s.Keys = o.Keys * s.Share
	}
	if o.Bytes > 0 {
		s.Bytes = o.Bytes * s.Share
	}
	f.plan.steps = append(f.plan.steps, *s)
	f.step = Step{}
}

// schedule lets each step begin when the one before it ends, and take as long as both rates want, rounded up.
func (p *Plan) schedule() error {
	at := time.Duration(0)
	for i := range p.steps {
		s := &p.steps[i]
		seconds := 0.0
		if p.options.KeysPerSecond > 0 {
			seconds = s.Keys / p.options.KeysPerSecond
		}
		if p.options.BytesPerSecond > 0 {
			seconds = max(seconds, s.Bytes/p.options.BytesPerSecond)
		}
		nanoseconds := math.Ceil(seconds * float64(time.Second))
		if nanoseconds >= float64(math.MaxInt64-at) {
			return fmt.Errorf("hashring: a plan must end within %v: step %d takes %.3g s", time.Duration(math.MaxInt64), i+1, seconds)
		}
		s.Start = at
		at += time.Duration(nanoseconds)
		s.End = at
	}
	return nil
}

// Steps are all steps, in order. The slice is shared: it must not be changed.
func (p *Plan) Steps() []Step { return p.steps }

// Owner is the name of the node that owns a key when as many steps are done: the one before the plan at zero, the one after it
// when all are done. Clients that know the number route rightly in between. It costs a lookup and a binary search, and does not
// allocate.
func (p *Plan) Owner(key string, done int) (string, error) {
	if err := p.checkDone(done); err != nil {
		return "", err
	}
	i := p.moves.position(key).in(len(p.pieces), func(i int) *Span { return &p.pieces[i].span })
	if i < 0 || p.pieces[i].step >= done {
		return p.moves.before.Members()[p.moves.before.Owner(key)].Name, nil
	}
	return p.moves.list[p.pieces[i].move].To, nil
}

func (p *Plan) checkDone(done int) error {
	if done < 0 || done > len(p.steps) {
		return fmt.Errorf("hashring: the number of steps done must lie in [0, %d]: %d", len(p.steps), done)
	}
	return nil
}

// DoneBy is how many steps are to be done at a time since the plan's start: those that end by then.
func (p *Plan) DoneBy(elapsed time.Duration) int {
	return sort.Search(len(p.steps), func(i int) bool { return p.steps[i].End > elapsed })
}

// Progress is how far a plan is.
type Progress struct {
	Done, Steps       int
	Keys, AllKeys     float64 // expected: moved, to be moved in all
	Bytes, AllBytes   float64
	Elapsed, Duration time.Duration // at the plan's rate
}

// Progress is how far the plan is when as many steps are done.
func (p *Plan) Progress(done int) (Progress, error) {
	if err := p.checkDone(done); err != nil {
		return Progress{}, err
	}
	all := Progress{Done: done, Steps: len(p.steps)}
	for i, s := range p.steps {
		all.AllKeys, all.AllBytes, all.Duration = all.AllKeys+s.Keys, all.AllBytes+s.Bytes, s.End
		if i < done {
			all.Keys, all.Bytes, all.Elapsed = all.AllKeys, all.AllBytes, s.End
		}
	}
	return all, nil
}
