package tract_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"ngportal/tract"
)

// tsf32 is a .tsf file of little-endian numbers.
func tsf32(numbers ...float32) []byte {
	return append([]byte("mrtrix track scalars\ndatatype: Float32LE\nfile: . 56\nEND\n"), plainTRK().floats(nil, numbers...)...)
}

// scalarInput is a .tck file of streamlines of 2, 1 and 1 points with these scalars.
func scalarInput(scalars map[string][]byte) tract.Input {
	points := tck32("", 1, 2, 3, 4, 5, 6, nan, nan, nan, 7, 8, 9, nan, nan, nan, nan, nan, nan, 1, 1, 1, nan, nan, nan, inf, inf, inf)
	in := tract.Input{Format: tract.TCK, Source: tract.Bytes(points), Scalars: map[string]tract.Source{}}
	for name, b := range scalars {
		in.Scalars[name] = tract.Bytes(b)
	}
	return in
}

func TestScalarsOfTCK(t *testing.T) {
	big := []byte("mrtrix track scalars\ndatatype: Float64BE\nfile: . 60\nEND\n....")
	for _, v := range []float64{-1, -2, math.NaN(), -3, math.NaN(), math.NaN(), -4, math.NaN(), math.Inf(1)} {
		big = binary.BigEndian.AppendUint64(big, math.Float64bits(v))
	}
	f := mustOpenFile(t, scalarInput(map[string][]byte{
		"fa":      tsf32(10, 20, nan, 30, nan, nan, 40, nan, inf),
		"b":       big,
		"no ends": tsf32(1, nan, nan, 3, nan, nan, 4, nan), // a value is NaN, and the end marker is missing
	}))
	if got, want := f.Header().Scalars, []tract.Column{{Name: "b", Components: 1}, {Name: "fa", Components: 1}, {Name: "no ends", Components: 1}}; !slices.Equal(got, want) {
		t.Errorf("scalars %v, want %v", got, want)
	}
	want := [][]float32{{-1, 10, 1, -2, 20, nan}, {-3, 30, 3}, {-4, 40, 4}}
	for _, cut := range []int64{0, 1, 60, 80, 100, 130, 140, 150, 1000} {
		first, _, err := readPart(f, tract.Part{To: cut})
		second, _, err2 := readPart(f, tract.Part{From: cut, To: math.MaxInt64})
		if err = errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		for i, l := range slices.Concat(first, second) {
			if fmt.Sprint(l.Scalars) != fmt.Sprint(want[i]) {
				t.Errorf("cut at %d: scalars %v of streamline %d, want %v", cut, l.Scalars, i, want[i])
			}
		}
		if n := len(first) + len(second); n != 3 {
			t.Errorf("cut at %d: %d streamlines", cut, n)
		}
	}
}

func TestScalarsOfOtherStreamlines(t *testing.T) {
	tests := map[string]struct {
		file []byte
		want string
	}{
		"too few":          {tsf32(10, nan, inf), "they are 3 numbers with the delimiters, and the points 9"},
		"too many":         {tsf32(make([]float32, 20)...), "they are 20 numbers"},
		"other delimiters": {tsf32(10, nan, 20, 30, nan, nan, 40, nan, inf), "the streamline that ends at point 2 has more numbers"},
		"ends early":       {tsf32(10, 20, nan, inf, nan, nan, nan, nan, inf), "they end before the points do"},
		"a .tck file":      {tck32("", 1, 2, 3), "it is not a .tsf file"},
		"integers":         {[]byte("mrtrix track scalars\ndatatype: Int8\nEND\n"), `of the type "Int8"`},
		"nothing":          {nil, "empty (0 bytes)"},
	}
	for name, tt := range tests {
		_, _, err := func() ([]tract.Streamline, *tract.Reader, error) {
			f, err := tract.Open(scalarInput(map[string][]byte{"fa": tt.file}))
			if err != nil {
				return nil, nil, err
			}
			return readPart(f, f.All())
		}()
		if !errors.Is(err, tract.ErrInvalid) || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), `"fa"`) {
			t.Errorf("%s: error %v, want %q", name, err, tt.want)
		}
	}
}

func TestSampleHasScalars(t *testing.T) {
	var points, numbers []float32
	for i := range 5000 {
		for k := range 1 + i%30 {
			v := float32(100*i + k)
			points, numbers = append(points, v, v, v), append(numbers, v)
		}
		points, numbers = append(points, nan, nan, nan), append(numbers, nan)
	}
	in := tract.Input{Format: tract.TCK, Source: tract.Bytes(tck32("", append(points, inf, inf, inf)...))}
	src := &counted{Source: tract.Bytes(tsf32(append(numbers, inf)...))}
	in.Scalars = map[string]tract.Source{"s": src}
	s, err := mustOpenFile(t, in).Sample(300, "", tract.Budget{Ranges: 30, Bytes: 600 << 10})
	if err != nil || len(s.Counts) < 200 || s.Exact {
		t.Fatalf("%+v, %v", s, err)
	}
	for i, v := range s.Scalars {
		if v != s.Batch.Points[3*i] {
			t.Fatalf("scalar %d is %v, want %v", i, v, s.Batch.Points[3*i])
		}
	}
	if src.ranges.Load() < 5 {
		t.Errorf("%d ranges of scalars", src.ranges.Load())
	}
}

func FuzzTSF(f *testing.F) {
	f.Add(tsf32(10, 20, nan, 30, nan, nan, 40, nan, inf))
	f.Add(tsf32(10, 20, nan, 30, nan, nan, 40))
	f.Add([]byte("mrtrix track scalars\ndatatype: Float64BE\nEND\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := tract.Open(scalarInput(map[string][]byte{"fa": b}))
		if err == nil {
			var lines []tract.Streamline
			lines, _, err = readPart(file, file.All())
			if err == nil && (len(lines) != 3 || len(lines[0].Scalars) != 2) {
				t.Fatalf("streamlines %+v", lines)
			}
		}
		if err != nil && !errors.Is(err, tract.ErrInvalid) {
			t.Fatalf("error %v of a source that does not fail", err)
		}
	})
}

func TestCompressedTRK(t *testing.T) {
	for name := range samples {
		format, _ := tract.FormatOf(name)
		if format != tract.TRK {
			continue
		}
		b := load(t, name)
		want, plain := mustRead(t, b, tract.TRK)
		cut := 1000 + (len(b)-1000)/2
		for what, packed := range map[string][]byte{"at once": gz(b), "in members": append(gz(b[:cut]), gz(b[cut:])...)} {
			got, r := mustRead(t, packed, tract.TRKGZ)
			if !slices.EqualFunc(got, want, sameLine) || !slices.Equal(r.Warnings(), plain.Warnings()) {
				t.Errorf("%s, compressed %s: %d streamlines, want %d, or others", name, what, len(got), len(want))
			}
		}
	}
	b := gz(twoLines().bytes())
	for cut := range b {
		lines, _, err := readSource(tract.Bytes(b[:cut]), tract.TRKGZ)
		if !errors.Is(err, tract.ErrInvalid) && (err != nil || len(lines) != 2) { // the checksum may be missing
			t.Errorf("cut to %d of %d bytes: error %v", cut, len(b), err)
		}
	}
	for what, file := range map[string][]byte{
		"not compressed": twoLines().bytes(),
		"damaged":        append(bytes.Clone(b[:len(b)-30]), bytes.Repeat([]byte{0xaa}, 30)...),
	} {
		if _, _, err := readSource(tract.Bytes(file), tract.TRKGZ); !errors.Is(err, tract.ErrInvalid) {
			t.Errorf("%s: error %v", what, err)
		}
	}
	f := mustOpenFile(t, tract.Input{Format: tract.TRKGZ, Source: tract.Bytes(b)})
	if _, _, ok := f.Vertices(); ok || len(f.Parts(1)) != 1 {
		t.Error("a compressed file can be divided")
	}
}
