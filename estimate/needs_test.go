package estimate_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// must is an answer that the question cannot fail to have.
func must[T any](answer T, err error) T {
	if err != nil {
		panic(err)
	}
	return answer
}

// refusal is a question with bad input, and the whole sentence that it is refused with.
type refusal struct {
	ask  func() error
	says string
}

func refused[T any](_ T, err error) error { return err }

func requireRefused(t *testing.T, all []refusal) {
	t.Helper()
	for _, r := range all {
		require.EqualError(t, r.ask(), r.says)
	}
}
