package quorum_test

import (
	"math/rand/v2"
	"testing"

	"github.com/sysdesign-lab/sysdesign/quorum"
)

func BenchmarkOptimise(b *testing.B) {
	for name, e := range map[string]quorum.Expr{
		"grid of 9": grid(3), "majority of 13": quorum.Majority(numbered(13)...), "majority of 51": quorum.Majority(numbered(51)...),
	} {
		b.Run(name, func(b *testing.B) {
			s, err := quorum.New(e, e)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, _, err := quorum.Optimise(s, quorum.Reads(0.5), quorum.OptimiseOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkPickRead(b *testing.B) {
	s, err := quorum.New(grid(3), grid(3))
	if err != nil {
		b.Fatal(err)
	}
	strategy, err := quorum.Uniform(s, nil, 100)
	if err != nil {
		b.Fatal(err)
	}
	src := rand.NewPCG(1, 2)
	b.ReportAllocs()
	for b.Loop() {
		strategy.PickRead(src)
	}
}
