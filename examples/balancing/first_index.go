package balancing

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/sysdesign-lab/sysdesign/loadbalance"
)

// firstIndex is least connections as it is often written: of the least loaded servers it takes the first of the list. Alone it
// does no harm. It stands here as the foil; the library's own breaks ties at random.
type firstIndex struct {
	endpoints []loadbalance.Endpoint[int]
	inFlight  []count
}

type count struct{ requests int }

func newFirstIndex(e []loadbalance.Endpoint[int], _ rand.Source) (loadbalance.Picker[int], error) {
	return &firstIndex{endpoints: slices.Clone(e), inFlight: make([]count, len(e))}, nil
}

func (p *firstIndex) Pick(time.Duration, loadbalance.Request) (loadbalance.Token[int], error) {
	least := 0
	for i := range p.inFlight {
		if p.inFlight[i].requests < p.inFlight[least].requests {
			least = i
		}
	}
	p.inFlight[least].requests++
	return loadbalance.NewToken(&p.endpoints[least], &p.inFlight[least]), nil
}

// Finish implements loadbalance.Finisher.
func (c *count) Finish(time.Duration, loadbalance.Outcome) { c.requests-- }

func (p *firstIndex) Report(time.Duration, string, int) error { return nil }

func (p *firstIndex) Update(e []loadbalance.Endpoint[int]) error {
	p.endpoints, p.inFlight = slices.Clone(e), make([]count, len(e))
	return nil
}

func (p *firstIndex) Endpoints() []loadbalance.Endpoint[int] { return slices.Clone(p.endpoints) }
