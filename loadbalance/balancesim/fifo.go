package balancesim

// fifo serves one request at a time, in the order of arrival. Its line runs through the requests themselves.
type fifo struct {
	cluster     *cluster
	index       int
	speed       float64
	first, last int32 // first is the one in service
}

func (s *fifo) accept(i int32) {
	if s.first == none {
		s.first = i
		s.begin()
	} else {
		s.cluster.requests[s.last].next = i
	}
	s.last = i
}

func (s *fifo) complete() int32 {
	i := s.first
	s.first = s.cluster.requests[i].next
	if s.first != none {
		s.begin()
	}
	return i
}

func (s *fifo) begin() {
	work := s.cluster.requests[s.first].work
	if s.speed != 1 {
		work = nearest(float64(work) / s.speed)
	}
	s.cluster.engine.Schedule(work, s.cluster.depart, int64(s.index))
}
