package phantom

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// trkHeader is the 1000 bytes at the start of a TrackVis file, version 2, little endian.
type trkHeader struct {
	IDString     [6]byte
	Dim          [3]int16
	VoxelSize    [3]float32
	Origin       [3]float32
	NScalars     int16
	ScalarName   [10][20]byte
	NProperties  int16
	PropertyName [10][20]byte
	VoxToRAS     [4][4]float32
	Reserved     [444]byte
	VoxelOrder   [4]byte
	Pad2         [4]byte
	Orientation  [6]float32
	Pad1         [2]byte
	Flips        [6]byte
	NCount       int32
	Version      int32
	HdrSize      int32
}

// trk writes the streamlines with one scalar a point, "FA" (0 to 1), and one
// property, "bundle" (1 for the first of [Bundles]). g is the voxel space of
// the file and order its axis codes, which must say the same.
func trk(g Grid, order string, lines []Streamline) ([]byte, error) {
	h := trkHeader{
		IDString: [6]byte{'T', 'R', 'A', 'C', 'K'}, NScalars: 1, NProperties: 1,
		NCount: int32(len(lines)), Version: 2, HdrSize: 1000,
	}
	affine := g.Affine()
	for r := range 4 {
		for c := range 4 {
			h.VoxToRAS[r][c] = float32(affine[r][c])
		}
	}
	for c := range 3 {
		h.Dim[c] = int16(g.Size[c])
		h.VoxelSize[c] = float32(g.Voxel[c])
	}
	copy(h.VoxelOrder[:], order)
	copy(h.Pad2[:], order)
	copy(h.ScalarName[0][:], "FA")
	copy(h.PropertyName[0][:], "bundle")
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, h); err != nil {
		return nil, fmt.Errorf("trk header: %w", err)
	}
	bundles := Bundles()
	for _, line := range lines {
		b.Write(trkRecord(g, line, float32(slices.Index(bundles, line.Bundle)+1)))
	}
	return b.Bytes(), nil
}

// trkRecord is one streamline: positions are millimeters from the corner of
// the first voxel along the file's own axes.
func trkRecord(g Grid, line Streamline, bundle float32) []byte {
	out := binary.LittleEndian.AppendUint32(nil, uint32(len(line.Points)))
	for _, p := range line.Points {
		index := g.Index(p)
		for c := range 3 {
			out = appendFloat(out, (index[c]+0.5)*g.Voxel[c])
		}
		out = appendFloat(out, Anisotropy(p[0], p[1], p[2])/1000)
	}
	return appendFloat(out, float64(bundle))
}

// tck writes the streamlines as an MRtrix tracks file: RAS+ millimeters, float32.
func tck(lines []Streamline) []byte {
	head := func(offset int) string {
		return fmt.Sprintf("mrtrix tracks\ncount: %d\ndatatype: Float32LE\nfile: . %d\ntotal_count: %d\nEND\n",
			len(lines), offset, len(lines))
	}
	const offset = 128 // more than the text, and written with three digits
	out := make([]byte, offset)
	copy(out, head(offset))
	for _, line := range lines {
		for _, p := range line.Points {
			out = appendFloat(out, p[0], p[1], p[2])
		}
		out = appendFloat(out, math.NaN(), math.NaN(), math.NaN())
	}
	return appendFloat(out, math.Inf(1), math.Inf(1), math.Inf(1))
}

func appendFloat(out []byte, values ...float64) []byte {
	for _, v := range values {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(float32(v)))
	}
	return out
}
