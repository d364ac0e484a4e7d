// Package race tells a test whether the race detector is on. It slows a simulation 20 to 35 times, so
// statistical tests shrink under it: there the point is the detector, not the number.
package race
