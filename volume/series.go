package volume

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
)

// readSeries reads the first image of a bioformats2raw root (NGFF 0.4 §2.2) and lists all of them.
func readSeries(get Getter, root node) (*Image, error) {
	series, err := listSeries(get, root)
	if err != nil {
		return nil, err
	}
	if len(series) == 0 {
		return nil, invalid("this is a bioformats2raw container without an image at 0/")
	}
	first := series[0]
	n, err := readNode(get, first+"/")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, invalid("this is a bioformats2raw container without an image at %s/", first)
	case err != nil:
		return nil, err
	case n.isArray() || n.v3 != root.v3:
		return nil, invalid("this is a bioformats2raw container, and what lies at %s/ is no image of it", first)
	}
	img, err := readOME(get, n)
	if err != nil {
		return nil, err
	}
	img.Sub, img.Series = first, series
	return img, nil
}

// maxSeries is how many images of a bioformats2raw root are listed.
const maxSeries = 100

// listSeries takes the images from "series" of the group OME, or else looks for 0, 1, 2 …
func listSeries(get Getter, root node) ([]string, error) {
	group, err := readNode(get, "OME/")
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, ErrInvalid) {
		return nil, err
	}
	var out []string
	if err == nil {
		for _, name := range group.meta.strs("series") {
			if checkPath(name) == nil && len(out) < maxSeries {
				out = append(out, name)
			}
		}
	}
	file := ".zattrs"
	if root.v3 {
		file = "zarr.json"
	}
	for i := 0; len(out) == i && i < maxSeries; i++ {
		name := strconv.Itoa(i)
		_, err := get(name + "/" + file)
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read %s/%s: %w", name, file, err)
		}
		out = append(out, name)
	}
	return out, nil
}
