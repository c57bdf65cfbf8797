package volume

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
)

// maxNIfTIHeader is the largest header, with its extensions, that is read out of a NIfTI-Zarr, in bytes.
const maxNIfTIHeader = 1 << 20

// readNIfTIZarr looks for the array "nifti", which makes an OME-Zarr image a NIfTI-Zarr (specification 1.0.rc1,
// github.com/neuroscales/nifti-zarr): the bytes of a NIfTI header, in one chunk. What it says stands before the OME
// metadata. Almost every image has none, and one that is damaged is a finding, not an error.
func (p *pyramid) readNIfTIZarr() error {
	raw, err := p.headerBytes()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var h *niftiHeader
	if err == nil {
		for _, at := range []int{344, 4} { // drafts before 1.0 had marks of their own, "nz1" and "nz2"
			if len(raw) > at+2 && string(raw[at:at+2]) == "nz" {
				raw[at+1] = '+'
			}
		}
		h, err = parseNIfTI(raw)
	}
	switch {
	case errors.Is(err, ErrInvalid):
		p.img.warn(RuleHeader, "There is a NIfTI header beside the levels, and it cannot be read: %s.", plainText(err))
		return nil
	case err != nil:
		return err
	}
	p.img.applyNIfTI(h)
	return nil
}

// headerBytes reads the array "nifti". Its error wraps fs.ErrNotExist when there is none.
func (p *pyramid) headerBytes() ([]byte, error) {
	n, err := p.readArray(p.node.dir + "nifti/")
	if err != nil {
		return nil, err
	}
	a, err := parseArray(n)
	if err != nil {
		return nil, err
	}
	if err = a.errUndecoded(); err != nil {
		return nil, err
	}
	switch n := a.shape[0]; {
	case len(a.shape) != 1 || a.dtype.size != 1:
		return nil, invalid("it is no list of bytes, but %d axes of %.40s", len(a.shape), a.dtype.name)
	case n > maxNIfTIHeader:
		return nil, invalid("it has %d bytes, more than the %d MiB that are read", n, maxNIfTIHeader>>20)
	case a.codec.shard != nil || a.chunk[0] < n || a.chunk[0] > maxNIfTIHeader:
		return nil, invalid("it is not in one chunk of at most %d MiB", maxNIfTIHeader>>20)
	}
	raw, err := p.get(n.dir + a.key.name([]int64{0}))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, invalid("its chunk is not there")
	}
	if err != nil {
		return nil, err
	}
	u := newUnpacker()
	defer u.close()
	raw, err = u.chunk(&a.codec, raw, int(a.chunk[0]))
	if err != nil {
		return nil, err
	}
	return slices.Clone(raw[:a.shape[0]]), nil
}

// applyNIfTI takes over what a header says about an OME-Zarr image.
func (img *Image) applyNIfTI(h *niftiHeader) {
	found := &Image{Format: img.Format}
	h.place(found)
	img.Affine, img.QForm = found.Affine, found.QForm
	if img.Affine.Source != "none" {
		img.Affine.Source = "NIfTI-Zarr header"
	}
	for _, f := range found.Findings {
		if f.Rule == RuleAffine || f.Rule == RuleHeader {
			img.find(f)
		}
	}
	h.values(img)
	img.compareNIfTI(h)
}

// compareNIfTI warns where header and OME metadata speak of different images.
func (img *Image) compareNIfTI(h *niftiHeader) {
	_, unit := h.spaceUnit()
	if unit == 0 {
		unit = 1e-3
	}
	l := img.Levels[0]
	var along, header, metadata []string
	for i, axis := range img.worldAxes() {
		if axis < 0 {
			continue
		}
		name := img.Axes[axis].Name
		meters, _ := img.axisUnit(axis)
		theirs, ours := h.spacing(i+1)*unit, l.Scale[axis]*meters
		const tolerance = 1e-3
		if math.Abs(theirs-ours) > tolerance*max(theirs, ours) {
			along, header, metadata = append(along, name), append(header, length(theirs)), append(metadata, length(ours))
		}
		if int64(i) < h.dim[0] && h.dim[i+1] != l.Shape[axis] {
			img.warn(RuleScales, "The NIfTI header speaks of %d voxels along %s, and the finest level has %d.", h.dim[i+1], name, l.Shape[axis])
		}
	}
	if len(along) > 0 {
		const by = " × "
		img.warn(RuleScales, "The voxel size along %s is %s mm by the NIfTI header and %s mm by the OME-Zarr metadata; the header counts, and Neuroglancer by itself goes by the other.",
			strings.Join(along, by), strings.Join(header, by), strings.Join(metadata, by))
	}
}

func length(meters float64) string { return fmt.Sprintf("%.6g", meters*1e3) }
