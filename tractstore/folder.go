package tractstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ngportal/tract/annotation"
)

// unfinished is how the names of files end that are being written.
const unfinished = ".tmp"

// A Folder is an [annotation.Workshop] on disk.
type Folder struct {
	Dir   string
	Other []string          // names in it that are not the workshop's
	Room  func(n int) error // is asked before n bytes are written; nil: there is room
}

// Create is [annotation.Workshop].
func (w *Folder) Create(name string) (annotation.File, error) {
	path, err := w.path(name)
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(w.Dir, name+".*"+unfinished)
	if err != nil {
		return nil, err
	}
	return &newFile{File: f, to: path, in: w}, nil
}

func (w *Folder) path(name string) (string, error) {
	if slices.Contains(w.Other, name) || strings.ContainsAny(name, `/\`) || !filepath.IsLocal(name) {
		return "", fmt.Errorf("%q is no name of a file in a workshop", name)
	}
	return filepath.Join(w.Dir, name), nil
}

// Open is [annotation.Workshop].
func (w *Folder) Open(name string) (annotation.ReadFile, error) {
	path, err := w.path(name)
	if err != nil {
		return nil, err
	}
	return openFile(path)
}

// Remove is [annotation.Workshop].
func (w *Folder) Remove(name string) error {
	path, err := w.path(name)
	if err != nil {
		return err
	}
	if err = os.Remove(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Sweep removes what a process that was killed had not finished.
func (w *Folder) Sweep() error {
	return w.remove(func(name string) bool { return strings.HasSuffix(name, unfinished) })
}

// Clear removes everything but Other.
func (w *Folder) Clear() error { return w.remove(func(string) bool { return true }) }

func (w *Folder) remove(unwanted func(name string) bool) error {
	files, err := os.ReadDir(w.Dir)
	for _, f := range files {
		if !slices.Contains(w.Other, f.Name()) && unwanted(f.Name()) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(w.Dir, f.Name())))
		}
	}
	return err
}

// A newFile gets its name when it is whole.
type newFile struct {
	*os.File

	to string
	in *Folder
}

func (f *newFile) Write(p []byte) (int, error) {
	if f.in.Room != nil {
		if err := f.in.Room(len(p)); err != nil {
			return 0, err
		}
	}
	return f.File.Write(p)
}

// Close is [annotation.File].
func (f *newFile) Close() error {
	if err := f.Sync(); err != nil {
		return errors.Join(err, f.Abort())
	}
	if err := f.File.Close(); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if err := os.Rename(f.Name(), f.to); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncFolder(f.in.Dir)
}

// Abort is [annotation.File].
func (f *newFile) Abort() error { return errors.Join(f.File.Close(), os.Remove(f.Name())) }

// syncFolder has the names in a folder outlive a power cut.
func syncFolder(name string) error {
	dir, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// A sizedFile is an [annotation.ReadFile].
type sizedFile struct {
	*os.File

	size int64
}

// Size is that of the file.
func (f *sizedFile) Size() int64 { return f.size }

func openFile(name string) (*sizedFile, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	s, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	return &sizedFile{f, s.Size()}, nil
}
