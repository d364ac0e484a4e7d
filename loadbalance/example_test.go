package loadbalance_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/sysdesign-lab/sysdesign/hashring"
	"github.com/sysdesign-lab/sysdesign/loadbalance"
)

// A service picks a backend for each request: the better of two random ones.
func Example() {
	start := time.Now()
	picker, err := loadbalance.NewPowerOfChoices([]loadbalance.Endpoint[string]{
		{ID: "a", Value: "10.0.0.1:8080"},
		{ID: "b", Value: "10.0.0.2:8080"},
		{ID: "c", Value: "10.0.0.3:8080"},
	}, 2, nil)
	if err != nil {
		panic(err)
	}

	token, err := picker.Pick(time.Since(start), loadbalance.Request{})
	if err != nil {
		panic(err)
	}
	// ... send the request to token.Endpoint().Value, read the answer ...
	token.Done(time.Since(start), loadbalance.OK)

	fmt.Println("one of", len(picker.Endpoints()))
	// Output: one of 3
}

// A request that failed is tried again elsewhere: what was tried already is excluded.
func ExampleRequest() {
	picker, err := loadbalance.NewLeastConnections([]loadbalance.Endpoint[string]{{ID: "a"}, {ID: "b"}}, nil)
	if err != nil {
		panic(err)
	}
	var tried []string
	for {
		token, err := picker.Pick(0, loadbalance.Request{Exclude: tried})
		if errors.Is(err, loadbalance.ErrNoneEligible) {
			fmt.Println("tried", len(tried), "endpoints")
			return
		}
		tried = append(tried, token.Endpoint().ID)
		token.Done(0, loadbalance.Failed)
	}
	// Output: tried 2 endpoints
}

// A set that changes keeps what it knows of the endpoints that stay.
func ExampleLeastConnections_Update() {
	a, b := loadbalance.Endpoint[string]{ID: "a"}, loadbalance.Endpoint[string]{ID: "b"}
	picker, err := loadbalance.NewLeastConnections([]loadbalance.Endpoint[string]{a}, nil)
	if err != nil {
		panic(err)
	}
	busy, _ := picker.Pick(0, loadbalance.Request{}) // in flight to a
	if err := picker.Update([]loadbalance.Endpoint[string]{a, b}); err != nil {
		panic(err)
	}
	next, _ := picker.Pick(0, loadbalance.Request{})
	fmt.Println(busy.Endpoint().ID, next.Endpoint().ID)
	// Output: a b
}

// The load of an endpoint may be known from elsewhere, at whatever age.
func ExamplePicker_report() {
	var picker loadbalance.Picker[string]
	picker, err := loadbalance.NewLeastConnections([]loadbalance.Endpoint[string]{{ID: "a"}, {ID: "b"}}, nil)
	if err != nil {
		panic(err)
	}
	_ = picker.Report(0, "a", 12)
	_ = picker.Report(0, "b", 3)
	for range 3 { // b stays the less loaded, until a report says otherwise
		token, _ := picker.Pick(0, loadbalance.Request{})
		fmt.Print(token.Endpoint().ID, " ")
	}
	// Output: b b b
}

// Requests for one user go to one endpoint, whose cache knows that user; package hashring says to which.
func ExampleConsistentHash() {
	place := func(ids []string) (loadbalance.Preference, error) {
		ring, err := hashring.NewRing(hashring.Named(ids...), hashring.RingOptions{})
		if err != nil {
			return nil, err
		}
		return ring.AppendOwners, nil
	}
	picker, err := loadbalance.NewConsistentHash([]loadbalance.Endpoint[string]{{ID: "a"}, {ID: "b"}, {ID: "c"}}, 0.25, place)
	if err != nil {
		panic(err)
	}
	for range 3 {
		token, err := picker.Pick(0, loadbalance.Request{Key: "user:42"})
		if err != nil {
			panic(err)
		}
		fmt.Print(token.Endpoint().ID, " ")
		token.Done(0, loadbalance.OK)
	}
	// One that lasts fills it, so that the next goes to another.
	_, _ = picker.Pick(0, loadbalance.Request{Key: "user:42"})
	token, _ := picker.Pick(0, loadbalance.Request{Key: "user:42"})
	fmt.Println("then", token.Endpoint().ID)
	// Output: c c c then b
}
