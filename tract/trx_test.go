package tract_test

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ngportal/tract"
)

func TestRealTRXReadsAsItsOracleSays(t *testing.T) {
	var want struct {
		Streamlines int64                      `json:"n_streamlines"`
		Points      int64                      `json:"n_points"`
		Counts      struct{ First10 []uint32 } `json:"points_per_streamline"`
		First       []float64                  `json:"first_point_ras"`
		FirstEnd    []float64                  `json:"last_point_of_first"`
		LastBegin   []float64                  `json:"first_point_of_last"`
		LastEnd     []float64                  `json:"last_point_ras"`
		Box         [][]float64                `json:"bbox_ras"`
		DPS         map[string]struct{ Shape []int }
		DPV         map[string]struct {
			First    []float64
			Min, Max float64
		} `json:"dpv"`
		Header struct {
			Dim    []int         `json:"DIMENSIONS"`
			Affine [4][4]float64 `json:"VOXEL_TO_RASMM"`
		} `json:"header"`
	}
	if err := json.Unmarshal(load(t, "niivue/dpsv.trx.oracle.json"), &want); err != nil {
		t.Fatal(err)
	}
	f, got, warnings := mustOpenAll(t, tract.Input{Format: tract.TRX, Source: tract.Bytes(load(t, "niivue/dpsv.trx"))})
	h := f.Header()
	// The file has 460 streamlines: so many offsets, so many rows of data, and points for the last one, 66 mm beside those
	// before. Its header counts 459, and the oracle believes it, but counts the points of all.
	if h.Streamlines != want.Streamlines+1 || int64(len(got.Points)) != want.Streamlines+1 || len(got.Properties) != want.DPS["DataSetID"].Shape[0] || h.Affine != want.Header.Affine || !slices.Equal(h.Dim[:], want.Header.Dim) {
		t.Errorf("%d streamlines, header %+v; want %+v", len(got.Points), h, want)
	}
	first, last, end := got.Points[0], got.Points[want.Streamlines-1], got.Points[want.Streamlines]
	for what, pair := range map[string]struct {
		got  []float32
		want []float64
	}{
		"first point": {first[:3], want.First}, "end of the first": {first[len(first)-3:], want.FirstEnd}, "beginning of the last that is counted": {last[:3], want.LastBegin},
		"end of the last": {end[len(end)-3:], want.LastEnd},
	} {
		if !near(pair.got, pair.want, 0) {
			t.Errorf("%s %v, want %v", what, pair.got, pair.want)
		}
	}
	if n := counts(got.Points); !slices.Equal(n[:10], want.Counts.First10) {
		t.Errorf("streamlines of %d points, want %d", n[:10], want.Counts.First10)
	}
	all, z := slices.Concat(got.Points...), slices.Concat(got.Scalars...)
	if int64(len(all)/3) != want.Points || !near(boxOf(all)[0], want.Box[0], 0) || !near(boxOf(all)[1], want.Box[1], 0) {
		t.Errorf("%d points in %v, want %d in %v", len(all)/3, boxOf(all), want.Points, want.Box)
	}
	if o := want.DPV["z"]; float64(z[0]) != o.First[0] || float64(slices.Min(z)) != o.Min || float64(slices.Max(z)) != o.Max {
		t.Errorf("z from %v, between %v and %v; want %+v", z[0], slices.Min(z), slices.Max(z), o)
	}
	for i, v := range z {
		if v != all[3*i+2] {
			t.Fatalf("z of point %d is %v, and its third coordinate %v", i, v, all[3*i+2])
		}
	}
	if !holds(warnings, []string{"counts 459 streamlines, but the file holds the points and the data of 460"}) {
		t.Errorf("warnings %q", warnings)
	}
}

func boxOf(points []float32) [2][]float32 {
	box := [2][]float32{slices.Clone(points[:3]), slices.Clone(points[:3])}
	for i, v := range points {
		box[0][i%3], box[1][i%3] = min(box[0][i%3], v), max(box[1][i%3], v)
	}
	return box
}

// Each of these is three streamlines with the coordinates 0, 0.5, 1 and so on.
func TestTRXInAllItsFormsIsTheSame(t *testing.T) {
	halves := make([]uint16, 18)
	doubles := make([]float64, 18)
	for i, v := range ramp(18) {
		halves[i], doubles[i] = float16(float64(v)), float64(v)
	}
	var below, deflated, reversed []part
	for _, p := range threeLines() {
		below = append(below, part{"some folder/" + p.name, p.data, p.method})
		deflated = append(deflated, part{p.name, p.data, zip.Deflate})
	}
	reversed = slices.Clone(threeLines())
	slices.Reverse(reversed)
	p := threeLines()
	tests := map[string]tract.Input{
		"plain":               trxInput(p),
		"folder":              folder(p),
		"deflated":            trxInput(deflated),
		"in another order":    trxInput(reversed),
		"partly deflated":     trxInput([]part{p[0], deflated[1], p[2]}),
		"in a top folder":     trxInput(below),
		"folder in a folder":  folder(below),
		"with hidden files":   trxInput(with(p, part{"__MACOSX/positions.3.float32", nil, 0}, part{".DS_Store", nil, 0}, part{"dpv/._fa.float32", nil, 0})),
		"with folders":        trxInput(append([]part{{"dpv/", nil, 0}, {"groups/", nil, 0}}, p...)),
		"float16":             trxInput(with(p, part{"positions.3.float16", numbers(halves...), 0})),
		"float64":             trxInput(with(p, part{"positions.3.float64", numbers(doubles...), zip.Deflate})),
		"a last offset":       trxInput(with(p, part{"offsets.uint32", numbers[uint32](0, 2, 5, 6), 0})),
		"offsets of 64 bits":  trxInput(with(p, part{"offsets.uint64", numbers[uint64](0, 2, 5, 6), zip.Deflate})),
		"signed offsets":      trxInput(with(p, part{"offsets.int32", numbers[int32](0, 2, 5), 0})),
		"signed, of 64 bits":  trxInput(with(p, part{"offsets.int64", numbers[int64](0, 2, 5, 6), 0})),
		"something before it": {Format: tract.TRX, Source: tract.Bytes(append([]byte("#!/bin/sh\n"), archive(p...)...))},
		"a blank at the end":  trxInput(with(p, part{"positions.3.float32 ", p[1].data, 0})),
	}
	for name, in := range tests {
		t.Run(name, func(t *testing.T) {
			f, got, warnings := mustOpenAll(t, in)
			if !slices.Equal(slices.Concat(got.Points...), ramp(18)) || !slices.Equal(counts(got.Points), []uint32{2, 3, 1}) || !slices.Equal(got.Positions, []int64{0, 1, 2}) {
				t.Errorf("points %v at %v", got.Points, got.Positions)
			}
			h := f.Header()
			if h.Streamlines != 3 || h.Dim != [3]int{10, 20, 30} || h.VoxelSize != [3]float64{2, 3, 4} || h.VoxelOrder != "LAS" || !h.HasAffine || len(warnings) > 0 {
				t.Errorf("header %+v, warnings %q", h, warnings)
			}
			if points, lines, ok := f.Vertices(); points != 6 || lines != 3 || !ok {
				t.Errorf("Vertices: %d, %d, %v", points, lines, ok)
			}
		})
	}
}

func TestHalfPrecisionIsExact(t *testing.T) {
	values := []float64{0, 1, -1, 0.5, 65504, 1.0 / (1 << 24), 1023.0 / (1 << 24), 1.0 / (1 << 14), -103.75, 2.001953125}
	bits := make([]uint16, 18)
	for i, v := range values {
		bits[i] = float16(v)
	}
	bits[12], bits[13], bits[14] = 0x7c00, 0xfc00, 0x7e00 // infinite, and not a number: the streamline is not drawn
	_, got, _ := mustOpenAll(t, trxInput(with(threeLines(), part{"positions.3.float16", numbers(bits...), 0})))
	all := slices.Concat(got.Points...)
	for i, v := range values[:6] { // those of the first streamline
		if float64(all[i]) != v {
			t.Errorf("bits %04x are %v, want %v", bits[i], all[i], v)
		}
	}
	if n := counts(got.Points); !slices.Equal(n, []uint32{2, 0, 1}) {
		t.Errorf("streamlines of %v points, want none in the second, which is not finite", n)
	}
	bits[12], bits[13], bits[14] = 0, 1<<15, 0
	_, got, _ = mustOpenAll(t, trxInput(with(threeLines(), part{"positions.3.float16", numbers(bits...), 0})))
	for i, v := range slices.Concat(got.Points...)[:len(values)] {
		if float64(v) != values[i] {
			t.Errorf("bits %04x are %v, want %v", bits[i], v, values[i])
		}
	}
}

func TestTRXData(t *testing.T) {
	f, got, warnings := mustOpenAll(t, trxInput(with(threeLines(),
		part{"dpv/fa.float16", numbers(float16(0.25), float16(0.5), float16(1), float16(2), float16(4), float16(8)), zip.Deflate},
		part{"dpv/rgb.3.uint8", []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 255}, 0},
		part{"dpv/short.float32", numbers[float32](1, 2), 0},
		part{"dps/a b.c #1.int16", numbers[int16](-1, 2, -300), 0},
		part{"dps/two.float64", numbers[float64](1, 2, 3, 4, 5, 6), 0},
		part{"dps/big.uint64", numbers[uint64](1, 1<<63, 3), 0},
		part{"dps/long.uint8", []byte{1, 2, 3, 4}, 0},
		part{"dps/odd.complex64", make([]byte, 24), 0},
		part{"dpg/CC/mean.float32", numbers[float32](1), 0},
	)))
	h := f.Header()
	if want := []tract.Column{{Name: "fa", Components: 1}, {Name: "rgb", Components: 3}}; !reflect.DeepEqual(h.Scalars, want) {
		t.Errorf("scalars %+v, want %+v", h.Scalars, want)
	}
	if want := []tract.Column{{Name: "a b.c #1", Components: 1}, {Name: "big", Components: 1}, {Name: "long", Components: 1}, {Name: "two", Components: 2}}; !reflect.DeepEqual(h.Properties, want) {
		t.Errorf("properties %+v, want %+v", h.Properties, want)
	}
	if want := [][]float32{{0.25, 1, 2, 3, 0.5, 4, 5, 6}, {1, 7, 8, 9, 2, 10, 11, 12, 4, 13, 14, 15}, {8, 16, 17, 255}}; !reflect.DeepEqual(got.Scalars, want) {
		t.Errorf("scalars %v, want %v", got.Scalars, want)
	}
	if want := [][]float32{{-1, 1, 1, 1, 2}, {2, 1 << 63, 2, 3, 4}, {-300, 3, 3, 5, 6}}; !reflect.DeepEqual(got.Properties, want) {
		t.Errorf("properties %v, want %v", got.Properties, want)
	}
	if !holds(warnings, []string{"of its groups (dpg)", `"short" are left out`, `"long" have more rows`}) {
		t.Errorf("warnings %q", warnings)
	}
}

func TestTRXGroupsAreBundles(t *testing.T) {
	parts := with(threeLines(),
		part{"groups/b.uint32", numbers[uint32](2, 1, 1), zip.Deflate},
		part{"groups/AF.2 .int64", numbers[int64](2), 0},
		part{"groups/none.uint64", nil, 0},
		part{"groups/bad.float32", numbers[float32](1), 0},
		part{"dps/bundle.uint8", []byte{7, 7, 7}, 0})
	for name, in := range map[string]tract.Input{"archive": trxInput(parts), "folder": folder(parts)} {
		f, got, warnings := mustOpenAll(t, in)
		h := f.Header()
		if want := []tract.Group{{Name: "AF.2 ", Streamlines: 1}, {Name: "b", Streamlines: 3}, {Name: "none"}}; !reflect.DeepEqual(h.Groups, want) {
			t.Errorf("%s: groups %+v, want %+v", name, h.Groups, want)
		}
		if !slices.Equal(got.Bundles, []uint16{0, 2, 1}) || h.BundleProperty != -1 {
			t.Errorf("%s: bundles %v, property %d", name, got.Bundles, h.BundleProperty)
		}
		for i, want := range [][]uint32{{2}, {1, 2}, nil} {
			if members, err := f.Group(i); err != nil || !slices.Equal(members, want) {
				t.Errorf("%s: group %d is %v, %v; want %v", name, i, members, err, want)
			}
		}
		if _, err := f.Group(3); err == nil {
			t.Errorf("%s: there is a fourth group", name)
		}
		if !holds(warnings, []string{`"bad" is left out`}) {
			t.Errorf("%s: warnings %q", name, warnings)
		}
	}
}

func TestEmptyTRX(t *testing.T) {
	header := part{"header.json", []byte(`{"NB_STREAMLINES": 0, "NB_VERTICES": 0}`), 0}
	for name, parts := range map[string][]part{
		"without arrays": {header},
		"with arrays":    {header, {"positions.3.float32", nil, 0}, {"offsets.uint64", numbers[uint64](0), 0}, {"dpv/fa.float32", nil, 0}, {"groups/a.uint32", nil, 0}},
	} {
		f, got, warnings := mustOpenAll(t, trxInput(parts))
		if len(got.Points) > 0 || f.Header().Streamlines != 0 || !holds(warnings, []string{"no usable affine"}) {
			t.Errorf("%s: %v, %+v, warnings %q", name, got, f.Header(), warnings)
		}
	}
}

// many is a .trx file of n streamlines of 1 to 40 points with all kinds of data.
func many(n int, method uint16) []part { return manyOf(n, 40, method) }

// manyOf is many with other numbers of points.
func manyOf(n, longest int, method uint16) []part {
	var offsets []uint64
	var even, first []uint32
	var points, fa, length []float32
	for i := range n {
		offsets = append(offsets, uint64(len(points)/3))
		for k := range 1 + i*7919%longest {
			points = append(points, float32(i), float32(k), float32(i*k))
			fa = append(fa, float32(i+k))
		}
		if length = append(length, float32(i)/3); i%2 == 0 {
			even = append(even, uint32(i))
		}
		first = append(first, uint32(i/100))
	}
	return []part{
		{"header.json", fmt.Appendf(nil, `{"NB_STREAMLINES": %d, "NB_VERTICES": %d}`, n, len(points)/3), method},
		{"positions.3.float32", numbers(points...), method},
		{"dpv/fa.float32", numbers(fa...), method},
		{"dps/length.float32", numbers(length...), method},
		{"groups/even.uint32", numbers(even...), method},
		{"groups/first.uint32", numbers(first...), method},
		{"offsets.uint64", numbers(offsets...), method},
	}
}

// 140,000 streamlines have more offsets than are kept in memory.
func TestPartsOfTRXAreTheWhole(t *testing.T) {
	for _, n := range []int{1000, 140_000} {
		f, whole, _ := mustOpenAll(t, trxInput(manyOf(n, 3, zip.Store)))
		parts := f.Parts(f.Size() / 7)
		if len(parts) < 6 || len(parts) > 9 || whole.Points[n-1][0] != float32(n-1) || whole.Bundles[1] == 0 == (n > 100) {
			t.Fatalf("%d streamlines: parts %v, last one %v", n, parts, whole.Points[n-1])
		}
		var sum content
		for _, p := range parts {
			c, _, err := contents(f, p)
			if err != nil {
				t.Fatal(err)
			}
			sum.Positions, sum.Bundles = append(sum.Positions, c.Positions...), append(sum.Bundles, c.Bundles...)
			sum.Points, sum.Scalars, sum.Properties = append(sum.Points, c.Points...), append(sum.Scalars, c.Scalars...), append(sum.Properties, c.Properties...)
		}
		if !sameContent(sum, whole) {
			t.Errorf("%d streamlines in %d parts are not those of the whole", n, len(parts))
		}
	}
}

func sameContent(a, b content) bool {
	rows := func(a, b [][]float32) bool { return slices.EqualFunc(a, b, slices.Equal[[]float32]) }
	return slices.Equal(a.Positions, b.Positions) && slices.Equal(a.Bundles, b.Bundles) &&
		rows(a.Points, b.Points) && rows(a.Scalars, b.Scalars) && rows(a.Properties, b.Properties)
}

func TestDeflatedTRXIsOnePart(t *testing.T) {
	_, stored, _ := mustOpenAll(t, trxInput(manyOf(135_000, 3, zip.Store)))
	f, deflated, _ := mustOpenAll(t, trxInput(manyOf(135_000, 3, zip.Deflate)))
	if !sameContent(deflated, stored) || len(f.Parts(1000)) != 1 {
		t.Errorf("deflated data differ from stored ones, or lie in %d parts", len(f.Parts(1000)))
	}
}

func TestFewRequestsForTRX(t *testing.T) {
	src := &counting{Source: tract.Bytes(archive(many(140_000, zip.Store)...))}
	f, err := tract.Open(tract.Input{Format: tract.TRX, Source: src})
	if err != nil {
		t.Fatal(err)
	}
	if ranges, size := src.ranges.Load(), src.bytes.Load(); ranges > 10 || size > 4<<20 {
		t.Errorf("opening %d bytes took %d ranges of %d bytes, want at most 10 and 4 MB", src.Size(), ranges, size)
	}
	if _, _, err = contents(f, tract.Part{From: 5, To: 6}); err != nil { // with the groups, which are read once
		t.Fatal(err)
	}
	src.ranges.Store(0)
	src.bytes.Store(0)
	c, _, err := contents(f, tract.Part{From: 100_000, To: 100_100})
	if err != nil || len(c.Points) != 100 || c.Points[0][0] != 100_000 {
		t.Fatalf("%d streamlines, the first at %v (%v)", len(c.Points), c.Points[0], err)
	}
	if ranges, size := src.ranges.Load(), src.bytes.Load(); ranges > 4 || size > 50_000 {
		t.Errorf("100 streamlines took %d ranges of %d bytes, want offsets, points, fa and length", ranges, size)
	}
}

func TestTRXOfPython(t *testing.T) {
	dir := formats(t)
	files, err := filepath.Glob(filepath.Join(dir, "*.trx"))
	if err != nil || len(files) != 12 {
		t.Fatalf("%d files, want 12 (%v)", len(files), err)
	}
	for _, file := range files {
		in := tract.Input{Format: tract.TRX}
		if info, err := os.Stat(file); err != nil {
			t.Fatal(err)
		} else if info.IsDir() {
			in.Folder = filesIn(t, file)
		} else {
			in.Source = tract.Bytes(readFile(t, file))
		}
		f, got, _ := mustOpenAll(t, in)
		base := strings.TrimSuffix(file, ".trx")
		if want := words(t, base+".counts"); !slices.Equal(counts(got.Points), want) {
			t.Errorf("%s: streamlines of %d points, want %d", filepath.Base(file), counts(got.Points), want)
		}
		if want := float32s(words(t, base+".f32")); !slices.Equal(slices.Concat(got.Points...), want) {
			t.Errorf("%s: points %v, want %v", filepath.Base(file), got.Points[0], want[:9])
		}
		for name, rows := range map[string][][]float32{".scalars": got.Scalars, ".properties": got.Properties} {
			if want := float32s(words(t, base+name)); !slices.Equal(slices.Concat(rows...), want) {
				t.Errorf("%s%s: %v, want %v; columns %+v", filepath.Base(file), name, rows, want, f.Header())
			}
		}
		for i, g := range f.Header().Groups {
			members, err := f.Group(i)
			if want := words(t, base+".group."+g.Name); err != nil || !slices.Equal(members, want) {
				t.Errorf("%s: group %s is %v (%v), want %v", filepath.Base(file), g.Name, members, err, want)
			}
		}
	}
}

func filesIn(t *testing.T, dir string) map[string]tract.Source {
	t.Helper()
	out := map[string]tract.Source{}
	for _, pattern := range []string{"*", "*/*"} {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if info, err := os.Stat(file); err == nil && !info.IsDir() {
				name, _ := filepath.Rel(dir, file)
				out[filepath.ToSlash(name)] = tract.Bytes(readFile(t, file))
			}
		}
	}
	return out
}

func readFile(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
