package workload_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sysdesign-lab/sysdesign/sim/workload"
)

func FuzzReadDurations(f *testing.F) {
	for _, seed := range []string{
		"", "1ms", "1.5ms\n\n# slow ones\n2m3s\r\n", "-2ms", "12.5", "9223372036854775807ns", "9223372036854775808ns", "0.1ns",
		"\ufeff1ms", "1ms\x00", strings.Repeat("1", 70_000),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		times, err := workload.ReadDurations(strings.NewReader(text))
		if err != nil {
			if times != nil || !strings.HasPrefix(err.Error(), "workload: ") {
				t.Fatalf("an error comes with %v, and says %q", times, err)
			}
			return
		}
		var again strings.Builder
		for i, d := range times {
			if d <= 0 {
				t.Fatalf("time %d is %v", i, d)
			}
			again.WriteString(d.String() + "\n")
		}
		if reread, err := workload.ReadDurations(strings.NewReader(again.String())); err != nil || !slices.Equal(reread, times) {
			t.Fatalf("%v, written and read, is %v, %v", times, reread, err)
		}
		if _, err := workload.NewEmpirical(times); err != nil {
			t.Fatalf("times that were read are refused: %v", err)
		}
	})
}
