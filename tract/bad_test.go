package tract_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"ngportal/tract"
)

// twoLines is a whole .trk file with two streamlines, of 2 and 3 points.
func twoLines() trkFile {
	return plainTRK([]float32{1, 2, 3, 4, 5, 6}, []float32{1, 1, 1, 2, 2, 2, 3, 3, 3})
}

func TestDamagedTRKIsExplained(t *testing.T) {
	good := twoLines()
	tests := map[string]struct {
		file []byte
		want string // a phrase of the error
	}{
		"zero bytes":           {nil, "empty (0 bytes)"},
		"short header":         {good.bytes()[:999], "only 999 bytes"},
		"not a trk at all":     {[]byte(strings.Repeat("hello ", 300)), `does not begin with "TRACK"`},
		"gzip under the name":  {append([]byte{0x1f, 0x8b}, make([]byte, 2000)...), "unpack it with gunzip"},
		"header size":          {edit(good.bytes(), 996, 7), "own size as 7 bytes"},
		"version 4":            {good.with(func(f *trkFile) { f.version = 4 }).bytes(), "version 4"},
		"version 0":            {good.with(func(f *trkFile) { f.version = 0 }).bytes(), "version 0"},
		"count of −1":          {good.with(func(f *trkFile) { f.count = -1 }).bytes(), "counts -1 streamlines"},
		"scalars of −1":        {edit16(good.bytes(), 36, -1), "-1 scalars"},
		"properties of −1":     {edit16(good.bytes(), 238, -1), "-1 properties"},
		"voxel size 0":         {good.with(func(f *trkFile) { f.size[1] = 0 }).bytes(), "voxel size in the header is 1 x 0 x 1 mm"},
		"negative voxel size":  {good.with(func(f *trkFile) { f.size[2] = -2 }).bytes(), "1 x 1 x -2 mm"},
		"voxel size NaN":       {good.with(func(f *trkFile) { f.size[0] = nan }).bytes(), "NaN x 1 x 1 mm"},
		"affine of NaN":        {good.with(func(f *trkFile) { f.affine[1][2] = nan }).bytes(), "not a number (row 2, column 3)"},
		"infinite affine":      {good.with(func(f *trkFile) { f.affine[0][3] = inf }).bytes(), "not a number (row 1, column 4)"},
		"NaN in the corner":    {good.with(func(f *trkFile) { f.affine[3][3] = nan }).bytes(), "not a number (row 4, column 4)"},
		"affine without x":     {good.with(func(f *trkFile) { f.affine[0] = [4]float32{} }).bytes(), "singular"},
		"affine with twins":    {good.with(func(f *trkFile) { f.affine[0], f.affine[1] = f.affine[2], f.affine[2] }).bytes(), "singular"},
		"unknown voxel order":  {good.with(func(f *trkFile) { f.voxelOrder = "RAX" }).bytes(), `"RAX"`},
		"doubled voxel order":  {good.with(func(f *trkFile) { f.voxelOrder = "RLS" }).bytes(), `"RLS"`},
		"points of −1":         {edit(good.bytes(), 1000, -1), "streamline 1 of 2 has -1 points"},
		"points of 2³¹−1":      {edit(good.bytes(), 1000, math.MaxInt32), "2147483647 points with 3 numbers each, more than any real one"},
		"too many points":      {edit(good.bytes(), 1028, 4), "streamline 2 of 2 has 4 points, but the file ends before the last of them"},
		"cut in the middle":    {good.bytes()[:1050], "streamline 2 of 2"},
		"cut in the count":     {good.bytes()[:1030], "ends in the middle of streamline 2 of 2"},
		"cut, count not given": {good.with(func(f *trkFile) { f.count = 0 }).bytes()[:1030], "ends in the middle of streamline 2: it is probably truncated"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int64{int64(len(tt.file)), -1} {
				_, _, err := read(tt.file, tract.TRK, size)
				if !errors.Is(err, tract.ErrInvalid) {
					t.Fatalf("size %d: error %v, want one that wraps ErrInvalid", size, err)
				}
				// Not knowing the size, the reader meets the end only when it comes.
				if !strings.Contains(err.Error(), tt.want) && (size >= 0 || !strings.Contains(err.Error(), "ends in the middle")) {
					t.Errorf("size %d: error %q, want it to hold %q", size, err, tt.want)
				}
			}
		})
	}
}

// edit puts a number into a little-endian file.
func edit(b []byte, at int, v int32) []byte {
	binary.LittleEndian.PutUint32(b[at:], uint32(v))
	return b
}

func edit16(b []byte, at int, v int16) []byte {
	binary.LittleEndian.PutUint16(b[at:], uint16(v))
	return b
}

func TestOddTRKIsReadWithAWarning(t *testing.T) {
	good := twoLines()
	tests := map[string]struct {
		file     []byte
		want     int   // streamlines
		count    int64 // in the header
		warnings []string
	}{
		"nothing odd":            {good.bytes(), 2, 2, nil},
		"no count":               {good.with(func(f *trkFile) { f.count = 0 }).bytes(), 2, -1, nil},
		"count too large":        {good.with(func(f *trkFile) { f.count = 9 }).bytes(), 2, 9, []string{"counts 9 streamlines, but the file holds only 2"}},
		"count too small":        {good.with(func(f *trkFile) { f.count = 1 }).bytes(), 1, 1, []string{"goes on behind the 1 streamlines"}},
		"count of 2³¹−1":         {good.with(func(f *trkFile) { f.count = math.MaxInt32 }).bytes(), 2, -1, []string{"counts 2147483647 streamlines, but the file is too short"}},
		"no streamlines":         {plainTRK().bytes(), 0, -1, nil},
		"no affine":              {good.with(func(f *trkFile) { f.affine = [4][4]float32{} }).bytes(), 2, 2, []string{"records no affine"}},
		"version 1":              {good.with(func(f *trkFile) { f.version = 1 }).bytes(), 2, 2, []string{"records no affine"}},
		"version 3":              {good.with(func(f *trkFile) { f.version = 3 }).bytes(), 2, 2, []string{"version 3"}},
		"lower-case voxel order": {good.with(func(f *trkFile) { f.voxelOrder = "ras" }).bytes(), 2, 2, []string{`"ras" is written in lower case; it was read as RAS`}},
		"no voxel order": {
			good.with(func(f *trkFile) { f.voxelOrder = "" }).bytes(), 2, 2,
			[]string{"LPS was assumed", "LPS, but the affine is for RAS"},
		},
		"exchanged axes": {
			good.with(func(f *trkFile) { f.voxelOrder = "ASR" }).bytes(), 2, 2,
			[]string{"ASR, but the affine is for RAS", "nibabel and DIPY may show"},
		},
		"flip without dimension": {
			good.with(func(f *trkFile) { f.voxelOrder, f.dim[0] = "LAS", 0 }).bytes(), 2, 2,
			[]string{"LAS, but the affine is for RAS", "0 voxels along axis 1"},
		},
		"NaN and Inf": {
			plainTRK([]float32{1, nan, 1, 2, 2, 2}, []float32{1, 1, 1, 2, 2, 2}, []float32{1, 1, inf}).bytes(), 1, 3,
			[]string{"not finite numbers were left out: 2."},
		},
		"empty streamline": {plainTRK(nil, []float32{1, 1, 1}).bytes(), 2, 2, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			lines, r := mustRead(t, tt.file, tract.TRK)
			if len(lines) != tt.want || r.Header().Streamlines != tt.count {
				t.Errorf("%d streamlines, header %d, want %d and %d", len(lines), r.Header().Streamlines, tt.want, tt.count)
			}
			if got := r.Warnings(); !holds(got, tt.warnings) {
				t.Errorf("warnings %q, want %q", got, tt.warnings)
			}
		})
	}
}

func TestBrokenStreamlinesKeepTheirIndex(t *testing.T) {
	lines, _ := mustRead(t, plainTRK([]float32{nan, 0, 0}, []float32{1, 1, 1}).bytes(), tract.TRK)
	if len(lines) != 1 || lines[0].Index != 1 {
		t.Errorf("streamlines %+v, want the second alone, with index 1", lines)
	}
}

func TestColumnsAreNamedAsByNibabel(t *testing.T) {
	f := plainTRK([]float32{0, 0, 0, 1, 2, 3, 4, 5, 6, 7})
	f.scalars, f.scalarNames = 7, []string{"fa", "", "colors\x003", "pad  \x00x"}
	f.properties, f.propertyNames, f.props = 2, []string{"twenty_letters_exact", "greedy\x009"}, [][]float32{{8, 9}}
	lines, r := mustRead(t, f.bytes(), tract.TRK)
	wantScalars := []tract.Column{{Name: "fa", Components: 1}, {Name: "colors", Components: 3}, {Name: "pad  ", Components: 1}, {Name: "scalars", Components: 2}}
	wantProperties := []tract.Column{{Name: "twenty_letters_exact", Components: 1}, {Name: "greedy", Components: 1}}
	if got := r.Header().Scalars; !slices.Equal(got, wantScalars) {
		t.Errorf("scalars %v, want %v", got, wantScalars)
	}
	if got := r.Header().Properties; !slices.Equal(got, wantProperties) {
		t.Errorf("properties %v, want %v", got, wantProperties)
	}
	if got := lines[0]; !near(got.Scalars, []float64{1, 2, 3, 4, 5, 6, 7}, 0) || !near(got.Properties, []float64{8, 9}, 0) {
		t.Errorf("scalars %v, properties %v, want 1 to 7, and 8 and 9", got.Scalars, got.Properties)
	}
}

// A file cut anywhere is either damaged or, at the end of a record, shorter than it says. The
// same bytes from a source that promised more are the source's fault.
func TestEveryCutIsNoticed(t *testing.T) {
	files := map[tract.Format][]byte{
		tract.TRK: twoLines().bytes(),
		tract.TCK: tck32("count: 2\n", 1, 2, 3, 4, 5, 6, nan, nan, nan, 7, 8, 9, 1, 1, 1, nan, nan, nan, inf, inf, inf),
	}
	for format, b := range files {
		for cut := range b {
			for _, size := range []int64{int64(cut), -1} {
				_, r, err := read(b[:cut], format, size)
				if err == nil && len(r.Warnings()) == 0 || err != nil && !errors.Is(err, tract.ErrInvalid) {
					t.Errorf("%s cut to %d of %d bytes, size %d: error %v and no warning", format, cut, len(b), size, err)
				}
			}
			_, _, err := read(b[:cut], format, int64(len(b)))
			if !errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, tract.ErrInvalid) {
				t.Errorf("%s source that ends after %d of %d bytes: error %v, want io.ErrUnexpectedEOF", format, cut, len(b), err)
			}
		}
	}
}

func TestErrorsOfTheSourceAreNotTheFiles(t *testing.T) {
	files := map[tract.Format][]byte{tract.TRK: twoLines().bytes(), tract.TCK: tck32("", 1, 2, 3, nan, nan, nan, inf, inf, inf)}
	reset := errors.New("connection reset")
	// An HTTP body that is cut off ends with the second; the third must not pass for an end.
	for broken, want := range map[error]error{reset: reset, io.ErrUnexpectedEOF: io.ErrUnexpectedEOF, fmt.Errorf("get: %w", io.EOF): io.ErrUnexpectedEOF} {
		for format, b := range files {
			for cut := range b {
				_, _, err := readSource(partial{b: b[:cut], size: int64(len(b)), err: broken}, format)
				if !errors.Is(err, want) || errors.Is(err, tract.ErrInvalid) || errors.Is(err, io.EOF) {
					t.Fatalf("%s source that fails after %d bytes: error %v, want %v", format, cut, err, want)
				}
			}
		}
	}
}

func TestSourceMayGiveBytesAsItLikes(t *testing.T) {
	b := twoLines().bytes()
	for name, as := range map[string]func(io.Reader) io.Reader{
		"one at a time":         iotest.OneByteReader,
		"the end with the data": iotest.DataErrReader,
		"more than promised":    func(r io.Reader) io.Reader { return io.MultiReader(r, strings.NewReader("more")) },
	} {
		lines, r, err := readSource(partial{b: b, size: int64(len(b)), as: as}, tract.TRK)
		if err != nil || len(lines) != 2 || len(lines[1].Points) != 9 || len(r.Warnings()) > 0 {
			t.Errorf("%s: %v, error %v, want two streamlines and no warning", name, lines, err)
		}
	}
}

func TestErrorsAreFinal(t *testing.T) {
	lines, r, err := read(twoLines().bytes()[:1050], tract.TRK, 1050)
	if !errors.Is(err, tract.ErrInvalid) || len(lines) != 1 {
		t.Errorf("a truncated file: %d streamlines, error %v, want one and an error", len(lines), err)
	}
	if _, again := r.Next(); !errors.Is(again, tract.ErrInvalid) {
		t.Errorf("Next after an error: %v, want %v", again, err)
	}
}

func TestUnknownFormatsAreRefused(t *testing.T) {
	if _, err := tract.Open(tract.Input{Format: "abc", Source: tract.Bytes("x")}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a file of an unknown format: %v, want ErrUnsupported", err)
	}
}

func TestFormatOf(t *testing.T) {
	for name, want := range map[string]tract.Format{
		"a.trk": tract.TRK, "b/A.TRK": tract.TRK, "c.tck": tract.TCK, "d.Trx": tract.TRX, "e.trk.gz": tract.TRKGZ, "F.TRK.GZ": tract.TRKGZ,
		"trk": "", "a.trk/": "", "a.trk.txt": "", "a.gz": "", "": "", "a.nii.gz": "",
	} {
		if got, ok := tract.FormatOf(name); got != want || ok != (want != "") {
			t.Errorf("FormatOf(%q) = %q, %v, want %q", name, got, ok, want)
		}
	}
}

// What a file claims costs nothing: memory is taken for what is there.
func TestClaimsCostNoMemory(t *testing.T) {
	huge := plainTRK().with(func(f *trkFile) { f.count = 1 }).bytes()
	huge = binary.LittleEndian.AppendUint32(huge, tract.MaxPoints)
	huge = append(huge, make([]byte, 1200)...)
	huge = gz(huge)
	endless := tck32("", 1, 2, 3)
	before := allocated()
	for range 10 {
		if _, _, err := read(huge, tract.TRKGZ, int64(len(huge))); !errors.Is(err, tract.ErrInvalid) {
			t.Errorf("error %v, want ErrInvalid", err)
		}
		if _, _, err := read(endless, tract.TCK, -1); !errors.Is(err, tract.ErrInvalid) {
			t.Errorf("error %v, want ErrInvalid", err)
		}
	}
	if got := (allocated() - before) / 20; got > 1<<20 {
		t.Errorf("%d bytes allocated for a small file with a large claim", got)
	}
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// zeros is an endless source.
type zeros struct{}

// Read is [io.Reader].
func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestAStreamlineHasALimit(t *testing.T) {
	head := tck("datatype: Float32LE\n", nil)
	_, r, err := readSource(behind{head, zeros{}, 1 << 40}, tract.TCK)
	if !errors.Is(err, tract.ErrInvalid) || !strings.Contains(err.Error(), "more than 16777216 points") {
		t.Errorf("endless streamline: %v, want its limit (%v)", err, r)
	}
}

// behind is a Source of bytes and then what rest gives.
type behind struct {
	head []byte
	rest io.Reader
	size int64
}

func (b behind) Size() int64 { return b.size }

func (b behind) Open(off, n int64) (io.ReadCloser, error) {
	head := bytes.NewReader(b.head[min(off, int64(len(b.head))):])
	return io.NopCloser(io.LimitReader(io.MultiReader(head, b.rest), n)), nil
}
