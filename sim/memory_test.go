package sim

import (
	"runtime"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/require"
)

// A model that sets a time-out for each request and cancels it when the answer comes keeps few events, however far away
// the time-outs lie.
func TestCancelledTimeoutsDoNotPileUp(t *testing.T) {
	e := New(1)
	left := 100_000
	var request func()
	request = func() {
		timeout := e.After(time.Hour, func() { t.Error("a cancelled time-out ran") })
		e.After(time.Millisecond, func() {
			require.True(t, e.Cancel(timeout))
			if left--; left > 0 {
				request()
			}
		})
	}
	request()
	require.NoError(t, e.Run())
	require.Less(t, e.Now(), time.Hour)
	require.Zero(t, e.Pending())
	require.LessOrEqual(t, e.dead, len(e.queue), "what was swept is counted no more")
	require.Less(t, cap(e.queue), 1_000)
	require.Less(t, len(e.slots), 10)
}

// What a closure holds can be collected once it has run or was cancelled, while the engine lives on.
func TestClosuresAreLetGo(t *testing.T) {
	e := New(1)
	schedule := func() (weak.Pointer[[64]int], Timer) {
		big := new([64]int)
		return weak.Make(big), e.After(1, func() { big[0]++ })
	}
	cancelled, timer := schedule()
	ran, _ := schedule()
	require.True(t, e.Cancel(timer))
	runtime.GC()
	require.Nil(t, cancelled.Value(), "a cancelled one")
	require.NotNil(t, ran.Value())
	require.NoError(t, e.Run())
	runtime.GC()
	require.Nil(t, ran.Value(), "one that ran")
	runtime.KeepAlive(e)
}

// A process that has returned leaves its place to the next one.
func TestEndedProcessesAreLetGo(t *testing.T) {
	e := New(1)
	defer e.Close()
	ended := 0
	for range 100 {
		for range 3 {
			e.Go(func(p *Process) { p.Sleep(1); ended++ })
		}
		require.NoError(t, e.Run())
		require.Equal(t, []*Process{nil, nil, nil}, e.processes.all)
	}
	require.Equal(t, 300, ended)
}
