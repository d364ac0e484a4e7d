package agreeing

import (
	"fmt"
	"math/bits"
	"strings"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/quorum"
)

// Explain says what N, R and W promise, and draws the run that breaks the next stronger guarantee; where there is none, the run in which the
// guarantee is hardest to keep.
//
// In data.csv event is what happened, from begin_step to end_step: a write or a read of the client in from; a message from one to another (store and
// stored, ask and answer), which belongs to that operation; or what the replica in from holds. Version and stamp are what was written, returned,
// carried or held. Steps have an order and no length.
var Explain = explain(quorumsAsTheyAre)

// quorums are what a test may plant bugs in.
type quorums struct {
	overlaps func(quorum.Replicas) bool
	explain  func(n, r, w int, options quorum.ExplainOptions) (quorum.Explanation, error)
	vanishes func(n, r int) (pairs, of int)
}

var quorumsAsTheyAre = quorums{quorum.Replicas.Overlaps, quorum.Explain, vanishes}

// mostReplicas can be enumerated, and drawn.
const mostReplicas = 7

func explain(q quorums) lab.Experiment {
	return lab.Experiment{
		Name:     "explain",
		Topic:    "agreeing",
		Question: "What do N, R and W promise, and which run shows that they promise no more?",
		Guide:    []string{"q.overlap", "q.example"},
		Packages: []string{"quorum.Explain", "quorum.Replicas"},
		New: func(p *lab.Parameters) func(*lab.Run) error {
			e := explainRun{quorums: q}
			e.replicas.N = p.Int("n", 3, "replicas", "copies of each key", lab.Within(1, mostReplicas))
			e.replicas.R = p.Int("r", 2, "replicas", "answers that a read waits for", lab.AtLeast(1))
			e.replicas.W = p.Int("w", 2, "replicas", "acknowledgements that a write waits for", lab.AtLeast(1))
			e.options.WriteBack = p.Bool("write-back", false, "a read stores what it returns at W replicas first")
			e.options.Sloppy = p.Bool("sloppy", false, "stand-ins count towards a quorum when replicas do not answer")
			e.options.ClockStamps = p.Bool("clock-stamps", false, "writers stamp versions with clocks of their own, which may disagree")
			p.Refuse(e.replicas.Validate())
			return e.run
		},
	}
}

type explainRun struct {
	quorums
	replicas quorum.Replicas
	options  quorum.ExplainOptions
}

// The findings.
const (
	overlapIsSum   = "R+W > N if, and only if, every R replicas share one with every W: enumerated for every N up to 7"
	runKeeps       = "No read of the run breaks the strongest guarantee that holds, nor does a replica at its end"
	runBreaks      = "At least one read of the run breaks the next stronger guarantee"
	backRepairs    = "With a write-back, no read of such a run returns an older version than an earlier read"
	vanishesByTurn = "With a write at one replica, a share (R/N)(1-R/N) of all pairs of reads sees it and then does not"
)

func (e explainRun) run(r *lab.Run) error {
	q := e.replicas
	x, err := e.explain(q.N, q.R, q.W, e.options)
	if err != nil {
		return err
	}
	for _, sentence := range x.Sentences {
		r.Tell(sentence)
	}
	r.Tell(x.Run.Title)
	_, diagram, _ := strings.Cut(x.Run.String(), "\n\n") // the title, which is broken like a sentence here, stands above
	r.Draw(diagram)

	judge.Exactly(r, overlapIsSum, float64(e.disagreements()), 0)
	judge.Exactly(r, runKeeps, float64(breaches(x.Run, x.Strongest)), 0)
	if x.Broken == 0 {
		r.NotHere(runBreaks)
	} else {
		broken := float64(breaches(x.Run, x.Broken))
		r.Finding(lab.Finding{Sentence: runBreaks, Measured: broken, Bound: 1, Holds: broken >= 1})
	}
	if err := e.repaired(r); err != nil {
		return err
	}
	pairs, of := e.vanishes(q.N, q.R)
	r.Finding(lab.Finding{Sentence: vanishesByTurn, Measured: float64(pairs) / float64(of),
		Bound: float64(q.R*(q.N-q.R)) / float64(q.N*q.N), Holds: pairs*q.N*q.N == of*q.R*(q.N-q.R)})

	e.rows(r, x.Run)
	r.Figure(chart.Figure{
		Headline: e.headline(x),
		Detail: "Operations of clients and versions that replicas hold, by time (steps of one run); arrows are messages, in the colour of the version " +
			"that they carry, or dashed",
		Panels: []chart.Panel{spaceTime(x.Run)},
	})
	return nil
}

// repaired judges the run that the same numbers have with a write-back.
func (e explainRun) repaired(r *lab.Run) error {
	if !e.replicas.Overlaps() || e.options.Sloppy || e.options.ClockStamps {
		r.NotHere(backRepairs)
		return nil
	}
	x, err := e.explain(e.replicas.N, e.replicas.R, e.replicas.W, quorum.ExplainOptions{WriteBack: true})
	if err != nil {
		return err
	}
	judge.Exactly(r, backRepairs, float64(inversions(x.Run)), 0)
	return nil
}

func (e explainRun) headline(x quorum.Explanation) string {
	said := fmt.Sprintf("%v%s: %v", e.replicas, e.with(), x.Strongest)
	switch {
	case x.Broken == quorum.Linearizable:
		return said + ", not linearizable. The later read returns the older version"
	case x.Broken == quorum.Regular && x.Run.Operations[1].Write:
		return said + ", not regular. The second write has ended, and is lost"
	case x.Broken == quorum.Regular:
		return said + ", not regular. The write has ended, and the read misses it"
	}
	return said + ". No later read returns an older version"
}

// with names the options that are on.
func (e explainRun) with() (s string) {
	for _, option := range []struct {
		on   bool
		name string
	}{{e.options.WriteBack, "write-back"}, {e.options.Sloppy, "stand-ins"}, {e.options.ClockStamps, "stamps of clocks"}} {
		switch {
		case option.on && s == "":
			s = " with " + option.name
		case option.on:
			s += ", " + option.name
		}
	}
	return s
}

// disagreements counts the numbers up to seven replicas for which arithmetic and enumeration differ.
func (e explainRun) disagreements() (count int) {
	for n := 1; n <= mostReplicas; n++ {
		for r := 1; r <= n; r++ {
			for w := 1; w <= n; w++ {
				if e.overlaps(quorum.Replicas{N: n, R: r, W: w}) == somePairApart(n, r, w) {
					count++
				}
			}
		}
	}
	return count
}

func somePairApart(n, r, w int) bool {
	for read := range uint(1) << n {
		for write := range uint(1) << n {
			if bits.OnesCount(read) == r && bits.OnesCount(write) == w && read&write == 0 {
				return true
			}
		}
	}
	return false
}

// vanishes counts the pairs of read quorums of which the first asks a certain replica and the second does not, and all pairs.
func vanishes(n, r int) (pairs, of int) {
	for first := range uint(1) << n {
		for second := range uint(1) << n {
			if bits.OnesCount(first) != r || bits.OnesCount(second) != r {
				continue
			}
			of++
			if first&1 == 1 && second&1 == 0 {
				pairs++
			}
		}
	}
	return pairs, of
}
