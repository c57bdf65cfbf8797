package tract

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
)

// window is how much of a file is held at once. It exceeds the longest row of a .trk file, 3 + 32,767 numbers.
const window = 1 << 18

// errEnd says that the file ends before the bytes that were asked for.
var errEnd = errors.New("end of file")

// An input is a file that is read from front to back.
type input struct {
	buf  *bufio.Reader
	body io.Closer // nil if there is nothing to close
	size int64     // of the whole file; -1 if unknown
	off  int64     // of the next byte
}

func newInput(r io.Reader, size int64) *input { return inputAt(r, 0, size, window) }

// inputAt returns the input of a file of which r gives what lies behind off, at once about buffer bytes of it.
func inputAt(r io.Reader, off, size int64, buffer int) *input {
	in := &input{size: max(size, -1), off: off}
	in.body, _ = r.(io.Closer)
	if size >= 0 {
		r = io.LimitReader(r, size-off)
	}
	in.buf = bufio.NewReaderSize(r, buffer)
	return in
}

func (in *input) close() error {
	if in.body == nil {
		return nil
	}
	return in.body.Close()
}

// left returns how many bytes follow; if that is not known, more than any file has.
func (in *input) left() int64 {
	if in.size < 0 {
		return math.MaxInt64
	}
	return in.size - in.off
}

// peek returns the next n bytes without using them up. If the file ends before, it returns
// what there is, and errEnd.
func (in *input) peek(n int) ([]byte, error) {
	b, err := in.buf.Peek(n)
	if err != nil {
		return b, in.cause(len(b), err)
	}
	return b, nil
}

// rows returns all whole rows of n bytes that are at hand, at least one. If the file ends
// before, the error is errEnd.
func (in *input) rows(n int) ([]byte, error) {
	if b, err := in.peek(n); err != nil {
		return b, err
	}
	return in.peek(in.buf.Buffered() / n * n)
}

// use moves past n bytes; what peek and rows have returned is void after it.
func (in *input) use(n int) {
	d, _ := in.buf.Discard(n) // cannot fail: they are in the buffer
	in.off += int64(d)
}

// skip moves past n bytes that need not be in the buffer.
func (in *input) skip(n int64) error {
	for n > 0 {
		d, err := in.buf.Discard(int(min(n, 1<<30))) // an int has 32 bits on some machines
		in.off += int64(d)
		n -= int64(d)
		if err != nil {
			return in.cause(0, err)
		}
	}
	return nil
}

// line returns the next line with its end.
func (in *input) line() ([]byte, error) {
	b, err := in.buf.ReadSlice('\n')
	in.off += int64(len(b))
	if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
		return b, in.cause(0, err)
	}
	return b, nil
}

// cause tells the end of the file from a source that failed; got bytes have been read behind off.
func (in *input) cause(got int, err error) error {
	at := in.off + int64(got)
	switch ended := err == io.EOF; { //nolint:errorlint // one that wraps io.EOF is a broken connection
	case ended && at >= in.size:
		return errEnd
	case ended:
		return fmt.Errorf("the source ended after %d of %d bytes: %w", at, in.size, io.ErrUnexpectedEOF)
	case errors.Is(err, ErrInvalid): // a sentence already
		return err
	case errors.Is(err, io.EOF): // must not pass for the end
		return fmt.Errorf("read at byte %d: %w (%s)", at, io.ErrUnexpectedEOF, err.Error())
	}
	return fmt.Errorf("read at byte %d: %w", at, err)
}
