package workload_test

import (
	"bufio"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

var (
	nan = math.NaN()
	inf = math.Inf(1)
)

func TestServiceTimesRefuseWhatTheyCannotDraw(t *testing.T) {
	const ms, longest = time.Millisecond, time.Duration(math.MaxInt64)
	half, err := workload.NewDeterministic(ms)
	require.NoError(t, err)
	of := func(weights ...float64) func() (workload.ServiceTime, error) {
		var parts []workload.Component
		for _, w := range weights {
			parts = append(parts, workload.Component{Weight: w, Time: half})
		}
		return func() (workload.ServiceTime, error) { return workload.NewMixture(parts...) }
	}
	deterministic := func(d time.Duration) func() (workload.ServiceTime, error) {
		return func() (workload.ServiceTime, error) { return workload.NewDeterministic(d) }
	}
	exponential := func(d time.Duration) func() (workload.ServiceTime, error) {
		return func() (workload.ServiceTime, error) { return workload.NewExponential(d) }
	}
	lognormal := func(d time.Duration, scv float64) func() (workload.ServiceTime, error) {
		return func() (workload.ServiceTime, error) { return workload.NewLognormal(d, scv) }
	}
	pareto := func(d time.Duration, scv float64) func() (workload.ServiceTime, error) {
		return func() (workload.ServiceTime, error) { return workload.NewPareto(d, scv) }
	}
	shape := func(d time.Duration, alpha float64) func() (workload.ServiceTime, error) {
		return func() (workload.ServiceTime, error) { return workload.NewParetoShape(d, alpha) }
	}
	bimodal := func(short, long time.Duration, share float64) func() (workload.ServiceTime, error) {
		return func() (workload.ServiceTime, error) { return workload.NewBimodal(short, long, share) }
	}
	erlang := func(k int, d time.Duration) func() (workload.ServiceTime, error) {
		return func() (workload.ServiceTime, error) { return workload.NewErlang(k, d) }
	}
	empirical := func(samples ...time.Duration) func() (workload.ServiceTime, error) {
		return func() (workload.ServiceTime, error) { return workload.NewEmpirical(samples) }
	}
	const (
		scvRule   = "workload: squared coefficient of variation must lie in [1e-09, 1e+09]: "
		meanRule  = "workload: a mean service time must be positive: "
		alphaRule = "workload: shape alpha must lie in (1, 100000], for at 1 the mean is infinite: "
		tooLong   = "workload: the probability of a time beyond 2562047h47m16.854775807s, the longest duration, must be at most 1e-09: "
	)
	for _, c := range []struct {
		make func() (workload.ServiceTime, error)
		want string
	}{
		{deterministic(0), "workload: a service time must be positive: 0s"},
		{deterministic(-ms), "workload: a service time must be positive: -1ms"},
		{deterministic(math.MinInt64), "workload: a service time must be positive: -2562047h47m16.854775808s"},
		{exponential(0), meanRule + "0s"},
		{exponential(-ms), meanRule + "-1ms"},
		{exponential(longest), tooLong + "0.36787944117144233"},
		{lognormal(0, 1), meanRule + "0s"},
		{lognormal(-ms, 1), meanRule + "-1ms"},
		{lognormal(ms, 0), scvRule + "0"},
		{lognormal(ms, -1), scvRule + "-1"},
		{lognormal(ms, nan), scvRule + "NaN"},
		{lognormal(ms, inf), scvRule + "+Inf"},
		{lognormal(ms, 1e-10), scvRule + "1e-10"},
		{lognormal(ms, 2e9), scvRule + "2e+09"},
		{lognormal(longest, 1), tooLong},
		{pareto(0, 1), meanRule + "0s"},
		{pareto(-ms, 1), meanRule + "-1ms"},
		{pareto(ms, 0), scvRule + "0"},
		{pareto(ms, -1), scvRule + "-1"},
		{pareto(ms, nan), scvRule + "NaN"},
		{pareto(ms, inf), scvRule + "+Inf"},
		{pareto(longest/1000, 1), tooLong},
		{shape(0, 2), "workload: a minimum service time must be positive: 0s"},
		{shape(-ms, 2), "workload: a minimum service time must be positive: -1ms"},
		{shape(ms, 1), alphaRule + "1"},
		{shape(ms, 0.9), alphaRule + "0.9"},
		{shape(ms, -2), alphaRule + "-2"},
		{shape(ms, nan), alphaRule + "NaN"},
		{shape(ms, inf), alphaRule + "+Inf"},
		{shape(ms, 1e6), alphaRule + "1e+06"},
		{shape(ms, 1+1e-15), "workload: a mean service time must not exceed 2562047h47m16.854775807s: 9.007e+11 s"},
		{shape(longest/2, 3), tooLong},
		{bimodal(0, ms, 0.5), "workload: the short service time must be positive: 0s"},
		{bimodal(-ms, ms, 0.5), "workload: the short service time must be positive: -1ms"},
		{bimodal(2*ms, ms, 0.5), "workload: the long service time must not be below the short one: short=2ms long=1ms"},
		{bimodal(ms, 2*ms, -0.1), "workload: the share of long service times must lie in [0, 1]: -0.1"},
		{bimodal(ms, 2*ms, 1.1), "workload: the share of long service times must lie in [0, 1]: 1.1"},
		{bimodal(ms, 2*ms, nan), "workload: the share of long service times must lie in [0, 1]: NaN"},
		{erlang(0, ms), "workload: Erlang stages must lie in [1, 1000]: 0"},
		{erlang(-1, ms), "workload: Erlang stages must lie in [1, 1000]: -1"},
		{erlang(1001, ms), "workload: Erlang stages must lie in [1, 1000]: 1001"},
		{erlang(2, 0), meanRule + "0s"},
		{erlang(2, longest), tooLong},
		{empirical(), "workload: an empirical service time needs at least one sample: got none"},
		{empirical(ms, 0), "workload: sample 1: a service time must be positive: 0s"},
		{empirical(ms, ms, -ms), "workload: sample 2: a service time must be positive: -1ms"},
		{of(), "workload: a mixture needs at least one component: got none"},
		{of(0), "workload: the sum of weights must be finite and positive: 0"},
		{of(1, -1), "workload: component 1: a weight must be finite and not negative: -1"},
		{of(nan), "workload: component 0: a weight must be finite and not negative: NaN"},
		{of(inf), "workload: component 0: a weight must be finite and not negative: +Inf"},
		{of(1e308, 1e308), "workload: the sum of weights must be finite and positive: +Inf"},
		{func() (workload.ServiceTime, error) { return workload.NewMixture(workload.Component{Weight: 1}) },
			"workload: component 0: a service time is needed: nil"},
	} {
		s, err := c.make()
		require.Nil(t, s, c.want)
		if strings.HasSuffix(c.want, ": ") { // the value is the platform's rounding
			require.ErrorContains(t, err, c.want)
		} else {
			require.EqualError(t, err, c.want)
		}
	}
}

// The ends of what is allowed are allowed, and stay within their own bounds.
func TestServiceTimesAtTheirLimits(t *testing.T) {
	const longest = time.Duration(math.MaxInt64)
	r := rand.New(rand.NewPCG(1, 1))
	for name, make := range map[string]func() (workload.ServiceTime, error){
		"deterministic, shortest": func() (workload.ServiceTime, error) { return workload.NewDeterministic(1) },
		"deterministic, longest":  func() (workload.ServiceTime, error) { return workload.NewDeterministic(longest) },
		"exponential, shortest":   func() (workload.ServiceTime, error) { return workload.NewExponential(1) },
		"exponential, 14 years":   func() (workload.ServiceTime, error) { return workload.NewExponential(longest / 21) },
		"lognormal, least scv":    func() (workload.ServiceTime, error) { return workload.NewLognormal(time.Second, 1e-9) },
		"lognormal, largest scv":  func() (workload.ServiceTime, error) { return workload.NewLognormal(time.Second, 1e9) },
		"pareto, least scv":       func() (workload.ServiceTime, error) { return workload.NewPareto(time.Second, 1e-9) },
		"pareto, largest scv":     func() (workload.ServiceTime, error) { return workload.NewPareto(time.Second, 1e9) },
		"pareto, alpha near 1":    func() (workload.ServiceTime, error) { return workload.NewParetoShape(1, 1.0001) },
		"pareto, largest alpha":   func() (workload.ServiceTime, error) { return workload.NewParetoShape(1, 1e5) },
		"bimodal, never long":     func() (workload.ServiceTime, error) { return workload.NewBimodal(1, longest, 0) },
		"bimodal, always long":    func() (workload.ServiceTime, error) { return workload.NewBimodal(1, longest, 1) },
		"bimodal, one time":       func() (workload.ServiceTime, error) { return workload.NewBimodal(7, 7, 0.5) },
		"erlang, 1000":            func() (workload.ServiceTime, error) { return workload.NewErlang(1000, longest/2) },
		"empirical, longest": func() (workload.ServiceTime, error) {
			return workload.NewEmpirical([]time.Duration{longest, longest})
		},
	} {
		s, err := make()
		require.NoError(t, err, name)
		require.Positive(t, s.Mean(), name)
		require.False(t, s.Variance() < 0 || math.IsNaN(s.Variance()), name)
		least, largest := quantile(t, s, 0), quantile(t, s, 1)
		for range 1000 {
			d := s.Draw(r)
			require.True(t, d >= least && d <= largest, "%s: %v lies outside of [%v, %v]", name, d, least, largest)
		}
	}
}

func TestABimodalShareMayBe0Or1(t *testing.T) {
	for share, want := range map[float64]time.Duration{0: time.Millisecond, 1: time.Second} {
		s, err := workload.NewBimodal(time.Millisecond, time.Second, share)
		require.NoError(t, err)
		r := rand.New(rand.NewPCG(1, 1))
		for range 100 {
			require.Equal(t, want, s.Draw(r))
		}
		require.Equal(t, []time.Duration{want, want, want, want},
			[]time.Duration{s.Mean(), quantile(t, s, 0), quantile(t, s, 0.5), quantile(t, s, 1)})
		require.Zero(t, s.Variance())
	}
}

func TestQuantilesOutsideOf0To1AreRefused(t *testing.T) {
	made := func(s workload.ServiceTime, err error) workload.ServiceTime {
		require.NoError(t, err)
		return s
	}
	times := []workload.ServiceTime{
		made(workload.NewDeterministic(1)), made(workload.NewExponential(1)), made(workload.NewLognormal(1, 1)),
		made(workload.NewPareto(1, 1)), made(workload.NewParetoShape(1, 2)), made(workload.NewBimodal(1, 2, 0.5)),
		made(workload.NewErlang(2, 1)), made(workload.NewEmpirical([]time.Duration{1})),
	}
	times = append(times, made(workload.NewMixture(workload.Component{Weight: 1, Time: times[0]})))
	for _, s := range times {
		for p, shown := range map[float64]string{-0.1: "-0.1", 1.5: "1.5", inf: "+Inf", -inf: "-Inf"} {
			_, err := s.Quantile(p)
			require.EqualError(t, err, "workload: quantile must lie in [0, 1]: "+shown)
		}
		_, err := s.Quantile(nan)
		require.EqualError(t, err, "workload: quantile must lie in [0, 1]: NaN")
	}
}

func TestQuantile0And1AreTheEndsOfTheSupport(t *testing.T) {
	const ms, longest = time.Millisecond, time.Duration(math.MaxInt64)
	made := func(s workload.ServiceTime, err error) workload.ServiceTime {
		require.NoError(t, err)
		return s
	}
	fixed, tail := made(workload.NewDeterministic(7*ms)), made(workload.NewErlang(2, ms))
	mixed := func(a, b workload.ServiceTime) workload.ServiceTime {
		return made(workload.NewMixture(workload.Component{Weight: 1, Time: a}, workload.Component{Weight: 2, Time: b}))
	}
	for _, c := range []struct {
		s              workload.ServiceTime
		least, largest time.Duration
	}{
		{fixed, 7 * ms, 7 * ms},
		{made(workload.NewExponential(ms)), 0, longest},
		{made(workload.NewLognormal(ms, 1)), 0, longest},
		{made(workload.NewPareto(ms, 1./3)), 666_667, longest},
		{made(workload.NewParetoShape(ms, 1.5)), ms, longest},
		{made(workload.NewBimodal(ms, 2*ms, 0.5)), ms, 2 * ms},
		{tail, 0, longest},
		{made(workload.NewEmpirical([]time.Duration{3 * ms, ms, 2 * ms})), ms, 3 * ms},
		{mixed(fixed, fixed), 7 * ms, 7 * ms},
		{mixed(fixed, tail), 0, longest},
		{mixed(fixed, made(workload.NewParetoShape(ms, 2))), ms, longest},
	} {
		require.Equal(t, c.least, quantile(t, c.s, 0))
		require.Equal(t, c.largest, quantile(t, c.s, 1))
		require.Equal(t, 1., c.s.CDF(c.largest))
		require.Equal(t, 0., c.s.CDF(-1))
		require.Equal(t, 0., c.s.CDF(math.MinInt64))
	}
}

// endless is a service time of a caller's own that does not know its quantiles from some p on.
type endless struct {
	workload.ServiceTime
	from float64
}

func (e endless) Quantile(p float64) (time.Duration, error) {
	if p >= e.from {
		return 0, errors.New("unknown")
	}
	return 0, nil
}

func TestAMixtureNeedsTheEndsOfItsParts(t *testing.T) {
	s, err := workload.NewExponential(time.Second)
	require.NoError(t, err)
	for _, from := range []float64{0, 1} {
		_, err = workload.NewMixture(
			workload.Component{Weight: 1, Time: s}, workload.Component{Weight: 1, Time: endless{s, from}})
		require.EqualError(t, err, "workload: component 1: unknown")
	}
}

func TestADrawBeyondTheLongestDurationIsCutToIt(t *testing.T) {
	// A source of all ones takes the ziggurat's tail, where a uniform of 0 has the logarithm -Inf.
	s, err := workload.NewExponential(time.Second)
	require.NoError(t, err)
	require.Equal(t, time.Duration(math.MaxInt64), s.Draw(rand.New(&script{first: math.MaxUint32, then: 0})))
	arrivals, err := workload.NewPoisson(1, &script{first: math.MaxUint32, then: 0})
	require.NoError(t, err)
	require.Equal(t, time.Duration(math.MaxInt64), arrivals.Next(time.Hour))
	require.Equal(t, time.Duration(math.MaxInt64), quantile(t, s, 1))
}

func TestArrivalsAndKeysRefuseWhatTheyCannotDraw(t *testing.T) {
	for rate, shown := range map[float64]string{
		0: "0", -1: "-1", inf: "+Inf", -inf: "-Inf", 1.1e9: "1.1e+09", 9e-9: "9e-09", 5e-324: "5e-324",
	} {
		const rule = "workload: arrivals per second must lie in [1e-08, 1e+09]: "
		p, err := workload.NewPoisson(rate, nil)
		require.EqualError(t, err, rule+shown)
		require.Nil(t, p)
		r, err := workload.NewRegular(rate)
		require.EqualError(t, err, rule+shown)
		require.Nil(t, r)
	}
	_, err := workload.NewPoisson(nan, nil)
	require.EqualError(t, err, "workload: arrivals per second must lie in [1e-08, 1e+09]: NaN")
	_, err = workload.NewRegular(nan)
	require.EqualError(t, err, "workload: arrivals per second must lie in [1e-08, 1e+09]: NaN")

	for _, c := range []struct {
		s    float64
		n    int
		want string
	}{
		{-0.1, 10, "workload: Zipf exponent must be finite and not negative: -0.1"},
		{nan, 10, "workload: Zipf exponent must be finite and not negative: NaN"},
		{inf, 10, "workload: Zipf exponent must be finite and not negative: +Inf"},
		{1, 0, "workload: number of keys must lie in [1, 1099511627776]: 0"},
		{1, -1, "workload: number of keys must lie in [1, 1099511627776]: -1"},
	} {
		z, err := workload.NewZipf(c.s, c.n, nil)
		require.EqualError(t, err, c.want)
		require.Nil(t, z)
	}
	if n := int64(1<<40 + 1); int64(int(n)) == n { // where an int holds it
		_, err = workload.NewZipf(1, int(n), nil)
		require.EqualError(t, err, "workload: number of keys must lie in [1, 1099511627776]: 1099511627777")
	}
}

func TestReadDurationsNamesTheBrokenLine(t *testing.T) {
	long := strings.Repeat("1", bufio.MaxScanTokenSize)
	for _, c := range []struct{ text, want string }{
		{"1ms\n\n-2ms\n", `workload: line 3: a service time must be positive: "-2ms"`},
		{"0s", `workload: line 1: a service time must be positive: "0s"`},
		{"0", `workload: line 1: a service time must be positive: "0"`},
		{"# a\r\n1ms\r\n\r\n1ms\n1ms\n1ms\n  12.5\t\n", `workload: line 7: not a duration such as 12.5ms: "12.5"`},
		{"1ms 2ms", `workload: line 1: not a duration such as 12.5ms: "1ms 2ms"`},
		{"1ms # slow", `workload: line 1: not a duration such as 12.5ms: "1ms # slow"`},
		{"NaNms", `workload: line 1: not a duration such as 12.5ms: "NaNms"`},
		{"Inf", `workload: line 1: not a duration such as 12.5ms: "Inf"`},
		{"3000000h", `workload: line 1: not a duration such as 12.5ms: "3000000h"`},
		{"1ms\x00", `workload: line 1: not a duration such as 12.5ms: "1ms\x00"`},
		{strings.Repeat("ä", 41), `workload: line 1: not a duration such as 12.5ms: "` + strings.Repeat("ä", 40) + `"…`},
		{strings.Repeat("ä", 40), `workload: line 1: not a duration such as 12.5ms: "` + strings.Repeat("ä", 40) + `"`},
		{"1ms\n" + long, `workload: line 2: a line must be shorter than 65536 bytes`},
		{"1ms\n# " + long + "\n2ms\n", `workload: line 2: a line must be shorter than 65536 bytes`},
		{"", `workload: at least one service time is needed: none in 0 lines`},
		{"\n# 1ms\n \n", `workload: at least one service time is needed: none in 3 lines`},
	} {
		times, err := workload.ReadDurations(strings.NewReader(c.text))
		require.EqualError(t, err, c.want)
		require.Nil(t, times)
	}

	// One byte less than the limit is a line.
	times, err := workload.ReadDurations(strings.NewReader("#" + long[:len(long)-2] + "\n2ms"))
	require.NoError(t, err)
	require.Equal(t, []time.Duration{2 * time.Millisecond}, times)
}

func TestReadDurationsPassesOnWhatTheReaderSays(t *testing.T) {
	broken := errors.New("connection lost")
	for _, half := range []string{"", "1ms\n12.", "1ms\n2ms\n"} { // half a line is not called a broken one
		times, err := workload.ReadDurations(io.MultiReader(strings.NewReader(half), iotest.ErrReader(broken)))
		require.EqualError(t, err, "workload: cannot read service times: connection lost")
		require.ErrorIs(t, err, broken)
		require.Nil(t, times)
	}
}

func TestDrawsDoNotAllocate(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for name, s := range benchmarked(t) {
		require.Zero(t, testing.AllocsPerRun(100, func() { s.Draw(r) }), name)
	}
	poisson, err := workload.NewPoisson(1000, nil)
	require.NoError(t, err)
	regular, err := workload.NewRegular(1000)
	require.NoError(t, err)
	zipf := newZipf(t, 0.99, 1_000_000, r)
	require.Zero(t, testing.AllocsPerRun(100, func() { poisson.Next(0); regular.Next(0); zipf.Next() }))
}

// Two objects on the runtime's source agree on ten gaps of ten digits with a probability below 10^-90.
func TestTheRuntimesSourceIsSeededAnew(t *testing.T) {
	var gaps [2][10]time.Duration
	for i := range gaps {
		arrivals, err := workload.NewPoisson(1e-1, nil)
		require.NoError(t, err)
		for j := range gaps[i] {
			gaps[i][j] = arrivals.Next(0)
		}
	}
	require.NotEqual(t, gaps[0], gaps[1])
}

// What is documented as safe for concurrent use is used so; the race detector watches.
func TestConcurrentUse(t *testing.T) {
	poisson, err := workload.NewPoisson(1000, nil)
	require.NoError(t, err)
	regular, err := workload.NewRegular(1000)
	require.NoError(t, err)
	zipf := newZipf(t, 0.99, 1000, nil)
	times := benchmarked(t)
	var all sync.WaitGroup
	for seed := range uint64(4) {
		all.Go(func() {
			r := rand.New(rand.NewPCG(seed, 0))
			for range 200 {
				if k := zipf.Next(); k < 0 || k >= 1000 {
					t.Errorf("key %d of 1000", k)
				}
				if p, q := poisson.Next(time.Hour), regular.Next(time.Hour); p < time.Hour || q != time.Hour+time.Millisecond {
					t.Errorf("after an hour arrivals come at %v and %v", p, q)
				}
				for name, s := range times {
					if d := s.Draw(r); d < 0 {
						t.Errorf("%s draws %v", name, d)
					}
				}
			}
		})
	}
	all.Wait()
}
