// Package sysdesign is the root of a system-design guide that runs: each algorithm is a package that could go into
// production today, each sentence that can be true or false is a property test, and each tradeoff is an experiment that
// draws a chart and checks its own conclusion.
//
// There is nothing to import here. Begin with one of
//
//   - [github.com/sysdesign-lab/sysdesign/loadbalance]: picking an endpoint for each request
//   - [github.com/sysdesign-lab/sysdesign/ratelimit]: whether a request may happen now
//   - [github.com/sysdesign-lab/sysdesign/hashring]: which node owns a key
//   - [github.com/sysdesign-lab/sysdesign/clocks]: what happened before what
//   - [github.com/sysdesign-lab/sysdesign/sim]: the deterministic simulator in which the same code runs
//
// or with the experiments:
//
//	go run ./examples
package sysdesign
