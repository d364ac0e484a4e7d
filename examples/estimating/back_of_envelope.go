package estimating

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/sysdesign-lab/sysdesign/estimate"
	"github.com/sysdesign-lab/sysdesign/estimate/estimatesim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
)

// BackOfEnvelope counts what passes through a simulated service in some days, what is stored and what its users' reads cost, and holds formulas
// against that: first as they should be used, and then with the usual slips. Each simulated user stands for many. One object in ten is large, and
// large ones are in the edge's cache less often. Dashed is what a slip should come to by itself: 1,024 for 1,000, 8 bits a byte, the peak, the replicas.
//
// In data.csv a quantity is named with its unit, and slip is none, or what is wrong with its estimate: KiB, MiB, GiB or TiB (a unit is read so that
// was written kB, MB, GB or TB), bits (a bit for each byte), mean (for the peak), requests (the hit ratio by requests, for that by bytes), what is left out (replicas,
// index, compression, no edge), registered (users, for active ones), published (a guide's 10 TB for 100 million writes of 50 KB), or two of these. Counted is the mean of all
// runs, and factor is estimate over counted, with its 95% interval in low and high; predicted is what factor should be.
var BackOfEnvelope = backOfEnvelope(soundEnvelope, judge.Effort{})

// envelopeParts are what findings are about, so that tests can plant others.
type envelopeParts struct {
	simulate func(estimatesim.Service, *rand.Rand) (estimatesim.Counted, error)
	bytes    func(text string) (estimate.Bytes, error)
	peak     func(estimate.Traffic) (estimate.Estimate[estimate.ByteRate], error)
	stored   func(estimate.Storage) (estimate.Estimate[estimate.Bytes], error)
	hits     func(scene) float64 // the hit ratio for the bill
}

var soundEnvelope = envelopeParts{
	estimatesim.Service.Run, estimate.ParseBytes, estimate.Traffic.PeakDataRate, estimate.Storage.Total, scene.hitsByBytes,
}

func backOfEnvelope(parts envelopeParts, effort judge.Effort) lab.Experiment {
	return lab.Experiment{
		Name:     "back-of-envelope",
		Topic:    "estimating",
		Question: "Which slips on the back of an envelope matter?",
		Guide:    []string{"est.units", "est.rate", "est.storage", "est.egress"},
		Packages: []string{"estimate.Traffic", "estimate.Storage", "estimate.Egress", "estimatesim.Service"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			e := &envelopeRun{envelopeParts: parts, effort: effort}
			s := &e.scene
			s.users = int(usersParameter(p, "25M", "registered ones", 100_000, 1_000_000_000))
			s.active = p.Float("active", 0.4, "of users", "active on a day", lab.Within(0.05, 1))
			s.writes = p.Float("writes", 10, "a day", "of an active user", lab.Within(1, 100.0))
			s.reads = p.Float("reads", 50, "a day", "of an active user", lab.Within(1, 200.0))
			s.size = p.Int("size", 50, "kB", "mean size of an object", lab.Within(1, 1_000))
			s.large = p.Float("large", 20, "times", "mean size of one object in ten, over that of the others", lab.Within(1, 100.0))
			s.peak = p.Float("peak", 3, "times the mean", "rate from 18:00 to 22:00", lab.Within(1, 6.0))
			s.smallHit = p.Float("small-hit", 0.95, "of reads", "of small objects that the edge has", lab.Within(0, 0.99))
			s.largeHit = p.Float("large-hit", 0.6, "of reads", "of large objects that the edge has", lab.Within(0, 0.99))
			s.compression = p.Float("compression", 2, "times", "bytes before over bytes after", lab.Within(1, 10.0))
			s.index = p.Float("index", 0.25, "of what is stored", "the index's bytes", lab.Within(0, 2.0))
			s.replicas = p.Int("replicas", 3, "replicas", "of all that is stored", lab.Within(1, 10))
			s.retention = p.Int("retention", 7, "days", "that objects are kept", lab.Within(1, 30))
			s.edge = p.Float("edge-price", 0.02, "USD/GB", "of bytes from the edge to users", lab.Within(0.001, 0.5))
			s.origin = p.Float("origin-price", 0.09, "USD/GB", "of bytes from the origin", lab.Within(0.01, 1))
			p.Refuse(s.unfit())
			return e.run
		},
	}
}

// scene is a service and its users, in the units of the parameters.
type scene struct {
	users, size, replicas, retention   int
	active, writes, reads, large, peak float64
	smallHit, largeHit                 float64
	compression, index                 float64
	edge, origin                       float64
}

const (
	largeShare = 0.1 // of objects
	sizeSCV    = 0.5 // of small ones, and of large ones
	linkUsed   = 0.7 // of a link, at the peak
	aDay       = 86_400.0
)

func (s scene) unfit() error {
	const most = 1.0 // EB: what is less can be estimated with each of the slips
	bytes := float64(s.users) * s.active * s.writes * 1_000 * float64(s.size) * float64(s.retention) * float64(s.replicas) * (1 + s.index)
	if bytes/1e18 > most {
		return fmt.Errorf("-users, -active, -writes, -size, -retention, -replicas and -index must make at most 1 EB of all that is stored, uncompressed: %.3g EB", bytes/1e18)
	}
	const mostDrawn = 1_600_000 // requests of a run
	if _, drawn := s.simulated(); drawn > mostDrawn {
		return fmt.Errorf("-reads, -writes and -retention must let a run of at most %d requests show both enough reads and enough of what is kept: %.3g requests",
			mostDrawn, drawn)
	}
	for _, price := range []float64{s.edge, s.origin} {
		if _, err := estimate.ParseDataPrice(perGB(price)); err != nil {
			return fmt.Errorf("-edge-price and -origin-price must be whole millionths of a dollar: %v and %v", s.edge, s.origin)
		}
	}
	// Money is rounded to millionths of a dollar: of a thousand of them that is no more than 0.05%.
	const least = 0.001
	served := float64(s.users) * s.active * s.reads * float64(s.size) / 1e6 // GB a day
	missed := served * (1 - max(s.hitsByBytes(), s.hitsByRequests()))
	if edge, origin := served*s.edge, missed*s.origin; min(edge, origin) < least {
		return fmt.Errorf("-users, -active, -reads, -size, the hits and the prices must make a day's bytes from the edge, and those from the origin, cost %v USD or more: "+
			"%.2g and %.2g USD", least, edge, origin)
	}
	return nil
}

func perGB(price float64) string { return strconv.FormatFloat(price, 'f', -1, 64) + " USD/GB" }

// smallSize is the mean of nine objects in ten, in bytes: with the tenth, the mean is that of the scene.
func (s scene) smallSize() float64 {
	return 1_000 * float64(s.size) / (1 - largeShare + largeShare*s.large)
}

func (s scene) hitsByRequests() float64 {
	return (1-largeShare)*s.smallHit + largeShare*s.largeHit
}

func (s scene) hitsByBytes() float64 {
	large := largeShare * s.large * s.smallSize() / (1_000 * float64(s.size))
	return (1-large)*s.smallHit + large*s.largeHit
}

// simulatedDays are those that are counted.
const simulatedDays = 4

// simulated is how many users are, so that on a day 800 are active in the mean, in all days 160,000 objects are read, and 50,000 are stored: then a slip of 2.4% is seen.
// Drawn is about how many requests that makes.
func (s scene) simulated() (users int, drawn float64) {
	active := max(800, 160_000/(s.reads*simulatedDays), 50_000/(s.writes*float64(s.retention)))
	return int(math.Ceil(active / s.active)), active * (s.reads*simulatedDays + s.writes*float64(simulatedDays+s.retention))
}

// service is the scene as it is simulated, with so many users.
func (s scene) service(users int) estimatesim.Service {
	return estimatesim.Service{
		Users: users, Active: s.active, Reads: s.reads, Writes: s.writes, Peak: s.peak,
		Kinds: []estimatesim.Objects{
			{Weight: 1 - largeShare, Size: s.smallSize(), SCV: sizeSCV, Hit: s.smallHit},
			{Weight: largeShare, Size: s.large * s.smallSize(), SCV: sizeSCV, Hit: s.largeHit},
		},
		Compression: s.compression, IndexEntry: s.index * 1_000 * float64(s.size) / s.compression, Replicas: s.replicas, Retention: s.retention,
		EdgePrice: s.edge / 1e9, OriginPrice: s.origin / 1e9,
		Days: simulatedDays,
	}
}

type envelopeRun struct {
	envelopeParts
	effort judge.Effort
	scene  scene

	formulas, slips []guess
}

func (e *envelopeRun) run(r *lab.Run) error {
	runs := e.effort.Runs(40, 200, r.Full)
	users, _ := e.scene.simulated()
	if e.effort.Tiny {
		users = users/10 + 1
	}
	service, each := e.scene.service(users), float64(e.scene.users)/float64(users)
	r.Progress("%d users, each for %.4g, in %d days", users, each, service.Retention+service.Days)
	counted, err := sim.Replicate(r.Seed, runs, func(engine *sim.Engine) (estimatesim.Counted, error) {
		return e.simulate(service, engine.Stream("service"))
	})
	if err != nil {
		return err
	}
	if err := e.guesses(counted, each); err != nil {
		return err
	}
	table := r.Table("quantity", "slip", "runs", "estimate", "counted", "predicted", "factor", "low", "high")
	for _, g := range append(e.formulas[:len(e.formulas):len(e.formulas)], e.slips...) {
		factor, low, high, err := g.factor()
		if err != nil {
			return err
		}
		table.Row(g.quantity, g.slip, runs, g.estimate, judge.Mean(g.counted), g.predicted, factor, low, high)
	}
	e.findings(r)
	figure, err := e.figure(runs)
	if err == nil {
		r.Figure(figure)
	}
	return err
}

// plan is what the formulas are given.
type plan struct {
	reads, all estimate.Traffic
	storage    estimate.Storage
	egress     estimate.Egress
}

func (e *envelopeRun) plan() (plan, error) {
	s := e.scene
	size, err := e.bytes(fmt.Sprintf("%d kB", s.size))
	if err != nil {
		return plan{}, err
	}
	edge, err := estimate.ParseDataPrice(perGB(s.edge))
	if err != nil {
		return plan{}, err
	}
	origin, err := estimate.ParseDataPrice(perGB(s.origin))
	if err != nil {
		return plan{}, err
	}
	users := float64(s.users) * s.active
	served, err := size.Times(estimate.Count(math.Round(users * s.reads)))
	if err != nil {
		return plan{}, err
	}
	active := estimate.Count(math.Round(users))
	return plan{
		reads: estimate.Traffic{Users: active, PerUser: s.reads, Peak: s.peak, Size: size},
		all:   estimate.Traffic{Users: active, PerUser: s.reads + s.writes, Peak: s.peak},
		storage: estimate.Storage{
			Events: estimate.Count(math.Round(users * s.writes)), Size: size,
			Retention: time.Duration(s.retention) * 24 * time.Hour, Replicas: s.replicas, Compression: s.compression, Index: s.index,
		},
		egress: estimate.Egress{Served: served, HitRatio: e.hits(s), Edge: edge, Origin: origin},
	}, nil
}
