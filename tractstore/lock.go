package tractstore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// lockName is the file of an entry that is locked: shared by those who read its store, by one alone who builds or
// removes it. Who builds writes into it how far he is.
const lockName = "lock"

var errLocked = errors.New("another process has it")

// A lock is held on the folder of an entry.
type lock struct{ file *os.File }

// tryLock locks a folder, which is made if it is not there for whoever wants it alone. The error wraps [errLocked] if that
// must be waited for, and [os.ErrNotExist] if there is no folder to be shared.
func tryLock(folder string, how int) (*lock, error) {
	flags := os.O_RDWR
	if how == syscall.LOCK_EX {
		flags |= os.O_CREATE
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, err
		}
	}
	name := filepath.Join(folder, lockName)
	f, err := os.OpenFile(name, flags, 0o600)
	if err != nil {
		return nil, err
	}
	if err = syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = errLocked
		}
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	mine, err := f.Stat()
	if now, err2 := os.Stat(name); err != nil || err2 != nil || !os.SameFile(mine, now) { // removed before it was locked
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", name, errLocked)
	}
	return &lock{f}, nil
}

func (l *lock) unlock() { l.file.Close() }

// note tells other processes how much is done.
func (l *lock) note(share float64) { _, _ = l.file.WriteAt(fmt.Appendf(nil, "%.4f\n", share), 0) }

// shareOf is what the process that has locked a folder has noted.
func shareOf(folder string) float64 {
	text, err := os.ReadFile(filepath.Join(folder, lockName))
	if err != nil {
		return 0
	}
	share, err := strconv.ParseFloat(strings.TrimSpace(string(text)), 64)
	if err != nil || !(share >= 0 && share <= 1) {
		return 0
	}
	return share
}
