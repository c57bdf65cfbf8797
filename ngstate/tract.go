package ngstate

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The representations of a tractogram.
const (
	skeletonTract   = "skeleton"
	annotationTract = "annotation"
)

// The colors of streamlines besides scalars, means and "#rrggbb".
const (
	byOrientation = "orientation"
	byBundle      = "bundle"
)

// Limits of what a person may want of a tractogram, and of what a browser holds.
const (
	thinnest, thickest = 0.1, 20.0 // pixels
	longestMinimum     = 1e6       // mm
	densest            = 5
	mostVertices       = 25_000_000 // of one skeleton layer: 32 bytes each is the viewer's memory on the card
)

// strataOf is about how many vertices a density has as a skeleton, and spacingOf how many pixels lie between
// annotations; 0 is what nobody has chosen.
//
//nolint:gochecknoglobals // constants, as far as Go has constant arrays
var (
	strataOf  = [densest + 1]int64{1_000_000, 250_000, 1_000_000, 2_000_000, 5_000_000, mostVertices}
	spacingOf = [densest + 1]int{8, 32, 16, 8, 4, 2}
)

var (
	columnForm = regexp.MustCompile(`^[a-z][A-Za-z0-9_]{0,99}$`)
	idForm     = regexp.MustCompile(`^(0|[1-9][0-9]{0,19})$`)
)

// Fault is what is wrong about a look by itself, whatever the file; "" if nothing is.
func (l *TractLook) Fault() string {
	switch {
	case l == nil:
	case !slices.Contains([]string{"", skeletonTract, annotationTract}, l.As):
		return fmt.Sprintf("streamlines are not shown as %q", l.As)
	case l.Color != "" && !IsColor(l.Color) && !columnForm.MatchString(l.Color):
		return fmt.Sprintf("streamlines are not colored by %q", l.Color)
	case l.Width != 0 && !(l.Width >= thinnest && l.Width <= thickest):
		return "its lines are not between 0.1 and 20 pixels wide"
	case l.Density < 0 || l.Density > densest:
		return "its density is not between 0 and 5"
	case !(l.MinLength >= 0 && l.MinLength <= longestMinimum):
		return "its minimal length is not between 0 and 1,000,000 mm"
	case !slices.Contains([]string{"", "ras", "lps"}, l.Frame):
		return fmt.Sprintf("there is no frame called %q", l.Frame)
	case slices.ContainsFunc(l.Bundles, func(id string) bool { return !idForm.MatchString(id) }):
		return "its bundles are not numbers"
	}
	return ""
}

// A tractView is what is shown of a tractogram: what a person wants, as far as the file has it.
type tractView struct {
	*Tract
	as      string
	color   string   // "#rrggbb", "orientation", "bundle", or one of columns
	bundles []string // chosen ones; none is all
	look    TractLook
	missing []string // what was wanted and is not there, in words
}

// viewOf takes what a person wants of a tractogram.
func viewOf(a Asset) tractView {
	v := tractView{Tract: a.Tract, as: skeletonTract, color: byOrientation}
	if a.Look.Tract != nil {
		v.look = *a.Look.Tract
	}
	switch wanted := v.look.As == annotationTract || v.look.As == "" && v.Large; {
	case wanted && v.Folder:
		v.missing = append(v.missing, "annotations")
	case wanted:
		v.as = annotationTract
	}
	v.chooseBundles()
	v.chooseColor()
	return v
}

// listed are the bundles of the representation that is shown.
func (v *tractView) listed() []TractObject {
	if v.as == annotationTract {
		return v.Bundles
	}
	return slices.DeleteFunc(slices.Clone(v.Objects), func(o TractObject) bool { return o.Stratum })
}

func (v *tractView) chooseBundles() {
	listed := v.listed()
	for _, id := range v.look.Bundles {
		known := slices.ContainsFunc(listed, func(o TractObject) bool { return o.ID == id })
		switch {
		case known, len(v.Objects)+len(v.Bundles) == 0:
			v.bundles = append(v.bundles, id)
		default:
			v.missing = append(v.missing, "the bundle "+id)
		}
	}
}

// chooseColor takes the color that is wanted. A scalar and its mean stand for each other, as one representation has the
// one and the other the other.
func (v *tractView) chooseColor() {
	wanted := v.look.Color
	switch {
	case wanted == "" || wanted == byOrientation:
	case IsColor(wanted):
		v.color = wanted
	case wanted == byBundle && len(v.listed()) > 0:
		v.color = byBundle
	case wanted == byBundle:
		v.missing = append(v.missing, "bundles")
	case slices.Contains(v.columns(), wanted):
		v.color = wanted
	case v.counterpart(wanted) != "":
		v.color = v.counterpart(wanted)
	default:
		v.missing = append(v.missing, wanted)
	}
}

// columns are the numbers that streamlines can be colored by.
func (v *tractView) columns() []string {
	all := v.Scalars
	if v.as == annotationTract {
		all = v.Means
	}
	return slices.DeleteFunc(slices.Clone(all), func(name string) bool { return !columnForm.MatchString(name) })
}

// counterpart is the mean of a scalar, or the scalar of a mean, if the representation that is shown has it; else "".
func (v *tractView) counterpart(name string) string {
	from, to := v.Means, v.Scalars
	if v.as == annotationTract {
		from, to = to, from
	}
	at := slices.Index(from, name)
	if at < 0 || at >= min(len(to), len(v.Scalars)) || !columnForm.MatchString(to[at]) {
		return ""
	}
	return to[at]
}

// within is the range of the values that the color stands for: 0 to 1 where it is not known.
func (v *tractView) within() (low, high float64) {
	at := slices.Index(v.Scalars, v.color)
	if v.as == annotationTract {
		at = slices.Index(v.Means, v.color)
	}
	if at < 0 || at >= min(len(v.Scalars), len(v.Ranges)) {
		return 0, 1
	}
	low, high = v.Ranges[at][0], v.Ranges[at][1]
	if !finite(low, high) || low >= high {
		return 0, 1
	}
	return low, high
}

// TractColors are what the streamlines of a can be colored by besides a color: "orientation", "bundle" where there are
// any, and numbers; and what they are colored by.
func TractColors(a Asset) (all []string, chosen string) {
	v := viewOf(a)
	all = []string{byOrientation}
	if len(v.listed()) > 0 {
		all = append(all, byBundle)
	}
	return append(all, v.columns()...), v.color
}

// address is that of the source, which says what it is to have.
func (v *tractView) address() string {
	var options []string
	if v.as == skeletonTract {
		if v.look.MinLength > 0 {
			options = append(options, "length")
		}
		if slices.Contains(v.columns(), v.color) {
			options = append(options, v.color)
		}
	}
	if v.look.Frame != "" {
		options = append(options, "frame="+v.look.Frame)
	}
	at := v.URL + "skel/"
	if v.as == annotationTract {
		at = v.URL + "ann/"
	}
	if len(options) > 0 {
		at += strings.Join(options, ",") + "/"
	}
	return at
}

// objects are the segments of the skeleton that are shown.
func (v *tractView) objects() []TractObject {
	var out []TractObject
	strata := 0
	for _, o := range v.Objects {
		if o.Stratum {
			strata++
		}
		if slices.Contains(v.bundles, o.ID) && !o.Stratum || len(v.bundles) == 0 && o.First {
			out = append(out, o)
		}
	}
	switch {
	case len(v.bundles) > 0:
		return out
	case v.color == byBundle:
		return v.upTo(mostVertices, false)
	case v.look.Density > 0 && strata > 0:
		return v.upTo(strataOf[v.look.Density], true)
	case len(out) > 0:
		return out
	}
	return v.upTo(strataOf[0], strata > 0)
}

// upTo are strata, or else bundles, of no more than so many vertices together, and one at least.
func (v *tractView) upTo(vertices int64, strata bool) []TractObject {
	var out []TractObject
	for _, o := range v.Objects {
		if o.Stratum != strata {
			continue
		}
		if vertices -= o.Vertices; vertices < 0 && len(out) > 0 {
			break
		}
		out = append(out, o)
	}
	return out
}

// firstPart is the number of the object that holds what can be shown of any tractogram.
const firstPart = "1000000"

// segments are the numbers of the objects.
func (v *tractView) segments() []string {
	objects := v.objects()
	switch {
	case len(objects) == 0 && len(v.bundles) > 0:
		return v.bundles
	case len(objects) == 0:
		return []string{firstPart}
	}
	out := make([]string, len(objects))
	for i, o := range objects {
		out[i] = o.ID
	}
	return out
}

// tractWarnings say what was wanted of tractograms and is not there.
func tractWarnings(assets []Asset) []string {
	var out []string
	for _, a := range assets {
		if a.Tract == nil || a.Raw != nil {
			continue
		}
		if v := viewOf(a); len(v.missing) > 0 {
			out = append(out, fmt.Sprintf("%s has not all that was chosen for it: %s", a.Name, strings.Join(v.missing, ", ")))
		}
	}
	return out
}
