package handlers

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"ngportal/access"
	"ngportal/s3index"
	"ngportal/tract"
	"ngportal/views"
)

// mostBundles is how many bundles a page lists, and openBundles how many it shows at once.
const (
	mostBundles = 500
	openBundles = 20
)

// tractFacts are what is known of a tractogram, as exactly as it is known by now.
func tractFacts(m *views.AssetPage, p place, t *s3index.Tractogram, more gathered) {
	lines, exact := streamlines(t)
	m.What = "with " + amount(lines, exact) + " streamlines"
	if lines < 0 {
		m.What = "of streamlines, not counted yet"
	}
	if m.Kind == kindName(s3index.Bundles, "") {
		m.What = "of " + plural(len(t.Objects), "tractogram")
	}
	m.Facts = append(m.Facts, sizeFacts(t, more)...)
	m.Facts = append(m.Facts, frameFacts(t.Header)...)
	if len(t.Header.Scalars) > 0 {
		m.Facts = append(m.Facts, fact("Values of each point", scalarWords(t)))
	}
	if len(t.Header.Properties) > 0 {
		m.Facts = append(m.Facts, fact("Values of each streamline", columns(t.Header.Properties)))
	}
	m.Facts = append(m.Facts, fact("Shown in the viewer", shownWords(t)))
	if !t.Skeleton {
		m.Facts = append(m.Facts, fact("Annotations", builtWords(t.Built)))
	}
	for _, warning := range t.Warnings {
		m.Problems = append(m.Problems, views.Problem{Severity: views.Warning, Text: warning})
	}
	m.Tract = &views.Tractogram{Lengths: lengthChart(t)}
	addBundles(m.Tract, p, t)
}

// streamlines is how many there are, -1 if nothing tells, and whether that is an exact number.
func streamlines(t *s3index.Tractogram) (n int64, exact bool) {
	switch s := t.Sample; {
	case t.Survey != nil:
		return t.Survey.Streamlines, true
	case t.Header.Streamlines >= 0 && (s == nil || !s.Exact):
		return t.Header.Streamlines, true
	case s != nil:
		return s.Streamlines, s.Exact
	}
	return t.Total, t.Known || len(t.Files) > 0
}

// points is likewise.
func points(t *s3index.Tractogram) (n int64, exact bool) {
	switch {
	case t.Survey != nil:
		return t.Survey.Points, true
	case t.Sample != nil:
		return t.Sample.Points, t.Sample.Exact
	}
	return -1, false
}

// amount is a number as it is known: "5,812,345", "about 5.8 million", "an unknown number of".
func amount(n int64, exact bool) string {
	switch {
	case n < 0:
		return "an unknown number of"
	case exact:
		return views.Number(n)
	}
	return "about " + rounded(n)
}

// rounded is a number of two digits that count: "9,500", "5.8 million".
func rounded(n int64) string {
	unit := int64(1)
	for n/unit >= 100 {
		unit *= 10
	}
	n = (n + unit/2) / unit * unit
	for _, big := range []struct {
		size int64
		name string
	}{{1e9, "billion"}, {1e6, "million"}} {
		if n >= big.size {
			return strconv.FormatFloat(float64(n)/float64(big.size), 'g', 4, 64) + " " + big.name
		}
	}
	return views.Number(n)
}

// sampled is how many streamlines were looked at where not all were; 0 where all were, or none.
func sampled(t *s3index.Tractogram) int {
	if t.Survey != nil || t.Sample == nil || t.Sample.Exact && int64(len(t.Sample.Counts)) >= t.Sample.Streamlines {
		return 0
	}
	return len(t.Sample.Counts)
}

// fromSample says of which streamlines something is known.
func fromSample(t *s3index.Tractogram) string {
	if n := sampled(t); n > 0 {
		return " (from a sample of " + plural(n, "streamline") + ")"
	}
	return ""
}

// sizeFacts are how many, how long and where.
func sizeFacts(t *s3index.Tractogram, more gathered) []views.Fact {
	count := func(n int64, exact bool) string {
		if n < 0 {
			return "not counted yet"
		}
		return amount(n, exact)
	}
	facts := []views.Fact{fact("Streamlines", count(streamlines(t))), fact("Points", count(points(t)))}
	if l := lengths(t); l.Mean > 0 {
		facts = append(facts, fact("Length", millimeters(l.Mean)+" in the mean, "+millimeters(l.Max)+" the longest"+fromSample(t)))
	}
	if b, ok := glassBox(t, more.lines); ok {
		words := bounds([2][3]float64{b.low, b.high})
		if t.Survey == nil && !t.Known {
			words += "\n" + strings.TrimSpace(fromSample(t))
		}
		facts = append(facts, fact("Extent", strings.TrimSpace(words)))
	}
	return facts
}

// frameFacts are in which voxels the points are stored.
func frameFacts(h tract.Header) []views.Fact {
	var facts []views.Fact
	if h.VoxelOrder != "" {
		facts = append(facts,
			fact("Voxel order", h.VoxelOrder),
			fact("Voxel size", fmt.Sprintf("%.4g × %.4g × %.4g mm", h.VoxelSize[0], h.VoxelSize[1], h.VoxelSize[2])),
			fact("Volume", fmt.Sprintf("%d × %d × %d voxels", h.Dim[0], h.Dim[1], h.Dim[2])))
	}
	if h.HasAffine {
		table := views.Fact{Label: "From voxels to mm"}
		for _, row := range h.Affine {
			var cells []string
			for _, v := range row {
				cells = append(cells, short(v+0)) // -0 is 0
			}
			table.Rows = append(table.Rows, cells)
		}
		facts = append(facts, table)
	}
	return facts
}

// scalarWords name the values of points and, where the whole file was read, from where to where they go.
func scalarWords(t *s3index.Tractogram) string {
	var words []string
	at := 0
	for _, c := range t.Header.Scalars {
		word := columns([]tract.Column{c})
		for i := range c.Components {
			if r, ok := scalarRange(t, at+i); ok {
				word += fmt.Sprintf(", %s to %s", short(r[0]), short(r[1]))
			}
		}
		at += c.Components
		words = append(words, word)
	}
	return strings.Join(words, "\n")
}

// scalarRange is from where to where a column of numbers goes, where that is known.
func scalarRange(t *s3index.Tractogram, column int) (r [2]float64, ok bool) {
	if t.Survey == nil || column >= len(t.Survey.Scalars) {
		return r, false
	}
	r = t.Survey.Scalars[column]
	return r, r[0] <= r[1] && !math.IsInf(r[0], 0) && !math.IsInf(r[1], 0)
}

// shownWords say what of a tractogram is drawn, and how.
func shownWords(t *s3index.Tractogram) string {
	n, exact := streamlines(t)
	how := "As annotations: "
	if t.Skeleton {
		how = "As a skeleton: "
	}
	switch {
	case n < 0 && t.Shown <= 0:
		return how + "as many as a browser takes."
	case n < 0:
		how += amount(t.Shown, false) + " streamlines at once"
	case exact && t.Shown >= n:
		return how + "all of them."
	default:
		how += amount(t.Shown, false) + " of " + strings.TrimPrefix(amount(n, exact), "about ") + " at once"
	}
	if !t.Skeleton {
		how += ", more as you zoom in"
	}
	return how + "."
}

// builtWords say how far annotations have been made.
func builtWords(share float64) string {
	switch {
	case share >= 1:
		return "ready"
	case share > 0:
		return fmt.Sprintf("being prepared, %d %%", int(100*share))
	}
	return "not prepared yet: that begins when they are opened"
}

// addBundles lists the bundles, where they are known.
func addBundles(m *views.Tractogram, p place, t *s3index.Tractogram) {
	all := bundles(t)
	for _, b := range all[:min(len(all), mostBundles)] {
		one := views.Bundle{Name: b.name}
		if b.streamlines >= 0 {
			one.Streamlines = views.Number(b.streamlines)
		}
		if b.mean > 0 {
			one.MeanLength = millimeters(b.mean)
		}
		if b.path != "" {
			one.Href = assetURL(p.dataset, access.Ref{Dataset: p.ref.Dataset, Location: p.ref.Location, Path: b.path})
		}
		m.Bundles = append(m.Bundles, one)
	}
	m.BundlesWord, m.BundlesOpen = plural(len(all), "bundle"), len(all) <= openBundles
	if more := len(all) - len(m.Bundles); more > 0 {
		m.BundlesNote = "And " + views.Number(more) + " more."
	}
}

// A bundle is a named set of streamlines; what is not known is -1, 0 or "".
type bundle struct {
	id          uint64
	name        string
	streamlines int64
	mean        float64 // mm
	path        string  // of the file it is
}

// bundles are those of the whole file; or its groups, which its header counts, or those that its sample has met; of a folder
// they are its files.
func bundles(t *s3index.Tractogram) (out []bundle) {
	switch {
	case len(t.Files) > 0:
		for i, o := range t.Objects {
			n := o.Streamlines
			if n == 0 {
				n = -1 // an object does not tell whether that is counted
			}
			out = append(out, bundle{o.ID, o.Label, n, o.MeanLength, t.Files[i]})
		}
	case t.Survey != nil:
		for _, b := range t.Survey.Bundles {
			out = append(out, bundle{uint64(b.ID), b.Name, b.Streamlines, b.MeanLength, ""})
		}
	default:
		for i, g := range t.Header.Groups {
			out = append(out, bundle{uint64(i) + 1, g.Name, g.Streamlines, 0, ""})
		}
		if t.Sample == nil {
			break
		}
		for _, b := range t.Header.SampledBundles(t.Sample) {
			out = append(out, bundle{uint64(b.ID), b.Name, -1, 0, ""})
		}
	}
	return out
}

// columns lists names, and how many numbers each has if it is not one.
func columns(all []tract.Column) string {
	var names []string
	for _, c := range all {
		name := strings.TrimSpace(c.Name)
		if c.Components > 1 {
			name = fmt.Sprintf("%s (%d)", name, c.Components)
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}
