package volume

import (
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// fillValue reads the value of voxels in chunks that are not stored. What it does not
// understand is 0, the value that statistics pass over, as they do NaN and infinities.
func fillValue(raw json.RawMessage, d dtype) float64 {
	if v, ok := number(raw); ok {
		return v
	}
	if string(raw) == "true" {
		return 1
	}
	text, _ := str(raw)
	hex, found := strings.CutPrefix(text, "0x") // of zarr v3, for a float: its bits
	if !found || d.kind != 'f' {
		return 0
	}
	bits, err := strconv.ParseUint(hex, 16, d.size*8)
	if err != nil {
		return 0
	}
	return floatBits(bits, d.size)
}

var floatFill = regexp.MustCompile(`^"(NaN|-?Infinity|0x[0-9a-fA-F]+)"$`)

// checkFill refuses fill values as Neuroglancer does (parseFillValue in its zarr/metadata/parse.ts).
func (a *array) checkFill(raw json.RawMessage) {
	if !viewerDType(a.dtype.name, Zarr2) {
		return // and that is the reason
	}
	v, ok := number(raw)
	if a.dtype.kind == 'f' {
		ok = ok || floatFill.Match(raw)
	} else {
		ok = ok && v == math.Trunc(v)
	}
	if !ok {
		a.refuse(RuleFill, "The fill value %s is none of the type %s, and Neuroglancer then refuses the array.", excerpt(raw), a.dtype.name)
	}
}

func floatBits(bits uint64, size int) float64 {
	switch size {
	case 2:
		return half(uint16(bits))
	case 4:
		return float64(math.Float32frombits(uint32(bits)))
	}
	return math.Float64frombits(bits)
}
