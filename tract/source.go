package tract

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// ErrChanged is wrapped by the error of a read that met another version of the file than the reads before.
var ErrChanged = errors.New("the file was changed while it was being read")

// A Source is a file that is read in parts. It is safe for concurrent use.
type Source interface {
	// Size is that of the whole file in bytes.
	Size() int64

	// Open begins to read n bytes at off, all of which lie in the file. What it returns gives these bytes and then
	// io.EOF, or an error that is not io.EOF; one that wraps [ErrChanged] if the file is another by now.
	Open(off, n int64) (io.ReadCloser, error)
}

// Bytes is a Source in memory.
type Bytes []byte

// Size is [Source].
func (b Bytes) Size() int64 { return int64(len(b)) }

// Open is [Source].
func (b Bytes) Open(off, n int64) (io.ReadCloser, error) {
	if off < 0 || n < 0 || off+n > b.Size() {
		return nil, fmt.Errorf("read %d bytes at %d of %d: %w", n, off, len(b), io.ErrUnexpectedEOF)
	}
	return io.NopCloser(bytes.NewReader(b[off:][:n])), nil
}
