package ratelimit_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

func TestErrors_Keyed(t *testing.T) {
	for _, c := range []struct {
		capacity int
		limits   []ratelimit.Limit
		want     string
	}{
		{0, oneASecond, "ratelimit: a table's capacity must lie in [1, 268435456]: 0"},
		{-1, oneASecond, "ratelimit: a table's capacity must lie in [1, 268435456]: -1"},
		{1<<28 + 1, oneASecond, "ratelimit: a table's capacity must lie in [1, 268435456]: 268435457"},
		{math.MaxInt, oneASecond, "ratelimit: a table's capacity must lie in [1, 268435456]: 9223372036854775807"},
		{1, nil, "ratelimit: a table must have a limit: none given"},
		{1, []ratelimit.Limit{oneASecond[0], {Rate: ratelimit.PerSecond(1)}}, "ratelimit: a burst must be positive: 0"},
		{1, []ratelimit.Limit{{Rate: ratelimit.PerSecond(math.NaN()), Burst: 1}}, "ratelimit: a rate must be finite: NaN per 1s"},
		{1, []ratelimit.Limit{oneASecond[0], {Burst: 1}}, "ratelimit: a rate must be positive: 0 per 0s"},
		{1, []ratelimit.Limit{oneASecond[0], {Rate: ratelimit.PerSecond(0x1.0000001p50), Burst: 1}},
			"ratelimit: a rate must be representable within one in a million, in units of 1/73 ns or longer: 1.125899911036928e+15 per 1s (the next slower exact one is 73 per 1ns)"},
	} {
		_, err := ratelimit.NewKeyed(ratelimit.KeyedConfig[int]{Capacity: c.capacity, Limits: c.limits})
		require.EqualError(t, err, c.want)
	}
	k, err := ratelimit.NewKeyed(ratelimit.KeyedConfig[int]{Capacity: 1, Limits: oneASecond, Class: func(key int) int { return key }})
	require.NoError(t, err)
	for _, c := range []struct {
		key, n int
		want   error
	}{
		{0, 0, ratelimit.ErrNotPositive}, {0, -1, ratelimit.ErrNotPositive}, {0, math.MinInt, ratelimit.ErrNotPositive},
		{0, 2, ratelimit.ErrTooLarge}, {0, math.MaxInt, ratelimit.ErrTooLarge},
		{1, 1, ratelimit.ErrNoLimit}, {-1, 1, ratelimit.ErrNoLimit}, {math.MinInt, 0, ratelimit.ErrNoLimit},
	} {
		d := k.Take(0, c.key, c.n)
		require.ErrorIs(t, d.Err(), c.want)
		require.Equal(t, ratelimit.Decision{Verdict: d.Verdict, Wait: ratelimit.Never}, d)
	}
	require.EqualError(t, k.SetLimits(0), "ratelimit: a table must have a limit: none given")
}

func TestErrors_Sketch(t *testing.T) {
	for _, c := range []struct {
		rows, width, burst int
		want               string
	}{
		{0, 1, 1, "ratelimit: a sketch must have 1 to 8 rows: 0"},
		{9, 1, 1, "ratelimit: a sketch must have 1 to 8 rows: 9"},
		{1, 0, 1, "ratelimit: a sketch's width must lie in [1, 4294967296]: 0"},
		{1, 1<<32 + 1, 1, "ratelimit: a sketch's width must lie in [1, 4294967296]: 4294967297"},
		{1, 1, 0, "ratelimit: a burst must be positive: 0"},
	} {
		_, err := ratelimit.NewSketch(ratelimit.SketchConfig[int]{
			Limit: ratelimit.Limit{Rate: ratelimit.PerSecond(1), Burst: c.burst}, Rows: c.rows, Width: c.width,
		})
		require.EqualError(t, err, c.want)
	}
	s := newSketch(oneASecond[0], 1, 1)
	require.ErrorIs(t, s.Take(0, 1, 0).Err(), ratelimit.ErrNotPositive)
	require.ErrorIs(t, s.Take(0, 1, 2).Err(), ratelimit.ErrTooLarge)
}

func TestErrors_Composed(t *testing.T) {
	table, err := ratelimit.NewKeyed(ratelimit.KeyedConfig[int]{Capacity: 1, Limits: oneASecond})
	require.NoError(t, err)
	self := func(n int) int { return n }
	whole := func(name string) ratelimit.Level[int] { return ratelimit.Whole[int](name, oneASecond[0]) }
	nine := []ratelimit.Level[int]{}
	for _, name := range []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"} {
		nine = append(nine, whole(name))
	}
	_, err = ratelimit.NewComposed(nine[:8]...)
	require.NoError(t, err)
	for _, c := range []struct {
		levels []ratelimit.Level[int]
		want   string
	}{
		{nil, "ratelimit: a composition must have 1 to 8 levels: 0"},
		{nine, "ratelimit: a composition must have 1 to 8 levels: 9"},
		{[]ratelimit.Level[int]{{}}, "ratelimit: a level must be made by By or Whole: an empty one"},
		{[]ratelimit.Level[int]{ratelimit.By[int, int]("client", nil, self)}, `ratelimit: a level must have a table and a key, neither nil (level "client")`},
		{[]ratelimit.Level[int]{ratelimit.By[int]("client", table, nil)}, `ratelimit: a level must have a table and a key, neither nil (level "client")`},
		{[]ratelimit.Level[int]{ratelimit.Whole[int]("all", ratelimit.Limit{Rate: ratelimit.PerSecond(1)})}, `ratelimit: a burst must be positive: 0 (level "all")`},
		{[]ratelimit.Level[int]{whole("all"), whole("all")}, `ratelimit: the levels of a composition must have distinct names: "all"`},
		{[]ratelimit.Level[int]{ratelimit.By("client", table, self), ratelimit.By("route", table, self)},
			`ratelimit: the levels of a composition must have distinct tables: "route" has that of another`},
	} {
		_, err := ratelimit.NewComposed(c.levels...)
		require.EqualError(t, err, c.want)
	}
}

func TestErrors_Sharing(t *testing.T) {
	good := ratelimit.SharingConfig[int]{
		Limit: ratelimit.Limit{Rate: ratelimit.PerSecond(10), Burst: 10}, Period: time.Second, Split: ratelimit.MaxMin, Clients: 1,
	}
	_, err := ratelimit.NewSharing(good)
	require.NoError(t, err)
	for _, c := range []struct {
		spoil func(*ratelimit.SharingConfig[int])
		want  string
	}{
		{func(c *ratelimit.SharingConfig[int]) { c.Limit.Rate = ratelimit.PerSecond(-1) }, "ratelimit: a rate must be positive: -1 per 1s"},
		{func(c *ratelimit.SharingConfig[int]) { c.Period = 0 }, "ratelimit: a period must be positive, and no longer than 640512h0m0s: 0s"},
		{func(c *ratelimit.SharingConfig[int]) { c.Period = math.MaxInt64 },
			"ratelimit: a period must be positive, and no longer than 640512h0m0s: 2562047h47m16.854775807s"},
		{func(c *ratelimit.SharingConfig[int]) { c.Period = time.Millisecond },
			"ratelimit: a period must admit one event or more, and no more than the burst: 1ms admit 0 of 10 per 1s, burst 10"},
		{func(c *ratelimit.SharingConfig[int]) { c.Limit.Burst = 9 },
			"ratelimit: a period must admit one event or more, and no more than the burst: 1s admit 10 of 10 per 1s, burst 9"},
		{func(c *ratelimit.SharingConfig[int]) { c.Split = nil }, "ratelimit: a sharing must have a split, MaxMin or Proportional: none given"},
		{func(c *ratelimit.SharingConfig[int]) { c.Clients = 0 }, "ratelimit: the number of clients must lie in [1, 32768]: 0"},
		{func(c *ratelimit.SharingConfig[int]) { c.Clients = 32_769 }, "ratelimit: the number of clients must lie in [1, 32768]: 32769"},
	} {
		config := good
		c.spoil(&config)
		_, err := ratelimit.NewSharing(config)
		require.EqualError(t, err, c.want)
	}
}

func TestErrors_Shares(t *testing.T) {
	const most = 1 << 62
	for _, split := range []ratelimit.Split{ratelimit.MaxMin, ratelimit.Proportional} {
		for _, c := range []struct {
			total           int
			wanted, weights []int
			want            string
		}{
			{-1, nil, nil, "ratelimit: a total to share must not be negative: -1"},
			{1, []int{1, 2}, []int{1}, "ratelimit: there must be a weight for each who wants: 1, 2"},
			{1, nil, []int{1}, "ratelimit: there must be a weight for each who wants: 1, 0"},
			{1, []int{-1}, nil, "ratelimit: what is wanted must not be negative: -1"},
			{1, []int{1}, []int{0}, "ratelimit: a weight must be positive: 0"},
			{1, []int{math.MaxInt}, nil, "ratelimit: the sum of all that is wanted, times weight, must be at most 2^62"},
			{1, []int{most, 1}, nil, "ratelimit: the sum of all that is wanted, times weight, must be at most 2^62"},
			{1, []int{most, most, most, most}, nil, "ratelimit: the sum of all that is wanted, times weight, must be at most 2^62"},
			{1, []int{0, 0}, []int{most, most}, "ratelimit: the sum of all that is wanted, times weight, must be at most 2^62"},
			{1, []int{math.MaxInt}, []int{math.MaxInt}, "ratelimit: the sum of all that is wanted, times weight, must be at most 2^62"},
		} {
			_, err := split(c.total, c.wanted, c.weights)
			require.EqualError(t, err, c.want)
		}
	}
}
