package tract

import (
	"errors"
	"io"
)

// A Summary is what a tractogram holds.
type Summary struct {
	Header      Header
	Streamlines int64         // those that can be read; not always what the header counts
	Points      int64         // of all of them
	Bounds      [2][3]float64 // least and greatest coordinates in RAS mm; zero if there is no point
	Exact       bool          // false if the file was not read to its end
	Warnings    []string      // the header's among them
}

// Scan reads what is left of r and sums it up, in constant memory.
//
// If that fails, it returns the summary of what could be read, which is not Exact, and the error
// of [Reader.Next].
func Scan(r *Reader) (Summary, error) {
	sum := Summary{Header: r.Header()}
	for {
		s, err := r.Next()
		if err != nil {
			sum.Warnings = r.Warnings()
			sum.Exact = errors.Is(err, io.EOF)
			if sum.Exact {
				err = nil
			}
			return sum, err
		}
		sum.Bounds = enclose(sum.Bounds, s.Points, sum.Points == 0)
		sum.Streamlines++
		sum.Points += int64(len(s.Points) / 3)
	}
}

// enclose widens bounds so that points lie inside. The bounds of nothing are replaced.
func enclose(bounds [2][3]float64, points []float32, nothing bool) [2][3]float64 {
	if nothing && len(points) >= 3 {
		first := [3]float64{float64(points[0]), float64(points[1]), float64(points[2])}
		bounds = [2][3]float64{first, first}
	}
	for k := range 3 {
		low, high := float32(bounds[0][k]), float32(bounds[1][k])
		for i := k; i < len(points); i += 3 {
			if p := points[i]; p < low {
				low = p
			} else if p > high {
				high = p
			}
		}
		bounds[0][k], bounds[1][k] = float64(low), float64(high)
	}
	return bounds
}
