package quorum

import (
	"strings"
	"unicode/utf8"
)

// String draws the run as a space-time diagram, a lane a line and time to the right: operations from their beginning to their end, and of each
// replica what it holds, with a mark wherever a message finds it.
func (r Run) String() string {
	names := 0
	for _, l := range r.Lanes {
		names = max(names, utf8.RuneCountInString(l.Name))
	}
	step := r.step()
	lines := make([][]rune, len(r.Lanes))
	for i := range lines {
		lines[i] = []rune(strings.Repeat(" ", r.End*step+1))
	}
	write := func(lane, at int, text string) { copy(lines[lane][at*step:], []rune(text)) }
	for _, s := range r.States {
		write(s.Lane, s.From, strings.Repeat("·", (s.To-s.From)*step))
		if s.From == 0 {
			write(s.Lane, 0, s.Version.Value+" ")
		}
	}
	for _, m := range r.Messages {
		if m.Kind == Ask || m.Kind == Store {
			write(m.To, m.Arrived, string(diagramMarks[m.Kind]))
		}
	}
	for _, s := range r.States { // last, as what is stored is the mark's own label
		if s.From > 0 {
			write(s.Lane, s.From, string(diagramMarks[Store])+" "+s.Version.Value+" ")
		}
	}
	for _, o := range r.Operations {
		text := "├ " + o.String() + " "
		fill := (o.End-o.Begin)*step - utf8.RuneCountInString(text)
		write(o.Lane, o.Begin, text+strings.Repeat("─", max(fill, 0))+"┤")
	}
	var b strings.Builder
	b.WriteString(r.Title + "\n\n")
	for i, l := range r.Lanes {
		b.WriteString(strings.TrimRight(l.Name+strings.Repeat(" ", names-utf8.RuneCountInString(l.Name))+"  "+string(lines[i]), " ") + "\n")
	}
	b.WriteString("\n" + string(diagramMarks[Store]) + " a version arrives   " + string(diagramMarks[Ask]) + " a read asks\n")
	return b.String()
}

var diagramMarks = map[MessageKind]rune{Store: '▼', Ask: '?'}

// String is what the operation did.
func (o Operation) String() string {
	switch {
	case o.Write:
		return "write " + o.Version.Value
	case o.Version == Version{}:
		return "read: nothing"
	}
	return "read: " + o.Version.Value
}

// step is how many columns a step takes, so that every label has room.
func (r Run) step() int {
	step := 4
	fit := func(text string, from, to int) {
		if room := utf8.RuneCountInString(text) + 3; to > from { // brackets and spaces, one of which stands in the next step
			step = max(step, (room+to-from-1)/(to-from))
		}
	}
	for _, o := range r.Operations {
		fit(o.String(), o.Begin, o.End)
	}
	for _, s := range r.States {
		fit(s.Version.Value, s.From, s.To)
	}
	return step
}
