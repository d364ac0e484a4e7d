package httpbalance_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/sysdesign-lab/sysdesign/loadbalance"
	"github.com/sysdesign-lab/sysdesign/loadbalance/httpbalance"
)

// backend is a server on this machine that tells its name.
func backend(name string) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s got %s %s, %d bytes", name, r.Method, r.URL.Path, len(text))
	}))
}

func endpointOf(id, base string) loadbalance.Endpoint[*url.URL] {
	u, err := url.Parse(base)
	if err != nil {
		panic(err)
	}
	return loadbalance.Endpoint[*url.URL]{ID: id, Value: u}
}

// A client balances its own requests. The host in their URLs only names the service.
func Example() {
	a, b := backend("a"), backend("b")
	defer a.Close()
	defer b.Close()

	picker, err := loadbalance.NewPowerOfChoices([]loadbalance.Endpoint[*url.URL]{
		endpointOf("a", a.URL), endpointOf("b", b.URL),
	}, 2, nil)
	if err != nil {
		panic(err)
	}
	transport, err := httpbalance.NewTransport(picker, httpbalance.Options{})
	if err != nil {
		panic(err)
	}
	client := &http.Client{Transport: transport}

	// With the first still in flight, the second goes to the other one.
	first, err := client.Get("http://catalogue/items/7")
	if err != nil {
		panic(err)
	}
	second, err := client.Get("http://catalogue/items/7")
	if err != nil {
		panic(err)
	}
	fmt.Println("same endpoint:", first.Request.URL.Host == second.Request.URL.Host)
	for _, response := range []*http.Response{first, second} {
		text, _ := io.ReadAll(response.Body)
		response.Body.Close()
		fmt.Println(string(text[2:])) // without the name
	}
	// Output:
	// same endpoint: false
	// got GET /items/7, 0 bytes
	// got GET /items/7, 0 bytes
}

// A reverse proxy before the endpoints of a set that changes.
func ExampleNewHandler() {
	a, b := backend("a"), backend("b")
	defer a.Close()
	defer b.Close()

	picker, err := loadbalance.NewLeastConnections([]loadbalance.Endpoint[*url.URL]{endpointOf("a", a.URL)}, nil)
	if err != nil {
		panic(err)
	}
	handler, err := httpbalance.NewHandler(picker, httpbalance.Options{})
	if err != nil {
		panic(err)
	}
	front := httptest.NewServer(handler) // http.ListenAndServe(":8080", handler)
	defer front.Close()

	get := func() {
		response, err := http.Get(front.URL + "/items/7")
		if err != nil {
			panic(err)
		}
		defer response.Body.Close()
		text, _ := io.ReadAll(response.Body)
		fmt.Println(response.StatusCode, string(text))
	}
	get()
	if err := picker.Update([]loadbalance.Endpoint[*url.URL]{endpointOf("b", b.URL)}); err != nil {
		panic(err)
	}
	get()
	// Output:
	// 200 a got GET /items/7, 0 bytes
	// 200 b got GET /items/7, 0 bytes
}

// A connection that is refused has carried nothing: even a POST goes to another endpoint.
func ExampleTransport_refused() {
	alive := backend("alive")
	defer alive.Close()

	picker, err := loadbalance.NewRoundRobin([]loadbalance.Endpoint[*url.URL]{
		endpointOf("alive", alive.URL), endpointOf("dead", "http://127.0.0.1:1"),
	}, nil)
	if err != nil {
		panic(err)
	}
	transport, err := httpbalance.NewTransport(picker, httpbalance.Options{})
	if err != nil {
		panic(err)
	}
	client := &http.Client{Transport: transport}
	for i := range 4 { // round robin has every second one begin with the dead one
		response, err := client.Post(fmt.Sprint("http://shop/orders/", i), "text/plain", strings.NewReader("one of each"))
		if err != nil {
			panic(err)
		}
		text, _ := io.ReadAll(response.Body)
		response.Body.Close()
		fmt.Println(string(text))
	}
	// Output:
	// alive got POST /orders/0, 11 bytes
	// alive got POST /orders/1, 11 bytes
	// alive got POST /orders/2, 11 bytes
	// alive got POST /orders/3, 11 bytes
}
