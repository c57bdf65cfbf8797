package tract_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"ngportal/internal/tracttest"
	"ngportal/tract"
)

// readAll counts the points of a file, and returns the most numbers that a batch had.
func readAll(t *testing.T, in tract.Input) (points, most int, err error) {
	t.Helper()
	f := mustOpenFile(t, in)
	r, err := f.Read(f.All())
	if err != nil {
		return 0, 0, err
	}
	defer r.Close()
	var b tract.Batch
	for err = r.ReadBatch(&b); err == nil; err = r.ReadBatch(&b) {
		points += len(b.Points) / 3
		most = max(most, len(b.Points)+len(b.Scalars)+len(b.Properties))
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return points, most, err
}

// A file that shrinks to a thousandth when it is compressed is no bad file.
func TestDeflatedTRXOfZerosIsReadInLittleMemory(t *testing.T) {
	const lines, points = 10_000, 2_000_000
	body := endless(12 * points)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	raw, err := z.CreateRaw(&zip.FileHeader{Name: "positions.3.float32", Method: zip.Deflate, CompressedSize64: uint64(len(body)), UncompressedSize64: 12 * points})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = raw.Write(body) // to memory
	var offsets []uint32
	for i := range uint32(lines) {
		offsets = append(offsets, points/lines*i)
	}
	for _, p := range []part{trxHeader(fmt.Sprint(lines), fmt.Sprint(points)), {"offsets.uint32", numbers(offsets...), 0}} {
		w, _ := z.Create(p.name) // cannot fail, as it writes to memory
		_, _ = w.Write(p.data)
	}
	z.Close()
	if len(body) > 12*points/500 {
		t.Fatalf("%d bytes for %d", len(body), 12*points)
	}
	in := tract.Input{Format: tract.TRX, Source: tract.Bytes(b.Bytes())}
	before := allocated()
	got, _, err := readAll(t, in)
	if err != nil || got != points {
		t.Errorf("%d points, %v; want %d", got, err, points)
	}
	if used := allocated() - before; used > 8<<20 {
		t.Errorf("reading %d bytes allocated %d", 12*points, used)
	}
}

func TestStreamlinesOfNothingAreBounded(t *testing.T) {
	empty := append(plainTRK().bytes(), make([]byte, 8<<20)...)
	_, _, err := readAll(t, tract.Input{Format: tract.TRKGZ, Source: tract.Bytes(gz(empty))})
	if !errors.Is(err, tract.ErrInvalid) || !strings.Contains(err.Error(), "and no real one does") {
		t.Errorf("two million empty streamlines in a few bytes: %v", err)
	}
}

func TestBatchesOfWideRowsAreShort(t *testing.T) {
	wide := plainTRK().with(func(f *trkFile) { f.properties, f.scalars = 5000, 5000 })
	trk := wide.bytes()
	for range 300 {
		trk = binary.LittleEndian.AppendUint32(trk, 2)
		trk = append(trk, make([]byte, 4*(2*5003+5000))...)
	}
	trx := []part{trxHeader("9000", "9000"), {"positions.3.float16", make([]byte, 6*9000), 0}}
	var offsets []uint32
	for i := range uint32(9000) {
		offsets = append(offsets, i)
	}
	trx = append(trx, part{"offsets.uint32", numbers(offsets...), 0})
	for i := range 4 {
		trx = append(trx, part{fmt.Sprintf("dps/p%d.256.uint8", i), make([]byte, 256*9000), 0})
	}
	for name, tt := range map[string]struct {
		in   tract.Input
		want int
	}{
		"trk": {tract.Input{Format: tract.TRK, Source: tract.Bytes(trk)}, 600},
		"trx": {trxInput(trx), 9000},
	} {
		points, most, err := readAll(t, tt.in)
		if err != nil || points != tt.want || most > 1<<21 || most < 1<<20 {
			t.Errorf("%s: %d points, %d numbers in a batch, %v; want %d points and at most 2 million numbers", name, points, most, err, tt.want)
		}
	}
}

// Words that look like streamlines, all of which lead to a damaged one, are not followed again and again.
func TestChainsThatLeadNowhere(t *testing.T) {
	b := plainTRK().bytes()
	const words = 5 << 16
	for range words {
		b = binary.LittleEndian.AppendUint32(b, 1)
	}
	for range 16 {
		b = binary.LittleEndian.AppendUint32(b, 1<<31)
	}
	end := int64(len(b))
	b = append(b, make([]byte, 1000)...)
	f := mustOpenFile(t, tract.Input{Format: tract.TRK, Source: tract.Bytes(b)})
	if _, err := f.Locate(end); !errors.Is(err, tract.ErrInvalid) {
		t.Errorf("error %v, want ErrInvalid", err)
	}
}

// What was passed over once to find a part is not passed over again for the next.
func TestPartsOfGiantsAreFoundOnce(t *testing.T) {
	long := make([]float32, 3*120_000)
	for i := range long {
		long[i] = float32(i) + 0.5
	}
	src := &counting{Source: tract.Bytes(plainTRK(slices.Repeat([][]float32{long}, 10)...).bytes())}
	f := mustOpenFile(t, tract.Input{Format: tract.TRK, Source: src})
	const parts = 10
	tries := int64(0)
	for i := range int64(parts) {
		from := 1000 + (src.Size()-1000)/parts*i
		for _, back := range []int64{64 << 10, 1 << 20, 8 << 20} {
			if from-back > 1000 {
				tries += back
			}
		}
		if _, err := f.Locate(from); err != nil {
			t.Fatal(err)
		}
	}
	if got := src.bytes.Load() - tries; got > 2*src.Size() {
		t.Errorf("%d bytes were passed over to find %d parts of %d bytes", got, parts, src.Size())
	}
}

func TestPartsMayBeginAnywhereInAWord(t *testing.T) {
	src := &counting{Source: tracttest.Synthetic{Streamlines: 20_000}}
	f := mustOpenFile(t, tract.Input{Format: tract.TRK, Source: src})
	first, err := f.Locate(20 << 20)
	if err != nil {
		t.Fatal(err)
	}
	src.bytes.Store(0)
	for d := range int64(3) {
		if next, err := f.Locate(first + 1 + d); err != nil || next <= first || next > first+10_000 {
			t.Errorf("behind %d: %d, %v", first+1+d, next, err)
		}
	}
	if got := src.bytes.Load(); got > 300_000 {
		t.Errorf("%d bytes were read to find three streamlines", got)
	}
}

func TestTTKeepsOnlyWhatItKnows(t *testing.T) {
	parts := [][]byte{ttDim, ttSize, ttMatrix}
	for i := range 10_000 {
		parts = append(parts, matrix(fmt.Sprint("m", i), 50, make([]byte, 1000)...))
	}
	in := ttInput(append(parts, matrix("track", 50, ttLines...))...)
	before := allocated()
	if _, err := tract.Open(in); err != nil {
		t.Fatal(err)
	}
	if used := allocated() - before; used > 8<<20 {
		t.Errorf("opening a file of %d bytes allocated %d", in.Source.Size(), used)
	}
}

// One group that thousands of entries name would be unpacked thousands of times.
func TestEntriesOfAnArchiveDoNotShareTheirData(t *testing.T) {
	b := archive(append(threeLines(), part{"groups/0000.uint8", make([]byte, 3), zip.Store})...)
	at := bytes.LastIndex(b, []byte("PK\x01\x02"))
	end := bytes.LastIndex(b, []byte("PK\x05\x06"))
	entry, tail := bytes.Clone(b[at:end]), bytes.Clone(b[end:])
	const more = 100
	b = b[:end]
	for i := range more {
		b = append(b, bytes.Replace(entry, []byte("0000"), fmt.Appendf(nil, "%04d", i+1), 1)...)
	}
	for _, where := range []int{8, 10} {
		binary.LittleEndian.PutUint16(tail[where:], binary.LittleEndian.Uint16(tail[where:])+more)
	}
	binary.LittleEndian.PutUint32(tail[12:], binary.LittleEndian.Uint32(tail[12:])+uint32(more*len(entry)))
	b = append(b, tail...)
	checkRefused(t, tract.Input{Format: tract.TRX, Source: tract.Bytes(b)}, "lie above each other")
}

func TestTablesOfVTKAreCounted(t *testing.T) {
	text := "# vtk DataFile Version 4.2\nSPACE=RAS\nBINARY\nDATASET POLYDATA\nPOINTS 0 float\n\nPOINT_DATA 0\nFIELD f 5000\n"
	checkRefused(t, tract.Input{Format: tract.VTK, Source: tract.Bytes(text + strings.Repeat("a 1 0 float\n\n", 5000))}, "more than 1000 tables")
}

func TestWarningsAreFew(t *testing.T) {
	parts := threeLines()
	for i := range 200 {
		parts = append(parts, part{fmt.Sprintf("dps/odd%d.uint8", i), []byte{1}, 0})
	}
	_, _, warnings := mustOpenAll(t, trxInput(parts))
	if n := len(warnings); n != 31 || !strings.Contains(warnings[n-1], "There is more") {
		t.Errorf("%d warnings, the last %q", n, warnings[n-1])
	}
}
