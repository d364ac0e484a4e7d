// Package balancesim simulates a cluster of servers behind a load balancer: queues, their own speeds, any arrivals
// and service times. The balancer's picker is one of package loadbalance, the same object that runs in production.
//
//	e := sim.New(1)
//	picker, err := loadbalance.NewPowerOfChoices(balancesim.Endpoints(100), 2, e.Stream("balancer"))
//	arrivals, err := workload.NewPoisson(90, e.Stream("arrivals"))
//	service, err := workload.NewExponential(time.Second)
//	result, err := balancesim.Run(e, balancesim.Config{
//		Balancers: []loadbalance.Picker[int]{picker}, Speeds: balancesim.Alike(100), Arrivals: arrivals, Service: service,
//		WarmUp: 100_000, Requests: 1_000_000,
//	})
//
// A request's work is drawn from the stream "service" when it arrives. So with one seed every policy gets the same
// requests: compare policies pair by pair.
//
// # Laws (laws_test.go)
//
// First come, first served equals Lindley's recursion, request by request; processor sharing equals a naive egalitarian
// server; no request is lost.
//
// # Many balancers, old information
//
// [Config].Balancers may be many: each request comes to one of them, which counts only what it sent itself. With
// Refresh all of them are told every queue at regular times and go by that in between.
//
// # What this does not show
//
// Network delay between balancer and server, connection limits, time-outs, retries, and requests that slow each
// other down in other ways than by waiting. Without Refresh a balancer knows at once what it sent and what was answered.
package balancesim
