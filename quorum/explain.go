package quorum

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Guarantee is what a replicated register promises of its reads. Versions are ordered by their stamps.
type Guarantee int

// Guarantees. Linearizable implies Regular and MonotonicReads, each of the others Eventual; with one writer, Regular implies ReadYourWrites.
const (
	// Eventual: once writes end and every message has arrived, all replicas hold the newest version. Nothing is promised of a
	// read before then, but that it returns something that was written, or nothing where stand-ins alone have answered.
	Eventual Guarantee = iota + 1
	// ReadYourWrites: a client that has written never reads a version older than what it wrote.
	ReadYourWrites
	// MonotonicReads: a client never reads a version older than one that it has read.
	MonotonicReads
	// Regular: a read returns the last write that ended before it began, or one that was under way. Source: Leslie Lamport, "On
	// Interprocess Communication", Distributed Computing 1(2), 1986, part II.
	Regular
	// Linearizable: reads and writes are as if each happened at one moment between its beginning and its end. Source: Maurice Herlihy and
	// Jeannette Wing, "Linearizability", ACM Transactions on Programming Languages and Systems 12(3), 1990.
	Linearizable
)

var guaranteeNames = [...]string{
	Eventual: "eventual", ReadYourWrites: "read your writes", MonotonicReads: "monotonic reads", Regular: "regular", Linearizable: "linearizable",
}

// String is the guarantee's name in words.
func (g Guarantee) String() string {
	if g < Eventual || g > Linearizable {
		return "guarantee " + strconv.Itoa(int(g))
	}
	return guaranteeNames[g]
}

// ExplainOptions say how a store uses its quorums. The zero value is the plainest: the first R or W of the N replicas decide, a read only reads, and
// stamps agree with time.
type ExplainOptions struct {
	// WriteBack makes a read store what it returns at W replicas before it returns. Source: Hagit Attiya, Amotz Bar-Noy and Danny Dolev,
	// "Sharing Memory Robustly in Message-Passing Systems", Journal of the ACM 42(1), 1995 (ABD).
	WriteBack bool
	// Sloppy lets stand-ins from outside the N count towards R and W, when replicas do not answer. Source: DeCandia et al., "Dynamo",
	// SOSP 2007, section 4.6.
	Sloppy bool
	// ClockStamps lets several writers stamp versions with clocks of their own, which may disagree. Otherwise there is one writer, or
	// a writer first asks R replicas for the newest stamp, and takes a higher one.
	ClockStamps bool
}

// Explanation says what numbers of replicas promise, and shows what they do not.
type Explanation struct {
	Replicas Replicas
	Options  ExplainOptions

	// Holds are the guarantees that every run keeps, in the order of the constants.
	Holds []Guarantee
	// Strongest is the last of Eventual, Regular and Linearizable that holds, and Broken the next one, which Run breaks. Broken
	// is 0 if there is none: then Run is the one in which the guarantee is hardest to keep.
	Strongest, Broken Guarantee
	Run               Run
	// Sentences say it in words: what overlaps, what holds and why, what does not and what would repair it, how two writes are
	// ordered, and which failures are survived.
	Sentences []string
}

// mostExplained is how many replicas have a letter.
const mostExplained = 26

// Explain says in words the strongest consistency of a register on n replicas that waits for r of them to read and for w to write, and gives a
// run that breaks the next stronger one. The numbers are those that [Replicas.Validate] accepts, with n at most 26.
//
// The store is that of [Replicas]: each replica keeps the version with the highest stamp that has reached it, a read returns the one with the
// highest stamp among the first r answers, messages take any time, and none is lost for ever.
func Explain(n, r, w int, options ExplainOptions) (Explanation, error) {
	q := Replicas{N: n, R: r, W: w}
	if err := q.Validate(); err != nil {
		return Explanation{}, err
	}
	if n > mostExplained {
		return Explanation{}, fmt.Errorf("%w: N must be at most %d to be explained: N=%d", ErrTooLarge, mostExplained, n)
	}
	e := Explanation{Replicas: q, Options: options, Strongest: Eventual}
	for g := Eventual; g <= Linearizable; g++ {
		if !e.promises(g) {
			continue
		}
		e.Holds = append(e.Holds, g)
		if g >= Regular {
			e.Strongest = g
		}
	}
	switch e.Strongest {
	case Eventual:
		e.Broken = Regular
	case Regular:
		e.Broken = Linearizable
	}
	e.Sentences = e.sentences()
	if e.Broken == 0 {
		e.Run = e.hardest()
	} else {
		e.Run, _ = e.Counterexample(e.Broken)
	}
	return e, nil
}

// overlap says whether reads meet writes: replicas outside the N are in no quorum that arithmetic knows of.
func (e Explanation) overlap() bool { return e.Replicas.Overlaps() && !e.Options.Sloppy }

// keeps says whether what one read has returned, every later read sees: it is at W replicas, or reads ask all.
func (e Explanation) keeps() bool { return e.Options.WriteBack || e.Replicas.R == e.Replicas.N }

func (e Explanation) promises(g Guarantee) bool {
	switch g {
	case ReadYourWrites:
		return e.overlap()
	case MonotonicReads:
		return e.overlap() && e.keeps()
	case Regular:
		return e.overlap() && !e.Options.ClockStamps
	case Linearizable:
		return e.overlap() && !e.Options.ClockStamps && e.keeps()
	}
	return g == Eventual
}

// Counterexample is a run of the store that breaks the guarantee; it is false if every run keeps it.
func (e Explanation) Counterexample(g Guarantee) (Run, bool) {
	switch {
	case g < Eventual || g > Linearizable || slices.Contains(e.Holds, g):
		return Run{}, false
	case g == ReadYourWrites:
		return e.missed(true), true
	case g == MonotonicReads:
		return e.inversion(true), true
	case !e.overlap():
		return e.missed(false), true
	case e.Options.ClockStamps:
		return e.overtaken(), true
	}
	return e.inversion(false), true
}

func (e Explanation) sentences() []string {
	return slices.DeleteFunc([]string{e.sayOverlap(), e.sayStrongest(), e.sayBroken(), e.saySessions(), e.sayWrites(), e.sayFailures()},
		func(s string) bool { return s == "" })
}

func (e Explanation) sayOverlap() string {
	q := e.Replicas
	sum := fmt.Sprintf("R+W = %d", q.R+q.W)
	switch {
	case e.Options.Sloppy:
		return "Stand-ins count towards a quorum, so what a read asks need not share a replica with what a write reached, whatever R+W is."
	case q.Overlaps():
		return fmt.Sprintf("%s exceeds N = %d: what a read asks shares at least %s with what a write reached.",
			sum, q.N, counted(q.R+q.W-q.N, "replica"))
	}
	return fmt.Sprintf("%s does not exceed N = %d: what a read asks need not share a replica with what a write reached.", sum, q.N)
}

func (e Explanation) sayStrongest() string {
	switch {
	case e.Strongest == Linearizable && e.Replicas.R == e.Replicas.N:
		return "It is linearizable: a read asks all replicas, so it sees whatever an earlier one saw."
	case e.Strongest == Linearizable:
		return fmt.Sprintf("It is linearizable: a read writes back what it returns, so %s it before it ends, and every later read sees it.",
			map[bool]string{true: "1 replica has", false: counted(e.Replicas.W, "replica") + " have"}[e.Replicas.W == 1])
	case e.Strongest == Regular:
		return "It is regular: a read returns the last write that ended before it began, or one that was under way."
	}
	return "It is eventual, and no more: once writes end and every message has arrived, all replicas hold the newest version."
}

func (e Explanation) sayBroken() string {
	switch {
	case e.Broken == 0:
		return ""
	case e.Broken == Linearizable:
		return "It is not linearizable: while a write is under way a read may return it, and a later read the version before. " +
			"Writing back what was read repairs that, and so does asking all replicas."
	case e.overlap():
		return "It is not regular: clocks disagree, so a write may begin after another has ended, carry a lower stamp, and be lost. " +
			"Asking R replicas for the newest stamp before each write repairs that."
	}
	said := "It is not regular: a read may miss a write that has ended."
	if e.Options.WriteBack {
		said += " Writing back what was read does not repair that."
	}
	if e.Options.Sloppy {
		return said + " Counting the N replicas only does, where R+W exceeds N."
	}
	return said + fmt.Sprintf(" R+W = %d would repair that.", e.Replicas.N+1)
}

func (e Explanation) saySessions() string {
	switch own, monotonic := e.promises(ReadYourWrites), e.promises(MonotonicReads); {
	case own && monotonic:
		return "A client never reads a version older than one that it wrote or has read."
	case own:
		return "A client never reads a version older than one that it wrote, but may read one older than it has read."
	}
	return "A client may read a version older than one that it wrote or has read."
}

func (e Explanation) sayWrites() string {
	q := e.Replicas
	if q.WritesOverlap() && !e.Options.Sloppy {
		shared := 2*q.W - q.N
		see := map[bool]string{true: "sees", false: "see"}[shared == 1]
		return fmt.Sprintf("Two writes share at least %s, which %s both: W = %d exceeds N/2.", counted(shared, "replica"), see, q.W)
	}
	why := fmt.Sprintf("W = %d does not exceed N/2", q.W)
	if e.Options.Sloppy {
		why = "stand-ins count"
	}
	return fmt.Sprintf("Two writes at a time may both be acknowledged where no replica sees both, so only their stamps order them: %s.", why)
}

func (e Explanation) sayFailures() string {
	if e.Options.Sloppy {
		return "Reads and writes go on as long as there are stand-ins for the replicas that are down."
	}
	reads, writes := e.Replicas.Tolerates()
	if e.Options.WriteBack { // which takes W replicas too
		reads = min(reads, writes)
	}
	if reads == writes {
		return "Reads and writes " + goOn(reads) + "."
	}
	return "Reads " + goOn(reads) + "; writes " + goOn(writes) + "."
}

func goOn(down int) string {
	if down == 0 {
		return "need every replica"
	}
	return "go on with any " + counted(down, "replica") + " down"
}

// counted is a number with its noun.
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

// listed names things as a sentence does: A, B and C.
func listed(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
