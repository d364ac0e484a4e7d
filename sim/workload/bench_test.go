package workload_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

// benchmarked is one service time of each kind.
func benchmarked(t testing.TB) map[string]workload.ServiceTime {
	made := func(s workload.ServiceTime, err error) workload.ServiceTime {
		require.NoError(t, err)
		return s
	}
	samples := make([]time.Duration, 1000)
	for i := range samples {
		samples[i] = time.Duration(i+1) * time.Microsecond
	}
	const mean = 10 * time.Millisecond
	times := map[string]workload.ServiceTime{
		"deterministic": made(workload.NewDeterministic(mean)),
		"exponential":   made(workload.NewExponential(mean)),
		"lognormal":     made(workload.NewLognormal(mean, 4)),
		"pareto":        made(workload.NewPareto(mean, 4)),
		"bimodal":       made(workload.NewBimodal(mean/10, mean*10, 0.1)),
		"erlang-2":      made(workload.NewErlang(2, mean)),
		"erlang-100":    made(workload.NewErlang(100, mean)),
		"empirical":     made(workload.NewEmpirical(samples)),
	}
	times["mixture"] = made(workload.NewMixture(
		workload.Component{Weight: 0.9, Time: times["pareto"]}, workload.Component{Weight: 0.1, Time: times["exponential"]}))
	return times
}

func BenchmarkDraw(b *testing.B) {
	times := benchmarked(b)
	for _, name := range []string{
		"deterministic", "exponential", "lognormal", "pareto", "bimodal", "erlang-2", "erlang-100", "empirical", "mixture",
	} {
		b.Run(name, func(b *testing.B) {
			r, s := rand.New(rand.NewPCG(1, 1)), times[name]
			b.ReportAllocs()
			for b.Loop() {
				s.Draw(r)
			}
		})
	}
}

func BenchmarkNext(b *testing.B) {
	poisson, err := workload.NewPoisson(1000, rand.NewPCG(1, 1))
	require.NoError(b, err)
	regular, err := workload.NewRegular(1000)
	require.NoError(b, err)
	for _, c := range []struct {
		name     string
		arrivals workload.Arrivals
	}{{"poisson", poisson}, {"regular", regular}} {
		b.Run(c.name, func(b *testing.B) {
			now := time.Duration(0)
			b.ReportAllocs()
			for b.Loop() {
				now = c.arrivals.Next(now)
			}
		})
	}
}

func BenchmarkZipf(b *testing.B) {
	for _, s := range []float64{0, 0.99, 1, 1.5} {
		for _, n := range []int{1000, 1_000_000_000} {
			z, err := workload.NewZipf(s, n, rand.NewPCG(1, 1))
			require.NoError(b, err)
			b.Run(fmt.Sprintf("s=%v/n=%d", s, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					z.Next()
				}
			})
		}
	}
}

func BenchmarkNewZipf(b *testing.B) {
	for b.Loop() {
		if _, err := workload.NewZipf(0.99, 1_000_000_000, nil); err != nil {
			b.Fatal(err)
		}
	}
}
