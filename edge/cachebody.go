package edge

import (
	"errors"
	"io"
	"io/fs"
)

// A keptBody is a body that is in memory. Its part stays there until it is closed.
type keptBody struct {
	object Object
	memory *cacheMemory
	part   *cachedPart // nil when closed
	rest   []byte      // of the part, not yet read
}

// newKeptBody returns the answer that p is. p has been pinned for it.
func newKeptBody(m *cacheMemory, p *cachedPart) *Object {
	b := &keptBody{memory: m, part: p, rest: p.data}
	b.object = Object{
		Body: b, Size: int64(len(p.data)), ContentRange: p.contentRange, ETag: p.version.etag, LastModified: p.version.modified,
		ContentType: p.version.contentType, ContentEncoding: p.version.contentEncoding,
	}
	return &b.object
}

func (b *keptBody) Read(p []byte) (int, error) {
	switch {
	case b.part == nil:
		return 0, fs.ErrClosed
	case len(b.rest) == 0:
		return 0, io.EOF
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

func (b *keptBody) Close() error {
	b.memory.unpin(b.part)
	b.part, b.rest = nil, nil
	return nil
}

// A recordedBody is a body of the storage that is remembered once all of it has been read. The reader gets each
// piece as it comes.
type recordedBody struct {
	cache  *Cache
	asking *asking
	query  query
	from   io.ReadCloser
	part   *cachedPart // nil once it is kept or given up
}

// Read reads on. A body that ends early is [io.ErrUnexpectedEOF].
func (b *recordedBody) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	if b.part == nil {
		return n, err
	}
	left := b.part.want - int64(len(b.part.data))
	ended := errors.Is(err, io.EOF)
	switch {
	case ended && int64(n) < left:
		b.giveUp()
		return n, io.ErrUnexpectedEOF
	case int64(n) > left || err != nil && !ended:
		b.giveUp()
		return n, err
	}
	b.part.data = append(b.part.data, p[:n]...)
	if int64(n) == left {
		b.finish()
	}
	return n, err
}

// Close stops the reading.
func (b *recordedBody) Close() error {
	b.giveUp()
	return b.from.Close()
}

// finish keeps the body, unless the object is known to be another by now.
func (b *recordedBody) finish() {
	c, p := b.cache, b.part
	if c.disk != nil {
		p.file = newFileName(b.query.id, b.query.want.Range)
	}
	if c.memory.keep(b.query.id, b.query.want.Range, p) {
		c.disk.save(p)
	}
	b.giveUp()
}

// giveUp remembers no more.
func (b *recordedBody) giveUp() {
	if b.part == nil {
		return
	}
	b.cache.memory.unpin(b.part)
	b.cache.memory.done(b.asking)
	b.part = nil
}
