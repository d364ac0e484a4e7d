// Package benchmarks holds, in a module of its own, what the library is measured against: the same work through its peers, in one
// process, turn by turn, so that their dependencies never reach a user of the library.
//
// There is a folder for each package that has peers, named like it. Each is a program that prints a table of medians and
// ratios, and has benchmarks that give the raw figures:
//
//	go run ./ratelimit
//	go test -bench . ./ratelimit
//
// A test in each folder says that the peers do the same work, and shows where they do not. A peer that brings a great deal
// along gets a module of its own inside its folder.
package benchmarks
