package balancing

import (
	"errors"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/examples/judge"
	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/loadbalance"
)

// Timings on a machine that runs other tests beside this one prove nothing; what does not depend on them must hold: no
// request fails but those in flight at the kill, and refused ones are tried elsewhere.
func TestClaim_RealProxySurvives(t *testing.T) {
	result, err := lab.Try(realProxy(realPolicies, judge.Effort{Tiny: true}), 1)
	require.NoError(t, err)
	require.Len(t, result.Rows, 2*2*len(quantiles))
	for _, sentence := range []string{
		"errors of requests that were not in flight at the kill: none",
		"connections that the dead backend refused were tried elsewhere, more than none",
	} {
		i := slices.IndexFunc(result.Findings, func(f lab.Finding) bool { return f.Sentence == sentence })
		require.GreaterOrEqual(t, i, 0)
		require.True(t, result.Findings[i].Holds, "%+v", result.Findings[i])
	}
}

// stubborn offers one endpoint only, so that what it refuses cannot be tried elsewhere.
type stubborn struct {
	loadbalance.Picker[*url.URL]
	only string
}

func (s stubborn) Pick(now time.Duration, r loadbalance.Request) (loadbalance.Token[*url.URL], error) {
	if slices.Contains(r.Exclude, s.only) {
		return loadbalance.Token[*url.URL]{}, loadbalance.ErrNoneEligible
	}
	for _, e := range s.Endpoints() {
		if e.ID != s.only {
			r.Exclude = append(slices.Clone(r.Exclude), e.ID)
		}
	}
	return s.Picker.Pick(now, r)
}

func TestBroken_NoOtherBackendToTry(t *testing.T) {
	policies := slices.Clone(realPolicies)
	policies[1].real = func(e []loadbalance.Endpoint[*url.URL]) (loadbalance.Picker[*url.URL], error) {
		p, err := loadbalance.NewRandom(e, nil)
		return stubborn{p, e[len(e)-1].ID}, err // the one that will be killed
	}
	result, err := lab.Try(realProxy(policies, judge.Effort{Tiny: true}), 1, "-load", "0.1")
	require.NoError(t, err)
	i := slices.IndexFunc(result.Findings, func(f lab.Finding) bool {
		return f.Sentence == "errors of requests that were not in flight at the kill: none"
	})
	require.False(t, result.Findings[i].Holds, "%+v", result.Findings[i])
}

// Each finding is a statement about what was measured: on a good day's numbers all hold, and each bad policy turns its own
// false.
func TestBroken_RealProxyFindings(t *testing.T) {
	fast, slow := curve{1, 2, 3, 4, 5, 6}, curve{10, 20, 30, 40, 50, 60}
	answers := func(ofTheSlowed, others int, retries int64, err error) *traffic {
		t := &traffic{slowed: "slowed", slowedAt: 1, killBegan: 10, ended: 11, retries: retries}
		for i := range ofTheSlowed + others {
			o := observation{due: 2, end: 3, host: "other"}
			if i < ofTheSlowed {
				o.host = "slowed"
			}
			t.observations = append(t.observations, o)
		}
		t.observations = append(t.observations, observation{due: 20, end: 30, err: err})
		return t
	}
	refused := errors.New("connection refused")
	for _, c := range []struct {
		bug                 string
		measured, predicted []curve // of random, of two choices
		share               [2]int  // of the slowed backend, in 100
		retries             int64
		err                 error
		finding             string
	}{
		{"", []curve{slow, fast}, []curve{slow, fast}, [2]int{20, 5}, 3, nil, ""},
		{"two choices is random, and the other way round", []curve{fast, slow}, []curve{slow, fast}, [2]int{20, 5}, 3, nil,
			"measured: two choices have a lower p99 than random, in ms"},
		{"two choices is random, and the other way round", []curve{slow, fast}, []curve{fast, slow}, [2]int{20, 5}, 3, nil,
			"predicted: two choices have a lower p99 than random, in ms"},
		{"a policy does not try elsewhere", []curve{slow, fast}, []curve{slow, fast}, [2]int{20, 5}, 3, refused,
			"errors of requests that were not in flight at the kill: none"},
		{"a policy never picks the dead backend", []curve{slow, fast}, []curve{slow, fast}, [2]int{20, 5}, 0, nil,
			"connections that the dead backend refused were tried elsewhere, more than none"},
		{"two choices prefer the slow backend", []curve{slow, fast}, []curve{slow, fast}, [2]int{20, 40}, 3, nil,
			"two choices give the slow backend less than random does, as a share of answers"},
	} {
		experiment := realProxy(realPolicies, judge.Effort{Tiny: true})
		experiment.New = func(*lab.Parameters) func(*lab.Run) error {
			return func(r *lab.Run) error {
				x := &realRun{policies: realPolicies, backends: 6, load: 0.5, mean: time.Millisecond}
				incidents := []*traffic{
					answers(c.share[0], 100-c.share[0], c.retries, nil), answers(c.share[1], 100-c.share[1], c.retries, c.err),
				}
				r.Table("bug").Row(c.bug)
				r.Figure(x.figure(c.measured, c.predicted, c.measured, time.Second))
				x.findings(r, c.measured, c.predicted, incidents)
				return nil
			}
		}
		result, err := lab.Try(experiment, 1)
		require.NoError(t, err)
		require.Len(t, result.Findings, 5)
		for _, f := range result.Findings {
			require.Equal(t, f.Sentence != c.finding, f.Holds, "when %s: %+v", c.bug, f)
		}
	}
}
