package hashring_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/internal/race"
)

type node = hashring.Node[string]

func nodes(names ...string) []node {
	all := make([]node, len(names))
	for i, name := range names {
		all[i] = node{Name: name, Weight: 1, Value: "at " + name}
	}
	return all
}

// schemes are those of tables.
var schemes = []struct {
	name   string
	scheme hashring.Scheme
	free   bool // nodes leave from anywhere, and have weights
}{
	{"ring", hashring.OnRing(hashring.RingOptions{Points: 5}), true},
	{"rendezvous", hashring.ByRendezvous(hashing{}), true},
	{"maglev", hashring.ByMaglev(hashring.MaglevOptions{Size: 31}), true},
	{"jump", hashring.ByJump(hashing{}), false},
	{"anchor", hashring.ByAnchor(9, hashing{}), false},
	{"slots", hashring.BySlots(), true},
}

// A table is a list of nodes: what an edit did to it, all of it or nothing. Every value that a key is given is that of the node which
// the placement names, whatever order it keeps its nodes in.
func TestLaw_TablesMapNamesToValues(t *testing.T) {
	for _, of := range schemes {
		t.Run(of.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				var s story
				model := nodes(rapid.Permutation(strings.Split("abc", "")).Draw(t, "names")...)
				table, err := hashring.NewTable(of.scheme, model...)
				if err != nil {
					s.fail(t, "there is an error: %v", err)
				}
				for range rapid.IntRange(1, 4).Draw(t, "edits") {
					before := table.Nodes()
					next, err := table.Edit(func(b *hashring.Builder[string]) error {
						wanted := slices.Clone(model)
						fails := false
						for range rapid.IntRange(1, 3).Draw(t, "changes") {
							changed, err := change(t, &s, b, wanted, of.free)
							wanted, fails = changed, fails || err != nil
							if err != nil {
								return err
							}
						}
						if rapid.IntRange(0, 4).Draw(t, "fails") == 0 {
							s.tell("and it fails")
							return errors.New("not today")
						}
						model = wanted
						return nil
					})
					if !slices.Equal(table.Nodes(), before) {
						s.fail(t, "the table that was edited has now %v", table.Nodes())
					}
					if (next == nil) == (err == nil) {
						s.fail(t, "an edit gives %v, %v", next, err)
					}
					if err == nil {
						table = next
					} else {
						s.tell("(error: %v)", err)
						model = append([]node(nil), table.Nodes()...)
					}
					agrees(t, &s, table, model)
				}
			})
		})
	}
}

func change(t *rapid.T, s *story, b *hashring.Builder[string], model []node, free bool) ([]node, error) {
	name := rapid.StringMatching("[a-f]").Draw(t, "name")
	i := slices.IndexFunc(model, func(n node) bool { return n.Name == name })
	var err error
	strange := i < 0
	switch what := rapid.SampledFrom([]string{"add", "remove", "reweight", "replace"}).Draw(t, "what"); what {
	case "add":
		s.tell("add %s", name)
		one := node{Name: name, Weight: 1, Value: "added at " + name}
		strange = i >= 0
		if err = b.Add(one); !strange {
			model = append(model, one)
		}
	case "remove":
		s.tell("remove %s", name)
		if err = b.Remove(name); !strange {
			model = slices.Delete(slices.Clone(model), i, i+1)
		}
	case "reweight":
		weight := 1.0
		if free {
			weight = 2.5
		}
		s.tell("reweight %s", name)
		if err = b.Reweight(name, weight); !strange {
			model = slices.Clone(model)
			model[i].Weight = weight
		}
	case "replace":
		s.tell("replace %s", name)
		if err = b.Replace(name, "elsewhere"); !strange {
			model = slices.Clone(model)
			model[i].Value = "elsewhere"
		}
		if strange != errors.Is(err, hashring.ErrUnknownNode) {
			s.fail(t, "the error is %v", err)
		}
	}
	if strange != (err != nil) {
		s.fail(t, "the error is %v", err)
	}
	return model, err
}

func agrees(t *rapid.T, s *story, table *hashring.Table[string], model []node) {
	byName := map[string]node{}
	for _, n := range model {
		byName[n.Name] = n
	}
	if len(table.Nodes()) != len(model) || len(byName) != len(model) {
		s.fail(t, "the nodes are %v, not %v", table.Nodes(), model)
	}
	p := table.Placement()
	for _, key := range keys {
		name := owner(p, key)
		if got := table.Owner(key); got != byName[name] || table.Value(key) != got.Value {
			s.fail(t, "%s is on %v, and its placement says %s", key, got, name)
		}
		n := min(2, len(model))
		both, err := table.Owners(key, n)
		spread, err2 := table.Spread(key, n)
		if err != nil || err2 != nil || len(both) != n || len(spread) != n {
			s.fail(t, "%d owners are %v, %v and %v, %v", n, both, err, spread, err2)
		}
		for i, other := range owners(p, key, n, false) {
			if both[i] != byName[other] {
				s.fail(t, "the owners of %s are %v", key, both)
			}
		}
		for i, other := range owners(p, key, n, true) {
			if spread[i] != byName[other] {
				s.fail(t, "the spread owners of %s are %v", key, spread)
			}
		}
	}
	for i := range table.Nodes() {
		if table.Node(i) != byName[p.Members()[i].Name] {
			s.fail(t, "node %d is %v", i, table.Node(i))
		}
	}
}

func TestTablesRefuse(t *testing.T) {
	table, err := hashring.New(nodes("a", "b")...)
	require.NoError(t, err)
	for message, changes := range map[string]func(b *hashring.Builder[string]) error{
		`hashring: names of nodes must be distinct: "a" is there already`: func(b *hashring.Builder[string]) error { return b.Add(node{Name: "a"}) },
		`hashring: no such node: "c" cannot be removed`:                   func(b *hashring.Builder[string]) error { return b.Remove("c") },
		`hashring: no such node: "c" cannot be given a weight`:            func(b *hashring.Builder[string]) error { return b.Reweight("c", 2) },
		`hashring: no such node: "c" cannot be replaced`:                  func(b *hashring.Builder[string]) error { return b.Replace("c", "") },
		`hashring: a weight must lie in [1e-09, 1e+09]: -2 for "a"`:       func(b *hashring.Builder[string]) error { return b.Reweight("a", -2) },
		`hashring: a weight must lie in [1e-09, 1e+09]: 0 for "c"`:        func(b *hashring.Builder[string]) error { return b.Add(node{Name: "c"}) },
		`hashring: a node's name must not be empty: ""`:                   func(b *hashring.Builder[string]) error { return b.Add(node{Weight: 1}) },
		"hashring: the number of nodes must lie in [1, 16777216]: 0": func(b *hashring.Builder[string]) error {
			return errors.Join(b.Remove("a"), b.Remove("b"))
		},
		"hashring: an edit must have changes: nil": nil,
	} {
		next, err := table.Edit(changes)
		require.EqualError(t, err, message)
		require.Nil(t, next)
		require.Equal(t, nodes("a", "b"), table.Nodes())
	}
	owners, err := table.Owners("k", 3)
	require.ErrorIs(t, err, hashring.ErrTooFewNodes)
	require.Nil(t, owners)

	_, err = hashring.New[string]()
	require.EqualError(t, err, "hashring: the number of nodes must lie in [1, 16777216]: 0")
	for message, scheme := range map[string]hashring.Scheme{
		"hashring: a table must have a scheme: nil":                      nil,
		"hashring: a scheme must make a placement: nil":                  func([]member) (placement, error) { return nil, nil },
		`hashring: no such node: the placement has "c"`:                  func([]member) (placement, error) { return ring(1)(hashring.Named("c"), hashing{}) },
		"hashring: a placement must have all nodes of its table: 1 of 2": func([]member) (placement, error) { return ring(1)(hashring.Named("a"), hashing{}) },
	} {
		table, err := hashring.NewTable(scheme, nodes("a", "b")...)
		require.EqualError(t, err, message)
		require.Nil(t, table)
	}
	_, err = hashring.NewCell[string](nil)
	require.EqualError(t, err, "hashring: a cell must hold a table: nil")
}

// A builder that is kept changes nothing once its edit is over, and neither does the slice that Nodes returns.
func TestTablesDoNotChange(t *testing.T) {
	table, err := hashring.New(nodes("a", "b")...)
	require.NoError(t, err)
	var kept *hashring.Builder[string]
	next, err := table.Edit(func(b *hashring.Builder[string]) error { kept = b; return nil })
	require.NoError(t, err)
	require.NoError(t, kept.Replace("a", "changed"))
	require.NoError(t, kept.Remove("b"))
	next.Nodes()[0].Value = "changed"
	require.Equal(t, nodes("a", "b"), next.Nodes())
}

// Many look up while many edit: no edit is lost, and a lookup's answer is that of a table that was there. Each edit adds a node of
// a new generation and takes the oldest away, so that of any table the generations are consecutive.
func TestCellUnderConcurrentEdits(t *testing.T) {
	edits := 200
	if race.Enabled {
		edits = 50
	}
	name := func(generation int) string { return fmt.Sprintf("g%06d", generation) }
	table, err := hashring.NewTable(hashring.OnRing(hashring.RingOptions{Points: 3}), nodes(name(0), name(1), name(2))...)
	require.NoError(t, err)
	cell, err := hashring.NewCell(table)
	require.NoError(t, err)
	var editors, readers sync.WaitGroup
	over := make(chan struct{})
	for range 4 {
		editors.Go(func() {
			for range edits {
				before, after, err := cell.Edit(func(b *hashring.Builder[string]) error {
					oldest := cell.Load().Nodes()[0].Name // no other edit is under way
					var g int
					if _, err := fmt.Sscanf(oldest, "g%d", &g); err != nil {
						return err
					}
					return errors.Join(b.Remove(oldest), b.Add(nodes(name(g + 3))[0]))
				})
				if err != nil || before == after || before.Nodes()[1] != after.Nodes()[0] {
					t.Errorf("an edit gives %v", err)
				}
				if _, same, err := cell.Edit(func(*hashring.Builder[string]) error { return errors.New("no") }); err == nil || same == nil {
					t.Errorf("an edit that fails gives %v, %v", same, err)
				}
			}
		})
		readers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-over:
					return
				default:
				}
				key := keys[i%len(keys)]
				if got := cell.Owner(key); got.Value != "at "+got.Name {
					t.Errorf("%s is on %v", key, got)
				}
				table := cell.Load()
				first, got := table.Nodes()[0].Name, table.Owner(key).Name
				var g, of int
				if _, err := fmt.Sscanf(first+" "+got, "g%d g%d", &g, &of); err != nil || of < g || of > g+2 {
					t.Errorf("of a table from %s on %s is on %s (%v)", first, key, got, err)
				}
			}
		})
	}
	editors.Wait()
	close(over)
	readers.Wait()
	require.Equal(t, name(4*edits), cell.Load().Nodes()[0].Name, "every edit counts")
}
