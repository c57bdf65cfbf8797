package handlers

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"

	"ngportal/ngstate"
	"ngportal/s3index"
	"ngportal/tract"
	"ngportal/views"
	"ngportal/volume"
)

// describe is the page of one asset, or of a file that no viewer opens.
func (s *site) describe(w http.ResponseWriter, r *http.Request) error {
	p, err := s.place(r)
	if err != nil {
		return err
	}
	if p.ref.Path == "" {
		http.Redirect(w, r, placeURL(p), http.StatusSeeOther)
		return nil
	}
	a, err := s.Library.Describe(r.Context(), rights(r), p.ref)
	if strings.HasSuffix(p.ref.Path, "/") && (a.Fault != nil || errors.Is(err, fs.ErrNotExist)) {
		// What only groups others may be named like an asset, but is a folder to be walked.
		f, folderErr := s.Library.Folder(r.Context(), rights(r), p.ref, s3index.Page{Limit: pageRows})
		if folderErr == nil && f.Self == "" {
			http.Redirect(w, r, browseURL(p.dataset, p.ref), http.StatusSeeOther)
			return nil
		}
	}
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, views.Asset(s.assetPage(r, p, a)))
}

// source is what Neuroglancer opens as a layer of an asset whose metadata have been read; "" where it opens none.
func (s *site) source(a s3index.Asset) string {
	switch {
	case a.Fault != nil:
	case a.Tract != nil:
		return skeletonSource(s.tractURL(a.Location, a.Ref.Path))
	case a.Volume != nil:
		return ngstate.Pipeline(ngstate.Asset{URL: s.dataURL(a.Location, a.Ref.Path), Volume: a.Volume})
	}
	return ""
}

func (s *site) assetPage(r *http.Request, p place, a s3index.Asset) views.AssetPage {
	m := views.AssetPage{
		Page: s.page(r, a.Name), Name: a.Name, Icon: iconOf(a.Kind, a.Ref.Path), Kind: kindName(a.Kind, a.Ref.Path),
		Href: r.URL.RequestURI(), FolderHref: folderURL(p),
		Copy: views.Addresses{S3: a.Location.URI(a.Ref.Path), Data: s.dataURL(a.Location, a.Ref.Path), Source: s.source(a)},
	}
	m.Breadcrumbs = crumbs(p, true)
	if a.Kind != "" {
		m.Asset, m.InTray = assetValue(a.Ref), s.trayRefs(r)[a.Ref]
	}
	if !strings.HasSuffix(a.Ref.Path, "/") {
		m.Facts = append(m.Facts, fact("Size", size(a.Size)), fact("Last change", a.Modified.UTC().Format("2 January 2006, 15:04 UTC")))
	}
	switch {
	case a.Fault != nil:
		m.Problems = append(m.Problems, views.Problem{Severity: views.Error, Text: sentence(text(a.Fault))})
		m.What = "which cannot be opened as it is"
	case a.Tract != nil:
		s.tractFacts(&m, a.Tract)
	case a.Volume != nil:
		volumeFacts(&m, a)
	default:
		m.What = "which no viewer here opens"
	}
	for _, n := range a.Notes {
		m.Problems = append(m.Problems, views.Problem{Severity: views.Info, Text: n})
	}
	return m
}

func fact(label, value string) views.Fact { return views.Fact{Label: label, Value: value} }

// folderURL is the folder that p lies in.
func folderURL(p place) string {
	up := p.ref
	path := strings.TrimSuffix(up.Path, "/")
	up.Path = path[:strings.LastIndexByte(path, '/')+1]
	return browseURL(p.dataset, up)
}

func (s *site) tractFacts(m *views.AssetPage, t *s3index.Tractogram) {
	total := "not counted yet"
	if t.Total >= 0 {
		total = views.Number(t.Total)
	}
	m.What = "with " + total + " streamlines"
	m.Facts = append(m.Facts, fact("Streamlines", total), fact("Shown in the viewer", views.Number(t.Shown)))
	if t.Known {
		m.Facts = append(m.Facts, fact("Extent of what is shown", bounds(t.Bounds)))
	}
	h := t.Header
	if h.VoxelOrder != "" {
		m.Facts = append(m.Facts,
			fact("Voxel order", h.VoxelOrder),
			fact("Voxel size", fmt.Sprintf("%.4g × %.4g × %.4g mm", h.VoxelSize[0], h.VoxelSize[1], h.VoxelSize[2])),
			fact("Volume", fmt.Sprintf("%d × %d × %d voxels", h.Dim[0], h.Dim[1], h.Dim[2])))
	}
	if len(h.Scalars) > 0 {
		m.Facts = append(m.Facts, fact("Values of each point", columns(h.Scalars)))
	}
	if len(h.Properties) > 0 {
		m.Facts = append(m.Facts, fact("Values of each streamline", columns(h.Properties)))
	}
	for _, warning := range t.Warnings {
		m.Problems = append(m.Problems, views.Problem{Severity: views.Warning, Text: warning})
	}
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

func bounds(b [2][3]float64) string {
	var lines []string
	for i, axis := range []string{"left–right", "back–front", "down–up"} {
		lines = append(lines, fmt.Sprintf("%s %.1f to %.1f mm", axis, b[0][i], b[1][i]))
	}
	return strings.Join(lines, "\n")
}

func volumeFacts(m *views.AssetPage, a s3index.Asset) {
	img := a.Volume
	if img.OME != "" {
		m.Kind = "OME-Zarr " + img.OME
	}
	m.What = volumeWords(img)
	for _, f := range img.Findings {
		severity := views.Warning
		if f.Refused {
			severity = views.Error
		}
		m.Problems = append(m.Problems, views.Problem{Severity: severity, Text: sentence(f.Text)})
	}
	if len(img.Levels) == 0 {
		return
	}
	m.Facts = append(m.Facts, gridFacts(img)...)
	if img.Affine != nil {
		m.Facts = append(m.Facts, fact("Placed by", img.Affine.Source))
	}
	if labels := channelNames(img); labels != "" {
		m.Facts = append(m.Facts, fact("Channels", labels))
	}
	if len(a.Stats) > 0 && a.Stats[0].Count > 0 {
		m.Facts = append(m.Facts, fact("Contrast", contrastWords(img, a.Stats)))
	}
	if len(img.Labels) > 0 {
		m.Facts = append(m.Facts, fact("Label images", strings.Join(img.Labels, ", ")))
	}
}

// gridFacts are how many voxels there are, how large, and how they are stored.
func gridFacts(img *volume.Image) []views.Fact {
	l := img.Levels[0]
	var shape, voxel, extent, chunk []string
	for i, axis := range img.Axes {
		shape = append(shape, fmt.Sprintf("%s %s", axis.Name, views.Number(l.Shape[i])))
		if i < len(l.Chunk) {
			chunk = append(chunk, fmt.Sprintf("%s %s", axis.Name, views.Number(l.Chunk[i])))
		}
		if axis.Kind == "space" {
			voxel = append(voxel, axis.Name+" "+length(l.Scale[i], axis))
			extent = append(extent, axis.Name+" "+length(l.Scale[i]*float64(l.Shape[i]), axis))
		}
	}
	facts := []views.Fact{fact("Shape", strings.Join(shape, " × ")), fact("Values", img.DType)}
	if len(voxel) > 0 {
		facts = append(facts, fact("Voxel size", strings.Join(voxel, " × ")), fact("Field of view", strings.Join(extent, " × ")))
	}
	return append(facts, fact("Levels", views.Number(len(img.Levels))), fact("Chunks", strings.Join(chunk, " × ")+", "+l.Encoding))
}

// length writes a length along an axis in the unit that reads best; without a known unit, as it is.
func length(v float64, a volume.Axis) string {
	if a.Meters <= 0 {
		return strings.TrimSpace(fmt.Sprintf("%.4g %s", v, a.Unit))
	}
	v *= a.Meters
	for _, u := range []struct {
		name   string
		meters float64
	}{{"m", 1}, {"mm", 1e-3}, {"µm", 1e-6}, {"nm", 1e-9}} {
		if v >= u.meters || u.name == "nm" {
			return fmt.Sprintf("%.4g %s", v/u.meters, u.name)
		}
	}
	return ""
}

func volumeWords(img *volume.Image) string {
	switch {
	case img.Kind != "" && img.Kind != "volume":
		return "holding " + img.Kind
	case img.IsLabel:
		return "labels, " + plural(len(img.Levels), "level")
	}
	words := "image, " + plural(len(img.Levels), "level")
	if n := img.ChannelCount(); n > 1 {
		words += ", " + plural(int(n), "channel")
	}
	return words
}

func channelNames(img *volume.Image) string {
	var labels []string
	for _, c := range img.Channels {
		if c.Label != "" {
			labels = append(labels, c.Label)
		}
	}
	return strings.Join(labels, ", ")
}

// contrastWords says what will be drawn as black and as white.
func contrastWords(img *volume.Image, stats []volume.Stats) string {
	var lines []string
	for i, st := range stats {
		line := fmt.Sprintf("1–99 %%: %.4g to %.4g, all: %.4g to %.4g", st.Q01, st.Q99, st.Min, st.Max)
		if len(stats) > 1 {
			name := fmt.Sprintf("channel %d", i)
			if i < len(img.Channels) && img.Channels[i].Label != "" {
				name = img.Channels[i].Label
			}
			line = name + " " + line
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
