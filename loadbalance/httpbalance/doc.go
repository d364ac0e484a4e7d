// Package httpbalance sends HTTP requests over the pickers of package loadbalance: as a client's [http.RoundTripper], or as
// a reverse proxy.
//
//	transport, err := httpbalance.NewTransport(picker, httpbalance.Options{})
//	...
//	client := &http.Client{Transport: transport}
//	response, err := client.Get("http://catalogue/items/7") // to the endpoint that the picker picks
//
//	handler, err := httpbalance.NewHandler(picker, httpbalance.Options{})
//	...
//	err = http.ListenAndServe(":8080", handler)
//
// The picker is any loadbalance.Picker[*url.URL]; an endpoint's value is its base URL.
//
// # Addresses
//
// As with [httputil.ProxyRequest.SetURL]: scheme and host are the endpoint's, its path comes before the request's
// ("/base" and "/dir" make "/base/dir"), and so does its query. The Host header is the endpoint's host, unless the
// request has a Host that is not its URL's: that one was chosen, and is sent. Redirects are not rewritten.
//
// # Outcomes
//
// A request is in flight from its pick until its answer has been read to the end, has failed, or is closed; an answer
// without a body ends it at once. Close every body, as net/http asks anyway. Then the token's Done is called, once:
//
//	OK          any answer but the following; one that is closed before it was read to its end
//	Overloaded  an answer with status 429 or 503
//	Failed      no answer, whatever the reason, or one that breaks off; any other 5xx; the deadline of the request's
//	            context passes before the answer, or during a read of it
//	Cancelled   the request's context is cancelled before its answer has come and been read, or the request's own body
//	            cannot be read (which is noticed of bodies without GetBody)
//
// What the status says stands, whatever becomes of the body. A deadline counts against the endpoint because
// one that hangs shows in no other way, and http.Client's Timeout is one. A request whose context is over before it is
// sent is not picked for.
//
// After status 101 the body stays an [io.ReadWriteCloser], and the request is in flight until that is closed, which is OK,
// or a read or a write of it fails. The end of what the endpoint sends does not end it, nor does the context.
//
// # Retries
//
// A request is sent to another endpoint only when no connection came about that could have carried it, and it can be sent
// again:
//
//   - the inner round tripper's error is that of a dial ([net.OpError] with Op "dial"): refused, unreachable, timed out,
//     unknown name;
//   - its body is absent, or GetBody makes it again, or nothing has been read of it;
//   - its context is not over;
//   - the picker has an endpoint that it was not sent to yet. Each is tried at most once.
//
// Its method does not matter: what nobody has seen is not repeated. An answer is never retried, whatever its status, nor is a
// connection that broke. When all refuse, the error is the last refusal.
//
// When a server dies, the connections break that were kept open to it. What then becomes of a request over HTTP/1.1 is first
// of all http.Transport's doing, which sends it once more, to the same address, if all of this is true:
//
//   - it was not its connection's first, and no byte of its answer has come;
//   - it has no body, or GetBody makes it again;
//   - nothing of it had been written, or all of it and it is a GET, HEAD, OPTIONS or TRACE or has an Idempotency-Key.
//
// That dial is refused, and so the request goes to another endpoint, with no error. (This is the one way in which a request
// may be seen by two endpoints: by the dead one, and if it is harmless to repeat.) Any other request on a connection to the dead server gets an
// error: a POST, an upload, a first one on its connection, one whose answer had begun. So does a request of this kind that
// is given a kept connection in the moment after the death, before http.Transport has noticed the connection's end.
// Connections that are new from then on cost no request anything: they are refused.
//
// # Time
//
// This is where a clock is read: pickers get the time since the Transport was made.
//
// # Laws (laws_test.go)
//
// Each pick ends once, with the outcome that a naive model foresees. Request bodies are sent whole, and closed once. The
// caller's request is not modified. When all requests are over, all counts are zero, whoever joins and leaves meanwhile.
//
// # What this does not do
//
// It takes no endpoint out: one that refuses is picked again for the next request, and to policies that count requests in
// flight it looks idle, so that it is picked more often than its share. It does not hedge, back off, limit attempts
// below one an endpoint, or wait as Retry-After asks. It sets no time limit to a dial: an address that swallows packets
// costs a request the inner round tripper's (30 seconds in http.DefaultTransport), or the request's deadline. A
// dial that fails for lack of ports or files on this machine looks like a refusal.
package httpbalance
