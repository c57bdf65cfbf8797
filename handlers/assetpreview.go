package handlers

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"ngportal/preview"
	"ngportal/s3index"
	"ngportal/views"
	"ngportal/volume"
)

// addPreview puts sections of an image on its page, or why there are none.
func (s *site) addPreview(r *http.Request, m *views.AssetPage, p place, a s3index.Asset, more gathered) error {
	wish, err := parseWish(r.URL.Query())
	if err != nil {
		return err
	}
	if a.Fault == nil && a.Tract != nil {
		addGlass(m, p, a.Tract, more)
		return nil
	}
	b, ok := boxOf(a)
	if !ok {
		return nil
	}
	if more.picture != nil {
		why := views.Problem{Severity: views.Warning, Text: "There is no preview. " + explain(more.picture).what}
		if isInvalid(more.picture) {
			why = views.Problem{Severity: views.Info, Text: "There is no preview: " + text(more.picture) + "."}
		}
		m.Problems = append(m.Problems, why)
		return nil
	}
	at := a.Volume.Place()
	page := assetURL(p.dataset, p.ref) + "#preview"
	m.Preview = &views.Preview{Caption: captionWords(a, at), Action: page, Reset: page, Figures: figures(p, b, at, wish.query())}
	if more.block != nil {
		a.Fill(more.block)
		looks := looksOf(a.Drawing(), a.Volume, a.Stats)
		wish.apply(looks)
		m.Preview.Channels = channelLooks(a, looks)
	}
	return nil
}

// captionWords say where the sections lie.
func captionWords(a s3index.Asset, at volume.Placement) string {
	words := "Sections through the middle, "
	if at.Anatomical {
		words += "as radiologists look at them: the subject’s right is on the left."
	} else {
		words += "along the axes x, y and z, which are no directions in the body here; as it opens, x grows to the left."
	}
	if at.Assumed {
		words += " The unit of length is assumed."
	}
	if n := a.Volume.ChannelCount(); n > mostLooks {
		words += fmt.Sprintf(" The first %d of %s channels can be shown.", mostLooks, views.Number(n))
	}
	return words
}

// leastSide is how many pixels a section must have to be worth looking at: those of a single slice have fewer.
const leastSide = 4

// figures are the sections that are worth looking at.
func figures(p place, b box, at volume.Placement, q url.Values) []views.Figure {
	var out []views.Figure
	bar := scaleBar(b)
	for _, plane := range []preview.Plane{preview.Coronal, preview.Axial, preview.Sagittal} {
		v := b.view(plane, previewSize)
		if min(v.Width, v.Height) < leastSide {
			continue
		}
		q.Set("plane", string(plane))
		f := views.Figure{Title: planeWords(plane, at.Anatomical), Src: previewURL(p.dataset, p.ref) + "?" + q.Encode(), Width: v.Width, Height: v.Height}
		f.Left, f.Right, f.Top, f.Bottom = preview.Letters(plane, at.Anatomical, false)
		if pixels := int(bar/v.PixelSize + 0.5); pixels < v.Width-16 {
			f.Bar, f.BarText = pixels, millimeters(bar)
		}
		f.Alt = fmt.Sprintf("%s section through the middle. %s is left, %s right, %s up and %s down.", f.Title, f.Left, f.Right, f.Top, f.Bottom)
		out = append(out, uncrowded(f))
	}
	return out
}

// uncrowded leaves out the letters that would stand over each other or over the scale bar. The text alternative has them.
func uncrowded(f views.Figure) views.Figure {
	const low, narrow = 90, 60
	if f.Height < low {
		f.Top, f.Bottom = "", ""
	}
	if f.Width < narrow {
		f.Left, f.Right = "", ""
	}
	return f
}

func planeWords(p preview.Plane, anatomical bool) string {
	if anatomical {
		return strings.ToUpper(string(p[:1])) + string(p[1:])
	}
	across, up := p.Axes()
	return string("xyz"[across]) + "–" + string("xyz"[up])
}

// scaleBar is a round length, in millimeters, of about a quarter of the longest side.
func scaleBar(b box) float64 {
	quarter := b.extent() / 4
	unit := math.Pow(10, math.Floor(math.Log10(quarter)))
	for _, n := range []float64{5, 2} {
		if n*unit <= quarter {
			return n * unit
		}
	}
	return unit
}

// millimeters writes a length in the unit that reads best.
func millimeters(mm float64) string {
	if mm == 0 {
		return "0 mm"
	}
	return length(mm, volume.Axis{Meters: 1e-3})
}

// channelLooks are the fields of the form; an image of one channel has no box to tick.
func channelLooks(a s3index.Asset, looks []look) []views.ChannelLook {
	var out []views.ChannelLook
	for i, l := range looks {
		one := views.ChannelLook{
			Name: "Contrast", Shown: !l.Hidden, Low: short(l.Low), High: short(l.High), Least: short(l.least), Most: short(l.most), Step: "any",
		}
		if len(looks) > 1 {
			one.Name, one.Value, one.Color = cmp.Or(l.Label, channelName(a, i)), strconv.Itoa(i), l.Color
		}
		if l.Index < len(a.Stats) {
			st := a.Stats[l.Index]
			one.Histogram = histogram(st.Histogram, st.Min, st.Max, l.least, l.most)
		}
		out = append(out, one)
	}
	return out
}

// short writes a value of an image with as many digits as a handle can be set to.
func short(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }
