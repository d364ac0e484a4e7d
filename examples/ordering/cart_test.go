package ordering

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/clocks/clocksim"
	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/examples/judge/judgetest"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/internal/race"
)

func TestClaim_CartFindingsHold(t *testing.T) {
	judgetest.Hold(t, cart(allCarts, judge.Effort{Tiny: race.Enabled}), 1, 2, 3)
}

// sold is one kind of cart that somebody took for another.
func sold(as, really string) []carting {
	carts := slices.Clone(allCarts)
	at := func(name string) int {
		return slices.IndexFunc(carts, func(of carting) bool { return of.name == name })
	}
	carts[at(as)].make = allCarts[at(really)].make
	return carts
}

// forgetful is a cart in which one item in three is not added.
type forgetful struct {
	clocksim.Cart
	changes int
}

func (f *forgetful) Change(replica int, c clocksim.CartChange) error {
	if f.changes++; f.changes%3 == 0 {
		c = clocksim.CartChange{Item: "nothing", Removed: true}
	}
	return f.Cart.Change(replica, c)
}

func TestBroken_CartFindingsTurnFalse(t *testing.T) {
	forgets := slices.Clone(allCarts)
	forgets[0].make = func(replicas int) (clocksim.Cart, error) {
		c, err := clocksim.NewLastWriteCart(replicas)
		return &forgetful{Cart: c}, err
	}
	judgetest.TurnFalse(t, cart(allCarts, judge.Effort{Tiny: true}), []judgetest.Planted{
		judgetest.Bug("the last write merges", cart(sold("last-write", "merge"), judge.Effort{}), []string{"-apart", "5"}, judgetest.Lines(storyIsDynamos, writesLose, writesRevive)),
		judgetest.Bug("the union is the last write", cart(sold("union", "last-write"), judge.Effort{}), []string{"-apart", "5"}, judgetest.Lines(storyIsDynamos, unionKeeps)),
		judgetest.Bug("the union merges", cart(sold("union", "merge"), judge.Effort{}), []string{"-apart", "5"}, judgetest.Lines(storyIsDynamos, unionRevives)),
		judgetest.Bug("the merge is a union", cart(sold("merge", "union"), judge.Effort{}), []string{"-apart", "5"}, judgetest.Lines(storyIsDynamos, mergeKeeps)),
		judgetest.Bug("a cart forgets changes", cart(forgets, judge.Effort{}), []string{"-apart", "1"}, inTouchAllSame),
	})
}

func TestCart_OddParameters(t *testing.T) {
	e := cart(allCarts, judge.Effort{Tiny: true})
	for _, args := range [][]string{
		{"-apart", "1"},
		{"-apart", "3"},
		{"-changes", "1", "-apart", "1"},
		{"-removals", "0"},
		{"-removals", "1", "-items", "1"},
		{"-replicas", "8", "-apart", "20,2", "-changes", "50"},
	} {
		judgetest.Odd(t, e, args...)
	}
}

func TestCart_Refuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-apart", "0"}, "-apart must lie in [1, 200]: 0"},
		{[]string{"-apart", "41"}, "-apart must be at most -changes: 41 of 40"},
		{[]string{"-changes", "0"}, "-changes must lie in [1, 200]: 0"},
		{[]string{"-replicas", "1"}, "-replicas must lie in [2, 8]: 1"},
		{[]string{"-items", "0"}, "-items must lie in [1, 200]: 0"},
		{[]string{"-removals", "1.5"}, "-removals must lie in [0, 1]: 1.5"},
		{[]string{"-removals", "NaN"}, "-removals must be a finite number"},
	} {
		_, err := lab.Try(Cart, 1, c.args...)
		require.ErrorContains(t, err, "cart: "+c.want, "%v", c.args)
	}
}
