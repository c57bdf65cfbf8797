package phantom

import "math"

// A Channel is one channel of the fluorescence volume.
type Channel struct {
	Label string
	Color string  // six hexadecimal digits: red, green, blue
	Max   float64 // the upper end of the display window
}

// Channels lists the channels of the fluorescence volume in its order.
func Channels() []Channel {
	return []Channel{
		{"DAPI (nuclei)", "4060FF", 2600},
		{"Lectin (vessels)", "FF3030", 2400},
		{"MBP (fibers)", "30FF50", 2000},
		{"GFAP (astrocytes)", "FF40E0", 2000},
	}
}

// fluoDark is what the camera reports where nothing shines.
const fluoDark = 60

// Fluorescence is the brightness of a channel, counted from 0, at a position
// in RAS+ millimeters: what the fluorescence volume stores there, without
// noise and rounding. The tissue repeats its style without end, so every
// position has a value.
func Fluorescence(channel int, x, y, z float64) float64 {
	g := fluoGrid()
	p := vec{x - g.Origin[0], y - g.Origin[1], z - g.Origin[2]}.times(1000) // micrometers
	switch channel {
	case 0:
		return fluoDark + 2300*nuclei(p)
	case 1:
		return fluoDark + 2100*vessels(p)
	case 2:
		return fluoDark + 1700*fibers(p)
	default:
		return fluoDark + 1800*astrocytes(p)
	}
}

// A cell is a cube of a lattice, with one thing at a random place in it.
type cell struct {
	key    uint64
	center vec
}

// nearCells calls visit for the cells around p, whose cubes have the given side.
func nearCells(p vec, side, jitter float64, seed uint64, visit func(cell)) {
	ci, cj, ck := math.Floor(p.x/side), math.Floor(p.y/side), math.Floor(p.z/side)
	for di := -1.0; di <= 1; di++ {
		for dj := -1.0; dj <= 1; dj++ {
			for dk := -1.0; dk <= 1; dk++ {
				i, j, k := ci+di, cj+dj, ck+dk
				key := hash(seed, uint64(int64(i))*73856093^uint64(int64(j))*19349663^uint64(int64(k))*83492791)
				offset := vec{uniform(key, 1), uniform(key, 2), uniform(key, 3)}.times(jitter)
				corner := vec{i + (1-jitter)/2, j + (1-jitter)/2, k + (1-jitter)/2}
				visit(cell{key, corner.add(offset).times(side)})
			}
		}
	}
}

// nuclei are egg-shaped, mottled, and leave the vessels free.
func nuclei(p vec) float64 {
	bright := 0.0
	nearCells(p, 13, 0.6, 11, func(c cell) {
		if c.center.distance(p) > 8 || uniform(c.key, 4) > 0.55 || vessels(c.center) > 0.05 {
			return
		}
		size := 2.6 + 2.2*uniform(c.key, 5)
		half := vec{size, size * (0.7 + 0.5*uniform(c.key, 6)), size * 0.9}
		depth := ellipsoid(p, c.center, half)
		if depth < -1 {
			return
		}
		mottle := 0.85 + 0.15*math.Sin(p.x*1.3+c.center.y+math.Sin(p.y*1.7))*math.Sin(p.y*1.1+p.z+c.center.x)
		bright = max(bright, smoothstep(-0.5, 0.9, depth)*mottle*(0.55+0.45*uniform(c.key, 7)))
	})
	return bright
}

// vessels are winding tubes with a bright wall.
func vessels(p vec) float64 {
	wall := func(across, along, radius float64) float64 {
		d := math.Hypot(across, along) - radius
		return math.Exp(-d * d / 1.6)
	}
	v := wall(p.y-92-16*math.Sin(p.x/31)-5*math.Sin(p.x/11), p.z-19-6*math.Sin(p.x/24), 5.2)
	v = max(v, wall(p.x-48-12*math.Sin(p.y/27)-0.25*p.y, p.z-24-5*math.Sin(p.y/19), 3.2))
	return max(v, 0.8*wall(p.x-150+0.5*p.y-9*math.Sin(p.y/15), p.z-14-4*math.Sin(p.y/21+1), 2.4))
}

// fibers run in two families that cross.
func fibers(p vec) float64 {
	a := strands(p.x*0.8-p.y*0.6+4*math.Sin((p.x+p.y)/37), p.z+3*math.Sin(p.x/29), 6, 21)
	b := strands(p.x*0.35+p.y*0.94+5*math.Sin((p.x-p.y)/43), p.z+3*math.Sin(p.y/31), 9, 22)
	shade := 0.65 + 0.35*math.Sin(p.x/40+p.y/55)
	return max(a, 0.85*b) * shade
}

// strands are parallel threads; u and v are coordinates across them.
func strands(u, v, pitch float64, seed uint64) float64 {
	bright := 0.0
	ci, cj := math.Floor(u/pitch), math.Floor(v/pitch)
	for di := -1.0; di <= 1; di++ {
		for dj := -1.0; dj <= 1; dj++ {
			i, j := ci+di, cj+dj
			key := hash(seed, uint64(int64(i))*73856093^uint64(int64(j))*19349663)
			if uniform(key, 1) > 0.75 {
				continue
			}
			du, dv := u-(i+uniform(key, 2))*pitch, v-(j+uniform(key, 3))*pitch
			bright = max(bright, math.Exp(-(du*du+dv*dv)/1.1)*(0.5+0.5*uniform(key, 4)))
		}
	}
	return bright
}

// astrocytes are stars with thinning arms.
func astrocytes(p vec) float64 {
	bright := 0.0
	nearCells(p, 36, 0.5, 31, func(c cell) {
		r := p.sub(c.center)
		if r.length() > 27 || uniform(c.key, 4) > 0.8 {
			return
		}
		bright = max(bright, math.Exp(-r.dot(r)/9))
		for n := range uint64(7) {
			arm := vec{triangle(c.key, 10+n), triangle(c.key, 20+n), 0.25 * triangle(c.key, 30+n)}
			tip := c.center.add(arm.times((14 + 9*uniform(c.key, 40+n)) / arm.length()))
			bend := vec{math.Sin(r.y / 4), math.Cos(r.x / 4), 0}.times(0.8)
			d, along := toSegment(p.add(bend), c.center, tip)
			bright = max(bright, math.Exp(-d*d/(1.3-0.7*along))*(0.95-0.6*along))
		}
	})
	return bright
}
