package lab

import (
	"fmt"
	"io"
	"strings"
)

// passage is a part of what a run tells beside its findings: a sentence, or a drawing in text.
type passage struct {
	text  string
	drawn bool
}

// Tell adds a sentence that explains what the run shows. It is for people: printed above the findings, unless the command is to be quiet, and not
// part of any file.
func (r *Run) Tell(sentence string) {
	if !oneLine(sentence) {
		r.refuse(fmt.Sprintf("what a run tells must be one line of text: %q", sentence))
	}
	r.story = append(r.story, passage{text: sentence})
}

// Draw adds a drawing in text, of several lines, which is printed as it stands, among what the run tells.
func (r *Run) Draw(lines string) {
	lines = strings.TrimRight(lines, "\n")
	for line := range strings.SplitSeq(lines, "\n") {
		if !printable(line) {
			r.refuse(fmt.Sprintf("a drawing must be lines of printable text: %q", line))
		}
	}
	r.story = append(r.story, passage{text: lines, drawn: true})
}

// printStory writes what a run tells, sentences with an indent, and a drawing after an empty line.
func printStory(w io.Writer, story []passage) {
	if len(story) == 0 {
		return
	}
	for _, p := range story {
		if !p.drawn {
			printWrapped(w, "  ", p.text)
			continue
		}
		fmt.Fprintln(w)
		for line := range strings.SplitSeq(p.text, "\n") {
			fmt.Fprintln(w, strings.TrimRight("  "+line, " "))
		}
		fmt.Fprintln(w)
	}
}
