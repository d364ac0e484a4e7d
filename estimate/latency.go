package estimate

import (
	"slices"
	"time"
)

// Latency is how long an operation was found to take, by whom and when. Take it for its order of magnitude: machines change, and the
// ratios change with them.
type Latency struct {
	What   string
	Time   time.Duration
	Source string
	Year   int // that the number was published, or is meant for
}

const (
	dean  = `J. Dean, "Building Software Systems at Google and Lessons Learned", talk at Stanford University, 2010`
	scott = `C. Scott, "Latency Numbers Every Programmer Should Know", interactive page, extrapolated to its last year`
)

// The first list is a talk's, whole but for what takes less than a nanosecond. Of the second, memory, which did not become faster at random places but did in
// sequence, and solid state disks, which the talk has not.
var referenceLatencies = []Latency{
	{"branch mispredicted", 5 * time.Nanosecond, dean, 2010},
	{"L2 cache reference", 7 * time.Nanosecond, dean, 2010},
	{"mutex locked and unlocked", 25 * time.Nanosecond, dean, 2010},
	{"main memory reference", 100 * time.Nanosecond, dean, 2010},
	{"1 kB compressed with a cheap algorithm", 3 * time.Microsecond, dean, 2010},
	{"2 kB sent over 1 Gbit/s", 20 * time.Microsecond, dean, 2010},
	{"1 MB read in sequence from memory", 250 * time.Microsecond, dean, 2010},
	{"round trip in a data centre", 500 * time.Microsecond, dean, 2010},
	{"disk seek", 10 * time.Millisecond, dean, 2010},
	{"1 MB read in sequence from disk", 20 * time.Millisecond, dean, 2010},
	{"packet from California to the Netherlands and back", 150 * time.Millisecond, dean, 2010},
	{"main memory reference", 100 * time.Nanosecond, scott, 2020},
	{"1 MB read in sequence from memory", 3 * time.Microsecond, scott, 2020},
	{"random read from a solid state disk", 16 * time.Microsecond, scott, 2020},
	{"1 MB read in sequence from a solid state disk", 49 * time.Microsecond, scott, 2020},
}

// ReferenceLatencies are numbers to plan with, the list of 2010 first, each in order of time. The slice is the caller's to keep.
func ReferenceLatencies() []Latency { return slices.Clone(referenceLatencies) }
