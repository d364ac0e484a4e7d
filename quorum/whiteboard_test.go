package quorum_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/sysdesign-lab/sysdesign/quorum"
)

// message is what is drawn for one replica.
type message struct{ w, a, r, s time.Duration }

// drawnMessages are those of some trials, in the order in which the package documents that it draws them.
func drawnMessages(m quorum.Model, n, trials int, seed uint64) [][]message {
	rnd := rand.New(rand.NewPCG(seed, 1))
	all := make([][]message, trials)
	for i := range all {
		writer, reader := -1, -1
		if m.Remote > 0 {
			writer, reader = rnd.IntN(n), rnd.IntN(n)
		}
		for replica := range n {
			x := message{m.W.Draw(rnd), m.A.Draw(rnd), m.R.Draw(rnd), m.S.Draw(rnd)}
			if replica != writer && m.Remote > 0 {
				x.w, x.a = x.w+m.Remote, x.a+m.Remote
			}
			if replica != reader && m.Remote > 0 {
				x.r, x.s = x.r+m.Remote, x.s+m.Remote
			}
			all[i] = append(all[i], x)
		}
	}
	return all
}

// response is one to the read.
type response struct {
	askedAt, backAt time.Duration // since the read began
	writtenAt       time.Duration // when the replica has the write, since the write began
}

// walk is what somebody makes of the messages of a trial: when the write commits, and the responses in their order.
type walk func(all []message, q quorum.Replicas) (commit time.Duration, answers []response)

func soundTrial(all []message, q quorum.Replicas) (time.Duration, []response) {
	var acknowledged []time.Duration
	var answers []response
	for _, m := range all {
		acknowledged = append(acknowledged, m.w+m.a)
		answers = append(answers, response{m.r, m.r + m.s, m.w})
	}
	slices.Sort(acknowledged)
	slices.SortStableFunc(answers, func(a, b response) int { return int(a.backAt - b.backAt) })
	return acknowledged[q.W-1], answers
}

// onWhiteboard looks at every message again for every t.
func onWhiteboard(by walk) stalenessOf {
	return func(m quorum.Model, q quorum.Replicas, trials int, seed uint64) (func(time.Duration) int, error) {
		all := drawnMessages(m, q.N, trials, seed)
		return func(t time.Duration) (stale int) {
			for _, messages := range all {
				commit, answers := by(messages, q)
				sees := false
				for _, a := range answers[:q.R] {
					sees = sees || commit+t+a.askedAt >= a.writtenAt
				}
				if !sees {
					stale++
				}
			}
			return stale
		}, nil
	}
}

// firstDifference writes down the messages of the first trial that a simulation judges otherwise.
func firstDifference(of stalenessOf, c stalenessCase, lag time.Duration) string {
	k := 1
	for ; k < c.trials; k++ {
		if must(of(c.model, c.q, k, c.seed))(lag) != must(onWhiteboard(soundTrial)(c.model, c.q, k, c.seed))(lag) {
			break
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "the messages of trial %d, the first that it takes wrongly, are under way for\n", k)
	for i, m := range drawnMessages(c.model, c.q.N, k, c.seed)[k-1] {
		fmt.Fprintf(&b, "  replica %d: W %v, A %v, R %v, S %v\n", i+1, m.w, m.a, m.r, m.s)
	}
	return strings.TrimRight(b.String(), "\n")
}
