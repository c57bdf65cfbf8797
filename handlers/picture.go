package handlers

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"ngportal/access"
	"ngportal/preview"
	"ngportal/s3index"
	"ngportal/views"
	"ngportal/volume"
	"ngportal/xfm"
)

func previewURL(d access.Dataset, ref access.Ref) string { return "/preview/" + refPath(d, ref) }

func thumbnailURL(d access.Dataset, ref access.Ref) string { return "/thumbnail/" + refPath(d, ref) }

func measureURL(d access.Dataset, ref access.Ref) string { return "/measure/" + refPath(d, ref) }

// Sizes of previews, in pixels along the longest side of what is drawn.
const (
	previewSize     = 296
	mostPreviewSize = 512
	previewVoxels   = 128 // of the level that is drawn, along every axis
)

// small answers a handler's errors with their number and a sentence: a picture and a part of a page have no page for them.
func (s *site) small(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := h(w, r); err != nil {
			visitOf(r).cause = err
			s.refuseSmall(w, r, err)
		}
		return nil
	}
}

func (s *site) refuseSmall(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		w.WriteHeader(499) // as in fail: who has gone on to another page is no fault of the portal
		return
	}
	if errors.Is(err, errSignIn) {
		err = &userError{code: http.StatusUnauthorized, what: "You are signed out."}
	}
	u := explain(err)
	s.noteRefusal(r, u)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(u.code)
	_, _ = w.Write([]byte(u.what)) // a reader who has gone away needs no answer
}

// servePNG sends a picture. A browser may keep it, and asks each time whether it still may show it.
func servePNG(w http.ResponseWriter, r *http.Request, data []byte) error {
	sum := sha256.Sum256(data)
	w.Header().Set("Cache-Control", "private, no-cache")
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:12])+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	return nil
}

// thumbnail is the small picture of an asset. Where there is nothing to draw there is no content, which is no error: the
// row then shows its icon.
func (s *site) thumbnail(w http.ResponseWriter, r *http.Request) error {
	p, err := s.place(r)
	if err != nil {
		return err
	}
	t, err := s.Library.Thumbnail(r.Context(), rights(r), p.ref)
	if isInvalid(err) {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if err != nil {
		return err
	}
	return servePNG(w, r, t.PNG)
}

// picture is one section through an asset.
func (s *site) picture(w http.ResponseWriter, r *http.Request) error {
	p, err := s.place(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	wish, err := parseWish(q)
	if err != nil {
		return err
	}
	plane := preview.Plane(cmp.Or(q.Get("plane"), string(preview.Axial)))
	if !slices.Contains([]preview.Plane{preview.Coronal, preview.Axial, preview.Sagittal}, plane) {
		return badWish("plane", string(plane))
	}
	size, err := strconv.Atoi(cmp.Or(q.Get("size"), strconv.Itoa(previewSize)))
	if err != nil || size < 1 {
		return badWish("size", q.Get("size"))
	}
	a, err := s.Library.Describe(r.Context(), rights(r), p.ref)
	if err != nil {
		return err
	}
	if a.Fault == nil && a.Tract != nil {
		return s.glass(w, r, a, plane, min(size, mostPreviewSize))
	}
	whole, ok := boxOf(a)
	if !ok {
		return fmt.Errorf("%w: there is nothing to draw", volume.ErrInvalid)
	}
	layer, err := s.previewLayer(r, a, wish)
	if err != nil {
		return err
	}
	view := whole.view(plane, min(size, mostPreviewSize))
	data, err := preview.PNG(preview.Draw([]preview.Layer{layer}, view))
	if err != nil {
		return err
	}
	return servePNG(w, r, data)
}

// previewLayer is an asset as it is drawn.
func (s *site) previewLayer(r *http.Request, a s3index.Asset, wish pictureWish) (preview.Layer, error) {
	block, err := s.Library.Overview(r.Context(), rights(r), a, previewVoxels)
	if err != nil {
		return preview.Layer{}, err
	}
	a.Fill(block)
	d := a.Drawing()
	looks := looksOf(d, a.Volume, a.Stats)
	wish.apply(looks)
	d.Channels = nil
	for _, l := range looks {
		d.Channels = append(d.Channels, l.DrawnChannel)
	}
	layer := s3index.Layer(a.Volume, block, d)
	layer.Opacity = 1 // also of labels, which have nothing below here
	if layer.Labels {
		layer.Colors = s.labelColors(r.Context(), rights(r), a)
	}
	return layer, nil
}

// labelColors are those that a table gives to labels; nil without one.
func (s *site) labelColors(ctx context.Context, who access.Rights, a s3index.Asset) map[uint64][3]uint8 {
	segments, _, err := s.Library.Segments(ctx, who, a)
	if err != nil {
		return nil // the colors that labels have by themselves do as well
	}
	colors := map[uint64][3]uint8{}
	for _, segment := range segments {
		if c, ok := preview.ParseColor(segment.Color); ok {
			colors[segment.ID] = c
		}
	}
	return colors
}

// A box is the part of the world that an image fills.
type box struct{ low, high [3]float64 }

// boxOf is false for what has no voxels to draw.
func boxOf(a s3index.Asset) (box, bool) {
	if a.Fault != nil || a.Volume == nil || len(a.Volume.Levels) == 0 {
		return box{}, false
	}
	low, high, ok := preview.Bounds([]preview.Layer{{Image: a.Volume, Transform: xfm.Identity(), Opacity: 1}})
	b := box{low, high}
	extent := b.extent()
	return b, ok && extent > 0 && extent < 1e12
}

// extent is the longest side, in millimeters.
func (b box) extent() float64 {
	return max(b.high[0]-b.low[0], b.high[1]-b.low[1], b.high[2]-b.low[2])
}

// view is a section through the middle, as large as the box, of which the longest side has size pixels.
func (b box) view(p preview.Plane, size int) preview.View {
	pixel := b.extent() / float64(size)
	pixels := func(axis int) int { return min(max(int((b.high[axis]-b.low[axis])/pixel+0.5), 1), size) }
	across, up := p.Axes()
	v := preview.View{Plane: p, PixelSize: pixel, Width: pixels(across), Height: pixels(up)}
	for i := range v.Center {
		v.Center[i] = (b.low[i] + b.high[i]) / 2
	}
	return v
}

// measure is how much lies in a directory, for the part of the page that shows it.
func (s *site) measure(w http.ResponseWriter, r *http.Request) error {
	p, err := s.place(r)
	if err != nil {
		return err
	}
	if p.ref.Path != "" && !strings.HasSuffix(p.ref.Path, "/") {
		return badWish("folder", lastName(p.ref.Path))
	}
	m, err := s.Library.Measure(r.Context(), rights(r), p.ref)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, views.Measured(measured(p, m)))
}

// measured says how much has been counted.
func measured(p place, m s3index.Measure) views.Measure {
	out := views.Measure{
		Text: plural(int(m.Objects), "object") + ", " + size(m.Bytes),
		Href: measureURL(p.dataset, p.ref), Page: assetURL(p.dataset, p.ref),
	}
	switch {
	case m.Err != nil:
		out.Text = "could not be counted to the end: at least " + out.Text
	case m.Later:
		out.Text = "not counted now: too many others wait to be counted. Load the page again later."
	case m.Waiting:
		out.Text, out.Running = "waiting to be counted: others come first", true
	case !m.Done:
		out.Text, out.Running = "counting: "+out.Text+" so far", true
	}
	return out
}
