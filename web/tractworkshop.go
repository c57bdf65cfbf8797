package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"ngportal/tract/annotation"
)

// A tractWorkshop is a folder in which annotations are built. It implements [annotation.Workshop].
type tractWorkshop struct {
	dir  string
	lock *os.File
}

// madeOf is the file that says what a workshop is for, and beingMade how the names of files end that are not whole.
const (
	madeOf    = "made-of.txt"
	beingMade = ".tmp"
)

// openWorkshop opens the workshop in dir, where an earlier process may have left work, unless that was for something else.
func openWorkshop(dir, purpose string) (*tractWorkshop, error) {
	lock, err := claim(dir)
	if err != nil {
		return nil, err
	}
	w := &tractWorkshop{dir, lock}
	was, err := os.ReadFile(filepath.Join(dir, madeOf))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(err, lock.Close())
	}
	if string(was) != purpose {
		err = errors.Join(empty(dir), os.WriteFile(filepath.Join(dir, madeOf), []byte(purpose), 0o600))
	} else {
		err = w.sweep()
	}
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return w, nil
}

// sweep removes files that are not whole.
func (w *tractWorkshop) sweep() error {
	files, err := os.ReadDir(w.dir)
	for _, f := range files {
		if strings.HasSuffix(f.Name(), beingMade) {
			err = errors.Join(err, os.Remove(filepath.Join(w.dir, f.Name())))
		}
	}
	return err
}

// Create is [annotation.Workshop].
func (w *tractWorkshop) Create(name string) (annotation.File, error) {
	path, err := w.path(name)
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(w.dir, name+".*"+beingMade)
	return &workFile{f, path}, err
}

func (w *tractWorkshop) path(name string) (string, error) {
	if name == madeOf || name == unfinishedMark || filepath.Base(name) != name || !filepath.IsLocal(name) {
		return "", fmt.Errorf("%q is no name of a file in a workshop", name)
	}
	return filepath.Join(w.dir, name), nil
}

// Open is [annotation.Workshop].
func (w *tractWorkshop) Open(name string) (annotation.ReadFile, error) {
	path, err := w.path(name)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return workRead{f, info.Size()}, nil
}

// Remove is [annotation.Workshop].
func (w *tractWorkshop) Remove(name string) error {
	path, err := w.path(name)
	if err != nil {
		return err
	}
	if err = os.Remove(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// leave lets another process go on.
func (w *tractWorkshop) leave() error { return w.lock.Close() }

// clear removes the workshop and all that is in it.
func (w *tractWorkshop) clear() error { return errors.Join(os.RemoveAll(w.dir), w.lock.Close()) }

// A workFile gets its name when it is whole.
type workFile struct {
	*os.File
	to string
}

// Close is [annotation.File].
func (f *workFile) Close() error {
	if err := f.File.Close(); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), f.to)
}

// Abort is [annotation.File].
func (f *workFile) Abort() error { return errors.Join(f.File.Close(), os.Remove(f.Name())) }

// A workRead is an [annotation.ReadFile].
type workRead struct {
	*os.File
	size int64
}

// Size is that of the file.
func (f workRead) Size() int64 { return f.size }
