package lab

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	galleryName = "index.html"
	// galleryMark is how a later run knows the page for its own and dares to replace it.
	galleryMark = `<meta name="generator" content="sysdesign gallery">`
)

//go:embed gallery.html
var galleryHTML string

var galleryPage = template.Must(template.New("gallery").Parse(galleryHTML))

// page is what the template shows.
type page struct {
	Mark     template.HTML
	Program  string
	Topics   []topicView
	Cards    int
	Holds    int
	False    int
	Observed int // findings of explorations, which are not asserted
}

type topicView struct {
	Name  string
	Cards []card
}

type card struct {
	record
	Folder   string
	Path     string // the folder as a link from the page
	Findings []findingView
	Changed  int // parameters that do not have their default
}

type findingView struct {
	Sentence, Mark, Class     string
	Measured, Interval, Bound string
	Before                    string // how the same sentence ended in the baseline
}

// writeGallery rewrites DIR/index.html from every DIR/*/result.json. What is no result is skipped, with a warning.
func (c Catalogue) writeGallery(dir string, warn func(error)) error {
	cards, err := readCards(dir, warn)
	if err != nil {
		return Usage(fmt.Errorf("examples: -out must be a folder that can be read: %w", err))
	}
	c.sort(cards)
	p := page{Mark: galleryMark, Program: program, Cards: len(cards)}
	for _, k := range cards {
		if n := len(p.Topics); n == 0 || p.Topics[n-1].Name != k.Topic {
			p.Topics = append(p.Topics, topicView{Name: k.Topic})
		}
		last := &p.Topics[len(p.Topics)-1]
		last.Cards = append(last.Cards, k)
		for _, f := range k.Findings {
			switch f.Class {
			case "holds":
				p.Holds++
			case "false":
				p.False++
			default:
				p.Observed++
			}
		}
	}
	var b bytes.Buffer
	if err := galleryPage.Execute(&b, p); err != nil {
		return err
	}
	return Usage(replaceFile(dir, galleryName, b.Bytes()))
}

// sort orders cards as the catalogue does: known topics and experiments first, in their order, the rest by name.
func (c Catalogue) sort(cards []card) {
	known := c.all()
	place := func(i, n int) int {
		if i < 0 {
			return n
		}
		return i
	}
	slices.SortStableFunc(cards, func(a, b card) int {
		topic := func(k card) int { return place(slices.Index(c.Topics, k.Topic), len(c.Topics)) }
		name := func(k card) int {
			return place(slices.IndexFunc(known, func(e Experiment) bool { return e.Name == k.Name }), len(known))
		}
		if d := topic(a) - topic(b); d != 0 {
			return d
		}
		if d := strings.Compare(a.Topic, b.Topic); d != 0 {
			return d
		}
		if d := name(a) - name(b); d != 0 {
			return d
		}
		return strings.Compare(a.Folder, b.Folder)
	})
}

// readCards reads every result below dir, in the order of the folders' names.
func readCards(dir string, warn func(error)) ([]card, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var cards []card
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		folder := filepath.Join(dir, entry.Name())
		if info, err := os.Stat(folder); err != nil || !info.IsDir() {
			continue
		}
		k, err := readCard(folder)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			warn(fmt.Errorf("left out of the gallery: %w", err))
		default:
			cards = append(cards, k)
		}
	}
	return cards, nil
}

func readCard(folder string) (card, error) {
	path := filepath.Join(folder, fileResult)
	rec, err := readRecord(path)
	if err != nil {
		return card{}, err
	}
	for _, name := range fileNames {
		if info, err := os.Stat(filepath.Join(folder, name)); err != nil || !info.Mode().IsRegular() {
			return card{}, fmt.Errorf("%s must have %s beside it", path, name)
		}
	}
	return rec.card(filepath.Base(folder)), nil
}

func (rec record) card(folder string) card {
	k := card{record: rec, Folder: folder, Path: "./" + url.PathEscape(folder)}
	for _, d := range rec.Described {
		if d.Value != d.Default {
			k.Changed++
		}
	}
	for _, o := range rec.Findings {
		holds := o.Holds != nil && *o.Holds
		f := findingView{Sentence: o.Sentence, Mark: mark(holds, rec.Asserted)}
		f.Class = map[string]string{"✓": "holds", "✗": "false", "observed": "observed", "not here": "absent"}[f.Mark]
		if o.Holds != nil {
			f.Measured, f.Bound = beside(float64(o.Measured), float64(o.Bound))
			if low, high := float64(o.Low), float64(o.High); !math.IsNaN(low) && !math.IsNaN(high) {
				l, h := beside(low, high)
				f.Interval = l + " to " + h
			}
		}
		if o.Before != nil {
			f.Before = o.Before.inWords()
			if before := o.Before.finding(); before.judged() {
				measured, bound := beside(before.Measured, before.Bound)
				f.Before += ", measured " + measured + ", bound " + bound
			}
		}
		k.Findings = append(k.Findings, f)
	}
	return k
}
