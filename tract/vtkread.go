package tract

import (
	"errors"
	"io"
)

// vtkBatches are the lines of a file from its beginning.
type vtkBatches struct {
	file         *vtk
	at, to       int64         // lines
	offsets      numbersReader // nil before version 5
	end          int64         // offset of line at
	connectivity numbersReader
	used         int64 // numbers of it
	points       vtkRows
	lines        vtkRows // properties
	open         []numbersReader
	index        []int64
	ready        bool // index is that of line at
}

// read is [format]. Only the whole file is a part.
func (v *vtk) read(p Part) (batches, error) {
	r := &vtkBatches{file: v, to: min(v.lines, p.To)}
	if r.to <= 0 {
		return r, nil
	}
	err := r.start()
	if err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (r *vtkBatches) start() (err error) {
	v := r.file
	if r.connectivity, err = r.array(v.connectivity, 0); err != nil {
		return err
	}
	if v.offsets.rows > 0 {
		if r.offsets, err = r.array(v.offsets, 0); err != nil {
			return err
		}
		if r.index, err = r.offsets.integers(r.index[:0], 1); err != nil {
			return err
		}
		if r.end = r.index[0]; r.end != 0 {
			return invalid("the first line of the .vtk file begins with index %d, not 0: it is damaged", r.end)
		}
	}
	r.points = vtkRows{file: v, rows: v.points.rows}
	for _, a := range append([]vtkArray{v.points}, v.scalars...) {
		if err = r.column(&r.points, a, 0); err != nil {
			return err
		}
	}
	r.lines = vtkRows{file: v, rows: v.lines}
	for _, a := range v.properties {
		if err = r.column(&r.lines, a, v.before); err != nil {
			return err
		}
	}
	return nil
}

func (r *vtkBatches) array(a vtkArray, from int64) (numbersReader, error) {
	n, err := r.file.open(a, from)
	if err == nil {
		r.open = append(r.open, n)
	}
	return n, err
}

func (r *vtkBatches) column(rows *vtkRows, a vtkArray, from int64) error {
	n, err := r.array(a, from)
	rows.arrays, rows.readers = append(rows.arrays, a), append(rows.readers, n)
	return err
}

// batch is [batches].
func (r *vtkBatches) batch(b *Batch) error {
	points := 0
	for ; r.at < r.to && len(b.Counts) < batchLines; r.at++ {
		if err := r.next(); err != nil {
			return err
		}
		if len(b.Counts) > 0 && points+len(r.index) > BatchPoints {
			return nil
		}
		from := len(b.Points)
		var err error
		if b.Points, err = r.points.take(r.index, 0, 1, b.Points); err != nil {
			return err
		}
		if b.Scalars, err = r.points.take(r.index, 1, len(r.points.arrays), b.Scalars); err != nil {
			return err
		}
		if b.Properties, err = r.lines.take([]int64{r.at}, 0, len(r.lines.arrays), b.Properties); err != nil {
			return err
		}
		if r.file.flip {
			for i := from; i+2 < len(b.Points); i += 3 {
				b.Points[i], b.Points[i+1] = -b.Points[i], -b.Points[i+1]
			}
		}
		b.Positions, b.Counts = append(b.Positions, r.at), append(b.Counts, int32(len(r.index)))
		points += len(r.index)
		r.ready = false
	}
	if len(b.Counts) == 0 {
		return io.EOF
	}
	return nil
}

// next reads the indices of line at, unless that has been done.
func (r *vtkBatches) next() (err error) {
	if r.ready {
		return nil
	}
	from := r.offsets
	if from == nil {
		from = r.connectivity
		if r.used++; r.used > r.file.connectivity.rows {
			return r.damaged("is not there")
		}
	}
	if r.index, err = from.integers(r.index[:0], 1); err != nil {
		return err
	}
	n := r.index[0]
	if r.offsets != nil {
		n, r.end = n-r.end, n
	}
	switch {
	case n < 0:
		return r.damaged("has %d points", n)
	case n > r.file.connectivity.rows-r.used:
		return r.damaged("has %d points, more than the file", n)
	case n > MaxPoints || n*int64(r.points.width()) > maxValues:
		return r.damaged("has %d points, more than any real one", n)
	}
	r.used += n
	if r.index, err = r.connectivity.integers(r.index[:0], n); err != nil {
		return err
	}
	for _, i := range r.index {
		if i < 0 || i >= r.file.points.rows {
			return r.damaged("has point %d, but there are only %d", i, r.file.points.rows)
		}
	}
	r.ready = true
	return nil
}

func (r *vtkBatches) damaged(format string, args ...any) error {
	return invalid("line %s of the .vtk file "+format+": the file is damaged",
		append([]any{ordinal(r.at, r.file.lines)}, args...)...)
}

// notes is [batches].
func (*vtkBatches) notes() []string { return nil }

// close is [batches].
func (r *vtkBatches) close() error {
	var errs []error
	for _, n := range r.open {
		errs = append(errs, n.close())
	}
	return errors.Join(errs...)
}

// vtkRows are arrays whose rows belong together. They are read side by side as long as they are used in their order, and
// otherwise kept in memory.
type vtkRows struct {
	file    *vtk
	rows    int64
	arrays  []vtkArray
	readers []numbersReader
	at      []int64     // row of each reader
	loaded  [][]float32 // of each array
	one     []float32
}

func (v *vtkRows) width() int {
	n := 0
	for _, a := range v.arrays {
		n += a.width
	}
	return n
}

// take appends rows, with the numbers of the arrays from one to another side by side.
func (v *vtkRows) take(index []int64, from, to int, out []float32) ([]float32, error) {
	if from == to || len(index) == 0 {
		return out, nil
	}
	if v.at == nil {
		v.at, v.loaded = make([]int64, len(v.arrays)), make([][]float32, len(v.arrays))
	}
	start, width := len(out), 0
	for k := from; k < to; k++ {
		width += v.arrays[k].width
	}
	if to-from == 1 {
		return v.column(from, index, out)
	}
	out = append(out, make([]float32, width*len(index))...)
	for k := from; k < to; k++ {
		var err error
		if v.one, err = v.column(k, index, v.one[:0]); err != nil {
			return out, err
		}
		w := v.arrays[k].width
		for i := range index {
			copy(out[start+i*width:], v.one[i*w:][:w])
		}
		start += w
	}
	return out, nil
}

// column appends rows of one array.
func (v *vtkRows) column(k int, index []int64, out []float32) (_ []float32, err error) {
	n := int64(len(index))
	if v.loaded[k] == nil && index[0] == v.at[k] && index[n-1] == index[0]+n-1 && inOrder(index) {
		v.at[k] += n
		return v.readers[k].floats(out, n)
	}
	if v.loaded[k] == nil {
		if err = v.load(k); err != nil {
			return out, err
		}
	}
	w := int64(v.arrays[k].width)
	for _, i := range index {
		out = append(out, v.loaded[k][i*w:][:w]...)
	}
	return out, nil
}

func inOrder(index []int64) bool {
	for i, v := range index {
		if v != index[0]+int64(i) {
			return false
		}
	}
	return true
}

// load reads a whole array into memory.
func (v *vtkRows) load(k int) error {
	var size int64
	for _, a := range v.arrays {
		size += 4 * v.rows * int64(a.width)
	}
	if size > vtkLoaded {
		return invalid("the lines of the .vtk file use its points in any order, which is possible for %d MB of them at most: "+
			"write it with the points in the order of the lines, or as .trk or .tck", vtkLoaded>>20)
	}
	r, err := v.file.open(v.arrays[k], 0)
	if err != nil {
		return err
	}
	v.loaded[k], err = r.floats(nil, v.rows)
	return errors.Join(err, r.close())
}
