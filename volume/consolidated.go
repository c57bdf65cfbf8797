package volume

import (
	"errors"
	"io/fs"
	"strings"
)

// readConsolidated looks for the metadata of the array at path in those of the whole store, which zarr-python writes:
// .zmetadata of v2, and the member "consolidated_metadata" of the root's zarr.json of v3. It returns the error
// missing when the array is not there either.
func (p *pyramid) readConsolidated(path string, missing error) (node, error) {
	n := node{dir: path + "/", v3: p.node.v3, attrs: object{}}
	key := path
	if !n.v3 {
		key += "/.zarray"
	}
	all, err := p.storeMetadata()
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, ErrInvalid):
		return n, missing
	case err != nil:
		return n, err
	}
	found, err := members(all["metadata"], key)
	if err != nil || !found.has(key) {
		return n, missing
	}
	if n.array, err = members(found[key], arrayNames(n.v3)...); err != nil {
		return n, missing
	}
	if n.v3 && n.array.text("node_type") != "array" {
		return n, invalid("%s is a group, not an array", strings.TrimSuffix(n.dir, "/"))
	}
	return n, nil
}

// storeMetadata reads the consolidated metadata once.
func (p *pyramid) storeMetadata() (object, error) {
	if p.consolidated != nil {
		return p.consolidated, nil
	}
	p.consolidated = object{}
	var err error
	if !p.node.v3 {
		p.consolidated, err = getObject(p.get, ".zmetadata", "metadata")
		return p.consolidated, err
	}
	root, err := getObject(p.get, "zarr.json", "consolidated_metadata")
	if err == nil {
		p.consolidated, err = members(root["consolidated_metadata"], "metadata")
	}
	return p.consolidated, err
}
