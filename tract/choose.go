package tract

// Hash returns the number that decides which streamlines are chosen where not all can be shown: those with the
// smallest. It is spread evenly over all numbers of 64 bits, depends on nothing but the streamline's number, and no two
// streamlines have the same.
func Hash(i int64) uint64 { return mix(i) }

// mix hashes an index. It is the output function of SplitMix64 (Steele, Lea and Flood, 2014,
// https://doi.org/10.1145/2714064.2660195), a bijection: no two indices have the same hash.
func mix(i int64) uint64 {
	z := (uint64(i) + 1) * 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
