package estimate_test

import (
	"testing"

	"github.com/sysdesign-lab/sysdesign/estimate"
)

// Whatever the text, each reader answers; what it accepts is not negative, and reads back from what it prints.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"1.5 GB", "64 KiB", "20 Mbit", "20 Mb/s", "3k rps", "100M writes a day", "1,000", "1h30m", "30 d", "$0.09", "0.09 USD/GB", "1e-400 rps", "5 EB",
		"-0 B", "1e400 s", "5 per second", "5 a", "/", "1 a day a day", "µs", "\xff",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		readsBack(t, text, estimate.ParseBytes, estimate.Bytes.String)
		readsBack(t, text, estimate.ParseBytes, estimate.Bytes.IEC)
		readsBack(t, text, estimate.ParseBits, estimate.Bits.String)
		readsBack(t, text, estimate.ParseCount, estimate.Count.String)
		readsBack(t, text, estimate.ParseRate, estimate.Rate.String)
		readsBack(t, text, estimate.ParseByteRate, estimate.ByteRate.String)
		readsBack(t, text, estimate.ParseBitRate, estimate.BitRate.String)
		readsBack(t, text, estimate.ParseDuration, estimate.FormatDuration)
		readsBack(t, text, estimate.ParseMoney, estimate.Money.String)
		readsBack(t, text, estimate.ParseDataPrice, estimate.DataPrice.String)
	})
}

func readsBack[T comparable](t *testing.T, text string, read func(string) (T, error), write func(T) string) {
	v, err := read(text)
	if err != nil {
		return
	}
	if back, err := read(write(v)); err != nil || back != v {
		t.Errorf("%q is %#v, which is written %q and reads back as %#v: %v", text, v, write(v), back, err)
	}
}
