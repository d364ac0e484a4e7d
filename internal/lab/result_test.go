package lab

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
)

func TestFiles_ResultIsInAFixedOrder(t *testing.T) {
	e := trivial("odd", func(p *Parameters) {
		p.Float("ratio", 0.5, "of capacity", "a share")
		p.Bool("serial", false, "one after the other")
	})
	declare := e.New
	e.New = func(p *Parameters) func(*Run) error {
		declare(p)
		return func(r *Run) error {
			r.Table("x").Row(1)
			r.Figure(figure())
			r.Finding(Finding{Sentence: "it is below <1 & above>0", Measured: 0.25, Low: 0.2, High: 0.3, Bound: 1, Holds: true})
			r.Finding(Finding{Sentence: "nothing is lost", Holds: true})
			r.Finding(Finding{Sentence: "it never ends", Measured: math.Inf(1), Bound: math.NaN()})
			r.NotHere("it is unknown")
			return nil
		}
	}
	result, err := Try(e, 1<<63+1, "-ratio", ".75", "-full")
	require.NoError(t, err)
	files, err := result.Files()
	require.NoError(t, err)
	require.Equal(t, "data.csv", files[0].Name)
	require.Equal(t, "result.json", files[1].Name)
	require.Equal(t, `{
  "name": "odd",
  "topic": "ordering",
  "question": "Does it run?",
  "headline": "Waiting explodes as a server fills up",
  "detail": "Mean time in system (service times), exact",
  "command": "go run ./examples odd -ratio 0.75 -full -seed 9223372036854775809",
  "seed": 9223372036854775809,
  "full": true,
  "measured": false,
  "asserted": false,
  "guide": [
    "clk.lamport"
  ],
  "packages": [
    "clocks"
  ],
  "parameters": {
    "ratio": 0.75,
    "serial": false
  },
  "described": [
    {
      "name": "ratio",
      "value": "0.75",
      "default": "0.5",
      "unit": "of capacity",
      "meaning": "a share"
    },
    {
      "name": "serial",
      "value": "false",
      "default": "false",
      "unit": "",
      "meaning": "one after the other"
    }
  ],
  "findings": [
    {
      "sentence": "it is below <1 & above>0",
      "measured": 0.25,
      "low": 0.2,
      "high": 0.3,
      "bound": 1,
      "holds": true
    },
    {
      "sentence": "nothing is lost",
      "measured": 0,
      "low": 0,
      "high": 0,
      "bound": 0,
      "holds": true
    },
    {
      "sentence": "it never ends",
      "measured": null,
      "low": null,
      "high": null,
      "bound": null,
      "holds": false
    },
    {
      "sentence": "it is unknown",
      "measured": null,
      "low": null,
      "high": null,
      "bound": null,
      "holds": null
    }
  ],
  "figure": {"headline":"Waiting explodes as a server fills up","detail":"Mean time in system (service times), exact","shared_y":false,`+
		`"panels":[{"kind":"lines","x":{"name":"offered load","scale":"linear"},"y":{"scale":"linear"},`+
		`"series":[{"name":"M/M/1","color":"blue","x":[0.5,0.7,0.9],"y":[2,3.333,10]}]}]}
}
`, string(files[1].Data))

	var read record
	require.NoError(t, json.Unmarshal(files[1].Data, &read))
	require.Equal(t, uint64(1<<63+1), read.Seed)
	require.True(t, math.IsNaN(float64(read.Findings[3].Measured)))
}

func TestFiles_DrawOnBothPapers(t *testing.T) {
	result, err := Try(queue(mm1), 1)
	require.NoError(t, err)
	files, err := result.Files()
	require.NoError(t, err)
	light, err := result.Figure.SVG(chart.Light)
	require.NoError(t, err)
	dark, err := result.Figure.SVG(chart.Dark)
	require.NoError(t, err)
	png, err := drawPNG(result.Figure, chart.Light)
	require.NoError(t, err)
	require.Equal(t, []File{{"light.svg", light}, {"dark.svg", dark}, {"chart.png", png}}, files[2:])
	require.NotEqual(t, light, dark)
}

func TestFiles_ParametersKeepTheirTypes(t *testing.T) {
	result, err := Try(kinds(), 1)
	require.NoError(t, err)
	require.JSONEq(t, `{"count":3,"sizes":[1,10],"ratio":0.5,"load":[0.5,0.9],"timeout":"250ms","serial":false,"warm":true,
		"policy":"lru","policies":["lru"],"note":"none"}`, string(object(result.plan.parameters)))
}

func TestTable_WritesCells(t *testing.T) {
	table := &Table{columns: []string{"a", "b"}}
	table.Row("plain", 1)
	table.Row("with, comma", -1.5)
	table.Row(`"quoted"`, uint64(math.MaxUint64))
	table.Row("line\nbreak", int64(math.MinInt64))
	table.Row(nil, math.NaN())
	table.Row(true, math.Inf(-1))
	table.Row(1e-7, 1e21)
	tenth := 0.1
	table.Row(tenth+0.2, math.Copysign(0, -1))
	require.NoError(t, table.check())
	require.Equal(t, `a,b
plain,1
"with, comma",-1.5
"""quoted""",18446744073709551615
"line
break",-9223372036854775808
,
true,-inf
1e-07,1e+21
0.30000000000000004,0
`, string(csvOf(table.columns, table.rows)))
}

func TestTry_TouchesNoDiskAndReportsEveryError(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	result, err := Try(queue(mm1), 3, "-full")
	require.NoError(t, err)
	require.NoError(t, result.Err())
	require.Equal(t, "go run ./examples queue -full -seed 3", result.Command)
	require.Equal(t, "estimate · seed 3 · go run ./examples queue -full -seed 3", result.Figure.Footer)
	_, err = result.Files()
	require.NoError(t, err)

	for want, args := range map[string][]string{
		"queue: -load must lie in (0, 1): 1.2":                       {"-load", "1.2"},
		"examples: a flag must be given once: -seed":                 {"-seed", "4"},
		"examples: list must stand alone: it shows every experiment": {"list"},
	} {
		_, err := Try(queue(mm1), 1, args...)
		require.EqualError(t, err, want)
	}
	_, err = Try(Experiment{Name: "empty", Topic: "x"}, 1)
	require.ErrorContains(t, err, "empty: the question must be one line of text")
	_, err = Try(running("broken", func(*Run) error { return Usage(os.ErrNotExist) }), 1)
	require.ErrorIs(t, err, os.ErrNotExist)

	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)
}

func TestErr_NamesEveryFalseFinding(t *testing.T) {
	result, err := Try(queue(func(load float64) float64 { return 12 - 4*load }), 1)
	require.NoError(t, err)
	require.EqualError(t, result.Err(), `queue: at load 0.9 a request takes ten times as long as its service: measured 8.4 (7.9 to 8.9), bound 10
queue: the time grows with the load: measured 0.84, bound 1`)
	unjudged, err := Try(running("vague", func(r *Run) error {
		complete(r)
		r.NotHere("it is known")
		return nil
	}), 1)
	require.NoError(t, err)
	require.EqualError(t, unjudged.Err(), "vague: it is known: it could not be judged")
}
