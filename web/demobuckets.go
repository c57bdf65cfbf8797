package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"ngportal/web/phantom"
)

// bucketForm is what S3 takes as the name of a bucket, as far as it matters here. S3 takes 63 characters;
// four fewer leave room for the "demo-" of the dataset, whose name has 64 at most.
var bucketForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,57}[a-z0-9]$`)

// linkExtra makes the sub-folders of NGPORTAL_DEMO_S3_DIR buckets, by symbolic links beside the
// sample data: nothing is written where they are.
func (d *demonstration) linkExtra(buckets string) ([]string, error) {
	if err := removeLinks(buckets); err != nil {
		return nil, err
	}
	from := d.getenv("NGPORTAL_DEMO_S3_DIR")
	if from == "" {
		return nil, nil
	}
	from, err := filepath.Abs(from)
	if err != nil {
		return nil, fmt.Errorf("NGPORTAL_DEMO_S3_DIR: %w", err)
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return nil, fmt.Errorf("NGPORTAL_DEMO_S3_DIR: %w", err)
	}
	var names []string
	for _, e := range entries {
		info, err := os.Stat(filepath.Join(from, e.Name())) // a link to a folder will do
		if err != nil || !info.IsDir() {
			continue
		}
		switch {
		case e.Name() == phantom.PrivateBucket || e.Name() == phantom.MicroscopyBucket:
			fmt.Fprintf(d.out, "left out %q: the sample data have a bucket of this name\n", e.Name())
		case !bucketForm.MatchString(e.Name()):
			fmt.Fprintf(d.out, "left out %q: a bucket's name has 3 to 59 small letters, digits, '.' and '-' here\n", e.Name())
		default:
			if err := os.Symlink(filepath.Join(from, e.Name()), filepath.Join(buckets, e.Name())); err != nil {
				return nil, fmt.Errorf("add bucket %q: %w", e.Name(), err)
			}
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// Locations of the sample data.
const (
	phantomLocation    = "demo-phantom"
	microscopyLocation = "demo-microscopy"
)

// maxLocation is how long the id of a location may be.
const maxLocation = 64

// locationIDs returns the ids of locations by the buckets they are for: "demo-" and the bucket's name where that
// can be an id and is free, and otherwise that name with '-' for '.', with a number if need be.
func locationIDs(buckets []string) map[string]string {
	ids := map[string]string{}
	taken := map[string]bool{phantomLocation: true, microscopyLocation: true}
	take := func(bucket, id string) { ids[bucket], taken[id] = id, true }
	for _, name := range buckets { // first, so that no number takes the id of a bucket of that name
		if id := "demo-" + name; !taken[id] && !strings.Contains(name, ".") {
			take(name, id)
		}
	}
	for _, name := range buckets {
		if ids[name] != "" {
			continue
		}
		base := "demo-" + strings.ReplaceAll(name, ".", "-")
		id := base
		for n := 2; taken[id]; n++ {
			number := fmt.Sprintf("-%d", n)
			id = base[:min(len(base), maxLocation-len(number))] + number
		}
		take(name, id)
	}
	return ids
}

// removeLinks takes the buckets of an earlier run away; folders stay.
func removeLinks(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("look at the sample data: %w", err)
	}
	for _, e := range entries {
		if e.Type()&os.ModeSymlink != 0 {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return fmt.Errorf("remove a bucket of an earlier run: %w", err)
			}
		}
	}
	return nil
}
