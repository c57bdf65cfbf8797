package volume

import (
	"fmt"
	"slices"
)

// A Rule is one thing that is looked at before an image is opened. Its text is stable: documentation
// and tests go by it.
type Rule string

// The rules that metadata alone decide. Package ngstate has more, of what the viewer makes of them.
const (
	RuleDType     Rule = "dtype"          // Neuroglancer draws no voxels of this type
	RuleInt64     Rule = "int64"          // it reads int64 as uint64
	RuleFilters   Rule = "filters"        // zarr v2 filters, which it passes over
	RuleCodec     Rule = "codec"          // a compressor or memory order it does not know
	RuleFill      Rule = "fill-value"     // a zarr fill value that is none of the array's type
	RuleLevels    Rule = "levels"         // levels that are listed and missing, broken or too many
	RuleStored    Rule = "consolidated"   // levels whose metadata are only among those of the whole store
	RuleUnit      Rule = "unit"           // no unit of length
	RuleUnitName  Rule = "unit-spelling"  // a unit that is written wrongly
	RuleVersion   Rule = "ome-version"    // OME-Zarr metadata of a version it does not read
	RuleAxes      Rule = "axes"           // axes named twice, or another number of them than the array has
	RuleForms     Rule = "qform-sform"    // the qform, which it uses, is not the sform
	RuleAffine    Rule = "no-affine"      // nothing says where the image lies
	RuleScaling   Rule = "scl-slope"      // stored values are not the values
	RuleScales    Rule = "scale-conflict" // NIfTI header and OME-Zarr metadata disagree
	RuleHeader    Rule = "header"         // a field of a header that makes no sense
	RulePair      Rule = "hdr-img"        // half of a .hdr/.img pair
	RuleOmero     Rule = "omero"          // OMERO metadata that are damaged
	RuleOffset    Rule = "offset"         // an origin that the metadata give and Neuroglancer passes over
	RuleKind      Rule = "kind"           // a kind of data it does not open
	RuleUndecoded Rule = "undecoded"      // this package cannot decode the voxels
)

// A Finding is one thing about an image that will surprise whoever opens it.
type Finding struct {
	Rule    Rule
	Refused bool   // Neuroglancer 2.41.2 by itself does not open the image, or shows wrong values
	Text    string // a sentence
}

// Unreadable is why Neuroglancer by itself refuses the image, a sentence; "" when it opens it.
func (img *Image) Unreadable() string {
	if len(img.Findings) > 0 && img.Findings[0].Refused {
		return img.Findings[0].Text
	}
	return ""
}

func (img *Image) warn(rule Rule, format string, args ...any) {
	img.find(Finding{rule, false, fmt.Sprintf(format, args...)})
}

// refuse notes why the viewer will not open the image. The first reason is the one to show.
func (img *Image) refuse(rule Rule, format string, args ...any) {
	img.find(Finding{rule, true, fmt.Sprintf(format, args...)})
}

func (img *Image) find(f Finding) {
	f.Text = short(f.Text)
	if slices.ContainsFunc(img.Findings, func(g Finding) bool { return g.Text == f.Text }) {
		return
	}
	at := len(img.Findings)
	if f.Refused {
		if i := slices.IndexFunc(img.Findings, func(g Finding) bool { return !g.Refused }); i >= 0 {
			at = i
		}
	}
	img.Findings = slices.Insert(img.Findings, at, f)
}
