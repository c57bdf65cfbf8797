package xfm

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
)

// readITKText reads "#Insight Transform File V1.0": lines "Transform:", "Parameters:" and "FixedParameters:".
func readITKText(text string) (Transform, error) {
	var steps []itkStep
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok || strings.HasPrefix(key, "#") {
			continue
		}
		value = strings.TrimSpace(value)
		if key == "Transform" {
			if err := admit(len(steps), value); err != nil {
				return Transform{}, err
			}
			steps = append(steps, itkStep{class: value})
			continue
		}
		if len(steps) == 0 || key != "Parameters" && key != "FixedParameters" {
			continue
		}
		step := &steps[len(steps)-1]
		row, err := numbers(value)
		if err != nil {
			return Transform{}, err
		}
		if key == "Parameters" {
			step.params = row
		} else {
			step.fixed = row
		}
	}
	return fromITK(steps)
}

// matlabHeader is the size of what precedes the name of a matrix in a MATLAB 4 file: five numbers of 4 bytes, the type
// (1000 × byte order + 10 × precision; 100 × row by row, as VXL has it), rows, columns, imaginary, length of the name.
const matlabHeader = 20

// matlabOrder returns the byte order and the type of the matrix at the begin of content.
func matlabOrder(content []byte) (order binary.ByteOrder, kind uint32, ok bool) {
	if len(content) < matlabHeader {
		return nil, 0, false
	}
	if kind = binary.LittleEndian.Uint32(content); kind < 1000 {
		return binary.LittleEndian, kind, true
	}
	kind = binary.BigEndian.Uint32(content)
	return binary.BigEndian, kind, kind >= 1000 && kind < 2000
}

// isMATLAB4 says whether content begins with the header of a matrix that has a plausible name.
func isMATLAB4(content []byte) bool {
	order, kind, ok := matlabOrder(content)
	if !ok || kind%10 != 0 {
		return false
	}
	n := int64(order.Uint32(content[16:]))
	return n > 1 && n <= 128 && int64(len(content)) >= matlabHeader+n && bytes.IndexByte(content[matlabHeader:][:n], 0) == int(n-1)
}

// readITKMATLAB reads a MATLAB 4 file as ITK and ANTs write it: for each transform a matrix that has the class as its
// name and the parameters as values, and one called "fixed" (itkMatlabTransformIO.cxx).
func readITKMATLAB(content []byte) (Transform, error) {
	var steps []itkStep
	for len(content) > 0 {
		if !isMATLAB4(content) {
			return Transform{}, invalid("the MATLAB 4 file is damaged: it has %d bytes after its last matrix", len(content))
		}
		name, values, rest, err := matlabMatrix(content)
		if err != nil {
			return Transform{}, err
		}
		content = rest
		switch {
		case name != "fixed":
			if err := admit(len(steps), name); err != nil {
				return Transform{}, err
			}
			steps = append(steps, itkStep{class: name, params: values})
		case len(steps) == 0:
			return Transform{}, invalid(`the MATLAB 4 file has a matrix "fixed" before any transform`)
		default:
			steps[len(steps)-1].fixed = values
		}
	}
	return fromITK(steps)
}

// matlabMatrix reads the first matrix of content, whose header isMATLAB4 has seen; all of it must be there.
func matlabMatrix(content []byte) (name string, values []float64, rest []byte, err error) {
	order, kind, _ := matlabOrder(content)
	rows, columns := int64(order.Uint32(content[4:])), int64(order.Uint32(content[8:]))
	n := int64(order.Uint32(content[16:]))
	name, rest = string(content[matlabHeader:][:n-1]), content[matlabHeader+n:]
	if err := admit(0, name); err != nil {
		return "", nil, nil, err
	}
	width := int64(8)
	switch kind / 10 % 10 {
	case 0:
	case 1:
		width = 4
	default:
		return "", nil, nil, invalid("the matrix %s of the MATLAB 4 file holds neither float32 nor float64", excerpt(name))
	}
	if order.Uint32(content[12:]) != 0 || rows > maxRow || columns > maxRow || rows*columns > maxRow {
		return "", nil, nil, invalid("the matrix %s of the MATLAB 4 file is complex or larger than any linear transform", excerpt(name))
	}
	if int64(len(rest)) < rows*columns*width {
		return "", nil, nil, invalid("the MATLAB 4 file ends within the matrix %s", excerpt(name))
	}
	for range rows * columns {
		values = append(values, float(order, rest[:width]))
		rest = rest[width:]
	}
	return name, values, rest, nil
}

// float reads a float32 or float64, whichever raw has the size of.
func float(order binary.ByteOrder, raw []byte) float64 {
	if len(raw) == 4 {
		return float64(math.Float32frombits(order.Uint32(raw)))
	}
	return math.Float64frombits(order.Uint64(raw))
}
