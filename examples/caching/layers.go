package caching

import (
	"fmt"
	"math"
	"slices"

	"github.com/sysdesign-lab/sysdesign/cache"
	"github.com/sysdesign-lab/sysdesign/cache/cachesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
)

// Layers sends the requests of many clients through their own caches, points of presence, a shield in front of the origin, and the service's cache,
// which all evict the least recently used, while objects change.
//
// In data.csv setup says which layers there are: all of them; each layer alone, with all of the traffic; points alone that are roomy enough to
// evict nothing; or points alone, full, with unchanging objects. layer is one of them, caches says how many it has and points how many points of presence there are. reached is the share of all requests that come to
// the layer, hit_ratio the share of those that it answers, and passed the share of all requests that get past it, each with its 95% interval; what gets
// past the points is what the origin gets without a shield. passed_least is what would if no cache evicted anything, exactly: no less can.
var Layers = layers(cachesim.Layers.Run, cachesim.Layers.WithoutEviction, judge.Effort{})

// runLayers and pastLayers are what findings are about, so that tests can plant others.
type (
	runLayers  func(cachesim.Layers, *sim.Engine) (cachesim.Reached, error)
	pastLayers func(l cachesim.Layers, caches int) (float64, error)
)

func layers(run runLayers, past pastLayers, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "layers",
		Topic:    "caching",
		Question: "What does each layer of caches still catch behind the others?",
		Guide:    []string{"cache.layers"},
		Packages: []string{"cache.Cache", "cache.LRU", "cache/cachesim"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			l := &layersRun{simulate: run, past: past, effort: effort}
			l.clients = p.Int("clients", 240, "clients", "each with a cache of its own", lab.Within(1, 10_000))
			l.points = p.Ints("points", []int{1, 2, 4, 8, 16}, "points of presence", "each of which serves an equal part of the clients", lab.Within(1, 1_000))
			l.objects = p.Int("objects", 3_000, "objects", "that clients ask for", lab.Within(1, 1_000_000))
			l.skew = p.Float("skew", 0.9, "", "exponent of the Zipf law by which they do", lab.Within(0.0, 3))
			l.changes = p.Float("changes", 0.1, "a request", "how often any object changes", lab.Within(0.0, 1))
			l.entries[clientLayer] = p.Int("client-entries", 10, "objects", "in the cache of a client", lab.Within(1, 100_000))
			l.entries[pointLayer] = p.Int("point-entries", 1_500, "objects", "in the cache of each point", lab.Within(1, 1_000_000))
			l.entries[shieldLayer] = p.Int("shield-entries", 3_000, "objects", "in the shield", lab.Within(1, 1_000_000))
			l.entries[serviceLayer] = p.Int("service-entries", 1_000, "objects", "in the cache of the service", lab.Within(1, 1_000_000))
			p.Refuse(l.fits())
			return l.run
		},
	}
}

// The layers, from the clients on.
const (
	clientLayer = iota
	pointLayer
	shieldLayer
	serviceLayer
	numLayers
)

var layerNames = [numLayers]string{"client", "point", "shield", "service"}

type layersRun struct {
	simulate runLayers
	past     pastLayers
	effort   judge.Effort
	clients  int
	points   []int // ascending in a run
	objects  int
	skew     float64
	changes  float64
	entries  [numLayers]int // of a cache

	all    []throughAll // by number of points
	alone  [numLayers]passing
	static []passing // points alone, with objects that never change, by number of points; none where a point is not filled
	roomy  []passing // points alone that never evict; none where that takes too much memory
	fill   int       // requests to a point that fill it; 0 if it is not
}

// throughAll is what the four layers let pass with some number of points, and what the points do alone.
type throughAll struct {
	points int
	layers [numLayers]passing
	alone  passing
}

// passing is one layer, run by run: shares of all requests.
type passing struct {
	reached, passed []float64
	least           float64 // of passed
}

func (p passing) hitRatios() []float64 {
	h := make([]float64, len(p.reached))
	for i, reached := range p.reached {
		if reached > 0 {
			h[i] = 1 - p.passed[i]/reached
		}
	}
	return h
}

const (
	mostLayerEntries = 4_000_000
	mostRoom         = 1_000_000 // entries of points that never evict
	mostToFill       = 20_000    // requests to a point
)

func (l *layersRun) fits() error {
	most := slices.Max(l.points)
	if most > l.clients {
		return fmt.Errorf("-points must be at most the -clients: %d points, %d clients", most, l.clients)
	}
	if clients, points := l.clients*l.entries[clientLayer], most*l.entries[pointLayer]; clients > mostLayerEntries || points > mostLayerEntries {
		return fmt.Errorf("-clients, -client-entries, -points and -point-entries must come to at most %s entries in a layer: %s of clients, %s of points",
			judge.Commas(mostLayerEntries), judge.Commas(clients), judge.Commas(points))
	}
	return nil
}

// caches is how many of them a layer has.
func (l *layersRun) caches(layer, points int) int {
	switch layer {
	case clientLayer:
		return l.clients
	case pointLayer:
		return points
	}
	return 1
}

func (l *layersRun) layer(layer, points int) cachesim.Layer {
	return cachesim.Layer{Caches: l.caches(layer, points), Entries: l.entries[layer], Policy: cache.LRU}
}

// traffic is what all setups have in common.
func (l *layersRun) traffic(full bool) cachesim.Layers {
	requests := 10_000
	switch {
	case l.effort.Tiny:
		requests = 300
	case full:
		requests = 100_000
	}
	return cachesim.Layers{Clients: l.clients, Objects: l.objects, Skew: l.skew, Changes: l.changes, WarmUp: requests, Measured: requests}
}

func (l *layersRun) run(r *lab.Run) error {
	slices.Sort(l.points)
	runs := l.effort.Runs(10, 30, r.Full)
	table := r.Table("setup", "points", "layer", "caches", "entries", "runs", "reached", "reached_low", "reached_high",
		"hit_ratio", "hit_ratio_low", "hit_ratio_high", "passed", "passed_low", "passed_high", "passed_least")
	row := func(setup string, points, layer, entries int, p passing) error {
		values := []any{setup, points, layerNames[layer], l.caches(layer, points), entries, runs}
		for _, of := range [][]float64{p.reached, p.hitRatios(), p.passed} {
			interval, err := judge.Charted(of)
			if err != nil {
				return err
			}
			values = append(values, interval.Estimate, interval.Low, interval.High)
		}
		table.Row(append(values, p.least)...)
		return nil
	}
	popularity, err := cachesim.ZipfPopularity(l.skew, l.objects)
	if err != nil {
		return err
	}
	l.fill = fill(popularity, l.entries[pointLayer], mostToFill)
	for _, points := range l.points {
		r.Progress("%s of presence", plural(points, "point"))
		all, err := l.through(r, runs, points)
		if err != nil {
			return fmt.Errorf("%s: %w", plural(points, "point"), err)
		}
		l.all = append(l.all, all)
		for layer, p := range all.layers {
			if err := row("all", points, layer, l.entries[layer], p); err != nil {
				return err
			}
		}
		if err := row("alone", points, pointLayer, l.entries[pointLayer], all.alone); err != nil {
			return err
		}
		if room := l.room(r.Full); len(l.roomy) == len(l.all)-1 && points*room <= mostRoom {
			roomy, err := l.unlimited(r, runs, points, room)
			if err != nil {
				return fmt.Errorf("%s: %w", plural(points, "point"), err)
			}
			l.roomy = append(l.roomy, roomy)
			if err := row("roomy", points, pointLayer, room, roomy); err != nil {
				return err
			}
		}
		if l.fill > 0 {
			static, err := l.unchanged(r, runs, points)
			if err != nil {
				return fmt.Errorf("%s: %w", plural(points, "point"), err)
			}
			l.static = append(l.static, static)
			if err := row("unchanging", points, pointLayer, l.entries[pointLayer], static); err != nil {
				return err
			}
		}
	}
	last := l.all[len(l.all)-1]
	l.alone[pointLayer] = last.alone
	for _, layer := range []int{clientLayer, shieldLayer, serviceLayer} {
		p, err := l.oneLayer(r, runs, layer, last.points)
		if err != nil {
			return fmt.Errorf("%s alone: %w", layerNames[layer], err)
		}
		l.alone[layer] = p
		if err := row("alone", last.points, layer, l.entries[layer], p); err != nil {
			return err
		}
	}
	l.findings(r)
	figure, err := l.figure(runs)
	if err == nil {
		r.Figure(figure)
	}
	return err
}

// through is the way of the requests through all layers, and through points alone.
func (l *layersRun) through(r *lab.Run, runs, points int) (throughAll, error) {
	t := throughAll{points: points}
	way := l.traffic(r.Full)
	for layer := range numLayers {
		way.Layers = append(way.Layers, l.layer(layer, points))
	}
	passed, err := l.replicate(r, runs, way)
	if err != nil {
		return t, err
	}
	copy(t.layers[:], passed)
	t.alone, err = l.oneLayer(r, runs, pointLayer, points)
	return t, err
}

func (l *layersRun) oneLayer(r *lab.Run, runs, layer, points int) (passing, error) {
	way := l.traffic(r.Full)
	way.Layers = []cachesim.Layer{l.layer(layer, points)}
	passed, err := l.replicate(r, runs, way)
	if err != nil {
		return passing{}, err
	}
	return passed[0], nil
}

// unchanged is points alone after all of them have been filled: what is in them then does not depend on how they began.
func (l *layersRun) unchanged(r *lab.Run, runs, points int) (passing, error) {
	way := l.traffic(r.Full)
	way.Changes = 0
	if !l.effort.Tiny {
		least := l.clients / points // of a point
		way.WarmUp = int(float64(l.fill) * float64(l.clients) / float64(least))
	}
	way.Layers = []cachesim.Layer{l.layer(pointLayer, points)}
	passed, err := l.replicate(r, runs, way)
	if err != nil {
		return passing{}, err
	}
	return passed[0], nil
}

// room is how many versions of objects there ever are, for sure: of as many changes as are expected, and ten standard deviations more.
func (l *layersRun) room(full bool) int {
	way := l.traffic(full)
	changes := l.changes * float64(way.WarmUp+way.Measured)
	return l.objects + int(changes+10*math.Sqrt(changes)) + 1
}

// unlimited is points alone with room for all.
func (l *layersRun) unlimited(r *lab.Run, runs, points, room int) (passing, error) {
	way := l.traffic(r.Full)
	way.Layers = []cachesim.Layer{{Caches: points, Entries: room, Policy: cache.LRU}}
	passed, err := l.replicate(r, runs, way)
	if err != nil {
		return passing{}, err
	}
	return passed[0], nil
}

func (l *layersRun) replicate(r *lab.Run, runs int, way cachesim.Layers) ([]passing, error) {
	all, err := sim.Replicate(r.Seed, runs, func(e *sim.Engine) (cachesim.Reached, error) { return l.simulate(way, e) })
	if err != nil {
		return nil, err
	}
	passed := make([]passing, len(way.Layers))
	for i := range passed {
		share := func(of int) []float64 {
			return judge.Column(all, func(reached cachesim.Reached) float64 { return float64(reached[of]) / float64(way.Measured) })
		}
		passed[i].reached, passed[i].passed = share(i), share(i+1)
		if passed[i].least, err = l.past(way, way.Layers[i].Caches); err != nil {
			return nil, err
		}
	}
	return passed, nil
}
