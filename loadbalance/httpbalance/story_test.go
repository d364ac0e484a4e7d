package httpbalance_test

import (
	"fmt"
	"net/http"
	"strings"

	"pgregory.net/rapid"

	"github.com/sysdesign-lab/sysdesign/loadbalance"
)

// tell adds a step to the story.
func (r *run) tell(format string, args ...any) {
	r.story = append(r.story, fmt.Sprintf(format, args...))
}

// fail ends the story with what is wrong.
func (r *run) fail(t *rapid.T, format string, args ...any) {
	t.Fatalf("%s\nbut %s", strings.Join(r.story, "\n"), fmt.Sprintf(format, args...))
}

func (r *run) tellRequest() {
	body := "no body"
	if r.caller.body == "once" || r.caller.body == "again" {
		body = fmt.Sprintf("the body %q", r.caller.text)
		if r.caller.breaks {
			body = fmt.Sprintf("a body that breaks off after %q", r.caller.text[:1])
		}
		if r.caller.body == "once" {
			body += ", to be had once"
		}
	}
	r.tell("endpoints: %d\na request for %v with %s", len(r.plays), r.request.URL, body)
}

// tellAttempt says what an endpoint did with the request that was sent to it, after it did.
func (r *run) tellAttempt(p play, out *http.Request) {
	did := ""
	if len(r.bodies) > 0 {
		did = fmt.Sprintf("is sent %q and ", r.sent[len(r.sent)-1])
	}
	switch p.act {
	case "refuse":
		did += "refuses the connection"
	case "break":
		did += "breaks off without an answer"
	default:
		did += fmt.Sprintf("answers %d %q", p.status, p.text)
		if p.broken {
			did += ", and breaks off"
		}
	}
	if p.cancels {
		did += "; meanwhile the caller gives up"
	}
	r.tell("%s %s", out.URL.Host, did)
}

func inWords(outcomes []loadbalance.Outcome) string {
	if len(outcomes) == 0 {
		return "nothing"
	}
	names := map[loadbalance.Outcome]string{
		loadbalance.OK: "OK", loadbalance.Failed: "failed", loadbalance.Cancelled: "cancelled", loadbalance.Overloaded: "overloaded",
	}
	var words []string
	for _, o := range outcomes {
		words = append(words, names[o])
	}
	return strings.Join(words, ", ")
}
