package volume_test

import (
	"hash/crc32"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"ngportal/internal/pythontest"
	"ngportal/volume"
)

// writeBench makes 256³ uint16 volumes: "dense" is tissue with noise everywhere, "masked" the same with
// nothing outside a ball, as a brain that was cut out of its background.
const writeBench = `
import json, os, time, zlib
import numpy as np, numcodecs, zarr
from numcodecs import Blosc, Zstd
numcodecs.blosc.use_threads = False
numcodecs.blosc.set_nthreads(1)
rng = np.random.default_rng(5)
n = 256
z, y, x = np.mgrid[0:n, 0:n, 0:n].astype('f4') / n
tissue = 3000 + 2500 * np.sin(6 * x) * np.cos(5 * y) * np.sin(4 * z) + rng.normal(0, 30, (n, n, n))
dense = tissue.clip(0, 65535).astype('<u2')
masked = np.where((x - .5)**2 + (y - .5)**2 + (z - .5)**2 < .2, dense, 0).astype('<u2')
seconds = {}

def best(work):
    took = []
    for _ in range(7):
        t = time.process_time()
        work()
        took.append(time.process_time() - t)
    return min(took)

for kind, a in (('dense', dense), ('masked', masked)):
    for chunk in (64, 128):
        for name, codec in (('blosc-lz4', Blosc('lz4', 5, Blosc.SHUFFLE)), ('blosc-zstd', Blosc('zstd', 5, Blosc.SHUFFLE)), ('zstd', Zstd(1))):
            path = '%s-%s-%d' % (name, kind, chunk)
            zarr.open(path, mode='w', shape=a.shape, chunks=(chunk,) * 3, dtype=a.dtype, compressor=codec)[...] = a
            store = {f: open(os.path.join(path, f), 'rb').read() for f in os.listdir(path)}
            array = zarr.open(store, mode='r')
            chunks = [v for f, v in store.items() if f[0] != '.']
            out = np.empty(chunk**3, a.dtype)
            seconds[path] = dict(
                Zarr=best(lambda: array[...]),
                Codec=best(lambda: [codec.decode(c, out) for c in chunks]),
                Packed=sum(map(len, chunks)), Sum=zlib.crc32(a))
json.dump(seconds, open('seconds.json', 'w'))
`

// cpu is the time that this process has computed.
func cpu(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// leastCPU is the least that work takes, of several tries, on one core.
func leastCPU(t testing.TB, work func() error) float64 {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	least := time.Hour
	for range 7 {
		began := cpu(t)
		if err := work(); err != nil {
			t.Fatal(err)
		}
		least = min(least, cpu(t)-began)
	}
	return least.Seconds()
}

// inMemory reads each file once.
func inMemory(get volume.Getter) volume.Getter {
	known := map[string][]byte{}
	return func(name string) ([]byte, error) {
		raw, ok := known[name]
		if ok {
			return raw, nil
		}
		raw, err := get(name)
		if err == nil {
			known[name] = raw
		}
		return raw, err
	}
}

// BenchmarkAgainstZarr decodes the chunks that python's zarr has written and read. All figures but the last are CPU
// time on one core, in milliseconds, and all have the packed chunks in memory: "zarr-ms" is z[...] in python, "codec-ms"
// python's numcodecs alone, "ours-ms" our decoding, and "filled-ms" our decoding into one array, as z[...] does.
// "×codec" compares our decoding with numcodecs', and "×filled" ours into an array with zarr's: the same work.
func BenchmarkAgainstZarr(b *testing.B) {
	root := pythontest.Run(b, writeBench, "zarr", "numcodecs")
	var theirs map[string]struct {
		Zarr, Codec, Packed float64
		Sum                 uint32
	}
	readJSON(b, filepath.Join(root, "seconds.json"), &theirs)
	const size = 2 * 256 * 256 * 256
	array := make([]byte, size)
	for _, name := range slices.Sorted(maps.Keys(theirs)) {
		b.Run(name, func(b *testing.B) {
			get := inMemory(dir(filepath.Join(root, name)))
			img, err := volume.ReadZarr(get)
			if err != nil {
				b.Fatal(err)
			}
			decode, err := volume.Decoder(img.Levels[0], ranger(get))
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(size)
			for b.Loop() {
				if err := decode(nil); err != nil {
					b.Fatal(err)
				}
			}
			ours, filled := leastCPU(b, func() error { return decode(nil) }), leastCPU(b, func() error { return decode(array) })
			p := theirs[name]
			if got := crc32.ChecksumIEEE(array); got != p.Sum {
				b.Fatalf("the array has the checksum %08x, want %08x", got, p.Sum)
			}
			b.ReportMetric(1e3*p.Zarr, "zarr-ms")
			b.ReportMetric(1e3*p.Codec, "codec-ms")
			b.ReportMetric(1e3*ours, "ours-ms")
			b.ReportMetric(1e3*filled, "filled-ms")
			b.ReportMetric(p.Codec/ours, "×codec")
			b.ReportMetric(p.Zarr/filled, "×filled")
			b.ReportMetric(size/p.Packed, "packed:1")
		})
	}
}
