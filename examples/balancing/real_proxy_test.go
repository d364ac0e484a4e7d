package balancing

import (
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/internal/lab"
	"github.com/sysdesign-lab/sysdesign/loadbalance"
)

// Timings on a machine that runs other tests beside this one prove nothing; what does not depend on them must hold: no
// request fails but those in flight at the kill, and refused ones are tried elsewhere.
func TestClaim_RealProxySurvives(t *testing.T) {
	result, err := lab.Try(realProxy(realPolicies, effort{tiny: true}), 1)
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
	result, err := lab.Try(realProxy(policies, effort{tiny: true}), 1, "-load", "0.1")
	require.NoError(t, err)
	i := slices.IndexFunc(result.Findings, func(f lab.Finding) bool {
		return f.Sentence == "errors of requests that were not in flight at the kill: none"
	})
	require.False(t, result.Findings[i].Holds, "%+v", result.Findings[i])
}
