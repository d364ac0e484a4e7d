package quorum_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sysdesign-lab/sysdesign/quorum"
)

// Whatever a file holds, it is refused with a sentence of this package or makes a model that can be simulated.
func FuzzReadDelays(f *testing.F) {
	for _, text := range []string{"", "leg,delay_ms\n", "leg,delay_ms\nw,1\na,2\nr,3\ns,4\n", "delay_ms,leg\n1e11,w\n0,a\n.5,r\n0x1p-3,s\n", "leg,delay_ms\nw,\"\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := quorum.ReadDelays(strings.NewReader(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "quorum: ") {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if _, err := quorum.Staleness(m, quorum.Replicas{N: 3, R: 1, W: 1}, 10, rand.NewPCG(1, 1)); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
	})
}
