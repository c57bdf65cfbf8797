package handlers

import (
	"errors"
	"fmt"
	"strings"

	"ngportal/s3index"
	"ngportal/views"
	"ngportal/volume"
)

// faultFacts say why an asset does not open. A plate is no broken one: its fields are images.
func faultFacts(m *views.AssetPage, fault error) {
	plate, ok := errors.AsType[*volume.PlateError](fault)
	if !ok {
		m.What = "which cannot be opened as it is"
		m.Problems = append(m.Problems, views.Problem{Severity: views.Error, Text: sentence(text(fault))})
		return
	}
	m.What = "well of a plate (HCS), " + plural(len(plate.Fields), "field")
	if plate.Rows != nil || plate.Columns != nil {
		m.What = fmt.Sprintf("plate (HCS) of %d × %d wells", len(plate.Rows), len(plate.Columns))
		m.Facts = append(m.Facts,
			fact("Rows", shortList(plate.Rows)), fact("Columns", shortList(plate.Columns)), fact("Wells with images", views.Number(len(plate.Fields))))
	}
	if plate.PerWell > 0 {
		m.Facts = append(m.Facts, fact("Fields of a well", "up to "+views.Number(plate.PerWell)))
	}
	m.Problems = append(m.Problems, views.Problem{Severity: views.Warning, Text: sentence(text(fault))})
}

// shortList is the first names of a list.
func shortList(names []string) string {
	const most = 24
	words := strings.Join(names[:min(len(names), most)], ", ")
	if len(names) > most {
		words += ", …"
	}
	return words
}

func volumeFacts(m *views.AssetPage, a s3index.Asset, more gathered) {
	img := a.Volume
	if img.OME != "" {
		m.Kind = "OME-Zarr " + img.OME
	}
	m.What = volumeWords(img, a.Labels())
	if len(img.Levels) == 0 {
		return
	}
	m.Facts = append(m.Facts, gridFacts(img)...)
	m.Facts = append(m.Facts, placeFacts(img.Place())...)
	if img.Intent != "" {
		m.Facts = append(m.Facts, fact("Meaning of the values", img.Intent+" (NIfTI’s intent)"))
	}
	if len(img.Parts) > 0 {
		m.Facts = append(m.Facts, fact("Holds also", strings.Join(img.Parts, ", ")))
	}
	if n := len(more.segments); n > 0 {
		m.Facts = append(m.Facts, fact("Names of labels", plural(n, "label")+", from "+more.segmentsFrom))
	}
	if labels := channelNames(img); labels != "" {
		m.Facts = append(m.Facts, fact("Channels", labels))
	}
	if len(a.Stats) > 0 && a.Stats[0].Count > 0 && !a.Labels() {
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

func volumeWords(img *volume.Image, labels bool) string {
	switch {
	case img.Kind != "" && img.Kind != "volume":
		return "holding " + img.Kind
	case labels:
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
		line := fmt.Sprintf("1–99 %%: %s to %s, all: %s to %s", short(st.Q01), short(st.Q99), short(st.Min), short(st.Max))
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

func bounds(b [2][3]float64) string {
	var lines []string
	for i, axis := range []string{"left–right", "back–front", "down–up"} {
		lines = append(lines, fmt.Sprintf("%s %.1f to %.1f mm", axis, b[0][i], b[1][i]))
	}
	return strings.Join(lines, "\n")
}
