package placing

import (
	"slices"
)

// sold is one placement that somebody took for another.
func sold(as string, by func(placement) placement) []placement {
	placements := slices.Clone(allPlacements)
	i := slices.IndexFunc(placements, func(p placement) bool { return p.name == as })
	placements[i].scheme = by(placements[i]).scheme
	return placements
}

// placementNamed is one of the table, in another one's place.
func placementNamed(name string) func(placement) placement {
	return func(placement) placement {
		return allPlacements[slices.IndexFunc(allPlacements, func(p placement) bool { return p.name == name })]
	}
}
