package volume

import (
	"encoding/binary"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// dtype is the type of a voxel.
type dtype struct {
	name string // numpy's, such as uint16; as written when it has none
	kind byte   // 'b' bool, 'i', 'u', 'f'; 0 when voxels cannot be decoded
	size int    // bytes; 0 when voxels cannot be decoded
}

// namedDType returns the type with a name such as "uint16".
func namedDType(name string) dtype {
	if name == "bool" {
		return dtype{name, 'b', 1}
	}
	for _, t := range []struct {
		prefix string
		kind   byte
		bits   string
	}{{"uint", 'u', "8 16 32 64"}, {"int", 'i', "8 16 32 64"}, {"float", 'f', "16 32 64"}} {
		digits, found := strings.CutPrefix(name, t.prefix)
		if n, err := strconv.Atoi(digits); found && err == nil && strings.Contains(" "+t.bits+" ", " "+digits+" ") {
			return dtype{name, t.kind, n / 8}
		}
	}
	return dtype{name: name}
}

func (img *Image) warnInt64() {
	if img.DType == "int64" && viewerDType(img.DType, img.Format) {
		img.warn(RuleInt64, "Neuroglancer reads int64 as uint64: negative values appear as very large ones.")
	}
}

var numpyForm = regexp.MustCompile(`^([<>|=]?)([biufc])([0-9]{1,2})$`)

// numpyDType reads a type string of zarr v2, such as "<u2".
func numpyDType(text string) (d dtype, bigEndian bool) {
	m := numpyForm.FindStringSubmatch(text)
	if m == nil {
		return dtype{name: text}, false
	}
	bits, _ := strconv.Atoi(m[3])
	bits *= 8
	word := map[string]string{"i": "int", "u": "uint", "f": "float", "c": "complex"}[m[2]]
	if m[2] == "b" {
		return namedDType("bool"), false
	}
	return namedDType(word + strconv.Itoa(bits)), m[1] == ">"
}

// noDType takes the name of a type.
const noDType = "The data type %s is not one Neuroglancer reads."

// viewerDType tells whether Neuroglancer draws voxels of the type called name (src/util/data_type.ts,
// src/util/numpy_dtype.ts, src/datasource/nifti/backend.ts).
func viewerDType(name string, f Format) bool {
	switch name {
	case "int64":
		return f == Zarr2 || f == NIfTI
	case "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "float32":
		return true
	}
	return false
}

// floats decodes len(dst) voxels. 64-bit integers beyond 2^53 lose their last digits.
func (d dtype) floats(dst []float64, src []byte, bigEndian bool) {
	if d.size == 1 {
		for i := range dst {
			dst[i] = float64(src[i])
			if d.kind == 'i' {
				dst[i] = float64(int8(src[i]))
			}
		}
		return
	}
	var order binary.ByteOrder = binary.LittleEndian
	if bigEndian {
		order = binary.BigEndian
	}
	switch d.size {
	case 2:
		d.floats2(dst, src, order)
	case 4:
		d.floats4(dst, src, order)
	case 8:
		d.floats8(dst, src, order)
	}
}

func (d dtype) floats2(dst []float64, src []byte, order binary.ByteOrder) {
	if d.kind == 'u' && order == binary.LittleEndian { // what most microscopes write
		for i := range dst {
			dst[i] = float64(binary.LittleEndian.Uint16(src[2*i:]))
		}
		return
	}
	for i := range dst {
		v := order.Uint16(src[2*i:])
		switch d.kind {
		case 'f':
			dst[i] = half(v)
		case 'i':
			dst[i] = float64(int16(v))
		default:
			dst[i] = float64(v)
		}
	}
}

func (d dtype) floats4(dst []float64, src []byte, order binary.ByteOrder) {
	for i := range dst {
		v := order.Uint32(src[4*i:])
		switch d.kind {
		case 'f':
			dst[i] = float64(math.Float32frombits(v))
		case 'i':
			dst[i] = float64(int32(v))
		default:
			dst[i] = float64(v)
		}
	}
}

func (d dtype) floats8(dst []float64, src []byte, order binary.ByteOrder) {
	for i := range dst {
		v := order.Uint64(src[8*i:])
		switch d.kind {
		case 'f':
			dst[i] = math.Float64frombits(v)
		case 'i':
			dst[i] = float64(int64(v))
		default:
			dst[i] = float64(v)
		}
	}
}

// half decodes an IEEE 754 binary16.
func half(bits uint16) float64 {
	sign := 1.0
	if bits>>15 == 1 {
		sign = -1
	}
	exponent, fraction := int(bits>>10&0x1f), float64(bits&0x3ff)
	switch exponent {
	case 0:
		return sign * math.Ldexp(fraction, -24)
	case 0x1f:
		if fraction != 0 {
			return math.NaN()
		}
		return math.Inf(int(sign))
	}
	return sign * math.Ldexp(1024+fraction, exponent-25)
}
