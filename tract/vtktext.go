package tract

import (
	"bufio"
	"errors"
	"io"
	"strconv"
)

// A vtkWords reader gives the numbers of an array in text.
type vtkWords struct {
	array vtkArray
	body  io.ReadCloser
	buf   *bufio.Reader
	word  []byte
}

// vtkWord is how long a number may be.
const vtkWord = 64

func openVTKText(src Source, a vtkArray, from int64) (numbersReader, error) {
	body, err := src.Open(a.off, src.Size()-a.off)
	if err != nil {
		return nil, err
	}
	w := &vtkWords{array: a, body: body, buf: bufio.NewReaderSize(&whole{body: body, left: src.Size() - a.off}, streamBytes)}
	for range from * int64(a.width) {
		if err = w.next(); err != nil {
			body.Close()
			return nil, err
		}
	}
	return w, nil
}

// next reads a word.
func (w *vtkWords) next() error {
	w.word = w.word[:0]
	for {
		c, err := w.buf.ReadByte()
		switch {
		case errors.Is(err, io.EOF) && len(w.word) > 0:
			return nil
		case err != nil:
			return vtkEnd(err)
		case c <= ' ' && len(w.word) > 0:
			return nil
		case len(w.word) == vtkWord:
			return w.bad()
		case c > ' ':
			w.word = append(w.word, c)
		}
	}
}

func (w *vtkWords) bad() error {
	return invalid("the part %.60q of the .vtk file has %.40q where a number should be", w.array.name, w.word)
}

// floats is [numbersReader].
func (w *vtkWords) floats(out []float32, n int64) ([]float32, error) {
	for range n * int64(w.array.width) {
		if err := w.next(); err != nil {
			return out, err
		}
		x, err := strconv.ParseFloat(string(w.word), 32)
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			return out, w.bad()
		}
		out = append(out, float32(x))
	}
	return out, nil
}

// integers is [numbersReader].
func (w *vtkWords) integers(out []int64, n int64) ([]int64, error) {
	for range n * int64(w.array.width) {
		if err := w.next(); err != nil {
			return out, err
		}
		x, err := strconv.ParseInt(string(w.word), 10, 64)
		if err != nil {
			return out, w.bad()
		}
		out = append(out, x)
	}
	return out, nil
}

func (w *vtkWords) close() error { return w.body.Close() }
