package cache

// climb searches the size of a window that gives the most hits: it changes the size by a step after each sample of requests, turns
// round when the hit ratio fell, and makes the steps smaller as long as the ratio stays about the same. G. Einziger, O. Eytan, R. Friedman and B.
// Manes, "Adaptive Software Cache Management", ACM Middleware 2018, section 4.1.
type climb struct {
	window         float64 // entries
	least, most    float64
	step           float64 // entries, signed: the way it goes
	firstStep      float64
	requests, hits int
	sample         int
	ratio          float64 // of the sample before
	compared       bool    // there was one
}

const (
	climbSample   = 10     // requests for each entry of the cache
	climbStep     = 0.0625 // of the entries
	climbDecay    = 0.98
	climbRestart  = 0.05 // a change of the hit ratio after which steps are large again
	largestWindow = 0.8  // of the entries
)

func newClimb(slots int) climb {
	entries := float64(slots)
	return climb{
		window: firstWindow * entries, least: firstWindow * entries, most: largestWindow * entries,
		step: climbStep * entries, firstStep: climbStep * entries,
		sample: climbSample * slots,
	}
}

// tick counts a request, and says whether the window has changed.
func (c *climb) tick(hit bool) bool {
	c.requests++
	if hit {
		c.hits++
	}
	if c.requests < c.sample {
		return false
	}
	ratio := float64(c.hits) / float64(c.requests)
	change := ratio - c.ratio
	first := !c.compared
	c.requests, c.hits, c.ratio, c.compared = 0, 0, ratio, true
	if first {
		return false
	}
	if change < 0 {
		c.step = -c.step
	}
	c.window = max(c.least, min(c.most, c.window+c.step))
	switch {
	case (change >= climbRestart || change <= -climbRestart) && c.step < 0:
		c.step = -c.firstStep
	case change >= climbRestart || change <= -climbRestart:
		c.step = c.firstStep
	default:
		c.step *= climbDecay
	}
	return true
}
