package chart

// clipLine cuts a polyline at the frame. It returns the pieces inside it, in order.
// Source: Liang and Barsky, A New Concept and Method for Line Clipping, ACM Transactions on Graphics 3(1), 1984.
func clipLine(path []point, frame rect) [][]point {
	var pieces [][]point
	joined := false // whether the last piece goes on
	for i := 1; i < len(path); i++ {
		a, b := path[i-1], path[i]
		from, to := 0.0, 1.0
		inside := true
		for _, edge := range [...]struct{ speed, distance float64 }{
			{a.x - b.x, a.x - frame.left}, {b.x - a.x, frame.right - a.x},
			{a.y - b.y, a.y - frame.top}, {b.y - a.y, frame.bottom - a.y},
		} {
			switch {
			case edge.speed == 0:
				inside = inside && edge.distance >= 0
			case edge.speed < 0:
				from = max(from, edge.distance/edge.speed)
			default:
				to = min(to, edge.distance/edge.speed)
			}
		}
		if !inside || from > to {
			joined = false
			continue
		}
		if !joined || from > 0 {
			pieces = append(pieces, []point{between(a, b, from)})
		}
		last := len(pieces) - 1
		pieces[last] = append(pieces[last], between(a, b, to))
		joined = to == 1
	}
	return pieces
}

// clipArea cuts a polygon at the frame.
// Source: Sutherland and Hodgman, Reentrant Polygon Clipping, Communications of the ACM 17(1), 1974.
func clipArea(path []point, frame rect) []point {
	for _, depth := range []func(point) float64{ // positive inside the edge
		func(p point) float64 { return p.x - frame.left },
		func(p point) float64 { return frame.right - p.x },
		func(p point) float64 { return p.y - frame.top },
		func(p point) float64 { return frame.bottom - p.y },
	} {
		var cut []point
		for i, b := range path {
			a := path[(i+len(path)-1)%len(path)]
			da, db := depth(a), depth(b)
			if (da < 0) != (db < 0) {
				cut = append(cut, between(a, b, da/(da-db)))
			}
			if db >= 0 {
				cut = append(cut, b)
			}
		}
		path = cut
	}
	return path
}

// between is exact at both ends.
func between(a, b point, t float64) point {
	switch t {
	case 0:
		return a
	case 1:
		return b
	}
	return point{a.x + t*(b.x-a.x), a.y + t*(b.y-a.y)}
}

func (r rect) holds(p point) bool {
	return r.left <= p.x && p.x <= r.right && r.top <= p.y && p.y <= r.bottom
}
