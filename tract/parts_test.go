package tract_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"ngportal/internal/tracttest"
	"ngportal/tract"
)

// divisible are real files, and odd ones that are made here.
func divisible(t testing.TB) map[string]tract.Input {
	t.Helper()
	files := map[string]tract.Input{
		"empty streamlines.trk": {Format: tract.TRK, Source: tract.Bytes(hollow(0).bytes())},
		"with a property.trk":   {Format: tract.TRK, Source: tract.Bytes(hollow(2).bytes())},
		"nothing.trk":           {Format: tract.TRK, Source: tract.Bytes(plainTRK().bytes())},
		"synthetic.trk":         {Format: tract.TRK, Source: tracttest.Synthetic{Streamlines: 300}},
		"odd.tck": {Format: tract.TCK, Source: tract.Bytes(tck32("", nan, nan, nan, 1, 2, 3, nan, nan, nan, nan, nan, nan, 4, 5, 6,
			7, nan, 9, 1, 2, 3, nan, nan, nan, 2, 2, 2, nan, nan, nan, inf, inf, inf))},
		"doubles.tck": {Format: tract.TCK, Source: tract.Bytes(bigDoubles())},
	}
	for name := range samples {
		format, _ := tract.FormatOf(name)
		files[name] = tract.Input{Format: format, Source: tract.Bytes(load(t, name))}
	}
	return files
}

// hollow is a big-endian file with streamlines that have no points, and coordinates and properties that are zero.
func hollow(properties int) trkFile {
	f := plainTRK(nil, nil, []float32{0, 0, 0, 0, 0, 0}, nil, []float32{1, 0, 0}, nil, nil, nil,
		[]float32{2, 2, 2, 2, 2, 2, 0, 0, 0}, []float32{1, 2, 3}, nil, []float32{0, 0, 0}, nil, nil)
	f.order, f.count, f.properties = binary.BigEndian, 0, int16(properties)
	for range f.lines {
		f.props = append(f.props, make([]float32, properties))
	}
	return f
}

func bigDoubles() []byte {
	var b []byte
	for i := range 60 {
		v := float64(i)
		if i%15 >= 12 {
			v = math.NaN()
		}
		if i >= 57 {
			v = math.Inf(-1)
		}
		b = binary.BigEndian.AppendUint64(b, math.Float64bits(v))
	}
	return tck("datatype: Float64BE\n", b)
}

// A division of a file gives each streamline once, wherever the cuts are.
func TestPartsAreTheWhole(t *testing.T) {
	for name, in := range divisible(t) {
		t.Run(name, func(t *testing.T) {
			f := mustOpenFile(t, in)
			want, _, err := readPart(f, f.All())
			if err != nil {
				t.Fatal(err)
			}
			rng := rand.New(rand.NewPCG(3, 4))
			for range 30 {
				cuts := []int64{0, math.MaxInt64}
				for range rng.IntN(6) {
					cuts = append(cuts, rng.Int64N(f.Size()+10))
				}
				slices.Sort(cuts)
				var parts []tract.Part
				for i := range cuts[1:] {
					parts = append(parts, tract.Part{From: cuts[i], To: cuts[i+1]})
				}
				checkParts(t, f, parts, want)
			}
			for _, size := range []int64{-1, 1000, 10_000, math.MaxInt64} {
				if parts := f.Parts(size); len(parts) < 300 {
					checkParts(t, f, parts, want)
				}
			}
		})
	}
}

func checkParts(t *testing.T, f *tract.File, parts []tract.Part, want []tract.Streamline) {
	t.Helper()
	var got []tract.Streamline
	for _, p := range parts {
		lines, _, err := readPart(f, p)
		if err != nil {
			t.Fatalf("part %v of %v: %v", p, parts, err)
		}
		for _, l := range lines {
			if l.Position < p.From || l.Position >= p.To {
				t.Fatalf("part %v has a streamline at %d", p, l.Position)
			}
		}
		got = append(got, lines...)
	}
	if !slices.EqualFunc(got, want, sameLine) {
		t.Fatalf("parts %v: %d streamlines, and the whole %d, or others", parts, len(got), len(want))
	}
}

// sameLine compares all but the number, which counts within the part.
func sameLine(a, b tract.Streamline) bool {
	a.Index = b.Index
	return reflect.DeepEqual(strip([]tract.Streamline{a}), strip([]tract.Streamline{b})) && a.Position == b.Position && a.Bundle == b.Bundle
}

func TestPartsFollowEachOther(t *testing.T) {
	f := mustOpenFile(t, tract.Input{Format: tract.TRK, Source: tracttest.Synthetic{Streamlines: 100_000}})
	parts := f.Parts(64 << 20)
	if len(parts) < 2 || len(parts) > 3 || parts[0].From != 0 || parts[len(parts)-1].To != math.MaxInt64 {
		t.Fatalf("parts %v of 176 MB", parts)
	}
	for i, p := range parts[1:] {
		if p.From != parts[i].To {
			t.Errorf("part %v follows %v", p, parts[i])
		}
	}
}

// From any word of a file the next streamline that begins is found.
func TestEveryWordLeadsToTheNextStreamline(t *testing.T) {
	for name, in := range divisible(t) {
		if in.Format != tract.TRK || in.Source.Size() <= 1000 {
			continue
		}
		t.Run(filepath.Base(name), func(t *testing.T) {
			f := mustOpenFile(t, in)
			lines := positions(t, f)
			b := bytesOf(t, in.Source)
			hollow := name == "empty streamlines.trk" || name == "with a property.trk"
			i := 0
			for from := int64(1000); from < f.Size(); from += 4 {
				for i < len(lines) && lines[i] < from {
					i++
				}
				want := f.Size()
				if i < len(lines) {
					want = lines[i]
				}
				if from%(4*max(1, f.Size()>>11)) == 0 || from > f.Size()-400 { // it reads up to 64 KB
					if got, err := f.Locate(from); err != nil || got != want {
						t.Fatalf("streamline behind %d: %d, want %d (%v)", from, got, want, err)
					}
				}
				if want == f.Size() {
					want = -1
				}
				if got := f.Resync(b, from); !hollow && got != want {
					t.Fatalf("resynchronized from %d at %d, want %d", from, got, want)
				}
			}
		})
	}
}

// positions are those of all streamlines, broken ones among them.
func positions(t *testing.T, f *tract.File) (all []int64) {
	t.Helper()
	r, err := f.Read(f.All())
	if err != nil {
		t.Fatal(err)
	}
	var b tract.Batch
	for err = r.ReadBatch(&b); err == nil; err = r.ReadBatch(&b) {
		all = append(all, b.Positions...)
	}
	return all
}

// Streamlines of more points than are looked for, and a file of empty ones, are still found one by one.
func TestPartsOfGiants(t *testing.T) {
	long := make([]float32, 3*120_000)
	for i := range long {
		long[i] = float32(i) + 0.5
	}
	giants := plainTRK(long, long, long, []float32{1, 2, 3}, long).bytes()
	empty := plainTRK(make([][]float32, 40_000)...).bytes()
	for name, b := range map[string][]byte{"giants": giants, "empty": empty} {
		f := mustOpenFile(t, tract.Input{Format: tract.TRK, Source: tract.Bytes(b)})
		all := positions(t, f)
		if got := len(f.Parts(int64(len(b) / 8))); got < 7 {
			t.Errorf("%s: %d parts, want 7 or 8", name, got)
		}
		rng := rand.New(rand.NewPCG(5, 6))
		for range 10 {
			from := 1000 + rng.Int64N(int64(len(b))-1000)
			i, _ := slices.BinarySearch(all, from)
			if got, err := f.Locate(from); err != nil || i < len(all) && got != all[i] {
				t.Errorf("%s: streamline behind %d: %d (%v), want number %d of %d", name, from, got, err, i, len(all))
			}
		}
	}
}

func TestVerticesOfTheHeader(t *testing.T) {
	for name, in := range divisible(t) {
		if in.Format != tract.TRK {
			continue
		}
		f := mustOpenFile(t, in)
		points, lines, ok := f.Vertices()
		if f.Header().Streamlines < 0 {
			if ok && points > 0 {
				t.Errorf("%s: %d points without a count of streamlines", name, points)
			}
			continue
		}
		var want int64
		r, _ := f.Read(f.All())
		var b tract.Batch
		for r.ReadBatch(&b) == nil {
			for _, n := range b.Counts {
				want += int64(n)
			}
		}
		if !ok || points != want || lines != f.Header().Streamlines {
			t.Errorf("%s: %d points and %d streamlines (%v) by the header, want %d and %d", name, points, lines, ok, want, f.Header().Streamlines)
		}
	}
}

// A count of streamlines that the size does not go with makes the header of no use for that, and parts impossible.
func TestWrongCountsAreNotDivided(t *testing.T) {
	for _, count := range []int32{1, 3} {
		f := mustOpenFile(t, tract.Input{Format: tract.TRK, Source: tract.Bytes(twoLines().with(func(f *trkFile) { f.count = count }).bytes())})
		if p, n, ok := f.Vertices(); ok {
			t.Errorf("count of %d: %d points, %d streamlines", count, p, n)
		}
		if parts := f.Parts(1); len(parts) != 1 || parts[0] != f.All() {
			t.Errorf("count of %d: parts %v", count, parts)
		}
		if _, err := f.Read(tract.Part{From: 1000, To: 1010}); err == nil {
			t.Errorf("count of %d: a part can be read", count)
		}
	}
}

func TestBundlesComeFromAProperty(t *testing.T) {
	for _, name := range []string{"bundle", " Bundle_ID ", "CLUSTER", "tract_id", "labels"} {
		f := plainTRK(make([][]float32, 8)...)
		f.properties, f.propertyNames = 3, []string{"pair\x002", name}
		for _, v := range []float32{1, 0, 65534, 65535, -1, 2.5, nan, inf} {
			f.props = append(f.props, []float32{7, 8, v})
		}
		lines, r := mustRead(t, f.bytes(), tract.TRK)
		var got []uint16
		for _, l := range lines {
			got = append(got, l.Bundle)
		}
		if want := []uint16{1, tract.Unassigned, 65534, 0, 0, 0, 0, 0}; !slices.Equal(got, want) || r.Header().BundleProperty != 1 {
			t.Errorf("%q: bundles %v of property %d, want %v of 1", name, got, r.Header().BundleProperty, want)
		}
	}
}

// Batches hold what their limits say.
func TestBatchesAreBounded(t *testing.T) {
	long := make([]float32, 3*tract.BatchPoints+3)
	files := map[tract.Format][]byte{
		tract.TRK: plainTRK(append([][]float32{{1, 1, 1}, long, {1, 1, 1}}, make([][]float32, 20_000)...)...).bytes(),
		tract.TCK: tck32("", slices.Concat([]float32{1, 1, 1, nan, nan, nan}, long, []float32{nan, nan, nan, 1, 1, 1, nan, nan, nan, inf, inf, inf})...),
	}
	for format, b := range files {
		r := mustOpen(t, b, format)
		var batch tract.Batch
		next := int64(0)
		var sizes []string
		for r.ReadBatch(&batch) == nil {
			if batch.Index != next {
				t.Errorf("%s: batch begins at %d, want %d", format, batch.Index, next)
			}
			next += int64(len(batch.Counts))
			sizes = append(sizes, fmt.Sprint(len(batch.Points)/3))
			if n := len(batch.Counts); n > 10_000 || n > 1 && len(batch.Points) > 3*tract.BatchPoints {
				t.Errorf("%s: a batch of %d streamlines with %d points", format, n, len(batch.Points)/3)
			}
		}
		if want := []string{"1", "16385", "1"}; !slices.Equal(sizes[:3], want) {
			t.Errorf("%s: batches of %v points, want %v", format, sizes, want)
		}
	}
}

// bytesOf is a whole Source.
func bytesOf(t testing.TB, src tract.Source) []byte {
	t.Helper()
	b := make([]byte, src.Size())
	r, err := src.Open(0, src.Size())
	if err == nil {
		_, err = io.ReadFull(r, b)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A number that looks like a count of points is none if no streamlines follow from it.
func TestResyncLooksTwice(t *testing.T) {
	count := math.Float32frombits(1)
	b := plainTRK([]float32{9, 9, 9, count, 9, 9, 9, 9, 9}, []float32{1, 2, 3}, []float32{1, 2, 3}, []float32{1, 2, 3}).bytes()
	f := mustOpenFile(t, tract.Input{Format: tract.TRK, Source: tract.Bytes(b)})
	if got := f.Resync(b, 1004); got != 1040 {
		t.Errorf("resynchronized at %d, want 1040", got)
	}
}
