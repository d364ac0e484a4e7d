package quorum

import (
	"fmt"
	"testing"
)

// benched are a majority, rows, and a grid that names each node twice, of k*k nodes.
func benched(k int) map[string]Expr {
	rows, all := make([][]string, k), []string{}
	for i := range k * k {
		name := fmt.Sprint("n", i)
		rows[i/k], all = append(rows[i/k], name), append(all, name)
	}
	return map[string]Expr{"majority": Majority(all...), "rows": Rows(rows...), "grid": Grid(rows...)}
}

// BenchmarkCheapest is what a column of the optimal strategy costs.
func BenchmarkCheapest(b *testing.B) {
	for _, k := range []int{3, 10} {
		for _, shape := range []string{"majority", "rows", "grid"} {
			b.Run(fmt.Sprintf("%s/nodes=%d", shape, k*k), func(b *testing.B) {
				e := benched(k)[shape]
				f := e.over(e.Nodes())
				weights := make([]float64, f.nodes)
				for i := range weights {
					weights[i] = float64(i*7%13) + 1
				}
				b.ReportAllocs()
				for b.Loop() {
					if _, _, err := f.cheapest(weights); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkAvailability(b *testing.B) {
	for _, k := range []int{3, 7} {
		for _, shape := range []string{"majority", "rows", "grid"} {
			b.Run(fmt.Sprintf("%s/nodes=%d", shape, k*k), func(b *testing.B) {
				e := benched(k)[shape]
				s, err := New(e, e.Dual())
				if err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					if _, _, err := s.Availability(Failures{Up: 0.9}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
