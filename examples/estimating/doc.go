// Package estimating holds the experiments on capacity, queues and reliability.
package estimating
