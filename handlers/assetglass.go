package handlers

import (
	"fmt"
	"net/http"
	"net/url"

	"ngportal/preview"
	"ngportal/s3index"
	"ngportal/views"
	"ngportal/volume"
)

// glassBox is the box that holds a tractogram, as far as it is known: that of what is drawn while the file has not been read.
func glassBox(t *s3index.Tractogram, lines preview.Lines) (box, bool) {
	b := box{t.Bounds[0], t.Bounds[1]}
	switch {
	case t.Survey != nil:
		b = box{t.Survey.Bounds[0], t.Survey.Bounds[1]}
	case !t.Known:
		b.low, b.high, _ = lines.Bounds()
	}
	extent := b.extent()
	return b, extent > 0 && extent < 1e12
}

// around is a box with a margin, so that its edges are seen.
func (b box) around() box {
	margin := b.extent() / 40
	for i := range b.low {
		b.low[i] -= margin
		b.high[i] += margin
	}
	return b
}

// addGlass puts pictures of all streamlines at once on the page of a tractogram.
func addGlass(m *views.AssetPage, p place, t *s3index.Tractogram, more gathered) {
	b, ok := glassBox(t, more.lines)
	if !ok || len(more.lines.Counts) == 0 {
		return
	}
	m.Preview = &views.Preview{Caption: "Streamlines behind each other, as if the body were of glass, colored by direction: red left–right, green back–front, blue down–up. " +
		"The subject’s right is on the left."}
	if n := sampled(t); n > 0 {
		m.Preview.Caption += " The pictures have a sample of " + plural(n, "streamline") + "."
	}
	m.Preview.Figures = figures(p, b.around(), volume.Placement{Anatomical: true}, url.Values{})
	for i := range m.Preview.Figures {
		f := &m.Preview.Figures[i]
		f.Alt = fmt.Sprintf("%s view through the streamlines, which extend %s from left to right, %s from back to front and %s from bottom to top.",
			f.Title, millimeters(b.high[0]-b.low[0]), millimeters(b.high[1]-b.low[1]), millimeters(b.high[2]-b.low[2]))
	}
}

// glass is one picture of streamlines.
func (s *site) glass(w http.ResponseWriter, r *http.Request, a s3index.Asset, plane preview.Plane, size int) error {
	lines, err := s.Library.Streamlines(r.Context(), rights(r), a)
	if err != nil {
		return err
	}
	b, ok := glassBox(a.Tract, lines)
	if !ok || len(lines.Counts) == 0 {
		return fmt.Errorf("%w: there is nothing to draw", volume.ErrInvalid)
	}
	data, err := preview.PNG(preview.Glass(lines, b.low, b.high, b.around().view(plane, size)))
	if err != nil {
		return err
	}
	return servePNG(w, r, data)
}
