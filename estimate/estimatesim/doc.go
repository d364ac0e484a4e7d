// Package estimatesim simulates what package estimate computes, so that formulas can be held against what happens: how long requests wait in
// line and on a day with a peak, how long calls take that are made in turn or at once, what a load test sees of a server that stalls, how long parts that fail
// and are repaired are down, what a service serves, stores and pays for, and when identifiers collide.
//
// It returns plain data, prints nothing, and draws all that is random from a [sim.Engine] or a source that it is given: the same seed gives the
// same numbers. [sim.Replicate] runs independent replications, and package stats makes intervals of them.
//
// # What this does not show
//
// The models are those of the formulas, so that the two can agree: arrivals that do not depend on what they meet, service times that do not
// depend on each other, nobody who gives up or tries again, parts of which each has a repairer of its own.
package estimatesim
