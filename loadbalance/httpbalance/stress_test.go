package httpbalance_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/loadbalance"
	"github.com/sysdesign-lab/sysdesign/loadbalance/httpbalance"
)

// Everything at once: requests of all kinds from several goroutines, endpoints that refuse, fail and turn away, callers
// that give up, close early or read to the end, while the set of endpoints changes all the time. No request
// fails but those that were meant to; at the end each has ended once, and all counts are zero.
func TestStressWithChangingMembership(t *testing.T) {
	const workers = 4
	requests := 400 // a worker's
	if race.Enabled {
		requests = 150
	}
	inner := &http.Transport{MaxIdleConnsPerHost: workers}
	defer inner.CloseIdleConnections()
	work := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/slow": // only a caller that gives up ends it; a server that has not read the body does not see that
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
			panic(http.ErrAbortHandler)
		case "/busy":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/long":
			_, _ = io.WriteString(w, strings.Repeat("long ", 10_000))
		default:
			echo(w, r)
		}
	})
	var live, all []endpoint
	for range 3 {
		live = append(live, serve(t, work))
	}
	all = append(append(all, live...), at(t, nowhere), at(t, "http://localhost:1"))

	for name, make := range map[string]func() (loadbalance.Picker[*url.URL], error){
		"least connections": func() (loadbalance.Picker[*url.URL], error) { return loadbalance.NewLeastConnections(all, nil) },
		"as many choices as endpoints": func() (loadbalance.Picker[*url.URL], error) {
			return loadbalance.NewPowerOfChoices(all, len(all), nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			picker, err := make()
			require.NoError(t, err)
			ends := newEnds()
			transport, err := httpbalance.NewTransport(heard{picker, ends}, httpbalance.Options{Inner: inner})
			require.NoError(t, err)

			var changing, working sync.WaitGroup
			stop := new(atomic.Bool)
			changing.Go(func() {
				random := rand.New(rand.NewPCG(1, 2))
				for !stop.Load() {
					// One that answers stays; who that is changes.
					random.Shuffle(len(live), func(i, j int) { live[i], live[j] = live[j], live[i] })
					set := append([]endpoint{live[0]}, all[3:]...)
					if random.IntN(2) == 0 {
						set = append(set, live[1])
					}
					if err := picker.Update(set); err != nil {
						t.Errorf("Update: %v", err)
					}
					time.Sleep(time.Millisecond) // lets requests pass between two changes
				}
			})
			var answered, gaveUp, busy atomic.Int64
			for w := range workers {
				working.Go(func() {
					random := rand.New(rand.NewPCG(3, uint64(w)))
					for i := range requests {
						if err := one(transport, random, i, &answered, &gaveUp, &busy); err != nil {
							t.Errorf("request %d of worker %d: %v", i, w, err)
							return
						}
					}
				})
			}
			working.Wait()
			stop.Store(true)
			changing.Wait()

			require.NoError(t, picker.Update(all))
			requireIdle(t, picker)
			var ended [4]int64
			for _, o := range ends.outcomes() {
				ended[o]++
			}
			require.EqualValues(t, workers*requests, answered.Load()+gaveUp.Load()+busy.Load())
			require.Equal(t, answered.Load(), ended[loadbalance.OK])
			require.Equal(t, busy.Load(), ended[loadbalance.Overloaded])
			require.Positive(t, ended[loadbalance.Cancelled])
			require.LessOrEqual(t, ended[loadbalance.Cancelled], gaveUp.Load(), "some gave up before a pick, or between two")
			require.Positive(t, ended[loadbalance.Failed], "some connections were refused")
		})
	}
}

// one sends one request of some kind, and says what should not have happened.
func one(transport http.RoundTripper, random *rand.Rand, i int, answered, gaveUp, busy *atomic.Int64) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	path, text, give := "/", fmt.Sprint("text ", i), false
	switch random.IntN(8) {
	case 0:
		path, give = "/slow", true
	case 1:
		path = "/busy"
	case 2:
		path = "/long"
	}
	body := []io.Reader{nil, strings.NewReader(text), once(text)}[random.IntN(3)]
	r, err := http.NewRequestWithContext(ctx, "POST", "http://service"+path, body)
	if err != nil {
		return err
	}
	if give {
		// Some give up before they are sent, most while they wait.
		defer time.AfterFunc(time.Duration(1+random.IntN(1_000_000)), cancel).Stop()
	}
	response, err := transport.RoundTrip(r)
	switch {
	case give && err != nil:
		gaveUp.Add(1)
		return nil
	case give:
		return fmt.Errorf("%s was answered: %s", path, response.Status)
	case err != nil:
		return err
	case path == "/busy":
		busy.Add(1)
		return response.Body.Close()
	}
	answered.Add(1)
	if path == "/long" && random.IntN(2) == 0 {
		_, err := io.CopyN(io.Discard, response.Body, 100)
		response.Body.Close()
		return err
	}
	got, err := io.ReadAll(response.Body)
	if body == nil {
		text = ""
	}
	if path == "/" && !strings.HasSuffix(string(got), " / "+text) {
		return fmt.Errorf("the answer is %q, not %q", got, text)
	}
	response.Body.Close()
	return err
}

// A server that dies under load costs the requests that were on its connections, at most one each: uploads, which nobody can
// send again. Connections that are refused afterwards cost nothing, though nobody took the endpoint out.
func TestStressWithAServerThatDies(t *testing.T) {
	const workers = 4
	requests := 1000 // a worker's
	if race.Enabled {
		requests = 150
	}
	killed := httptest.NewServer(echo)
	defer killed.Close()
	var connections atomic.Int64 // to the one that dies
	inner := &http.Transport{
		MaxIdleConnsPerHost: workers,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			if err == nil && address == killed.Listener.Addr().String() {
				connections.Add(1)
			}
			return conn, err
		},
	}
	defer inner.CloseIdleConnections()
	picker, err := loadbalance.NewLeastConnections([]endpoint{serve(t, echo), at(t, killed.URL), serve(t, echo)}, nil)
	require.NoError(t, err)
	ends := newEnds()
	transport, err := httpbalance.NewTransport(heard{picker, ends}, httpbalance.Options{Inner: inner})
	require.NoError(t, err)
	var failures atomic.Int64

	var working sync.WaitGroup
	for w := range workers {
		working.Go(func() {
			for i := range requests {
				if w == 0 && i == requests/2 {
					killed.Listener.Close()
					killed.CloseClientConnections()
				}
				r, err := http.NewRequest("POST", "http://service/", once("text"))
				if err != nil {
					t.Error(err)
					return
				}
				response, err := transport.RoundTrip(r)
				if err != nil {
					failures.Add(1)
					continue
				}
				if _, err := io.Copy(io.Discard, response.Body); err != nil {
					failures.Add(1)
				}
				response.Body.Close()
			}
		})
	}
	working.Wait()
	refusals := 0
	for _, o := range ends.outcomes() {
		if o == loadbalance.Failed {
			refusals++
		}
	}
	require.LessOrEqual(t, failures.Load(), connections.Load())
	require.Greater(t, refusals, requests/10, "the dead one looks idle, and is picked again and again")
	require.Less(t, connections.Load(), int64(requests/10), "the first bound says something")
	requireIdle(t, picker)
}
