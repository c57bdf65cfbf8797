package volume

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// intentOf is what the voxels mean by the code of nifti1.h, in nibabel's words; "" for no intent and for unknown ones.
func intentOf(code int) string {
	names := map[int]string{
		2: "correlation", 3: "t test", 4: "f test", 5: "z score", 6: "chi2", 7: "beta", 8: "binomial", 9: "gamma",
		10: "poisson", 11: "normal", 12: "non central f test", 13: "non central chi2", 14: "logistic", 15: "laplace",
		16: "uniform", 17: "non central t test", 18: "weibull", 19: "chi", 20: "inverse gaussian", 21: "extreme value 1",
		22: "p value", 23: "log p value", 24: "log10 p value",
		1001: "estimate", 1002: "label", 1003: "neuroname", 1004: "general matrix", 1005: "symmetric matrix",
		1006: "displacement vector", 1007: "vector", 1008: "pointset", 1009: "triangle", 1010: "quaternion", 1011: "dimensionless",
		2001: "time series", 2002: "node index", 2003: "rgb vector", 2004: "rgba vector", 2005: "shape",
	}
	return names[code]
}

// cString is the text of a field that ends with a zero byte or is full; "" when it is no readable text.
func cString(field []byte) string {
	if i := bytes.IndexByte(field, 0); i >= 0 {
		field = field[:i]
	}
	if !utf8.Valid(field) || bytes.ContainsFunc(field, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return ""
	}
	return strings.TrimSpace(string(field))
}
