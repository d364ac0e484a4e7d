package httpbalance

import (
	"time"

	"github.com/sysdesign-lab/sysdesign/loadbalance"
)

// OnDone calls f after each Done of a token, which keeps its outcome to itself. It must come before the first request.
func (t *Transport) OnDone(f func(endpoint string, now time.Duration, o loadbalance.Outcome)) {
	t.done = func(token *token, now time.Duration, o loadbalance.Outcome) {
		endpoint := token.Endpoint().ID
		(*token).Done(now, o)
		f(endpoint, now, o)
	}
}
