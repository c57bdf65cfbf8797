package xfm

import (
	"math"
	"strconv"
	"strings"
)

// maxLines is how many lines of a text are looked at; no linear transform has as many.
const maxLines = 1 << 12

// readPlain reads twelve or sixteen numbers, row by row. In a .mat file sixteen are FLIRT's.
func readPlain(name, text string) (Transform, error) {
	rows, err := numberRows(text)
	if err != nil {
		return Transform{}, err
	}
	m, err := matrixOf(rows)
	if err != nil {
		return Transform{}, err
	}
	if strings.HasSuffix(name, ".mat") {
		return Transform{Format: FSL, Matrix: m, Scaled: true}, nil
	}
	return Transform{Format: Plain, Matrix: m, Warnings: []string{
		"The file does not say in which direction it goes, nor between which coordinates: it is taken for a matrix of RAS millimeters.",
	}}, nil
}

// numberRows reads the lines of a text of nothing but numbers; "#" and "%" begin comments.
func numberRows(text string) ([][]float64, error) {
	var out [][]float64
	lines := 0
	for line := range strings.Lines(text) {
		if lines++; lines > maxLines {
			return nil, invalid("the text has more than %d lines", maxLines)
		}
		if at := strings.IndexAny(line, "#%"); at >= 0 {
			line = line[:at]
		}
		row, err := numbers(line)
		if err != nil {
			return nil, err
		}
		if len(row) > 0 {
			out = append(out, row)
		}
	}
	return out, nil
}

// maxRow is the most numbers on a line: the parameters of any transform that is read, and more.
const maxRow = 64

func numbers(line string) ([]float64, error) {
	var out []float64
	for word := range strings.FieldsFuncSeq(line, func(r rune) bool { return strings.ContainsRune(" \t\r\n,;", r) }) {
		v, err := strconv.ParseFloat(word, 64)
		if err != nil || !finite(v) {
			return nil, invalid("expected a number, got %s", excerpt(word))
		}
		if len(out) == maxRow {
			return nil, invalid("a line holds more than %d numbers, which no linear transform has", maxRow)
		}
		out = append(out, v)
	}
	return out, nil
}

func excerpt(s string) string {
	const most = 40
	if len(s) > most {
		return strconv.Quote(s[:most]) + " …"
	}
	return strconv.Quote(s)
}

// matrixOf makes a matrix of the rows of a 3×4 or 4×4 one, or of all its numbers in one row.
func matrixOf(rows [][]float64) (Matrix, error) {
	flat := make([]float64, 0, 16)
	for _, row := range rows {
		if len(row) != 4 && len(rows) > 1 {
			return Matrix{}, invalid("expected a matrix of 3 or 4 rows with 4 numbers each, got a row with %d", len(row))
		}
		if flat = append(flat, row...); len(flat) > 16 {
			break
		}
	}
	if len(flat) != 12 && len(flat) != 16 {
		return Matrix{}, invalid("expected twelve or sixteen numbers, got %d in %d rows", len(flat), len(rows))
	}
	var m Matrix
	for i := range m {
		copy(m[i][:], flat[4*i:])
	}
	if len(flat) == 16 {
		return m, affineRow(m, [4]float64(flat[12:]))
	}
	return m, nil
}

// affineRow checks the fourth row of a matrix.
func affineRow(m Matrix, last [4]float64) error {
	const rounding = 1e-6 // of files with six digits
	affine := func(v [4]float64) bool {
		return math.Abs(v[3]-1) <= rounding && math.Abs(v[0]) <= rounding && math.Abs(v[1]) <= rounding && math.Abs(v[2]) <= rounding
	}
	switch {
	case affine(last):
		return nil
	case affine([4]float64{m[0][3], m[1][3], m[2][3], last[3]}):
		return invalid("the matrix is transposed: its translation is in the last row, and belongs in the last column")
	}
	return invalid("the last row of the matrix is %g %g %g %g and not 0 0 0 1, so it is not affine", last[0], last[1], last[2], last[3])
}
