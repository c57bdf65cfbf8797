package tract

import (
	"encoding/binary"
	"fmt"
	"io"
)

// ttBatches are the streamlines of a file from its beginning.
type ttBatches struct {
	file *tt
	scan *ttScan
	at   int64    // streamline
	to   int64    // behind the last
	next int      // points of streamline at; 0 if it is not read yet
	pos  [3]int32 // its first point
}

// read is [format]. Only the whole file is a part.
func (t *tt) read(p Part) (batches, error) {
	s, err := newTTScan(t.src)
	if err != nil {
		return nil, err
	}
	return &ttBatches{file: t, scan: s, to: p.To}, nil
}

// batch is [batches].
func (r *ttBatches) batch(b *Batch) error {
	points := 0
	for r.at < r.to && len(b.Counts) < batchLines {
		if r.next == 0 {
			if err := r.begin(); err != nil {
				return err // io.EOF, too
			}
		}
		if len(b.Counts) > 0 && points+r.next > BatchPoints {
			return nil
		}
		var err error
		if b.Points, err = r.line(b.Points); err != nil {
			return err
		}
		if c := r.file.cluster; c != nil {
			value := float32(0)
			if r.at < int64(len(c)) {
				value = c[r.at]
			}
			b.Properties = append(b.Properties, value)
		}
		b.Positions, b.Counts = append(b.Positions, r.at), append(b.Counts, int32(r.next))
		points += r.next
		r.next = 0
		r.at++
	}
	if len(b.Counts) == 0 {
		return io.EOF
	}
	return nil
}

// begin reads how many points the next streamline has, and the first.
func (r *ttBatches) begin() error {
	for !r.scan.isTrack() || r.scan.left == 0 {
		if err := r.scan.next(); err != nil {
			return err
		}
		if r.scan.isTrack() && r.scan.numbers.width != 1 {
			return invalid("the matrix %q of the .tt.gz file does not hold bytes", r.scan.name)
		}
	}
	if r.scan.left < ttHead {
		return r.damaged("does not fit into the matrix")
	}
	b, err := r.scan.peek(ttHead)
	if err != nil {
		return err
	}
	size := int64(binary.LittleEndian.Uint32(b))
	for k := range r.pos {
		r.pos[k] = int32(binary.LittleEndian.Uint32(b[4+4*k:]))
	}
	switch {
	case size == 0 || size%3 != 0:
		return r.damaged("has %d coordinates", size)
	case size > 3*MaxPoints:
		return r.damaged("has %d points, more than any real one", size/3)
	case size-3 > r.scan.left-ttHead:
		return r.damaged("has %d points, more than fit into the matrix", size/3)
	}
	r.next = int(size / 3)
	return r.scan.skip(ttHead)
}

// line appends the points of the streamline.
func (r *ttBatches) line(out []float32) ([]float32, error) {
	out = r.point(out)
	for left := 3 * (r.next - 1); left > 0; {
		b, err := r.scan.peek(min(left, streamBytes/3*3))
		if err != nil {
			return out, err
		}
		left -= len(b)
		n := int64(len(b))
		for ; len(b) >= 3; b = b[3:] {
			for k := range r.pos {
				r.pos[k] += int32(int8(b[k]))
			}
			out = r.point(out)
		}
		if err = r.scan.skip(n); err != nil {
			return out, err
		}
	}
	return out, nil
}

// point appends the position in RAS mm.
func (r *ttBatches) point(out []float32) []float32 {
	x, y, z := float64(r.pos[0])/ttUnit, float64(r.pos[1])/ttUnit, float64(r.pos[2])/ttUnit
	for _, m := range r.file.affine {
		out = append(out, float32(m[0]*x+m[1]*y+m[2]*z+m[3]))
	}
	return out
}

func (r *ttBatches) damaged(format string, args ...any) error {
	return invalid("streamline %d of the .tt.gz file "+format+": the file is damaged", append([]any{r.at + 1}, args...)...)
}

// notes is [batches].
func (r *ttBatches) notes() []string {
	if c := r.file.cluster; c != nil && r.at > int64(len(c)) {
		return []string{fmt.Sprintf("The file tells the cluster of %d streamlines only; the others count as cluster 0.", len(c))}
	}
	return nil
}

// close is [batches].
func (r *ttBatches) close() error { return r.scan.close() }
