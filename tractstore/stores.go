package tractstore

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"ngportal/tract"
	"ngportal/tract/annotation"
)

// maxOpen is how many stores stay open that nobody reads at the moment.
const maxOpen = 64

// openStores are the stores that this process has open. Each is locked, so that no other removes it.
type openStores struct {
	mu     sync.Mutex
	stores map[string]*openStore
}

type openStore struct {
	*annotation.Store
	file  *sizedFile
	lock  *lock
	users int
	used  time.Time
}

func (s *openStore) close() {
	s.file.Close()
	s.lock.unlock()
}

func (d *Depot) path(entry string) string { return filepath.Join(d.folder, entry) }

// has reports whether an entry is built.
func (d *Depot) has(entry string) bool {
	if d.folder == "" {
		return false
	}
	_, err := os.Stat(filepath.Join(d.path(entry), annotation.StoreName))
	return err == nil
}

// store opens the store of an entry. The error wraps [fs.ErrNotExist] if it was not built.
func (d *Depot) store(entry string) (s *annotation.Store, release func(), err error) {
	if d.folder == "" {
		return nil, nil, fs.ErrNotExist
	}
	o := &d.open
	o.mu.Lock()
	defer o.mu.Unlock()
	found := o.stores[entry]
	if found == nil {
		if found, err = d.openStore(entry); err != nil {
			return nil, nil, err
		}
		o.stores[entry] = found
	}
	if now := time.Now(); now.Sub(found.used) > time.Minute {
		found.used = now
		_ = os.Chtimes(d.path(entry), now, now) // what was used last is removed last
	}
	found.users++
	o.shrink(maxOpen)
	return found.Store, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		found.users--
	}, nil
}

// openStore opens a store; one that is damaged is removed, to be built again.
func (d *Depot) openStore(entry string) (*openStore, error) {
	l, err := tryLock(d.path(entry), syscall.LOCK_SH)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	name := filepath.Join(d.path(entry), annotation.StoreName)
	f, err := openFile(name)
	if err != nil {
		l.unlock()
		return nil, err
	}
	s, err := annotation.OpenStore(f, f.Size())
	if err == nil {
		return &openStore{Store: s, file: f, lock: l}, nil
	}
	f.Close()
	l.unlock()
	if errors.Is(err, tract.ErrInvalid) {
		d.Log.Error("damaged store of a tractogram removed", slog.String("entry", entry), slog.String("error", err.Error()))
		_ = os.Remove(name)
	}
	return nil, fmt.Errorf("%w: %w", fs.ErrNotExist, err)
}

// shrink closes stores that nobody reads until there are no more than most. The caller holds the lock.
func (o *openStores) shrink(most int) {
	for len(o.stores) > most {
		oldest := ""
		for entry, s := range o.stores {
			if s.users == 0 && (oldest == "" || s.used.Before(o.stores[oldest].used)) {
				oldest = entry
			}
		}
		if oldest == "" {
			return
		}
		o.stores[oldest].close()
		delete(o.stores, oldest)
	}
}

// let closes the store of an entry unless it is being read.
func (o *openStores) let(entry string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if s := o.stores[entry]; s != nil && s.users == 0 {
		s.close()
		delete(o.stores, entry)
	}
}

func (o *openStores) closeAll() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.shrink(0)
}

// An onDisk is what lies in the folder of an entry.
type onDisk struct {
	entry string
	size  int64
	used  time.Time
}

// contents are all entries, those first that were not used for longest.
func (d *Depot) contents() (out []onDisk, total int64) {
	folders, _ := os.ReadDir(d.folder)
	for _, f := range folders {
		files, err := os.ReadDir(d.path(f.Name()))
		if err != nil {
			continue
		}
		e := onDisk{entry: f.Name()}
		if info, err := f.Info(); err == nil {
			e.used = info.ModTime()
		}
		for _, file := range files {
			if info, err := file.Info(); err == nil {
				e.size += info.Size()
			}
		}
		total += e.size
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b onDisk) int { return cmp.Or(a.used.Compare(b.used), cmp.Compare(a.entry, b.entry)) })
	return out, total
}

// makeRoom removes what was not used for longest until all takes no more than most bytes. It spares own and what is in use,
// here or by another process, and reports whether that was enough.
func (d *Depot) makeRoom(own string, most int64) bool {
	all, total := d.contents()
	for _, e := range all {
		if total <= most {
			break
		}
		if e.entry != own && d.remove(e.entry) {
			total -= e.size
		}
	}
	return total <= most
}

// remove removes an entry unless it is in use.
func (d *Depot) remove(entry string) bool {
	d.open.let(entry)
	l, err := tryLock(d.path(entry), syscall.LOCK_EX)
	if err != nil {
		return false
	}
	defer l.unlock()
	return os.RemoveAll(d.path(entry)) == nil
}
