package skeleton_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"ngportal/internal/pythontest"
	"ngportal/internal/tracttest"
	"ngportal/tract"
	"ngportal/tract/skeleton"
)

// peer makes the bytes of a skeleton with nibabel and numpy, without a loop over streamlines or points. The seconds it writes are CPU time: all of it, and that since the modules were imported.
const peer = `
import hashlib, json, resource, struct
import numpy as np, nibabel as nib

def cpu():
    r = resource.getrusage(resource.RUSAGE_SELF)
    return r.ru_utime + r.ru_stime

def skeleton(file):
    lines = nib.streamlines.load(file).streamlines
    points, last = lines._data.astype("<f4", copy=False), lines._offsets + lines._lengths - 1
    connected = np.ones(len(points), bool)
    connected[last] = False
    edges = np.empty((len(points) - len(last), 2), "<u4")
    edges[:, 0] = np.flatnonzero(connected)
    np.add(edges[:, 0], 1, out=edges[:, 1])
    first, longer = lines._offsets, lines._lengths > 1
    way = np.empty_like(points)
    np.subtract(points[2:], points[:-2], out=way[1:-1])
    way[first] = points[first + longer] - points[first]
    way[last] = points[last] - points[last - longer]
    size = np.einsum("ij,ij->i", way, way)
    np.sqrt(size, out=size)
    size[size == 0] = 1
    way /= size[:, None]
    with open("/dev/null", "wb", buffering=0) as f:
        f.write(struct.pack("<II", len(points), len(edges)))
        f.write(points.data)
        f.write(edges.data)
        f.write(way.data)
    return points, edges, way

startup = cpu()
times = []
for i in range(TRIES):
    began = cpu()
    points, edges, way = skeleton(FILE)
    times.append(cpu() - began)
    if i + 1 < TRIES:
        del points, edges, way
way[::STRIDE].tofile("orientations")
json.dump({
    "seconds": min(times), "startup": startup,
    "peak": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    "positions": hashlib.sha256(points.data).hexdigest(), "edges": hashlib.sha256(edges.data).hexdigest(),
}, open("result.json", "w"))
`

// stride is how many vertices there are for each whose orientation is compared.
const stride = 31

// A result is what peer writes.
type result struct {
	Seconds, Startup, Peak float64
	Positions, Edges       string
}

// BenchmarkAgainstNibabel makes the skeleton of all streamlines of a .trk file. Figures are CPU time on one core, in
// seconds: "nibabel-s" that of nibabel and numpy after their modules are loaded, "startup-s" for loading them, "ours-s"
// that of this package, reading the same file. "×nibabel" compares the first with the last. "heap-MB" is the most that
// our heap holds, "nibabel-MB" the peak of python's memory.
func BenchmarkAgainstNibabel(b *testing.B) {
	for n, tries := range map[int64]int{100_000: 3, 1_000_000: 1} {
		b.Run(fmt.Sprintf("%dk", n/1000), func(b *testing.B) {
			if n > 100_000 && (testing.Short() || available(b) < 16<<30) {
				b.Skip("a million streamlines take nibabel 12 GB of memory")
			}
			name := filepath.Join(b.TempDir(), "synthetic.trk")
			store(b, name, tracttest.Synthetic{Streamlines: n})
			theirs, orientations := numpy(b, name, tries)
			f := open(b, tract.TRK, onDisk(name))
			k := skeleton.Whole(f)
			compare(b, f, theirs, orientations)
			heap := peakHeap(func() {
				if _, err := k.WriteTo(io.Discard); err != nil {
					b.Error(err)
				}
			})
			b.SetBytes(f.Size())
			least := math.Inf(1)
			for b.Loop() {
				least = min(least, seconds(b, k))
			}
			for range 6 {
				least = min(least, seconds(b, k))
			}
			b.ReportMetric(theirs.Seconds, "nibabel-s")
			b.ReportMetric(theirs.Startup, "startup-s")
			b.ReportMetric(least, "ours-s")
			b.ReportMetric(theirs.Seconds/least, "×nibabel")
			b.ReportMetric(float64(heap)/1e6, "heap-MB")
			b.ReportMetric(theirs.Peak/1e6, "nibabel-MB")
		})
	}
}

// numpy runs peer.
func numpy(t testing.TB, name string, tries int) (theirs result, orientations []byte) {
	t.Helper()
	script := strings.NewReplacer("TRIES", strconv.Itoa(tries), "FILE", strconv.Quote(name), "STRIDE", strconv.Itoa(stride)).Replace(peer)
	root := pythontest.Run(t, script, "nibabel")
	readJSON(t, filepath.Join(root, "result.json"), &theirs)
	orientations, err := os.ReadFile(filepath.Join(root, "orientations"))
	if err != nil {
		t.Fatal(err)
	}
	return theirs, orientations
}

func TestSkeletonsAreThoseOfNumpy(t *testing.T) {
	names := []string{filepath.Join(t.TempDir(), "synthetic.trk")}
	store(t, names[0], tracttest.Synthetic{Streamlines: 1000})
	for _, n := range []string{"dipy/tracks300.trk", "linc/sub-I58_sample-hemi_desc-CSD_tractography.smalltest.trk"} {
		name, err := filepath.Abs(filepath.Join(data(t), n))
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	for _, name := range names {
		theirs, orientations := numpy(t, name, 1)
		compare(t, open(t, tract.TRK, onDisk(name)), theirs, orientations)
	}
}

// seconds is the CPU time of writing k, garbage collection included, on one core.
func seconds(b *testing.B, k *skeleton.Skeleton) float64 {
	b.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	runtime.GC()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer null.Close()
	began := cpu(b)
	if n, err := k.WriteTo(null); err != nil || n != k.Size() {
		b.Fatal(n, err)
	}
	return (cpu(b) - began).Seconds()
}

// cpu is how much time this process has used, in user and system mode.
func cpu(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peakHeap is the most bytes of objects on the heap while work runs, sampled every millisecond.
func peakHeap(work func()) uint64 {
	runtime.GC()
	done, most := make(chan bool), make(chan uint64)
	go func() {
		s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		peak := uint64(0)
		for tick := time.NewTicker(time.Millisecond); ; {
			select {
			case <-tick.C:
				metrics.Read(s)
				peak = max(peak, s[0].Value.Uint64())
			case <-done:
				most <- peak
				return
			}
		}
	}()
	work()
	done <- true
	return <-most
}

// available is the memory that programs can still have.
func available(t testing.TB) int64 {
	t.Helper()
	b, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		t.Skip(err)
	}
	_, rest, _ := strings.Cut(string(b), "MemAvailable:")
	kB, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kB << 10
}

func store(t testing.TB, name string, s tract.Source) {
	t.Helper()
	from, err := s.Open(0, s.Size())
	if err != nil {
		t.Fatal(err)
	}
	to, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = io.Copy(to, from); err != nil {
		t.Fatal(err)
	}
	if err = to.Close(); err != nil {
		t.Fatal(err)
	}
}

func readJSON(t testing.TB, name string, v any) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// onDisk is a file as a Source.
type onDisk string

func (f onDisk) Size() int64 {
	s, err := os.Stat(string(f))
	if err != nil {
		return 0
	}
	return s.Size()
}

func (f onDisk) Open(off, n int64) (io.ReadCloser, error) {
	file, err := os.Open(string(f))
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(file, off, n), file}, nil
}

// A comparison is a writer that takes the sections of a skeleton apart.
type comparison struct {
	k                *tract.File
	positions, edges hash.Hash
	orientations     []byte
	at               int64
}

func (c *comparison) Write(b []byte) (int, error) {
	points, lines, _ := c.k.Vertices()
	n := len(b)
	for ends := []int64{8, 8 + 12*points, 8 + 20*points - 8*lines, math.MaxInt64}; len(b) > 0; {
		section := slices.IndexFunc(ends, func(end int64) bool { return c.at < end })
		part := b[:min(int64(len(b)), ends[section]-c.at)]
		switch section {
		case 1:
			c.positions.Write(part)
		case 2:
			c.edges.Write(part)
		case 3:
			c.keep(part, c.at-ends[2])
		}
		c.at += int64(len(part))
		b = b[len(part):]
	}
	return n, nil
}

// keep keeps every stride-th of the orientations, of which part begins at so many bytes.
func (c *comparison) keep(part []byte, at int64) {
	for i := range part {
		if (at+int64(i))/12%stride == 0 {
			c.orientations = append(c.orientations, part[i])
		}
	}
}

// compare compares the skeleton of f with the one that peer made.
func compare(t testing.TB, f *tract.File, want result, orientations []byte) {
	t.Helper()
	c := &comparison{k: f, positions: sha256.New(), edges: sha256.New()}
	k := skeleton.Whole(f)
	if n, err := k.WriteTo(c); err != nil || n != k.Size() {
		t.Fatal(n, err)
	}
	if got := hex.EncodeToString(c.positions.Sum(nil)); got != want.Positions {
		t.Error("positions are not bit for bit those of nibabel")
	}
	if got := hex.EncodeToString(c.edges.Sum(nil)); got != want.Edges {
		t.Error("edges are not those of numpy")
	}
	got, wanted := decoded(t, c.orientations), decoded(t, orientations)
	if len(got) != len(wanted) || len(got) == 0 {
		t.Fatalf("%d orientations, want %d", len(got), len(wanted))
	}
	for i, w := range wanted {
		if !(math.Abs(float64(got[i]-w)) <= 1e-6) {
			t.Fatalf("orientation %d is %v, want %v", i/3*stride, got[i], w)
		}
	}
}

func decoded(t testing.TB, b []byte) []float32 {
	t.Helper()
	out := make([]float32, len(b)/4)
	if err := binary.Read(bytes.NewReader(b), binary.LittleEndian, out); err != nil {
		t.Fatal(err)
	}
	return out
}
