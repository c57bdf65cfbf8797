package volume_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"ngportal/volume"
)

// nifti1 makes a NIfTI-1 header of 2 × 3 × 4 int16 voxels with an sform, and lets edit change it.
func nifti1(order binary.ByteOrder, edit func(raw []byte)) []byte {
	raw := make([]byte, 352)
	order.PutUint32(raw, 348)
	copy(raw[344:], "n+1\x00")
	for i, n := range []uint16{3, 2, 3, 4, 1, 1, 1, 1} {
		order.PutUint16(raw[40+2*i:], n)
	}
	put := func(at int, values ...float32) {
		for i, v := range values {
			order.PutUint32(raw[at+4*i:], math.Float32bits(v))
		}
	}
	order.PutUint16(raw[70:], 4)
	order.PutUint16(raw[72:], 16)
	put(76, 1, 2, 2.5, 3, 1.5)
	put(108, 352)
	raw[123] = 2 | 8
	order.PutUint16(raw[254:], 1)
	put(280, -2, 0, 0, 10, 0, 2.5, 0, -20, 0, 0, 3, 30)
	if edit != nil {
		edit(raw)
	}
	return raw
}

func putFloat(raw []byte, at int, v float64) {
	binary.LittleEndian.PutUint32(raw[at:], math.Float32bits(float32(v)))
}

func wantMatrix(t *testing.T, what string, got *volume.Affine, want [3][4]float64, tolerance float64) {
	t.Helper()
	if got == nil {
		t.Errorf("%s: none", what)
		return
	}
	for i := range want {
		for j := range want[i] {
			if !near(got.Matrix[i][j], want[i][j], tolerance) {
				t.Errorf("%s: %v (%s), want %v", what, got.Matrix, got.Source, want)
				return
			}
		}
	}
}

func TestReadNIfTI(t *testing.T) {
	sform := [3][4]float64{{-2, 0, 0, 10}, {0, 2.5, 0, -20}, {0, 0, 3, 30}}
	rounded := [3][4]float64{{2, 0, 0, 0}, {0, 2.5, 0, 0}, {0, 0, 3, 0}} // a qform without rotation
	le := binary.LittleEndian
	tests := map[string]struct {
		edit           func(raw []byte)
		want           [3][4]float64
		wantSource     string
		wantWarning    string
		wantUnreadable string
	}{
		"sform alone": {nil, sform, "sform", "Only the sform says", ""},
		"qform alone": {func(raw []byte) { le.PutUint16(raw[254:], 0); le.PutUint16(raw[252:], 1) }, rounded, "qform", "", ""},
		"qform turned by 180° about z, mirrored": {func(raw []byte) {
			le.PutUint16(raw[254:], 0)
			le.PutUint16(raw[252:], 1)
			putFloat(raw, 76, -1)
			putFloat(raw, 264, 1)
			putFloat(raw, 268, 5)
		}, [3][4]float64{{-2, 0, 0, 5}, {0, -2.5, 0, 0}, {0, 0, -3, 0}}, "qform", "", ""},
		"neither": {
			func(raw []byte) { le.PutUint16(raw[254:], 0) },
			[3][4]float64{{-2, 0, 0, 1}, {0, 2.5, 0, -2.5}, {0, 0, 3, -4.5}},
			"none", "does not say where", "",
		},
		"both, different": {func(raw []byte) { le.PutUint16(raw[252:], 1) }, sform, "sform", "by up to 37.4 millimeters", ""},
		"both, alike": {func(raw []byte) {
			le.PutUint16(raw[252:], 1)
			putFloat(raw, 280, 2)
			putFloat(raw, 292, 0)
			putFloat(raw, 308, 0)
			putFloat(raw, 324, 0)
		}, rounded, "sform", "", ""},
		"singular sform":          {func(raw []byte) { putFloat(raw, 280, 0); le.PutUint16(raw[252:], 1) }, rounded, "qform", "sform is singular", ""},
		"sform of NaN":            {func(raw []byte) { putFloat(raw, 284, math.NaN()) }, [3][4]float64{{-2, 0, 0, 1}, {0, 2.5, 0, -2.5}, {0, 0, 3, -4.5}}, "none", "sform is singular or not finite", ""},
		"quaternion of NaN":       {func(raw []byte) { putFloat(raw, 256, math.NaN()) }, sform, "sform", "quaternion of the qform is not finite", ""},
		"long quaternion":         {func(raw []byte) { putFloat(raw, 256, 2) }, sform, "sform", "longer than 1", ""},
		"negative code":           {func(raw []byte) { le.PutUint16(raw[254:], 0xffff); le.PutUint16(raw[252:], 1) }, rounded, "qform", "", ""},
		"micrometers":             {func(raw []byte) { raw[123] = 3 }, [3][4]float64{{-2e-3, 0, 0, 0.01}, {0, 2.5e-3, 0, -0.02}, {0, 0, 3e-3, 0.03}}, "sform", "", ""},
		"no unit":                 {func(raw []byte) { raw[123] = 0 }, sform, "sform", "does not say the unit", ""},
		"negative voxel size":     {func(raw []byte) { putFloat(raw, 80, -2) }, sform, "sform", "voxel size along axis i is -2", ""},
		"scaled voxels":           {func(raw []byte) { putFloat(raw, 112, 0.5); putFloat(raw, 116, 3) }, sform, "sform", "0.5 × stored + 3", ""},
		"float64":                 {func(raw []byte) { le.PutUint16(raw[70:], 64) }, sform, "sform", "", "data type float64"},
		"int64":                   {func(raw []byte) { le.PutUint16(raw[70:], 1024) }, sform, "sform", "int64 as uint64", ""},
		"colors":                  {func(raw []byte) { le.PutUint16(raw[70:], 128) }, sform, "sform", "", "data type rgb24"},
		"header of a pair":        {func(raw []byte) { copy(raw[344:], "ni1\x00") }, sform, "sform", "", ".hdr/.img pair"},
		"unknown type":            {func(raw []byte) { le.PutUint16(raw[70:], 7) }, sform, "sform", "", "data type unknown"},
		"scaled by not a number":  {func(raw []byte) { putFloat(raw, 112, math.NaN()) }, sform, "sform", "", ""},
		"offset of qform is huge": {func(raw []byte) { putFloat(raw, 268, math.Inf(1)) }, sform, "sform", "offset of the qform", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			img, err := volume.ReadNIfTI(nifti1(le, tt.edit))
			if err != nil {
				t.Fatal(err)
			}
			wantMatrix(t, "affine", img.Affine, tt.want, 1e-6)
			if img.Affine.Source != tt.wantSource || img.QForm == nil {
				t.Errorf("from %s, want %s; qform %v", img.Affine.Source, tt.wantSource, img.QForm)
			}
			wantSentence(t, "unreadable", img.Unreadable(), tt.wantUnreadable)
			if tt.wantWarning != "" {
				wantSentence(t, "warnings", strings.Join(sentences(img), " | "), tt.wantWarning)
			}
		})
	}
}

func TestReadNIfTIFacts(t *testing.T) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		img, err := volume.ReadNIfTI(nifti1(order, func(raw []byte) {
			for i, n := range []uint16{5, 2, 3, 4, 6, 7} {
				order.PutUint16(raw[40+2*i:], n)
			}
		}))
		if err != nil {
			t.Fatal(err)
		}
		l := img.Levels[0]
		if img.Format != volume.NIfTI || img.DType != "int16" || len(l.Shape) != 5 || l.Shape[3] != 6 || img.ChannelCount() != 7 ||
			l.Scale[1] != 2.5 || l.Scale[3] != 1.5 || img.Slope != 1 {
			t.Errorf("%v: got %+v", order, img)
		}
		if a := img.Axes[3]; a.Kind != "time" || a.Seconds != 1 || img.Axes[0].Meters != 1e-3 {
			t.Errorf("%v: axes %+v", order, img.Axes)
		}
	}
}

func TestReadNIfTIRefuses(t *testing.T) {
	le := binary.LittleEndian
	for name, tt := range map[string]struct {
		raw  []byte
		want string
	}{
		"empty":             {nil, "0 bytes are too few"},
		"cut":               {nifti1(le, nil)[:347], "347 bytes are too few"},
		"something else":    {bytes.Repeat([]byte("x"), 400), "does not begin as NIfTI"},
		"ANALYZE":           {nifti1(le, func(raw []byte) { copy(raw[344:], "\x00\x00\x00\x00") }), "no NIfTI mark"},
		"no axes":           {nifti1(le, func(raw []byte) { le.PutUint16(raw[40:], 0) }), "claims 0 axes"},
		"eight axes":        {nifti1(le, func(raw []byte) { le.PutUint16(raw[40:], 8) }), "claims 8 axes"},
		"negative size":     {nifti1(le, func(raw []byte) { le.PutUint16(raw[44:], 0xfff0) }), "axis 2 has -16 voxels"},
		"far voxels":        {nifti1(le, func(raw []byte) { putFloat(raw, 108, 1e30) }), "begin at byte 1.0000000150474662e+30"},
		"voxels at NaN":     {nifti1(le, func(raw []byte) { putFloat(raw, 108, math.NaN()) }), "begin at byte NaN"},
		"cut NIfTI-2":       {append([]byte{0x1c, 2, 0, 0}, make([]byte, 400)...), "too few for a NIfTI-2"},
		"NIfTI-2 as text":   {append([]byte("\x1c\x02\x00\x00n+2\x00\n\x1a\n"), make([]byte, 600)...), "sent as text"},
		"NIfTI-2 of 2^180":  {nifti2(1<<60, 1<<60, 1<<60), "axis 1 has"},
		"NIfTI-2 of 2^150":  {nifti2(1<<50, 1<<50, 1<<50), "more than any file has"},
		"NIfTI-2, negative": {nifti2(-1, 1, 1), "axis 1 has -1"},
	} {
		if _, err := volume.ReadNIfTI(tt.raw); !errors.Is(err, volume.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want ErrInvalid with %q", name, err, tt.want)
		}
	}
}

// nifti2 makes the header of a NIfTI-2 file with three axes.
func nifti2(dim ...int64) []byte {
	raw := make([]byte, 544)
	binary.LittleEndian.PutUint32(raw, 540)
	copy(raw[4:], "n+2\x00\r\n\x1a\n")
	binary.LittleEndian.PutUint16(raw[12:], 2)
	binary.LittleEndian.PutUint64(raw[16:], 3)
	for i, n := range dim {
		binary.LittleEndian.PutUint64(raw[24+8*i:], uint64(n))
	}
	return raw
}

var cycle = func() (c [251]byte) {
	for i := range c {
		c[i] = byte(i)
	}
	return c
}()

func TestHeaderOfGzip(t *testing.T) {
	header := nifti1(binary.LittleEndian, nil)
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(append(header, make([]byte, 64<<20)...)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := volume.HeaderOfGzip(b.Bytes()[:2048])
	if err != nil || len(got) != 544 || !bytes.Equal(got[:352], header) {
		t.Errorf("got %d bytes, error %v, want the header", len(got), err)
	}
	for name, raw := range map[string][]byte{"nothing": nil, "no gzip": header, "first bytes": b.Bytes()[:30]} {
		if _, err := volume.HeaderOfGzip(raw); !errors.Is(err, volume.ErrInvalid) {
			t.Errorf("%s: error %v, want ErrInvalid", name, err)
		}
	}
}
