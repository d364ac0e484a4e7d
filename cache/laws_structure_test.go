package cache

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// structures says of a policy what is wrong with its lists, whatever they hold.
var structures = map[string]func(Policy) []string{
	"ARC":     func(p Policy) []string { return p.(*arc).wrong() },
	"LIRS":    func(p Policy) []string { return p.(*lirs).wrong() },
	"S3-FIFO": func(p Policy) []string { return p.(*s3FIFO).wrong() },
}

// collide is a policy that sees three ids only: the hashes of different keys may be equal.
type collide struct{ Policy }

func (p collide) Miss(id uint64)                        { p.Policy.Miss(id % 3) }
func (p collide) Victim(id uint64) (slot int32, a bool) { return p.Policy.Victim(id % 3) }
func (p collide) Insert(slot int32, id uint64)          { p.Policy.Insert(slot, id%3) }

// Keys whose ids are equal are entries of their own: no policy names a free slot for them, or loses one, or itself.
func TestLaw_KeysMayShareAnID(t *testing.T) {
	for _, of := range policies {
		t.Run(of.name, func(t *testing.T) {
			rapid.Check(t, lawStructure(policyCase{name: of.name, build: func(slots int) (Policy, error) {
				p, err := of.build(slots)
				return collide{p}, err
			}}))
		})
	}
}

// TinyLFU stands before any policy: it refuses and admits, and the policy goes on in order.
func TestLaw_TinyLFUStandsBeforeAny(t *testing.T) {
	for _, of := range policies {
		t.Run(of.name, func(t *testing.T) {
			rapid.Check(t, lawStructure(policyCase{build: TinyLFU(of.build)}))
		})
	}
}

// The lists of a policy are what its paper says of them after each request: not too long, and each entry in one of them.
func TestLaw_TheListsAreWhole(t *testing.T) {
	for _, of := range policies {
		if structures[of.name] != nil {
			t.Run(of.name, func(t *testing.T) { rapid.Check(t, lawStructure(policyCase{name: of.name, build: of.build})) })
		}
	}
}

func lawStructure(of policyCase) func(*rapid.T) {
	return func(t *rapid.T) {
		c := newTrial(t, of, rapid.IntRange(1, 8).Draw(t, "slots"))
		inner := c.policy
		if p, ok := inner.(collide); ok {
			inner = p.Policy
		}
		ids := rapid.Uint64Range(0, 30)
		for range rapid.IntRange(0, 150).Draw(t, "requests") {
			if id := ids.Draw(t, "key"); rapid.IntRange(0, 9).Draw(t, "delete") == 9 {
				c.remove(id)
			} else {
				c.ask(id)
			}
			if wrong := structures[of.name]; wrong != nil {
				for _, what := range wrong(inner) {
					c.fail("%s", what)
				}
			}
		}
	}
}

// members counts what is in a list, and says if it does not lead back to its head within so many steps, both ways.
func (o *order) members(head int32) (n int, wrong []string) {
	for slot := o.first(head); slot != head; slot = o.links[slot].next {
		if o.links[o.links[slot].next].prev != slot {
			return n, []string{fmt.Sprintf("the list is torn behind slot %d", slot)}
		}
		if n++; n > len(o.links) {
			return n, []string{"the list does not end"}
		}
	}
	return n, nil
}

func (p *arc) wrong() (all []string) {
	slots, inside := len(p.ids), [2]int{}
	for list := range inside {
		var torn []string
		if inside[list], torn = p.order.members(p.order.head(list)); torn != nil {
			return torn
		}
		if inside[list] != p.size[list] {
			all = append(all, fmt.Sprintf("T%d has %d entries and counts %d", list+1, inside[list], p.size[list]))
		}
	}
	first := p.size[once] + p.ghosts[once].len()
	second := p.size[often] + p.ghosts[often].len()
	if first > slots || first+second > 2*slots {
		all = append(all, fmt.Sprintf("T1 and B1 have %d ids, T2 and B2 %d, with %d slots", first, second, slots))
	}
	if p.target < 0 || p.target > float64(slots) {
		all = append(all, fmt.Sprintf("the target is %v of %d", p.target, slots))
	}
	return all
}

func (p *s3FIFO) wrong() (all []string) {
	for queue := range p.size {
		n, torn := p.order.members(p.order.head(queue))
		if torn != nil {
			return torn
		}
		if n != p.size[queue] {
			all = append(all, fmt.Sprintf("queue %d has %d entries and counts %d", queue, n, p.size[queue]))
		}
	}
	return all
}

func (p *lirs) wrong() (all []string) {
	head, slots := p.stack.head(0), len(p.ids)
	if _, torn := p.stack.members(head); torn != nil {
		return torn
	}
	frequent, ordinary, ghosts := 0, 0, 0
	for node := p.stack.first(head); node != head; node = p.stack.links[node].next {
		switch {
		case int(node) >= slots:
			ghosts++
		case p.state[node] == lir:
			frequent++
		case p.state[node] == hirInStack:
			ordinary++
		default:
			all = append(all, fmt.Sprintf("slot %d is in the stack and does not know it", node))
		}
	}
	if frequent != p.lir || frequent > p.most {
		all = append(all, fmt.Sprintf("%d entries are LIR, and it counts %d, of at most %d", frequent, p.lir, p.most))
	}
	if ghosts != p.ghosts.len() || ghosts > 2*slots {
		all = append(all, fmt.Sprintf("%d ghosts are in the stack, and %d are remembered", ghosts, p.ghosts.len()))
	}
	if last := p.stack.last(head); last != head && (int(last) >= slots || p.state[last] != lir) {
		all = append(all, "the bottom of the stack is not LIR")
	}
	queued, torn := p.queue.members(p.queue.head(0))
	if torn != nil {
		return torn
	}
	if queued < ordinary {
		all = append(all, fmt.Sprintf("%d entries are HIR in the stack and %d are in the queue", ordinary, queued))
	}
	return all
}

// HIR entries are 1% of the cache, at least two where there are three slots, and never all unless there is one slot only.
func TestLIRSParts(t *testing.T) {
	for slots, want := range map[int]int{1: 1, 2: 1, 3: 2, 100: 2, 249: 2, 250: 3, 1000: 10, 2000: 20} {
		require.Equal(t, want, slots-sound(LIRS, slots).(*lirs).most, "%d slots", slots)
	}
}
