package cache

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"time"
)

// Recorder writes down the requests of a running cache, so that other policies and sizes can be tried on them later. Give one to
// Options.Recorder; several caches may share it.
//
// It writes libCacheSim's oracleGeneral form, records of 24 bytes in little-endian order: seconds since the recorder was made (4 bytes), the id of the
// key (8), what the entry costs, at least 1 and 1 if it was absent (4), and -1 for the position of the id's next request (8), which a
// running cache cannot know: libCacheSim takes that for never, so that only its policies which need the future mean nothing on a recording.
// cachesim.Read reads it. Ids are hashes: give the cache a Hash of your own if they are to mean the same in two recordings.
type Recorder struct {
	start  time.Time
	sample uint64 // scattered ids up to here are recorded

	mu       sync.Mutex
	out      *bufio.Writer
	requests uint64
	err      error // the first one; nothing is written after it
	closed   bool
}

// ErrShare is wrapped by the error of NewRecorder together with the value.
var ErrShare = errors.New("cache: the share of keys to record must be above 0 and at most 1")

const recordBytes = 24

// NewRecorder records to w the requests for that share of all keys, in (0, 1]. A key is recorded always or never, so that a recording of
// a share s behaves like the whole in a cache of s times the capacity (C. Waldspurger et al., "Efficient MRC Construction with
// SHARDS", USENIX FAST 2015). An error wraps ErrShare.
func NewRecorder(w io.Writer, share float64) (*Recorder, error) {
	if !(share > 0 && share <= 1) {
		return nil, fmt.Errorf("%w: %v", ErrShare, share)
	}
	r := &Recorder{start: time.Now(), sample: math.MaxUint64, out: bufio.NewWriterSize(w, 1<<16)}
	if share < 1 {
		r.sample = uint64(share * (1 << 63) * 2)
	}
	return r, nil
}

// request records one request.
func (r *Recorder) request(id uint64, cost int64) {
	if scatter(id) > r.sample {
		return
	}
	var record [recordBytes]byte
	binary.LittleEndian.PutUint64(record[4:], id)
	binary.LittleEndian.PutUint32(record[12:], uint32(max(1, min(cost, math.MaxUint32))))
	binary.LittleEndian.PutUint64(record[16:], math.MaxUint64) // -1
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil || r.closed {
		return
	}
	binary.LittleEndian.PutUint32(record[:], uint32(min(time.Since(r.start)/time.Second, math.MaxUint32)))
	if _, r.err = r.out.Write(record[:]); r.err == nil {
		r.requests++
	}
}

// Requests is how many were recorded, or are about to be written: until Close up to 64 KiB of them are kept back.
func (r *Recorder) Requests() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.requests
}

// Close writes out what is left and returns the first error there was, as often as it is called; it does not close the writer. Requests
// after it are not recorded, so that the cache need not be stopped before.
func (r *Recorder) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil && !r.closed {
		r.err = r.out.Flush()
	}
	r.closed = true
	return r.err
}
