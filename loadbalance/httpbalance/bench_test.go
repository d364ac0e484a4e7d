package httpbalance_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sysdesign-lab/sysdesign/internal/race"
	"github.com/sysdesign-lab/sysdesign/loadbalance"
	"github.com/sysdesign-lab/sysdesign/loadbalance/httpbalance"
)

// instant answers at once, with as little work as a round tripper can.
func instant(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		r.Body.Close()
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("answer")), Request: r}, nil
}

// uploads are the kinds of request body that make a difference.
var uploads = []struct {
	name string
	body func() io.ReadCloser
}{
	{"no body", func() io.ReadCloser { return nil }},
	{"body read once", func() io.ReadCloser { return forgetful{} }},
}

// forgetful is an empty body without GetBody; making one does not allocate.
type forgetful struct{}

func (forgetful) Read([]byte) (int, error) { return 0, io.EOF }
func (forgetful) Close() error             { return nil }

// once through: send, read to the end, close.
func send(t testing.TB, over http.RoundTripper, r *http.Request, buffer []byte) {
	response, err := over.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = response.Body.Read(buffer)
	}
	if err = response.Body.Close(); err != nil {
		t.Fatal(err)
	}
}

func hundred(t testing.TB) *httpbalance.Transport {
	t.Helper()
	endpoints := make([]endpoint, 100)
	for i := range endpoints {
		host := fmt.Sprintf("10.0.0.%d:8080", i)
		endpoints[i] = endpoint{ID: host, Value: &url.URL{Scheme: "http", Host: host}}
	}
	picker, err := loadbalance.NewPowerOfChoices(endpoints, 2, nil)
	require.NoError(t, err)
	transport, err := httpbalance.NewTransport(picker, httpbalance.Options{Inner: roundTripper(instant)})
	require.NoError(t, err)
	return transport
}

// What a request costs besides the inner round tripper.
func TestAllocations(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates as well")
	}
	transport := hundred(t)
	for i, upload := range uploads {
		r := request(t, "POST", "http://service/path?query", nil)
		r.Body = upload.body()
		buffer := make([]byte, 100)
		plain := testing.AllocsPerRun(1000, func() { send(t, roundTripper(instant), r, buffer) })
		balanced := testing.AllocsPerRun(1000, func() { send(t, transport, r, buffer) })
		require.EqualValues(t, 1+i, balanced-plain, upload.name)
	}
}

func BenchmarkRoundTrip(b *testing.B) {
	for _, over := range []struct {
		name string
		http.RoundTripper
	}{{"plain", roundTripper(instant)}, {"balanced", hundred(b)}} {
		for _, upload := range uploads {
			b.Run(over.name+"/"+upload.name, func(b *testing.B) {
				r := request(b, "POST", "http://service/path?query", nil)
				r.Body = upload.body()
				buffer := make([]byte, 100)
				b.ReportAllocs()
				b.ResetTimer()
				for range b.N {
					send(b, over, r, buffer)
				}
			})
		}
	}
}

func BenchmarkRoundTripParallel(b *testing.B) {
	for _, over := range []struct {
		name string
		http.RoundTripper
	}{{"plain", roundTripper(instant)}, {"balanced", hundred(b)}} {
		b.Run(over.name, func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				r := request(b, "GET", "http://service/path?query", nil)
				buffer := make([]byte, 100)
				for pb.Next() {
					send(b, over, r, buffer)
				}
			})
		})
	}
}
