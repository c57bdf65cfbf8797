package volume_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"ngportal/internal/pythontest"
	"ngportal/volume"
)

func readJSON(t testing.TB, path string, into any) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
	}
}

// writeZarr makes arrays with every compressor and shuffle for each size of voxels, with every
// type and byte order, and what numpy says about their voxels. Values past 2^53 are kept out:
// both sides round them.
const writeZarr = `
import json, numpy as np, zarr, numcodecs
from numcodecs import BZ2, LZ4, Blosc, GZip, Zlib, Zstd
rng = np.random.default_rng(20)
expected = {}

def describe(a):
    a = np.asarray(a, dtype=np.float64).ravel()
    a = a[np.isfinite(a) & (a != 0)]
    if a.size == 0:
        return dict(Min=0, Max=0, Q01=0, Q99=0, Count=0)
    q = np.quantile(a, [0.01, 0.99])
    return dict(Min=float(a.min()), Max=float(a.max()), Q01=float(q[0]), Q99=float(q[1]), Count=int(a.size))

def voxels(dtype, shape):
    dtype = np.dtype(dtype)
    smooth = np.cumsum(rng.normal(size=shape), axis=-1) * 20
    if dtype.kind == 'f':
        a = smooth.astype(dtype)
        a.ravel()[::50] = np.nan
        a.ravel()[1::50] = np.inf
    elif dtype.kind == 'b':
        a = smooth > 0
    elif dtype.kind == 'i':
        a = np.clip(smooth, -120, 120).astype(dtype)
        if dtype.itemsize > 1: a = a * 200
    else:
        a = np.clip(np.abs(smooth), 0, 250).astype(dtype)
        if dtype.itemsize > 1: a = a * 200
    a.ravel()[::7] = 0
    return a.astype(dtype)

def write(name, a, chunks, **kw):
    z = zarr.open(name, mode='w', shape=a.shape, chunks=chunks, dtype=a.dtype, **kw)
    z[...] = a
    expected[name] = [describe(a)]

types = ['|u1', '|i1', '<u2', '>u2', '<i2', '>i2', '<u4', '>u4', '<i4', '>i4', '<u8', '>u8', '<i8', '>i8',
         '<f2', '>f2', '<f4', '>f4', '<f8', '>f8', '|b1']
compressors = {'lz4': LZ4(), 'bz2': BZ2(), 'none': None, 'gzip': GZip(5), 'zlib': Zlib(3), 'zstd': Zstd(1)}
for cname in ['blosclz', 'lz4', 'lz4hc', 'zlib', 'zstd']:
    for shuffle in [0, 1, 2]:
        compressors['blosc-%s-%d' % (cname, shuffle)] = Blosc(cname=cname, clevel=5, shuffle=shuffle)
compressors['blosc-small-blocks'] = Blosc(cname='lz4', clevel=9, shuffle=1, blocksize=512)
compressors['blosc-small-bit-blocks'] = Blosc(cname='blosclz', clevel=9, shuffle=2, blocksize=777)
for t in types:
    for cname, c in compressors.items():
        if t not in ('|u1', '<u2', '>f4', '<f8') and cname not in ('none', 'blosc-lz4-1'): continue
        write('t%s-%s' % (t.replace('|','n').replace('<','l').replace('>','b'), cname), voxels(t, (13, 17, 19)), (5, 8, 19), compressor=c)
# every voxel a channel of its own, so that statistics tell where it was
for t in ('|u1', '<u2', '>i4', '>f8'):
    for cname, c in compressors.items():
        a = (np.arange(1, 257) * 37 % 251 + 1 + (np.arange(256) // 64 * 1000 if t != '|u1' else 0)).astype(t)
        name = 'exact%s-%s' % (t[1:], cname)
        zarr.open(name, mode='w', shape=a.shape, chunks=a.shape, dtype=a.dtype, compressor=c)[...] = a
        zarr.open(name).attrs['_ARRAY_DIMENSIONS'] = ['c']
        expected[name] = [dict(Min=float(v), Max=float(v), Q01=float(v), Q99=float(v), Count=1) for v in a]
for cname, c in compressors.items():
    write('F-' + cname, voxels('<u2', (13, 17, 19)), (5, 8, 6), order='F', compressor=c)
# random data cannot shrink, constant data shrink to almost nothing
write('random', rng.integers(0, 65536, (40, 40, 40)).astype('<u2'), (40, 40, 40), compressor=Blosc(cname='lz4', shuffle=1))
for cname in ['blosclz', 'lz4', 'lz4hc', 'zlib', 'zstd']:
    write('constant-' + cname, np.full((64, 64, 64), 7, '<u2'), (64, 64, 64), compressor=Blosc(cname=cname, shuffle=0))
    a = np.zeros((60, 64, 64), '<u2'); a[:, ::9] = np.arange(64)
    write('repeats-' + cname, a, (60, 64, 64), compressor=Blosc(cname=cname, clevel=9, shuffle=0))
# matches further back than 8191 bytes, and random literals between them
far = np.zeros(10007, 'u1')
for i in range(0, 9900, 100): far[i:i + 40] = rng.integers(1, 256, 40)
far = np.tile(far, 13)
write('far', far, far.shape, compressor=Blosc(cname='blosclz', clevel=9, shuffle=0, blocksize=1 << 17))
# chunks that are not there
z = zarr.open('missing', mode='w', shape=(30, 30), chunks=(10, 10), dtype='<i2', fill_value=-5)
z[:10, :10] = 3
expected['missing'] = [describe(z[...])]
z = zarr.open('nan', mode='w', shape=(30, 30), chunks=(10, 10), dtype='<f4', fill_value=np.nan)
z[:10, :10] = 3
expected['nan'] = [describe(z[...])]
z = zarr.open('slash', mode='w', shape=(30, 30), chunks=(10, 10), dtype='>f8', dimension_separator='/')
z[...] = voxels('f8', (30, 30))
expected['slash'] = [describe(z[...])]
# channels first, last, in chunks of two, and beside time
for axes, shape, chunks, order in [('czyx', (3, 20, 21, 22), (1, 10, 11, 13), 'C'), ('zyxc', (20, 21, 22, 3), (7, 8, 9, 3), 'C'),
        ('zyxc', (20, 21, 22, 5), (11, 13, 12, 2), 'F'), ('tczyx', (2, 3, 9, 10, 11), (1, 2, 9, 10, 4), 'C'), ('cyx', (70, 12, 12), (1, 6, 6), 'C')]:
    a = voxels('<f4', shape)
    c = axes.index('c')
    a *= (1 + np.arange(shape[c])).reshape([-1 if i == c else 1 for i in range(len(shape))])
    name = '%s-%s-%d' % (axes, order, shape[c])
    write(name, a, chunks, order=order, compressor=Blosc(cname='zstd', shuffle=1))
    zarr.open(name).attrs['_ARRAY_DIMENSIONS'] = list(axes)
    expected[name] = [describe(np.take(a, i, axis=c)) for i in range(shape[c])]
# 70 channels in 140 chunks of 6×6 places: fewer places are read than there are
expected['cyx-C-70'] = None
json.dump(expected, open('expected.json', 'w'))
`

func TestChunkStatsAgainstNumpy(t *testing.T) {
	root := pythontest.Run(t, writeZarr, "zarr", "numcodecs")
	var expected map[string][]volume.Stats
	readJSON(t, filepath.Join(root, "expected.json"), &expected)
	for name, want := range expected {
		get := dir(filepath.Join(root, name))
		img, err := volume.ReadZarr(get)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := volume.ChunkStats(img, ranger(get))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if want != nil {
			t.Run(name, func(t *testing.T) { wantStats(t, got, want, 1e-12) })
		}
	}
	t.Logf("%d arrays", len(expected))
}

// writeLarge makes arrays of which only a part is read.
const writeLarge = `
import json, numpy as np, zarr
from numcodecs import Blosc
zz, yy, xx = np.mgrid[-1:1:100j, -1:1:110j, -1:1:120j]
a = (4000 * np.exp(-3 * (xx**2 + yy**2 + zz**2)) + 300 * np.cos(9 * xx) + 500).astype('<u2')
a[(xx**2 + yy**2 + zz**2) > 0.8] = 0
zarr.open('many', mode='w', shape=a.shape, chunks=(8, 8, 8), dtype=a.dtype)[...] = a
zarr.open('few', mode='w', shape=a.shape, chunks=(50, 55, 60), dtype=a.dtype)[...] = a
v = a[a != 0].astype('f8')
q = np.quantile(v, [0.01, 0.99])
json.dump([dict(Min=float(v.min()), Max=float(v.max()), Q01=float(q[0]), Q99=float(q[1]), Count=int(v.size))], open('expected.json', 'w'))
`

func TestChunkStatsOfLargeLevels(t *testing.T) {
	root := pythontest.Run(t, writeLarge, "zarr")
	var expected []volume.Stats
	readJSON(t, filepath.Join(root, "expected.json"), &expected)
	want := expected[0]
	for name, tt := range map[string]struct {
		tolerance float64 // of the quantiles, relative to their distance
		reads     int64
	}{"many": {0.1, 256}, "few": {0.01, 8}} {
		var reads atomic.Int64
		disk := dir(filepath.Join(root, name))
		img, err := volume.ReadZarr(disk)
		if err != nil {
			t.Fatal(err)
		}
		stats, err := volume.ChunkStats(img, ranger(func(name string) ([]byte, error) { reads.Add(1); return disk(name) }))
		if err != nil {
			t.Fatal(err)
		}
		got, span := stats[0], want.Q99-want.Q01
		if reads.Load() != tt.reads {
			t.Errorf("%s: %d reads, want %d", name, reads.Load(), tt.reads)
		}
		if math.Abs(got.Q01-want.Q01) > tt.tolerance*span || math.Abs(got.Q99-want.Q99) > tt.tolerance*span {
			t.Errorf("%s: quantiles %v, %v, want %v, %v within %v of their distance", name, got.Q01, got.Q99, want.Q01, want.Q99, tt.tolerance)
		}
		t.Logf("%s: got %+v, all voxels %+v", name, got, want)
	}
}
