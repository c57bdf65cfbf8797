package tract

import (
	"bufio"
	"compress/gzip"
	"io"
)

// A trkGZ is a .trk file that is compressed as a whole. It can only be read from its beginning.
type trkGZ struct{ src Source }

func openTRKGZ(in Input, h *Header) (format, error) {
	z := &inflater{src: in.Source}
	_, err := readTRKHeader(inputAt(z, 0, -1, trkHeaderSize), h)
	if err != nil {
		_ = z.Close()
		return nil, err
	}
	return &trkGZ{src: in.Source}, z.Close()
}

func (f *trkGZ) over(wrap func(Source) Source) format { return &trkGZ{wrap(f.src)} }

func (f *trkGZ) layout() layout { return layout{} }

func (f *trkGZ) group(int) ([]uint32, error) { return nil, nil }

func (f *trkGZ) vertices() (points, streamlines int64, ok bool) { return 0, 0, false }

func (f *trkGZ) read(p Part) (batches, error) {
	in := newInput(&inflater{src: f.src}, -1)
	form, err := readTRKHeader(in, &Header{Affine: identity()})
	if err != nil {
		_ = in.close()
		return nil, err
	}
	return &trk{trkForm: form, in: in, to: p.To, whole: true}, nil
}

// An inflater unpacks a Source that is compressed with gzip. It tells damage of the file from a Source that fails.
type inflater struct {
	src Source
	raw *remembering
	z   *gzip.Reader
}

// remembering keeps the error of a reader.
type remembering struct {
	*ranged

	err error
}

// Read is [io.Reader].
func (r *remembering) Read(p []byte) (int, error) {
	n, err := r.ranged.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // ranged gives io.EOF itself
		r.err = err
	}
	return n, err
}

// Read is [io.Reader].
func (i *inflater) Read(p []byte) (int, error) {
	if i.z == nil {
		if err := i.begin(); err != nil {
			return 0, err
		}
	}
	n, err := i.z.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // gzip gives io.EOF itself
		return n, i.explain("the compressed data are damaged, or the file is truncated")
	}
	return n, err
}

func (i *inflater) begin() (err error) {
	size := i.src.Size()
	if size == 0 {
		return invalid("the file is empty (0 bytes)")
	}
	i.raw = &remembering{ranged: rangeOf(i.src, 0, size)}
	if i.z, err = gzip.NewReader(bufio.NewReaderSize(i.raw, window)); err != nil {
		return i.explain("the file is not compressed with gzip, although its name says so")
	}
	return nil
}

// explain returns the error of the Source, or else a sentence on the file.
func (i *inflater) explain(sentence string) error {
	if i.raw.err != nil {
		return i.raw.err
	}
	return invalid("%s", sentence)
}

// Close closes the Source.
func (i *inflater) Close() error {
	if i.raw == nil {
		return nil
	}
	return i.raw.Close()
}
