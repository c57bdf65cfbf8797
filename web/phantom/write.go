package phantom

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"
)

// Version names what [Write] writes: the SHA-256 over every path and its
// bytes, as a test computes it. It changes with every change of the data, be
// it by another formula or by another release of a compressor.
const Version = "64bf05ad56a5699b7e5c99a2b754ba1d2b3656d82eef11202334d538589b0c19"

const (
	marker  = ".phantom-version"  // in the folder given to Write, beside the buckets
	unready = "being written"     // the marker's text while the buckets are replaced
	scratch = ".phantom-scratch-" // start of the name of a folder in which the buckets are made
)

func buckets() []string { return []string{PrivateBucket, MicroscopyBucket} }

// Write makes the sample data below dir, which is made if need be: the
// folders [PrivateBucket] and [MicroscopyBucket]. If they are there in this
// [Version] already, nothing is touched. Another version is replaced as a
// whole; nothing else in dir is. Only one Write may work on a dir at a time.
//
// A folder with a bucket's name that Write did not make is left alone, and
// the error wraps [fs.ErrExist]. After any error each bucket is as it was or
// complete, never half-written. A missing permission wraps
// [fs.ErrPermission], a full disk the system's own error.
func Write(dir string) error {
	return publish(dir, Version, func(temp string) error {
		var group errgroup.Group
		group.Go(func() error { return writePrivate(tree{filepath.Join(temp, PrivateBucket)}) })
		group.Go(func() error { return writeMicroscopy(tree{filepath.Join(temp, MicroscopyBucket)}) })
		return group.Wait()
	})
}

// publish is [Write] for any version and any way to fill a folder with the buckets.
func publish(dir, version string, fill func(temp string) error) error {
	state, err := os.ReadFile(filepath.Join(dir, marker))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("sample data: %w", err)
	}
	ours := err == nil
	there := present(dir)
	if there == len(buckets()) && string(state) == version+"\n" {
		return nil
	}
	if !ours && there > 0 {
		return fmt.Errorf("sample data: %s holds a folder %s or %s that was not made here: move it or choose another folder: %w",
			dir, PrivateBucket, MicroscopyBucket, fs.ErrExist)
	}
	if err := build(dir, version, fill); err != nil {
		return fmt.Errorf("write sample data to %s: %w", dir, err)
	}
	return nil
}

// present counts the buckets that exist in dir.
func present(dir string) int {
	n := 0
	for _, bucket := range buckets() {
		if _, err := os.Lstat(filepath.Join(dir, bucket)); err == nil {
			n++
		}
	}
	return n
}

// build has the buckets made in a scratch folder of dir and moves them into place.
func build(dir, version string, fill func(temp string) error) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	if err := sweep(dir); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(dir, scratch)
	if err != nil {
		return err
	}
	return errors.Join(fillAndMove(dir, temp, version, fill), os.RemoveAll(temp))
}

func fillAndMove(dir, temp, version string, fill func(temp string) error) error {
	if err := fill(temp); err != nil {
		return err
	}
	if err := mark(dir, temp, unready); err != nil {
		return err
	}
	for _, bucket := range buckets() {
		if err := replace(filepath.Join(dir, bucket), filepath.Join(temp, bucket), filepath.Join(temp, "old-"+bucket)); err != nil {
			return err
		}
	}
	return mark(dir, temp, version)
}

// sweep removes what a killed run has left.
func sweep(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), scratch) {
			if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// mark sets the marker's text in one step.
func mark(dir, temp, text string) error {
	name := filepath.Join(temp, "marker")
	if err := os.WriteFile(name, []byte(text+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(name, filepath.Join(dir, marker))
}

// replace puts fresh in place of target and keeps what was there as old. If that fails, target is as before.
func replace(target, fresh, old string) error {
	err := os.Rename(target, old)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	had := err == nil
	if err := os.Rename(fresh, target); err != nil {
		if had {
			err = errors.Join(err, os.Rename(old, target))
		}
		return err
	}
	return nil
}
