package tract_test

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"testing"

	"ngportal/tract"
)

// synthetic is a file of smooth streamlines of 100 points, stored as LAS.
func synthetic(n int) []byte {
	lines := make([][]float32, n)
	for i := range lines {
		l := make([]float32, 0, 300)
		for j := range 100 {
			a, r := float64(j)/30, 20+float64(i%500)/10
			l = append(l, float32(100+r*math.Cos(a)), float32(100+r*math.Sin(a)), float32(j)+float32(i%77))
		}
		lines[i] = l
	}
	f := plainTRK(lines...)
	f.voxelOrder, f.affine[0] = "LAS", [4]float32{-1.25, 0, 0, 90}
	f.size[0] = 1.25
	return f.bytes()
}

func BenchmarkSurvey(b *testing.B) {
	trk := synthetic(20_000)
	var numbers []float32
	for i := range 2_000_000 {
		if i%100 == 99 {
			numbers = append(numbers, nan, nan, nan)
		}
		numbers = append(numbers, float32(i), 1, 2)
	}
	for name, file := range map[tract.Format][]byte{tract.TRK: trk, tract.TCK: tck32("", append(numbers, nan, nan, nan, inf, inf, inf)...)} {
		b.Run(string(name), func(b *testing.B) {
			b.SetBytes(int64(len(file)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := mustOpenFile(b, tract.Input{Format: name, Source: tract.Bytes(file)}).Survey(nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// repeated is a .trk file of any length that is made as it is read.
type repeated struct {
	record []byte
	left   int
	at     int
}

func (r *repeated) Read(b []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n := copy(b, r.record[r.at:])
	if r.at += n; r.at == len(r.record) {
		r.at, r.left = 0, r.left-1
	}
	return n, nil
}

func TestMemoryDoesNotGrowWithTheFile(t *testing.T) {
	const n = 20_000
	record := binary.LittleEndian.AppendUint32(nil, 100)
	record = append(record, make([]byte, 1200)...)
	head := plainTRK().bytes()
	binary.LittleEndian.PutUint32(head[988:], n)
	size := int64(len(head) + n*len(record))
	f := mustOpenFile(t, tract.Input{Format: tract.TRK, Source: behind{head, &repeated{record: record, left: n}, size}})
	before := allocated()
	r, err := f.Read(f.All())
	if err != nil {
		t.Fatal(err)
	}
	points := 0
	var b tract.Batch
	for err = r.ReadBatch(&b); err == nil; err = r.ReadBatch(&b) {
		points += len(b.Points) / 3
	}
	if !errors.Is(err, io.EOF) || points != 100*n {
		t.Fatalf("%d points, %v", points, err)
	}
	if got := allocated() - before; got > 2<<20 {
		t.Errorf("reading 24 MB allocated %d bytes", got)
	}
}
