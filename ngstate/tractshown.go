package ngstate

import (
	"fmt"
	"slices"
	"strconv"
)

// TractShown is how much of a tractogram is shown.
type TractShown struct {
	Annotations bool  // more streamlines are loaded as one zooms in
	Streamlines int64 // of a skeleton, or of the bundles that are shown; -1 if that is not known
	Total       int64 // in the file; -1 if that is not known
	Exact       bool  // the numbers are counted
}

// ShownOf says how much of the tractogram a is shown. Bundles may overlap: together they are no more than all.
func ShownOf(a Asset) TractShown {
	v := viewOf(a)
	s := TractShown{Annotations: v.as == annotationTract, Streamlines: v.Shown, Total: max(v.Total, -1), Exact: v.Known}
	var shown []TractObject
	switch {
	case !s.Annotations:
		shown = v.objects()
	case len(v.bundles) > 0:
		shown = slices.DeleteFunc(slices.Clone(v.Bundles), func(o TractObject) bool { return !slices.Contains(v.bundles, o.ID) })
		s.Streamlines = s.Total
	default:
		s.Streamlines = s.Total
	}
	sum := int64(0)
	for _, o := range shown {
		sum += o.Streamlines
	}
	if sum > 0 {
		s.Streamlines = sum
	}
	if s.Total >= 0 {
		s.Streamlines = min(s.Streamlines, s.Total)
	}
	return s
}

// part says how much is shown, behind the name of a layer.
func (s TractShown) part() string {
	about := "about "
	if s.Exact {
		about = ""
	}
	switch {
	case s.Annotations && s.Streamlines < 0:
		return "(more as you zoom in)"
	case s.Annotations:
		return fmt.Sprintf("(%s%s, more as you zoom in)", about, thousands(s.Streamlines))
	case s.Total >= 0:
		return fmt.Sprintf("(%s%s of %s)", about, thousands(s.Streamlines), thousands(s.Total))
	}
	return "(a part)"
}

// thousands writes n with commas.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
