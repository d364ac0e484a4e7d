package lab

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"

	"github.com/sysdesign-lab/sysdesign/internal/chart"
)

// File is one of the files that a run leaves in its folder.
type File struct {
	Name string
	Data []byte
}

// The files of a run, in the order in which they are written.
const (
	fileData   = "data.csv"
	fileResult = "result.json"
	fileLight  = "light.svg"
	fileDark   = "dark.svg"
	filePNG    = "chart.png"
)

var fileNames = []string{fileData, fileResult, fileLight, fileDark, filePNG}

// drawPNG is a variable because a PNG takes more than a second under the race detector, and tests need dozens.
var drawPNG = chart.Figure.PNG

// Files renders everything that the run leaves behind, in memory: data.csv, result.json, light.svg, dark.svg,
// chart.png. The same run gives the same bytes.
func (r *Result) Files() ([]File, error) {
	result, err := r.json()
	if err != nil {
		return nil, err
	}
	light, err := r.Figure.SVG(chart.Light)
	if err != nil {
		return nil, err
	}
	dark, err := r.Figure.SVG(chart.Dark)
	if err != nil {
		return nil, err
	}
	png, err := drawPNG(r.Figure, chart.Light)
	if err != nil {
		return nil, err
	}
	return []File{
		{fileData, csvOf(r.Columns, r.Rows)}, {fileResult, result},
		{fileLight, light}, {fileDark, dark}, {filePNG, png},
	}, nil
}

// record is result.json.
type record struct {
	Name       string          `json:"name"`
	Topic      string          `json:"topic"`
	Question   string          `json:"question"`
	Headline   string          `json:"headline"` // the chart's first line
	Detail     string          `json:"detail"`   // and its second
	Command    string          `json:"command"`
	Seed       uint64          `json:"seed"`
	Full       bool            `json:"full"`
	Measured   bool            `json:"measured"` // timings of real work
	Asserted   bool            `json:"asserted"` // default parameters: every finding must hold
	Guide      []string        `json:"guide"`
	Packages   []string        `json:"packages"`
	Parameters json.RawMessage `json:"parameters"` // name -> value
	Described  []described     `json:"described"`  // the same parameters, for people
	Sweep      *sweepRecord    `json:"sweep,omitempty"`
	Baseline   *baselineRecord `json:"baseline,omitempty"`
	Findings   []outcome       `json:"findings"`
	Advice     string          `json:"recommendation,omitempty"` // in a sweep one a value, on a line each
	Figure     *drawing        `json:"figure,omitempty"`         // of this run alone, for a later -baseline; a sweep has none
}

// sweepRecord says what was swept. Under Parameters the swept one has the list of its values.
type sweepRecord struct {
	Parameter string   `json:"parameter"`
	Values    []string `json:"values"`
}

// baselineRecord says what the run was compared with.
type baselineRecord struct {
	File    string `json:"file"`
	Command string `json:"command"`
}

type described struct {
	Name    string `json:"name"`
	Value   string `json:"value"`
	Default string `json:"default"`
	Unit    string `json:"unit"`
	Meaning string `json:"meaning"`
}

// outcome is a finding as result.json holds it. Holds is null where the finding could not be judged.
type outcome struct {
	Sentence string `json:"sentence"`
	Measured number `json:"measured"`
	Low      number `json:"low"`
	High     number `json:"high"`
	Bound    number `json:"bound"`
	Holds    *bool  `json:"holds"`

	Before *outcome `json:"before,omitempty"` // the same sentence in the baseline
}

func outcomeOf(f Finding) outcome {
	low, high := f.interval()
	o := outcome{Sentence: f.Sentence, Measured: number(f.Measured), Low: number(low), High: number(high), Bound: number(f.Bound)}
	if f.judged() {
		o.Holds = &f.Holds
	}
	return o
}

// finding is the way back.
func (o outcome) finding() Finding {
	f := Finding{Sentence: o.Sentence, Measured: float64(o.Measured), Low: float64(o.Low), High: float64(o.High), Bound: float64(o.Bound)}
	f.Holds = o.Holds != nil && *o.Holds
	return f
}

// inWords says how an earlier finding ended.
func (o outcome) inWords() string {
	switch {
	case o.Holds == nil:
		return "could not be judged"
	case *o.Holds:
		return "held"
	}
	return "did not hold"
}

// number is a float64 whose non-finite values are null in JSON.
type number float64

func (n number) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(n)) || math.IsInf(float64(n), 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

func (n *number) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*n = number(math.NaN())
		return nil
	}
	return json.Unmarshal(data, (*float64)(n))
}

func (r *Result) json() ([]byte, error) {
	e := r.plan.experiment
	rec := record{
		Name: e.Name, Topic: e.Topic, Question: e.Question,
		Headline: r.Figure.Headline, Detail: r.Figure.Detail,
		Command: r.Command, Seed: r.plan.seed, Full: r.plan.full,
		Measured: e.Measured, Asserted: r.plan.asserted(),
		Guide: e.Guide, Packages: e.Packages,
		Parameters: object(r.plan.parameters), Described: []described{}, Findings: []outcome{},
	}
	for _, q := range r.plan.parameters {
		rec.Described = append(rec.Described, described{q.name, q.value, q.standard, q.unit, q.meaning})
	}
	for _, f := range r.Findings {
		o := outcomeOf(f)
		if before, known := r.before[f.Sentence]; known {
			before.Before = nil // it may have had a baseline itself
			o.Before = &before
		}
		rec.Findings = append(rec.Findings, o)
	}
	rec.Advice = strings.Join(r.Recommendations, "\n")
	if s := r.plan.sweep; s != nil {
		rec.Sweep = &sweepRecord{s.parameter, s.values}
	}
	if b := r.plan.baseline; b != nil {
		rec.Baseline = &baselineRecord{b.path, b.record.Command}
	}
	var b bytes.Buffer
	w := json.NewEncoder(&b)
	w.SetEscapeHTML(false) // a file for people and programs, not part of a page
	w.SetIndent("", "  ")
	if err := w.Encode(rec); err != nil || r.plan.sweep != nil {
		return b.Bytes(), err
	}
	return addFigure(b.Bytes(), drawingOf(r.own))
}

// object is the parameters as a JSON object in the order of their declaration, which a Go map would lose. Their
// names are plain words and need no escaping.
func object(parameters []parameter) json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, q := range parameters {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + q.name + `":`)
		b.Write(q.data)
	}
	b.WriteByte('}')
	return b.Bytes()
}
