package tractstore

import (
	"fmt"
	"os"
	"path/filepath"
)

// A workshop is the folder of an entry, which keeps to the depot's budget.
type workshop struct {
	Folder

	depot *Depot
	entry string
	fresh int64 // bytes written since the last look at the budget
}

func (d *Depot) workshop(entry string) *workshop {
	w := &workshop{Folder: Folder{Dir: d.path(entry), Other: []string{lockName}}, depot: d, entry: entry}
	w.Room = w.grow
	return w
}

// size is that of a file; 0 if it is not there.
func (w *workshop) size(name string) int64 {
	s, err := os.Stat(filepath.Join(w.Dir, name))
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
