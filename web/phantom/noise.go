package phantom

// Everything random here is a hash of a seed and a count, so that the same
// program writes the same bytes on every run.

// hash mixes seed and n into 64 well-spread bits (the finalizer of splitmix64).
func hash(seed, n uint64) uint64 {
	x := seed*0x9e3779b97f4a7c15 + n*0xd1b54a32d192ed03 + 0x632be59bd9b4e019
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// uniform is a number in [0, 1).
func uniform(seed, n uint64) float64 { return float64(hash(seed, n)>>11) / (1 << 53) }

// triangle is a number in (-1, 1), most often near 0.
func triangle(seed, n uint64) float64 {
	h := hash(seed, n)
	return float64(h>>32)/(1<<32) - float64(h&0xffffffff)/(1<<32)
}

// A dice gives one number after another.
type dice struct{ seed, n uint64 }

// roll is the next number in (-1, 1), most often near 0.
func (d *dice) roll() float64 {
	d.n++
	return triangle(d.seed, d.n)
}

// between is the next number in [a, b).
func (d *dice) between(a, b float64) float64 {
	d.n++
	return a + (b-a)*uniform(d.seed, d.n)
}
