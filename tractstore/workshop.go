package tractstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"ngportal/tract/annotation"
)

// unfinished is how the names of files end that are being written.
const unfinished = ".tmp"

// A workshop is the folder of an entry. It implements [annotation.Workshop].
type workshop struct {
	depot  *Depot
	entry  string
	folder string
	fresh  int64 // bytes written since the last look at the budget
}

// Create is [annotation.Workshop].
func (w *workshop) Create(name string) (annotation.File, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(w.folder, name+".*"+unfinished)
	if err != nil {
		return nil, err
	}
	return &newFile{File: f, to: filepath.Join(w.folder, name), shop: w}, nil
}

func checkName(name string) error {
	if name == "" || name == lockName || strings.ContainsAny(name, `/\`) || !filepath.IsLocal(name) {
		return fmt.Errorf("%q is no name of a file in a workshop", name)
	}
	return nil
}

// Open is [annotation.Workshop].
func (w *workshop) Open(name string) (annotation.ReadFile, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	return openFile(filepath.Join(w.folder, name))
}

// Remove is [annotation.Workshop].
func (w *workshop) Remove(name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(w.folder, name)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// sweep removes what a process that was killed had not finished.
func (w *workshop) sweep() {
	w.remove(func(name string) bool { return strings.HasSuffix(name, unfinished) })
}

// clear removes everything.
func (w *workshop) clear() { w.remove(func(string) bool { return true }) }

func (w *workshop) remove(unwanted func(name string) bool) {
	files, _ := os.ReadDir(w.folder)
	for _, f := range files {
		if f.Name() != lockName && unwanted(f.Name()) {
			_ = os.Remove(filepath.Join(w.folder, f.Name()))
		}
	}
}

// size is that of a file; 0 if it is not there.
func (w *workshop) size(name string) int64 {
	s, err := os.Stat(filepath.Join(w.folder, name))
	if err != nil {
		return 0
	}
	return s.Size()
}

// grow takes n bytes of the budget.
func (w *workshop) grow(n int) error {
	w.depot.mu.Lock()
	w.fresh += int64(n)
	look := w.fresh >= min(64<<20, w.depot.Size/16+1)
	if look {
		w.fresh = 0
	}
	w.depot.mu.Unlock()
	if look && !w.depot.makeRoom(w.entry, w.depot.Size) {
		return fmt.Errorf("%w: all of it may take %d MB", ErrFull, w.depot.Size/1e6)
	}
	return nil
}

// A newFile gets its name when it is whole.
type newFile struct {
	*os.File
	to   string
	shop *workshop
}

func (f *newFile) Write(p []byte) (int, error) {
	if err := f.shop.grow(len(p)); err != nil {
		return 0, err
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
	return syncFolder(f.shop.folder)
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
