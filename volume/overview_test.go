package volume_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ngportal/internal/pythontest"
	"ngportal/volume"
)

// writeOverviews makes images in zarr, N5 and precomputed. What an overview of each is, in numpy's words, is in NAME.f32.
// Nothing of it comes from this package: even the hash of shards and the encoding of segmentations are written here anew.
const writeOverviews = `
import gzip, itertools, json, os, struct, zlib
import numpy as np, zarr
from numcodecs import BZ2, LZ4, Blosc, GZip, Zlib, Zstd
rng = np.random.default_rng(3)
cases = {}

def case(name, kind, a, most, axes):
    stride = [-(-n // most) if c in 'zyx' else 1 for n, c in zip(a.shape, axes)]
    cut = tuple(slice(None, None, s) if c in 'zyx' else slice(0, 8 if c == 'c' else 1) for s, c in zip(stride, axes))
    small = a[cut]
    np.ascontiguousarray(small).astype('<f4').tofile(name + '.f32')
    cases.setdefault(name, dict(Kind=kind, Wants=[]))
    cases[name] = dict(Kind=kind, Most=most, Stride=stride, Shape=list(small.shape))

def volume(dtype, shape):
    a = rng.integers(0, 200, shape)
    if np.dtype(dtype).itemsize > 1: a = a * 113
    if np.dtype(dtype).kind != 'u': a = a - 9000 if np.dtype(dtype).itemsize > 1 else a - 100
    return a.astype(dtype)

def write_zarr(name, axes, a, chunks, most, **kw):
    z = zarr.open(name, mode='w', shape=a.shape, chunks=chunks, dtype=a.dtype, **kw)
    z[...] = a
    z.attrs['_ARRAY_DIMENSIONS'] = list(axes)
    case(name, 'zarr', a, most, axes)

for i, t in enumerate(['|u1', '|i1', '<u2', '>i2', '<u4', '>i4', '<f4', '>f8']):
    most = [13, 20, 64, 7][i % 4]
    write_zarr('zarr-%d' % i, 'zyx', volume(t, (30, 41, 52)), [(7, 16, 52), (30, 41, 52), (64, 64, 64), (11, 5, 9)][i % 4], most,
               order='CF'[i // 4], compressor=[None, Blosc('lz4'), GZip(1), Zstd(1), BZ2(1), LZ4(), Zlib(1), Blosc('zstd')][i])
write_zarr('zarr-tczyx', 'tczyx', volume('<u2', (2, 10, 9, 10, 11)), (1, 3, 4, 5, 6), 6)
write_zarr('zarr-zyxc', 'zyxc', volume('<f4', (9, 10, 11, 3)), (4, 5, 6, 3), 5, order='F')
z = zarr.open('zarr-fill', mode='w', shape=(20, 20, 20), chunks=(10, 10, 10), dtype='<i2', fill_value=-7)
z[5:10, :10, 3:8] = 9
z.attrs['_ARRAY_DIMENSIONS'] = ['z', 'y', 'x']
case('zarr-fill', 'zarr', z[...], 11, 'zyx')

# N5 by zarr's N5Store, whose axes are in the other order
for name, codec in dict(raw=None, gzip=GZip(2), zlib=Zlib(2), bz2=BZ2(1), blosc=Blosc('lz4')).items():
    for t in ('<u2', '|u1', '<f4'):
        a = volume(t, (30, 41, 52))
        path = 'n5-%s-%s' % (name, t[1:])
        store = zarr.N5Store(path)
        zarr.create(shape=a.shape, chunks=(7, 16, 30), dtype=a.dtype, compressor=codec, store=store, path='', overwrite=True)[...] = a
        case(path, 'n5', a.T, 20, 'xyz')

def c32(x): return x & 0xffffffff
def rot(x, r): return c32(x << r | x >> (32 - r))
def mix(h):
    h ^= h >> 16; h = c32(h * 0x85ebca6b); h ^= h >> 13; h = c32(h * 0xc2b2ae35); return h ^ h >> 16
def murmur(key): # MurmurHash3_x86_128 of 8 bytes, seed 0
    data = struct.pack('<Q', key)
    k1, k2 = struct.unpack('<II', data)
    h = [0, 0, 0, 0]
    h[1] ^= c32(rot(c32(k2 * 0xab0e9789), 16) * 0x38b34ae5)
    h[0] ^= c32(rot(c32(k1 * 0x239b961b), 15) * 0xab0e9789)
    h = [x ^ 8 for x in h]
    h[0] = c32(sum(h)); h[1:] = [c32(x + h[0]) for x in h[1:]]
    h = [mix(x) for x in h]
    h[0] = c32(sum(h)); h[1:] = [c32(x + h[0]) for x in h[1:]]
    return h[0] | h[1] << 32

def segmentation(c, block): # c is x, y, z, channel
    out = [0] * c.shape[3]
    wide = c.dtype.itemsize // 4
    for ch in range(c.shape[3]):
        base = out[ch] = len(out)
        grid = [-(-n // b) for n, b in zip(c.shape, block)]
        out += [0] * (2 * grid[0] * grid[1] * grid[2])
        for n, (z, y, x) in enumerate(itertools.product(range(grid[2]), range(grid[1]), range(grid[0]))):
            part = c[x * block[0]:(x + 1) * block[0], y * block[1]:(y + 1) * block[1], z * block[2]:(z + 1) * block[2], ch]
            full = np.pad(part, [(0, b - s) for b, s in zip(block, part.shape)], mode='edge')
            values, index = np.unique(full.ravel('F'), return_inverse=True)
            bits = next(b for b in (0, 1, 2, 4, 8, 16, 32) if len(values) <= 1 << b)
            entries = len(out)
            if bits:
                per = 32 // bits
                index = np.pad(index.ravel(), (0, -len(index.ravel()) % per)).reshape(-1, per)
                for row in index.tolist(): out.append(sum(v << (bits * i) for i, v in enumerate(row)))
            table = len(out)
            for v in values.tolist(): out += [v & 0xffffffff] if wide == 1 else [v & 0xffffffff, v >> 32]
            out[base + 2 * n] = (table - base) | bits << 24
            out[base + 2 * n + 1] = entries - base
    return np.array(out, '<u4').tobytes()

def png(c): # any width × height of the right product; one channel or three
    depth, channels = c.dtype.itemsize, c.shape[3]
    pixels = c.reshape(-1, channels, order='F').astype('>u%d' % depth)
    wide = c.shape[0]
    rows = pixels.reshape(-1, wide * channels)
    body = b''.join(b'\0' + r.tobytes() for r in rows)
    chunk = lambda kind, data: struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', wide, len(rows), 8 * depth, {1: 0, 3: 2}[channels], 0, 0, 0)) + \
        chunk(b'IDAT', zlib.compress(body)) + chunk(b'IEND', b'')

def morton(at, grid):
    code = out = 0
    for bit in range(21):
        for a, n in zip(at, grid):
            if (n - 1) >> bit: code |= (a >> bit & 1) << out; out += 1
    return code

def shard_files(chunks, spec):
    files = {}
    for id, data in chunks.items():
        h = id >> spec['preshift_bits']
        if spec['hash'] != 'identity': h = murmur(h)
        mini = h & (1 << spec['minishard_bits']) - 1
        shard = h >> spec['minishard_bits'] & (1 << spec['shard_bits']) - 1
        if spec['data_encoding'] == 'gzip': data = gzip.compress(data)
        files.setdefault(shard, {}).setdefault(mini, {})[id] = data
    for shard, minis in files.items():
        count = 1 << spec['minishard_bits']
        body, index, heads = b'', {}, b''
        for m in sorted(minis):
            ids = sorted(minis[m])
            rows, last, end = [[], [], []], 0, 0
            for id in ids:
                rows[0].append(id - last); rows[1].append(len(body) - end); rows[2].append(len(minis[m][id]))
                body += minis[m][id]
                last, end = id, len(body)
            raw = np.array(rows, '<u8').tobytes()
            index[m] = gzip.compress(raw) if spec['minishard_index_encoding'] == 'gzip' else raw
        for m in range(count):
            begin = len(body)
            if m in index: body += index[m]
            heads += struct.pack('<QQ', begin, len(body))
        yield '%0*x.shard' % (-(-spec['shard_bits'] // 4), shard), heads + body

def write_precomputed(name, a, chunk, most, encoding='raw', gz=False, sharding=None, offset=(0, 0, 0), block=(8, 8, 8)):
    os.makedirs(name + '/s0')
    scale = dict(key='s0', size=a.shape[:3], resolution=[4, 4, 40], voxel_offset=offset, chunk_sizes=[chunk], encoding=encoding)
    if encoding == 'compressed_segmentation': scale['compressed_segmentation_block_size'] = block
    if sharding: scale['sharding'] = dict({'@type': 'neuroglancer_uint64_sharded_v1'}, **sharding)
    json.dump(dict({'@type': 'neuroglancer_multiscale_volume'}, data_type=a.dtype.name, num_channels=a.shape[3],
        type='segmentation' if encoding.startswith('comp') else 'image', scales=[scale]), open(name + '/info', 'w'))
    grid = [-(-n // c) for n, c in zip(a.shape, chunk)]
    chunks = {}
    for at in itertools.product(*map(range, grid)):
        lo = [p * c for p, c in zip(at, chunk)]
        hi = [min(l + c, n) for l, c, n in zip(lo, chunk, a.shape)]
        part = a[lo[0]:hi[0], lo[1]:hi[1], lo[2]:hi[2]]
        data = {'raw': lambda: part.tobytes('F'), 'png': lambda: png(part),
                'compressed_segmentation': lambda: segmentation(part, block)}[encoding]()
        if gz: data = gzip.compress(data)
        chunks[morton(at, grid)] = data
        if not sharding:
            open(name + '/s0/' + '_'.join('%d-%d' % (l + o, h + o) for l, h, o in zip(lo, hi, offset)), 'wb').write(data)
    for file, data in shard_files(chunks, sharding) if sharding else []:
        open(name + '/s0/' + file, 'wb').write(data)
    case(name, 'precomputed', a[..., 0] if a.shape[3] == 1 else a, most, 'xyz' if a.shape[3] == 1 else 'xyzc')

shape = (52, 41, 30)
for t in ('u1', 'i1', '<u2', '<i2', '<u4', '<u8', '<f4'):
    write_precomputed('raw-' + t.strip('<'), volume(t, shape + (1,)), (16, 20, 9), 30, offset=(-5, 100, 3))
write_precomputed('raw-gzip', volume('<u2', shape + (1,)), (16, 20, 9), 30, gz=True)
write_precomputed('raw-channels', volume('<f4', shape + (3,)), (16, 20, 9), 30)
write_precomputed('png-u1', volume('u1', shape + (1,)), (16, 20, 9), 30, 'png')
write_precomputed('png-u2', volume('<u2', shape + (1,)), (16, 20, 9), 30, 'png')
write_precomputed('png-rgb', volume('u1', shape + (3,)), (16, 20, 9), 30, 'png')
labels = rng.integers(0, 5, shape + (1,)) * (np.indices(shape + (1,)).sum(0) // 9)
write_precomputed('labels-4', labels.astype('<u4'), (16, 20, 9), 60, 'compressed_segmentation')
write_precomputed('labels-8', (labels + (labels > 50) * 2**40).astype('<u8'), (16, 20, 9), 60, 'compressed_segmentation', block=(8, 4, 2), gz=True)
write_precomputed('labels-channels', np.concatenate([labels, 3 * labels], 3).astype('<u4'), (16, 20, 9), 60, 'compressed_segmentation')
for n, (hash, shard, mini, pre, enc) in enumerate([('identity', 0, 0, 0, 'raw'), ('identity', 2, 3, 1, 'gzip'), ('murmurhash3_x86_128', 5, 1, 0, 'gzip'), ('murmurhash3_x86_128', 1, 2, 2, 'raw')]):
    write_precomputed('sharded-%d' % n, volume('<u2', shape + (1,)), (8, 8, 8), 60,
        sharding=dict(hash=hash, shard_bits=shard, minishard_bits=mini, preshift_bits=pre, minishard_index_encoding=enc, data_encoding=enc))
json.dump(cases, open('cases.json', 'w'))
`

func TestOverviewAgainstPython(t *testing.T) {
	root := pythontest.Run(t, writeOverviews, "zarr", "numcodecs")
	var cases map[string]struct {
		Kind          string
		Most          int64
		Stride, Shape []int64
	}
	readJSON(t, filepath.Join(root, "cases.json"), &cases)
	for name, want := range cases {
		t.Run(name, func(t *testing.T) {
			get := dir(filepath.Join(root, name))
			img, err := open(want.Kind, get)
			if err != nil {
				t.Fatal(err)
			}
			got, err := volume.Overview(img, want.Most, ranger(get))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Stride, want.Stride) || !slices.Equal(got.Shape, want.Shape) {
				t.Fatalf("stride %v, shape %v, want %v, %v", got.Stride, got.Shape, want.Stride, want.Shape)
			}
			sameVoxels(t, got.Data, readFloats(t, filepath.Join(root, name+".f32")))
		})
	}
	t.Logf("%d images", len(cases))
}

func open(kind string, get volume.Getter) (*volume.Image, error) {
	switch kind {
	case "zarr":
		return volume.ReadZarr(get)
	case "n5":
		return volume.ReadN5(get)
	}
	info, err := get("info")
	if err != nil {
		return nil, err
	}
	return volume.ReadPrecomputed(info)
}

func readFloats(t *testing.T, path string) []float32 {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]float32, len(raw)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return out
}

func sameVoxels(t *testing.T, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d voxels, want %d", len(got), len(want))
	}
	wrong := 0
	for i, v := range got {
		if v != want[i] {
			if wrong++; wrong == 1 {
				t.Errorf("voxel %d is %v, want %v", i, v, want[i])
			}
		}
	}
	if wrong > 1 {
		t.Errorf("%d of %d voxels differ", wrong, len(got))
	}
}

// pyramid is a zarr v2 image of levels with the given sizes, all of one chunk of one byte a voxel.
func pyramid(sizes ...int) files {
	f := files{}
	var datasets []string
	for i, n := range sizes {
		f[fmt.Sprintf("%d/.zarray", i)] = fmt.Sprintf(`{"zarr_format":2,"shape":[%d,%d,%d],"chunks":[%d,%d,%d],"dtype":"|u1","order":"C",
			"compressor":null,"fill_value":%d}`, n, n, n, n, n, n, i+1)
		s := float64(sizes[0]) / float64(n)
		datasets = append(datasets, fmt.Sprintf(`{"path":"%d","coordinateTransformations":[{"type":"scale","scale":[%v,%v,%v]},
			{"type":"translation","translation":[%v,%v,%v]}]}`, i, s, s, s, (s-1)/2, (s-1)/2, (s-1)/2))
	}
	f[".zattrs"] = `{"multiscales":[{"version":"0.4","axes":` + zyx + `,"datasets":[` + strings.Join(datasets, ",") + `]}]}`
	return f
}

func TestOverviewChoosesLevel(t *testing.T) {
	for name, tt := range map[string]struct {
		sizes  []int
		most   int64
		level  int
		stride int64
		shape  int64
		index  float64 // in level 0, of element 3
	}{
		"the finest that fits":     {[]int{400, 100, 50}, 128, 1, 1, 100, 13.5},
		"the coarsest, every 2nd":  {[]int{400, 200, 100}, 64, 2, 2, 50, 25.5},
		"the coarsest, every 3rd":  {[]int{300}, 128, 0, 3, 100, 9},
		"one voxel":                {[]int{300, 7}, 1, 1, 7, 1, 900 + (300.0/7-1)/2},
		"exactly as many":          {[]int{64, 32}, 64, 0, 1, 64, 3},
		"one more than there may ": {[]int{65, 32}, 64, 1, 1, 32, 65.0/64 - 0.5 + 65.0/32*3},
	} {
		t.Run(name, func(t *testing.T) {
			f := pyramid(tt.sizes...)
			img, err := volume.ReadZarr(f.get)
			if err != nil {
				t.Fatal(err)
			}
			b, err := volume.Overview(img, tt.most, ranger(f.get))
			if err != nil {
				t.Fatal(err)
			}
			if b.Level != tt.level || b.Stride[0] != tt.stride || b.Shape[2] != tt.shape {
				t.Errorf("level %d, stride %v, shape %v", b.Level, b.Stride, b.Shape)
			}
			if v := b.Data[len(b.Data)-1]; v != float32(tt.level+1) {
				t.Errorf("last voxel is %v, want the fill value of level %d", v, tt.level)
			}
			if got := b.Index(img, 1, 3); !near(got, tt.index, 1e-9) {
				t.Errorf("element 3 is at %v of level 0, want %v", got, tt.index)
			}
		})
	}
}

func TestOverviewRefuses(t *testing.T) {
	big := func(shape, chunk string) files {
		return files{".zarray": `{"zarr_format":2,"shape":` + shape + `,"chunks":` + chunk + `,"dtype":"<u2","order":"C","compressor":null,"fill_value":1}`}
	}
	for name, tt := range map[string]struct {
		files files
		want  string
	}{
		"many chunks":        {big("[1024,1024,1024]", "[64,64,64]"), "no level small enough"},
		"many bytes":         {big("[1024,1024,1024]", "[256,256,256]"), "no level small enough"},
		"a large chunk":      {big("[1024,1024,1024]", "[1024,1024,64]"), "64 MiB"},
		"absurd shape":       {big("[9007199254740992,9007199254740992,9007199254740992]", "[1,1,1]"), "no level small enough"},
		"five axes of space": {big("[60,60,60,60,60]", "[60,60,60,1,1]"), "too large for a preview"},
	} {
		t.Run(name, func(t *testing.T) {
			img, err := volume.ReadZarr(tt.files.get)
			if err != nil {
				t.Fatal(err)
			}
			_, err = volume.Overview(img, 128, ranger(tt.files.get))
			if !errors.Is(err, volume.ErrInvalid) {
				t.Fatalf("error %v, want ErrInvalid", err)
			}
			wantSentence(t, "error", err.Error(), tt.want)
		})
	}
	unwell := errors.New("503 slow down")
	img, err := volume.ReadZarr(pyramid(20).get)
	if err != nil {
		t.Fatal(err)
	}
	_, err = volume.Overview(img, 64, func(string, int64, int64) ([]byte, error) { return nil, unwell })
	if !errors.Is(err, unwell) || errors.Is(err, volume.ErrInvalid) || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want it to wrap only %v", err, unwell)
	}
	if _, err = volume.Overview(&volume.Image{}, 64, nil); !errors.Is(err, volume.ErrInvalid) {
		t.Errorf("image without levels: error %v, want ErrInvalid", err)
	}
}
