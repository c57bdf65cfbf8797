package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"ngportal/web/phantom"
)

// bucketForm is what S3 takes as the name of a bucket, as far as it matters here.
var bucketForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,58}[a-z0-9]$`)

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
			fmt.Fprintf(d.out, "left out %q: a bucket's name has 3 to 60 small letters, digits, '.' and '-'\n", e.Name())
		default:
			if err := os.Symlink(filepath.Join(from, e.Name()), filepath.Join(buckets, e.Name())); err != nil {
				return nil, fmt.Errorf("add bucket %q: %w", e.Name(), err)
			}
			names = append(names, e.Name())
		}
	}
	return names, nil
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
