package xfm

import "strconv"

// readITKHDF5 reads the groups /TransformGroup/0, 1, … of an ITK file, each with a class and two lists of numbers
// (itkHDF5TransformIO.cxx; older versions spelled the lists with one s too few, and both are met).
func readITKHDF5(content []byte) (Transform, error) {
	f, root, err := openHDF5(content)
	if err != nil {
		return Transform{}, err
	}
	top, ok, err := f.find(root, "TransformGroup")
	if err != nil {
		return Transform{}, err
	}
	if !ok {
		return Transform{}, invalid(`the HDF5 file is no transform of ITK: it has no group "TransformGroup"`)
	}
	var steps []itkStep
	for {
		at, ok, err := f.find(top, strconv.Itoa(len(steps)))
		if err != nil {
			return Transform{}, err
		}
		if !ok {
			return fromITK(steps)
		}
		step, err := f.step(at, len(steps))
		if err != nil {
			return Transform{}, err
		}
		steps = append(steps, step)
	}
}

// step reads the nth transform of a file, whose group is at.
func (f *hdf5) step(at uint64, n int) (itkStep, error) {
	var s itkStep
	kind, ok, err := f.find(at, "TransformType")
	if err != nil {
		return s, err
	}
	if !ok {
		return s, invalid("transform %d of the HDF5 file has no TransformType", n)
	}
	if s.class, err = f.text(kind); err != nil {
		return s, err
	}
	if err = admit(n, s.class); err != nil {
		return s, err
	}
	if s.params, err = f.list(at, "TransformParameters", "TranformParameters"); err != nil {
		return s, err
	}
	s.fixed, err = f.list(at, "TransformFixedParameters", "TranformFixedParameters")
	return s, err
}

// list reads the numbers that go by one of names; none of them is an empty list.
func (f *hdf5) list(at uint64, names ...string) ([]float64, error) {
	for _, name := range names {
		found, ok, err := f.find(at, name)
		if err != nil {
			return nil, err
		}
		if ok {
			return f.floats(found)
		}
	}
	return nil, nil
}
