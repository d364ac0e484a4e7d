package lab

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// width of everything that is printed, in columns.
const width = 80

// printFindings writes a run's findings as a table: the outcome, the measured number, its interval where any has one, the
// bound, the sentence. Under it stands what the baseline, if any, came to. In a quiet run those that hold, or are not asserted, are left out.
func printFindings(w io.Writer, r *Result, quiet bool) {
	asserted := r.plan.asserted()
	rows := [][4]string{{"", "measured", "", "bound"}}
	sentences := []string{""}
	for _, f := range r.Findings {
		if quiet && (f.Holds || !asserted) {
			continue
		}
		measured, bound := beside(f.Measured, f.Bound)
		interval := f.printedInterval()
		if interval != "" {
			rows[0][2] = "interval"
		}
		rows = append(rows, [4]string{mark(f.Holds, asserted), measured, interval, bound})
		sentences = append(sentences, f.Sentence)
		if before, known := r.before[f.Sentence]; known {
			f := before.finding()
			measured, bound := beside(f.Measured, f.Bound)
			rows = append(rows, [4]string{"before", measured, f.printedInterval(), bound})
			sentences = append(sentences, before.inWords())
			if f.printedInterval() != "" {
				rows[0][2] = "interval"
			}
		}
	}
	if len(rows) == 1 && len(r.Recommendations) == 0 {
		return
	}
	if quiet {
		printHeading(w, r.plan, 1, 1)
	}
	if len(rows) > 1 {
		printTable(w, rows, sentences)
	}
	printRecommendations(w, r.Recommendations)
	fmt.Fprintln(w)
}

// printTable sets the columns under one another, and breaks the sentences behind them.
func printTable(w io.Writer, rows [][4]string, sentences []string) {
	var widest [4]int
	for _, row := range rows {
		for i, s := range row {
			widest[i] = max(widest[i], utf8.RuneCountInString(s))
		}
	}
	for i, row := range rows {
		line := "  "
		for column, s := range row {
			if widest[column] > 0 {
				line += pad(s, widest[column], column > 0) + "  "
			}
		}
		printWrapped(w, line, sentences[i])
	}
}

// printRecommendations writes what the reader should do, which is what a run with the reader's own data is for: a quiet run says it, too.
func printRecommendations(w io.Writer, all []string) {
	for _, sentence := range all {
		printWrapped(w, "  → ", sentence)
	}
}

// printStart says what the command is about to do.
func printStart(w io.Writer, req request, names []string) {
	what, effort := fmt.Sprintf("%d experiments", len(names)), "quick"
	if len(names) == 1 {
		what = "1 experiment"
	}
	if req.tour {
		what = "The tour: " + what
	}
	if req.full {
		effort = "full"
	}
	printWrapped(w, "", fmt.Sprintf("%s, %s, seed %d, into %s: %s", what, effort, req.seed, req.out, strings.Join(names, ", ")))
	fmt.Fprintln(w)
}

// printHeading says which experiment follows, the how manieth of how many, and how it departs from its defaults.
func printHeading(w io.Writer, p plan, place, of int) {
	lead := p.experiment.Name + ": "
	if of > 1 {
		lead = fmt.Sprintf("%d/%d %s", place, of, lead)
	}
	printWrapped(w, lead, p.experiment.Question)
	if command := p.command(); command != program+" "+p.experiment.Name {
		fmt.Fprintf(w, "  %s\n", command)
	}
}

// list prints every experiment under its topic.
func (c Catalogue) list(w io.Writer) {
	if len(c.Experiments) == 0 {
		fmt.Fprintln(w, "There are no experiments yet.")
		return
	}
	for i, topic := range c.filled() {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintln(w, topic)
		for _, e := range c.under(topic) {
			fmt.Fprintf(w, "  %s\n", e.Name)
			printWrapped(w, "    ", e.Question)
			printAbout(w, "    ", e)
		}
	}
}

func printAbout(w io.Writer, indent string, e Experiment) {
	printWrapped(w, indent+"guide     ", strings.Join(e.Guide, ", "))
	printWrapped(w, indent+"packages  ", strings.Join(e.Packages, ", "))
	if e.Measured {
		printWrapped(w, indent+"measured  ", "timings of real work: two runs differ")
	}
}

// filled are the topics that have an experiment.
func (c Catalogue) filled() []string {
	var topics []string
	for _, topic := range c.Topics {
		if len(c.under(topic)) > 0 {
			topics = append(topics, topic)
		}
	}
	return topics
}

const commonFlags = `  -seed N    the seed of all randomness (1)
  -full      publication quality: more and longer runs
  -out DIR   the folder for results and the gallery (charts)
  -quiet     print only what fails
  -h         help; after an experiment's name, its parameters
`

const severalFlags = `  -sweep NAME=V1,V2,...
             one run for each of two to six values of a parameter, on one chart;
             a list is swept through lists of one element
  -baseline FILE
             before and now on one chart: FILE is the result.json of an earlier
             run, with its data.csv beside it
`

func (c Catalogue) help(w io.Writer) {
	example := "NAME"
	if all := c.all(); len(all) > 0 {
		example = all[0].Name
	}
	fmt.Fprint(w, "Runs experiments: each asks a question, states findings with their numbers, and\ndraws a chart.\n\n")
	rows := [][2]string{
		{"", "the tour"},
		{wordAll, "every experiment"},
		{wordList, "name, question, guide lines, packages"},
		{"TOPIC", "a topic: " + strings.Join(c.Topics, ", ")},
		{example, "one experiment, or several"},
		{example + " -h", "its parameters, which follow its name"},
	}
	for _, row := range rows {
		printWrapped(w, "  "+program+" "+pad(row[0], len(example)+5, false), row[1])
	}
	fmt.Fprintf(w, `
Flags, before or after the name; -x v, -x=v and --x v are the same, and a switch
takes no value but =true or =false:
%s
Flags for the experiment named before them, one of the two:
%s
Results go to DIR/NAME: data.csv, result.json, light.svg, dark.svg, chart.png.
DIR/index.html shows all that is there.

With default parameters findings are asserted: ✓ or ✗. With others the same
sentences are observed, or not here. Exit codes: 0; 1 if an asserted finding is
false or an experiment fails; 2 if there is something for you to change; the
highest counts. (go run itself turns every failure into 1.)
`, commonFlags, severalFlags)
}

func (e Experiment) help(w io.Writer, parameters []parameter) {
	printWrapped(w, e.Name+": ", e.Question)
	fmt.Fprintln(w)
	printAbout(w, "", e)
	fmt.Fprintln(w)
	if len(parameters) == 0 {
		fmt.Fprintf(w, "Parameters: none\n")
	} else {
		fmt.Fprintf(w, "Parameters, after the name: %s %s %s\n", program, e.Name, usage(parameters[0]))
	}
	for _, q := range parameters {
		fmt.Fprintf(w, "  %s\n", usage(q))
		printWrapped(w, "      ", q.meaning)
		if q.unit != "" {
			printWrapped(w, "      unit     ", q.unit)
		}
		printWrapped(w, "      default  ", shell(q.standard))
		for _, rule := range q.rules {
			printWrapped(w, "      ", rule)
		}
	}
	fmt.Fprintf(w, "\nMore after the name, one of the two:\n%s\nFlags, before or after the name:\n%s", severalFlags, commonFlags)
}

func usage(q parameter) string {
	switch {
	case q.form != "":
		return "-" + q.name + " " + q.form
	case q.standard == "true":
		return "-" + q.name + "=false"
	}
	return "-" + q.name
}

// printWrapped writes a line that begins with lead and goes on with words, broken at the width and indented to
// where they began.
func printWrapped(w io.Writer, lead, words string) {
	fmt.Fprintln(w, strings.TrimRight(lead+wrapped(words, utf8.RuneCountInString(lead)), " "))
}

// wrapped breaks words between spaces, for a text that begins in the given column. A long lead leaves at least half
// of the width.
func wrapped(words string, column int) string {
	var b strings.Builder
	used := 0
	room := max(width-column, width/2)
	for i, word := range strings.Fields(words) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case used+1+n > room:
			b.WriteString("\n" + strings.Repeat(" ", column))
			used = 0
		default:
			b.WriteByte(' ')
			used++
		}
		b.WriteString(word)
		used += n
	}
	return b.String()
}

func pad(s string, width int, right bool) string {
	space := strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
	if right {
		return space + s
	}
	return s + space
}
