package edge

import (
	"container/list"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"syscall"
	"time"
)

// A cacheDisk keeps parts as files of a folder, the most recently used ones, and their names in memory.
//
// A part is written when it enters memory, after its reader has got it; so what leaves memory has been
// written already, and a restart loses nothing. One goroutine alone writes and removes. What
// would make it wait too long is not written.
type cacheDisk struct {
	root   *os.Root
	lock   *os.File
	limit  int64
	most   int // files
	memory *cacheMemory
	log    *slog.Logger
	now    func() time.Time
	jobs   chan diskJob
	done   chan struct{}
	rest   time.Time // nothing is written before; of the writing goroutine

	mu     sync.Mutex
	files  map[fileName]*list.Element
	order  *list.List // of *cachedFile, most recently used first
	used   int64
	queued int64 // bytes of parts that wait to be written
	closed bool
	told   bool // that a file cannot be used
}

type cachedFile struct {
	name fileName
	size int64
}

// A diskJob writes a part, which is pinned for it, or removes a file.
type diskJob struct {
	part   *cachedPart
	remove *cachedFile
}

const (
	maxJobs  = 256
	diskRest = time.Minute // after a failed write
)

var (
	errFolder = errors.New("folder of the cache")
	errDead   = errors.New("of another version")
)

// blocks is what a file of size bytes takes on most disks.
func blocks(size int64) int64 { return (size + 4095) &^ 4095 }

// find returns a file that may be read; nil if there is none.
func (d *cacheDisk) find(name fileName) *cachedFile {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.files[name]
	if e == nil || d.closed {
		return nil
	}
	d.order.MoveToFront(e)
	return e.Value.(*cachedFile)
}

// touch marks a file as recently used, because its part was, in memory. d may be nil.
func (d *cacheDisk) touch(name fileName) {
	if d != nil {
		d.find(name)
	}
}

func (d *cacheDisk) bytes() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.used
}

// read fills p, which has room for it, with a file. The error wraps [errBroken] if it is not as it was written.
func (d *cacheDisk) read(f *cachedFile, p *cachedPart) error {
	name := f.name.String()
	file, err := d.root.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || info.Size() != f.size {
		return errors.Join(errBroken, err)
	}
	text := p.data[:f.size]
	if _, err = io.ReadFull(file, text); err != nil {
		return errors.Join(errBroken, err)
	}
	if err = decodePart(f.name, text, p); err != nil {
		return err
	}
	now := time.Now() // as the kernel stamps new files: it orders them after a restart
	_ = d.root.Chtimes(name, now, now)
	return nil
}

// drop has a file removed that is of no use any more, for the reason that read gave. Others may be read again later.
func (d *cacheDisk) drop(f *cachedFile, why error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.files[f.name]
	if d.closed || e == nil || e.Value.(*cachedFile) != f {
		return // it has made room or been replaced meanwhile
	}
	useless := errors.Is(why, fs.ErrNotExist) || errors.Is(why, errDead)
	if !useless {
		d.warn(why)
	}
	if useless || errors.Is(why, errBroken) {
		d.send(diskJob{remove: f})
	}
}

// warn logs the first of the files that cannot be used. The caller holds the lock.
func (d *cacheDisk) warn(why error) {
	if !d.told {
		d.told = true
		d.log.Warn("a file of the read cache cannot be used and is passed over; more of them are not logged",
			slog.String("error", why.Error()))
	}
}

// remove has a file removed, if there is one. d may be nil.
func (d *cacheDisk) remove(name fileName) {
	if d == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if e := d.files[name]; e != nil {
		d.send(diskJob{remove: e.Value.(*cachedFile)})
	}
}

// save has p written, which is pinned, unless too much waits already. d may be nil.
func (d *cacheDisk) save(p *cachedPart) {
	if d == nil {
		return
	}
	d.memory.pin(p)
	d.mu.Lock()
	sent := d.queued+p.size <= d.memory.limit/4 && d.send(diskJob{part: p})
	if sent {
		d.queued += p.size
	}
	d.mu.Unlock()
	if !sent {
		d.memory.unpin(p)
	}
}

// send reports whether the writing goroutine will do j. The caller holds the lock.
func (d *cacheDisk) send(j diskJob) bool {
	if d.closed {
		return false
	}
	select {
	case d.jobs <- j:
		return true
	default:
		return false
	}
}

func (d *cacheDisk) close() error {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return nil
	}
	d.closed = true
	close(d.jobs)
	d.mu.Unlock()
	<-d.done
	return errors.Join(d.root.Close(), d.lock.Close())
}

// openCacheDisk takes a folder inside of c.Dir, which is ours alone. The error wraps [errFolder] if
// somebody must give another one.
func openCacheDisk(c CacheConfig, m *cacheMemory) (*cacheDisk, error) {
	root, err := openFolder(c.Dir)
	if err != nil {
		return nil, err
	}
	lock, err := lockFolder(root)
	if err != nil {
		root.Close()
		return nil, fmt.Errorf("%s: %w", c.Dir, err)
	}
	d := &cacheDisk{
		root: root, lock: lock, limit: c.Disk, most: int(c.Memory / 4 / fileOverhead), memory: m, log: c.Log, now: c.Now,
		jobs: make(chan diskJob, maxJobs), done: make(chan struct{}), files: map[fileName]*list.Element{}, order: list.New(),
	}
	if err := d.scan(); err != nil {
		lock.Close()
		root.Close()
		return nil, fmt.Errorf("%s: %w", c.Dir, err)
	}
	go d.work()
	return d, nil
}

// openFolder opens our folder in dir. What else lies in dir is not looked at.
func openFolder(dir string) (*os.Root, error) {
	const ours = "ngportal-cache"
	if err := os.MkdirAll(dir, 0o700); errors.Is(err, syscall.ENOTDIR) {
		return nil, fmt.Errorf("%w: %w", errFolder, err)
	} else if err != nil {
		return nil, err
	}
	top, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer top.Close()
	if err = top.Mkdir(ours, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	if err = top.Chmod(ours, 0o700); err != nil {
		return nil, err
	}
	return top.OpenRoot(ours)
}

// lockFolder makes sure that no other process uses the folder, until the file is closed.
func lockFolder(root *os.Root) (*os.File, error) {
	f, err := root.OpenFile("lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fmt.Errorf("%w: another process uses it; give each process a folder of its own", errFolder)
	}
	return nil, err
}
