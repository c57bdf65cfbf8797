package annotation_test

import (
	"io"
	"os"
	"path/filepath"

	"ngportal/tract/annotation"
)

// A disk is a workshop in a folder.
type disk string

type diskFile struct {
	*os.File
	name string
}

func (d disk) Create(name string) (annotation.File, error) {
	f, err := os.CreateTemp(string(d), "new")
	return diskFile{f, filepath.Join(string(d), name)}, err
}

func (f diskFile) Close() error {
	if err := f.File.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), f.name)
}

func (f diskFile) Abort() error {
	f.File.Close()
	return os.Remove(f.Name())
}

type diskRead struct{ *os.File }

func (f diskRead) Size() int64 {
	info, err := f.Stat()
	if err != nil {
		return 0
	}
	return info.Size()
}

func (d disk) Open(name string) (annotation.ReadFile, error) {
	f, err := os.Open(filepath.Join(string(d), name))
	return diskRead{f}, err
}

func (d disk) Remove(name string) error {
	err := os.Remove(filepath.Join(string(d), name))
	if os.IsNotExist(err) {
		return nil
	}
	return err
}

// onDisk is a Source: the file of that name.
type onDisk string

func (d onDisk) Size() int64 {
	info, err := os.Stat(string(d))
	if err != nil {
		return 0
	}
	return info.Size()
}

type partOfFile struct {
	io.Reader
	io.Closer
}

func (d onDisk) Open(off, n int64) (io.ReadCloser, error) {
	f, err := os.Open(string(d))
	if err != nil {
		return nil, err
	}
	return partOfFile{io.NewSectionReader(f, off, n), f}, nil
}
