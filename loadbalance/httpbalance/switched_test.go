package httpbalance_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/loadbalance"
	"github.com/sysdesign-lab/sysdesign/loadbalance/httpbalance"
)

// shouting switches to a protocol in which every line comes back with an exclamation mark, until the line "die", which
// resets the connection; when it has heard the last line, it says goodbye.
func shouting(t *testing.T) endpoint {
	return serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "shouting" {
			http.Error(w, "speak up", http.StatusUpgradeRequired)
			return
		}
		conn, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: shouting\r\n\r\nwelcome\n")
		lines := bufio.NewScanner(buffered)
		for lines.Scan() {
			if lines.Text() == "die" {
				_ = conn.(*net.TCPConn).SetLinger(0)
				return
			}
			fmt.Fprintf(conn, "%s!\n", lines.Text())
		}
		fmt.Fprint(conn, "goodbye\n")
	}))
}

func upgrade(t *testing.T, target string) *http.Request {
	r := request(t, "GET", target, nil)
	r.Header.Set("Connection", "Upgrade")
	r.Header.Set("Upgrade", "shouting")
	return r
}

func say(t *testing.T, conn io.Writer, in *bufio.Reader, text, want string) {
	t.Helper()
	_, err := io.WriteString(conn, text+"\n")
	require.NoError(t, err)
	line, err := in.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, want+"\n", line)
}

// switchOver has a transport switch protocols.
func switchOver(t *testing.T, ctx context.Context) (io.ReadWriteCloser, *bufio.Reader, *inTurn, *ends) {
	t.Helper()
	transport, picker, ends := over(t, at(t, nowhere), shouting(t))
	response, err := transport.RoundTrip(upgrade(t, "http://service/").WithContext(ctx))
	require.NoError(t, err)
	require.Equal(t, http.StatusSwitchingProtocols, response.StatusCode)
	conn, writable := response.Body.(io.ReadWriteCloser)
	require.True(t, writable, "the body of a 101 is the connection: %T", response.Body)
	in := bufio.NewReader(conn)
	line, err := in.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "welcome\n", line)
	return conn, in, picker, ends
}

func TestSwitchedProtocols(t *testing.T) {
	conn, in, picker, ends := switchOver(t, t.Context())
	for i := range 3 {
		say(t, conn, in, fmt.Sprint("hello ", i), fmt.Sprintf("hello %d!", i))
	}
	require.Len(t, ends.soFar(), 1, "only the refused attempt has ended")
	require.NoError(t, conn.(interface{ CloseWrite() error }).CloseWrite())
	last, err := io.ReadAll(in)
	require.NoError(t, err)
	require.Equal(t, "goodbye\n", string(last))
	require.Len(t, ends.soFar(), 1, "the end of one direction is not the end of the connection")
	require.NoError(t, conn.Close())
	conn.Close()
	require.Equal(t, []loadbalance.Outcome{loadbalance.Failed, loadbalance.OK}, ends.outcomes())
	requireIdle(t, picker.LeastConnections)
}

// The context ruled over the switch, not over the connection; net/http holds it so as well.
func TestASwitchedConnectionOutlivesItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	conn, in, _, ends := switchOver(t, ctx)
	cancel()
	say(t, conn, in, "hello", "hello!")
	require.NoError(t, conn.Close())
	require.Equal(t, []loadbalance.Outcome{loadbalance.Failed, loadbalance.OK}, ends.outcomes())
}

func TestASwitchedConnectionThatBreaks(t *testing.T) {
	conn, in, picker, ends := switchOver(t, t.Context())
	_, err := io.WriteString(conn, "die\n")
	require.NoError(t, err)
	_, err = in.ReadString('\n')
	require.Error(t, err)
	require.Equal(t, []loadbalance.Outcome{loadbalance.Failed, loadbalance.Failed}, ends.outcomes())
	conn.Close()
	require.Len(t, ends.soFar(), 2)
	requireIdle(t, picker.LeastConnections)
}

// deaf is a connection that cannot be written to, nor closed by half.
type deaf struct{ io.ReadCloser }

func (deaf) Write([]byte) (int, error) { return 0, errBroken }

func TestASwitchedConnectionThatCannotBeWritten(t *testing.T) {
	picker := newInTurn(t, at(t, nowhere))
	transport, err := httpbalance.NewTransport(picker, httpbalance.Options{
		Inner: roundTripper(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 101, Body: deaf{once("")}}, nil
		}),
	})
	require.NoError(t, err)
	response, err := transport.RoundTrip(upgrade(t, "http://service/"))
	require.NoError(t, err)
	require.ErrorIs(t, response.Body.(interface{ CloseWrite() error }).CloseWrite(), http.ErrNotSupported)
	_, err = response.Body.(io.Writer).Write([]byte("hello"))
	require.ErrorIs(t, err, errBroken)
	require.Equal(t, []loadbalance.Outcome{loadbalance.Failed}, picker.ends.outcomes())
}

func TestTheHandlerSwitchesProtocols(t *testing.T) {
	for _, hangUp := range []string{"client closes", "client closes its half", "endpoint breaks"} {
		t.Run(hangUp, func(t *testing.T) {
			handler, picker, ends := proxy(t, at(t, nowhere), shouting(t))
			front := httptest.NewServer(handler)
			defer front.Close()
			conn, err := net.Dial("tcp", front.Listener.Addr().String())
			require.NoError(t, err)
			defer conn.Close()
			require.NoError(t, upgrade(t, "http://service/").Write(conn))
			in := bufio.NewReader(conn)
			response, err := http.ReadResponse(in, nil)
			require.NoError(t, err)
			require.Equal(t, http.StatusSwitchingProtocols, response.StatusCode)
			line, err := in.ReadString('\n')
			require.NoError(t, err)
			require.Equal(t, "welcome\n", line)
			say(t, conn, in, "hello", "hello!")
			say(t, conn, in, "again", "again!")
			ends.await(t) // the refused attempt
			require.Len(t, ends.soFar(), 1)

			want := loadbalance.OK
			switch hangUp {
			case "client closes":
				require.NoError(t, conn.Close())
			case "client closes its half":
				require.NoError(t, conn.(*net.TCPConn).CloseWrite())
				last, err := io.ReadAll(in)
				require.NoError(t, err)
				require.Equal(t, "goodbye\n", string(last))
			case "endpoint breaks":
				_, err := io.WriteString(conn, "die\n")
				require.NoError(t, err)
				want = loadbalance.Failed
			}
			ends.await(t)
			require.Equal(t, []loadbalance.Outcome{loadbalance.Failed, want}, ends.outcomes())
			requireIdle(t, picker.LeastConnections)
		})
	}
}
