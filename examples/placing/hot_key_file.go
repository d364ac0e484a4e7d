package placing

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/hashring/ringsim"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/sim"
)

// fewest requests a node say something about the keys: by chance a node's load then deviates by less than a third.
const fewest = 10

// recommend looks for what brings the busiest node down to what is wanted. Where a key's copies will be depends on the nodes' names, so it
// asks for that on average over some rings.
func (h *hotRun) recommend(r *lab.Run) error {
	const rings, most = 16, 100 // rings to judge by, keys to treat
	q := h.own
	hot, err := hottest(q, most)
	if err != nil {
		return err
	}
	vnodes := h.vnodes[len(h.vnodes)-1]
	all, err := sim.Replicate(r.Seed, rings, func(e *sim.Engine) (hashring.Placement, error) {
		return h.ring(vnodes, e.Stream("ring").Uint64())
	})
	if err != nil {
		return err
	}
	plain, err := ringsim.Cool(q, all, nil, h.reads, h.wanted)
	if err != nil {
		return err
	}
	cooled, err := ringsim.Cool(q, all, hot, h.reads, h.wanted)
	if err != nil {
		return err
	}
	r.Recommend(h.advice(plain, cooled, vnodes))
	return nil
}

func (h *hotRun) advice(plain, cooled ringsim.Cooling, vnodes int) string {
	now := threeDigits(plain.PeakToMean)
	where := fmt.Sprintf("%d nodes of %s virtual nodes", h.nodes, judge.Commas(vnodes))
	if n := len(h.own.Order); n < fewest*h.nodes {
		return fmt.Sprintf("List more keys: %s of %s on %d nodes say little, because chance alone makes some node busy", judge.Commas(n), h.list.Name(), h.nodes)
	}
	if plain.Enough {
		return fmt.Sprintf("Leave the keys of %s as they are: the busiest of %s has %s times the mean, and %v is wanted", h.list.Name(), where, now, h.wanted)
	}
	if gained := plain.PeakToMean - cooled.PeakToMean; !cooled.Enough && gained < 0.1*(plain.PeakToMean-1) {
		return fmt.Sprintf("Take hashring.NewBounded if any node can serve any key, or more virtual nodes: the busiest of %s has %s times the mean, %v is wanted, and to salt or to replicate the hottest keys of %s takes away less than a tenth of what is above the mean",
			where, now, h.wanted, h.list.Name())
	}
	requests, counts := 0, h.own.Counts()
	for _, key := range cooled.Hot {
		requests += counts[key]
	}
	what := fmt.Sprintf("salt the %d hottest keys %d ways, hashring.NewSalt(%d)", len(cooled.Hot), cooled.Ways, cooled.Ways)
	price := fmt.Sprintf("each of their reads asks %d copies", cooled.Ways)
	if cooled.Replicate {
		what = fmt.Sprintf("keep the %d hottest keys on %d owners each, AppendOwners", len(cooled.Hot), cooled.Ways)
		price = fmt.Sprintf("each of their writes goes to %d nodes", cooled.Ways)
	}
	if len(cooled.Hot) == 1 {
		what = strings.Replace(what, "1 hottest keys", "hottest key", 1)
		what, price = strings.Replace(what, "owners each", "owners", 1), strings.Replace(price, "their", "its", 1)
	}
	share := 100 * float64(requests) / float64(len(h.own.Order))
	result := fmt.Sprintf("(%s; %.3g%% of requests): the busiest of %s falls from %s to %s times the mean if %.3g%% of requests read, with %v wanted, and %s",
		h.named(cooled.Hot), share, where, now, threeDigits(cooled.PeakToMean), 100*h.reads, h.wanted, price)
	if !cooled.Enough {
		return fmt.Sprintf("Take hashring.NewBounded if any node can serve any key; if not, %s, which helps most but is not enough %s", what, result)
	}
	return strings.ToUpper(what[:1]) + what[1:] + " " + result
}

// named are some keys for people: the hottest ones.
func (h *hotRun) named(keys []int32) string {
	const most = 5
	var names []string
	for _, key := range keys[:min(most, len(keys))] {
		names = append(names, shortened(h.own.Keys[key], 24))
	}
	if more := len(keys) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}

// shortened is a text of at most so many characters.
func shortened(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}

// twoDigits are after the point.
func twoDigits(x float64) string { return strconv.FormatFloat(x, 'f', 2, 64) }

// threeDigits are for what is compared with a bound.
func threeDigits(x float64) string { return strconv.FormatFloat(x, 'f', 3, 64) }
