package tract_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"ngportal/tract"
)

func TestTCKDelimiters(t *testing.T) {
	matlab := math.Float32frombits(0xffc12345) // a NaN, with other bits than most
	tests := map[string]struct {
		numbers  []float32
		want     [][]float32
		warnings []string
	}{
		"usual": {
			[]float32{1, 2, 3, 4, 5, 6, nan, nan, nan, 7, 8, 9, nan, nan, nan, inf, inf, inf},
			[][]float32{{1, 2, 3, 4, 5, 6}, {7, 8, 9}},
			nil,
		},
		"no streamline":             {[]float32{inf, inf, inf}, nil, nil},
		"NaN with other bits":       {[]float32{1, 2, 3, matlab, nan, matlab, inf, inf, inf}, [][]float32{{1, 2, 3}}, nil},
		"negative infinity":         {[]float32{1, 2, 3, nan, nan, nan, -inf, -inf, -inf}, [][]float32{{1, 2, 3}}, nil},
		"delimiters in a row":       {[]float32{nan, nan, nan, 1, 2, 3, nan, nan, nan, nan, nan, nan, inf, inf, inf}, [][]float32{{1, 2, 3}}, nil},
		"no end marker":             {[]float32{1, 2, 3, nan, nan, nan}, [][]float32{{1, 2, 3}}, []string{"no end marker"}},
		"nothing at all":            {nil, nil, []string{"no end marker"}},
		"no delimiter at the end":   {[]float32{1, 2, 3, inf, inf, inf}, [][]float32{{1, 2, 3}}, []string{"not closed by a delimiter"}},
		"data behind the end":       {[]float32{1, 2, 3, nan, nan, nan, inf, inf, inf, 4, 5, 6, 7}, [][]float32{{1, 2, 3}}, nil},
		"one coordinate is NaN":     {[]float32{1, nan, 3, nan, nan, nan, 4, 5, 6, nan, nan, nan, inf, inf, inf}, [][]float32{{4, 5, 6}}, []string{"left out: 1."}},
		"the first alone is NaN":    {[]float32{1, 2, 3, nan, 2, 3, 4, 5, 6, nan, nan, nan, 4, 5, 6, nan, nan, nan, inf, inf, inf}, [][]float32{{4, 5, 6}}, []string{"left out: 1."}},
		"two coordinates are Inf":   {[]float32{1, inf, inf, nan, nan, nan, 4, 5, 6, nan, nan, nan, inf, inf, inf}, [][]float32{{4, 5, 6}}, []string{"left out: 1."}},
		"NaN is mixed with Inf too": {[]float32{inf, nan, inf, nan, nan, nan, 4, 5, 6, nan, nan, nan, inf, inf, inf}, [][]float32{{4, 5, 6}}, []string{"left out: 1."}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			lines, r := mustRead(t, tck32("", tt.numbers...), tract.TCK)
			var got [][]float32
			for _, l := range lines {
				got = append(got, l.Points)
			}
			if !slices.EqualFunc(got, tt.want, slices.Equal[[]float32]) {
				t.Errorf("points %v, want %v", got, tt.want)
			}
			if got := r.Warnings(); !holds(got, tt.warnings) {
				t.Errorf("warnings %q, want %q", got, tt.warnings)
			}
		})
	}
}

func TestTCKNumbers(t *testing.T) {
	values := []float64{1.5, -2, 3e-3, math.NaN(), math.NaN(), math.NaN(), math.Inf(1), math.Inf(1), math.Inf(1)}
	var f32le, f32be, f64le, f64be []byte
	for _, v := range values {
		f32le = binary.LittleEndian.AppendUint32(f32le, math.Float32bits(float32(v)))
		f32be = binary.BigEndian.AppendUint32(f32be, math.Float32bits(float32(v)))
		f64le = binary.LittleEndian.AppendUint64(f64le, math.Float64bits(v))
		f64be = binary.BigEndian.AppendUint64(f64be, math.Float64bits(v))
	}
	for name, b := range map[string][]byte{
		"Float32LE": f32le, "float32le": f32le, "Float32": f32le, "Float32BE": f32be,
		"Float64LE": f64le, "Float64": f64le, "Float64BE": f64be, "FLOAT64BE": f64be,
	} {
		lines, r := mustRead(t, tck("datatype: "+name+"\n", b), tract.TCK)
		if len(lines) != 1 || !slices.Equal(lines[0].Points, []float32{1.5, -2, 3e-3}) {
			t.Errorf("%s: streamlines %v, want one at 1.5, -2, 0.003", name, lines)
		}
		if got := r.Warnings(); !holds(got, []string{"does not say where the streamlines begin"}) {
			t.Errorf("%s: warnings %q", name, got)
		}
	}
}

func TestTCKHeaders(t *testing.T) {
	tests := map[string]struct {
		header   string // @@@ stands for where the numbers begin
		padding  string // before the numbers
		more     []float32
		count    int64
		warnings []string
	}{
		"as MRtrix writes it":                {"count: 0000000001\ndatatype: Float32LE\nfile: . @@@\n", "", nil, 1, nil},
		"padding before the data":            {"datatype: Float32LE\nfile: . @@@\n", "\n\n\n\n\n", nil, -1, nil},
		"other keys, repeated and continued": {"a: b\nc: d\n  on\na: e\ndatatype: Float32LE\nfile: . @@@\nfile: x 1\n", "", nil, -1, nil},
		"value in the next line":             {"datatype:\nFloat32LE\nfile:\n. @@@\n", "", nil, -1, nil},
		"lines end as on Windows":            {"datatype: Float32LE\r\nfile: . @@@\r\n", "", nil, -1, nil},
		"no data type":                       {"file: . @@@\n", "", nil, -1, []string{"Float32LE was assumed"}},
		"no offset":                          {"datatype: Float32LE\n", "", nil, -1, []string{"read from its end on"}},
		"count of zero":                      {"count: 0\ndatatype: Float32LE\nfile: . @@@\n", "", nil, -1, nil},
		"count that is no number":            {"count: many\ndatatype: Float32LE\nfile: . @@@\n", "", nil, -1, nil},
		"count too small": {
			"count: 1\ndatatype: Float32LE\nfile: . @@@\n", "",
			[]float32{4, 5, 6, nan, nan, nan},
			1,
			[]string{"counts 1 streamlines, but the file holds 2"},
		},
		"count too large": {
			"count: 3\ndatatype: Float32LE\nfile: . @@@\n", "", nil, 3,
			[]string{"counts 3 streamlines, but the file holds 1"},
		},
		"count of 2³¹−1": {
			"count: 2147483647\ndatatype: Float32LE\nfile: . @@@\n", "", nil, -1,
			[]string{"counts 2147483647 streamlines, but the file is too short"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			offset := len(tck(tt.header+tt.padding, nil))
			numbers := append([]float32{1, 2, 3, nan, nan, nan}, tt.more...)
			file := tck(strings.ReplaceAll(tt.header, "@@@", fmt.Sprintf("%03d", offset)), []byte(tt.padding))
			lines, r := mustRead(t, plainTRK().floats(file, append(numbers, inf, inf, inf)...), tract.TCK)
			if len(lines) < 1 || !slices.Equal(lines[0].Points, []float32{1, 2, 3}) {
				t.Errorf("streamlines %v, want 1 2 3", lines)
			}
			if got := r.Header().Streamlines; got != tt.count {
				t.Errorf("header counts %d, want %d", got, tt.count)
			}
			if got := r.Warnings(); !holds(got, tt.warnings) {
				t.Errorf("warnings %q, want %q", got, tt.warnings)
			}
		})
	}
}

func TestDamagedTCKIsExplained(t *testing.T) {
	whole := tck32("count: 2\n", 1, 2, 3, 4, 5, 6, nan, nan, nan, 7, 8, 9, 1, 1, 1, nan, nan, nan, inf, inf, inf)
	tests := map[string]struct {
		file []byte
		want string
	}{
		"zero bytes":               {nil, "empty (0 bytes)"},
		"another file":             {twoLines().bytes(), `does not begin with "mrtrix tracks"`},
		"scalars of a track":       {[]byte("mrtrix track scalars\nEND\n"), `does not begin with "mrtrix tracks"`},
		"no END":                   {[]byte("mrtrix tracks\ndatatype: Float32LE\n"), "before the line END"},
		"endless header":           {[]byte("mrtrix tracks\n" + strings.Repeat("a: b\n", 1<<18)), "more than 1048576 bytes"},
		"endless line":             {[]byte("mrtrix tracks\n" + strings.Repeat("a", 1<<21)), "more than 1048576 bytes"},
		"integers":                 {tck("datatype: Int16LE\n", nil), `of the type "Int16LE"`},
		"unknown byte order":       {tck("datatype: Float32XX\n", nil), `of the type "Float32XX"`},
		"short type":               {tck("datatype: f4\n", nil), `of the type "f4"`},
		"data in another file":     {tck("datatype: Float32LE\nfile: other.dat 0\n", nil), `in another file, "other.dat"`},
		"offset missing":           {tck("datatype: Float32LE\nfile: .\n", nil), "not a position"},
		"offset that is no number": {tck("datatype: Float32LE\nfile: . x\n", nil), `". x" is not a position`},
		"offset inside the text":   {tck("datatype: Float32LE\nfile: . 10\n", nil), "at byte 10, but its own text goes up to byte 49"},
		"negative offset":          {tck("datatype: Float32LE\nfile: . -1\n", nil), "at byte -1"},
		"offset behind the end":    {tck("datatype: Float32LE\nfile: . 999\n", nil), "at byte 999, but the file has only 50 bytes"},
		"cut in a streamline":      {whole[:len(whole)-36], "ends in the middle of streamline 2 of 2"},
		"cut in a number":          {whole[:len(whole)-1], "ends in the middle of streamline 3"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int64{int64(len(tt.file)), -1} {
				_, _, err := read(tt.file, tract.TCK, size)
				if !errors.Is(err, tract.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("size %d: error %v, want ErrInvalid and %q", size, err, tt.want)
				}
			}
		})
	}
}
