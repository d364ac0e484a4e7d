package agreeing

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/quorum"
	"github.com/sysdesign-lab/sysdesign/sim/stats"
)

// namedModel is what -model names.
type namedModel struct {
	quorum.Model
	name string
	file lab.Source // of the reader's own delays
}

const modelMeaning = "delays: lnkd-ssd, lnkd-disk, ymmr, wan, or file:PATH, a CSV with the columns leg,delay_ms"

// publishedModels are those of the paper (quorum.LinkedInDisk and its neighbours).
var publishedModels = []struct {
	name string
	of   func() quorum.Model
}{{"lnkd-ssd", quorum.LinkedInSSD}, {"lnkd-disk", quorum.LinkedInDisk}, {"ymmr", quorum.Yammer}, {"wan", quorum.WAN}}

func readModel(text string) (m namedModel, canonical string, err error) {
	for _, known := range publishedModels {
		if text == known.name {
			return namedModel{known.of(), text, lab.Source{}}, text, nil
		}
	}
	path, isFile := strings.CutPrefix(text, "file:")
	if !isFile || path == "" {
		return m, "", fmt.Errorf("must be lnkd-ssd, lnkd-disk, ymmr, wan or file:PATH: %q", text)
	}
	file, err := lab.NewSource(path)
	if err != nil {
		return m, "", err
	}
	model, err := lab.ReadSource(file, quorum.ReadDelays)
	return namedModel{model, text, file}, text, err
}

// title names the model on a chart, where a path may be too long.
func (m namedModel) title() string {
	if m.file.Given() {
		return m.file.Name()
	}
	return m.name
}

// candidate is an R and W that would do.
type candidate struct {
	pair
	read, write quorum.Percentile
	seen        quorum.Share
}

func (c candidate) cost() float64 {
	return judge.Milliseconds(c.read.Estimate) + judge.Milliseconds(c.write.Estimate)
}

// recommend names the fastest R and W, by the sum of what 99.9% of reads and of writes take, of which so many reads as are wanted see a write
// within the given time; those that overlap always do. Of equals R and W are as near to one another as can be.
func (s *stalenessRun) recommend(r *lab.Run) error {
	var all []candidate
	for i, row := range s.pools {
		for j, v := range row {
			c := candidate{pair: pair{i + 1, j + 1}}
			var errs [3]error
			c.read, errs[0] = v.ReadLatency(p999, stats.Charted)
			c.write, errs[1] = v.WriteLatency(p999, stats.Charted)
			c.seen, errs[2] = v.Consistent(s.within, stats.Charted)
			if err := errors.Join(errs[:]...); err != nil {
				return err
			}
			all = append(all, c)
		}
	}
	fastest := func(of func(candidate) bool) candidate {
		those := slices.DeleteFunc(slices.Clone(all), func(c candidate) bool { return !of(c) })
		return slices.MinFunc(those, func(a, b candidate) int {
			return cmp.Or(cmp.Compare(a.cost(), b.cost()), cmp.Compare(max(a.r, a.w), max(b.r, b.w)))
		})
	}
	overlaps := func(c candidate) bool { return replicas(s.n, c.pair).Overlaps() }
	strict := fastest(overlaps)
	best := fastest(func(c candidate) bool { return overlaps(c) || c.seen.Low >= s.wanted })
	r.Recommend(s.advice(best, strict))
	return nil
}

func replicas(n int, p pair) quorum.Replicas { return quorum.Replicas{N: n, R: p.r, W: p.w} }

func (s *stalenessRun) advice(best, strict candidate) string {
	price := fmt.Sprintf("99.9%% of reads take up to %s ms, of writes %s ms", threeFigures(judge.Milliseconds(best.read.Estimate)), threeFigures(judge.Milliseconds(best.write.Estimate)))
	wanted := fmt.Sprintf("%s%% wanted", percent(s.wanted))
	if best.pair == strict.pair {
		return fmt.Sprintf("Use %v of %d, which overlap: with the delays of %s, no faster numbers let so many reads see a write %v after it (%s); %s",
			best.pair, s.n, s.model.title(), s.within, wanted, price)
	}
	return fmt.Sprintf("Use %v of %d: with the delays of %s, %s%% or more of reads that start %v after a write see it (95%% sure; %s), and %s; the fastest that overlap, %v, need %s and %s ms",
		best.pair, s.n, s.model.title(), percent(best.seen.Low), s.within, wanted, price, strict.pair,
		threeFigures(judge.Milliseconds(strict.read.Estimate)), threeFigures(judge.Milliseconds(strict.write.Estimate)))
}

// percent is a share without zeros at its end, rounded down: what is at least so much.
func percent(share float64) string {
	text := fmt.Sprintf("%.4f", float64(int(share*1e6+1e-6))/1e4)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// threeFigures is a number for a sentence.
func threeFigures(x float64) string {
	if x >= 100 {
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.3g", x)
}
