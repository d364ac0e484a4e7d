package main

import (
	"strconv"

	"github.com/buraksezer/consistent"
	"github.com/cespare/xxhash/v2"
	"github.com/dchest/siphash"
	"github.com/dgryski/go-jump"
	"github.com/dgryski/go-maglev"
	"github.com/dgryski/go-mpchash"
	"github.com/dgryski/go-rendezvous"
	"github.com/golang/groupcache/consistenthash"
	lafikl "github.com/lafikl/consistent"
	serialx "github.com/serialx/hashring"
	stathat "stathat.com/c/consistent"

	"github.com/sysdesign-lab/sysdesign/hashring"
)

// placement is what a contender made of some nodes.
type placement struct {
	owner func(key string) string // the node's name

	// run looks so many keys up. Each contender has its own loop, so that nobody pays for an interface. It answers whatever the
	// compiler cannot leave out.
	run func(calls int) int
}

// contender is one way to place keys on nodes.
type contender struct {
	name   string
	hash   string // of keys
	points string // of a node, or what else is built
	most   int    // nodes that it is built of in seconds; 0: of any number here
	others bool   // when a node joins, keys move between others, too
	make   func(names []string) placement
}

const (
	reference = "bare xxHash64" // whom lookups are compared with
	ring      = "Ring"          // whom building is compared with

	points     = hashring.DefaultPoints
	entries    = hashring.DefaultSize
	partitions = entries
)

var contenders = []contender{
	{name: ring, hash: "xxHash64", points: strconv.Itoa(points), make: func(names []string) placement {
		r := must(hashring.NewRing(hashring.Named(names...), hashring.RingOptions{}))
		return placement{ours(r), func(calls int) (sum int) {
			for i := range calls {
				sum += r.Owner(keys[i%keyCount])
			}
			return sum
		}}
	}},
	{name: "groupcache", hash: "CRC-32", points: strconv.Itoa(points), make: func(names []string) placement {
		c := consistenthash.New(points, nil)
		c.Add(names...)
		return placement{c.Get, func(calls int) (sum int) {
			for i := range calls {
				sum += len(c.Get(keys[i%keyCount]))
			}
			return sum
		}}
	}},
	{name: "stathat", hash: "CRC-32", points: strconv.Itoa(points), most: 1_000, make: func(names []string) placement {
		c := stathat.New()
		c.NumberOfReplicas = points
		c.Set(names)
		return placement{func(key string) string { return must(c.Get(key)) }, func(calls int) (sum int) {
			for i := range calls {
				name, _ := c.Get(keys[i%keyCount])
				sum += len(name)
			}
			return sum
		}}
	}},
	{name: "serialx", hash: "MD5", points: strconv.Itoa(points), make: func(names []string) placement {
		weights := make(map[string]int, len(names))
		for _, name := range names {
			weights[name] = points
		}
		c := serialx.NewWithWeights(weights)
		return placement{func(key string) string { return found(c.GetNode(key)) }, func(calls int) (sum int) {
			for i := range calls {
				name, _ := c.GetNode(keys[i%keyCount])
				sum += len(name)
			}
			return sum
		}}
	}},
	{name: "lafikl", hash: "BLAKE2b", points: "10, fixed", most: 1_000, make: func(names []string) placement {
		c := lafikl.New()
		for _, name := range names {
			c.Add(name)
		}
		return placement{func(key string) string { return must(c.Get(key)) }, func(calls int) (sum int) {
			for i := range calls {
				name, _ := c.Get(keys[i%keyCount])
				sum += len(name)
			}
			return sum
		}}
	}},
	{name: "buraksezer", hash: "xxHash64", points: "20, 65537 partitions", most: 1_000, others: true, make: func(names []string) placement {
		members := make([]consistent.Member, len(names))
		for i, name := range names {
			members[i] = member(name)
		}
		c := consistent.New(members, consistent.Config{Hasher: hasher{}, PartitionCount: partitions})
		return placement{func(key string) string { return c.LocateKey([]byte(key)).String() }, func(calls int) (sum int) {
			for i := range calls {
				if c.LocateKey(keyBytes[i%keyCount]) != nil {
					sum++
				}
			}
			return sum
		}}
	}},
	{name: "go-mpchash", hash: "SipHash, twice", points: "1, 21 probes", make: func(names []string) placement {
		c := mpchash.New(names, func(key []byte, seed uint64) uint64 { return siphash.Hash(seed, 0, key) }, [2]uint64{1, 2}, 21)
		return placement{c.Hash, func(calls int) (sum int) {
			for i := range calls {
				sum += len(c.Hash(keys[i%keyCount]))
			}
			return sum
		}}
	}},
	{name: "Maglev", hash: "xxHash64", points: "65537 entries", others: true, make: func(names []string) placement {
		m := must(hashring.NewMaglev(hashring.Named(names...), hashring.MaglevOptions{}))
		return placement{ours(m), func(calls int) (sum int) {
			for i := range calls {
				sum += m.Owner(keys[i%keyCount])
			}
			return sum
		}}
	}},
	{name: "go-maglev", hash: "xxHash64", points: "65537 entries", others: true, make: func(names []string) placement {
		m := maglev.New(names, entries)
		return placement{func(key string) string { return names[m.Lookup(xxhash.Sum64String(key))] }, func(calls int) (sum int) {
			for i := range calls {
				sum += m.Lookup(xxhash.Sum64String(keys[i%keyCount]))
			}
			return sum
		}}
	}},
	{name: "Jump", hash: "xxHash64", points: "none", make: func(names []string) placement {
		j := must(hashring.NewJump(hashring.Named(names...), hashring.Hashing{}))
		return placement{ours(j), func(calls int) (sum int) {
			for i := range calls {
				sum += j.Owner(keys[i%keyCount])
			}
			return sum
		}}
	}},
	{name: "JumpHash", hash: "xxHash64", points: "none", make: func(names []string) placement {
		n := len(names)
		return placement{func(key string) string { return names[hashring.JumpHash(xxhash.Sum64String(key), n)] }, func(calls int) (sum int) {
			for i := range calls {
				sum += hashring.JumpHash(xxhash.Sum64String(keys[i%keyCount]), n)
			}
			return sum
		}}
	}},
	{name: "go-jump", hash: "xxHash64", points: "none", make: func(names []string) placement {
		n := len(names)
		return placement{func(key string) string { return names[jump.Hash(xxhash.Sum64String(key), n)] }, func(calls int) (sum int) {
			for i := range calls {
				sum += int(jump.Hash(xxhash.Sum64String(keys[i%keyCount]), n))
			}
			return sum
		}}
	}},
	{name: "Anchor", hash: "xxHash64", points: "1.1 places", make: func(names []string) placement {
		places := (len(names) + 9) / 10 * 11
		a := must(hashring.NewAnchor(hashring.Named(names...), places, hashring.Hashing{}))
		return placement{ours(a), func(calls int) (sum int) {
			for i := range calls {
				sum += a.Owner(keys[i%keyCount])
			}
			return sum
		}}
	}},
	{name: "Rendezvous", hash: "xxHash64", points: "1", make: func(names []string) placement {
		r := must(hashring.NewRendezvous(hashring.Named(names...), hashring.Hashing{}))
		return placement{ours(r), func(calls int) (sum int) {
			for i := range calls {
				sum += r.Owner(keys[i%keyCount])
			}
			return sum
		}}
	}},
	{name: "go-rendezvous", hash: "xxHash64", points: "1", make: func(names []string) placement {
		r := rendezvous.New(names, xxhash.Sum64String)
		return placement{r.Lookup, func(calls int) (sum int) {
			for i := range calls {
				sum += len(r.Lookup(keys[i%keyCount]))
			}
			return sum
		}}
	}},
}

// bare is the hash of a key alone, which most of them begin with.
func bare(calls int) (sum int) {
	for i := range calls {
		sum += int(xxhash.Sum64String(keys[i%keyCount]))
	}
	return sum
}

func ours(p hashring.Placement) func(key string) string {
	members := p.Members()
	return func(key string) string { return members[p.Owner(key)].Name }
}

// member and hasher are what buraksezer/consistent asks for.
type member string

func (m member) String() string { return string(m) }

type hasher struct{}

func (hasher) Sum64(key []byte) uint64 { return xxhash.Sum64(key) }

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func found(name string, ok bool) string {
	if !ok {
		panic("a ring with nodes has no owner of a key")
	}
	return name
}
