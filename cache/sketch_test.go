package cache

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// naiveSketch keeps each counter as a number of its own, in the cell where the sketch keeps it.
type naiveSketch struct {
	cells   map[cell]int
	counted int
	sample  int
}

type cell struct{ word, shift uint32 }

func cellsOf(s *sketch, id uint64) (cells []cell) {
	block, rows := s.place(id)
	for row := range uint32(4) {
		word, shift := counter(block, rows, row)
		cells = append(cells, cell{word, shift})
	}
	return cells
}

func (m *naiveSketch) estimate(cells []cell) int {
	least := math.MaxInt
	for _, c := range cells {
		least = min(least, m.cells[c])
	}
	return least
}

func (m *naiveSketch) count(cells []cell) (halved bool) {
	least := m.estimate(cells)
	if least == 15 {
		return false
	}
	for _, c := range cells {
		m.cells[c] = max(m.cells[c], least+1)
	}
	m.counted++
	if halved = m.counted == m.sample; halved {
		for c := range m.cells {
			m.cells[c] /= 2
		}
		m.counted /= 2
	}
	return halved
}

// A sketch estimates what counters of their own would, and never less than the exact count, up to 15 and halved whenever the sketch halves.
func TestLaw_ASketchIsNeverTooLow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries := rapid.IntRange(1, 20).Draw(t, "entries")
		times := rapid.IntRange(1, 16).Draw(t, "times")
		s := newSketch(entries, times)
		m := naiveSketch{cells: map[cell]int{}, sample: times * entries}
		exact := map[uint64]int{}
		ids := rapid.Uint64Range(0, rapid.SampledFrom([]uint64{3, 30, 300}).Draw(t, "ids"))
		for range rapid.IntRange(0, 300).Draw(t, "counts") {
			id := ids.Draw(t, "id")
			s.count(id)
			exact[id] = min(15, exact[id]+1)
			if m.count(cellsOf(&s, id)) {
				for id := range exact {
					exact[id] /= 2
				}
			}
			if got, want := s.estimate(id), m.estimate(cellsOf(&s, id)); got != want {
				t.Fatalf("the estimate of %d is %d, and its lowest counter %d", id, got, want)
			}
			for id, count := range exact {
				if got := s.estimate(id); got < count || got > 15 {
					t.Fatalf("the estimate of %d is %d, and it was counted %d times", id, got, count)
				}
			}
		}
	})
}

// The four counters of an id are in rows of their own, within 64 bytes that begin at a multiple of 64, whatever the size.
func TestLaw_ASketchReadsOneCacheLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSketch(rapid.IntRange(1, 100_000).Draw(t, "entries"), 6)
		id := rapid.Uint64().Draw(t, "id")
		line := cellsOf(&s, id)[0].word / 8
		for row, c := range cellsOf(&s, id) {
			if c.word/8 != line || int(c.word%8/2) != row || int(c.word) >= len(s.words) || c.shift%4 != 0 || c.shift > 60 {
				t.Fatalf("counter %d of %d is at %+v of %d words", row, id, c, len(s.words))
			}
		}
	})
}

func TestASketchHas32To64CountersAnEntry(t *testing.T) {
	for _, entries := range []int{4, 5, 7, 8, 9, 100, 1_000, 1_023, 1_024, 1_025, 4_096, 4_097, 65_535, 65_536, 65_537} { // fewer have one block
		counters := 16 * len(newSketch(entries, 6).words)
		require.True(t, 32*entries <= counters && counters <= 64*entries, "%d entries have %d counters", entries, counters)
	}
}

// As many ids as the cache has entries, 65,536, were counted once; how many others seem to have been? There are 32 counters an entry, in
// 16,384 blocks, which hold K of the ids each, K from a Poisson distribution of mean 4. Another id finds one of its block's 32 counters of a row
// taken with probability K/32 at most, and all four with E[K^4]/32^4 = (4 + 7*16 + 6*64 + 256)/32^4 = 0.00072 at most. Of a million that is 721;
// their standard deviation is sqrt(721) and, because those in one block fall together, a little more, 28: six of them leave 890.
func TestClaim_FewIdsSeemToHaveBeenCounted(t *testing.T) {
	const entries, others = 65_536, 1_000_000
	for name, next := range map[string]func() uint64{"random": rand.NewPCG(1, 1).Uint64, "consecutive": consecutive()} {
		s := newSketch(entries, 6)
		for range entries {
			s.count(next())
		}
		wrong := 0
		for range others {
			if s.estimate(next()) > 0 {
				wrong++
			}
		}
		t.Logf("%s ids: %d of %d", name, wrong, others)
		require.Less(t, wrong, 890, name)
	}
}

func consecutive() func() uint64 {
	id := uint64(0)
	return func() uint64 { id++; return id }
}
