package cloudfront

// For the fuzz targets and for making cookies that the package itself refuses to make.
var (
	Match       = match
	Encode      = encoding.EncodeToString
	ParsePolicy = func(text []byte) error { _, err := parsePolicy(text); return err }
)
