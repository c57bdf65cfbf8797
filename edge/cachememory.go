package edge

import (
	"container/list"
	"slices"
	"sync"
	"time"
)

// What is counted for each besides the bytes of its body: maps, lists, headers. Measured, and a little more.
const (
	objectOverhead = 512
	partOverhead   = 1024
	fileOverhead   = 256 // the index of the disk lies in memory
)

// A cachedPart is an answer to one range of an object, or to all of it. Its pins, its size and its place are the
// memory's; all else does not change once it is kept.
type cachedPart struct {
	version      version
	contentRange string
	data         []byte
	want         int64 // bytes that data will have
	file         fileName

	size   int64 // as counted
	pins   int   // readers and writers of data
	object *cachedObject
	part   string        // its range
	place  *list.Element // in parts; nil if it is not kept
}

// A cachedObject is what is known of an object, and the parts of its current version. It lives as long as it has
// parts, or the storage is being asked about it, and a while longer because it may be fresh.
type cachedObject struct {
	id      objectID
	version version   // the current one; zero if it is not known
	seen    time.Time // when the storage was asked, that said so
	noted   int64     // when an answer was last noted
	asked   int       // questions under way, and bodies that may yet be kept
	parts   map[string]*cachedPart
	place   *list.Element // in bare; nil if it is not there
}

// An asking is one question to the storage about an object.
type asking struct {
	object *cachedObject
	at     time.Time
	begun  int64
}

// A cacheMemory holds parts of objects, the most recently used ones, and an exact account of what they take. It
// never takes more than its limit: parts that are being read stay counted, and what does not fit is not kept.
type cacheMemory struct {
	limit int64
	fresh time.Duration

	mu      sync.Mutex
	used    int64
	loose   int64 // of it, parts that are not kept: still filled, or read though they are dead
	clock   int64 // counts questions and answers, to know which came first
	objects map[objectID]*cachedObject
	parts   *list.List // of *cachedPart, most recently used first
	bare    *list.List // of *cachedObject without parts, the last one to lose its parts first
}

func newCacheMemory(limit int64, fresh time.Duration) *cacheMemory {
	return &cacheMemory{limit: limit, fresh: fresh, objects: map[objectID]*cachedObject{}, parts: list.New(), bare: list.New()}
}

func (m *cacheMemory) bytes() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.used
}

// A finding is what is known of an object when somebody wants it.
type finding struct {
	version    version
	fresh      bool
	unmodified bool        // and fresh: the reader's copy is good
	part       *cachedPart // the one wanted, pinned; nil if there is none, or no need of it
}

func (m *cacheMemory) find(id objectID, w Want, now time.Time) finding {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.objects[id]
	if o == nil || o.version.etag == "" {
		return finding{}
	}
	if o.place != nil {
		m.bare.MoveToFront(o.place)
	}
	age := now.Sub(o.seen)
	k := finding{version: o.version, fresh: age >= 0 && age < m.fresh}
	k.unmodified = k.fresh && o.version.unmodified(w)
	if k.unmodified || w.HeadOnly {
		return k
	}
	if k.part = o.parts[w.Range]; k.part != nil {
		m.parts.MoveToFront(k.part.place)
		k.part.pins++
	}
	return k
}

// reserve returns a part that may be filled with n bytes, pinned; nil if they do not fit. All that is
// filled takes a quarter of the memory at most, so that slow readers cannot push out the rest.
func (m *cacheMemory) reserve(n int64) *cachedPart {
	most := n + n/8 + 8<<10 + partOverhead // the allocator rounds up, at most so far
	if !m.take(most) {
		return nil
	}
	p := &cachedPart{data: slices.Grow([]byte(nil), int(n)), pins: 1}
	p.size = int64(cap(p.data)) + partOverhead
	m.mu.Lock()
	defer m.mu.Unlock()
	m.used -= most - p.size
	m.loose -= most - p.size
	return p
}

func (m *cacheMemory) take(size int64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.loose+size > m.limit/4 || !m.room(size) {
		return false
	}
	m.used += size
	m.loose += size
	return true
}

// charge counts bytes that lie elsewhere. It reports whether they fit; fewer always do.
func (m *cacheMemory) charge(n int64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n > 0 && !m.room(n) {
		return false
	}
	m.used += n
	return true
}

func (m *cacheMemory) pin(p *cachedPart) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p.pins++
}

// unpin takes back a pin. p may be nil.
func (m *cacheMemory) unpin(p *cachedPart) {
	if p == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if p.pins--; p.pins == 0 && p.place == nil {
		m.used -= p.size
		m.loose -= p.size
	}
}

// keep keeps p as a part of its object, if its version is still the current one, which it reports.
func (m *cacheMemory) keep(id objectID, part string, p *cachedPart) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.objects[id]
	if o == nil || !o.version.is(p.version) {
		return false
	}
	if p.place != nil {
		return true
	}
	if old := o.parts[part]; old != nil {
		m.drop(old)
	}
	if o.parts == nil {
		o.parts = map[string]*cachedPart{}
	}
	m.notBare(o)
	o.parts[part] = p
	p.object, p.part, p.place = o, part, m.parts.PushFront(p)
	m.loose -= p.size
	return true
}
