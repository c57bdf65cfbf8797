package xfm

import (
	"slices"
	"strconv"
	"strings"
)

// The types of an LTA that say what its numbers are between (FreeSurfer's include/transform.h).
const (
	ltaVoxels      = 0
	ltaRAS         = 1
	ltaPhysVoxels  = 2
	ltaCoronal     = 21
	maxLTALines    = 1 << 12
	ltaMatrixShape = "1 4 4"
)

// isLTA tells an LTA by the lines that no other text has.
func isLTA(text string) bool {
	return strings.Contains(text, "nxforms") && strings.Contains(text, ltaMatrixShape)
}

// A geometry is what an LTA says of an image.
type geometry struct {
	valid bool
	name  string
	lines map[string][]float64
}

func geometryKeys() []string { return []string{"volume", "voxelsize", "xras", "yras", "zras", "cras"} }

// toRAS is the matrix from the voxels of g to RAS: the center voxel, dims/2, lies at c_ras.
func (g geometry) toRAS() (Matrix, bool) {
	for _, key := range geometryKeys() {
		if len(g.lines[key]) != 3 {
			return Matrix{}, false
		}
	}
	var m Matrix
	for i := range m {
		m[i][3] = g.lines["cras"][i]
		for j, axis := range []string{"xras", "yras", "zras"} {
			m[i][j] = g.lines[axis][i] * g.lines["voxelsize"][j]
			m[i][3] -= m[i][j] * g.lines["volume"][j] / 2
		}
	}
	_, ok := m.Inverse()
	return m, ok && g.valid
}

// An ltaFile is what the lines of an LTA say.
type ltaFile struct {
	kind, count int
	matrices    [][][]float64
	src, dst    geometry
}

// readLTA reads FreeSurfer's linear transform array, which goes from its src volume to its dst volume.
func readLTA(text string) (Transform, error) {
	f, err := parseLTA(text)
	if err != nil {
		return Transform{}, err
	}
	switch {
	case f.count > 1 || len(f.matrices) > 1:
		return Transform{}, invalid("the LTA holds %d transforms, each for a part of the image; only a single one can be used", max(f.count, len(f.matrices)))
	case len(f.matrices) == 0:
		return Transform{}, invalid(`the LTA has no matrix after a line %q`, ltaMatrixShape)
	case len(f.matrices[0]) != 4:
		return Transform{}, invalid("the matrix of the LTA has %d rows instead of 4", len(f.matrices[0]))
	}
	m, err := matrixOf(f.matrices[0])
	if err != nil {
		return Transform{}, err
	}
	t := Transform{Format: LTA, Matrix: m, Source: f.src.name, Target: f.dst.name}
	switch f.kind {
	case ltaRAS:
		if !f.src.valid || !f.dst.valid {
			t.Warnings = append(t.Warnings, "The LTA does not say for certain between which images it goes.")
		}
		return t, nil
	case ltaVoxels:
		return betweenVoxels(t, f)
	case ltaPhysVoxels:
		return Transform{}, invalid("the LTA is between scaled voxels (type 2), which is not read; write it with lta_convert --outlta as RAS to RAS (type 1)")
	case ltaCoronal:
		return Transform{}, invalid("the LTA is between coronal coordinates (type 21), which is not read; write it with lta_convert --outlta as RAS to RAS (type 1)")
	}
	return Transform{}, invalid("the LTA is of type %d; types 0 (voxels) and 1 (RAS) are read", f.kind)
}

func betweenVoxels(t Transform, f ltaFile) (Transform, error) {
	src, ok := f.src.toRAS()
	dst, also := f.dst.toRAS()
	if !ok || !also {
		return Transform{}, invalid("the LTA is between voxels (type 0) and does not say where the voxels of both its images lie (valid = 0, or lines are missing)")
	}
	back, ok := src.Inverse()
	if !ok {
		return Transform{}, invalid("the geometry of the LTA's source image is singular")
	}
	t.Matrix = back.Then(t.Matrix).Then(dst)
	return t, nil
}

func parseLTA(text string) (ltaFile, error) {
	f := ltaFile{kind: -1}
	var here *geometry // of the section we are in
	var rows int       // of the matrix that are still to come
	lines := 0
	for line := range strings.Lines(text) {
		if lines++; lines > maxLTALines {
			return f, invalid("the LTA has more than %d lines", maxLTALines)
		}
		line = strings.TrimSpace(line)
		switch bare := uncommented(line); {
		case bare == "":
		case rows > 0:
			row, err := numbers(bare)
			if err != nil {
				return f, err
			}
			last := len(f.matrices) - 1
			f.matrices[last] = append(f.matrices[last], row)
			rows--
		case strings.HasPrefix(bare, "src volume info"):
			here = &f.src
		case strings.HasPrefix(bare, "dst volume info"):
			here = &f.dst
		case here == nil && strings.Join(strings.Fields(bare), " ") == ltaMatrixShape:
			f.matrices, rows = append(f.matrices, nil), 4
		default:
			if err := f.member(here, line, bare); err != nil {
				return f, err
			}
		}
	}
	return f, nil
}

// uncommented cuts off what follows a "#" at the begin of a line or after a space.
func uncommented(line string) string {
	for i := range len(line) {
		if line[i] == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			return strings.TrimSpace(line[:i])
		}
	}
	return line
}

// member reads a line such as "type = 1".
func (f *ltaFile) member(here *geometry, line, bare string) error {
	key, value, ok := strings.Cut(bare, "=")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	switch {
	case !ok:
	case here == nil && (key == "type" || key == "nxforms"):
		n, err := strconv.Atoi(value)
		if err != nil {
			return invalid("the LTA's %s is %s and not a whole number", key, excerpt(value))
		}
		if key == "type" {
			f.kind = n
		} else {
			f.count = n
		}
	case here == nil:
	case key == "filename": // which may hold what looks like a comment
		_, name, _ := strings.Cut(line, "=")
		here.name = strings.TrimSpace(name)
	case key == "valid":
		here.valid = value == "1"
	case slices.Contains(geometryKeys(), key):
		row, err := numbers(value)
		if err != nil {
			return err
		}
		if here.lines == nil {
			here.lines = map[string][]float64{}
		}
		here.lines[key] = row
	}
	return nil
}
