package agreeing

import (
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/quorum"
)

// breaches counts what a guarantee rules out. Of a register whose stamps agree with time, a run is regular if no read misses a write, and
// linearizable if besides no later read is older than an earlier one: the argument of Lamport, "On Interprocess Communication", 1986, part II, for
// one writer.
func breaches(run quorum.Run, g quorum.Guarantee) int {
	switch g {
	case quorum.Regular:
		return misses(run)
	case quorum.Linearizable:
		return misses(run) + inversions(run)
	}
	return behind(run)
}

// misses counts the reads that return something else than the last write that ended before they began, and than those under way. The runs
// have their writes in the order in which they begin.
func misses(run quorum.Run) (count int) {
	for _, read := range run.Operations {
		if read.Write {
			continue
		}
		allowed := map[quorum.Version]bool{{Value: "old", Stamp: 1}: true}
		for _, write := range run.Operations {
			switch {
			case !write.Write || write.Begin > read.End:
			case write.End < read.Begin:
				allowed = map[quorum.Version]bool{write.Version: true}
			default:
				allowed[write.Version] = true
			}
		}
		if !allowed[read.Version] {
			count++
		}
	}
	return count
}

// inversions counts the reads that return an older version than one that had ended before they began.
func inversions(run quorum.Run) (count int) {
	for _, read := range run.Operations {
		for _, before := range run.Operations {
			if !read.Write && !before.Write && before.End < read.Begin && before.Version.Stamp > read.Version.Stamp {
				count++
				break
			}
		}
	}
	return count
}

// behind counts the replicas that do not have the newest version at the end of the run.
func behind(run quorum.Run) (count int) {
	newest := 0
	for _, o := range run.Operations {
		newest = max(newest, o.Version.Stamp)
	}
	for _, s := range run.States {
		if s.To == run.End && s.Version.Stamp < newest {
			count++
		}
	}
	return count
}

// rows are the run in data.csv.
func (e explainRun) rows(r *lab.Run, run quorum.Run) {
	table := r.Table("operation", "event", "from", "to", "begin_step", "end_step", "version", "stamp")
	name := func(lane int) string { return run.Lanes[lane].Name }
	for i, o := range run.Operations {
		event := "read"
		if o.Write {
			event = "write"
		}
		table.Row(i+1, event, name(o.Lane), nil, o.Begin, o.End, o.Version.Value, o.Version.Stamp)
	}
	for _, m := range run.Messages {
		var value, stamp any
		if m.Version != (quorum.Version{}) {
			value, stamp = m.Version.Value, m.Version.Stamp
		}
		table.Row(m.Operation+1, m.Kind.String(), name(m.From), name(m.To), m.Sent, m.Arrived, value, stamp)
	}
	for _, s := range run.States {
		table.Row(nil, "holds", name(s.Lane), nil, s.From, s.To, s.Version.Value, s.Version.Stamp)
	}
}

// spaceTime draws the run.
func spaceTime(run quorum.Run) chart.SpaceTime {
	p := chart.SpaceTime{Name: "time (steps)"}
	for _, lane := range run.Lanes {
		p.Lanes = append(p.Lanes, lane.Name)
	}
	for _, o := range run.Operations {
		p.Bars = append(p.Bars, chart.LaneBar{Lane: o.Lane, From: float64(o.Begin), To: float64(o.End),
			Labels: []string{o.String(), o.Version.Value, ""}, Color: versionColor(o.Version)})
	}
	for _, s := range run.States {
		p.Bars = append(p.Bars, chart.LaneBar{Lane: s.Lane, From: float64(s.From), To: float64(s.To), Labels: []string{s.Version.Value, ""},
			Color: versionColor(s.Version)})
	}
	for _, m := range run.Messages {
		p.Arrows = append(p.Arrows, chart.LaneArrow{From: m.From, To: m.To, Sent: float64(m.Sent), Arrived: float64(m.Arrived), Color: versionColor(m.Version)})
	}
	return p
}

// versionColor is grey for the version before, and dashed for none.
func versionColor(v quorum.Version) chart.Color {
	switch v.Value {
	case "":
		return chart.Theory
	case "old":
		return chart.Baseline
	case "second":
		return chart.Orange
	}
	return chart.Blue
}
