package tract

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"strings"
)

// A ttScan goes through the matrices of a file
// (https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf, level 4).
type ttScan struct {
	body    io.Closer
	packed  *watched
	buf     *bufio.Reader
	name    string // of the matrix that it is in; empty before the first
	numbers numberType
	big     bool
	left    int64 // bytes of the matrix
	passed  int64 // bytes that were read
}

// ttTypes are the types of matrices by the third digit of what they say of themselves.
//
//nolint:gochecknoglobals // a constant, as far as Go has constant tables
var ttTypes = [6]numberType{{floating, 8}, {floating, 4}, {signed, 4}, {signed, 2}, {unsigned, 2}, {unsigned, 1}}

func newTTScan(src Source) (*ttScan, error) {
	body, err := src.Open(0, src.Size())
	if err != nil {
		return nil, err
	}
	s := &ttScan{body: body, packed: &watched{Reader: &whole{body: body, left: src.Size()}}}
	plain, err := gzip.NewReader(bufio.NewReaderSize(s.packed, streamBytes))
	if err != nil {
		body.Close()
		return nil, s.explain(err)
	}
	s.buf = bufio.NewReaderSize(plain, streamBytes)
	return s, nil
}

func (s *ttScan) close() error { return s.body.Close() }

// explain tells what an error of the decompressor means.
func (s *ttScan) explain(err error) error {
	switch {
	case s.packed.failed != nil:
		return s.packed.failed
	case errors.Is(err, gzip.ErrHeader):
		return invalid("the .tt.gz file is not compressed with gzip")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return invalid("the .tt.gz file ends in the middle: it is truncated")
	}
	return invalid("the .tt.gz file cannot be uncompressed (%s): it is damaged", err)
}

// next goes to the next matrix. It returns io.EOF after the last.
func (s *ttScan) next() error {
	if err := s.skip(s.left); err != nil {
		return err
	}
	b, err := s.buf.Peek(20)
	if len(b) == 0 && errors.Is(err, io.EOF) && s.packed.failed == nil && s.name != "" {
		return io.EOF
	}
	if err != nil {
		return s.explain(err)
	}
	var order binary.ByteOrder = binary.LittleEndian
	if s.big = order.Uint32(b) > 9999; s.big {
		order = binary.BigEndian
	}
	kind, rows, columns := order.Uint32(b), int64(order.Uint32(b[4:])), int64(order.Uint32(b[8:]))
	imaginary, length := order.Uint32(b[12:]), int(order.Uint32(b[16:]))
	digits := [4]uint32{kind / 1000, kind / 100 % 10, kind / 10 % 10, kind % 10} // MOPT
	if kind > 9999 || digits[0] > 1 || digits[1] != 0 || digits[2] > 5 || digits[3] > 1 || imaginary > 1 ||
		length > ttShort || rows > math.MaxInt32 || columns > math.MaxInt32 || digits[0] == 1 != s.big {
		return invalid("the .tt.gz file has something else where a matrix of Matlab 4 should be: it is damaged")
	}
	s.buf.Discard(20) //nolint:errcheck // they are in the buffer
	if b, err = s.buf.Peek(length); err != nil {
		return s.explain(err)
	}
	s.name = strings.TrimSpace(string(bytes.TrimRight(b, "\x00")))
	s.buf.Discard(length) //nolint:errcheck // they are in the buffer
	s.passed += int64(20 + length)
	s.numbers = ttTypes[digits[2]]
	cells := rows * columns // below 2^62
	if cells > math.MaxInt64/32 {
		return invalid("the .tt.gz file has a matrix of %d × %d numbers: it is damaged", rows, columns)
	}
	s.left = cells * int64(s.numbers.width) * int64(1+imaginary)
	return nil
}

func (s *ttScan) skip(n int64) error {
	for n > 0 {
		d, err := s.buf.Discard(int(min(n, 1<<30)))
		n -= int64(d)
		s.left -= int64(d)
		s.passed += int64(d)
		if err != nil {
			return s.explain(err)
		}
	}
	return nil
}

// peek returns the next n bytes of the matrix, which has them. They are void after the next use of s.
func (s *ttScan) peek(n int) ([]byte, error) {
	b, err := s.buf.Peek(n)
	if err != nil {
		return nil, s.explain(err)
	}
	return b, nil
}

// numbersLeft returns the rest of the matrix.
func (s *ttScan) numbersLeft() (out []float32, err error) {
	for s.left >= int64(s.numbers.width) {
		b, err := s.peek(int(min(s.left, streamBytes)) / s.numbers.width * s.numbers.width)
		if err != nil {
			return nil, err
		}
		if s.big {
			swap(b, s.numbers.width)
		}
		out = s.numbers.floats(out, b)
		if err = s.skip(int64(len(b))); err != nil {
			return nil, err
		}
	}
	return out, nil
}
