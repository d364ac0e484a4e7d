package limitsim_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/ratelimit/limitsim"
)

// The example of Apache's documentation, and what else servers write.
func TestReadAccessLog(t *testing.T) {
	log := "\ufeff" + `127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326
2001:db8::1 - - [10/Oct/2000:20:55:35 +0000] "GET /\"quoted\" HTTP/1.1" 304 - "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)"

example.org - Frank N [10/Oct/2000:22:55:40 +0200] "-" 408 0 "-" "-" 0.004 "198.51.100.7"  ` + "\r\n" + `192.0.2.1 - - [10/Oct/2000:20:55:40 +0000] "\x16\x03\x01" 400 157`
	traffic, err := limitsim.ReadAccessLog(strings.NewReader(log))
	require.NoError(t, err)
	require.Equal(t, []limitsim.Request{{At: 0, Cost: 1}, {At: time.Second, Cost: 1}, {At: 5 * time.Second, Cost: 1}, {At: 5 * time.Second, Cost: 1}}, traffic)
}

const good = `192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 2326` + "\n"

func TestReadAccessLog_BadInput(t *testing.T) {
	const time36 = `[10/Oct/2000:13:55:36 -0700]`
	for _, c := range []struct{ line, want string }{
		{"nonsense", `expected the host: "nonsense"`},
		{"a b", `expected the identity, mostly -: "b"`},
		{`a - - 10/Oct/2000:13:55:36 "GET /" 200 1`, `expected the user, mostly -, and the time in [ ]: "- 10/Oct/2000:13:55:36 \"GET /\" 200 1"`},
		{`a - - [10/Oct/2000:13:55:36] "GET /" 200 1`, `expected a time such as [10/Oct/2000:13:55:36 -0700]: "10/Oct/2000:13:55:36] \"GET /\" 200 1"`},
		{`a - - [31/Feb/2000:13:55:36 -0700] "GET /" 200 1`, `expected a time such as [10/Oct/2000:13:55:36 -0700]: "31/Feb/2000:13:55:36 -0700] \"GET /\" 200 "…`},
		{`a - - ` + time36 + ` GET / 200 1`, `expected the request in quotes: "GET / 200 1"`},
		{`a - - ` + time36 + ` "GET / 200 1`, `expected a quote at the end of the request: "\"GET / 200 1"`},
		{`a - - ` + time36 + ` "GET /\" 200 1`, `expected a quote at the end of the request: "\"GET /\\\" 200 1"`},
		{`a - - ` + time36 + ` "GET /"200 1`, `expected a space: "200 1"`},
		{`a - - ` + time36 + ` "GET /" OK 1`, `expected the status, three digits: "OK 1"`},
		{`a - - ` + time36 + ` "GET /" 2000 1`, `expected the status, three digits: "2000 1"`},
		{`a - - ` + time36 + ` "GET /" 200`, `expected a space: ""`},
		{`a - - ` + time36 + ` "GET /" 200 1k`, `expected the number of bytes, or -: "1k"`},
		{`a - - ` + time36 + ` "GET /" 200 -1`, `expected the number of bytes, or -: "-1"`},
		{`a - - ` + time36 + ` "GET /" 200 1 7`, `expected the referer in quotes: "7"`},
		{`a - - ` + time36 + ` "GET /" 200 1 "-"`, `expected a space: ""`},
		{`a - - ` + time36 + ` "GET /" 200 1 "-" "x`, `expected a quote at the end of the agent: "\"x"`},
		{`a - - ` + time36 + ` "GET /" 200 1 "-" "x"y`, `expected a space: "y"`},
		{"\x00\x01 " + strings.Repeat("x", 100), `expected the identity, mostly -: "` + strings.Repeat("x", 40) + `"…`},
		{`a - - [10/Oct/2002:13:55:36 -0700] "GET /" 200 1`, "a log must span at most 365 days: 2002-10-10 13:55:36 -0700 -0700 is 17520h0m0s from the first line's time"},
		{strings.Repeat("x", 70_000), "a line must have at most 65536 bytes"},
	} {
		traffic, err := limitsim.ReadAccessLog(strings.NewReader(good + "\n" + c.line + "\n"))
		require.EqualError(t, err, "limitsim: line 3 of the access log: "+c.want)
		require.Nil(t, traffic)
	}
	for _, none := range []string{"", "\n \n", "\ufeff"} {
		_, err := limitsim.ReadAccessLog(strings.NewReader(none))
		require.EqualError(t, err, "limitsim: an access log must have a request: it has none")
	}
	broken := errors.New("the disk is on fire")
	_, err := limitsim.ReadAccessLog(io.MultiReader(strings.NewReader(good), iotest.ErrReader(broken)))
	require.ErrorIs(t, err, broken)

	around := good + strings.Replace(good, "2000", "2001", 1) + strings.Replace(good, "2000", "1999", 1)
	_, err = limitsim.ReadAccessLog(strings.NewReader(around))
	require.ErrorContains(t, err, "line 3 of the access log: a log must span at most 365 days", "a leap year has one more")
	around = good + strings.Replace(good, "10/Oct/2000", "01/Jan/2000", 1) + strings.Replace(good, "2000", "2001", 1)
	_, err = limitsim.ReadAccessLog(strings.NewReader(around))
	require.EqualError(t, err, "limitsim: an access log must span at most 365 days: 15552h0m0s")
}

func FuzzReadAccessLog(f *testing.F) {
	for _, seed := range []string{
		"", good, good + good, "\ufeff" + good, strings.Replace(good, "2326", "-", 1), strings.TrimSuffix(good, "\n") + ` "-" "a\"b"` + "\r\n",
		"a", "a ", "a - ", "a - - [", `a - - [10/Oct/2000:13:55:36 -0700] "\`, strings.Repeat(" ", 70_000), strings.Replace(good, "2000", "9999", 1),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		traffic, err := limitsim.ReadAccessLog(strings.NewReader(text))
		if err != nil {
			if traffic != nil || !strings.HasPrefix(err.Error(), "limitsim: ") || len(err.Error()) > 400 {
				t.Fatalf("an error comes with %v, and says %q", traffic, err)
			}
			return
		}
		// What was read can be written as a log, and is the same again.
		origin := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
		var again strings.Builder
		for i, r := range traffic {
			if r.Cost != 1 || r.At%time.Second != 0 || i == 0 && r.At != 0 || i > 0 && r.At < traffic[i-1].At {
				t.Fatalf("request %d is %v", i, r)
			}
			fmt.Fprintf(&again, "h - - [%s] \"-\" 200 -\n", origin.Add(r.At).Format("02/Jan/2006:15:04:05 -0700"))
		}
		reread, err := limitsim.ReadAccessLog(strings.NewReader(again.String()))
		if err != nil || len(reread) != len(traffic) || reread[len(reread)-1] != traffic[len(traffic)-1] {
			t.Fatalf("%v, written and read, is %v, %v", traffic, reread, err)
		}
	})
}
