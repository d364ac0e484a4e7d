package lab

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/race"
)

func TestMain(m *testing.M) {
	if race.Enabled {
		drawPNG = chart.Figure.SVG
	}
	os.Exit(m.Run())
}

// The experiments of these tests.

// figure is a small one that can be drawn.
func figure() chart.Figure {
	return chart.Figure{
		Headline: "Waiting explodes as a server fills up",
		Detail:   "Mean time in system (service times), exact",
		Panels: []chart.Panel{chart.Lines{
			X:      chart.Axis{Name: "offered load"},
			Series: []chart.Line{{Name: "M/M/1", Color: chart.Blue, X: []float64{0.5, 0.7, 0.9}, Y: []float64{2, 3.333, 10}}},
		}},
	}
}

// mm1 is the mean time in a queue with one exponential server, in service times.
func mm1(load float64) float64 { return 1 / (1 - load) }

// queue asks how a queue grows. The formula is an argument, so that a broken one can be planted.
func queue(mean func(load float64) float64) Experiment {
	return Experiment{
		Name: "queue", Topic: "estimating",
		Question: "How long is the wait as a server fills up?",
		Guide:    []string{"est.queue"}, Packages: []string{"estimate"},
		New: func(p *Parameters) func(*Run) error {
			loads := p.Floats("load", []float64{0.5, 0.7, 0.9}, "of capacity", "offered load", Inside(0.0, 1.0))
			servers := p.Int("servers", 1, "servers", "servers that share the load", AtLeast(1))
			return func(r *Run) error {
				r.Progress("%d loads", len(loads))
				table := r.Table("load", "servers", "time_in_service_times")
				grows := true
				for i, load := range loads {
					table.Row(load, servers, mean(load))
					grows = grows && (i == 0 || mean(load) > mean(loads[i-1]))
				}
				r.Figure(figure())
				const at90 = "at load 0.9 a request takes ten times as long as its service"
				if slices.Contains(loads, 0.9) {
					m := mean(0.9)
					r.Finding(Finding{Sentence: at90, Measured: m, Low: m - 0.5, High: m + 0.5, Bound: 10, Holds: 9.9 < m && m < 10.1})
				} else {
					r.NotHere(at90)
				}
				growth := mean(loads[len(loads)-1]) / mean(loads[0])
				r.Finding(Finding{Sentence: "the time grows with the load", Measured: growth, Bound: 1, Holds: grows})
				return nil
			}
		},
	}
}

// kinds has a parameter of each kind.
func kinds() Experiment {
	return trivial("kinds", func(p *Parameters) {
		p.Int("count", 3, "items", "how many", AtLeast(0))
		p.Ints("sizes", []int{1, 10}, "items", "sizes to try", Within(-5, 1000))
		p.Float("ratio", 0.5, "", "a share", Within(-1.0, 1.0))
		p.Floats("load", []float64{0.5, 0.9}, "of capacity", "loads to try")
		p.Duration("timeout", 250*time.Millisecond, "when to give up", Above(time.Duration(0)))
		p.Bool("serial", false, "one call after the other")
		p.Bool("warm", true, "start with a full cache")
		p.Choice("policy", "lru", []string{"lru", "fifo", "clock"}, "eviction policy")
		p.Choices("policies", []string{"lru"}, []string{"lru", "fifo", "clock"}, "policies to compare")
		Value(p, "note", "none", "", "free text", func(s string) (string, string, error) {
			switch s {
			case "bad":
				return "", "", errors.New("note: must be good: bad")
			case "odd":
				return "", "", errors.New("must be even: odd")
			}
			return s, s, nil
		})
	})
}

// trivial is an experiment that does as little as an experiment may, with these parameters.
func trivial(name string, declare func(*Parameters)) Experiment {
	return Experiment{
		Name: name, Topic: "ordering", Question: "Does it run?",
		Guide: []string{"clk.lamport"}, Packages: []string{"clocks"},
		New: func(p *Parameters) func(*Run) error {
			declare(p)
			return func(r *Run) error {
				complete(r)
				return nil
			}
		},
	}
}

// complete gives a run all that it must have.
func complete(r *Run) {
	r.Table("x").Row(1)
	r.Figure(figure())
	r.Finding(Finding{Sentence: "it runs", Measured: 1, Bound: 1, Holds: true})
}

// running is a trivial experiment with another run.
func running(name string, run func(*Run) error) Experiment {
	e := trivial(name, func(*Parameters) {})
	e.New = func(*Parameters) func(*Run) error { return run }
	return e
}

var topics = []string{"placing", "ordering", "estimating"}

func catalogue(experiments ...Experiment) Catalogue {
	return Catalogue{Topics: topics, Experiments: experiments}
}

// command runs a command line and returns what came of it.
func command(c Catalogue, args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = c.Main(args, &out, &err)
	return code, out.String(), err.String()
}

func TestCheck_NamesWhatAnAuthorGotWrong(t *testing.T) {
	with := func(change func(*Experiment)) Catalogue {
		e := queue(mm1)
		change(&e)
		return catalogue(e)
	}
	declaring := func(declare func(*Parameters)) Catalogue { return catalogue(trivial("x", declare)) }
	for _, c := range []struct {
		catalogue Catalogue
		want      string
	}{
		{with(func(e *Experiment) { e.Name = "Queue" }), `lab: a name must be lower-case words joined by hyphens: "Queue"`},
		{with(func(e *Experiment) { e.Name = "../etc" }), `joined by hyphens: "../etc"`},
		{with(func(e *Experiment) { e.Name = "all" }), "all is a word of the command and an experiment"},
		{with(func(e *Experiment) { e.Name = "placing" }), "placing is a topic and an experiment"},
		{catalogue(kinds(), kinds()), "kinds is an experiment and an experiment"},
		{Catalogue{Topics: []string{"list"}}, "list is a word of the command and a topic"},
		{with(func(e *Experiment) { e.Topic = "cooking" }), `queue: the topic must be one of placing, ordering, estimating: "cooking"`},
		{with(func(e *Experiment) { e.Question = "Why?\nHow?" }), `queue: the question must be one line of text: "Why?\nHow?"`},
		{with(func(e *Experiment) { e.Question = "" }), `must be one line of text: ""`},
		{with(func(e *Experiment) { e.Guide = nil }), "queue: the experiment must answer at least one line of the guide"},
		{with(func(e *Experiment) { e.Packages = nil }), "queue: the experiment must name at least one package"},
		{with(func(e *Experiment) { e.New = nil }), "queue: the experiment must have a New"},
		{with(func(e *Experiment) { e.New = func(*Parameters) func(*Run) error { return nil } }), "queue: New must return the function that runs"},
		{with(func(e *Experiment) { e.New = func(*Parameters) func(*Run) error { panic("boom") } }), "queue: panic: boom"},
		{Catalogue{Topics: topics, Tour: []string{"queue"}}, `lab: the tour must name experiments: "queue"`},
		{Catalogue{Topics: topics, Tour: []string{"queue", "queue"}, Experiments: []Experiment{queue(mm1)}},
			"lab: the tour must name an experiment once: queue"},
		{declaring(func(p *Parameters) { p.Int("Size", 1, "", "m") }), `x: a parameter's name must be lower-case words joined by hyphens: "Size"`},
		{declaring(func(p *Parameters) { p.Int("seed", 1, "", "m") }), "x: a parameter must not take the name of a common flag: -seed"},
		{declaring(func(p *Parameters) { p.Bool("h", false, "m") }), "the name of a common flag: -h"},
		{declaring(func(p *Parameters) { p.Int("n", 1, "", "m"); p.Float("n", 1, "", "m") }), "x: a parameter must be declared once: -n"},
		{declaring(func(p *Parameters) { p.Int("n", 1, "", "") }), "x: a parameter's meaning must be one line of text: -n"},
		{declaring(func(p *Parameters) { p.Int("n", 0, "", "m", AtLeast(1)) }), "the defaults of x: the default of -n: must be at least 1: 0"},
		{declaring(func(p *Parameters) { p.Float("n", inf, "", "m") }), "x: the default of -n: must be a finite number: +Inf"},
		{declaring(func(p *Parameters) { p.Float("n", math.NaN(), "", "m") }), "x: the default of -n: must be a finite number: NaN"},
		{declaring(func(p *Parameters) { p.Floats("n", nil, "", "m") }), "x: the default of -n: must hold at least one value"},
		{declaring(func(p *Parameters) { p.Ints("n", []int{1, 1}, "", "m") }), "x: the default of -n: must not repeat a value: 1"},
		{declaring(func(p *Parameters) { p.Choice("n", "c", []string{"a", "b"}, "m") }), "x: the default of -n: must be one of a, b: c"},
		{declaring(func(p *Parameters) { p.Choices("n", []string{"a,b"}, []string{"a,b"}, "m") }),
			`x: the default of -n must read back as itself: "a,b"`},
		{declaring(func(p *Parameters) {
			Value(p, "n", "1", "", "m", func(s string) (int, string, error) { return 0, s + "!", nil })
		}), `x: the default of -n must read back as itself: "1!"`},
		{declaring(func(p *Parameters) {
			Value(p, "n", "1", "", "m", func(string) (int, string, error) { return 0, "", errors.New("must be even: 1") })
		}), "x: the default of -n must be even: 1"},
		{declaring(func(p *Parameters) { p.Refuse(errors.New("r+w must exceed n: r=1 w=1 n=3")) }), "x: r+w must exceed n: r=1 w=1 n=3"},
	} {
		code, stdout, stderr := command(c.catalogue, "list")
		require.Equal(t, exitFailed, code, c.want)
		require.Empty(t, stdout)
		require.Contains(t, stderr, c.want)
	}
}

func TestNew_MayBeCalledAgainAndAgain(t *testing.T) {
	// A run that changes the list it was given changes neither the default nor the record of the run.
	e := trivial("sorts", func(*Parameters) {})
	standard := []int{3, 1, 2}
	e.New = func(p *Parameters) func(*Run) error {
		sizes := p.Ints("sizes", standard, "", "sizes")
		return func(r *Run) error {
			slices.Sort(sizes)
			complete(r)
			return nil
		}
	}
	for range 2 {
		result, err := Try(e, 1)
		require.NoError(t, err)
		require.Equal(t, `{"sizes":[3,1,2]}`, string(object(result.plan.parameters)))
		require.Equal(t, []int{3, 1, 2}, standard)
	}
}

func ExampleTry() {
	result, err := Try(queue(mm1), 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("sound:", result.Err())

	shifted := func(load float64) float64 { return mm1(load) + 1 }
	broken, _ := Try(queue(shifted), 1)
	fmt.Println("broken:", broken.Err())

	other, _ := Try(queue(shifted), 7, "-load", ".5,.90", "-full")
	fmt.Println("explored:", other.Err())
	fmt.Println(strings.Join(other.Columns, " "), other.Rows[1])
	fmt.Println(other.Command)
	// Output:
	// sound: <nil>
	// broken: queue: at load 0.9 a request takes ten times as long as its service: measured 11 (10.5 to 11.5), bound 10
	// explored: <nil>
	// load servers time_in_service_times [0.9 1 11.000000000000002]
	// go run ./examples queue -load 0.5,0.9 -full -seed 7
}
