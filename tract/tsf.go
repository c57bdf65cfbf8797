package tract

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// A tsfFile holds a scalar of the points of a .tck file: as many numbers as that has triplets, with marks at the same places
// (https://mrtrix.readthedocs.io/en/latest/getting_started/image_data.html#track-scalar-file-format-tsf). So the
// numbers of any part of the streamlines are where these are.
type tsfFile struct {
	tckForm

	name string
	src  Source
}

// openTSF opens a scalar of f.
func openTSF(name string, src Source, f *tckFile) (tsfFile, error) {
	s := tsfFile{name: name, src: src}
	size := src.Size()
	in := inputAt(rangeOf(src, 0, min(size, tckText)), 0, size, tckText)
	keys, err := readText(in, tsfMagic, "a .tsf file")
	if err == nil {
		s.tckForm, err = placeNumbers(keys, in, &Header{})
	}
	if err = errors.Join(err, in.close()); err != nil {
		return s, fmt.Errorf("scalars %q: %w", name, err)
	}
	n := (size - s.start) / int64(s.width)
	if want := f.triplets(); n < want-1 || n > want+1 { // one of the two may lack its end marker
		return s, s.mismatch(fmt.Sprintf("they are %d numbers with the delimiters, and the points %d", n, want))
	}
	return s, nil
}

func (s *tsfFile) mismatch(why string) error {
	return invalid("the scalars %q belong to other streamlines: %s", s.name, why)
}

// read begins to read at a number; about so many will be needed.
func (s *tsfFile) read(from, about int64) *tsf {
	at := s.start + from*int64(s.width)
	src := rangeOf(s.src, at, min((about+1)*int64(s.width), s.src.Size()-at))
	return &tsf{tsfFile: *s, in: inputAt(src, at, s.src.Size(), window)}
}

// A tsf reads scalars along with their streamlines.
type tsf struct {
	tsfFile

	in *input
}

// next returns the next number.
func (s *tsf) next() (float64, error) {
	b, err := s.in.peek(s.width)
	switch {
	case errors.Is(err, errEnd):
		return 0, s.mismatch("they end before the points do")
	case err != nil:
		return 0, fmt.Errorf("scalars %q: %w", s.name, err)
	}
	v := s.number(b)
	s.in.use(s.width)
	return v, nil
}

// line puts the numbers of the n points of a streamline that begins at triplet at into a column of rows. They must be between delimiters.
func (s *tsf) line(at int64, n int, rows []float32, column, width int) error {
	if err := s.reach(at); err != nil {
		return err
	}
	for i := range n {
		v, err := s.next()
		if err != nil {
			return err
		}
		if math.IsInf(v, 0) {
			return s.mismatch("they end before the points do")
		}
		rows[i*width+column] = float32(v)
	}
	v, err := s.next()
	switch {
	case errors.Is(err, ErrInvalid): // the file ends without its marks
		return nil
	case err == nil && isFinite(v):
		return s.mismatch(fmt.Sprintf("the streamline that ends at point %d has more numbers than points", at+int64(n)))
	}
	return err
}

// reach goes to a triplet, before which there are only delimiters.
func (s *tsf) reach(at int64) error {
	where := s.start + at*int64(s.width)
	err := s.in.skip(where - s.in.off)
	if errors.Is(err, errEnd) {
		return s.mismatch("they end before the points do")
	}
	return err
}

// addScalars appends the scalars of the n points at the end of b, a streamline at a position.
func (t *tck) addScalars(b *Batch, at, n int64) error {
	if len(t.scalars) == 0 {
		return nil
	}
	width, old := len(t.scalars), len(b.Scalars)
	b.Scalars = slices.Grow(b.Scalars, int(n)*width)[:old+int(n)*width]
	for k, s := range t.scalars {
		if err := s.line((at-t.start)/t.triplet(), int(n), b.Scalars[old:], k, width); err != nil {
			return err
		}
	}
	return nil
}
