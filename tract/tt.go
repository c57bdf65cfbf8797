package tract

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// A tt is an open .tt.gz file of DSI Studio, matrices of Matlab 4 in gzip. The matrices called track, track1 and so on
// hold for each streamline a uint32, which is three times its number of points, the first point as three int32,
// and the step to each further point as three int8, in units of 1/32 voxel, 0 being the center of the first voxel
// (https://groups.google.com/g/dsi-studio/c/3Y_lIRLWXTs). A position is the number of a streamline. It can only be read
// from its beginning.
type tt struct {
	src     Source
	affine  [3][4]float64 // voxels to RAS mm
	cluster []float32     // of each streamline; nil if the file does not tell
}

const (
	ttUnit     = 32      // parts of a voxel
	ttHead     = 16      // bytes of a streamline that has no point but the first
	ttClusters = 1 << 24 // streamlines whose clusters are kept
	ttShort    = 1 << 10 // numbers of a small matrix
	ttBefore   = 1 << 28 // bytes before the streamlines, uncompressed
)

// openTT reads the matrices before the streamlines.
func openTT(in Input, h *Header) (format, error) {
	t := &tt{src: in.Source}
	s, err := newTTScan(in.Source)
	if err != nil {
		return nil, err
	}
	defer s.close()
	known := map[string][]float32{}
	for !s.isTrack() {
		switch err = s.next(); {
		case errors.Is(err, io.EOF):
			return nil, invalid("the .tt.gz file holds no streamlines: it has no matrix called track")
		case err != nil:
			return nil, err
		}
		if err = t.before(s, known, h); err != nil {
			return nil, err
		}
	}
	if t.cluster = known["cluster"]; t.cluster != nil {
		h.Properties = []Column{{Name: "cluster", Components: 1}}
	}
	return t, t.place(known, h)
}

// before takes what is wanted of a matrix that comes before the streamlines.
func (t *tt) before(s *ttScan, known map[string][]float32, h *Header) (err error) {
	if !s.isTrack() && s.passed > ttBefore-s.left {
		return invalid("the .tt.gz file has more than %d MB before its streamlines, and no real one does", ttBefore>>20)
	}
	most := int64(ttShort)
	switch s.name {
	case "cluster":
		if most = ttClusters; s.left/int64(s.numbers.width) > most {
			h.warn("The clusters of the streamlines are left out: there are more than %d.", ttClusters)
		}
	case "dimension", "voxel_size", "trans_to_mni":
	default:
		return nil
	}
	if s.left/int64(s.numbers.width) <= most {
		known[s.name], err = s.numbersLeft()
	}
	return err
}

// place works out where voxels lie.
func (t *tt) place(known map[string][]float32, h *Header) error {
	for k := range 3 {
		if d := known["dimension"]; len(d) >= 3 && d[k] >= 0 && d[k] < math.MaxInt16 {
			h.Dim[k] = int(d[k])
		}
		h.VoxelSize[k] = 1
		if v := known["voxel_size"]; len(v) >= 3 {
			h.VoxelSize[k] = float64(v[k])
		}
		if v := h.VoxelSize[k]; v <= 0 || !isFinite(v) {
			return invalid("the .tt.gz file says that its voxels measure %v mm", known["voxel_size"])
		}
	}
	h.VoxelOrder = "LPS"
	m := known["trans_to_mni"]
	if len(m) != 16 {
		h.warn("The file does not tell where its volume lies (trans_to_mni); its first voxel was put at the origin, and its axes were taken for LPS.")
		for k := range 3 {
			t.affine[k][k] = h.VoxelSize[k]
		}
		for k := range 2 {
			t.affine[k][k], t.affine[k][3] = -h.VoxelSize[k], h.VoxelSize[k]*float64(max(0, h.Dim[k]-1))
		}
		return nil
	}
	return t.toMNI(m, h)
}

// toMNI takes over the matrix of the file. DSI Studio writes it row after row; a matrix that Matlab wrote is the
// other way round.
func (t *tt) toMNI(m []float32, h *Header) error {
	byColumns := m[3] == 0 && m[7] == 0 && m[11] == 0 && (m[12] != 0 || m[13] != 0 || m[14] != 0)
	var a [4][4]float64
	for i := range 4 {
		for j := range 4 {
			if a[i][j] = float64(m[4*i+j]); byColumns {
				a[i][j] = float64(m[4*j+i])
			}
		}
	}
	o, ok := orientationOf(a)
	if !ok || !isFinite(a[0][3]+a[1][3]+a[2][3]) {
		return invalid("the .tt.gz file's matrix to millimeters (trans_to_mni) is singular")
	}
	h.Affine, h.HasAffine, h.VoxelOrder = a, true, o.String()
	copy(t.affine[:], a[:3])
	return nil
}

// layout is [format].
func (*tt) layout() layout { return layout{} }

// over is [format].
func (t *tt) over(wrap func(Source) Source) format {
	c := *t
	c.src = wrap(t.src)
	return &c
}

// vertices is [format].
func (*tt) vertices() (points, streamlines int64, ok bool) { return 0, 0, false }

// group is [format].
func (*tt) group(i int) ([]uint32, error) { return nil, fmt.Errorf("group %d of 0", i) }

// isTrack reports whether the matrix holds streamlines.
func (s *ttScan) isTrack() bool {
	return strings.TrimRight(s.name, "0123456789") == "track"
}
