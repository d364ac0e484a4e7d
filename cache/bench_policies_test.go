package cache

import "testing"

// Requests over dense keys, of which about half are hits, through each policy: what a policy costs, and little else.
func BenchmarkPolicies(b *testing.B) {
	const slots, keys = 10_000, 100_000
	requests := skewed(1<<20, keys)
	for _, of := range policies {
		b.Run(of.name, func(b *testing.B) {
			c := newTable(b, of.build, slots, keys)
			for i := range b.N {
				c.ask(requests[i&(len(requests)-1)])
			}
			b.ReportMetric(float64(c.misses)/float64(b.N), "misses/op")
		})
	}
}
