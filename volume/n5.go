package volume

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"strings"
)

// ReadN5 reads the N5 dataset or multiscale group whose directory get reads, as Neuroglancer does (npm 2.41.2,
// src/datasource/n5/frontend.ts): a dataset by "dimensions"; a group by "scales" (BigDataViewer, N5-viewer) or a list of
// "downsamplingFactors" (Paintera's, with "multiScale"), whose levels are s0, s1 …; voxel sizes from "resolution" and
// "units", or "pixelResolution"; nanometers where no unit is given. The corner of voxel 0 lies at 0 on every level.
//
// Groups that Neuroglancer can only open by listing the directory (COSEM's "multiscales", or levels without a list) are
// read with a finding that says so. Neuroglancer also takes attributes from the directories above, which get does not
// reach. An axis that is first here is the one whose voxels lie behind each other, so that there are x, y and z.
//
// The error wraps [fs.ErrNotExist] when there is no attributes.json, and [ErrInvalid] when it is malformed or belongs to a
// plain container. Errors of get that do not wrap [fs.ErrNotExist] come back wrapped.
func ReadN5(get Getter) (*Image, error) {
	o, err := getObject(get, n5File, n5Names()...)
	if err != nil {
		return nil, err
	}
	r := &n5Reader{img: &Image{Format: N5, Kind: "volume"}, get: get, group: o}
	if err = r.read(); err != nil {
		return nil, fmt.Errorf("read %s: %w", n5File, err)
	}
	for _, name := range []string{"offset", "translate", "transform"} {
		if o.has(name) {
			r.img.warn(RuleOffset, "The attribute %q moves the image; Neuroglancer passes over it and puts the first voxel at the origin.", name)
		}
	}
	return r.img, nil
}

const n5File = "attributes.json"

// n5Names lists the attributes that are read.
func n5Names() []string {
	return []string{
		"dimensions", "dataType", "blockSize", "compression", "compressionType", "pixelResolution", "resolution", "axes",
		"units", "downsamplingFactors", "scales", "multiscales", "offset", "translate", "transform",
	}
}

// n5Reader reads the levels of an N5 dataset or group.
type n5Reader struct {
	img   *Image
	get   Getter
	group object
	sizes []float64 // of a voxel at factor 1, in the axes' units; nil until the number of axes is known
}

// An n5Level is where a level lies and how much larger than the finest its voxels are; nil: its attributes tell.
type n5Level struct {
	path    string
	factors []float64
}

func (r *n5Reader) read() error {
	if err := r.readSpace(); err != nil {
		return err
	}
	if r.group.has("dimensions") {
		factors, err := r.factors(r.group)
		if err != nil {
			return err
		}
		l, err := r.level(r.group, n5Level{"", factors})
		if err == nil {
			r.add(l)
		}
		return err
	}
	levels, err := r.listed()
	if err != nil {
		return err
	}
	if levels == nil {
		return r.probe()
	}
	var last error
	for _, at := range levels {
		if last, err = r.try(at, last); err != nil {
			return err
		}
	}
	return r.anyLevel(last)
}

// try adds a level, or notes why it cannot be used and returns that as why. Other errors end the reading.
func (r *n5Reader) try(at n5Level, before error) (why, err error) {
	l, err := r.readLevel(at)
	switch {
	case err == nil:
		r.add(l)
		return before, nil
	case errors.Is(err, fs.ErrNotExist):
		r.img.refuse(RuleLevels, "Level %s is listed, but it is not there.", at.path)
		return invalid("level %s is not there", at.path), nil
	case errors.Is(err, ErrInvalid):
		r.img.refuse(RuleLevels, "Level %s cannot be used: %s.", at.path, plainText(err))
		return err, nil
	}
	return before, err
}

func (r *n5Reader) anyLevel(last error) error {
	if len(r.img.Levels) > 0 {
		return nil
	}
	if last == nil {
		return invalid("this is an N5 container; open one of the datasets in it")
	}
	return fmt.Errorf("none of the levels can be used: %w", last)
}

// probe looks for s0, s1 … of a group that does not list its levels.
func (r *n5Reader) probe() error {
	var last error
	for i := range MaxLevels {
		at := n5Level{path: fmt.Sprintf("s%d", i)}
		l, err := r.readLevel(at)
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err == nil {
			r.add(l)
		} else if last = err; !errors.Is(err, ErrInvalid) {
			return err
		}
	}
	r.img.refuse(RuleLevels, "The group does not list its levels (no \"scales\" or \"downsamplingFactors\"): Neuroglancer would have to list the directory, which it cannot here.")
	return r.anyLevel(last)
}

// readLevel reads the attributes of a level, behind which stand those of the group.
func (r *n5Reader) readLevel(at n5Level) (Level, error) {
	if err := checkPath(at.path); err != nil {
		return Level{}, err
	}
	own, err := getObject(r.get, at.path+"/"+n5File, n5Names()...)
	if err != nil {
		return Level{}, err
	}
	o := maps.Clone(r.group)
	maps.Copy(o, own)
	if !own.has("dimensions") {
		return Level{}, invalid("it is no dataset")
	}
	if r.sizes == nil { // nothing in the group told the number of axes
		if err = r.space(own); err != nil {
			return Level{}, err
		}
	}
	if at.factors != nil {
		return r.level(o, at)
	}
	if at.factors, err = r.factors(o); err != nil {
		return Level{}, err
	}
	if own.has("pixelResolution") || own.has("resolution") { // then that is not the group's
		sizes, _, err := r.resolution(own, len(r.sizes))
		if err != nil {
			return Level{}, err
		}
		for i, s := range sizes {
			at.factors[i] *= s / r.sizes[i]
		}
	}
	return r.level(o, at)
}

// level describes the dataset with the attributes o.
func (r *n5Reader) level(o object, at n5Level) (Level, error) {
	a, err := parseArrayN5(o, len(r.sizes))
	if err != nil {
		return Level{}, err
	}
	l := a.level(at.path)
	for i, size := range r.sizes {
		l.Scale = append(l.Scale, size*at.factors[i])
		l.Translation = append(l.Translation, l.Scale[i]/2)
	}
	if !sizes(l.Scale...) {
		return l, invalid("the voxel sizes %v are too large or too small", l.Scale)
	}
	return l, nil
}

func (r *n5Reader) add(l Level) {
	img := r.img
	if img.DType == "" {
		img.DType = l.array.dtype.name
	}
	if l.array.dtype.name != img.DType {
		img.refuse(RuleLevels, "The levels differ in data type: %s and %s.", img.DType, l.array.dtype.name)
	}
	l.array.report(img)
	img.Levels = append(img.Levels, l)
}

// plainText is the sentence of an error without the mark of [ErrInvalid].
func plainText(err error) string {
	return strings.ReplaceAll(err.Error(), ErrInvalid.Error()+": ", "")
}
