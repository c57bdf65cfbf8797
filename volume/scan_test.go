package volume_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ngportal/internal/pythontest"
	"ngportal/volume"
)

// writeScans makes images of several types and numbers of axes, and what an overview of each has.
const writeScans = `
import json, numpy as np, nibabel as nib
rng = np.random.default_rng(4)
cases = {}
for i, (shape, t, most) in enumerate([((30, 41, 52), 'u1', 64), ((30, 41, 52), '<i2', 13), ((130, 141, 7), '<f4', 64), ((20, 21), '>u2', 9), ((33,), '<f4', 8),
        ((12, 13, 14, 5), '<i4', 6), ((12, 13, 14, 1, 3), '<f8', 14), ((9, 10, 11, 4, 10), '>f4', 5), ((1, 1, 20000), 'u1', 100)]):
    a = (rng.integers(0, 200, shape) * (1 if np.dtype(t).itemsize == 1 else 100)).astype(t)
    img = nib.Nifti1Image(a, np.eye(4))
    img.header.set_data_dtype(np.dtype(t))
    name = '%d.nii' % i
    nib.save(img, name)
    stride = [-(-n // most) if axis < 3 else 1 for axis, n in enumerate(shape)]
    cut = tuple([slice(None, None, s) for s in stride[:3]] + ([slice(0, 1)] if len(shape) > 3 else []) + ([slice(0, 8)] if len(shape) > 4 else []))
    small = a[cut]
    np.ascontiguousarray(small).astype('<f4').tofile(name + '.f32')
    first = a.astype('f8') if a.ndim < 4 else a[:, :, :, 0].astype('f8')
    channels = [first] if a.ndim < 5 else [first[..., c] for c in range(first.shape[-1])]
    stats = []
    for c in channels:
        v = c[c != 0]
        q = np.quantile(v, [.01, .99])
        stats.append(dict(Min=v.min(), Max=v.max(), Q01=q[0], Q99=q[1], Count=int(v.size)))
    cases[name] = dict(Most=most, Stride=stride, Shape=list(small.shape), Stats=stats)
json.dump(cases, open('cases.json', 'w'))
`

func TestNIfTIScanAgainstNibabel(t *testing.T) {
	root := pythontest.Run(t, writeScans, "nibabel")
	var cases map[string]struct {
		Most          int64
		Stride, Shape []int64
		Stats         []volume.Stats
	}
	readJSON(t, filepath.Join(root, "cases.json"), &cases)
	for name, want := range cases {
		t.Run(name, func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join(root, name))
			if err != nil {
				t.Fatal(err)
			}
			img, err := volume.ReadNIfTI(raw)
			if err != nil {
				t.Fatal(err)
			}
			b, stats, err := volume.NIfTIScan(img, want.Most, bytes.NewReader(raw))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(b.Stride, want.Stride) || !slices.Equal(b.Shape, want.Shape) {
				t.Fatalf("stride %v, shape %v, want %v, %v", b.Stride, b.Shape, want.Stride, want.Shape)
			}
			sameVoxels(t, b.Data, readFloats(t, filepath.Join(root, name+".f32")))
			wantStats(t, stats, want.Stats, 1e-12)
			alone, err := volume.NIfTIOverview(img, want.Most, bytes.NewReader(raw))
			if err != nil {
				t.Fatal(err)
			}
			sameVoxels(t, alone.Data, b.Data)
			if len(raw) > 1000 && len(want.Shape) == 3 { // half the file: the rest is 0
				half, err := volume.NIfTIOverview(img, want.Most, bytes.NewReader(raw[:len(raw)/2]))
				if err != nil || half.Data[0] != b.Data[0] {
					t.Errorf("half the file: %v", err)
				}
			}
		})
	}
}

func TestNIfTIOverviewRefuses(t *testing.T) {
	img, err := volume.ReadNIfTI(nifti1(binary.LittleEndian, nil))
	if err != nil {
		t.Fatal(err)
	}
	if _, err = volume.NIfTIOverview(img, 64, strings.NewReader("short")); !errors.Is(err, volume.ErrInvalid) {
		t.Errorf("a file without voxels: error %v, want ErrInvalid", err)
	}
	big, err := volume.ReadNIfTI(nifti1(binary.LittleEndian, func(raw []byte) {
		for i, n := range []uint16{3, 1024, 1024, 1024} {
			binary.LittleEndian.PutUint16(raw[40+2*i:], n)
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	_, err = volume.NIfTIOverview(big, 64, &limited{&endless{}, 1 << 20})
	if !errors.Is(err, volume.ErrInvalid) || !strings.Contains(err.Error(), "256 MiB") {
		t.Errorf("a large volume: error %v, want ErrInvalid that names 256 MiB", err)
	}
	if b, stats, err := volume.NIfTIScan(big, 64, &limited{&endless{}, 1 << 20}); !errors.Is(err, volume.ErrTruncated) || b != nil || len(stats) != 1 {
		t.Errorf("a large volume: block %v, %d statistics, error %v, want those of what there is, and ErrTruncated", b, len(stats), err)
	}
}

// writeDistributions makes volumes of 64³ voxels with different distributions and types.
const writeDistributions = `
import json, numpy as np, zarr
rng = np.random.default_rng(9)
n = (64, 64, 64)
cases = {}
smooth = np.sin(np.indices(n).sum(0) / 9)
for name, a in dict(normal=rng.normal(1000, 100, n), exponential=rng.exponential(300, n), uniform=rng.uniform(1, 60000, n), lognormal=rng.lognormal(4, 1.5, n),
        smooth=3000 + 2000 * smooth + rng.normal(0, 20, n), masked=np.where(smooth > 0, rng.normal(500, 50, n), 0),
        two=np.where(smooth > .9, 40000, 100), outliers=np.where(rng.random(n) < .001, 60000, rng.normal(300, 20, n)), few=rng.integers(0, 7, n) * 9).items():
    for t in ('|u1', '<u2', '<i2', '<i4', '<u8', '<f4', '<f8'):
        info = np.iinfo(t) if t[1] in 'ui' else None
        b = (a if t != '|u1' else a / max(1, a.max() / 250)).clip(*((info.min, info.max) if info else (-np.inf, np.inf))).astype(t)
        path = name + '-' + t[1:]
        zarr.open(path, mode='w', shape=n, chunks=(32, 32, 64), dtype=t)[...] = b
        v = b[b != 0].astype('f8')
        q = np.quantile(v, [.01, .99])
        values = np.unique(v)
        cases[path] = dict(Min=v.min(), Max=v.max(), Q01=q[0], Q99=q[1], Count=int(v.size),
            Histogram=np.histogram(v, 64, (v.min(), v.max()))[0].tolist(), Values=values.tolist() if t[1] in 'ui' and values.size <= 1024 else None)
json.dump(cases, open('cases.json', 'w'))
`

func TestStatsOfDistributions(t *testing.T) {
	root := pythontest.Run(t, writeDistributions, "zarr")
	var cases map[string]volume.Stats
	readJSON(t, filepath.Join(root, "cases.json"), &cases)
	for name, want := range cases {
		t.Run(name, func(t *testing.T) {
			get := dir(filepath.Join(root, name))
			img, err := volume.ReadZarr(get)
			if err != nil {
				t.Fatal(err)
			}
			stats, err := volume.ChunkStats(img, ranger(get))
			if err != nil {
				t.Fatal(err)
			}
			wantStats(t, stats, []volume.Stats{want}, 1e-12)
			got := stats[0]
			if !slices.Equal(got.Values, want.Values) {
				t.Errorf("%d values %.80v, want %d %.80v", len(got.Values), got.Values, len(want.Values), want.Values)
			}
			moved := int64(0) // a value on the border of two bins may fall on either side
			for i, n := range want.Histogram {
				moved += max(n-got.Histogram[i], got.Histogram[i]-n)
			}
			if len(got.Histogram) != 64 || strings.Contains(name, "-f") && moved > 4 {
				t.Errorf("histogram %v, want %v", got.Histogram, want.Histogram)
			}
		})
	}
	t.Logf("%d volumes", len(cases))
}

// TestStatsOfNothing has volumes without a value that counts, and of values at the ends of what there is.
func TestStatsOfNothing(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for name, tt := range map[string]struct {
		values []float64
		want   volume.Stats
	}{
		"zeros":     {[]float64{0, 0, 0, 0}, volume.Stats{}},
		"NaN":       {[]float64{nan, nan, nan, nan}, volume.Stats{}},
		"infinite":  {[]float64{inf, -inf, nan, 0}, volume.Stats{}},
		"one value": {[]float64{inf, nan, 0, 5}, same(5, 1)},
		"the ends":  {[]float64{-math.MaxFloat64, math.MaxFloat64, nan, 0}, volume.Stats{Min: -math.MaxFloat64, Max: math.MaxFloat64, Q01: -0.98 * math.MaxFloat64, Q99: 0.98 * math.MaxFloat64, Count: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			var raw []byte
			for _, v := range tt.values {
				raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(v))
			}
			f := files{".zarray": `{"zarr_format":2,"shape":[4],"chunks":[4],"dtype":"<f8","order":"C","compressor":null,"fill_value":0}`, "0": string(raw)}
			img, err := volume.ReadZarr(f.get)
			if err != nil {
				t.Fatal(err)
			}
			got, err := volume.ChunkStats(img, ranger(f.get))
			if err != nil {
				t.Fatal(err)
			}
			for i := range got {
				got[i].Q01 /= math.MaxFloat64 // compared as parts of the largest
				got[i].Q99 /= math.MaxFloat64
			}
			tt.want.Q01 /= math.MaxFloat64
			tt.want.Q99 /= math.MaxFloat64
			wantStats(t, got, []volume.Stats{tt.want}, 1e-12)
			if _, err := volume.Overview(img, 64, ranger(f.get)); err != nil {
				t.Errorf("overview: %v", err)
			}
		})
	}
}

// TestShardsThatOverlap has an index whose entries all point at the same bytes, which is no damage.
func TestShardsThatOverlap(t *testing.T) {
	f := sharded(t, "[0,1,2]", false)
	raw := []byte(f["c.0.0.0"])
	index := raw[len(raw)-132 : len(raw)-4]
	for i := range 8 {
		copy(index[16*i:], index[:16])
	}
	f["c.0.0.0"] = string(append(raw[:len(raw)-132], crc(bytes.Clone(index))...))
	img, err := volume.ReadZarr(f.get)
	if err != nil {
		t.Fatal(err)
	}
	got, err := volume.ChunkStats(img, ranger(f.get))
	if err != nil || got[0].Count != 20 || got[2].Max != 1 {
		t.Errorf("statistics %+v, error %v", got, err)
	}
}

// BenchmarkOverview reads a level of one chunk of 64³ voxels, as a thumbnail does.
func BenchmarkOverview(b *testing.B) {
	raw := make([]byte, 2*64*64*64)
	for i := range raw {
		raw[i] = byte(i * i >> 7)
	}
	f := files{".zarray": `{"zarr_format":2,"shape":[64,64,64],"chunks":[64,64,64],"dtype":"<u2","order":"C","compressor":{"id":"zstd"},"fill_value":0}`, "0.0.0": string(zst(b, raw))}
	img, err := volume.ReadZarr(f.get)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("block", func(b *testing.B) {
		for b.Loop() {
			if _, err := volume.Overview(img, 64, ranger(f.get)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("statistics", func(b *testing.B) {
		for b.Loop() {
			if _, err := volume.ChunkStats(img, ranger(f.get)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
