package sim

import "time"

// queue is a binary heap of what waits, by (time, sequence): J. W. J. Williams, "Algorithm 232: Heapsort",
// Communications of the ACM 7(6), 1964. A four-ary heap is no faster here, and a binary one is easier to read.
type queue []entry

// entry holds no pointers: the collector does not scan the queue, and moving one is three words.
type entry struct {
	at   time.Duration
	seq  uint64
	slot uint32
}

func (a entry) before(b entry) bool {
	return a.at < b.at || (a.at == b.at && a.seq < b.seq)
}

func (q queue) push(n entry) queue {
	q = append(q, n)
	i := len(q) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !n.before(q[parent]) {
			break
		}
		q[i] = q[parent]
		i = parent
	}
	q[i] = n
	return q
}

// pop drops the first entry. The queue must not be empty.
func (q queue) pop() queue {
	last := q[len(q)-1]
	q = q[:len(q)-1]
	if len(q) > 0 {
		q.sink(0, last)
	}
	return q
}

// replace drops the first entry and adds n, in one descent. The queue must not be empty.
func (q queue) replace(n entry) { q.sink(0, n) }

// order makes a heap of entries in any order.
func (q queue) order() {
	for i := len(q)/2 - 1; i >= 0; i-- {
		q.sink(i, q[i])
	}
}

// sink puts n where it belongs at or below place i, whose own entry is overwritten.
func (q queue) sink(i int, n entry) {
	for {
		child := 2*i + 1
		if child >= len(q) {
			break
		}
		if right := child + 1; right < len(q) && q[right].before(q[child]) {
			child = right
		}
		if !q[child].before(n) {
			break
		}
		q[i] = q[child]
		i = child
	}
	q[i] = n
}
