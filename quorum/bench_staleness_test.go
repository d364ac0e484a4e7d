package quorum_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/sysdesign-lab/sysdesign/quorum"
)

// BenchmarkStaleness reports trials a second of one goroutine, sorting included.
func BenchmarkStaleness(b *testing.B) {
	for _, n := range []int{3, 5, 11} {
		b.Run(fmt.Sprintf("N=%d", n), func(b *testing.B) {
			const trials = 1_000_000
			for b.Loop() {
				must(quorum.Staleness(quorum.LinkedInDisk(), quorum.Replicas{N: n, R: 1, W: 1}, trials, rand.NewPCG(1, 1)))
			}
			b.ReportMetric(trials*float64(b.N)/b.Elapsed().Seconds(), "trials/s")
		})
	}
}

func BenchmarkStalenessGrid(b *testing.B) {
	for _, n := range []int{3, 5} {
		b.Run(fmt.Sprintf("N=%d", n), func(b *testing.B) {
			const trials = 100_000
			for b.Loop() {
				must(quorum.StalenessGrid(quorum.LinkedInDisk(), n, trials, rand.NewPCG(1, 1)))
			}
			b.ReportMetric(trials*float64(b.N)/b.Elapsed().Seconds(), "trials/s")
		})
	}
}
