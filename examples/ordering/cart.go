package ordering

import (
	"fmt"
	"slices"

	"github.com/sysdesign-lab/sysdesign/clocks/clocksim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
)

// Cart replays what customers did to a shopping cart with replicas on three kinds of cart: the last write wins, by clocks that are exact;
// siblings, merged by the union of their items, as Amazon's did; and siblings, merged by an application that names additions, and removes those that
// the customer saw. Lost is an item that was added, and that nobody removed after that or without having seen it. Resurrected is one that is in the cart
// though everybody who added it was seen by somebody who removed it. Items of which some removal and some addition had not seen each
// other count as neither.
//
// One trace is the story of two customers who are cut off from each other; the others are drawn, the same for all carts: changes at any replica, of
// which some remove an item that is there, and all replicas sync after so many changes.
//
// In data.csv trace is story or drawn; apart is how many changes there are between two syncs; lost and resurrected are items in a trace, the mean of all
// runs, with their 95% intervals; at_last is how many items are in the cart at the end.
var Cart = cart(allCarts, judge.Effort{})

// carting is a kind of cart, as this experiment knows it. Both that keep siblings stand on dotted sets; the union, which knows less of them, has
// the colour of one vector for all values.
type carting struct {
	name  string
	label string
	color chart.Color
	make  func(replicas int) (clocksim.Cart, error)
}

var allCarts = []carting{
	{name: "last-write", label: "last write wins", color: wallColor, make: clocksim.NewLastWriteCart},
	{name: "union", label: "union", color: versionedColor, make: clocksim.NewUnionCart},
	{name: "merge", label: "application merge", color: vectorColor, make: clocksim.NewMergedCart},
}

func cart(carts []carting, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "cart",
		Topic:    "ordering",
		Question: "What becomes of a shopping cart that is changed in two places at once?",
		Guide:    []string{"clk.merge", "clk.lww"},
		Packages: []string{"clocks.LastWrite", "clocks.MultiValue", "clocks/clocksim"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			c := &cartRun{carts: carts, effort: effort}
			c.apart = p.Ints("apart", []int{1, 2, 4, 8, 16}, "changes", "between two syncs of all replicas", lab.Within(1, 200))
			c.shoppers.Changes = p.Int("changes", 40, "changes", "in a trace", lab.Within(1, 200))
			c.shoppers.Replicas = p.Int("replicas", 2, "replicas", "of the cart", lab.Within(2, 8))
			c.shoppers.Items = p.Int("items", 20, "items", "that there are to be bought", lab.Within(1, 200))
			c.shoppers.Removals = p.Float("removals", 0.4, "of changes", "the chance that a change removes an item, if there is one", lab.Within(0.0, 1))
			p.Refuse(c.unfit())
			return c.run
		},
	}
}

type cartRun struct {
	carts    []carting
	effort   judge.Effort
	apart    []int // ascending in a run
	shoppers clocksim.CartShoppers

	story   []bought // by kind of cart
	results []bought
}

// bought is what became of traces on one kind of cart, run by run.
type bought struct {
	carting
	apart                     int
	lost, resurrected, atLast []float64
}

func (c *cartRun) unfit() error {
	if most := slices.Max(c.apart); most > c.shoppers.Changes {
		return fmt.Errorf("-apart must be at most -changes: %d of %d", most, c.shoppers.Changes)
	}
	return nil
}

// story is one trace, of two customers. Both see milk and bread; then nobody tells one what the other does.
func story() clocksim.CartTrace {
	t := clocksim.CartTrace{Execution: clocksim.Execution{Processes: 2}}
	do := func(replica, from int, c clocksim.CartChange) {
		t.Events = append(t.Events, clocksim.Event{Process: replica, From: from})
		t.Changes = append(t.Changes, c)
	}
	change := func(replica int, item string, removed bool) {
		do(replica, clocksim.NoMessage, clocksim.CartChange{Item: item, Removed: removed})
	}
	change(0, "milk", false)
	change(0, "bread", false)
	do(1, 1, clocksim.CartChange{})
	change(0, "milk", true)
	change(1, "eggs", false)
	change(0, "bread", true)
	change(0, "jam", false)
	change(1, "tea", false)
	return t
}

func (c *cartRun) run(r *lab.Run) error {
	slices.Sort(c.apart)
	runs := c.effort.Runs(120, 2_000, r.Full)
	table := r.Table("cart", "trace", "apart", "changes", "replicas", "runs",
		"lost", "lost_low", "lost_high", "resurrected", "resurrected_low", "resurrected_high", "at_last")
	c.story, c.results = nil, nil
	told, err := c.replay(story())
	if err != nil {
		return err
	}
	for i, of := range c.carts {
		b := bought{carting: of, lost: []float64{told[i].lost}, resurrected: []float64{told[i].resurrected}}
		table.Row(of.name, "story", nil, 7, 2, 1, told[i].lost, nil, nil, told[i].resurrected, nil, nil, told[i].atLast)
		c.story = append(c.story, b)
	}
	for _, apart := range c.apart {
		r.Progress("%d changes between syncs", apart)
		all, err := c.measure(r.Seed, runs, apart)
		if err != nil {
			return fmt.Errorf("%d changes between syncs: %w", apart, err)
		}
		for _, b := range all {
			lost, err := judge.Charted(b.lost)
			if err != nil {
				return err
			}
			back, err := judge.Charted(b.resurrected)
			if err != nil {
				return err
			}
			table.Row(b.name, "drawn", apart, c.shoppers.Changes, c.shoppers.Replicas, runs,
				lost.Estimate, lost.Low, lost.High, back.Estimate, back.Low, back.High, judge.Mean(b.atLast))
		}
		c.results = append(c.results, all...)
	}
	c.findings(r)
	figure, err := c.figure(runs)
	if err == nil {
		r.Figure(figure)
	}
	return err
}

// items are how many of a trace were lost, came back, and are there at last.
type items struct{ lost, resurrected, atLast float64 }

// replay is what becomes of a trace, by kind of cart.
func (c *cartRun) replay(trace clocksim.CartTrace) ([]items, error) {
	all := make([]items, len(c.carts))
	for i, of := range c.carts {
		cart, err := of.make(trace.Processes)
		if err != nil {
			return nil, err
		}
		o, err := clocksim.RunCart(trace, cart)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", of.name, err)
		}
		all[i] = items{float64(len(o.Lost)), float64(len(o.Resurrected)), float64(len(o.Items))}
	}
	return all, nil
}

func (c *cartRun) measure(seed uint64, runs, apart int) ([]bought, error) {
	shoppers := c.shoppers
	shoppers.Apart = apart
	traces, err := sim.Replicate(seed, runs, func(e *sim.Engine) ([]items, error) {
		trace, err := clocksim.DrawCartTrace(shoppers, e.Stream("customers"))
		if err != nil {
			return nil, err
		}
		return c.replay(trace)
	})
	if err != nil {
		return nil, err
	}
	var all []bought
	for i, of := range c.carts {
		part := func(of func(items) float64) []float64 {
			return judge.Column(traces, func(all []items) float64 { return of(all[i]) })
		}
		all = append(all, bought{of, apart, part(func(n items) float64 { return n.lost }), part(func(n items) float64 { return n.resurrected }),
			part(func(n items) float64 { return n.atLast })})
	}
	return all, nil
}

// of are the results of one kind of cart, by changes between syncs.
func (c *cartRun) of(name string) (all []bought) {
	for _, b := range c.results {
		if b.name == name {
			all = append(all, b)
		}
	}
	return all
}
