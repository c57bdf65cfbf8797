package tract

import (
	"bufio"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
)

// A member is one of the files of a .trx tractogram: an entry of an archive, or a file of its own. It is safe for
// concurrent use.
type member struct {
	name      string // path in the tractogram, with slashes
	size      int64  // of its contents in bytes
	file      Source // that has it
	method    int    // of compression
	encrypted bool
	local     int64 // where its header is in file; -1 if it is the whole file
	packed    int64 // length in file

	mu    sync.Mutex
	begin int64 // of its data in file; 0 if not known yet
}

// random reports whether any part of the member can be read without what is before.
func (m *member) random() bool { return m.method == zipStored }

// open begins to read n bytes of the contents at off. What it returns fails, and does not end, if there are fewer;
// errors wrap [ErrInvalid] or are those of the Source.
func (m *member) open(off, n int64) (io.ReadCloser, error) { return m.openIn(m.file, off, n) }

// openIn is open with another Source of the same bytes.
func (m *member) openIn(file Source, off, n int64) (io.ReadCloser, error) {
	if off < 0 || n < 0 || off > m.size-n {
		return nil, invalid("%s has only %d bytes", m.title(), m.size)
	}
	begin, err := m.where(file)
	if err != nil || n == 0 {
		return io.NopCloser(&io.LimitedReader{}), err
	}
	if m.random() {
		return openWhole(file, begin+off, n)
	}
	body, err := file.Open(begin, m.packed)
	if err != nil {
		return nil, err
	}
	return inflate(m, body, off, n)
}

func (m *member) title() string { return fmt.Sprintf("the part %.100q of the file", m.name) }

// where returns the offset of the member's data in file.
func (m *member) where(file Source) (int64, error) {
	if m.local < 0 {
		return 0, nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.begin > 0 {
		return m.begin, nil
	}
	switch {
	case m.encrypted:
		return 0, invalid("%s is encrypted", m.title())
	case m.method != zipStored && m.method != zipDeflated:
		return 0, invalid("%s is compressed in a way that .trx files are not (method %d)", m.title(), m.method)
	case m.method == zipStored && m.packed != m.size:
		return 0, invalid("%s has two lengths, %d and %d bytes: the archive is damaged", m.title(), m.packed, m.size)
	}
	var b [zipLocalSize]byte
	if err := readAt(file, b[:], m.local); err != nil {
		return 0, err
	}
	begin := m.local + zipLocalSize + int64(binary.LittleEndian.Uint16(b[26:])) + int64(binary.LittleEndian.Uint16(b[28:]))
	if binary.LittleEndian.Uint32(b[:]) != zipLocal || m.packed > file.Size()-begin {
		return 0, invalid("%s is not where the archive says: it is damaged or truncated", m.title())
	}
	m.begin = begin
	return begin, nil
}

// read returns the whole contents, which may not be longer than limit.
func (m *member) read(limit int64) ([]byte, error) {
	if m.size > limit {
		return nil, invalid("%s has %d bytes, and no real one has more than %d", m.title(), m.size, limit)
	}
	body, err := m.open(0, m.size)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(body) // as long as promised, or an error
}

// whole passes on what a source gives, and an error if that ends early.
type whole struct {
	body io.ReadCloser
	left int64
}

func openWhole(src Source, off, n int64) (io.ReadCloser, error) {
	body, err := src.Open(off, n)
	if err != nil {
		return nil, err
	}
	return &whole{body: body, left: n}, nil
}

// Read is [io.Reader].
func (w *whole) Read(p []byte) (int, error) {
	if w.left == 0 {
		return 0, io.EOF
	}
	n, err := w.body.Read(p[:min(int64(len(p)), w.left)])
	w.left -= int64(n)
	if err != nil && w.left > 0 {
		return n, sourceError(err)
	}
	return n, nil
}

// Close is [io.Closer].
func (w *whole) Close() error { return w.body.Close() }

// sourceError is the error of a source that did not give what it promised; it does not wrap [io.EOF].
func sourceError(err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("the source ended early: %w", io.ErrUnexpectedEOF)
	}
	return fmt.Errorf("read: %w", err)
}

// A watched reader remembers its error, which a decompressor may not pass on as it is.
type watched struct {
	io.Reader
	failed error // that is not io.EOF
}

// Read is [io.Reader].
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if err != nil && err != io.EOF {
		w.failed = err
	}
	return n, err
}

// An inflating reader gives a part of a deflated member.
type inflating struct {
	member *member
	body   io.Closer
	packed *watched
	plain  io.ReadCloser
	left   int64
}

func inflate(m *member, body io.ReadCloser, off, n int64) (io.ReadCloser, error) {
	packed := &watched{Reader: &whole{body: body, left: m.packed}}
	r := &inflating{member: m, body: body, packed: packed, left: off + n}
	r.plain = flate.NewReader(bufio.NewReaderSize(packed, 1<<16))
	if _, err := io.CopyN(io.Discard, r, off); err != nil {
		body.Close()
		return nil, err
	}
	return r, nil
}

// Read is [io.Reader].
func (r *inflating) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n, err := r.plain.Read(p[:min(int64(len(p)), r.left)])
	r.left -= int64(n)
	switch {
	case err == nil, r.left == 0:
		return n, nil
	case r.packed.failed != nil:
		return n, r.packed.failed
	}
	return n, invalid("%s cannot be uncompressed to the length it should have: the archive is damaged or truncated", r.member.title())
}

// Close is [io.Closer].
func (r *inflating) Close() error { return r.body.Close() }
