package volume_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"ngportal/internal/pythontest"
	"ngportal/volume"
)

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
	root := pythontest.Run(t, writeNIfTI, "nibabel")
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
