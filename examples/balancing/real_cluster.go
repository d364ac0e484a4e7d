package balancing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sysdesign-lab/sysdesign/loadbalance"
	"github.com/sysdesign-lab/sysdesign/loadbalance/httpbalance"
)

// backend is a real HTTP server on loopback that serves one request at a time, first come, first served, by sleeping.
type backend struct {
	server *http.Server
	url    *url.URL
	work   chan chan struct{}
	quit   chan struct{}
	ended  sync.Once
	slower atomic.Int64 // by which its service times are multiplied

	mu    sync.Mutex
	times []time.Duration // how long each service really took
}

func startBackend(mean time.Duration, random *rand.Rand) (*backend, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b := &backend{url: &url.URL{Scheme: "http", Host: listener.Addr().String()}, work: make(chan chan struct{}, 100_000), quit: make(chan struct{})}
	b.slower.Store(1)
	b.server = &http.Server{Handler: b}
	go b.serve(mean, random)
	go func() { _ = b.server.Serve(listener) }() // until it is killed
	return b, nil
}

// serve works until the backend is killed.
func (b *backend) serve(mean time.Duration, random *rand.Rand) {
	for {
		select {
		case <-b.quit:
			return
		case done := <-b.work:
			start := time.Now()
			time.Sleep(time.Duration(random.ExpFloat64()*float64(mean)) * time.Duration(b.slower.Load()))
			took := time.Since(start)
			b.mu.Lock()
			b.times = append(b.times, took)
			b.mu.Unlock()
			close(done)
		}
	}
}

func (b *backend) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	done := make(chan struct{})
	select {
	case b.work <- done:
	case <-b.quit:
		return
	}
	select {
	case <-done:
		_, _ = io.WriteString(w, "ok")
	case <-b.quit:
	}
}

// kill closes the listener and all connections, and ends the work.
func (b *backend) kill() {
	_ = b.server.Close()
	b.ended.Do(func() { close(b.quit) })
}

// stop ends the backend when all its requests have been answered or broken off.
func (b *backend) stop() {
	_ = b.server.Shutdown(context.Background())
	b.kill()
}

// counting counts picks: more of them than requests means that some were tried again.
type counting struct {
	loadbalance.Picker[*url.URL]
	picks atomic.Int64
}

func (c *counting) Pick(now time.Duration, r loadbalance.Request) (loadbalance.Token[*url.URL], error) {
	c.picks.Add(1)
	return c.Picker.Pick(now, r)
}

// observation is a request as its client saw it, all times since the start of the load.
type observation struct {
	due, end time.Duration // due: when it should have been sent, whether or not this machine was ready
	host     string        // who answered
	err      error
}

func (o observation) latency() time.Duration { return o.end - o.due }

// incident is what happens to the backends while traffic flows; at zero nothing does.
type incident struct {
	slowAt, killAt time.Duration
}

// traffic is what one run of real requests came to.
type traffic struct {
	observations     []observation
	services         []time.Duration // of all backends
	retries          int64
	slowed           string // the host that was slowed, the first
	slowedAt         time.Duration
	killBegan, ended time.Duration // no request is excused outside of these
}

// drive sends open-loop Poisson traffic through httpbalance to real backends: each request goes out when it is due, however
// many are waiting, and its latency counts from then.
func drive(make func([]loadbalance.Endpoint[*url.URL]) (loadbalance.Picker[*url.URL], error), backends int, mean time.Duration, load float64, length time.Duration, what incident, random *rand.Rand) (*traffic, error) {
	var all []*backend
	defer func() {
		var stopped sync.WaitGroup
		for _, b := range all {
			stopped.Go(b.stop)
		}
		stopped.Wait()
	}()
	var endpoints []loadbalance.Endpoint[*url.URL]
	for range backends {
		b, err := startBackend(mean, rand.New(rand.NewPCG(random.Uint64(), random.Uint64())))
		if err != nil {
			return nil, err
		}
		all = append(all, b)
		endpoints = append(endpoints, loadbalance.Endpoint[*url.URL]{ID: b.url.Host, Value: b.url})
	}
	inner, err := make(endpoints)
	if err != nil {
		return nil, err
	}
	picker := &counting{Picker: inner}
	pool := &http.Transport{MaxIdleConnsPerHost: 1_000}
	defer pool.CloseIdleConnections()
	transport, err := httpbalance.NewTransport(picker, httpbalance.Options{Inner: pool})
	if err != nil {
		return nil, err
	}
	client := &http.Client{Transport: transport, Timeout: 10 * time.Second}

	t := &traffic{slowed: all[0].url.Host}
	start := time.Now()
	var events sync.WaitGroup
	if what.killAt > 0 {
		events.Go(func() {
			time.Sleep(what.slowAt)
			all[0].slower.Store(5)
			t.slowedAt = time.Since(start)
			time.Sleep(what.killAt - what.slowAt)
			t.killBegan = time.Since(start)
			all[len(all)-1].kill()
			t.ended = time.Since(start)
		})
	}
	var mu sync.Mutex
	var requests sync.WaitGroup
	gap := float64(mean) / (load * float64(backends))
	sent := int64(0)
	for due := time.Duration(0); due < length; due += time.Duration(random.ExpFloat64() * gap) {
		time.Sleep(due - time.Since(start))
		sent++
		requests.Go(func() {
			o := observation{due: due}
			o.host, o.err = get(client)
			o.end = time.Since(start)
			mu.Lock()
			t.observations = append(t.observations, o)
			mu.Unlock()
		})
	}
	requests.Wait()
	events.Wait()
	t.retries = picker.picks.Load() - sent
	for _, b := range all {
		b.mu.Lock()
		t.services = append(t.services, b.times...)
		b.mu.Unlock()
	}
	return t, nil
}

// get asks the service for an answer and reads it; it says which host gave it.
func get(client *http.Client) (host string, err error) {
	response, err := client.Get("http://service/")
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return "", err
	}
	if response.StatusCode != http.StatusOK {
		return "", errors.New(response.Status)
	}
	return response.Request.URL.Host, nil
}

// unexplained are the errors of requests that were not in flight while a backend was being killed, if one was.
func (t *traffic) unexplained() (errs []error) {
	for _, o := range t.observations {
		if o.err != nil && (t.ended == 0 || o.end < t.killBegan || o.due > t.ended) {
			errs = append(errs, fmt.Errorf("due at %v, over at %v: %w", o.due, o.end, o.err))
		}
	}
	return errs
}
