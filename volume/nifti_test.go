package volume_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
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

// writeNIfTI makes files of both versions and byte orders with nibabel, and what it reads in them.
const writeNIfTI = `
import json, warnings, numpy as np, nibabel as nib
warnings.simplefilter('ignore')
rng = np.random.default_rng(3)
out = {}
n = 0
for cls in (nib.Nifti1Image, nib.Nifti2Image):
  for endian in '<>':
    for scode, qcode in ((0, 0), (1, 0), (0, 1), (2, 1), (4, 4)):
      for dtype, shape in (('u1', (7, 8, 9)), ('i2', (7, 8, 9, 3)), ('f4', (5, 6)), ('f8', (5, 6, 7)), ('u2', (4, 5, 6, 1, 3)), ('i8', (5, 6, 7)), ('f4', (6, 5, 4, 2, 2))):
        q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
        affine = np.eye(4)
        affine[:3, :3] = q * rng.uniform(0.3, 3, size=3)
        affine[:3, 3] = rng.uniform(-90, 90, size=3)
        data = (rng.normal(size=shape) * 40).astype(dtype) if dtype != 'u1' else rng.integers(0, 200, shape).astype('u1')
        img = cls(data.astype(np.dtype(dtype).newbyteorder(endian)), None, header=cls.header_class(endianness=endian))
        img.header.set_data_dtype(np.dtype(dtype).newbyteorder(endian))
        img.header.set_xyzt_units('mm', 'msec')
        img.header.set_zooms(tuple(rng.uniform(0.5, 2, size=len(shape))))
        if scode: img.header.set_sform(affine, scode)
        if qcode:
          img.header.set_qform(affine if qcode == 4 else np.diag([2., -1.5, 3., 1.]), qcode)
        name = '%d.nii' % n + ('.gz' if n % 2 else '')
        n += 1
        nib.save(img, name)
        back = nib.load(name)
        raw = np.asanyarray(back.dataobj.get_unscaled()).astype('f8')
        channels = [raw[:, :, :, 0, c] for c in range(shape[4])] if len(shape) > 4 else [raw[..., 0] if len(shape) == 4 else raw]
        stats = []
        for c in channels:
          v = c[c != 0]
          a, b = np.quantile(v, [0.01, 0.99])
          stats.append(dict(Min=v.min(), Max=v.max(), Q01=a, Q99=b, Count=int(v.size)))
        out[name] = dict(best=back.header.get_best_affine().tolist(), qform=back.header.get_qform().tolist(), shape=list(shape),
          zooms=[float(z) for z in back.header.get_zooms()], dtype=np.dtype(dtype).name, stats=stats)
json.dump(out, open('expected.json', 'w'))
`

func TestReadNIfTIAgainstNibabel(t *testing.T) {
	root := python(t, writeNIfTI, "nibabel")
	var expected map[string]struct {
		Best, QForm [4][4]float64
		Shape       []int64
		Zooms       []float64
		DType       string
		Stats       []volume.Stats
	}
	readJSON(t, filepath.Join(root, "expected.json"), &expected)
	for name, want := range expected {
		t.Run(name, func(t *testing.T) {
			img, r := openNIfTI(t, filepath.Join(root, name))
			defer r.Close()
			wantMatrix(t, "best affine", img.Affine, [3][4]float64(want.Best[:3]), 1e-5)
			wantMatrix(t, "qform", img.QForm, [3][4]float64(want.QForm[:3]), 1e-5)
			if img.DType != want.DType || img.Axes[0].Meters != 1e-3 {
				t.Errorf("type %s, axes %+v, want %s", img.DType, img.Axes, want.DType)
			}
			for i, z := range want.Zooms {
				if !near(img.Levels[0].Scale[i], z, 1e-6) || img.Levels[0].Shape[i] != want.Shape[i] {
					t.Errorf("scale %v, shape %v, want %v, %v", img.Levels[0].Scale, img.Levels[0].Shape, want.Zooms, want.Shape)
				}
			}
			got, err := volume.NIfTIStats(img, r)
			if err != nil {
				t.Fatal(err)
			}
			wantStats(t, got, want.Stats, 1e-12)
		})
	}
	t.Logf("%d files", len(expected))
}

// openNIfTI reads the header of a file, plain or compressed, and opens its uncompressed content.
func openNIfTI(t *testing.T, path string) (*volume.Image, io.ReadCloser) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	header := raw[:min(len(raw), 544)]
	r := io.NopCloser(bytes.NewReader(raw))
	if strings.HasSuffix(path, ".gz") {
		if header, err = volume.HeaderOfGzip(raw[:min(len(raw), 4096)]); err != nil {
			t.Fatal(err)
		}
		if r, err = gzip.NewReader(bytes.NewReader(raw)); err != nil {
			t.Fatal(err)
		}
	}
	img, err := volume.ReadNIfTI(header)
	if err != nil {
		t.Fatal(err)
	}
	return img, r
}

// TestReadNIfTIRealFile expects what nibabel 5.0.0 prints for its own test file.
func TestReadNIfTIRealFile(t *testing.T) {
	img, r := openNIfTI(t, testData(t, "volumes", "example4d.nii.gz"))
	defer r.Close()
	want := [3][4]float64{
		{-2, 6.71471565e-19, 9.08102451e-18, 117.855103},
		{-6.71471565e-19, 1.97371149, -0.355528235, -35.7229424},
		{8.25548089e-18, 0.323207617, 2.17108178, -7.24879837},
	}
	wantMatrix(t, "affine", img.Affine, want, 1e-6)
	if s := img.Levels[0].Shape; len(s) != 4 || s[0] != 128 || s[1] != 96 || s[2] != 24 || s[3] != 2 || img.DType != "int16" {
		t.Errorf("shape %v of %s", s, img.DType)
	}
	got, err := volume.NIfTIStats(img, r)
	if err != nil {
		t.Fatal(err)
	}
	// numpy: v = dataobj.get_unscaled()[..., 0]; v = v[v != 0]; quantile(v, [.01, .99])
	wantStats(t, got, []volume.Stats{{Min: 2, Max: 1162, Q01: 34, Q99: 743, Count: 114862}}, 1e-12)
}

func TestNIfTIStatsBadInput(t *testing.T) {
	le := binary.LittleEndian
	header := nifti1(le, nil)
	img, err := volume.ReadNIfTI(header)
	if err != nil {
		t.Fatal(err)
	}
	file := header
	for i := range 24 {
		file = le.AppendUint16(file, uint16(i))
	}
	got, err := volume.NIfTIStats(img, bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	wantStats(t, got, []volume.Stats{{Min: 1, Max: 23, Q01: 1.22, Q99: 22.78, Count: 23}}, 1e-12)
	if got, err = volume.NIfTIStats(img, bytes.NewReader(file[:352+7])); err != nil || got[0].Max != 2 || got[0].Count != 2 {
		t.Errorf("file cut in its fourth voxel: got %+v, error %v", got, err)
	}
	for name, raw := range map[string][]byte{"header alone": header, "half a header": header[:100], "half a voxel": file[:353]} {
		if _, err = volume.NIfTIStats(img, bytes.NewReader(raw)); !errors.Is(err, volume.ErrInvalid) {
			t.Errorf("%s: error %v, want ErrInvalid", name, err)
		}
	}
	unwell := errors.New("connection lost")
	broken := io.MultiReader(bytes.NewReader(file[:360]), &failing{unwell})
	if _, err = volume.NIfTIStats(img, broken); !errors.Is(err, unwell) || errors.Is(err, volume.ErrInvalid) {
		t.Errorf("error %v, want it to wrap only %v", err, unwell)
	}
	if _, err = volume.NIfTIStats(&volume.Image{}, bytes.NewReader(file)); !errors.Is(err, volume.ErrInvalid) {
		t.Errorf("no NIfTI image: error %v, want ErrInvalid", err)
	}
	colors, err := volume.ReadNIfTI(nifti1(le, func(raw []byte) { le.PutUint16(raw[70:], 128) }))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := volume.NIfTIStats(colors, bytes.NewReader(file)); !errors.Is(err, volume.ErrInvalid) {
		t.Errorf("colors: error %v, want ErrInvalid", err)
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

// endless is a file that never ends: 0, 1 … 250 again and again.
type endless struct{ read int64 }

func (e *endless) Read(p []byte) (int, error) {
	for n := 0; n < len(p); {
		n += copy(p[n:], cycle[(e.read+int64(n))%251:])
	}
	e.read += int64(len(p))
	return len(p), nil
}

var cycle = func() (c [251]byte) {
	for i := range c {
		c[i] = byte(i)
	}
	return c
}()

func TestNIfTIStatsIsBounded(t *testing.T) {
	img, err := volume.ReadNIfTI(nifti2(1<<16, 1<<16, 1<<16))
	if err != nil {
		t.Fatal(err)
	}
	e := &endless{}
	got, err := volume.NIfTIStats(img, e)
	if err != nil {
		t.Fatal(err)
	}
	if e.read > 260<<20 || got[0].Count == 0 || got[0].Count > 1<<24 {
		t.Errorf("read %d MiB, got %+v", e.read>>20, got)
	}
}

func TestNIfTIStatsOfManyVoxels(t *testing.T) {
	img, err := volume.ReadNIfTI(nifti2(512, 512, 150)) // 39 million voxels: every third one is taken
	if err != nil {
		t.Fatal(err)
	}
	got, err := volume.NIfTIStats(img, &endless{})
	if err != nil {
		t.Fatal(err)
	}
	// All of 0 … 250 come equally often, since 251 is odd; of 13107200 voxels 1/251 are 0.
	want := volume.Stats{Min: 1, Max: 250, Q01: 3, Q99: 248, Count: 13107200 - 52220}
	if g := got[0]; g.Min != want.Min || g.Max != want.Max || !near(g.Q01, want.Q01, 0.5) || !near(g.Q99, want.Q99, 0.01) || !near(float64(g.Count), float64(want.Count), 1e-6) {
		t.Errorf("got %+v, want about %+v", g, want)
	}
}

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
