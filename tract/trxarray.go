package tract

import (
	"bufio"
	"errors"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
)

// An array is a member of a .trx file that holds rows of numbers.
type array struct {
	*member
	name    string // without folder, components and type
	numbers numberType
	width   int  // numbers in a row
	big     bool // the most significant byte of a number comes first
}

// row is the length of a row in bytes.
func (a array) row() int64 { return int64(a.width * a.numbers.width) }

// parseArray reads what the name of a member says: dpv/<name>.<components>.<type> or without components, which are
// 0 then. It fails if that is no type of numbers.
func parseArray(m *member) (a array, ok bool) {
	base := path.Base(m.name)
	ext := path.Ext(base)
	a = array{member: m, name: strings.TrimSuffix(base, ext)}
	a.numbers, ok = numberTypes[strings.TrimSpace(strings.TrimPrefix(ext, "."))]
	if c := path.Ext(a.name); ok && len(c) > 1 && c != a.name {
		if n, err := strconv.ParseUint(c[1:], 10, 16); err == nil && n > 0 {
			a.name, a.width = strings.TrimSuffix(a.name, c), int(n)
		}
	}
	return a, ok
}

// streamBytes is how much of an array is held at once.
const streamBytes = 1 << 16

// A stream gives the rows of an array in their order. The zero stream has none.
type stream struct {
	array
	body io.ReadCloser
	buf  *bufio.Reader
}

// open begins to read rows n of the array at row from, through file.
func (a array) open(file Source, from, n int64) (*stream, error) {
	s := &stream{array: a}
	if n == 0 {
		return s, nil
	}
	body, err := a.openIn(file, from*a.row(), n*a.row())
	if err != nil {
		return nil, err
	}
	s.body, s.buf = body, bufio.NewReaderSize(body, int(min(streamBytes, n*a.row()+16)))
	return s, nil
}

// each calls use with the bytes of the next n numbers, piece by piece.
func (s *stream) each(n int64, use func(b []byte)) error {
	for left := n * int64(s.numbers.width); left > 0; {
		if s.buf == nil {
			return invalid("%s is shorter than it should be", s.title())
		}
		b, err := s.buf.Peek(int(min(left, int64(s.buf.Size()/16*16))))
		b = b[:len(b)/s.numbers.width*s.numbers.width]
		if len(b) == 0 {
			if errors.Is(err, io.EOF) {
				return invalid("%s is shorter than it should be", s.title())
			}
			return err
		}
		if s.big {
			swap(b, s.numbers.width)
		}
		use(b)
		left -= int64(len(b))
		s.buf.Discard(len(b)) //nolint:errcheck // they are in the buffer
	}
	return nil
}

// swap reverses the bytes of each number in b.
func swap(b []byte, width int) {
	for ; len(b) >= width; b = b[width:] {
		slices.Reverse(b[:width])
	}
}

// floats appends the next n rows.
func (s *stream) floats(out []float32, n int64) ([]float32, error) {
	err := s.each(n*int64(s.width), func(b []byte) { out = s.numbers.floats(out, b) })
	return out, err
}

// integers appends the next n rows.
func (s *stream) integers(out []int64, n int64) ([]int64, error) {
	err := s.each(n*int64(s.width), func(b []byte) {
		for ; len(b) > 0; b = b[s.numbers.width:] {
			out = append(out, s.numbers.integer(b))
		}
	})
	return out, err
}

func (s *stream) close() error {
	if s == nil || s.body == nil {
		return nil
	}
	return s.body.Close()
}
