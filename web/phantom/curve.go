package phantom

import "math"

// smooth runs a Catmull-Rom curve through the points, sampled at about [fineStep].
func smooth(through []vec) []vec {
	last := len(through) - 1
	var curve []vec
	for i := range last {
		a, b := through[i], through[i+1]
		before, after := a.times(2).sub(b), b.times(2).sub(a)
		if i > 0 {
			before = through[i-1]
		}
		if i+2 <= last {
			after = through[i+2]
		}
		n := max(1, int(math.Ceil(a.distance(b)/fineStep)))
		for k := range n {
			curve = append(curve, catmullRom(before, a, b, after, float64(k)/float64(n)))
		}
	}
	return append(curve, through[last])
}

// catmullRom is the point between b (t = 0) and c (t = 1).
func catmullRom(a, b, c, d vec, t float64) vec {
	p := b.times(2).add(c.sub(a).times(t))
	p = p.add(a.times(2).sub(b.times(5)).add(c.times(4)).sub(d).times(t * t))
	p = p.add(b.times(3).sub(a).sub(c.times(3)).add(d).times(t * t * t))
	return p.times(0.5)
}

// longestInside is the longest part of the curve in tissue that carries fibers.
func longestInside(curve []vec) []vec {
	var best []vec
	start := 0
	for i := 0; i <= len(curve); i++ {
		if i < len(curve) && Tissue(curve[i].x, curve[i].y, curve[i].z).CarriesFibers() {
			continue
		}
		if i-start > len(best) {
			best = curve[start:i]
		}
		start = i + 1
	}
	return best
}

func length(curve []vec) float64 {
	var sum float64
	for i := 1; i < len(curve); i++ {
		sum += curve[i].distance(curve[i-1])
	}
	return sum
}

// resample places n points at even distances along the curve, both ends included.
func resample(curve []vec, n int) [][3]float64 {
	if len(curve) == 0 {
		return nil
	}
	step := length(curve) / float64(n-1)
	points := make([][3]float64, 0, n)
	points = append(points, curve[0].array())
	walked := 0.0
	for i := 1; i < len(curve) && len(points) < n-1; i++ {
		d := curve[i].distance(curve[i-1])
		for next := float64(len(points)) * step; next <= walked+d && len(points) < n-1; next = float64(len(points)) * step {
			points = append(points, curve[i-1].mix(curve[i], (next-walked)/d).array())
		}
		walked += d
	}
	return append(points, curve[len(curve)-1].array())
}
