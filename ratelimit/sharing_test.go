package ratelimit_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/ratelimit"
)

// sharingLimiter is a limit that clients share, as the laws see it. Clients are small numbers.
type sharingLimiter interface {
	Take(now time.Duration, client, n int) ratelimit.Decision
}

type sharingMaker func(ratelimit.SharingConfig[int]) sharingLimiter

func sharing(c ratelimit.SharingConfig[int]) sharingLimiter {
	s, err := ratelimit.NewSharing(c)
	if err != nil {
		panic(err) // the laws give no bad input
	}
	return s
}

var someSplit = rapid.SampledFrom([]string{"max-min", "proportional"})

var splits = map[string]ratelimit.Split{"max-min": ratelimit.MaxMin, "proportional": ratelimit.Proportional}

// All clients together get no more than the limit admits, in any interval, measured by the largest now of an admitted request, under
// any order of now.
func lawSharingBound(make sharingMaker) func(*rapid.T) {
	return func(t *rapid.T) {
		interval := time.Duration(rapid.IntRange(1, 5).Draw(t, "interval"))
		period := interval * time.Duration(rapid.IntRange(1, 6).Draw(t, "events a period"))
		burst := int(period/interval) + rapid.IntRange(0, 14).Draw(t, "more burst")
		limit := ratelimit.Limit{Rate: ratelimit.Every(interval), Burst: burst}
		tested := make(ratelimit.SharingConfig[int]{Limit: limit, Period: period, Split: splits[someSplit.Draw(t, "split")], Clients: 5})
		var admitted []keyedAdmission
		var story tableStory
		story.tell("%v, in periods of %v", limit, period)
		for range someSteps.Draw(t, "steps") {
			now, client := someNow.Draw(t, "now"), below(3).Draw(t, "client")
			n := rapid.IntRange(1, int(period/interval)).Draw(t, "n")
			if !tested.Take(now, client, n).OK() {
				continue
			}
			story.tell("at %v client %d gets %d", now, client, n)
			latest := now
			if len(admitted) > 0 {
				latest = max(latest, admitted[len(admitted)-1].at)
			}
			admitted = append(admitted, keyedAdmission{latest, n})
			sum := 0
			for _, a := range slices.Backward(admitted) {
				sum += a.n
				if length := latest - a.at; time.Duration(sum)*interval > time.Duration(limit.Burst)*interval+length {
					story.fail(t, "they got %d within %v", sum, length)
				}
			}
		}
	}
}

func TestLaw_SharingBoundUnderAnyOrderOfNow(t *testing.T) {
	rapid.Check(t, lawSharingBound(sharing))
}

// While everybody asks for the same in each period, in any order and at any time of it, from the second period on each gets what the
// split gives of the period's events, and of what is carried beyond the reserve, odd ones in the order in which the clients first
// came; so the whole limit is used.
func lawSharingSteady(make sharingMaker) func(*rapid.T) {
	return func(t *rapid.T) {
		name := someSplit.Draw(t, "split")
		interval := time.Duration(rapid.IntRange(1, 5).Draw(t, "interval"))
		period := interval * time.Duration(rapid.IntRange(1, 8).Draw(t, "events a period"))
		period += time.Duration(rapid.IntRange(0, int(interval)-1).Draw(t, "and more"))
		most := int((period + interval - 1) / interval) // events a period
		more := rapid.IntRange(0, 9).Draw(t, "more burst")
		carries := min(int(period/interval), more) // from one period to the next
		asks := rapid.SliceOfN(rapid.IntRange(1, 6), 1, 5).Draw(t, "asks")
		total := 0
		for _, n := range asks {
			total += n
		}
		asks[0] += max(0, most-total) // all of the limit is wanted
		weights := rapid.SliceOfN(rapid.IntRange(1, 3), len(asks), len(asks)).Draw(t, "weights")
		tested := make(ratelimit.SharingConfig[int]{
			Limit:  ratelimit.Limit{Rate: ratelimit.Every(interval), Burst: 2*most + 1 + more},
			Period: period, Split: splits[name], Clients: len(asks),
			Weight: func(client int) int { return weights[client] },
		})
		var story tableStory
		story.tell("one event in %v, in periods of %v, a burst of %d, %s; clients ask for %v with weights %v in each",
			interval, period, 2*most+1+more, name, asks, weights)
		var requests []int
		for client, n := range asks {
			requests = append(requests, slices.Repeat([]int{client}, n)...)
		}
		carried := carries
		var first []int // clients in the order in which they came
		for p := range rapid.IntRange(2, 4).Draw(t, "periods") {
			got := slices.Repeat([]int{0}, len(asks))
			now := time.Duration(p) * period
			end := now + period - 1
			for _, client := range rapid.Permutation(requests).Draw(t, "order") {
				now += time.Duration(rapid.IntRange(0, int(end-now)).Draw(t, "later"))
				if tested.Take(now, client, 1).OK() {
					got[client]++
				}
				if !slices.Contains(first, client) {
					first = append(first, client)
				}
			}
			due := int(time.Duration(p+1)*period/interval) - int(time.Duration(p)*period/interval)
			unused := due + carried
			for _, n := range got {
				unused -= n
			}
			due += carried - min(carried, carries/2)
			carried = min(unused, carries)
			if p == 0 {
				continue
			}
			var wanted, weight []int
			for _, client := range first {
				wanted, weight = append(wanted, asks[client]), append(weight, weights[client])
			}
			shares, err := splits[name](due, wanted, weight)
			if err != nil {
				t.Fatal(err)
			}
			want := slices.Repeat([]int{0}, len(asks))
			for i, client := range first {
				want[client] = shares[i]
			}
			if !slices.Equal(got, want) {
				story.fail(t, "in period %d, of %d events, they get %v and not %v, having come in the order %v", p, due, got, want, first)
			}
		}
	}
}

func TestLaw_SharingGivesWhatTheSplitGives(t *testing.T) {
	rapid.Check(t, lawSharingSteady(sharing))
}

// While one client asks for all it can get, and the others for what they like, together for no more than a quarter of what can be
// carried, those others are refused little, once and for all, and nothing is wasted. If nobody is new, it gets what the others did not
// ask for in the period before.
//
// Why 2*m: let S be what they ask for in a period, at most m, R the reserve, and K = R + S of the period before. What they use less than
// before fills the reserve, what they use more empties it, so K stays as it is, but each refusal raises K of the next period by one,
// unless it is half of what can be carried, 2*m, already. (A reserve beyond that half is split, which leaves K at 2*m or more.) They are
// refused only when what they want more, at most S, exceeds R; so K, refusals included, is at most 2*m then, and when it is 2*m,
// R is at least m, and nobody is refused. In the end no more is carried than can be: the rest of all periods is used.
func lawSharingReserve(make sharingMaker) func(*rapid.T) {
	return func(t *rapid.T) {
		m := rapid.IntRange(1, 3).Draw(t, "m")
		carries := 4*m + rapid.IntRange(0, 3).Draw(t, "more carried")
		total := carries + rapid.IntRange(0, 5).Draw(t, "more events a period")
		period := time.Duration(total) * time.Nanosecond
		clients := rapid.IntRange(1, 3).Draw(t, "clients")
		limit := ratelimit.Limit{Rate: ratelimit.Every(1), Burst: 2*total + 1 + carries}
		tested := make(ratelimit.SharingConfig[int]{Limit: limit, Period: period, Split: ratelimit.MaxMin, Clients: clients + 1})
		var story tableStory
		story.tell("%v, in periods of %v; client 0 asks for %d in each", limit, period, total+carries)
		refused, used := 0, 0
		last := slices.Repeat([]int{0}, clients+1) // what they asked for
		for p := range rapid.IntRange(2, 12).Draw(t, "periods") {
			requests := rapid.SliceOfN(rapid.IntRange(1, clients), 0, m).Draw(t, "requests")
			if rapid.Bool().Draw(t, "greedy comes first") {
				requests = append(slices.Repeat([]int{0}, total+carries), requests...)
			} else {
				requests = rapid.Permutation(append(slices.Repeat([]int{0}, total+carries), requests...)).Draw(t, "order")
			}
			asked, got := slices.Repeat([]int{0}, clients+1), slices.Repeat([]int{0}, clients+1)
			now := time.Duration(p) * period
			end := now + period - 1
			for _, client := range requests {
				now += time.Duration(rapid.IntRange(0, int(end-now)).Draw(t, "later"))
				asked[client]++
				if tested.Take(now, client, 1).OK() {
					got[client]++
				}
			}
			known, before := true, 0
			for client := 1; client <= clients; client++ {
				known = known && (asked[client] == 0 || last[client] > 0)
				before += last[client]
			}
			last = asked
			story.tell("in period %d the others ask for %v and get %v, and it gets %d", p, asked[1:], got[1:], got[0])
			if p == 0 {
				continue
			}
			used += got[0]
			for client := 1; client <= clients; client++ {
				refused += asked[client] - got[client]
				used += got[client]
			}
			if known && got[0] < total-before {
				story.fail(t, "nobody is new, and the others asked for %d of %d: it should get the rest", before, total)
			}
			if refused > 2*m {
				story.fail(t, "since period 1 the others are refused %d, more than twice the %d that they ask for at most", refused, m)
			}
			if used < p*total-carries {
				story.fail(t, "since period 1 they get %d of %d, and no more than %d can be carried", used, p*total, carries)
			}
		}
	}
}

func TestLaw_SharingKeepsAReserve(t *testing.T) {
	rapid.Check(t, lawSharingReserve(sharing))
}

// Whatever happened, exactly as many events as a decision says remain would be admitted at the same instant, one by one.
func lawSharingRemaining(make sharingMaker) func(*rapid.T) {
	return func(t *rapid.T) {
		total := rapid.IntRange(1, 6).Draw(t, "events a period")
		limit := ratelimit.Limit{Rate: ratelimit.Every(1), Burst: total + rapid.IntRange(0, 14).Draw(t, "more burst")}
		tested := make(ratelimit.SharingConfig[int]{
			Limit: limit, Period: time.Duration(total), Split: splits[someSplit.Draw(t, "split")], Clients: 3,
			Weight: func(client int) int { return 1 + client%2 },
		})
		var story tableStory
		story.tell("%v, in periods of %v", limit, time.Duration(total))
		var d ratelimit.Decision
		now, client := time.Duration(0), 0
		for range 1 + someSteps.Draw(t, "more steps") {
			now += time.Duration(rapid.IntRange(0, total+1).Draw(t, "later"))
			client = below(4).Draw(t, "client")
			n := rapid.IntRange(1, total).Draw(t, "n")
			d = tested.Take(now, client, n)
			story.tell("at %v client %d asks for %d: %s", now, client, n, telling(d))
		}
		more := 0
		for d.Remaining < 100 && tested.Take(now, client, 1).OK() {
			more++
		}
		if more != d.Remaining {
			story.fail(t, "then it gets %d", more)
		}
	}
}

func TestLaw_SharingSaysWhatRemains(t *testing.T) {
	rapid.Check(t, lawSharingRemaining(sharing))
}

// sharingOf is ten events a second, with a burst that can carry nothing to the next.
func sharingOf(t *testing.T, clients int) *ratelimit.Sharing[string] {
	return sharingWithBurst(t, clients, 21)
}

func sharingWithBurst(t *testing.T, clients, burst int) *ratelimit.Sharing[string] {
	s, err := ratelimit.NewSharing(ratelimit.SharingConfig[string]{
		Limit: ratelimit.Limit{Rate: ratelimit.PerSecond(10), Burst: burst}, Period: time.Second, Split: ratelimit.MaxMin, Clients: clients,
	})
	require.NoError(t, err)
	return s
}

// takes is how many of so many requests, one after another, are admitted.
func takes(s *ratelimit.Sharing[string], now time.Duration, client string, requests int) (admitted int) {
	for range requests {
		if s.Take(now, client, 1).OK() {
			admitted++
		}
	}
	return admitted
}

// What nobody asked for in the period before is for whoever comes first, and a newcomer has an equal part.
func TestSharingGivesTheRestToWhoeverComes(t *testing.T) {
	s := sharingOf(t, 10)
	require.Equal(t, 10, takes(s, 0, "alice", 20), "she is alone")
	require.Equal(t, 0, takes(s, 0, "bob", 2), "nothing is left of the period")
	require.Equal(t, 8, takes(s, 1*time.Second, "alice", 20), "bob asked for two")
	require.Equal(t, 2, takes(s, 1*time.Second, "bob", 3))
	require.Equal(t, 3, takes(s, 2*time.Second, "carol", 4), "a third of ten")
	require.Equal(t, 7, takes(s, 2*time.Second, "alice", 20), "she has eight, of which carol got one")
	require.Equal(t, 0, takes(s, 2*time.Second, "bob", 3), "and bob none of his three: what a newcomer costs lasts for a period")
	require.Equal(t, 3, takes(s, 3*time.Second, "bob", 3))
	require.Equal(t, 3, takes(s, 3*time.Second, "carol", 4))
	require.Equal(t, 4, takes(s, 3*time.Second, "alice", 20))
	require.Equal(t, 10, takes(s, 9*time.Second, "alice", 20), "the others did not come for a period: forgotten")
}

// What nobody asked for is given out once: who takes it does not get what is others' quota.
func TestSharingKeepsTheQuotaOfTheOthers(t *testing.T) {
	s := sharingOf(t, 10)
	require.Equal(t, 4, takes(s, 0, "alice", 4))
	require.Equal(t, 4, takes(s, 0, "bob", 4))
	require.Equal(t, 4+2, takes(s, time.Second, "alice", 20))
	require.Equal(t, 4, takes(s, time.Second, "bob", 20))
}

// What is carried is at most what a period admits, and what the burst holds above twice that and one. Half of it is a reserve for who
// wants less than a fair part; who wants more does not get it.
func TestSharingCarriesWhatIsUnused(t *testing.T) {
	s := sharingWithBurst(t, 10, 29)
	require.Equal(t, 18, takes(s, 0, "alice", 30), "a period's, and the eight that the one before left")
	require.Equal(t, 10, takes(s, time.Second, "alice", 30))
	require.Equal(t, 18, takes(s, 9*time.Second, "alice", 30), "again, whatever was left before those eight")

	s = sharingWithBurst(t, 10, 40)
	require.Equal(t, 5, takes(s, 0, "bob", 5))
	require.Equal(t, 7, takes(s, 0, "alice", 7))
	require.Equal(t, 8, takes(s, time.Second, "alice", 20), "eight were carried, three are split, and one is anybody's")
	require.Equal(t, 7, takes(s, time.Second, "bob", 20), "of the reserve as much as she asked for")
	require.Equal(t, 3, takes(s, time.Second, "carol", 4), "that is a third of ten, and the rest of the reserve")

	s = sharingWithBurst(t, 10, 40)
	require.Equal(t, 5, takes(s, 0, "bob", 5))
	require.Equal(t, 15, takes(s, 0, "alice", 30))
	require.Equal(t, 5, takes(s, time.Second, "alice", 30))
	require.Equal(t, 1, takes(s, time.Second, "bob", 1))
	require.Equal(t, 9, takes(s, 2*time.Second, "alice", 30), "four were carried, and they are a reserve")
	require.Equal(t, 4, takes(s, 2*time.Second, "carol", 9), "which a newcomer has, too: more than a third of ten")
	require.Equal(t, 1, takes(s, 2*time.Second, "bob", 30), "and no more is left of it")
}

// Nobody gets from the reserve more than the refused have, by weight.
func TestSharingReserveByWeight(t *testing.T) {
	s, err := ratelimit.NewSharing(ratelimit.SharingConfig[string]{
		Limit: ratelimit.Limit{Rate: ratelimit.PerSecond(10), Burst: 31}, Period: time.Second, Split: ratelimit.Proportional, Clients: 3,
		Weight: func(client string) int { return map[string]int{"alice": 1, "bob": 1, "dave": 5}[client] },
	})
	require.NoError(t, err)
	for now := range 2 * time.Second / time.Second { // alice asks for 35, bob for 5, dave for 2
		for _, n := range []int{8, 9, 9, 9} {
			s.Take(now*time.Second, "alice", n)
		}
		s.Take(now*time.Second, "bob", 5)
		s.Take(now*time.Second, "dave", 2)
	}
	// One was carried into the last period, and of 10+1 two were taken. Of the nine that are carried now five are a reserve, so 10+4 are
	// split, into 11, 1 and 2.
	require.Equal(t, 5*1-1, s.Take(2*time.Second, "dave", 1).Remaining)
	require.Equal(t, 5*1-1, takes(s, 2*time.Second, "dave", 9))
	require.Equal(t, 1, takes(s, 2*time.Second, "bob", 9))
	require.Equal(t, 11, takes(s, 2*time.Second, "alice", 19))
}

// A now of an earlier period counts as in the latest one.
func TestSharingDoesNotBeginAPeriodAgain(t *testing.T) {
	s := sharingOf(t, 10)
	require.Equal(t, 10, takes(s, time.Second, "alice", 20))
	require.Equal(t, 0, takes(s, 0, "alice", 20))
}

// One client more than there may be is refused until the next period, in which the idle ones are forgotten.
func TestSharingRefusesOneClientMore(t *testing.T) {
	s := sharingOf(t, 2)
	require.True(t, s.Take(0, "alice", 1).OK())
	require.True(t, s.Take(0, "bob", 1).OK())
	d := s.Take(300*time.Millisecond, "carol", 1)
	require.Equal(t, ratelimit.Decision{Wait: 700 * time.Millisecond, ResetAfter: 700 * time.Millisecond}, d)
	require.True(t, s.Take(time.Second, "bob", 1).OK())
	require.False(t, s.Take(time.Second, "carol", 1).OK(), "alice asked in the period before")
	require.True(t, s.Take(2*time.Second, "carol", 1).OK())
}

// A refusal says what is left: of the client's quota and of what is nobody's, of the period and of the limit.
func TestSharingRemaining(t *testing.T) {
	s := sharingOf(t, 2)
	require.Equal(t, 10-3, s.Take(0, "alice", 3).Remaining)
	require.Equal(t, ratelimit.Decision{Remaining: 7, Wait: time.Second, ResetAfter: time.Second}, s.Take(0, "alice", 8))
	require.Equal(t, ratelimit.TooLarge, s.Take(0, "alice", 11).Verdict)
	require.Equal(t, ratelimit.NotPositive, s.Take(0, "alice", 0).Verdict)
}

// A weight out of range is nobody's, and a split that gives an error leaves all to whoever comes first.
func TestSharingOfBadWeightsAndSplits(t *testing.T) {
	config := ratelimit.SharingConfig[string]{
		Limit: ratelimit.Limit{Rate: ratelimit.PerSecond(10), Burst: 21}, Period: time.Second, Split: ratelimit.MaxMin, Clients: 2,
		Weight: func(client string) int { return len(client) },
	}
	s, err := ratelimit.NewSharing(config)
	require.NoError(t, err)
	require.Equal(t, ratelimit.Decision{Verdict: ratelimit.NoLimit, Wait: ratelimit.Never}, s.Take(0, "", 1))

	config.Split = func(int, []int, []int) ([]int, error) { return nil, ratelimit.ErrRefused }
	s, err = ratelimit.NewSharing(config)
	require.NoError(t, err)
	takes(s, 0, "alice", 10)
	require.Equal(t, 10, takes(s, time.Second, "alice", 20))

	config.Split = func(int, []int, []int) ([]int, error) { return []int{math.MinInt}, nil }
	s, err = ratelimit.NewSharing(config)
	require.NoError(t, err)
	takes(s, 0, "alice", 10)
	require.Equal(t, 10, takes(s, time.Second, "alice", 20), "nobody's quota is less than nothing")
}
