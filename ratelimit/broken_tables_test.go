package ratelimit_test

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// naiveKeyed is a table of few places as one would write it on a whiteboard. Correct as it stands; each of its bugs is one that a table
// of limits may well have.
type naiveKeyed struct {
	bug    keyedBug
	places int
	limits []ratelimit.Limit
	class  func(int) int
	held   []naiveKey
	floor  time.Duration // what the forgotten owe until
}

type naiveKey struct {
	key         int
	until, used time.Duration
}

type keyedBug int

const (
	keyedNone         keyedBug = iota
	forgetsDebt                // who is forgotten while owing comes back fresh
	admitsWhenFull             // a full table admits newcomers and does not hold them
	evictsByLastUse            // who was not seen for longest makes room, whatever is owed
	forgetsWhoOwesAll          // of live keys the one that owes most is forgotten
	lookingCharges             // Peek is Take
	refusalsCount              // a refused request pushes the time farther
	debtAsTime                 // a change of limits keeps what is owed as a time
)

// naivePlaces is how many keys the table on the whiteboard holds.
const naivePlaces = 2

func naiveKeyedMaker(b keyedBug) keyedMaker {
	return keyedMaker{naivePlaces, naivePlaces, func(c ratelimit.KeyedConfig[int]) keyedTable {
		return &naiveKeyed{bug: b, places: naivePlaces, limits: c.Limits, class: c.Class, floor: math.MinInt64}
	}}
}

func (n *naiveKeyed) Peek(now time.Duration, key, events int) ratelimit.Decision {
	if n.bug == lookingCharges {
		return n.Take(now, key, events)
	}
	return n.decide(now, key, events)
}

func (n *naiveKeyed) decide(now time.Duration, key, events int) ratelimit.Decision {
	model := newKeyedModel(n.limits)
	if n.class != nil {
		model.class[key] = n.class(key)
	}
	if i := n.find(key); i >= 0 {
		model.until[key] = n.held[i].until
	} else if n.floor != math.MinInt64 {
		model.until[key] = n.floor
	}
	return model.peek(now, key, events)
}

func (n *naiveKeyed) find(key int) int {
	return slices.IndexFunc(n.held, func(k naiveKey) bool { return k.key == key })
}

func (n *naiveKeyed) Take(now time.Duration, key, events int) ratelimit.Decision {
	d, i := n.decide(now, key, events), n.find(key)
	if !d.OK() {
		if n.bug == refusalsCount && d.Verdict == ratelimit.Refused && i >= 0 {
			n.held[i].until++
		}
		return d
	}
	k := naiveKey{key, now + d.ResetAfter, now}
	if i >= 0 {
		n.held[i] = k
		return d
	}
	n.held = append(n.held, k)
	if len(n.held) <= n.places {
		return d
	}
	leaves := slices.MinFunc(n.held, func(a, b naiveKey) int {
		switch least := cmp.Compare(a.until, b.until); {
		case n.bug == evictsByLastUse:
			return cmp.Compare(a.used, b.used)
		case n.bug == forgetsWhoOwesAll && min(a.until, b.until) > now:
			return -least
		default:
			return least
		}
	})
	if n.bug == admitsWhenFull && leaves.until > now {
		leaves = k
	}
	n.held = slices.DeleteFunc(n.held, func(k naiveKey) bool { return k.key == leaves.key })
	if n.bug != forgetsDebt && n.bug != admitsWhenFull && n.bug != evictsByLastUse {
		n.floor = max(n.floor, leaves.until)
	}
	return d
}

func (n *naiveKeyed) SetLimits(now time.Duration, limits ...ratelimit.Limit) error {
	model := newKeyedModel(n.limits)
	const forgotten = -1 // a key like those that are forgotten
	for _, k := range n.held {
		model.until[k.key] = k.until
		if n.class != nil {
			model.class[k.key] = n.class(k.key)
		}
	}
	if n.floor != math.MinInt64 {
		// On the whiteboard there is one class: what the forgotten of several would owe is not told.
		model.until[forgotten] = n.floor
	}
	if n.bug != debtAsTime {
		model.setLimits(now, limits)
	}
	for i := range n.held {
		n.held[i].until = model.until[n.held[i].key]
	}
	if n.floor != math.MinInt64 {
		n.floor = model.until[forgotten]
	}
	n.limits = limits
	return nil
}

// The table on the whiteboard obeys the laws: what fails below is the bug, not the model.
func TestBroken_TablesWithoutABug(t *testing.T) {
	m := naiveKeyedMaker(keyedNone)
	lawtest.Holds(t, lawKeyedIsGCRAs(m))
	lawtest.Holds(t, lawKeyedBound(m))
	lawtest.Holds(t, lawKeyedNewcomers(m))
	lawtest.Holds(t, lawKeyedAsking(m))
	lawtest.Holds(t, lawKeyedClasses(m))
	lawtest.Holds(t, lawSketchNeverMore(naiveSketchMaker(sketchNone)))
	lawtest.Holds(t, lawSketchAlone(naiveSketchMaker(sketchNone)))
	lawtest.Holds(t, lawComposed(naiveComposed(composedNone)))
	lawtest.Holds(t, lawSharingSteady(naiveSharing(sharingNone)))
	lawtest.Holds(t, lawSharingBound(naiveSharing(sharingNone)))
	lawtest.Holds(t, lawSharingReserve(naiveSharing(sharingNone)))
}

func TestBroken_ForgottenDebt(t *testing.T) {
	lawtest.Breaks(t, "A table that forgets a key which owes something lets it come back fresh",
		lawKeyedBound(naiveKeyedMaker(forgetsDebt)))
}

func TestBroken_AdmitsWhenFull(t *testing.T) {
	lawtest.Breaks(t, "A full table that admits whom it cannot hold does not limit newcomers at all",
		lawKeyedNeverMore(naiveKeyedMaker(admitsWhenFull)))
}

func TestBroken_EvictsByLastUse(t *testing.T) {
	lawtest.Breaks(t, "A table that makes room by last use forgets a key that owes much and was quiet, while one that owes nothing stays",
		lawKeyedIsGCRAs(naiveKeyedMaker(evictsByLastUse)))
}

func TestBroken_ForgetsWhoOwesMost(t *testing.T) {
	lawtest.Breaks(t, "A full table that forgets the key which owes most charges every newcomer with it",
		lawKeyedNewcomers(naiveKeyedMaker(forgetsWhoOwesAll)))
}

func TestBroken_LookingCharges(t *testing.T) {
	lawtest.Breaks(t, "A table that charges whoever only asks answers the request itself otherwise",
		lawKeyedAsking(naiveKeyedMaker(lookingCharges)))
}

func TestBroken_RefusalsCount(t *testing.T) {
	lawtest.Breaks(t, "A table that counts refused requests starves who asks again",
		lawKeyedAsking(naiveKeyedMaker(refusalsCount)))
}

func TestBroken_DebtKeptAsTime(t *testing.T) {
	lawtest.Breaks(t, "A table that keeps what is owed as a time, when the limit changes, forgives or invents events",
		lawKeyedClasses(naiveKeyedMaker(debtAsTime)))
}

// naiveSketch has its cells in plain sight: key k has cell k mod width in the first row, k/2 mod width in the second, and so on.
type naiveSketch struct {
	bug         sketchBug
	limit       ratelimit.Limit
	rows, width int
	cells       map[[2]int]time.Duration
}

type sketchBug int

const (
	sketchNone  sketchBug = iota
	sumOfCells            // a key owes what its cells say together
	oneRowOnly            // a charge is written to one row
	overwrites            // a charge is written over what others owe
	mostOfCells           // a key owes what the largest of its cells says
)

func naiveSketchMaker(b sketchBug) sketchMaker {
	cell := func(width, key, row int) int { return (key >> row) % width }
	return sketchMaker{
		make: func(limit ratelimit.Limit, rows, width int) sketchTable {
			return &naiveSketch{b, limit, rows, width, map[[2]int]time.Duration{}}
		},
		shared: func(rows, width, key int, others []int) bool {
			for row := range rows {
				if !slices.ContainsFunc(others, func(other int) bool { return cell(width, key, row) == cell(width, other, row) }) {
					return false
				}
			}
			return true
		},
	}
}

func (s *naiveSketch) Peek(now time.Duration, key, n int) ratelimit.Decision {
	var owed []time.Duration
	for row := range s.rows {
		if until, written := s.cells[[2]int{row, (key >> row) % s.width}]; written {
			owed = append(owed, max(0, until-now))
		} else {
			owed = append(owed, 0)
		}
	}
	debt := slices.Min(owed)
	switch s.bug {
	case sumOfCells:
		debt = 0
		for _, one := range owed {
			debt += one
		}
	case mostOfCells:
		debt = slices.Max(owed)
	}
	model := newKeyedModel([]ratelimit.Limit{s.limit})
	model.until[key] = now + debt
	return model.peek(now, key, n)
}

func (s *naiveSketch) Take(now time.Duration, key, n int) ratelimit.Decision {
	d := s.Peek(now, key, n)
	if !d.OK() {
		return d
	}
	for row := range s.rows {
		at := [2]int{row, (key >> row) % s.width}
		until, written := s.cells[at]
		if next := now + d.ResetAfter; !written || next > until || s.bug == overwrites {
			s.cells[at] = next
		}
		if s.bug == oneRowOnly {
			break
		}
	}
	return d
}

func TestBroken_SketchAddsCells(t *testing.T) {
	lawtest.Breaks(t, "A sketch that adds a key's cells, and does not take the least, charges everything once a row",
		lawSketchAlone(naiveSketchMaker(sumOfCells)))
}

func TestBroken_SketchTakesTheLargestCell(t *testing.T) {
	lawtest.Breaks(t, "A sketch that takes the largest of a key's cells refuses it for whoever shares a single one",
		lawSketchAlone(naiveSketchMaker(mostOfCells)))
}

func TestBroken_SketchWritesOneRow(t *testing.T) {
	lawtest.Breaks(t, "A sketch that writes one row only admits everything, because the other rows stay fresh",
		lawSketchNeverMore(naiveSketchMaker(oneRowOnly)))
}

func TestBroken_SketchOverwrites(t *testing.T) {
	lawtest.Breaks(t, "A sketch that writes over a cell forgives what another key owes there",
		lawSketchNeverMore(naiveSketchMaker(overwrites)))
}

func TestBroken_SketchErrorByUnionBound(t *testing.T) {
	lawtest.Breaks(t, "A chance that adds up the live keys, and not what they leave, exceeds that of sharing and then one",
		lawSketchError(func(rows, width, live int) float64 { return math.Pow(float64(live)/float64(width), float64(rows)) }))
}

type composedBug int

const (
	composedNone   composedBug = iota
	inTurn                     // charges one level after another, and stops at the first that refuses
	lastRefusal                // names the last level that refuses, whichever makes the request wait longest
	ignoresFreshen             // when a request is refused, what admitting levels are owed is left out
)

type naiveComposition struct {
	*composedModel
	bug composedBug
}

func naiveComposed(b composedBug) composedMaker {
	return func(levels []composedLevel) composedLimiter { return &naiveComposition{newComposedModel(levels), b} }
}

func (c *naiveComposition) Peek(now time.Duration, r composedRequest, n int) (ratelimit.Decision, string) {
	d, binding := c.composedModel.Peek(now, r, n)
	if d.OK() || d.Wait == ratelimit.Never {
		return d, binding
	}
	d.ResetAfter = max(d.ResetAfter, 0)
	if c.bug == ignoresFreshen {
		d.ResetAfter = 0
	}
	for i, l := range c.levels {
		one := c.tables[i].peek(now, l.key(r), n)
		if one.OK() {
			continue
		}
		if c.bug == lastRefusal {
			binding = l.name
		}
		d.ResetAfter = max(d.ResetAfter, one.ResetAfter)
	}
	return d, binding
}

func (c *naiveComposition) Take(now time.Duration, r composedRequest, n int) (ratelimit.Decision, string) {
	d, binding := c.Peek(now, r, n)
	for i, l := range c.levels {
		if !d.OK() && c.bug != inTurn {
			break
		}
		if !c.tables[i].take(now, l.key(r), n).OK() {
			break
		}
	}
	return d, binding
}

func TestBroken_ChargesInTurn(t *testing.T) {
	lawtest.Breaks(t, "A composition that charges one limit after another leaves the first ones charged for a request that the last refuses",
		lawComposed(naiveComposed(inTurn)))
}

func TestBroken_NamesTheLastRefusal(t *testing.T) {
	lawtest.Breaks(t, "A composition that names the last level that refuses sends people to the wrong limit",
		lawComposed(naiveComposed(lastRefusal)))
}

func TestBroken_LeavesOutWhoAdmits(t *testing.T) {
	lawtest.Breaks(t, "A composition that takes its reset from the levels that refuse forgets what the others are owed",
		lawComposed(naiveComposed(ignoresFreshen)))
}

// Two callers that both ask before either is charged are both admitted where one is due, and no order of the two explains that. They meet
// between asking and charging, so it happens every time.
func TestBroken_AsksThenChargesWithoutALock(t *testing.T) {
	var mu sync.Mutex
	var asked sync.WaitGroup
	asked.Add(2)
	left := composedClient
	history := composedHistory(2, 1, func(int, composedCall) composedAnswer {
		const n = 3
		mu.Lock()
		enough := left >= n
		mu.Unlock()
		asked.Done()
		asked.Wait()
		mu.Lock()
		defer mu.Unlock()
		if enough {
			left -= n
		}
		return composedAnswer{enough, max(0, left)}
	})
	for i := range history {
		history[i].Input = composedCall{composedRequest{0, 0}, 3}
	}
	if porcupine.CheckOperations(composedHistories, history) {
		t.Fatalf("the checker finds nothing wrong with this:\n%s", composedTelling(history))
	}
	t.Logf("\nNo order of these calls explains the answers:\n\n%s", composedTelling(history))
}

// equalParts splits into equal parts, and what somebody does not want is nobody's.
func equalParts(total int, wanted, _ []int) ([]int, error) {
	got := make([]int, len(wanted))
	for i := range got {
		got[i] = min(wanted[i], total/len(got))
	}
	return got, nil
}

// firstCome gives to the first in the list all they want.
func firstCome(total int, wanted, _ []int) ([]int, error) {
	got := make([]int, len(wanted))
	for i := range got {
		got[i] = min(wanted[i], total)
		total -= got[i]
	}
	return got, nil
}

func lastOdd(split ratelimit.Split) ratelimit.Split {
	return func(total int, wanted, weights []int) ([]int, error) {
		wanted, weights = slices.Clone(wanted), slices.Clone(weights)
		slices.Reverse(wanted)
		slices.Reverse(weights)
		got, err := split(total, wanted, weights)
		slices.Reverse(got)
		return got, err
	}
}

func unweighted(split ratelimit.Split) ratelimit.Split {
	return func(total int, wanted, _ []int) ([]int, error) { return split(total, wanted, nil) }
}

func TestBroken_EqualParts(t *testing.T) {
	lawtest.Breaks(t, "A split into equal parts wastes what somebody does not want", lawSharesUseTheTotal(equalParts))
}

func TestBroken_FirstComeIsNotFair(t *testing.T) {
	lawtest.Breaks(t, "First come, first served is not max-min fair", lawSharesMaxMin(firstCome))
}

func TestBroken_ProportionalIsNotMaxMin(t *testing.T) {
	lawtest.Breaks(t, "A proportional split is not max-min fair: who asks for more gets more", lawSharesMaxMin(ratelimit.Proportional))
}

func TestBroken_OddEventsToTheLast(t *testing.T) {
	lawtest.Breaks(t, "A split that gives odd events to the last in the list does not give them one by one",
		lawSharesOneByOne(lastOdd(ratelimit.MaxMin)))
}

func TestBroken_WeightsLeftOut(t *testing.T) {
	lawtest.Breaks(t, "A split that leaves weights out is not the weighted one", lawSharesExact(unweighted(ratelimit.MaxMin), waterFilling))
}

func TestBroken_FirstComeDependsOnTheOrder(t *testing.T) {
	lawtest.Breaks(t, "First come, first served gives another share in another order", lawSharesNearlyTheSame(firstCome, 1))
}

type sharingBug int

const (
	sharingNone       sharingBug = iota
	inOrderOfNames               // splits among clients in the order of their names, as it comes of sorting a map's keys
	periodsBegunAgain            // a now in an earlier period begins a period
	countsAdmitted               // makes quotas of what each client got, not of what it asked for
	carriesNothing               // what a period leaves is lost
	carriesTooMuch               // a period leaves more than the burst can hold
	reserveForAll                // the reserve is for whoever comes first
)

// naivelyShared is a sharing without weights' checks and newcomers' parts: they take what is nobody's.
type naivelyShared struct {
	bug    sharingBug
	config ratelimit.SharingConfig[int]
	all    *ratelimit.GCRA
	period int64
	begun  bool
	order  []int // clients in the order in which they came
	asked  map[int]int
	got    map[int]int
	quota  map[int]int

	satisfied             map[int]bool
	level                 float64 // the least quota, by weight, of those who are not, or the greatest of all
	spare, reserve, total int
}

func naiveSharing(b sharingBug) sharingMaker {
	return func(c ratelimit.SharingConfig[int]) sharingLimiter {
		all, err := ratelimit.NewGCRA(c.Limit.Rate, c.Limit.Burst)
		if err != nil {
			panic(err)
		}
		return &naivelyShared{bug: b, config: c, all: all, asked: map[int]int{}, got: map[int]int{}}
	}
}

func (s *naivelyShared) weight(client int) int {
	if s.config.Weight == nil {
		return 1
	}
	return s.config.Weight(client)
}

func (s *naivelyShared) begin(period int64) {
	interval := keyedInterval(s.config.Limit)
	events := func(period int64) int {
		return int(math.Floor(float64(time.Duration(period)*s.config.Period) / float64(interval)))
	}
	least := events(1)
	most := int((s.config.Period + interval - 1) / interval)
	carries := max(0, min(least, s.config.Limit.Burst-2*most-1))
	switch s.bug {
	case carriesNothing:
		carries = 0
	case carriesTooMuch:
		carries = least
	}
	carried := carries
	if s.begun && period == s.period+1 {
		for _, n := range s.got {
			s.total -= n
		}
		carried = min(carries, s.total)
	} else {
		s.order, s.asked = nil, map[int]int{}
	}
	s.period, s.begun = period, true
	s.order = slices.DeleteFunc(s.order, func(client int) bool { return s.asked[client] == 0 })
	order := slices.Clone(s.order)
	if s.bug == inOrderOfNames {
		slices.Sort(order)
	}
	var wanted, weights []int
	for _, client := range order {
		wanted, weights = append(wanted, s.asked[client]), append(weights, s.weight(client))
	}
	s.total = events(period+1) - events(period) + carried
	s.reserve = min(carried, carries/2)
	s.spare = s.total - s.reserve
	quotas, err := s.config.Split(s.spare, wanted, weights)
	if err != nil {
		panic(err)
	}
	s.quota, s.asked, s.got, s.satisfied, s.level = map[int]int{}, map[int]int{}, map[int]int{}, map[int]bool{}, math.Inf(1)
	greatest := 0.0
	for i, client := range order {
		s.quota[client] = quotas[i]
		s.spare -= quotas[i]
		s.satisfied[client] = quotas[i] == wanted[i]
		quota := float64(quotas[i]) / float64(weights[i])
		greatest = max(greatest, quota)
		if !s.satisfied[client] {
			s.level = min(s.level, quota)
		}
	}
	if math.IsInf(s.level, 1) {
		s.level = greatest
	}
	if len(order) == 0 || s.bug == reserveForAll {
		s.spare, s.reserve = s.spare+s.reserve, 0
	}
}

func (s *naivelyShared) Take(now time.Duration, client, n int) ratelimit.Decision {
	if s.bug == periodsBegunAgain && s.begun && now < time.Duration(s.period)*s.config.Period {
		all, err := ratelimit.NewGCRA(s.config.Limit.Rate, s.config.Limit.Burst)
		if err != nil {
			panic(err)
		}
		s.all, s.begun = all, false
	}
	if period := int64(math.Floor(float64(now) / float64(s.config.Period))); !s.begun || period > s.period {
		s.begin(period)
	}
	if !slices.Contains(s.order, client) {
		s.order = append(s.order, client)
	}
	if s.bug != countsAdmitted {
		s.asked[client] += n
	}
	own := max(0, s.quota[client]-s.got[client])
	reserved := 0
	if _, known := s.quota[client]; s.satisfied[client] || !known {
		reserved = max(0, min(s.reserve, int(s.level*float64(s.weight(client)))-max(s.quota[client], s.got[client])))
	}
	if own+s.spare+reserved < n {
		return ratelimit.Decision{}
	}
	d := s.all.Take(now, n)
	if d.OK() {
		if s.bug == countsAdmitted {
			s.asked[client] += n
		}
		s.got[client] += n
		beyond := n - min(n, own)
		s.reserve -= max(0, beyond-s.spare)
		s.spare = max(0, s.spare-beyond)
	}
	return d
}

func TestBroken_QuotasInOrderOfNames(t *testing.T) {
	lawtest.Breaks(t, "A sharing that makes quotas in the order of names gives odd events to them, whoever came first",
		lawSharingSteady(naiveSharing(inOrderOfNames)))
}

func TestBroken_QuotasOfWhatWasGot(t *testing.T) {
	lawtest.Breaks(t, "A sharing that makes quotas of what clients got, and not of what they asked for, lets whoever came first keep everything",
		lawSharingSteady(naiveSharing(countsAdmitted)))
}

func TestBroken_NothingIsCarried(t *testing.T) {
	lawtest.Breaks(t, "A sharing that carries nothing refuses, again and again, what somebody wants more than in the period before, and loses what others want less",
		lawSharingReserve(naiveSharing(carriesNothing)))
}

func TestBroken_TheReserveIsForAll(t *testing.T) {
	lawtest.Breaks(t, "A sharing that lets anybody have what is carried gives it to whoever wants everything",
		lawSharingReserve(naiveSharing(reserveForAll)))
}

func TestBroken_CarriedBeyondTheBurst(t *testing.T) {
	lawtest.Breaks(t, "A sharing that carries more than the burst can always hold gives a period more than is due",
		lawSharingSteady(naiveSharing(carriesTooMuch)))
}

func TestBroken_PeriodsBegunAgain(t *testing.T) {
	lawtest.Breaks(t, "A sharing that begins anew when now goes back gives out everything again",
		lawSharingBound(naiveSharing(periodsBegunAgain)))
}
