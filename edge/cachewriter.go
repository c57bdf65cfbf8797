package edge

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"time"
)

// unfinished is the name of the file that is being written.
const unfinished = "unfinished"

// A foundFile is a file of an earlier run. It is not opened before somebody wants it.
type foundFile struct {
	cachedFile
	used time.Time
}

// scan learns what lies in the folder, and removes what is too much. What has not a name of ours is
// passed over.
func (d *cacheDisk) scan() error {
	if err := d.root.Remove(unfinished); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	found, err := d.list()
	if err != nil {
		return err
	}
	slices.SortFunc(found, func(a, b foundFile) int { return cmp.Compare(b.used.UnixNano(), a.used.UnixNano()) })
	for _, f := range found {
		if d.used+blocks(f.size) > d.limit || len(d.files) >= d.most || !d.memory.charge(fileOverhead) {
			if err := d.root.Remove(f.name.String()); err != nil {
				return err
			}
			continue
		}
		d.files[f.name] = d.order.PushBack(&cachedFile{f.name, f.size})
		d.used += blocks(f.size)
	}
	return nil
}

func (d *cacheDisk) list() ([]foundFile, error) {
	folder, err := d.root.Open(".")
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	var found []foundFile
	for {
		entries, err := folder.ReadDir(1024)
		for _, e := range entries {
			name, ours := parseFileName(e.Name())
			if !ours || !e.Type().IsRegular() {
				if e.Name() != "lock" {
					d.warn(fmt.Errorf("%w: it has no name of ours", errBroken))
				}
				continue
			}
			if info, gone := e.Info(); gone == nil {
				found = append(found, foundFile{cachedFile{name, info.Size()}, info.ModTime()})
			}
		}
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// work does what readers do not wait for.
func (d *cacheDisk) work() {
	defer close(d.done)
	for j := range d.jobs {
		if j.remove != nil {
			_ = d.unlink(j.remove) // it stays counted, and broken
			continue
		}
		if !d.now().Before(d.rest) {
			if err := d.write(j.part); err != nil {
				d.rest = d.now().Add(diskRest)
				d.log.Warn("read cache cannot write to its folder and goes on without for a minute", slog.String("error", err.Error()))
			}
		}
		d.mu.Lock()
		d.queued -= j.part.size
		d.mu.Unlock()
		d.memory.unpin(j.part)
	}
}

// write writes a part, after others have made room for it.
func (d *cacheDisk) write(p *cachedPart) error {
	head, err := encodeHead(p)
	if err != nil {
		return err
	}
	size := int64(len(head) + len(p.data))
	if blocks(size) > d.limit {
		return nil
	}
	if err := d.replace(p.file, blocks(size)); err != nil {
		return err
	}
	if !d.memory.charge(fileOverhead) {
		return nil // memory is full of what is being read
	}
	if err := d.writeFile(p.file.String(), head, p.data); err != nil {
		d.memory.charge(-fileOverhead)
		return fmt.Errorf("write: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.files[p.file] = d.order.PushFront(&cachedFile{p.file, size})
	d.used += blocks(size)
	return nil
}

// replace makes room for a new file. The old one goes first, so that nobody takes the new one for it.
func (d *cacheDisk) replace(name fileName, size int64) error {
	d.mu.Lock()
	old := d.files[name]
	d.mu.Unlock()
	if old != nil {
		if err := d.unlink(old.Value.(*cachedFile)); err != nil {
			return err
		}
	}
	return d.room(size)
}

// writeFile writes a file whole or not at all. A crash of the machine may still break it, which its checksum tells.
func (d *cacheDisk) writeFile(name string, head, body []byte) error {
	f, err := d.root.OpenFile(unfinished, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(head)
	if err == nil {
		_, err = f.Write(body)
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = d.root.Rename(unfinished, name)
	}
	if err != nil {
		_ = d.root.Remove(unfinished) // it is written over if it stays
	}
	return err
}

// room removes the least recently used files until size bytes more may be written.
func (d *cacheDisk) room(size int64) error {
	for {
		d.mu.Lock()
		var last *cachedFile
		if d.used+size > d.limit || len(d.files) >= d.most {
			last = d.order.Back().Value.(*cachedFile)
		}
		d.mu.Unlock()
		if last == nil {
			return nil
		}
		if err := d.unlink(last); err != nil {
			return err
		}
	}
}

// unlink removes a file, unless another has taken its place. It stays counted if it cannot be removed.
func (d *cacheDisk) unlink(f *cachedFile) error {
	d.mu.Lock()
	e := d.files[f.name]
	d.mu.Unlock()
	if e == nil || e.Value.(*cachedFile) != f {
		return nil
	}
	if err := d.root.Remove(f.name.String()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("make room: %w", err)
	}
	d.mu.Lock()
	delete(d.files, f.name)
	d.order.Remove(e)
	d.used -= blocks(f.size)
	d.mu.Unlock()
	d.memory.charge(-fileOverhead)
	return nil
}
