package cache_test

import (
	"bytes"
	"fmt"

	"github.com/sysdesign-lab/sysdesign/cache"
)

func ExampleRecorder() {
	var file bytes.Buffer // an os.File, for good
	recorder, err := cache.NewRecorder(&file, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := cache.New(cache.Options[uint64, string]{Capacity: 1000, Hash: func(key uint64) uint64 { return key }, Recorder: recorder})
	if err != nil {
		fmt.Println(err)
		return
	}
	c.Get(7)
	_, _ = c.Set(7, "seven") // an error is about costs, and there are none
	c.Get(7)
	fmt.Println(recorder.Close(), recorder.Requests(), "requests in", file.Len(), "bytes")
	// Output:
	// <nil> 2 requests in 48 bytes
}
