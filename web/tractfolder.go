package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// An outFolder is made beside the place it is to have, under another name, so that it is there whole or not at all.
type outFolder struct {
	final, partial string
	lock           *os.File
	files          int
	bytes          int64
}

// unfinishedMark is the file by which we know a folder that we may remove.
const unfinishedMark = ".ngportal-unfinished"

// newOutFolder begins a folder. There may be nothing at its place but an empty folder.
func newOutFolder(path string) (*outFolder, error) {
	path = filepath.Clean(path)
	old, err := os.ReadDir(path)
	switch {
	case err == nil && len(old) > 0:
		return nil, fmt.Errorf("%s is there already and is not empty: name a folder that is not there", path)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s cannot become a folder: %w", path, err)
	}
	o := &outFolder{final: path, partial: path + ".partial"}
	o.lock, err = claim(o.partial)
	return o, err
}

// claim makes a folder ours alone until the file that it returns is closed or the process ends. What an earlier process that
// was killed has left in it stays.
func claim(dir string) (*os.File, error) {
	left, err := os.ReadDir(dir)
	if err == nil && len(left) > 0 {
		_, err = os.Stat(filepath.Join(dir, unfinishedMark))
		if err != nil {
			return nil, fmt.Errorf("%s is in the way: this command would write there, and it is not of its making", dir)
		}
	}
	if err = os.MkdirAll(dir, 0o750); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(dir, unfinishedMark), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		return nil, fmt.Errorf("%s is being written by another process: %w", dir, err)
	}
	return lock, nil
}

// empty removes all that an earlier process has left.
func empty(dir string) error {
	left, err := os.ReadDir(dir)
	for _, e := range left {
		if e.Name() != unfinishedMark {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// An outFile is a file of the folder.
type outFile struct {
	*bufio.Writer
	file *os.File
	in   *outFolder
}

// create begins a file, whose name may have a folder in it.
func (o *outFolder) create(name string) (*outFile, error) {
	path := filepath.Join(o.partial, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // it is to be served
		return nil, err
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	o.files++
	return &outFile{bufio.NewWriterSize(f, 1<<16), f, o}, nil
}

// WriteAt writes over what was written before.
func (f *outFile) WriteAt(p []byte, off int64) (int, error) {
	if err := f.Flush(); err != nil {
		return 0, err
	}
	return f.file.WriteAt(p, off)
}

func (f *outFile) Close() error {
	err := f.Flush()
	if info, statErr := f.file.Stat(); statErr == nil {
		f.in.bytes += info.Size()
	}
	return errors.Join(err, f.file.Close())
}

// write writes a file at once.
func (o *outFolder) write(name string, object io.WriterTo) error {
	f, err := o.create(name)
	if err != nil {
		return err
	}
	_, err = object.WriteTo(f)
	return errors.Join(err, f.Close())
}

// finish gives the folder its name.
func (o *outFolder) finish() error {
	defer o.lock.Close()
	err := os.Remove(filepath.Join(o.partial, unfinishedMark))
	if err == nil {
		err = os.Chmod(o.partial, 0o755) //nolint:gosec // it is to be served
	}
	if err == nil {
		err = os.Remove(o.final) // the empty one, which Rename does not replace
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = os.Rename(o.partial, o.final)
	}
	return err
}

// discard leaves nothing behind.
func (o *outFolder) discard() error {
	return errors.Join(os.RemoveAll(o.partial), o.lock.Close())
}
