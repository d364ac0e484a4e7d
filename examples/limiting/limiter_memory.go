package limiting

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/ratelimit"
	"github.com/sysdesign-lab/sysdesign/ratelimit/limitsim"
	"github.com/sysdesign-lab/sysdesign/sim"
)

// LimiterMemory draws the memory that limits by key take against the share of decisions that are wrong, because the memory is too
// small. A decision is wrong if a limiter that has only this key, and admitted to it the same events so far, decides otherwise.
//
// Bytes are computed from the structures (limitsim.Footprint), and divided by the number of clients, whether they are live or not; a client is
// a uint64. Clients ask with Zipf's probabilities, at Poisson times. In data.csv size is the table's capacity, the width of the sketch, or
// the number of clients; wrongly_refused, with its interval, is a share of decisions; wrongly_admitted is the number of such decisions in all runs.
// bound is Sketch.Error of the most clients that are ever live (owe something) at once. Maps from clients to limiters of their own are
// exact, and grow without bound: their rows are what they take when every client has come once.
var LimiterMemory = limiterMemory(allStructures, judge.Effort{})

// structure is what holds the limits of many keys in so many bytes, or a few more.
type structure struct {
	name  string
	label string
	color chart.Color
	size  func(bytes float64, rows int) (int, error)
	make  func(size, rows int, limit ratelimit.Limit, hash func(uint64) uint64) (limitsim.Limiter, error)
}

var allStructures = []structure{
	{name: "keyed", label: "table of live keys", color: chart.Blue, size: capacity,
		make: func(size, _ int, limit ratelimit.Limit, hash func(uint64) uint64) (limitsim.Limiter, error) {
			return ratelimit.NewKeyed(ratelimit.KeyedConfig[uint64]{Capacity: size, Limits: []ratelimit.Limit{limit}, Hash: hash})
		}},
	{name: "sketch", label: "sketch", color: chart.Orange,
		size: func(bytes float64, rows int) (int, error) { return max(1, int(bytes/8/float64(rows))), nil },
		make: func(size, rows int, limit ratelimit.Limit, hash func(uint64) uint64) (limitsim.Limiter, error) {
			return ratelimit.NewSketch(ratelimit.SketchConfig[uint64]{Limit: limit, Rows: rows, Width: size, Hash: hash})
		}},
}

// capacity is that of a table of so many bytes, from what one takes of a size where rounding does not matter.
func capacity(bytes float64, _ int) (int, error) {
	const large = 1 << 16
	table, err := ratelimit.NewKeyed(ratelimit.KeyedConfig[uint64]{
		Capacity: large, Limits: []ratelimit.Limit{{Rate: ratelimit.PerSecond(1), Burst: 1}},
	})
	if err != nil {
		return 0, err
	}
	return max(1, int(bytes*large/float64(limitsim.Footprint(table)))), nil
}

func limiterMemory(structures []structure, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "limiter-memory",
		Topic:    "limiting",
		Question: "What does a limit for each of very many clients cost in memory, and in mistakes?",
		Guide:    []string{"rl.per-client", "rl.approximate"},
		Packages: []string{"ratelimit.Keyed", "ratelimit.Sketch", "ratelimit/limitsim"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			m := &memoryRun{structures: structures, effort: effort}
			m.bytes = p.Floats("bytes", []float64{0.25, 0.5, 1, 1.5, 2, 3, 4, 8, 16}, "bytes a client", "memory of table and sketch", lab.Within(0.001, 1_000))
			m.clients = p.Int("clients", 100_000, "clients", "clients that may come", lab.Within(1, 10_000_000))
			m.zipf = p.Float("zipf", 1, "", "Zipf exponent of how often they come; 0 is equally often", lab.Within(0.0, 3))
			m.offered = p.Float("offered", 0.2, "requests a second", "what a client asks for, on average", lab.Within(0.0001, 100))
			m.limit = p.Float("limit", 1, "requests a second", "what a client may have", lab.Within(0.0001, 100_000))
			m.burst = p.Int("burst", 5, "requests", "what a client may have at once", lab.Within(1, 10_000))
			m.rows = p.Int("rows", 4, "rows", "rows of the sketch", lab.Within(1, 8))
			p.Refuse(m.tooLong())
			return m.run
		},
	}
}

type memoryRun struct {
	structures []structure
	effort     judge.Effort
	bytes      []float64 // ascending in a run
	clients    int
	zipf       float64
	offered    float64
	limit      float64
	burst      int
	rows       int

	live   []float64 // most at once, by run
	points map[string][]memoryPoint
}

// memoryPoint is one structure of one size.
type memoryPoint struct {
	size        int
	bytes       float64   // a client
	refused     []float64 // wrongly, by run, as a share of decisions
	admitted    float64   // wrongly, in all runs
	bound       float64   // NaN where there is none
	wrongInARun int       // most wrong decisions of a run
}

func (m *memoryRun) keyLimit() limitsim.KeyLimit {
	return limitsim.KeyLimit{Every: time.Duration(math.Ceil(float64(time.Second) / m.limit)), Burst: m.burst}
}

// population is who asks, and for how long: after the time in which a whole burst is regained, and a fifth more, about as many clients are
// live as ever will be.
func (m *memoryRun) population(full bool) limitsim.Population {
	perSecond := m.offered * float64(m.clients)
	p := limitsim.Population{
		Keys: m.clients, Zipf: m.zipf, PerSecond: perSecond,
		WarmUp: int(1.2 * float64(m.burst) / m.limit * perSecond), Requests: 80_000,
	}
	if full {
		p.Requests *= 5
	}
	if m.effort.Tiny {
		p.WarmUp, p.Requests = 1_000, 1_000
	}
	return p
}

func (m *memoryRun) tooLong() error {
	const most = 20_000_000
	p := m.population(false)
	if warmUp := 1.2 * float64(m.burst) / m.limit * p.PerSecond; warmUp > most {
		return fmt.Errorf("-clients, -offered, -burst and -limit must leave at most %d requests until all that clients owe is regained: %.0f a second for 1.2 times %v are %.0f",
			most, p.PerSecond, time.Duration(float64(m.burst)/m.limit*float64(time.Second)), warmUp)
	}
	if p.PerSecond > 1e9 || p.PerSecond < 1e-3 {
		return fmt.Errorf("-clients and -offered must make 0.001 to 1e9 requests a second: %v", p.PerSecond)
	}
	return nil
}

func (m *memoryRun) run(r *lab.Run) error {
	slices.Sort(m.bytes)
	runs := m.effort.Runs(8, 40, r.Full)
	r.Progress("%d clients, bytes %v", m.clients, m.bytes)
	if err := m.measure(r, runs); err != nil {
		return err
	}
	table := r.Table("structure", "size", "bytes_per_client", "decisions", "wrongly_refused", "low", "high", "wrongly_admitted", "runs", "bound")
	for _, of := range m.structures {
		for _, p := range m.points[of.name] {
			interval, err := judge.Charted(p.refused)
			if err != nil {
				return err
			}
			table.Row(of.name, p.size, p.bytes, runs*m.population(r.Full).Requests, interval.Estimate, interval.Low, interval.High, p.admitted, runs, p.bound)
		}
	}
	maps, err := m.maps()
	if err != nil {
		return err
	}
	for _, exact := range maps {
		table.Row(exact.name, m.clients, exact.bytes, nil, 0, nil, nil, 0, nil, nil)
	}
	m.findings(r, maps[0].bytes)
	figure, err := m.figure(runs, maps[0].bytes)
	if err == nil {
		r.Figure(figure)
	}
	return err
}

// measure replicates: in each run every structure of every size gets the same requests.
func (m *memoryRun) measure(r *lab.Run, runs int) error {
	type judged struct {
		live     int
		mistakes map[string][]limitsim.Mistakes
		bytes    map[string][]float64
	}
	sizes := map[string][]int{}
	for _, of := range m.structures {
		for _, bytes := range m.bytes {
			size, err := of.size(bytes*float64(m.clients), m.rows)
			if err != nil {
				return err
			}
			sizes[of.name] = append(sizes[of.name], size)
		}
	}
	all, err := sim.Replicate(r.Seed, runs, func(e *sim.Engine) (judged, error) {
		j := judged{mistakes: map[string][]limitsim.Mistakes{}, bytes: map[string][]float64{}}
		traffic, err := m.population(r.Full).Draw(e)
		if err != nil {
			return judged{}, err
		}
		if j.live, err = traffic.Live(m.keyLimit()); err != nil {
			return judged{}, err
		}
		salt := e.Stream("hash").Uint64()
		for _, of := range m.structures {
			for _, size := range sizes[of.name] {
				limiter, err := of.make(size, m.rows, m.keyLimit().Limit(), func(key uint64) uint64 { return key ^ salt })
				if err != nil {
					return judged{}, err
				}
				mistakes, err := traffic.Judge(limiter, m.keyLimit())
				if err != nil {
					return judged{}, err
				}
				j.mistakes[of.name] = append(j.mistakes[of.name], mistakes)
				j.bytes[of.name] = append(j.bytes[of.name], float64(limitsim.Footprint(limiter))/float64(m.clients))
			}
		}
		return j, nil
	})
	if err != nil {
		return err
	}
	m.live, m.points = nil, map[string][]memoryPoint{}
	for _, j := range all {
		m.live = append(m.live, float64(j.live))
	}
	for _, of := range m.structures {
		for i := range m.bytes {
			p := memoryPoint{size: sizes[of.name][i], bytes: all[0].bytes[of.name][i]}
			for _, j := range all {
				mistakes := j.mistakes[of.name][i]
				p.refused = append(p.refused, float64(mistakes.WronglyRefused)/float64(mistakes.Decisions))
				p.admitted += float64(mistakes.WronglyAdmitted)
				p.wrongInARun = max(p.wrongInARun, mistakes.WronglyRefused+mistakes.WronglyAdmitted)
			}
			if p.bound, err = m.bound(of, p.size); err != nil {
				return err
			}
			m.points[of.name] = append(m.points[of.name], p)
		}
	}
	return nil
}

// bound is what a structure says of itself: the chance of a mistake, given how many other clients are live.
func (m *memoryRun) bound(of structure, size int) (float64, error) {
	if of.name != "sketch" {
		return math.NaN(), nil
	}
	sketch, err := ratelimit.NewSketch(ratelimit.SketchConfig[uint64]{Limit: m.keyLimit().Limit(), Rows: m.rows, Width: size})
	if err != nil {
		return 0, err
	}
	return sketch.Error(int(slices.Max(m.live))), nil
}

// exactMap is a map from clients to limiters of their own.
type exactMap struct {
	name  string
	bytes float64 // a client, once all have come
}

// maps are those of the algorithms that people put in maps; the first is the baseline. Windows are as long as a burst takes to regain.
func (m *memoryRun) maps() ([]exactMap, error) {
	limit, window := m.keyLimit(), time.Duration(m.burst)*m.keyLimit().Every
	gcra, err := ratelimit.NewGCRA(limit.Limit().Rate, limit.Burst)
	if err != nil {
		return nil, err
	}
	log, err := ratelimit.NewSlidingLog(limit.Burst, window)
	if err != nil {
		return nil, err
	}
	fixed, err := ratelimit.NewFixedWindow(limit.Burst, window)
	if err != nil {
		return nil, err
	}
	const word = 8 // the key, and the pointer to its limiter
	each := func(name string, limiter any) exactMap {
		return exactMap{name, float64(limitsim.Footprint(limiter)) + float64(limitsim.MapFootprint(m.clients, word, word))/float64(m.clients)}
	}
	return []exactMap{each("map of GCRAs", gcra), each("map of sliding logs", log), each("map of fixed windows", fixed)}, nil
}
