package handlers

import (
	"fmt"
	"math"
	"slices"

	"ngportal/ngstate"
	"ngportal/s3index"
	"ngportal/views"
	"ngportal/volume"
)

// checks is what was looked at before an asset is opened.
func (s *site) checks(a s3index.Asset, more gathered) []views.Check {
	var out []views.Check
	for _, c := range s.preflight(a, more.sample) {
		tried := c.Rule == ngstate.RuleChunk || c.Rule == ngstate.RuleSample
		out = append(out, views.Check{Light: lightOf(c.Light), Text: sentence(c.Text), Repair: sentence(c.Repair), Tried: tried})
	}
	if refused(out) { // what would be repaired when it is opened is not
		out = slices.DeleteFunc(out, func(c views.Check) bool { return c.Repair != "" })
	}
	return out
}

// refused reports whether an asset does not open, whatever is tried.
func refused(checks []views.Check) bool {
	return slices.ContainsFunc(checks, func(c views.Check) bool { return c.Light == views.Red && !c.Tried })
}

// preflight is empty for what is no image.
func (s *site) preflight(a s3index.Asset, sample error) []ngstate.Check {
	if a.Fault != nil || a.Volume == nil {
		return nil
	}
	if sample == nil || isInvalid(sample) {
		return ngstate.Preflight(s.plainAsset(a), sample)
	}
	out := slices.DeleteFunc(ngstate.Preflight(s.plainAsset(a), nil), func(c ngstate.Check) bool { return c.Rule == ngstate.RuleOpens })
	reds := slices.IndexFunc(append(slices.Clone(out), ngstate.Check{}), func(c ngstate.Check) bool { return c.Light != ngstate.Red })
	untried := "No chunk could be read to see whether that works. " + explain(sample).what // which is no fault of the data
	return slices.Insert(out, reds, ngstate.Check{Rule: ngstate.RuleSample, Light: ngstate.Amber, Text: untried})
}

// plainAsset is an asset as the composer takes it, without anybody's wishes.
func (s *site) plainAsset(a s3index.Asset) ngstate.Asset {
	out := ngstate.Asset{Name: a.Name, URL: s.dataURL(a.Location, a.Ref.Path), Volume: a.Volume, Stats: a.Stats}
	if a.Tract != nil {
		out.Tract = tractAsset(s.tractURL(a.Location, a.Ref.Path), a.Tract)
	}
	return out
}

func lightOf(l ngstate.Light) views.Light {
	switch l {
	case ngstate.Green:
		return views.Green
	case ngstate.Red:
		return views.Red
	case ngstate.Amber:
	}
	return views.Amber
}

// placeFacts say where an image lies, and where that comes from.
func placeFacts(p volume.Placement) []views.Fact {
	source, known := map[string]string{
		"sform": "the sform of its NIfTI header", "qform": "the qform of its NIfTI header",
		"none":              "the voxel sizes of its NIfTI header alone, which does not say where it lies",
		"NIfTI-Zarr header": "the NIfTI header inside the zarr, which wins over the OME-Zarr metadata",
		"MGH header":        "its MGH header", "OME-Zarr": "scale and translation of its OME-Zarr metadata",
		"precomputed": "resolution and voxel offset of its file info", "N5": "the attributes of its N5 dataset",
		"dimension_units": "the units that its attributes give", "assumed": "nothing: voxels of 1 mm at the origin are assumed",
	}[p.Source]
	if !known {
		source = p.Source
	}
	if p.Assumed && p.Source != "assumed" {
		source += "; the unit of length is assumed"
	}
	facts := []views.Fact{fact("Placed by", source)}
	if !p.Anatomical {
		return append(facts, fact("Orientation", "not known: x, y and z are names of axes, not directions in the body"))
	}
	words := orientation(p.Matrix)
	if angle := p.Oblique(); angle >= 0.05 {
		words += fmt.Sprintf(", oblique %.3g°", angle)
	}
	return append(facts, fact("Orientation", words))
}

// orientation is what the indices grow towards, a letter for each column: RAS, LPI. The strongest part of the matrix is
// matched first, so that no direction is given twice.
func orientation(m [3][4]float64) string {
	letters := [3]string{"LR", "PA", "IS"}
	var out [3]byte
	var row, column [3]bool
	for range 3 {
		bi, bj, best, found := 0, 0, -1.0, false
		for i := range 3 {
			for j := range 3 {
				if v := math.Abs(m[i][j]) / math.Hypot(math.Hypot(m[0][j], m[1][j]), m[2][j]); !row[i] && !column[j] && v > best {
					bi, bj, best, found = i, j, v, true
				}
			}
		}
		if !found {
			return "not known"
		}
		row[bi], column[bj] = true, true
		out[bj] = letters[bi][0]
		if m[bi][bj] > 0 {
			out[bj] = letters[bi][1]
		}
	}
	return string(out[:])
}
