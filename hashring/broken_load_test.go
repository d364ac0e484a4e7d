package hashring_test

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/internal/lawtest"
)

// whiteboardBounded is bounded loads as one would write it on a whiteboard, with a bug or without.
type whiteboardBounded struct {
	bug       string
	placement hashring.Placement
	epsilon   float64
	loads     map[string]int
	epochs    map[string]int
}

func brokenBounded(bug string) boundingMaker {
	return func(p hashring.Placement, epsilon float64) (bounding, error) {
		b := &whiteboardBounded{bug: bug, epsilon: epsilon, loads: map[string]int{}, epochs: map[string]int{}}
		return b, b.With(p)
	}
}

func (b *whiteboardBounded) Pick(key string) (string, func()) {
	name, capacity := naiveBounded(b.placement, b.loads, int(b.epsilon*1024), key)
	switch b.bug {
	case "any with room":
		for _, m := range b.placement.Members() { // the least loaded of those that have room, wherever the key would go
			if load := b.loads[m.Name]; load < capacity[m.Name] && load < b.loads[name] {
				name = m.Name
			}
		}
	case "next of the full one":
		if owner := b.placement.Members()[b.placement.Owner(key)].Name; owner != name {
			order, _ := b.placement.AppendOwners(nil, key, 2)
			name = b.placement.Members()[order[1]].Name // which may be full as well
		}
	}
	b.loads[name]++
	epoch, done := b.epochs[name], false
	return name, func() {
		if done && b.bug != "done twice" || epoch != b.epochs[name] {
			return
		}
		done = true
		b.loads[name]--
	}
}

func (b *whiteboardBounded) With(p hashring.Placement) error {
	stay := map[string]bool{}
	for _, m := range p.Members() {
		stay[m.Name] = b.bug != "forgets on change"
	}
	for name := range b.loads {
		if !stay[name] {
			delete(b.loads, name)
			b.epochs[name]++
		}
	}
	b.placement = p
	return nil
}

func TestBroken_NoBoundedLoadWithoutABug(t *testing.T) {
	lawtest.Holds(t, lawBounded(brokenBounded(""), 1))
	lawtest.Holds(t, lawTopK(brokenTopK("")))
}

func TestBroken_BoundedByTheSecondOwnerOnly(t *testing.T) {
	lawtest.Breaks(t, "Bounded loads that send what the owner has no room for to the second owner, and look no further, overload that one",
		lawBounded(brokenBounded("next of the full one"), 1))
}

func TestBroken_BoundedByTheLeastLoaded(t *testing.T) {
	lawtest.Breaks(t, "Bounded loads that pick the least loaded node with room keep no key at its owner",
		lawBounded(brokenBounded("any with room"), 1))
}

func TestBroken_BoundedForgetsOnChange(t *testing.T) {
	lawtest.Breaks(t, "Bounded loads that count anew with another placement overload who was busy before",
		lawBounded(brokenBounded("forgets on change"), 1))
}

func TestBroken_BoundedDoneTwice(t *testing.T) {
	lawtest.Breaks(t, "A second Done that counts frees room that is taken",
		lawBounded(brokenBounded("done twice"), 1))
}

// whiteboardTopK is Space-Saving with a map.
type whiteboardTopK struct {
	bug      string
	k        int
	counters []hashring.Counted[int]
}

func brokenTopK(bug string) func(k int) (counting, error) {
	return func(k int) (counting, error) { return &whiteboardTopK{bug: bug, k: k}, nil }
}

func (w *whiteboardTopK) Observe(key int) {
	i := slices.IndexFunc(w.counters, func(c hashring.Counted[int]) bool { return c.Key == key })
	if i < 0 && len(w.counters) < w.k {
		w.counters = append(w.counters, hashring.Counted[int]{Key: key})
		i = len(w.counters) - 1
	}
	if i < 0 {
		i = 0
		for j, c := range w.counters {
			if c.Count < w.counters[i].Count {
				i = j
			}
		}
		least := w.counters[i].Count
		w.counters[i] = hashring.Counted[int]{Key: key, Count: least, Error: least}
		switch w.bug {
		case "starts at one":
			w.counters[i] = hashring.Counted[int]{Key: key}
		case "takes over the count only":
			w.counters[i].Error = 0
		}
	}
	w.counters[i].Count++
}

func (w *whiteboardTopK) Top(n int) []hashring.Counted[int] {
	all := slices.Clone(w.counters)
	slices.SortStableFunc(all, func(a, b hashring.Counted[int]) int { return int(b.Count) - int(a.Count) })
	return all[:min(n, len(all))]
}

func TestBroken_TopKStartsAtOne(t *testing.T) {
	lawtest.Breaks(t, "Counters that begin anew when another key takes them over lose keys that are hot later",
		lawTopK(brokenTopK("starts at one")))
}

func TestBroken_TopKWithoutItsError(t *testing.T) {
	lawtest.Breaks(t, "Counters that are taken over with their count, and not known to be, show cold keys as hot ones",
		lawTopK(brokenTopK("takes over the count only")))
}

// plainSalt adds # and the copy's number, except to copy 0, and takes off whatever looks so.
type plainSalt struct{ ways int }

func (s plainSalt) Key(key string, n uint64) string {
	if n %= uint64(s.ways); n > 0 {
		return key + "#" + strconv.FormatUint(n, 10)
	}
	return key
}

func (s plainSalt) Unsalt(copied string) string {
	if i := strings.LastIndex(copied, "#"); i >= 0 && s.ways > 1 {
		return copied[:i]
	}
	return copied
}

func TestBroken_SaltOfKeysWithTheSeparator(t *testing.T) {
	lawtest.Breaks(t, "A salt that does not mind keys which have a # of their own takes them for copies",
		lawSalt(func(ways int) (salting, error) { return plainSalt{ways}, nil }))
}

// truncatedBuckets divides as the language does: towards zero, which before 1970 is up.
type truncatedBuckets struct {
	hashring.TimeBuckets
	width time.Duration
}

func (b truncatedBuckets) Key(key string, wall time.Time) string {
	start := b.Start(wall)
	if start.Before(time.Unix(0, 0)) && start.Before(wall) {
		start = start.Add(b.width)
	}
	return b.TimeBuckets.Key(key, start)
}

func TestBroken_BucketsBefore1970(t *testing.T) {
	lawtest.Breaks(t, "Time buckets by a division that rounds towards zero begin after what they hold, before 1970",
		lawBuckets(func(width time.Duration) (bucketing, error) {
			b, err := hashring.NewTimeBuckets(width)
			return truncatedBuckets{b, width}, err
		}))
}

// byModulo gives a tenant k nodes that follow one another from its hash modulo n on.
func byModulo(members []hashring.Member, each int, _ bool, tenant string) (names []string) {
	h := 0
	for _, c := range tenant {
		h = 31*h + int(c)
	}
	for i := range each {
		names = append(names, members[(h+i)%len(members)].Name)
	}
	return names
}

func TestBroken_ShuffleByModulo(t *testing.T) {
	lawtest.Breaks(t, "Tenants that are given nodes by a hash modulo the number of nodes change when others' nodes leave",
		lawShuffle(byModulo))
}

func TestBroken_PointsByTheNormalLaw(t *testing.T) {
	lawtest.Breaks(t, "Points by the normal law are too few: a share's upper tail is heavier",
		lawPoints(func(nodes int, peak, confidence float64) (int, error) {
			for points := 1; ; points++ {
				s, err := hashring.ShareOf(nodes, points)
				if err != nil {
					return 0, err
				}
				if z := (peak - 1) / s.RelativeSD(); float64(nodes)*math.Erfc(z/math.Sqrt2)/2 <= 1-confidence {
					return points, nil
				}
			}
		}))
}

func TestBroken_AdviceOfOneMind(t *testing.T) {
	lawtest.Breaks(t, "Who always advises a ring advises it where it does not fit",
		lawAdvice(func(n hashring.Needs) (hashring.Advice, error) {
			points, err := hashring.PointsFor(n.Nodes, max(n.PeakToMean, 1.5), 0.99)
			return hashring.Advice{Algorithm: "Ring", Points: points}, err
		}))
}
