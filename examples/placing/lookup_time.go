package placing

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/hashring/ringsim"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// LookupTime measures lookups on this machine, beside a bare xxhash of the same keys: ratios, which say more than nanoseconds, since both
// got the same machine at the same time.
//
// Each placement is timed in several rounds, in turn with the hash; the fastest round of each counts, for what disturbs a round only makes
// it longer. Keys are few enough for what they touch to stay in the caches, as it does where the same keys come again and again.
//
// In data.csv ns and hash_ns are nanoseconds for each key, ratio is the one over the other.
var LookupTime = lookupTime(allPlacements, judge.Effort{})

func lookupTime(placements []placement, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "lookup-time",
		Topic:    "placing",
		Question: "How long does a lookup take, and how does that grow with the nodes?",
		Guide:    []string{"part.hash"},
		Packages: []string{"hashring.Ring", "hashring.Rendezvous", "hashring.Jump", "hashring.Anchor", "hashring.Slots", "hashring.Maglev"},
		Measured: true,
		New: func(p *lab.Parameters) func(*lab.Run) error {
			l := &lookupRun{effort: effort}
			l.nodes = p.Ints("nodes", []int{10, 100, 1_000, 10_000}, "nodes", "numbers of nodes", lab.Within(1, hashring.SlotCount))
			l.keys = p.Int("keys", 4096, "keys", "looked up in turn", lab.Within(1, 1_000_000))
			l.points = p.Int("points", hashring.DefaultPoints, "virtual nodes", "of each node of the ring", lab.Within(1, 1_000))
			l.placements = chosen(placements, placementParameter(p, placements))
			p.Refuse(l.fits())
			return l.run
		},
	}
}

type lookupRun struct {
	effort     judge.Effort
	placements []placement
	nodes      []int
	keys       int
	points     int

	timed map[string][]timing // by placement, by number of nodes
}

// timing is what a key took, in nanoseconds.
type timing struct {
	nodes    int
	ns, hash float64
}

func (t timing) ratio() float64 { return t.ns / t.hash }

func (l *lookupRun) fits() error {
	if most := slices.Max(l.nodes); most*l.points > mostRingPoints {
		return fmt.Errorf("-nodes and -points must make at most %d points on a ring: %d times %d", mostRingPoints, most, l.points)
	}
	return nil
}

func (l *lookupRun) run(r *lab.Run) error {
	slices.Sort(l.nodes)
	if l.effort.Tiny {
		l.points = 1
	}
	random := rand.New(rand.NewPCG(r.Seed, 0))
	keys := ringsim.Keys(random, l.keys)
	l.timed = map[string][]timing{}
	table := r.Table("placement", "nodes", "ns", "hash_ns", "ratio")
	for _, of := range l.placements {
		r.Progress("%s, nodes %v", of.label, l.nodes)
		for _, n := range l.nodes {
			p, err := of.scheme(making{nodes: n, points: l.points})(ringsim.Members(n))
			if err != nil {
				return fmt.Errorf("%s of %d nodes: %w", of.name, n, err)
			}
			t := l.time(p, keys, r.Full)
			l.timed[of.name] = append(l.timed[of.name], t)
			table.Row(of.name, n, t.ns, t.hash, t.ratio())
		}
	}
	l.findings(r)
	r.Figure(l.figure())
	return nil
}

// time takes turns between placement and hash, a millisecond each.
func (l *lookupRun) time(p hashring.Placement, keys []string, full bool) timing {
	t := timing{nodes: len(p.Members()), ns: math.Inf(1), hash: math.Inf(1)}
	sink := uint64(0) // keeps the compiler from leaving out what nobody looks at
	rounds, length := l.effort.Runs(12, 60, full), time.Millisecond
	lookups := calls(length, len(keys), func(i int) { sink += uint64(p.Owner(keys[i])) })
	hashes := calls(length, len(keys), func(i int) { sink += xxhash.Sum64String(keys[i]) })
	for range rounds {
		k, start := 0, time.Now()
		for range lookups {
			sink += uint64(p.Owner(keys[k]))
			if k++; k == len(keys) {
				k = 0
			}
		}
		k = 0
		middle := time.Now()
		for range hashes {
			sink += xxhash.Sum64String(keys[k])
			if k++; k == len(keys) {
				k = 0
			}
		}
		t.ns = min(t.ns, float64(middle.Sub(start))/float64(lookups))
		t.hash = min(t.hash, float64(time.Since(middle))/float64(hashes))
	}
	runtime.KeepAlive(sink)
	return t
}

// calls is about how many there can be in a time: it doubles them until they take a quarter of it.
func calls(length time.Duration, keys int, call func(i int)) int {
	for n := 16; ; n *= 2 {
		start := time.Now()
		for i := range n {
			call(i % keys)
		}
		if took := time.Since(start); took > length/4 {
			return max(1, int(float64(n)*float64(length)/float64(took)))
		}
	}
}

// figure has two panels, for a panel has one line of a colour: first one of each family, then who is left, beside the ring.
func (l *lookupRun) figure() chart.Figure {
	var first, second []chart.Line
	taken := map[chart.Color]bool{}
	for _, of := range l.placements {
		line := chart.Line{Name: of.label, Color: of.color, X: judge.Floats(l.nodes)}
		for _, t := range l.timed[of.name] {
			line.Y = append(line.Y, t.ratio())
		}
		switch {
		case !taken[of.color] && of.name != "slots":
			taken[of.color] = true
			first = append(first, line)
			if of.name == "modulo" || of.name == "ring" {
				second = append(second, line)
			}
		default:
			second = append(second, line)
		}
	}
	hash := chart.Line{Name: "bare hash", Color: chart.Theory, X: judge.Floats(l.nodes), Y: slices.Repeat([]float64{1}, len(l.nodes))}
	panel := func(title string, series []chart.Line) chart.Panel {
		return chart.Lines{Title: title, X: chart.Axis{Name: "nodes", Scale: chart.Log}, Y: chart.Axis{Scale: chart.Log}, Series: append(series, hash)}
	}
	f := chart.Figure{
		Headline: l.headline(),
		Detail: fmt.Sprintf("Time of a lookup over that of a bare xxhash of the key (log scale), by nodes; fastest of several rounds on this machine; %s virtual nodes of each on the ring",
			judge.Commas(l.points)),
	}
	for _, p := range []struct {
		title  string
		series []chart.Line
	}{{"points, scores, buckets, a table", first}, {"the others, beside the ring", second}} {
		if len(p.series) > 0 {
			f.Panels = append(f.Panels, panel(p.title, p.series))
		}
	}
	f.SharedY = len(f.Panels) > 1
	return f
}

func (l *lookupRun) headline() string {
	last := len(l.nodes) - 1
	n := judge.Commas(l.nodes[last])
	ring, rendezvous := l.timed["ring"], l.timed["rendezvous"]
	if ring != nil && rendezvous != nil {
		return fmt.Sprintf("With %s nodes a ring takes %.1f times the hash of the key, rendezvous %s times", n, ring[last].ratio(),
			judge.Commas(int(math.Round(rendezvous[last].ratio()))))
	}
	of := l.placements[0]
	return fmt.Sprintf("With %s nodes a lookup takes %.3g times the hash of the key (%s)", n, l.timed[of.name][last].ratio(), of.label)
}
