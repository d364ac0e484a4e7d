// Package agreeing holds the experiments on quorums.
package agreeing
