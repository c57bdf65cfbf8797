package tract_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"ngportal/tract"
)

// trxHeader is a header.json with counts that are given as text.
func trxHeader(lines, points string) part {
	return part{"header.json", fmt.Appendf(nil, `{"NB_STREAMLINES": %s, "NB_VERTICES": %s}`, lines, points), 0}
}

// endOfZip is the record that ends an archive.
func endOfZip(entries uint16, size, off uint32) []byte {
	return numbers(zipEnd{0x06054b50, 0, 0, entries, entries, size, off, 0})
}

type zipEnd struct {
	Signature     uint32
	Disk, Start   uint16
	Here, Entries uint16
	Size, Offset  uint32
	Comment       uint16
}

// zip64 are the records that end a large archive of so many entries.
func zip64(entries, size, off uint64) []byte {
	b := append(numbers[uint32](0x06064b50), numbers[uint64](44)...)
	b = append(b, make([]byte, 12)...)
	b = append(b, numbers(entries, entries, size, off)...)
	b = append(b, numbers[uint32](0x07064b50, 0)...)
	b = append(b, numbers[uint64](0)...)
	return append(append(b, numbers[uint32](1)...), endOfZip(0xffff, 0xffffffff, 0xffffffff)...)
}

// changed is a file with other bytes at the first place where it has some.
func changed(b []byte, from, to string) []byte {
	if !bytes.Contains(b, []byte(from)) {
		panic(fmt.Sprintf("no %q to change", from))
	}
	return bytes.Replace(b, []byte(from), []byte(to), 1)
}

func crowd(n int) []part {
	parts := threeLines()
	for i := range n {
		parts = append(parts, part{fmt.Sprintf("dpg/g%d/x.uint8", i), nil, 0})
	}
	return parts
}

// huge is a zip archive with an entry that is claimed and packed to be larger than it is.
func huge(name string, size int64) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Deflate, CompressedSize64: uint64(size / 1000), UncompressedSize64: uint64(size)})
	if err != nil {
		panic(err)
	}
	_, _ = w.Write(make([]byte, size/1000)) // to memory
	for _, p := range threeLines() {
		if p.name != name {
			w, _ := z.Create(p.name)
			_, _ = w.Write(p.data) // to memory
		}
	}
	z.Close()
	return b.Bytes()
}

func TestBadTRX(t *testing.T) {
	p := threeLines()
	whole := archive(p...)
	trx := func(more ...part) []byte { return archive(with(p, more...)...) }
	tests := map[string]struct {
		file []byte
		want string
	}{
		"empty":                      {nil, "does not end with a list"},
		"no archive":                 {[]byte(strings.Repeat("x", 1000)), "does not end with a list"},
		"truncated":                  {whole[:len(whole)/2], "does not end with a list"},
		"beginning lost":             {whole[100:], "does not lie in the file"},
		"a million entries":          {zip64(1_000_000, 46_000_000, 0), "1000000 files"},
		"2^64-1 entries":             {zip64(1<<64-1, 46, 0), "18446744073709551615 files"},
		"a list of 17 MB":            {zip64(3, 17<<20, 0), "list of its files has 17825792 bytes"},
		"a list outside":             {zip64(3, 1000, 5), "does not lie in the file"},
		"65,535 entries in 1 byte":   {endOfZip(0xfffe, 1, 0), "65534 files"},
		"entries that are not there": {endOfZip(5, 0, 0), "entry 1 of 5"},
		"25,000 entries":             {archive(crowd(25_000)...), "25003 files"},
		"encrypted":                  {changed(changed(whole, "PK\x01\x02\x14\x00\x14\x00\x08", "PK\x01\x02\x14\x00\x14\x00\x09"), "PK\x01\x02\x14\x00\x14\x00\x08", "PK\x01\x02\x14\x00\x14\x00\x09"), "is encrypted"},
		"no header":                  {archive(p[:2]...), "no header.json"},
		"header is no JSON":          {trx(part{"header.json", []byte("{"), 0}), "no description"},
		"header of 2 MB":             {trx(part{"header.json", make([]byte, 2<<20), zip.Deflate}), "2097152 bytes"},
		"no count of streamlines":    {trx(part{"header.json", []byte(`{"NB_VERTICES": 6}`), 0}), "NB_STREAMLINES"},
		"no count of points":         {trx(part{"header.json", []byte(`{"NB_STREAMLINES": 3}`), 0}), "NB_VERTICES"},
		"-1 streamlines":             {trx(trxHeader("-1", "6")), "counts -1 streamlines"},
		"half a point":               {trx(trxHeader("3", "6.5")), "counts 6.5 points"},
		"2^40 streamlines":           {trx(trxHeader("1099511627776", "6")), "counts 1099511627776 streamlines"},
		"2^40 points":                {trx(trxHeader("3", "1099511627776")), "counts 1099511627776 points"},
		"10^300 points":              {trx(trxHeader("3", "1e300")), "counts 1e+300 points"},
		"a point more":               {trx(trxHeader("3", "7")), "72 bytes for them, and not 84"},
		"two streamlines more":       {trx(trxHeader("5", "6")), "has 12 bytes, and not 20 or 24"},
		"no positions":               {archive(p[0], p[2]), "this one has 0 and 1"},
		"two positions":              {archive(append(with(p), part{"positions.3.float16", nil, 0})...), "this one has 2 and 1"},
		"twice the same":             {archive(append(with(p), p[1])...), `two parts called "positions.3.float32"`},
		"positions of integers":      {trx(part{"positions.3.int32", make([]byte, 72), 0}), "does not hold points"},
		"points of two numbers":      {trx(part{"positions.2.float32", make([]byte, 48), 0}), "does not hold points"},
		"offsets that are no whole":  {trx(part{"offsets.float32", make([]byte, 12), 0}), "does not hold integers"},
		"offsets that go back":       {trx(part{"offsets.uint32", numbers[uint32](0, 5, 2), 0}), "offsets are damaged"},
		"offsets outside":            {trx(part{"offsets.uint32", numbers[uint32](0, 2, 700), 0}), "offsets are damaged"},
		"offsets below 0":            {trx(part{"offsets.int32", numbers[int32](-1, 2, 5), 0}), "offsets are damaged"},
		"offsets above 2^63":         {trx(part{"offsets.uint64", numbers[uint64](0, 1<<63, 5), 0}), "offsets are damaged"},
		"a last offset outside":      {trx(part{"offsets.uint32", numbers[uint32](0, 2, 5, 7), 0}), "offsets are damaged"},
		"a group outside":            {trx(part{"groups/a.uint32", numbers[uint32](3), 0}), "has streamline 3, but there are only 3"},
		"a group below 0":            {trx(part{"groups/a.int32", numbers[int32](-1), 0}), "has streamline -1"},
		"an entry of zeros":          {huge("positions.3.float32", 72_000_000), "for them, and not 72"},
		"an entry shorter than said": {huge("positions.3.float32", 72), "cannot be uncompressed"},
		"compressed otherwise":       {changed(changed(whole, "\x08\x00\x00\x00\x00\x00", "\x08\x00\x00\x00\x00\x00"), "PK\x01\x02\x14\x00\x14\x00\x08\x00\x00\x00", "PK\x01\x02\x14\x00\x14\x00\x08\x00\x63\x00"), "method 99"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			checkRefused(t, tract.Input{Format: tract.TRX, Source: tract.Bytes(tt.file)}, tt.want)
		})
	}
}

// checkRefused wants a sentence about a file, and no more memory than a file may take.
func checkRefused(t *testing.T, in tract.Input, want string) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _, _, err := openAll(in)
	runtime.ReadMemStats(&after)
	if !errors.Is(err, tract.ErrInvalid) || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want an invalid tractogram: …%s…", err, want)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 32<<20 {
		t.Errorf("refusing it took %d MB", used>>20)
	}
}

func TestBadVTK(t *testing.T) {
	binary := func(body string) []byte {
		return []byte("# vtk DataFile Version 4.2\nSPACE=RAS\nBINARY\nDATASET POLYDATA\n" + body)
	}
	text := func(from, to string) []byte { return changed([]byte(plainVTK), from, to) }
	const point = "POINTS 1 float\n\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\n"
	tests := map[string]struct {
		file []byte
		want string
	}{
		"empty":                   {nil, "truncated"},
		"no vtk":                  {[]byte("solid x\n\n\n"), "does not begin"},
		"XML":                     {[]byte("<?xml version=\"1.0\"?>\n<VTKFile>\n</VTKFile>\n"), "does not begin"},
		"neither text nor bytes":  {text("ASCII", "OTHER"), `"OTHER"`},
		"a grid":                  {text("POLYDATA", "UNSTRUCTURED_GRID"), "no polydata"},
		"a line without end":      {binary(strings.Repeat("x", 10_000)), "more than 4096 bytes"},
		"no lines":                {text("LINES 2 7\n2 0 1\n3 2 3 4\n", ""), "no streamlines: it has no LINES"},
		"a surface":               {text("LINES", "POLYGONS"), "holds a surface and no streamlines"},
		"no points":               {text("POINTS 5 float\n0 1 2  3 4 5\n6 7 8  9 10 11  12 13 1.4e1\n", ""), "no POINTS"},
		"2^31 points":             {text("POINTS 5", "POINTS 2147483648"), "too short for that"},
		"2^31 points, binary":     {binary("POINTS 2147483648 float\n"), "too short for that"},
		"-5 points":               {text("POINTS 5", "POINTS -5"), "line that is damaged"},
		"10^30 lines":             {text("LINES 2 7", "LINES 2 1000000000000000000000000000000"), "line that is damaged"},
		"more lines than numbers": {text("LINES 2 7", "LINES 8 7"), "8 cells in 7 numbers"},
		"points of strings":       {text("float\n0", "string\n0"), "type that is not read"},
		"a word among numbers":    {text("1.4e1", "1.4x1"), `"1.4x1" where a number`},
		"a very long number":      {text("1.4e1", strings.Repeat("1", 100)), "where a number should be"},
		"-1 points in a line":     {text("3 2 3 4", "-1 2 3 4"), "has -1 points"},
		"7 points in a line":      {text("3 2 3 4", "7 2 3 4"), "has 7 points, more than the file"},
		"a line that is missing":  {text("LINES 2 7\n2 0 1\n3 2 3 4\n", "LINES 2 3\n2 0 1\n"), "is not there"},
		"an index beyond":         {text("3 2 3 4", "3 2 3 5"), "has point 5, but there are only 5"},
		"an index below 0":        {text("3 2 3 4", "3 2 3 -4"), "has point -4"},
		"truncated text":          {[]byte(plainVTK)[:90], "truncated"},
		"truncated bytes":         {binary(point + "LINES 1 3\n\x00\x00\x00\x02\x00"), "too short for that"},
		"offsets that go back":    {text("LINES 2 7\n2 0 1\n3 2 3 4\n", "LINES 3 5\nOFFSETS int\n0 3 2\nCONNECTIVITY int\n0 1 2 3 4\n"), "has -1 points"},
		"offsets beyond":          {text("LINES 2 7\n2 0 1\n3 2 3 4\n", "LINES 3 5\nOFFSETS int\n0 3 6\nCONNECTIVITY int\n0 1 2 3 4\n"), "more than the file"},
		"offsets from 1":          {text("LINES 2 7\n2 0 1\n3 2 3 4\n", "LINES 3 5\nOFFSETS int\n1 3 5\nCONNECTIVITY int\n0 1 2 3 4\n"), "begins with index 1"},
		"offsets alone":           {text("LINES 2 7\n2 0 1\n3 2 3 4\n", "LINES 3 5\nOFFSETS int\n0 2 5\n"), "line that is damaged"},
		"2^39 fields":             {text("SCALARS weight float", "FIELD x 549755813888"), "line that is damaged"},
		"a field that is no line": {text("SCALARS weight float\nLOOKUP_TABLE default", "FIELD x 1\nweight 1 x float"), "where a count should be"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			checkRefused(t, tract.Input{Format: tract.VTK, Source: tract.Bytes(tt.file)}, tt.want)
		})
	}
}

// A zeroFile is a file that goes on with zeros, of any length.
type zeroFile struct {
	head, tail string
	size       int64
}

func (z zeroFile) Size() int64 { return z.size }

func (z zeroFile) Open(off, n int64) (io.ReadCloser, error) {
	whole := io.MultiReader(strings.NewReader(z.head), io.LimitReader(forever{}, z.size-int64(len(z.head)+len(z.tail))), strings.NewReader(z.tail))
	switch from := z.size - int64(len(z.tail)); {
	case off >= from:
		whole = strings.NewReader(z.tail[off-from:])
	default:
		if _, err := io.CopyN(io.Discard, whole, off); err != nil {
			return nil, err
		}
	}
	return io.NopCloser(io.LimitReader(whole, n)), nil
}

type forever struct{}

func (forever) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestLargeVTK(t *testing.T) {
	head := "# vtk DataFile Version 4.2\nSPACE=RAS\nBINARY\nDATASET POLYDATA\nPOINTS 10000000 float\n"
	file := func(index uint32) zeroFile {
		b, err := binary.Append([]byte("\nLINES 1 3\n"), binary.BigEndian, []uint32{2, index, 0})
		if err != nil {
			t.Fatal(err)
		}
		return zeroFile{head, string(b), int64(len(head)) + 120_000_000 + int64(len(b))}
	}
	checkRefused(t, tract.Input{Format: tract.VTK, Source: file(5)}, "in any order, which is possible for 64 MB")
	text := zeroFile{strings.Replace(head, "BINARY", "ASCII", 1), "", 257 << 20}
	checkRefused(t, tract.Input{Format: tract.VTK, Source: text}, "in text may have at most 256 MB")
}

func TestBadTT(t *testing.T) {
	good := packed(ttDim, ttSize, ttMatrix, matrix("track", 50, ttLines...))
	lines := func(b ...byte) []byte { return packed(ttDim, ttSize, ttMatrix, matrix("track", 50, b...)) }
	tests := map[string]struct {
		file []byte
		want string
	}{
		"empty":                    {nil, "truncated"},
		"not compressed":           {[]byte(strings.Repeat("x", 100)), "not compressed with gzip"},
		"truncated":                {good[:len(good)-20], "truncated"},
		"damaged":                  {changed(good, string(good[40:60]), strings.Repeat("\xff", 20)), "damaged"},
		"no matrices":              {packed([]byte(strings.Repeat("x", 100))), "where a matrix of Matlab 4 should be"},
		"half a matrix":            {packed(ttDim[:10]), "truncated"},
		"no track":                 {packed(ttDim, ttSize), "no matrix called track"},
		"2^31 rows":                {packed(numbers[uint32](50, 1<<31, 1, 0, 2), []byte("x\x00")), "where a matrix of Matlab 4 should be"},
		"2^60 numbers":             {packed(numbers[uint32](0, 1<<31-1, 1<<31-1, 0, 2), []byte("x\x00")), "damaged"},
		"a matrix that is missing": {packed(numbers[uint32](50, 1<<20, 1<<7, 0, 2), []byte("x\x00")), "truncated"},
		"a large matrix before":    {packed(numbers[uint32](50, 1<<31-1, 1<<20, 0, 2), []byte("x\x00")), "more than 256 MB before its streamlines"},
		"a long name":              {packed(numbers[uint32](50, 1, 1, 0, 1<<30)), "where a matrix of Matlab 4 should be"},
		"voxels of 0 mm":           {packed(matrix[float32]("voxel_size", 10, 0, 1, 1), matrix("track", 50, ttLines...)), "voxels measure"},
		"a singular matrix":        {packed(ttSize, matrix("trans_to_mni", 10, make([]float32, 16)...), matrix("track", 50, ttLines...)), "singular"},
		"tracks of doubles":        {packed(ttSize, matrix[float64]("track", 0, 1, 2, 3)), "does not hold bytes"},
		"no points":                {lines(track(0, [3]int32{})...), "has 0 coordinates"},
		"4 coordinates":            {lines(track(4, [3]int32{}, 1)...), "has 4 coordinates"},
		"2^32-1 coordinates":       {lines(track(1<<32-1, [3]int32{}, 1, 2, 3)...), "more than any real one"},
		"a point more":             {lines(track(9, [3]int32{}, 1, 2, 3)...), "more than fit"},
		"half a point":             {lines(track(3, [3]int32{})[:15]...), "does not fit"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			checkRefused(t, tract.Input{Format: tract.TT, Source: tract.Bytes(tt.file)}, tt.want)
		})
	}
}

// A streamline of 16 million points is as long as one may be; its points are there.
func TestBombsAreBounded(t *testing.T) {
	const n = 17_000_000
	body := endless(12 * n)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.CreateRaw(&zip.FileHeader{Name: "positions.3.float32", Method: zip.Deflate, CompressedSize64: uint64(len(body)), UncompressedSize64: 12 * n})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write(body) // to memory
	for _, p := range []part{trxHeader("1", fmt.Sprint(n)), {"offsets.uint32", numbers[uint32](0), 0}} {
		f, err := z.Create(p.name)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = f.Write(p.data) // to memory
	}
	z.Close()
	checkRefused(t, tract.Input{Format: tract.TRX, Source: tract.Bytes(b.Bytes())}, "has 17000000 points, more than any real one")
}

func TestBrokenSourceIsNoBadFile(t *testing.T) {
	for name, tt := range map[string]struct {
		format tract.Format
		file   []byte
	}{
		"stored .trx":   {tract.TRX, archive(many(40_000, zip.Store)...)},
		"deflated .trx": {tract.TRX, archive(many(40_000, zip.Deflate)...)},
		"text .vtk":     {tract.VTK, []byte(plainVTK)},
		".tt.gz":        {tract.TT, packed(ttSize, matrix("track", 50, bytes.Repeat(ttLines, 20_000)...))},
	} {
		after := int64(len(tt.file)) / 2
		if tt.format == tract.TRX {
			after = 50_000 // before the end, where the list is, which is read whole
		}
		src := tract.Source(failing{tract.Bytes(tt.file), after})
		if tt.format == tract.TRX {
			src = middle{tract.Bytes(tt.file), after, int64(len(tt.file)) - 1<<20}
		}
		_, _, _, err := openAll(tract.Input{Format: tt.format, Source: src})
		if !errors.Is(err, errDisk) || errors.Is(err, tract.ErrInvalid) {
			t.Errorf("%s: error %v, want that of the source", name, err)
		}
	}
}

// middle is a Source that has lost what is between from and to.
type middle struct {
	tract.Source
	from, to int64
}

func (m middle) Open(off, n int64) (io.ReadCloser, error) {
	if off >= m.to {
		return m.Source.Open(off, n)
	}
	return failing{m.Source, m.from}.Open(off, n)
}
