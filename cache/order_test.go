package cache

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Lists over the same slots are what slices of slots would be, read forwards and backwards, whatever moves between them.
func TestLaw_ListsAreWhatSlicesWouldBe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		slots := rapid.IntRange(1, 8).Draw(t, "slots")
		o, model := newOrder(slots, 3), make([][]int32, 3)
		for range rapid.IntRange(0, 300).Draw(t, "changes") {
			slot := int32(rapid.IntRange(0, slots-1).Draw(t, "slot"))
			to := rapid.IntRange(0, 2).Draw(t, "list")
			from := slices.IndexFunc(model, func(l []int32) bool { return slices.Contains(l, slot) })
			if from >= 0 {
				model[from] = slices.DeleteFunc(model[from], func(s int32) bool { return s == slot })
			}
			switch {
			case from >= 0 && rapid.Bool().Draw(t, "move"):
				o.moveToFront(o.head(to), slot)
				model[to] = slices.Insert(model[to], 0, slot)
			case from >= 0:
				o.remove(slot)
			case rapid.Bool().Draw(t, "front"):
				o.pushFront(o.head(to), slot)
				model[to] = slices.Insert(model[to], 0, slot)
			default:
				o.pushBack(o.head(to), slot)
				model[to] = append(model[to], slot)
			}
			for list, want := range model {
				checkList(t, &o, o.head(list), want)
			}
		}
	})
}

func checkList(t *rapid.T, o *order, head int32, want []int32) {
	var forwards, backwards []int32
	for slot := o.first(head); slot != head; slot = o.links[slot].next {
		forwards = append(forwards, slot)
	}
	for slot := o.last(head); slot != head; slot = o.links[slot].prev {
		backwards = append(backwards, slot)
	}
	slices.Reverse(backwards)
	if !slices.Equal(forwards, want) || !slices.Equal(backwards, want) || o.empty(head) != (len(want) == 0) {
		t.Fatalf("the list is %v forwards, %v backwards, empty: %v, and should be %v", forwards, backwards, o.empty(head), want)
	}
}
