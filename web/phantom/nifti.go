package phantom

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
)

// niftiHeader is NIfTI-1's 348 bytes (nifti1.h), little endian.
type niftiHeader struct {
	SizeofHdr                     int32
	Unused                        [35]byte
	DimInfo                       byte
	Dim                           [8]int16
	IntentP                       [3]float32
	IntentCode, Datatype, Bitpix  int16
	SliceStart                    int16
	Pixdim                        [8]float32
	VoxOffset, SclSlope, SclInter float32
	SliceEnd                      int16
	SliceCode, XyztUnits          byte
	CalMax, CalMin                float32
	SliceDuration, Toffset        float32
	Glmax, Glmin                  int32
	Descrip                       [80]byte
	AuxFile                       [24]byte
	QformCode, SformCode          int16
	QuaternB, QuaternC, QuaternD  float32
	QoffsetX, QoffsetY, QoffsetZ  float32
	SrowX, SrowY, SrowZ           [4]float32
	IntentName                    [16]byte
	Magic                         [4]byte
	Extension                     [4]byte // four bytes follow the header: no extension
}

const (
	niftiInt16    = 4
	niftiMM       = 2
	niftiScanner  = 1   // code of a form that gives scanner coordinates
	niftiDataAt   = 352 // where the voxels start
	niftiMaxValue = math.MaxInt16
)

// nifti writes a as int16 NIfTI-1. Its sform and its qform say the same;
// Neuroglancer reads the qform only. The axes of g must be a pure rotation.
func nifti(g Grid, a array, description string) ([]byte, error) {
	quaternion := toQuaternion(g.Axes)
	h := niftiHeader{
		SizeofHdr: 348, Datatype: niftiInt16, Bitpix: 16, VoxOffset: niftiDataAt, SclSlope: 1,
		XyztUnits: niftiMM, QformCode: niftiScanner, SformCode: niftiScanner, CalMax: 1000,
		QuaternB: float32(quaternion[1]), QuaternC: float32(quaternion[2]), QuaternD: float32(quaternion[3]),
		QoffsetX: float32(g.Origin[0]), QoffsetY: float32(g.Origin[1]), QoffsetZ: float32(g.Origin[2]),
		Magic: [4]byte{'n', '+', '1'},
	}
	h.Dim = [8]int16{3, int16(g.Size[0]), int16(g.Size[1]), int16(g.Size[2]), 1, 1, 1, 1}
	h.Pixdim = [8]float32{1, float32(g.Voxel[0]), float32(g.Voxel[1]), float32(g.Voxel[2]), 1, 1, 1, 1}
	copy(h.Descrip[:], description)
	affine := g.Affine()
	for r, row := range []*[4]float32{&h.SrowX, &h.SrowY, &h.SrowZ} {
		for c := range row {
			row[c] = float32(affine[r][c])
		}
	}
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, h); err != nil {
		return nil, fmt.Errorf("nifti header: %w", err)
	}
	for _, v := range a.data {
		b.Write(binary.LittleEndian.AppendUint16(b.AvailableBuffer(), min(v, niftiMaxValue)))
	}
	return gzipped(b.Bytes())
}

// toQuaternion turns a rotation of less than half a turn into a, b, c, d (nifti1.h, method 2).
func toQuaternion(r [3][3]float64) [4]float64 {
	a := math.Sqrt(1+r[0][0]+r[1][1]+r[2][2]) / 2
	return [4]float64{a, (r[2][1] - r[1][2]) / (4 * a), (r[0][2] - r[2][0]) / (4 * a), (r[1][0] - r[0][1]) / (4 * a)}
}
