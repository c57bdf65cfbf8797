package tract

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// trkHeaderSize is the length of a .trk header, which the header repeats in its last field.
const trkHeaderSize = 1000

// Offsets of the fields of a .trk header, from http://trackvis.org/docs/?subsect=fileformat.
const (
	trkDim           = 6
	trkVoxelSize     = 12
	trkScalars       = 36
	trkScalarNames   = 38
	trkProperties    = 238
	trkPropertyNames = 240
	trkAffine        = 440
	trkVoxelOrder    = 948
	trkCount         = 988
	trkVersion       = 992
	trkSize          = 996

	trkNames      = 10 // there may be more columns, but no more names
	trkNameLength = 20
)

// readTRKHeader reads the header of a .trk file into h.
func readTRKHeader(in *input, h *Header) (f trkForm, err error) {
	b, err := in.peek(trkHeaderSize)
	switch {
	case errors.Is(err, errEnd) && len(b) == 0:
		return f, invalid("the file is empty (0 bytes)")
	case errors.Is(err, errEnd):
		return f, invalid("the file has only %d bytes, but the header of a .trk file alone has %d: "+
			"it is probably truncated", len(b), trkHeaderSize)
	case err != nil:
		return f, err
	}
	head := fields{b: b, order: binary.LittleEndian}
	if err := head.recognize(); err != nil {
		return f, err
	}
	f.big = head.order == binary.BigEndian
	if err := head.parse(&f, h); err != nil {
		return f, err
	}
	in.use(trkHeaderSize)
	f.checkCount(h, in.left())
	return f, nil
}

// checkCount drops a count that is too large for the bytes that follow, whatever is in them.
func (f *trkForm) checkCount(h *Header, left int64) {
	if f.count > left/f.record(0) {
		h.warn("The header counts %d streamlines, but the file is too short for that; the count was ignored.", f.count)
		f.count = 0
	}
	if f.count > 0 {
		h.Streamlines = f.count
	}
}

// fields are the bytes of a .trk header.
type fields struct {
	b     []byte
	order binary.ByteOrder
}

func (f fields) int16(at int) int { return int(int16(f.order.Uint16(f.b[at:]))) }

func (f fields) int32(at int) int64 { return int64(int32(f.order.Uint32(f.b[at:]))) }

func (f fields) float(at int) float64 {
	return float64(math.Float32frombits(f.order.Uint32(f.b[at:])))
}

// recognize checks that this is a .trk header and finds its byte order.
func (f *fields) recognize() error {
	switch {
	case bytes.HasPrefix(f.b, []byte{0x1f, 0x8b}):
		return invalid("the file is compressed with gzip, although its name does not say so: unpack it with gunzip")
	case !bytes.HasPrefix(f.b, []byte("TRACK")):
		return invalid(`the file does not begin with "TRACK": it is not a .trk file`)
	}
	size := f.int32(trkSize)
	if size == trkHeaderSize {
		return nil
	}
	f.order = binary.BigEndian
	if f.int32(trkSize) == trkHeaderSize {
		return nil
	}
	return invalid("the header gives its own size as %d bytes instead of %d: it is damaged", size, trkHeaderSize)
}

func (f fields) parse(t *trkForm, h *Header) error {
	version := f.int32(trkVersion)
	if version < 1 || version > 3 {
		return invalid("version %d of the .trk format is not known; versions 1, 2 and 3 are", version)
	}
	if version == 3 {
		h.warn("The file says that it is of version 3 of the .trk format, which is not published; it was read as version 2.")
	}
	t.scalars, t.properties, t.count = f.int16(trkScalars), f.int16(trkProperties), f.int32(trkCount)
	switch {
	case t.count < 0:
		return invalid("the header counts %d streamlines: it is damaged", t.count)
	case t.scalars < 0:
		return invalid("the header counts %d scalars for each point: it is damaged", t.scalars)
	case t.properties < 0:
		return invalid("the header counts %d properties for each streamline: it is damaged", t.properties)
	}
	h.Scalars = f.columns(trkScalarNames, t.scalars, "scalars")
	h.Properties = f.columns(trkPropertyNames, t.properties, "properties")
	return f.space(t, h, version)
}

// space reads what places the points: voxel size, affine and voxel order.
func (f fields) space(t *trkForm, h *Header, version int64) error {
	for k := range 3 {
		h.Dim[k] = f.int16(trkDim + 2*k)
		h.VoxelSize[k] = f.float(trkVoxelSize + 4*k)
		if h.VoxelSize[k] <= 0 || !isFinite(h.VoxelSize[k]) {
			return invalid("the voxel size in the header is %g x %g x %g mm: without three positive sizes "+
				"the points cannot be placed", f.float(trkVoxelSize), f.float(trkVoxelSize+4), f.float(trkVoxelSize+8))
		}
	}
	if err := f.affine(h, version); err != nil {
		return err
	}
	wanted, ok := orientationOf(h.Affine)
	if !ok {
		return invalid("the affine in the header is singular: it does not map the volume's three axes to three directions")
	}
	stored, err := f.voxelOrder(h)
	if err != nil {
		return err
	}
	h.compare(stored, wanted)
	t.place = moverOf(voxmmToRAS(h, stored, wanted))
	return nil
}

// affine reads the matrix from voxel indices to RAS mm. Its last element is 0 if it was never
// set, and version 1 has other things in its place.
func (f fields) affine(h *Header, version int64) error {
	const last = trkAffine + 4*15
	if version == 1 || f.float(last) == 0 {
		h.warn("The file records no affine: voxels are taken for cubes of 1 mm at the origin, " +
			"so the streamlines may not lie where they belong.")
		return nil
	}
	for i := range 4 {
		for j := range 4 {
			v := f.float(trkAffine + 16*i + 4*j)
			if !isFinite(v) {
				return invalid("the affine in the header holds a value that is not a number (row %d, column %d)", i+1, j+1)
			}
			h.Affine[i][j] = v
		}
	}
	h.HasAffine = true
	return nil
}

// voxelOrder reads the directions of the axes along which points are stored.
func (f fields) voxelOrder(h *Header) (orientation, error) {
	text := strings.TrimSpace(untilNUL(f.b[trkVoxelOrder : trkVoxelOrder+4]))
	h.VoxelOrder = strings.ToUpper(text)
	switch {
	case text == "":
		h.VoxelOrder = "LPS"
		h.warn("The file does not say in which order its voxels are stored; LPS was assumed, as TrackVis does.")
	case h.VoxelOrder != text:
		h.warn("The voxel order %q is written in lower case; it was read as %s.", text, h.VoxelOrder)
	}
	o, ok := parseOrientation(h.VoxelOrder)
	if !ok {
		return o, invalid("the voxel order %q in the header does not name three axes, one each of L or R, A or P, S or I", text)
	}
	return o, nil
}

// compare warns of what is unusual about storing points along other axes than the affine's.
func (h *Header) compare(stored, wanted orientation) {
	if stored == wanted {
		return
	}
	h.warn("The points are stored in the voxel order %s, but the affine is for %s; they were converted.", stored, wanted)
	if stored.permutes(wanted) {
		h.warn("Programs differ in how they convert exchanged axes: " +
			"nibabel and DIPY may show these streamlines at another place.")
	}
	for k, s := range stored {
		for _, w := range wanted {
			if s.ras == w.ras && s.flip != w.flip && h.Dim[k] < 1 {
				h.warn("The header gives the volume %d voxels along axis %d, which has to be flipped, "+
					"so the streamlines may not lie where they belong.", h.Dim[k], k+1)
			}
		}
	}
}

// columns reads the names of n numbers. A name may be followed by a zero byte and the count of
// numbers it stands for, which is nibabel's extension. Numbers without a name are called rest.
func (f fields) columns(at, n int, rest string) []Column {
	var out []Column
	for i := 0; i < trkNames && n > 0; i++ {
		raw := f.b[at+i*trkNameLength:][:trkNameLength]
		name := untilNUL(raw)
		if name == "" {
			continue
		}
		c := Column{Name: name, Components: 1}
		if len(name) < trkNameLength {
			digits := untilNUL(raw[bytes.IndexByte(raw, 0)+1:])
			if k, err := strconv.Atoi(digits); err == nil && k > 0 {
				c.Components = min(k, n)
			}
		}
		out, n = append(out, c), n-c.Components
	}
	if n > 0 {
		out = append(out, Column{Name: rest, Components: n})
	}
	return out
}

// untilNUL reads text that a zero byte ends, as Latin-1.
func untilNUL(b []byte) string {
	before, _, _ := bytes.Cut(b, []byte{0})
	runes := make([]rune, len(before))
	for i, c := range before {
		runes[i] = rune(c)
	}
	return string(runes)
}

// maxWarnings is how many warnings a file gets: nobody reads more, and a file can have thousands of odd parts.
const maxWarnings = 30

func (h *Header) warn(format string, args ...any) {
	switch n := len(h.Warnings); {
	case n < maxWarnings:
		h.Warnings = append(h.Warnings, fmt.Sprintf(format, args...))
	case n == maxWarnings:
		h.Warnings = append(h.Warnings, "There is more that is unusual about this file.")
	}
}
