package ngstate

import (
	"net/url"
	"slices"
	"strings"
	"unicode"

	"ngportal/volume"
)

// maxChannels is how many channels become layers of their own. An image with more is one layer
// with a slider, because a list of hundreds would hide the other layers.
const maxChannels = 12

// showOf chooses how a volume is drawn, by what it says about itself, by its name and by its values.
func showOf(a Asset) Kind {
	switch {
	case IsSegmentation(a):
		return Labels
	case isVectors(a):
		return Vectors
	case isRGB(a):
		return RGB
	}
	if n := a.Volume.ChannelCount(); n > 1 && n <= maxChannels {
		return Channels
	}
	return Gray
}

// IsSegmentation reports whether an asset is shown as labels.
func IsSegmentation(a Asset) bool {
	switch {
	case a.Volume == nil || a.Type == Image:
		return false
	case a.Type == Segmentation:
		return true
	}
	switch a.Volume.Kind {
	case "skeletons", "mesh":
		return true
	}
	return a.Volume.IsLabel || isInteger(a.Volume.DType) && (isNamed(a, labelNames) || guessedLabels(a))
}

// guessedLabels reports whether values alone make an image one of labels: few whole numbers that are counted through.
// One that says something about contrast, or whose name is that of a measurement, is none.
func guessedLabels(a Asset) bool {
	const most = 64
	if a.Volume.ChannelCount() != 1 || len(a.Volume.Channels) > 0 || isNamed(a, imageNames) || len(a.Stats) != 1 || !isInteger(a.Volume.DType) {
		return false
	}
	v := a.Stats[0].Values
	return len(v) > 0 && len(v) <= most && v[0] >= 1 && v[len(v)-1] <= float64(2*len(v))
}

// What the last word of a name says of an image: the suffixes of BIDS and of FreeSurfer's files.
const (
	labelNames  = " dseg seg segmentation label labels mask aseg aparc parc parcellation wmparc "
	imageNames  = " t1w t2w t2star t2starw pdw pdt2 flair flash swi dwi bold cbv epi asl pet t1map t2map fa md ad rd tem sem uct bf df pc dic fluo conf pli cars 2pe mpe sr nlo oct spim xpct photo em "
	colorNames  = " df bf rgb rgba photo color he nissl "
	vectorNames = " peaks dvec orient orientation orientations vec vector vectors "
	fslVectors  = " v1 v2 v3 " // of dtifit, along the axes of the voxels
	hotNames    = " pet statmap zstat tstat zmap tmap "
)

// isNamed reports whether a word of one of the lists ends the name of an asset, or is one of its entities' values, as
// in "peaks dwimap · I58". What comes after the dot says where it was measured. Its file's name counts as well, because a
// person may call it anything, and so does theirs, because a file may be called by a number.
func isNamed(a Asset, list string) bool {
	path, err := url.PathUnescape(a.URL)
	return wordsOf(a.Name, list) || err == nil && wordsOf(LayerName(path), list)
}

func wordsOf(name, list string) bool {
	what, _, _ := strings.Cut(name, " · ")
	words := strings.FieldsFunc(strings.ToLower(what), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
	if len(words) == 0 {
		return false
	}
	if list == vectorNames || list == colorNames { // these may stand before a suffix
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(list, " "+w+" ") })
	}
	return strings.Contains(list, " "+words[len(words)-1]+" ")
}

// componentAxis is the axis of channels, or of the components of a direction: FSL stores those where NIfTI has time.
// It is -1 when there is none.
func componentAxis(a Asset) int {
	img := a.Volume
	const time = 3
	c := img.ChannelAxis()
	if c < 0 && img.Format == volume.NIfTI && len(img.Axes) == time+1 && mayBeVectors(a) && length(img, time) == 3 {
		return time
	}
	return c
}

func length(img *volume.Image, axis int) int64 {
	if axis < 0 || len(img.Levels) == 0 || axis >= len(img.Levels[0].Shape) {
		return 1
	}
	return img.Levels[0].Shape[axis]
}

// isVectors reports whether an image is a map of directions, with three components each. It is one whose header or
// name says so, or whose components all lie between -1 and 1.
func isVectors(a Asset) bool {
	img := a.Volume
	const most = 5 // of NIfTI's axes: each further one is one more of channels to the viewer
	if img.DType != "float32" || length(img, componentAxis(a)) != 3 || img.Format == volume.NIfTI && len(img.Axes) > most {
		return false
	}
	return mayBeVectors(a) || unitComponents(a)
}

func mayBeVectors(a Asset) bool {
	return a.Volume.Intent == "vector" || isNamed(a, vectorNames) || isNamed(a, fslVectors)
}

func unitComponents(a Asset) bool {
	if len(a.Stats) != 3 {
		return false
	}
	const slack = 1e-3
	low, high := 0.0, 0.0
	for _, s := range a.Stats {
		low, high = min(low, s.Min), max(high, s.Max)
	}
	return low < 0 && low >= -1-slack && high <= 1+slack
}

// isRGB reports whether the channels are red, green and blue (and alpha) of one picture: OMERO's colors say so; or, where
// there are none, they lie beside each other in every pixel, or the name is that of a color photograph.
func isRGB(a Asset) bool {
	img := a.Volume
	c := img.ChannelAxis()
	n := length(img, c)
	if img.DType != "uint8" || n != 3 && n != 4 {
		return false
	}
	if len(img.Channels) > 0 {
		return len(img.Channels) == 3 && img.Channels[0].Color == "#ff0000" && img.Channels[1].Color == "#00ff00" && img.Channels[2].Color == "#0000ff"
	}
	interleaved := c == len(img.Axes)-1 && img.Format != volume.Precomputed && img.Format != volume.NIfTI
	return interleaved || isNamed(a, colorNames)
}

// together reports whether all components of a voxel make one color, in one layer.
func together(a Asset) bool {
	show := showOf(a)
	return (show == RGB || show == Vectors) && isWhole(a)
}

// isWhole reports whether the viewer can take all components of a voxel at once: an axis of channels (c^) must lie in
// one chunk at every level and begin at 0 (getChunkTransformParameters in its render_coordinate_transform.ts, and
// sliceview/frontend.ts). Otherwise it draws nothing of the layer.
func isWhole(a Asset) bool {
	img, c := a.Volume, componentAxis(a)
	if img.Format == volume.NIfTI || img.Format == volume.Precomputed {
		return true
	}
	_, alone := repairLevel(img)
	for _, l := range img.Levels {
		if l.Chunk[c] != l.Shape[c] || !alone && img.OME != "" && l.Translation[c] != 0 {
			return false
		}
	}
	return true
}
