package cache

import (
	"testing"

	"pgregory.net/rapid"
)

// Any requests and deletions: each policy names the victims of its model.
func FuzzPolicies(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		lawModel(policies[rapid.IntRange(0, len(policies)-1).Draw(t, "policy")])(t)
	}))
}
