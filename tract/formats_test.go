package tract_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"ngportal/tract"
)

// A content is all that a part of a tractogram holds, streamline by streamline.
type content struct {
	Positions                   []int64
	Bundles                     []uint16
	Points, Scalars, Properties [][]float32
}

// contents reads a part of f.
func contents(f *tract.File, p tract.Part) (c content, warnings []string, err error) {
	r, err := f.Read(p)
	if err != nil {
		return c, nil, err
	}
	defer r.Close()
	scalars, properties := width(f.Header().Scalars), width(f.Header().Properties)
	for {
		var b tract.Batch
		if err = r.ReadBatch(&b); errors.Is(err, io.EOF) {
			return c, r.Warnings(), nil
		}
		if err != nil {
			return c, nil, err
		}
		c.Positions, c.Bundles = append(c.Positions, b.Positions...), append(c.Bundles, b.Bundles...)
		for i, n := range b.Counts {
			c.Points = append(c.Points, b.Points[:3*n])
			c.Scalars = append(c.Scalars, b.Scalars[:int(n)*scalars])
			c.Properties = append(c.Properties, b.Properties[i*properties:][:properties])
			b.Points, b.Scalars = b.Points[3*n:], b.Scalars[int(n)*scalars:]
		}
		if len(b.Points) > 0 || len(b.Scalars) > 0 {
			return c, nil, errors.New("a batch has more points than its streamlines")
		}
	}
}

// openAll opens and reads a tractogram.
func openAll(in tract.Input) (f *tract.File, c content, warnings []string, err error) {
	if f, err = tract.Open(in); err != nil {
		return nil, c, nil, err
	}
	c, warnings, err = contents(f, f.All())
	return f, c, warnings, err
}

func mustOpenAll(t *testing.T, in tract.Input) (*tract.File, content, []string) {
	t.Helper()
	f, c, warnings, err := openAll(in)
	if err != nil {
		t.Fatal(err)
	}
	return f, c, warnings
}

func counts(lines [][]float32) []uint32 {
	var out []uint32
	for _, l := range lines {
		out = append(out, uint32(len(l)/3))
	}
	return out
}

// numbers writes values of one type, little-endian.
func numbers[T any](values ...T) []byte {
	b, err := binary.Append(nil, binary.LittleEndian, values)
	if err != nil {
		panic(err)
	}
	return b
}

// A part is a file of an archive.
type part struct {
	name   string
	data   []byte
	method uint16
}

// archive is a zip archive, written by Go's own package.
func archive(parts ...part) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range parts {
		w, err := z.CreateHeader(&zip.FileHeader{Name: p.name, Method: p.method})
		if err != nil {
			panic(err)
		}
		_, _ = w.Write(p.data) // to memory
	}
	z.Close()
	return b.Bytes()
}

const trxJSON = `{"DIMENSIONS": [10, 20, 30], "NB_STREAMLINES": 3, "NB_VERTICES": 6,
	"VOXEL_TO_RASMM": [[-2, 0, 0, 9], [0, 3, 0, -5], [0, 0, 4, 7], [0, 0, 0, 1]]}`

// threeLines are the parts of a .trx file of streamlines with 2, 3 and 1 points.
func threeLines() []part {
	return []part{
		{"offsets.uint32", numbers[uint32](0, 2, 5), zip.Store},
		{"positions.3.float32", numbers(ramp(18)...), zip.Store},
		{"header.json", []byte(trxJSON), zip.Store},
	}
}

// ramp is 0, 0.5, 1 and so on.
func ramp(n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(i) / 2
	}
	return out
}

// with returns the parts with others added, or in the place of those of the same beginning up to the first dot.
func with(parts []part, more ...part) []part {
	parts = slices.Clone(parts)
	for _, m := range more {
		stem, _, _ := strings.Cut(m.name, ".")
		i := slices.IndexFunc(parts, func(p part) bool { return strings.HasPrefix(p.name, stem+".") })
		if i < 0 {
			i = len(parts)
			parts = append(parts, part{})
		}
		parts[i] = m
	}
	return parts
}

func trxInput(parts []part) tract.Input {
	return tract.Input{Format: tract.TRX, Source: tract.Bytes(archive(parts...))}
}

func folder(parts []part) tract.Input {
	in := tract.Input{Format: tract.TRX, Folder: map[string]tract.Source{}}
	for _, p := range parts {
		in.Folder[p.name] = tract.Bytes(p.data)
	}
	return in
}

// A counting source tells how often and how much was read.
type counting struct {
	tract.Source
	ranges, bytes atomic.Int64
}

func (c *counting) Open(off, n int64) (io.ReadCloser, error) {
	c.ranges.Add(1)
	c.bytes.Add(n)
	return c.Source.Open(off, n)
}

// failing gives some bytes and then an error of its own.
type failing struct {
	tract.Source
	after int64
}

var errDisk = errors.New("the disk is broken")

func (f failing) Open(off, n int64) (io.ReadCloser, error) {
	r, err := f.Source.Open(off, n)
	if err != nil || off+n <= f.after {
		return r, err
	}
	return io.NopCloser(io.MultiReader(io.LimitReader(r, max(0, f.after-off)), broken{})), nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errDisk }

// endless is as many bytes of 0 as one likes, deflated.
func endless(n int64) []byte {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestSpeed)
	if err != nil {
		panic(err)
	}
	zero := make([]byte, 1<<20)
	for ; n > 0; n -= int64(len(zero)) {
		_, _ = w.Write(zero[:min(n, int64(len(zero)))]) // to memory
	}
	w.Close()
	return b.Bytes()
}

func float16(v float64) uint16 {
	var sign uint16
	if math.Signbit(v) {
		sign, v = 1<<15, -v
	}
	if v == 0 {
		return sign
	}
	fraction, exponent := math.Frexp(v) // 0.5 to 1
	if exponent < -13 {
		return sign | uint16(v*(1<<24))
	}
	return sign | uint16(exponent+14)<<10 | uint16((fraction*2-1)*1024)
}
