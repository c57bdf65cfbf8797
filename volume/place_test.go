package volume_test

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ngportal/internal/pythontest"
	"ngportal/volume"
)

// wantPlace compares the voxel of index at with where it must lie in millimeters.
func wantPlace(t *testing.T, p volume.Placement, at, want [3]float64, tolerance float64) {
	t.Helper()
	for row := range want {
		got := p.Matrix[row][3]
		for col, i := range at {
			got += p.Matrix[row][col] * i
		}
		if !near(got, want[row], tolerance) {
			t.Errorf("voxel %v lies at %v along axis %d of the world, want %v (%+v)", at, got, row, want[row], p)
		}
	}
}

// place tests go from the metadata of each format to the voxel of index 10, 20, 30 along x, y and z.
func TestPlace(t *testing.T) {
	ome := func(axes string) files {
		return files{".zattrs": ome04(axes, scale321, ""), "0/.zarray": plain2}
	}
	body := func(z, y, x string) string {
		axis := func(name, orientation string) string {
			return `{"name":"` + name + `","type":"space","unit":"millimeter","orientation":{"type":"anatomical","value":"` + orientation + `"}}`
		}
		return "[" + axis("z", z) + "," + axis("y", y) + "," + axis("x", x) + "]"
	}
	zarr := func(f files) func(*testing.T) *volume.Image {
		return func(t *testing.T) *volume.Image { return must(volume.ReadZarr(f.get))(t) }
	}
	n5 := func(f files) func(*testing.T) *volume.Image {
		return func(t *testing.T) *volume.Image { return must(volume.ReadN5(f.get))(t) }
	}
	plain := func(attrs string) func(*testing.T) *volume.Image {
		return zarr(files{".zarray": plain2, ".zattrs": attrs})
	}
	tests := map[string]struct {
		read           func(*testing.T) *volume.Image
		want           [3]float64
		wantAxes       [3]int
		wantSource     string
		wantAnatomical bool
		wantAssumed    bool
	}{
		"OME-Zarr in micrometers": {zarr(ome(zyx)), [3]float64{0.040, 0.060, 0.100}, [3]int{2, 1, 0}, "OME-Zarr", false, false},
		"OME-Zarr, one unit missing": {
			zarr(ome(strings.Replace(zyx, `,"unit":"micrometer"`, "", 1))),
			[3]float64{0.040, 0.060, 0.100},
			[3]int{2, 1, 0},
			"OME-Zarr", false, true,
		},
		"OME-Zarr without units": {
			zarr(ome(strings.ReplaceAll(zyx, `,"unit":"micrometer"`, ""))),
			[3]float64{40, 60, 100},
			[3]int{2, 1, 0},
			"OME-Zarr", false, true,
		},
		"OME-Zarr toward left, posterior, inferior": {
			zarr(ome(body("superior-to-inferior", "anterior-to-posterior", "right-to-left"))),
			[3]float64{-40, -60, -100},
			[3]int{2, 1, 0},
			"OME-Zarr", true, false,
		},
		"OME-Zarr, axes of other names than directions": { // 10 along the last axis, 20 along the first, 30 along the middle
			zarr(ome(body("posterior-to-anterior", "ventral-to-dorsal", "left-to-right"))),
			[3]float64{40, 70, 80},
			[3]int{2, 0, 1},
			"OME-Zarr", true, false,
		},
		"OME-Zarr, a direction named twice": {
			zarr(ome(body("left-to-right", "posterior-to-anterior", "left-to-right"))),
			[3]float64{40, 60, 100},
			[3]int{2, 1, 0},
			"OME-Zarr", false, false,
		},
		"plain zarr with dimension_units": {
			plain(`{"_ARRAY_DIMENSIONS":["X","y","z"],"dimension_units":["4 um","1 mm","2 mm"]}`),
			[3]float64{0.042, 20.5, 61},
			[3]int{0, 1, 2},
			"dimension_units", false, false,
		},
		"plain zarr without names": {plain("{}"), [3]float64{10.5, 20.5, 30.5}, [3]int{2, 1, 0}, "assumed", false, true},
		"plain zarr with a channel": {
			plain(`{"_ARRAY_DIMENSIONS":["c","y","x"],"dimension_units":["","1 um","1 um"]}`),
			[3]float64{0.0105, 0.0205, 30},
			[3]int{2, 1, -1},
			"dimension_units", false, false,
		},
		"plain zarr with times and names of its own": {
			plain(`{"_ARRAY_DIMENSIONS":["t","row","column"]}`),
			[3]float64{10.5, 20.5, 30},
			[3]int{2, 1, -1},
			"assumed", false, true,
		},
		"N5 without units": {
			n5(files{"attributes.json": n5Level(100, `,"resolution":[1000,2000,3000]`)}),
			[3]float64{0.0105, 0.041, 0.0915},
			[3]int{0, 1, 2},
			"N5", false, false,
		},
		"N5, axes z, y, x": {
			n5(files{"attributes.json": n5Level(100, `,"axes":["z","y","x"],"units":["mm","mm","mm"]`)}),
			[3]float64{10.5, 20.5, 30.5},
			[3]int{2, 1, 0},
			"N5", false, false,
		},
		"precomputed": {
			func(t *testing.T) *volume.Image { return must(volume.ReadPrecomputed([]byte(precomputed)))(t) },
			[3]float64{164e-6, 164e-6, 1020e-6},
			[3]int{0, 1, 2},
			"precomputed", false, false,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := tt.read(t).Place()
			if p.Axes != tt.wantAxes || p.Source != tt.wantSource || p.Anatomical != tt.wantAnatomical || p.Assumed != tt.wantAssumed {
				t.Errorf("got %+v, want %v from %s, anatomical %t, assumed %t", p, tt.wantAxes, tt.wantSource, tt.wantAnatomical, tt.wantAssumed)
			}
			wantPlace(t, p, [3]float64{10, 20, 30}, tt.want, 1e-12)
		})
	}
}

// must fails the test on an error.
func must(img *volume.Image, err error) func(*testing.T) *volume.Image {
	return func(t *testing.T) *volume.Image {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return img
	}
}

// writePlaced makes NIfTI-1, NIfTI-2 and MGH files, and NIfTI-Zarr of both of these, with random affines, units and
// combinations of forms, and where nibabel puts four of their voxels.
const writePlaced = `
import json, warnings, os, numpy as np, nibabel as nib, zarr
from numcodecs import Zlib, Blosc
warnings.simplefilter('ignore')
rng = np.random.default_rng(8)
out = {}

def affine():
    q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    a = np.eye(4)
    a[:3, :3] = q * rng.uniform(0.2, 3, size=3)
    a[:3, 3] = rng.uniform(-90, 90, size=3)
    return a

def expect(name, best, unit, source, **more):
    cosines = np.abs(best[:3, :3] / np.sqrt((best[:3, :3] ** 2).sum(axis=0)))
    points = rng.integers(0, 40, size=(4, 3))
    out[name] = dict(Points=points.tolist(), World=(nib.affines.apply_affine(best, points) * unit).tolist(), Source=source,
        Oblique=float(np.degrees(np.arccos(np.clip(cosines.max(axis=0), -1, 1))).max()), **more)

n = 0
for cls in (nib.Nifti1Image, nib.Nifti2Image):
  for scode, qcode in ((0, 0), (1, 0), (0, 1), (2, 1), (3, 4)):
    for unit, factor in ((None, 1), ('mm', 1), ('micron', 1e-3), ('meter', 1e3)):
      for endian in '<>':
        shape = tuple(int(x) for x in rng.integers(3, 7, size=3))
        img = cls(np.zeros(shape, np.dtype('u1')), None, header=cls.header_class(endianness=endian))
        h = img.header
        if unit: h.set_xyzt_units(unit)
        h.set_zooms(tuple(rng.uniform(0.5, 2, size=3)))
        q = affine()
        if qcode: h.set_qform(q, qcode)
        if scode: h.set_sform(affine(), scode)
        h.set_intent(*rng.permutation(np.array([1002, 1007, 1005, 0]))[:1].tolist(), allow_unknown=True)
        name = 'f%d.nii' % n
        n += 1
        nib.save(img, name)
        back = nib.load(name).header
        source = 'sform' if scode else 'qform' if qcode else 'none'
        code = int(back['intent_code'])
        more = dict(Assumed=unit is None, Anatomical=source != 'none', Intent='' if code == 0 else nib.nifti1.intent_codes.label[code], Label=code == 1002)
        expect(name, back.get_best_affine(), factor, source, **more)
        if n % 3: continue
        # the same as NIfTI-Zarr
        raw = open(name, 'rb').read()[:352 if cls is nib.Nifti1Image else 544]
        z = zarr.open_group('z' + name + '.zarr', mode='w')
        zooms = [float(v) for v in back.get_zooms()]
        z.create_dataset('0', data=np.zeros(shape[::-1], 'u1'), chunks=shape[::-1])
        pad = np.frombuffer(raw + bytes(int(rng.integers(0, 900))), 'u1')
        z.create_dataset('nifti', data=pad, chunks=pad.shape, compressor=[None, Zlib(5), Blosc()][n % 9 // 3])
        word = {None: None, 'mm': 'millimeter', 'micron': 'micrometer', 'meter': 'meter'}[unit]
        axes = [dict(name=a, type='space', **(dict(unit=word) if word else {})) for a in 'zyx']
        z.attrs['multiscales'] = [dict(version='0.4', axes=axes, datasets=[dict(path='0', coordinateTransformations=[dict(type='scale', scale=zooms[::-1])])])]
        expect('z' + name + '.zarr', back.get_best_affine(), factor, 'NIfTI-Zarr header' if source != 'none' else source, **more)
for i in range(24):
    dtype = ['u1', '>i2', '>i4', '>f4'][i % 4]
    shape = tuple(int(x) for x in rng.integers(1, 9, size=3 + i % 2))
    img = nib.MGHImage(np.zeros(shape, dtype), affine())
    name = 'm%d.mg%s' % (i, 'hz'[i % 3 == 0])
    nib.save(img, name)
    back = nib.load(name)
    expect(name, back.header.get_affine(), 1, 'MGH header', Assumed=False, Anatomical=True, Intent='', Label=False,
        DType=np.dtype(dtype).newbyteorder('=').name, Shape=[int(n) for n in back.shape])
json.dump(out, open('expected.json', 'w'))
`

func TestPlaceAgainstNibabel(t *testing.T) {
	root := pythontest.Run(t, writePlaced, "nibabel", "zarr")
	var expected map[string]struct {
		Points, World              [][3]float64
		Source, Intent, DType      string
		Assumed, Anatomical, Label bool
		Oblique                    float64
		Shape                      []int64
	}
	readJSON(t, filepath.Join(root, "expected.json"), &expected)
	for name, want := range expected {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(root, name)
			img := readAny(t, path)
			p := img.Place()
			if p.Source != want.Source || p.Assumed != want.Assumed || p.Anatomical != want.Anatomical || img.Intent != want.Intent || img.IsLabel != want.Label {
				t.Errorf("got %+v, intent %q, label %t, want %+v", p, img.Intent, img.IsLabel, want)
			}
			if axes := [3]int{0, 1, 2}; strings.HasSuffix(name, ".zarr") != (p.Axes != axes) {
				t.Errorf("axes %v", p.Axes)
			}
			if want.DType != "" && (img.DType != want.DType || !slices.Equal(img.Levels[0].Shape, want.Shape[:len(img.Levels[0].Shape)])) {
				t.Errorf("%s of %v, want %s of %v", img.DType, img.Levels[0].Shape, want.DType, want.Shape)
			}
			for i, at := range want.Points {
				wantPlace(t, p, at, want.World[i], 1e-5)
			}
			if math.Abs(p.Oblique()-want.Oblique) > 0.02 {
				t.Errorf("oblique by %v°, want %v°", p.Oblique(), want.Oblique)
			}
		})
	}
	t.Logf("%d files", len(expected))
}

// readAny reads a file or directory by its name.
func readAny(t *testing.T, path string) *volume.Image {
	t.Helper()
	switch filepath.Ext(path) {
	case ".zarr":
		return must(volume.ReadZarr(dir(path)))(t)
	case ".mgh", ".mgz":
		return must(volume.ReadMGH(mghHeader(t, path)))(t)
	}
	img, r := openNIfTI(t, path)
	r.Close()
	return img
}
