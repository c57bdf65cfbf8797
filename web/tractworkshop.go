package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"ngportal/tractstore"
)

// A tractWorkshop is a folder in which annotations are built.
type tractWorkshop struct {
	tractstore.Folder

	lock *os.File
}

// madeOf is the file that says what a workshop is for.
const madeOf = "made-of.txt"

// openWorkshop opens the workshop in dir, where an earlier process may have left work, unless that was for something else.
func openWorkshop(dir, purpose string) (*tractWorkshop, error) {
	lock, err := claim(dir)
	if err != nil {
		return nil, err
	}
	w := &tractWorkshop{tractstore.Folder{Dir: dir, Other: []string{madeOf, unfinishedMark}}, lock}
	was, err := os.ReadFile(filepath.Join(dir, madeOf))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(err, lock.Close())
	}
	if string(was) != purpose {
		err = errors.Join(w.Clear(), os.WriteFile(filepath.Join(dir, madeOf), []byte(purpose), 0o600))
	} else {
		err = w.Sweep()
	}
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return w, nil
}

// leave lets another process go on.
func (w *tractWorkshop) leave() error { return w.lock.Close() }

// end removes the workshop and all that is in it.
func (w *tractWorkshop) end() error { return errors.Join(os.RemoveAll(w.Dir), w.lock.Close()) }
