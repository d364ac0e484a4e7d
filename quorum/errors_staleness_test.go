package quorum_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/quorum"
)

func TestBadDelaysAreRefused(t *testing.T) {
	const long = 100_000*time.Hour + 1
	some := must(quorum.Constant(0))
	mixture := func(weights ...float64) (quorum.Delay, error) {
		var parts []quorum.Part
		for _, w := range weights {
			parts = append(parts, quorum.Part{Weight: w, Delay: some})
		}
		return quorum.Mixture(parts...)
	}
	for want, make := range map[string]func() (quorum.Delay, error){
		"a delay must lie in [0, 100000h0m0s]: -1ns":                                func() (quorum.Delay, error) { return quorum.Constant(-1) },
		"a delay must lie in [0, 100000h0m0s]: 100000h0m0.000000001s":               func() (quorum.Delay, error) { return quorum.Constant(long) },
		"a mean delay must lie in (0, 100000h0m0s]: 0s":                             func() (quorum.Delay, error) { return quorum.Exponential(0) },
		"a mean delay must lie in (0, 100000h0m0s]: 100000h0m0.000000001s":          func() (quorum.Delay, error) { return quorum.Exponential(long) },
		"a least delay must lie in (0, 100000h0m0s]: -1ns":                          func() (quorum.Delay, error) { return quorum.Pareto(-1, 1) },
		"the shape alpha of a Pareto delay must lie in (0, 1e6]: 0":                 func() (quorum.Delay, error) { return quorum.Pareto(1, 0) },
		"the shape alpha of a Pareto delay must lie in (0, 1e6]: NaN":               func() (quorum.Delay, error) { return quorum.Pareto(1, math.NaN()) },
		"the shape alpha of a Pareto delay must lie in (0, 1e6]: +Inf":              func() (quorum.Delay, error) { return quorum.Pareto(1, math.Inf(1)) },
		"the shape alpha of a Pareto delay must lie in (0, 1e6]: -2":                func() (quorum.Delay, error) { return quorum.Pareto(1, -2) },
		"a mixture of delays must have a part: it has none":                         func() (quorum.Delay, error) { return mixture() },
		"a weight of a mixture must be finite and not negative: -1 for part 1":      func() (quorum.Delay, error) { return mixture(1, -1) },
		"a weight of a mixture must be finite and not negative: NaN for part 0":     func() (quorum.Delay, error) { return mixture(math.NaN()) },
		"a weight of a mixture must be finite and not negative: +Inf for part 0":    func() (quorum.Delay, error) { return mixture(math.Inf(1)) },
		"the weights of a mixture must have a positive and finite sum: 0":           func() (quorum.Delay, error) { return mixture(0, 0) },
		"the weights of a mixture must have a positive and finite sum: +Inf":        func() (quorum.Delay, error) { return mixture(math.MaxFloat64, math.MaxFloat64) },
		"each part of a mixture must have a delay: part 0 has none":                 func() (quorum.Delay, error) { return quorum.Mixture(quorum.Part{Weight: 1}) },
		"measured delays must be one or more: there are none":                       func() (quorum.Delay, error) { return quorum.Measured(nil) },
		"a delay must lie in [0, 100000h0m0s]: -1ns, the measured one 1":            func() (quorum.Delay, error) { return quorum.Measured([]time.Duration{0, -1}) },
		"a delay must lie in [0, 100000h0m0s]: 100000h0m0.000000001s, the measured": func() (quorum.Delay, error) { return quorum.Measured([]time.Duration{long}) },
	} {
		_, err := make()
		require.ErrorContains(t, err, "quorum: "+want)
	}
}

func TestBadSimulationsAreRefused(t *testing.T) {
	src := func() rand.Source { return rand.NewPCG(1, 1) }
	sound, q := quorum.LinkedInSSD(), quorum.Replicas{N: 3, R: 1, W: 1}
	lacks, far, near, negative, endless := sound, sound, sound, sound, sound
	lacks.R, far.Remote, near.Remote = nil, 100_000*time.Hour+1, -1
	negative.A, endless.S = drawn(-time.Millisecond), drawn(math.MaxInt64)
	for _, c := range []struct {
		want   string
		model  quorum.Model
		q      quorum.Replicas
		trials int
	}{
		{"N must be at least 1: N=0", sound, quorum.Replicas{}, 1},
		{"R must be in [1, N]: R=4 N=3", sound, quorum.Replicas{N: 3, R: 4, W: 1}, 1},
		{"W must be in [1, N]: W=0 N=3", sound, quorum.Replicas{N: 3, R: 1}, 1},
		{"the staleness of at most 1000 replicas can be simulated: N=1001", sound, quorum.Replicas{N: 1001, R: 1, W: 1}, 1},
		{"trials must lie in [1, 67108864]: 0", sound, q, 0},
		{"trials must lie in [1, 67108864]: -1", sound, q, -1},
		{"trials must lie in [1, 67108864]: 67108865", sound, q, 1<<26 + 1},
		{"a model must have a delay for each of W, A, R and S: none for R", lacks, q, 1},
		{"a model must have a delay for each of W, A, R and S: none for W", quorum.Model{}, q, 1},
		{"a remote delay must lie in [0, 100000h0m0s]: 100000h0m0.000000001s", far, q, 1},
		{"a remote delay must lie in [0, 100000h0m0s]: -1ns", near, q, 1},
		{"a delay must lie in [0, 100000h0m0s]: -1ms drawn for A", negative, q, 1},
		{"a delay must lie in [0, 100000h0m0s]: 2562047h47m16.854775807s drawn for S", endless, q, 1},
	} {
		_, err := quorum.Staleness(c.model, c.q, c.trials, src())
		require.ErrorContains(t, err, "quorum: "+c.want)
		if c.q.R > c.q.N || c.q.N > 0 && c.q.W == 0 {
			continue // a grid has all of them
		}
		_, err = quorum.StalenessGrid(c.model, c.q.N, c.trials, src())
		require.ErrorContains(t, err, "quorum: "+c.want)
	}
	_, err := quorum.StalenessGrid(sound, 100, 30_000, src())
	require.EqualError(t, err, "quorum: trials times N(N+2) must be at most 268435456: 30000 trials of N=100")
	_, err = quorum.KStaleness(quorum.Replicas{N: 3, R: 1, W: 4}, 1)
	require.EqualError(t, err, "quorum: W must be in [1, N]: W=4 N=3")
	_, err = quorum.KStaleness(quorum.Replicas{N: math.MaxInt, R: 1 << 31, W: 1 << 31}, 1) // a product of 2^31 factors, some e^-0.5
	require.EqualError(t, err, "quorum: too large: more than 67108864 factors of R=2147483648 W=2147483648 N=9223372036854775807")
	require.ErrorIs(t, err, quorum.ErrTooLarge)
	require.Zero(t, must(quorum.KStaleness(quorum.Replicas{N: math.MaxInt, R: math.MaxInt / 2, W: math.MaxInt / 2}, 1))) // after 2^10
	_, err = quorum.KStaleness(q, 0)
	require.EqualError(t, err, "quorum: k-staleness must be that of one version or more: k=0")
}

// drawn is somebody's own distribution.
type drawn time.Duration

func (d drawn) Draw(*rand.Rand) time.Duration { return time.Duration(d) }

// The longest delays add up without overflow, and a tail that is too heavy ends there.
func TestLongDelays(t *testing.T) {
	const longest = 100_000 * time.Hour
	heavy := must(quorum.Pareto(time.Hour, 1e-3))
	r := rand.New(rand.NewPCG(1, 1))
	for range 100 {
		require.LessOrEqual(t, heavy.Draw(r), longest)
		require.Positive(t, heavy.Draw(r))
	}
	last := must(quorum.Constant(longest))
	m := quorum.Model{W: last, A: last, R: last, S: last, Remote: longest}
	v, err := quorum.Staleness(m, quorum.Replicas{N: 3, R: 3, W: 3}, 100, rand.NewPCG(1, 1))
	require.NoError(t, err)
	require.Zero(t, v.Stale(0))
	require.Equal(t, 4*longest, must(v.WriteLatency(0.5, 0.9)).Estimate, "one of three replicas at most is near")
}

func TestBadQuestionsAreRefused(t *testing.T) {
	v := must(quorum.Staleness(quorum.LinkedInSSD(), quorum.Replicas{N: 3, R: 1, W: 1}, 1000, rand.NewPCG(1, 1)))
	for _, confidence := range []float64{0, 0.49, 1, 2, -1, math.NaN(), math.Inf(1)} {
		_, err := v.Consistent(0, confidence)
		require.ErrorContains(t, err, "quorum: a confidence must lie in [0.5, 0.999999]: ")
		_, err = v.TVisibility(0.5, confidence)
		require.ErrorContains(t, err, "quorum: a confidence must lie in [0.5, 0.999999]: ")
	}
	for _, p := range []float64{0, 1, -1, 2, math.NaN(), math.Inf(-1)} {
		for _, of := range []func(p, confidence float64) (quorum.Percentile, error){v.TVisibility, v.ReadLatency, v.WriteLatency} {
			_, err := of(p, 0.95)
			require.ErrorContains(t, err, "quorum: a quantile must lie in (0, 1): ")
		}
	}
	_, err := v.Consistent(-1, 0.95)
	require.EqualError(t, err, "quorum: a read must start when the write commits, or later: -1ns after it")
	require.Equal(t, v.Stale(0), v.Stale(-time.Hour))
	// log(0.025) / log(0.999) is 3687.03.
	_, err = v.TVisibility(0.999, 0.95)
	require.EqualError(t, err, "quorum: the 0.999-quantile at confidence 0.95 must rest on 3688 trials or more: 1000")
	enough := must(quorum.Staleness(quorum.LinkedInSSD(), quorum.Replicas{N: 3, R: 1, W: 1}, 3688, rand.NewPCG(1, 1)))
	_, err = enough.TVisibility(0.999, 0.95)
	require.NoError(t, err)

	_, err = quorum.Pool()
	require.EqualError(t, err, "quorum: pooled trials must be of one simulation or more: there is none")
	_, err = quorum.Pool(v, nil)
	require.EqualError(t, err, "quorum: pooled trials must be of a simulation: number 1 has none")
	_, err = quorum.Pool(&quorum.Visibility{})
	require.EqualError(t, err, "quorum: pooled trials must be of a simulation: number 0 has none")
	other := must(quorum.Staleness(quorum.LinkedInSSD(), quorum.Replicas{N: 3, R: 1, W: 2}, 10, nil))
	_, err = quorum.Pool(v, other)
	require.EqualError(t, err, "quorum: pooled trials must be of the same replicas: N=3 R=1 W=1 and N=3 R=1 W=2")
}

func TestBadFilesAreRefused(t *testing.T) {
	const good = "leg,delay_ms\nw,1\na,2\nr,3\ns,4\n"
	for _, c := range []struct{ text, want string }{
		{"", "quorum: delays must have a header, leg,delay_ms: the file is empty"},
		{"\n\n", "quorum: delays must have a header, leg,delay_ms: the file is empty"},
		{"w,1\na,2\n", `quorum: line 1 of the delays must be the header leg,delay_ms: "w,1"`},
		{"leg,delay\nw,1\n", `quorum: line 1 of the delays must be the header leg,delay_ms: "leg,delay"`},
		{"leg,delay_ms,host\nw,1,a\n", `quorum: line 1 of the delays must be the header leg,delay_ms: "leg,delay_ms,host"`},
		{"leg,delay_ms\n", "quorum: delays must have a line for each leg of w, a, r and s: none for w"},
		{"leg,delay_ms\nw,1\na,2\nr,3\n", "quorum: delays must have a line for each leg of w, a, r and s: none for s"},
		{good + "x,5\n", `quorum: line 6 of the delays: a leg must be w, a, r or s: "x"`},
		{good + ",5\n", `quorum: line 6 of the delays: a leg must be w, a, r or s: ""`},
		{good + "wa,5\n", `quorum: line 6 of the delays: a leg must be w, a, r or s: "wa"`},
		{good + "\nW,5\n", `quorum: line 7 of the delays: a leg must be w, a, r or s: "W"`},
		{good + "w,fast\n", `quorum: line 6 of the delays: a delay must be a number of milliseconds in [0, 3.6e+11]: "fast"`},
		{good + "w,\n", `quorum: line 6 of the delays: a delay must be a number of milliseconds in [0, 3.6e+11]: ""`},
		{good + "w,-1\n", `"-1"`},
		{good + "w,NaN\n", `"NaN"`},
		{good + "w,inf\n", `"inf"`},
		{good + "w,1e300\n", `"1e300"`},
		{good + "w,1e999\n", `"1e999"`},
		{good + "w\n", "quorum: the delays: record on line 6: wrong number of fields"},
		{good + "w,1,2\n", "quorum: the delays: record on line 6: wrong number of fields"},
		{good + "w,\"1\n", "quorum: the delays: parse error on line 6, column 6: extraneous or missing \" in quoted-field"},
	} {
		_, err := quorum.ReadDelays(strings.NewReader(c.text))
		require.ErrorContains(t, err, c.want, "%q", c.text)
	}
	gone := errors.New("gone")
	_, err := quorum.ReadDelays(iotest.ErrReader(gone))
	require.ErrorIs(t, err, gone)
	_, err = quorum.ReadDelays(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader(good))))
	require.ErrorIs(t, err, iotest.ErrTimeout)
}

// Spreadsheets write a mark first and lines that end in \r\n, and order columns as they like.
func TestReadDelays(t *testing.T) {
	for _, text := range []string{
		"leg,delay_ms\nw,1\na,2\nr,3\ns,4.5\n",
		"\ufeffdelay_ms, leg\r\n1,w\r\n2, a\r\n 3,r\r\n\r\n4.5,s",
		"\"leg\",\"delay_ms\"\ns,4.5\nr,3e0\na,2\nw,1",
	} {
		m, err := quorum.ReadDelays(strings.NewReader(text))
		require.NoError(t, err, "%q", text)
		r := rand.New(rand.NewPCG(1, 1))
		for i, leg := range []quorum.Delay{m.W, m.A, m.R, m.S} {
			want := []time.Duration{time.Millisecond, 2 * time.Millisecond, 3 * time.Millisecond, 4500 * time.Microsecond}[i]
			require.Equal(t, want, leg.Draw(r))
		}
	}
}
