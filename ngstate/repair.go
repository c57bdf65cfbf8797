package ngstate

import (
	"fmt"

	"ngportal/volume"
)

// repairLevel tells whether an image that the viewer refuses can be shown by opening one of its levels as a plain
// array, placed by a transform, and which. That leaves out the metadata of the image as a whole, so it helps against
// what is wrong in those, and against nothing else.
func repairLevel(img *volume.Image) (level int, ok bool) {
	if img.OME == "" && img.Format != volume.N5 || len(img.Levels) == 0 || img.Levels[0].Path == "" {
		return 0, false
	}
	refused := false
	for _, f := range img.Findings {
		if !f.Refused {
			continue
		}
		refused = true
		switch f.Rule {
		case volume.RuleLevels:
		case volume.RuleUnitName, volume.RuleVersion, volume.RuleAxes:
			if img.OME == "" { // N5 reads the attributes of directories above all the same
				return 0, false
			}
		default:
			return 0, false
		}
	}
	if !refused {
		return 0, false
	}
	return affordable(img), true
}

// affordable is the finest level that can be looked at without coarser ones, or else the coarsest.
func affordable(img *volume.Image) int {
	const most = 1 << 27 // voxels: 256 MB of 16 bits
	for i, l := range img.Levels {
		if voxels(l.Shape) <= most {
			return i
		}
	}
	return len(img.Levels) - 1
}

// voxels is the product of a shape, in floating point: it may be more than any integer holds.
func voxels(shape []int64) float64 {
	n := 1.0
	for _, s := range shape {
		n *= float64(s)
	}
	return n
}

// repair is a sentence about what [repairLevel] does; "" when it does nothing.
func repair(img *volume.Image) string {
	level, ok := repairLevel(img)
	switch {
	case !ok:
		return ""
	case len(img.Levels) == 1:
		return "its array is opened by itself, and placed as the metadata say"
	}
	size := fmt.Sprint(img.Levels[level].Shape[0])
	for _, n := range img.Levels[level].Shape[1:] {
		size += fmt.Sprintf(" × %d", n)
	}
	return fmt.Sprintf("only its level %s (%s voxels) is opened, by itself, and placed as the metadata say", img.Levels[level].Path, size)
}
