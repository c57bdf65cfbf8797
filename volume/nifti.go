package volume

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// Sizes of the headers, which are also what the member sizeof_hdr says.
const (
	nifti1Size = 348
	nifti2Size = 540
)

// niftiHeader is what both versions of the header have in common, in Go's types. Field names
// are those of nifti1.h and nifti2.h.
type niftiHeader struct {
	order        binary.ByteOrder
	version      int
	single       bool // header and voxels are in one file
	dim          [8]int64
	pixdim       [8]float64
	datatype     int16
	intent       int
	intentName   string
	voxOffset    float64
	slope, inter float64
	qformCode    int
	sformCode    int
	quatern      [3]float64
	qoffset      [3]float64
	srow         [3][4]float64
	xyztUnits    int
}

// niftiLayout is where the voxels of a NIfTI file are.
type niftiLayout struct {
	dtype     dtype
	bigEndian bool
	offset    int64
	dim       []int64
}

// HeaderOfGzip inflates the beginning of a .nii.gz or .mgz file, of which prefix is the beginning: as
// much as [ReadNIfTI] and [ReadMGH] want, or less if prefix ends early. A few kilobytes of prefix suffice.
// The error wraps [ErrInvalid] when prefix is not gzip.
func HeaderOfGzip(prefix []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(prefix))
	if err != nil {
		return nil, invalid("the file is not gzip: %s", err)
	}
	out := make([]byte, nifti2Size+4)
	n, err := io.ReadFull(r, out)
	if n < mghSize {
		return nil, invalid("the compressed data end after %d bytes, before the end of a header: %v", n, err)
	}
	return out[:n], nil
}

// ReadNIfTI reads the header of a NIfTI-1 (352 bytes) or NIfTI-2 (544 bytes) file, of either
// byte order; header may be longer. The image has one level, with the axes i, j, k, and then
// time and channels where there are any. Level.Scale holds the voxel sizes; where the voxels
// lie is in [Image.Affine].
//
// The error wraps [ErrInvalid] when header is no NIfTI header or too short, or is absurd.
func ReadNIfTI(header []byte) (*Image, error) {
	h, err := parseNIfTI(header)
	if err != nil {
		return nil, err
	}
	img := &Image{Format: NIfTI, Kind: "volume"}
	d := niftiDType(h.datatype)
	img.DType = d.name
	if !viewerDType(d.name, NIfTI) {
		img.refuse(RuleDType, noDType, d.name)
		if strings.HasPrefix(d.name, "rgb") {
			img.warn(RuleDType, "Each voxel holds a color; Neuroglancer reads colors as volumes along the fifth axis.")
		}
	}
	img.warnInt64()
	if !h.single {
		img.refuse(RulePair, "This is the header of a .hdr/.img pair; Neuroglancer reads single .nii files.")
	}
	img.Axes = h.axes(img)
	img.Levels = []Level{h.level()}
	h.place(img)
	h.values(img)
	img.nifti, err = h.layout(d)
	return img, err
}

func (h *niftiHeader) level() Level {
	rank := int(h.dim[0])
	l := Level{Shape: h.dim[1 : rank+1], Chunk: h.dim[1 : rank+1], Encoding: "raw", Translation: make([]float64, rank)}
	for i := range rank {
		l.Scale = append(l.Scale, h.spacing(i+1))
	}
	return l
}

// values notes what the header says the voxels mean.
func (h *niftiHeader) values(img *Image) {
	img.Intent = intentOf(h.intent)
	if h.intent == 0 {
		img.Intent = h.intentName
	}
	const label, neuroName = 1002, 1003
	img.IsLabel = img.IsLabel || h.intent == label || h.intent == neuroName
	img.Slope = 1
	if finite(h.slope, h.inter) && h.slope != 0 && (h.slope != 1 || h.inter != 0) {
		img.Slope, img.Inter = h.slope, h.inter
		img.warn(RuleScaling, "The header scales voxels (%g × stored + %g); Neuroglancer shows the stored numbers.", h.slope, h.inter)
	}
}

// NIfTISize is how many bytes a NIfTI file has, uncompressed, by its header; 0 where that is not known.
func (img *Image) NIfTISize() int64 {
	if img.nifti == nil {
		return 0
	}
	n, ok := product(math.MaxInt64-img.nifti.offset, append(slices.Clone(img.nifti.dim), int64(img.nifti.dtype.size))...)
	if !ok {
		return 0
	}
	return img.nifti.offset + n
}

func parseNIfTI(raw []byte) (*niftiHeader, error) {
	if len(raw) < nifti1Size {
		return nil, invalid("%d bytes are too few for a NIfTI header", len(raw))
	}
	h := &niftiHeader{}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch order.Uint32(raw) {
		case nifti1Size:
			h.order, h.version = order, 1
		case nifti2Size:
			h.order, h.version = order, 2
		}
	}
	var err error
	switch h.version {
	case 1:
		err = h.parse1(raw)
	case 2:
		err = h.parse2(raw)
	default:
		return nil, invalid("the file does not begin as NIfTI does")
	}
	if err != nil {
		return nil, err
	}
	return h, h.check()
}

// parse1 reads the fields at the offsets of nifti1.h.
func (h *niftiHeader) parse1(raw []byte) error {
	switch string(raw[344:348]) {
	case "n+1\x00":
		h.single = true
	case "ni1\x00":
	default:
		return invalid("the header has no NIfTI mark (it may be an older ANALYZE file)")
	}
	for i := range h.dim {
		h.dim[i] = int64(int16(h.order.Uint16(raw[40+2*i:])))
		h.pixdim[i] = h.float32(raw, 76+4*i)
	}
	h.datatype = int16(h.order.Uint16(raw[70:]))
	h.intent, h.intentName = int(int16(h.order.Uint16(raw[68:]))), cString(raw[328:344])
	h.voxOffset = h.float32(raw, 108)
	h.slope, h.inter = h.float32(raw, 112), h.float32(raw, 116)
	h.xyztUnits = int(raw[123])
	h.qformCode, h.sformCode = int(int16(h.order.Uint16(raw[252:]))), int(int16(h.order.Uint16(raw[254:])))
	for i := range 3 {
		h.quatern[i] = h.float32(raw, 256+4*i)
		h.qoffset[i] = h.float32(raw, 268+4*i)
		for j := range 4 {
			h.srow[i][j] = h.float32(raw, 280+16*i+4*j)
		}
	}
	return nil
}

// parse2 reads the fields at the offsets of nifti2.h.
func (h *niftiHeader) parse2(raw []byte) error {
	if len(raw) < nifti2Size {
		return invalid("%d bytes are too few for a NIfTI-2 header", len(raw))
	}
	switch string(raw[4:12]) {
	case "n+2\x00\r\n\x1a\n":
		h.single = true
	case "ni2\x00\r\n\x1a\n":
	default:
		return invalid("the NIfTI-2 mark is damaged; the file may have been sent as text")
	}
	for i := range h.dim {
		h.dim[i] = int64(h.order.Uint64(raw[16+8*i:]))
		h.pixdim[i] = h.float64(raw, 104+8*i)
	}
	h.datatype = int16(h.order.Uint16(raw[12:]))
	h.voxOffset = float64(int64(h.order.Uint64(raw[168:])))
	h.slope, h.inter = h.float64(raw, 176), h.float64(raw, 184)
	h.qformCode, h.sformCode = int(int32(h.order.Uint32(raw[344:]))), int(int32(h.order.Uint32(raw[348:])))
	for i := range 3 {
		h.quatern[i] = h.float64(raw, 352+8*i)
		h.qoffset[i] = h.float64(raw, 376+8*i)
		for j := range 4 {
			h.srow[i][j] = h.float64(raw, 400+32*i+8*j)
		}
	}
	h.xyztUnits = int(h.order.Uint32(raw[500:]) & 0xff)
	h.intent, h.intentName = int(int32(h.order.Uint32(raw[504:]))), cString(raw[508:524])
	return nil
}

func (h *niftiHeader) float32(raw []byte, at int) float64 {
	return float64(math.Float32frombits(h.order.Uint32(raw[at:])))
}

func (h *niftiHeader) float64(raw []byte, at int) float64 {
	return math.Float64frombits(h.order.Uint64(raw[at:]))
}

func (h *niftiHeader) check() error {
	if h.dim[0] < 1 || h.dim[0] > 7 {
		return invalid("the header claims %d axes; NIfTI has 1 to 7", h.dim[0])
	}
	for i, n := range h.dim[1 : h.dim[0]+1] {
		if n < 1 || n > maxExact {
			return invalid("axis %d has %d voxels", i+1, n)
		}
	}
	if _, ok := product(math.MaxInt64/16, h.dim[1:h.dim[0]+1]...); !ok {
		return invalid("the header claims %v voxels, more than any file has", h.dim[1:h.dim[0]+1])
	}
	return nil
}

func (h *niftiHeader) layout(d dtype) (*niftiLayout, error) {
	least := int64(nifti1Size + 4)
	if h.version == 2 {
		least = nifti2Size + 4
	}
	const most = 64 << 20 // extensions hold text; a gap this large is a damaged header
	if !(h.voxOffset >= 0 && h.voxOffset <= most) {
		return nil, invalid("the header claims that voxels begin at byte %g", h.voxOffset)
	}
	return &niftiLayout{
		dtype: d, bigEndian: h.order == binary.BigEndian,
		offset: max(least, int64(h.voxOffset)), dim: h.dim[1 : h.dim[0]+1],
	}, nil
}

// niftiDType names the code of nifti1.h.
func niftiDType(code int16) dtype {
	names := map[int16]string{
		1: "binary", 2: "uint8", 4: "int16", 8: "int32", 16: "float32", 32: "complex64", 64: "float64",
		128: "rgb24", 256: "int8", 512: "uint16", 768: "uint32", 1024: "int64", 1280: "uint64",
		1536: "float128", 1792: "complex128", 2048: "complex256", 2304: "rgba32",
	}
	if name, ok := names[code]; ok {
		return namedDType(name)
	}
	return dtype{name: "unknown"}
}
