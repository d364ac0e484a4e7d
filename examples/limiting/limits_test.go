package limiting

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/internal/chart"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
)

// tryOdd runs an experiment with other parameters; an envelope must keep its bounds then too.
func tryOdd(t *testing.T, e lab.Experiment, args []string) {
	t.Helper()
	if result := judgetest.Odd(t, e, args...); e.Name == "envelope" {
		withinBounds(t, result)
	}
}

// withinBounds looks at data.csv itself.
func withinBounds(t *testing.T, result *lab.Result) {
	require.Equal(t, strings.Split("algorithm,limit,per_s,burst,window_s,admitted_max,bound", ","), result.Columns)
	for _, row := range result.Rows {
		if row[0] != "offered" {
			require.LessOrEqual(t, cellOf(t, row[5]), cellOf(t, row[6]), "%v", row)
		}
	}
}

func cellOf(t *testing.T, cell string) float64 {
	x, err := strconv.ParseFloat(cell, 64)
	require.NoError(t, err)
	return x
}

func TestLimits_Refuse(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	good, broken := write("access.log", logLine(0)), write("broken.log", logLine(0)+"nonsense\n")
	for _, c := range []struct {
		experiment lab.Experiment
		args       []string
		want       string
	}{
		{Envelope, []string{"-limit", "0"}, "envelope: -limit must lie in [1, 100000]: 0"},
		{Burst, []string{"-limit", "-3"}, "burst: -limit must lie in [1, 100000]: -3"},
		{Envelope, []string{"-window", "0s"}, "envelope: -window must lie in [1ms, 24h0m0s]: 0s"},
		{Envelope, []string{"-burst", "0"}, "envelope: -burst must lie in [1, 100000]: 0"},
		{Burst, []string{"-limit", "99999", "-window", "1ms"}, "burst: -limit, -window and -burst must make a limit: ratelimit: a rate must be representable within one in a million"},
		{Envelope, []string{"-algorithm", "magic"}, "envelope: -algorithm must be one of fixed-window,"},
		{Envelope, []string{"-spans", "1"}, `envelope: -spans must be durations such as 1s,1m30s, or auto: "1"`},
		{Envelope, []string{"-spans", "1s,0s"}, "envelope: -spans must be positive: 0s"},
		{Envelope, []string{"-spans", "1s,1000ms"}, "envelope: -spans must have each length once: 1s"},
		{Envelope, []string{"-spans", "1000h", "-limit", "100000", "-window", "1s"}, "envelope: -spans, -window and -limit must leave at most 5000000 events in the longest interval: 360000100000"},
		{Envelope, []string{"-admit", "0.5"}, "envelope: -admit is for a traffic, and needs -log: 0.5"},
		{Envelope, []string{"-admit", "0", "-log", good}, "envelope: -admit must be above 0: 0"},
		{Envelope, []string{"-log", ""}, "envelope: -log must name a file"},
		{Envelope, []string{"-log", filepath.Join(dir, "missing.log")}, "missing.log"},
		{Envelope, []string{"-log", broken}, broken + `: limitsim: line 2 of the access log: expected the host: "nonsense"`},
		{Envelope, []string{"-log", write("empty.log", "\n")}, "limitsim: an access log must have a request: it has none"},
		{Envelope, []string{"-log", good, "-window", "1s"}, "envelope: -window must be at least 2s with -log, which tells whole seconds: 1s"},
		{Envelope, []string{"-log", good, "-window", "1999ms"}, "envelope: -window must be at least 2s with -log, which tells whole seconds: 1.999s"},
		{Burst, []string{"-overload", "0"}, "burst: -overload must lie in [0.01, 10]: 0"},
		{Burst, []string{"-limit", "100000", "-overload", "10"}, "burst: -limit, -steady and -overload must leave a run at most 2000000 requests: 2440000"},
	} {
		_, err := lab.Try(c.experiment, 1, c.args...)
		require.ErrorContains(t, err, c.want, "%v", c.args)
	}
}

func logLine(second int) string {
	at := time.Date(2000, 10, 10, 13, 55, 36, 0, time.UTC).Add(time.Duration(second) * time.Second)
	return fmt.Sprintf("192.0.2.1 - - [%s] \"GET / HTTP/1.0\" 200 2326\n", at.Format("02/Jan/2006:15:04:05 -0700"))
}

// One request a second for half an hour, and 30 at once every ten minutes: what was offered, what a limit would have refused, and a
// limit that refuses none.
func TestEnvelope_ReplaysALog(t *testing.T) {
	var log strings.Builder
	for s := range 1800 {
		log.WriteString(logLine(s))
		if s%600 == 300 {
			log.WriteString(strings.Repeat(logLine(s), 30))
		}
	}
	path := filepath.Join(t.TempDir(), "access.log")
	require.NoError(t, os.WriteFile(path, []byte(log.String()), 0o600))

	result, err := lab.Try(Envelope, 1, "-log", path, "-admit", "1", "-limit", "10", "-window", "20s", "-spans", "1s,10s")
	require.NoError(t, err)
	withinBounds(t, result)
	require.Equal(t, []string{"offered", "", "", "", "1", "32", ""}, result.Rows[0])
	require.Equal(t, []string{"offered", "", "", "", "10", "41", ""}, result.Rows[1])
	require.Equal(t, []string{"fixed-window", "10", "20", "", "1", "10", "20"}, result.Rows[2])
	// At 1.6 a second a burst of 31 is regained in 19.4 s, but with the 2 of a blurred second it takes 20.6; at 1.7, 19.4.
	require.Equal(t, []string{"Use ratelimit.New(ratelimit.PerSecond(1.7), 33): it admits 100.00% of the 1,890 requests of access.log, " +
		"and 1.7 a second is the lowest round rate that regains the burst it takes within 20s"}, result.Recommendations)
	require.Contains(t, result.Figure.Headline, "1.7 a second with a burst of 33")
	_, err = result.Figure.SVG(chart.Light)
	require.NoError(t, err)

	for _, text := range []string{logLine(0), logLine(0) + logLine(1), strings.Repeat(logLine(0), 50), logLine(0) + logLine(86_400*300)} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		result, err := lab.Try(Envelope, 1, "-log", path)
		require.NoError(t, err)
		withinBounds(t, result)
		require.Len(t, result.Recommendations, 1)
		_, err = result.Figure.SVG(chart.Light)
		require.NoError(t, err, text)
	}
}

// The share is not rounded up to all.
func TestPercent(t *testing.T) {
	require.Equal(t, 100.0, percent(1))
	require.Equal(t, 99.99, percent(math.Nextafter(1, 0)))
	require.InDelta(t, 12.5, percent(0.125), 1e-12)
}
