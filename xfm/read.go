package xfm

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// MaxFile is the largest file that is read as a transform, in bytes.
const MaxFile = 4 << 20

// Read reads a transform; what it is is told by the content, name helps where that is not enough: a text of sixteen
// numbers is a FLIRT matrix if it is called .mat, and one of twelve is AFNI's if it is called .1D.
// The error wraps [ErrInvalid], also for a non-linear transform.
func Read(name string, content []byte) (Transform, error) {
	t, err := read(strings.ToLower(name), content)
	if err != nil {
		return Transform{}, err
	}
	if !t.Matrix.finite() {
		return Transform{}, invalid("the matrix holds values that are no finite numbers")
	}
	if _, ok := t.Matrix.Inverse(); !ok {
		return Transform{}, invalid("the matrix is singular: it would flatten the image")
	}
	return t, nil
}

func read(name string, content []byte) (Transform, error) {
	switch {
	case len(content) > MaxFile:
		return Transform{}, invalid("the file is larger than the %d MiB that a linear transform may have; a warp field cannot be used here", MaxFile>>20)
	case len(bytes.TrimSpace(content)) == 0:
		return Transform{}, invalid("the file is empty")
	case bytes.HasPrefix(content, []byte(hdf5Signature)):
		return readITKHDF5(content)
	case bytes.HasPrefix(content, []byte("MATLAB 5.0")):
		return Transform{}, invalid("the file is one of MATLAB 5 and later; of those only the matrices of ITK, in MATLAB 4 files, are read")
	}
	if kind := binaryKind(content); kind != "" {
		return Transform{}, invalid("the file is %s: a non-linear transform cannot be used, because the viewer moves whole images only", kind)
	}
	if isMATLAB4(content) {
		return readITKMATLAB(content)
	}
	if !utf8.Valid(content) || bytes.IndexByte(content, 0) >= 0 {
		return Transform{}, invalid("the file is not one of the transforms that are read: LTA, ITK, FSL, AFNI, or twelve or sixteen numbers")
	}
	return readText(name, strings.TrimPrefix(string(content), "\ufeff"))
}

// binaryKind names files that hold a deformation: an image, as ANTs and FSL write them, or FreeSurfer's .m3z.
func binaryKind(content []byte) string {
	at := func(offset int, magic string) bool {
		return len(content) >= offset+len(magic) && string(content[offset:offset+len(magic)]) == magic
	}
	switch {
	case at(0, "\x1f\x8b"):
		return "compressed, as warp fields are"
	case at(344, "n+1\x00"), at(344, "ni1\x00"), at(4, "n+2\x00"):
		return "a NIfTI image, as warp fields are"
	}
	return ""
}

func readText(name, text string) (Transform, error) {
	first, _, _ := strings.Cut(text, "\n")
	switch {
	case strings.HasPrefix(first, "#Insight Transform File"):
		return readITKText(text)
	case strings.HasPrefix(first, "MNI Transform File"):
		return Transform{}, invalid("the file is an MNI transform (.xfm), which is not read; convert it to LTA")
	case strings.HasSuffix(name, ".lta") || isLTA(text):
		return readLTA(text)
	case strings.HasSuffix(name, ".1d"):
		return readAFNI(text)
	}
	return readPlain(name, text)
}
