package cloudfront

// For the fuzz targets and for making cookies that the package itself refuses to make.
var (
	Match       = match
	Encode      = encoding.EncodeToString
	ParsePolicy = func(text []byte) error { _, err := parsePolicy(text); return err }
	Dotted      = dotted
)

// MaxSets is how many sets a verifier remembers.
const MaxSets = maxSets

// Remembered is how many sets v remembers now.
func Remembered(v *Verifier) int {
	v.good.mu.RLock()
	defer v.good.mu.RUnlock()
	return len(v.good.sets)
}

// Compared is how many bytes it takes to match pattern with s.
func Compared(pattern, s string) int {
	var m matcher
	m.match(pattern, s)
	return m.compared
}
