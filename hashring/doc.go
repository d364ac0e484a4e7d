// Package hashring places keys on nodes: consistent hashing in all its forms, hash slots, ranges, a directory; what moves when
// nodes come and go; bounded loads; hot keys. The placements are those that the simulations of hashring/ringsim measure.
//
//	table, err := hashring.New(
//		hashring.Node[string]{Name: "a", Weight: 1, Value: "10.0.0.1:6379"},
//		hashring.Node[string]{Name: "b", Weight: 1, Value: "10.0.0.2:6379"},
//	)
//	...
//	address := table.Value("user:42")
//
// # Choosing
//
//	placement    leaves   weights   a lookup, beside the hash    memory            moves
//	Ring         any      yes       a read                       28 bytes a point  the least
//	Rendezvous   any      yes       a step a node                8 bytes a node    the least
//	Maglev       any      about     a read                       4 bytes an entry  a little more than the least
//	Anchor       any      no        about a read                 28 bytes a place  the least
//	Jump         last     no        ln(nodes) divisions          none              the least
//	Slots        any      yes       a CRC16 and a read           64 KB             the least, in slots
//	Ranges       any      by hand   a binary search              a string a range  what is assigned
//	Directory    any      by hand   a map's                      an entry a key    what is assigned
//
// # Sources
//
// D. Karger et al., "Consistent Hashing and Random Trees", 1997; D. Thaler, C. Ravishankar, "Using Name-Based Mappings to
// Increase Hit Rates", 1998; J. Lamping, E. Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm", 2014; D. Eisenbud et al.,
// "Maglev", 2016; G. Mendelson et al., "AnchorHash", 2021.
package hashring
