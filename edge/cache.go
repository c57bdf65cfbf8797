package edge

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"
)

// Limits of a cache that nobody needs to choose.
const (
	leastMemory = 1 << 20
	maxObject   = 4 << 20
)

// CacheConfig is what a [Cache] is made of.
type CacheConfig struct {
	Memory    int64         // bytes of memory, all told; at least 1 MB
	Dir       string        // on a local disk; a folder of ours is made in it. "": memory only
	Disk      int64         // bytes there; 0: memory only
	Fresh     time.Duration // for which the storage is not asked again; 0: it is asked every time
	MaxObject int64         // bytes of the largest answer that is kept; 0: 4 MB. Never more than an eighth of Memory
	Now       func() time.Time
	Log       *slog.Logger
}

// A Cache is [Objects] that remembers what it read, in memory and on disk.
//
// It knows nothing of people. Who may read an object is decided before Open is called, for every request: what one
// person has read is there for whoever may read it, and for nobody else.
//
// What Open returns was the object at some time during the last [CacheConfig.Fresh]. Later the storage is asked
// whether the ETag is still the same; if it cannot tell, that is an error, and nothing old is served.
// Answers of different ETags are never mixed. Objects without a strong ETag, errors and missing objects are not kept.
// Readers who miss the same object at once ask the storage each for themselves: none waits for another's connection.
//
// It is safe for concurrent use.
type Cache struct {
	config  CacheConfig
	objects Objects
	memory  *cacheMemory
	disk    *cacheDisk // nil: memory only

	hits, misses, revalidated atomic.Int64
}

// CacheStats counts what a [Cache] did and what it holds.
type CacheStats struct {
	Hits        int64 // answered without asking the storage
	Misses      int64 // answered by the storage, errors among them
	Revalidated int64 // served from the cache after the storage had said that the ETag is the same
	MemoryBytes int64
	DiskBytes   int64
}

// NewCache returns a cache of objects. The caller closes it.
//
// A folder that cannot be used is logged, and the cache goes on without; but one that another process uses, or
// that is no folder, is an error, as is a missing part of c.
func NewCache(objects Objects, c CacheConfig) (*Cache, error) {
	switch {
	case objects == nil || c.Now == nil || c.Log == nil:
		return nil, errors.New("read cache: it needs objects, a clock and a log")
	case c.Memory < leastMemory:
		return nil, fmt.Errorf("read cache: %d bytes of memory are too few; give it 1 MB or more", c.Memory)
	case c.Disk < 0 || c.Fresh < 0 || c.MaxObject < 0:
		return nil, errors.New("read cache: sizes and times cannot be negative")
	}
	if c.MaxObject == 0 {
		c.MaxObject = maxObject
	}
	c.MaxObject = min(c.MaxObject, c.Memory/8)
	cache := &Cache{config: c, objects: objects, memory: newCacheMemory(c.Memory, c.Fresh)}
	if c.Dir == "" || c.Disk == 0 {
		return cache, nil
	}
	disk, err := openCacheDisk(c, cache.memory)
	switch {
	case errors.Is(err, errFolder):
		return nil, fmt.Errorf("read cache: %w", err)
	case err != nil:
		c.Log.Warn("read cache cannot use its folder and goes on without", slog.String("error", err.Error()))
	default:
		cache.disk = disk
	}
	return cache, nil
}

// Close writes to disk what waits for it, and gives the folder free. Open may be called afterwards, and
// uses memory only.
func (c *Cache) Close() error {
	if c.disk == nil {
		return nil
	}
	return c.disk.close()
}

// Stats tells what the cache did so far.
func (c *Cache) Stats() CacheStats {
	s := CacheStats{
		Hits: c.hits.Load(), Misses: c.misses.Load(), Revalidated: c.revalidated.Load(),
		MemoryBytes: c.memory.bytes(),
	}
	if c.disk != nil {
		s.DiskBytes = c.disk.bytes()
	}
	return s
}

// A query is one call of Open.
type query struct {
	bucket, key string
	id          objectID
	want        Want
	at          time.Time // before anything was asked
}

// Open is [Objects].
func (c *Cache) Open(ctx context.Context, bucket, key string, w Want) (*Object, error) {
	if w.HeadOnly && w.Range != "" {
		return c.objects.Open(ctx, bucket, key, w) // RFC 9110 knows no such request
	}
	q := query{bucket, key, newObjectID(bucket, key), w, c.config.Now()}
	k := c.memory.find(q.id, w, q.at)
	switch {
	case k.unmodified:
		c.hits.Add(1)
		return k.version.notModified(), nil
	case w.HeadOnly && k.fresh && k.version.total >= 0:
		c.hits.Add(1)
		return k.version.facts(), nil
	case w.HeadOnly:
		return c.head(ctx, q)
	case k.part == nil:
		k = c.load(q, k)
	}
	if k.fresh && k.part != nil {
		c.hits.Add(1)
		c.disk.touch(k.part.file)
		return newKeptBody(c.memory, k.part), nil
	}
	return c.ask(ctx, q, k.part)
}

// load looks for a part on disk. If the storage is still to be asked about it, k is no longer fresh.
func (c *Cache) load(q query, k finding) finding {
	if c.disk == nil {
		return k
	}
	name := newFileName(q.id, q.want.Range)
	f := c.disk.find(name)
	if f == nil {
		return k
	}
	p := c.memory.reserve(f.size)
	if p == nil {
		return k
	}
	err := c.disk.read(f, p)
	if err == nil && k.version.etag != "" && !k.version.is(p.version) {
		err = errDead
	}
	if err != nil {
		c.memory.unpin(p)
		c.disk.drop(f, err)
		return k
	}
	p.file, k.part = name, p
	k.fresh = k.fresh && c.memory.keep(q.id, q.want.Range, p)
	return k
}

// ask asks the storage: whether p is still good, or for what is wanted if there is no p. It unpins p.
func (c *Cache) ask(ctx context.Context, q query, p *cachedPart) (*Object, error) {
	a := c.memory.ask(q.id, q.at)
	defer c.memory.done(a)
	defer c.memory.unpin(p)
	want := q.want
	if p != nil {
		want.IfNoneMatch, want.IfModifiedSince = p.version.etag, time.Time{}
	}
	obj, err := c.objects.Open(ctx, q.bucket, q.key, want)
	if err == nil && obj.NotModified && p != nil {
		return c.renewed(a, q, p), nil
	}
	c.misses.Add(1)
	switch {
	case err != nil:
		c.failed(a, q, err, p)
		return nil, err
	case obj.NotModified:
		c.memory.confirmed(a, q.want.IfNoneMatch)
		return obj, nil
	}
	v := newVersion(obj)
	current := c.memory.answered(a, v)
	if p != nil {
		c.disk.remove(newFileName(q.id, q.want.Range))
		if v.unmodified(q.want) {
			if obj.Body != nil {
				obj.Body.Close()
			}
			return v.notModified(), nil
		}
	}
	if current {
		c.record(a, q, obj, v)
	}
	return obj, nil
}

// renewed serves p, which the storage says is still good.
func (c *Cache) renewed(a *asking, q query, p *cachedPart) *Object {
	c.revalidated.Add(1)
	if c.memory.answered(a, p.version) {
		c.memory.keep(q.id, q.want.Range, p)
	}
	if p.version.unmodified(q.want) {
		return p.version.notModified()
	}
	c.memory.pin(p)
	return newKeptBody(c.memory, p)
}

// failed forgets an object that is gone, or that p is no part of any more. Other errors say nothing about it.
func (c *Cache) failed(a *asking, q query, err error, p *cachedPart) {
	var outside *RangeError
	if errors.Is(err, fs.ErrNotExist) || p != nil && errors.As(err, &outside) {
		c.memory.forget(a)
		c.disk.remove(newFileName(q.id, q.want.Range))
	}
}

// head asks the storage about an object. The reader's conditions stay here: so more is learned.
func (c *Cache) head(ctx context.Context, q query) (*Object, error) {
	c.misses.Add(1)
	a := c.memory.ask(q.id, q.at)
	defer c.memory.done(a)
	obj, err := c.objects.Open(ctx, q.bucket, q.key, Want{HeadOnly: true})
	if err != nil {
		c.failed(a, q, err, nil)
		return nil, err
	}
	v := newVersion(obj)
	c.memory.answered(a, v)
	if v.unmodified(q.want) {
		return v.notModified(), nil
	}
	return obj, nil
}

// record has the body of obj remembered while it is read, if it is small enough and what was asked for.
func (c *Cache) record(a *asking, q query, obj *Object, v version) {
	if obj.Body == nil || obj.Size > c.config.MaxObject || v.text()+len(obj.ContentRange) > maxText ||
		parseRange(q.want.Range).answered(obj) != nil {
		return
	}
	p := c.memory.reserve(obj.Size)
	if p == nil {
		return
	}
	p.version, p.contentRange, p.want = v, strings.Clone(obj.ContentRange), obj.Size
	q.want.Range = strings.Clone(q.want.Range)
	b := &recordedBody{cache: c, asking: c.memory.again(a), query: q, from: obj.Body, part: p}
	if obj.Size == 0 {
		b.finish()
	}
	obj.Body = b
}
