package hashring

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A nil pointer to a placement is no placement.
func TestNilPlacements(t *testing.T) {
	_, err := NewBounded((*Ring)(nil), 0.1)
	require.EqualError(t, err, "hashring: bounded loads must have a placement: nil")
	_, err = NewDirectory((*Ring)(nil), nil)
	require.EqualError(t, err, "hashring: a directory must have a placement for the keys that it does not know: nil")
}

// Unbucket reads what AppendKey makes, and nothing that only looks like it.
func TestUnbucketIsStrict(t *testing.T) {
	hours := must(NewTimeBuckets(time.Hour))
	for _, made := range []string{"k@007", "k@-0", "k@5.000000000", "k@5", "k@+3600", "k@"} {
		_, _, ok := hours.Unbucket(made)
		require.False(t, ok, made)
	}
	key, start, ok := hours.Unbucket("k@7200")
	require.True(t, ok)
	require.Equal(t, "k", key)
	require.Equal(t, int64(7200), start.Unix())
}
