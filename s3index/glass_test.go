package s3index_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"testing"

	"ngportal/internal/tracttest"
	"ngportal/s3index"
	"ngportal/tract"
	"ngportal/volume"
)

// synthetic is a .trk file of so many streamlines.
func synthetic(t *testing.T, streamlines int64) string {
	t.Helper()
	s := tracttest.Synthetic{Streamlines: streamlines}
	body, err := s.Open(0, s.Size())
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestTractThumbnail: a small picture of a file of 35 MB takes few small reads, and none the second time.
func TestTractThumbnail(t *testing.T) {
	w := newLab(t, "tractpictures", map[string]string{"large.trk": synthetic(t, 20_000), "empty.trk": synthetic(t, 0), "none.trk": "none"})
	first, err := w.Thumbnail(t.Context(), w.ada, w.ref("large.trk"))
	if err != nil {
		t.Fatal(err)
	}
	img := decode(t, first)
	if size := img.Bounds().Size(); max(size.X, size.Y) != 96 {
		t.Errorf("it is %v", size)
	}
	if n := w.reads("large.trk"); n > 11 { // and where it is, and its header
		t.Errorf("it took %d reads", n)
	}
	before := w.reads("large.trk")
	second, err := w.Thumbnail(t.Context(), w.ada, w.ref("large.trk"))
	if err != nil || !bytes.Equal(first.PNG, second.PNG) || first.Version != second.Version {
		t.Errorf("the second time: %v", err)
	}
	if n := w.reads("large.trk") - before; n > 1 {
		t.Errorf("the second time took %d reads", n)
	}
	for _, path := range []string{"empty.trk", "none.trk"} {
		if _, err = w.Thumbnail(t.Context(), w.ada, w.ref(path)); !errors.Is(err, volume.ErrInvalid) {
			t.Errorf("%s: error %v, want ErrInvalid", path, err)
		}
	}
}

// trxOf is a stored TRX archive of straight streamlines of two points, some 40 bytes each.
func trxOf(t *testing.T, streamlines int) string {
	t.Helper()
	var points, offsets []byte
	for i := range streamlines {
		offsets = binary.LittleEndian.AppendUint64(offsets, uint64(2*i))
		for _, v := range []float32{0, float32(i % 90), 0, 50, float32(i % 90), 20} {
			points = binary.LittleEndian.AppendUint32(points, math.Float32bits(v))
		}
	}
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for name, data := range map[string][]byte{
		"header.json":    fmt.Appendf(nil, `{"VOXEL_TO_RASMM":[[1,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,0,1]],"DIMENSIONS":[90,90,90],"NB_STREAMLINES":%d,"NB_VERTICES":%d}`, streamlines, 2*streamlines),
		"offsets.uint64": offsets, "positions.3.float32": points,
	} {
		member, err := archive.CreateHeader(&zip.FileHeader{Name: name})
		if err == nil {
			_, err = member.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestTRXThumbnail: to open an archive takes more than a .trk file, and there is a picture of it all the same.
func TestTRXThumbnail(t *testing.T) {
	for name, streamlines := range map[string]int{"small.trx": 20_000, "middling.trx": 60_000, "large.trx": 300_000} {
		w := newLab(t, "trx", map[string]string{name: trxOf(t, streamlines)})
		if _, err := w.Thumbnail(t.Context(), w.ada, w.ref(name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestVolumeOf: of a file that was not read yet, a viewer looks at the volume.
func TestVolumeOf(t *testing.T) {
	h := tract.Header{HasAffine: true, Dim: [3]int{10, 20, 30}, Affine: [4][4]float64{{-2, 0, 0, 9}, {0, 2, 0, -19}, {0, 0, 1, 0}, {0, 0, 0, 1}}}
	if got, want := s3index.VolumeOf(h), [2][3]float64{{-10, -20, -0.5}, {10, 20, 29.5}}; got != want {
		t.Errorf("it lies in %v, want %v", got, want)
	}
}

// TestBundles: a folder of tractograms is one tractogram, and stays a folder.
func TestBundles(t *testing.T) {
	objects := map[string]string{
		"b/CST.trk": synthetic(t, 5), "b/AF.left.trk": synthetic(t, 7), "b/read.me": "text", "b/deep/X.trk": synthetic(t, 3),
		"one/CST.trk": synthetic(t, 5), "marked/A.trk": synthetic(t, 5), "marked/B.trk": synthetic(t, 5), "marked/info": "{}",
	}
	w := newLab(t, "bundles", objects)
	a := w.describe(t, "b/")
	if a.Kind != s3index.Bundles || a.Tract == nil || a.Tract.Total != 12 || a.Tract.Shown != 12 || !a.Tract.Skeleton {
		t.Fatalf("it is %q, %+v", a.Kind, a.Tract)
	}
	if low, high := a.Tract.Bounds[0], a.Tract.Bounds[1]; low[1] < -100 || high[1] > 100 || high[1]-low[1] < 30 {
		t.Errorf("it lies in %v", a.Tract.Bounds) // a viewer opens there
	}
	if want := []string{"b/AF.left.trk", "b/CST.trk"}; !slices.Equal(a.Tract.Files, want) {
		t.Errorf("its files are %q, want %q", a.Tract.Files, want)
	}
	var got []string
	for _, o := range a.Tract.Objects {
		got = append(got, fmt.Sprintln(o.ID, o.Label, o.Streamlines, o.First))
	}
	if want := []string{"1 AF.left 7 true\n", "2 CST 5 true\n"}; !slices.Equal(got, want) {
		t.Errorf("its objects are %q, want %q", got, want)
	}
	lines, err := w.Streamlines(t.Context(), w.ada, a)
	if err != nil || len(lines.Counts) != 12 {
		t.Errorf("%d streamlines to draw, %v", len(lines.Counts), err)
	}
	if _, err = w.Streamlines(t.Context(), w.eve, a); err == nil {
		t.Error("who may not see it may see its streamlines")
	}
	for path, want := range map[string]int{"b/": 2, "one/": 0, "marked/": 0, "b/deep/": 0} {
		f, err := w.Folder(t.Context(), w.ada, w.ref(path), s3index.Page{Limit: 200})
		if err != nil || f.Bundles != want || f.Self != "" {
			t.Errorf("the folder %s has %d bundles and is %q, %v", path, f.Bundles, f.Self, err)
		}
	}
	before := a.Tract
	w.write(t, "b/AF.left.trk", synthetic(t, 8))
	if a = w.describe(t, "b/"); a.Tract.Total != 13 || before.Total != 12 {
		t.Errorf("with a new version of a file it has %d streamlines, before %d", a.Tract.Total, before.Total)
	}
}
