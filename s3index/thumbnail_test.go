package s3index_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"

	"ngportal/access"
	"ngportal/s3index"
	"ngportal/volume"
)

func decode(t *testing.T, th s3index.Thumbnail) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(th.PNG))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func pixel(img image.Image, x, y int) color.NRGBA {
	return color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
}

// TestThumbnail draws a body whose right half is bright (the left of the picture), and a slide whose first half is.
func TestThumbnail(t *testing.T) {
	objects := map[string]string{
		"head.nii.gz": gzipped(niftiFile([3]int{8, 4, 4}, func(x, _, _ int) byte { return byte(10 + x/4*90) })),
		"notes.txt":   "hello",
		"t.trk":       "TRACK",
	}
	omeZarr(objects, "slide.ome.zarr", "", [3]int{1, 4, 8}, func(_, _, x int) byte { return byte(100 - x/4*90) })
	omeZarr(objects, "x_dseg.ome.zarr", "", [3]int{1, 4, 8}, func(_, _, x int) byte { return byte(x / 4 * 2) })
	w := newLab(t, "thumbnails", objects)
	white, black := color.NRGBA{255, 255, 255, 255}, color.NRGBA{0, 0, 0, 255}
	tests := map[string]struct {
		left, right color.NRGBA
	}{
		"head.nii.gz":      {white, black},
		"slide.ome.zarr/":  {white, black},
		"x_dseg.ome.zarr/": {color.NRGBA{}, color.NRGBA{255, 53, 120, 255}},
	}
	for path, tt := range tests {
		th, err := w.Thumbnail(t.Context(), w.ada, w.ref(path))
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		img := decode(t, th)
		if got := img.Bounds(); got != image.Rect(0, 0, 96, 48) {
			t.Errorf("%s is %v, want 96 × 48", path, got)
		}
		if l, r := pixel(img, 3, 20), pixel(img, 90, 20); l != tt.left || r != tt.right {
			t.Errorf("%s is %v on the left and %v on the right, want %v and %v", path, l, r, tt.left, tt.right)
		}
		before := w.all()
		again, err := w.Thumbnail(t.Context(), w.ada, w.ref(path))
		if err != nil || !bytes.Equal(again.PNG, th.PNG) || again.Version != th.Version {
			t.Errorf("%s the second time: %v", path, err)
		}
		if n := w.all() - before; n > 8 { // a listing and metadata
			t.Errorf("%s the second time took %d requests", path, n)
		}
	}
	if n := w.reads("slide.ome.zarr/0/0/0/0"); n != 1 {
		t.Errorf("the chunk was read %d times, want once", n)
	}
	for _, path := range []string{"notes.txt", "t.trk"} {
		if _, err := w.Thumbnail(t.Context(), w.ada, w.ref(path)); !errors.Is(err, volume.ErrInvalid) {
			t.Errorf("%s: error %v, want ErrInvalid", path, err)
		}
	}
	for _, path := range []string{"gone.nii", "gone.zarr/"} {
		if _, err := w.Thumbnail(t.Context(), w.ada, w.ref(path)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: error %v, want ErrNotExist", path, err)
		}
	}
}

// TestThumbnailOfANewVersion replaces objects.
func TestThumbnailOfANewVersion(t *testing.T) {
	objects := map[string]string{"head.nii": niftiFile([3]int{4, 4, 4}, func(x, _, _ int) byte { return byte(10 + x) })}
	omeZarr(objects, "slide.zarr", "", [3]int{1, 4, 4}, func(_, _, x int) byte { return byte(10 + x) })
	w := newLab(t, "replaced", objects)
	first := map[string]s3index.Thumbnail{}
	for _, path := range []string{"head.nii", "slide.zarr/"} {
		th, err := w.Thumbnail(t.Context(), w.ada, w.ref(path))
		if err != nil {
			t.Fatal(err)
		}
		first[path] = th
	}
	other := map[string]string{"head.nii": niftiFile([3]int{4, 2, 4}, func(x, _, _ int) byte { return byte(10 + x) })}
	omeZarr(other, "slide.zarr", "", [3]int{1, 2, 4}, func(_, _, x int) byte { return byte(10 + x) })
	for name, content := range other {
		w.write(t, name, content)
	}
	for path, before := range first {
		th, err := w.Thumbnail(t.Context(), w.ada, w.ref(path))
		if err != nil {
			t.Fatal(err)
		}
		if th.Version == before.Version || decode(t, th).Bounds().Dy() != 48 {
			t.Errorf("%s, replaced: version %s after %s, %v", path, th.Version, before.Version, decode(t, th).Bounds())
		}
	}
}

// TestPicturesAskPermission: whoever may not see the folder gets the same refusal everywhere, also for what somebody
// else has just looked at.
func TestPicturesAskPermission(t *testing.T) {
	objects := map[string]string{"head.nii": niftiFile([3]int{4, 4, 4}, func(x, _, _ int) byte { return byte(10 + x) }), "xfm/a.lta": "x"}
	w := newLab(t, "guarded", objects)
	a := w.describe(t, "head.nii")
	if _, err := w.Thumbnail(t.Context(), w.ada, a.Ref); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Overview(t.Context(), w.ada, a, 64); err != nil {
		t.Fatal(err)
	}
	near, err := w.Transforms(t.Context(), w.ada, a)
	if err != nil || len(near) != 1 {
		t.Fatalf("transforms %v, %v", near, err)
	}
	before := w.all()
	_, want := w.Folder(t.Context(), w.eve, w.ref(""), s3index.Page{Limit: 10})
	forged := a
	forged.Ref.Location = "loc-other"
	calls := map[string]func() error{
		"Thumbnail":  func() error { _, err := w.Thumbnail(t.Context(), w.eve, a.Ref); return err },
		"Overview":   func() error { _, err := w.Overview(t.Context(), w.eve, a, 64); return err },
		"Related":    func() error { _, err := w.Related(t.Context(), w.eve, a); return err },
		"Segments":   func() error { _, _, err := w.Segments(t.Context(), w.eve, a); return err },
		"Transforms": func() error { _, err := w.Transforms(t.Context(), w.eve, a); return err },
		"NearTransform": func() error {
			_, err := w.NearTransform(t.Context(), w.eve, near[0])
			return err
		},
		"Transform": func() error { _, err := w.Transform(t.Context(), w.eve, w.ref("xfm/a.lta")); return err },
		"Measure":   func() error { _, err := w.Measure(t.Context(), w.eve, w.ref("xfm/")); return err },
		"Sample":    func() error { return w.Sample(t.Context(), w.eve, a) },
	}
	for name, call := range calls {
		if err := call(); err == nil || want == nil || err.Error() != want.Error() || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s for somebody else: %v, want %v", name, err, want)
		}
	}
	if n := w.all() - before; n != 0 {
		t.Errorf("refusals took %d requests", n)
	}
	if _, err := w.Overview(t.Context(), w.ada, forged, 64); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an asset that claims another location: %v, want ErrNotExist", err)
	}
}

// TestOneReading: the page of a compressed NIfTI file, its thumbnail and its sample read it but once.
func TestOneReading(t *testing.T) {
	w := newLab(t, "once", map[string]string{
		"head.nii.gz": gzipped(niftiFile([3]int{40, 40, 40}, func(x, y, z int) byte { return byte(1 + (x+y+z)%200) })),
	})
	a := w.describe(t, "head.nii.gz")
	if len(a.Stats) != 1 || a.Stats[0].Count != 64000 {
		t.Errorf("statistics %+v", a.Stats)
	}
	for _, most := range []int64{64, 128} {
		block, err := w.Overview(t.Context(), w.ada, a, most)
		if err != nil || len(block.Data) != 64000 || block.Data[41] == 0 {
			t.Errorf("Overview(%d) = %v", most, err)
		}
	}
	if _, err := w.Thumbnail(t.Context(), w.ada, a.Ref); err != nil {
		t.Error(err)
	}
	if err := w.Sample(t.Context(), w.ada, a); err != nil {
		t.Error(err)
	}
	if n := w.reads("head.nii.gz"); n != 2 {
		t.Errorf("the file was read %d times, want 2: its header once, and all of it once", n)
	}
}

// TestTruncated looks at files that were not copied whole: they are drawn as far as they go, and their sample says so.
func TestTruncated(t *testing.T) {
	whole := niftiFile([3]int{40, 40, 40}, func(x, y, z int) byte { return byte(1 + (x*y+z*7)%200) })
	packed := gzipped(whole)
	w := newLab(t, "cut", map[string]string{
		"whole.nii": whole, "cut.nii": whole[:len(whole)-1], "cut.nii.gz": packed[:2*len(packed)/3], "whole.nii.gz": packed,
	})
	for path, cut := range map[string]bool{"whole.nii": false, "cut.nii": true, "cut.nii.gz": true, "whole.nii.gz": false} {
		a := w.describe(t, path)
		if err := w.Sample(t.Context(), w.ada, a); errors.Is(err, volume.ErrTruncated) != cut {
			t.Errorf("Sample(%s) = %v, want ErrTruncated: %v", path, err, cut)
		}
		if block, err := w.Overview(t.Context(), w.ada, a, 64); err != nil || block.Data[41] == 0 || len(a.Stats) != 1 {
			t.Errorf("%s: overview %v, %d statistics, want the beginning of it", path, err, len(a.Stats))
		}
	}
}

// TestBrokenIsRemembered: what cannot be drawn is looked at once a minute, and its sentence stays the same.
func TestBrokenIsRemembered(t *testing.T) {
	objects := map[string]string{"torn.nii.gz": "\x1f\x8b\x08\x00 what is this", "empty.nii": ""}
	omeZarr(objects, "short.zarr", "", [3]int{4, 4, 4}, func(_, _, _ int) byte { return 1 })
	objects["short.zarr/0/0/0/0"] = "short"
	damaged := []byte(gzipped(niftiFile([3]int{64, 64, 64}, func(x, y, z int) byte { return byte(x*y ^ z) })))
	copy(damaged[len(damaged)/2:], bytes.Repeat([]byte{0xff}, 64))
	objects["damaged.nii.gz"] = string(damaged)
	w := newLab(t, "broken", objects)
	for _, path := range []string{"torn.nii.gz", "empty.nii", "short.zarr/", "damaged.nii.gz"} {
		_, first := w.Thumbnail(t.Context(), w.ada, w.ref(path))
		before := w.all()
		_, second := w.Thumbnail(t.Context(), w.ada, w.ref(path))
		if !errors.Is(first, volume.ErrInvalid) || !errors.Is(second, volume.ErrInvalid) || first.Error() != second.Error() {
			t.Errorf("%s: %v, then %v, want the same ErrInvalid", path, first, second)
		}
		if n := w.all() - before; n != 0 {
			t.Errorf("%s: the second look took %d requests", path, n)
		}
	}
	a := w.describe(t, "short.zarr/")
	if err := w.Sample(t.Context(), w.ada, a); !errors.Is(err, volume.ErrInvalid) {
		t.Errorf("a sample of a short chunk: %v, want ErrInvalid", err)
	}
	if len(a.Notes) != 1 || a.Stats != nil {
		t.Errorf("a short chunk: statistics %v, notes %q", a.Stats, a.Notes)
	}
	if _, err := w.Overview(t.Context(), w.ada, a, 64); !errors.Is(err, volume.ErrInvalid) {
		t.Errorf("an overview of a short chunk: %v, want ErrInvalid", err)
	}
}

// BenchmarkThumbnails makes thumbnails of OME-Zarr images that each end in a level of 64³ voxels of two bytes, for as
// many people at once as there are processors. The S3 server runs in the same process and counts.
func BenchmarkThumbnails(b *testing.B) {
	objects := map[string]string{}
	rnd := rand.New(rand.NewPCG(1, 1))
	chunk := make([]byte, 64*64*64*2)
	const kinds = 200
	omeZarr(objects, "0", "", [3]int{64, 64, 64}, func(_, _, _ int) byte { return 0 })
	array := `{"zarr_format":2,"shape":[64,64,64],"chunks":[64,64,64],"dtype":"<u2","compressor":null,"fill_value":0,"order":"C","filters":null,"dimension_separator":"/"}`
	attrs := objects["0/.zattrs"]
	clear(objects)
	w := newLab(b, "bench", nil)
	for i := range kinds {
		for j := 0; j < len(chunk); j += 2 {
			chunk[j], chunk[j+1] = byte(rnd.Uint32()), byte(j>>12)
		}
		name := fmt.Sprintf("%d.ome.zarr", i)
		w.write(b, name+"/.zattrs", attrs)
		w.write(b, name+"/.zgroup", `{"zarr_format":2}`)
		w.write(b, name+"/0/.zarray", array)
		w.write(b, name+"/0/0/0/0", string(chunk))
	}
	b.Cleanup(func() { os.RemoveAll(filepath.Join(root, "bench")) })
	var next atomic.Int64
	var library atomic.Pointer[s3index.Library]
	fresh := func() {
		library.Store(s3index.NewLibrary([]*s3index.Bucket{s3index.NewBucket("bench", s3index.NewClient(server.Config(), server.Endpoint, true))}))
	}
	fresh()
	b.SetParallelism(4)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			n := next.Add(1) % kinds
			if n == 0 {
				fresh() // which remembers none
			}
			ref := access.Ref{Dataset: "lab", Location: "loc-lab", Path: fmt.Sprintf("%d.ome.zarr/", n)}
			if _, err := library.Load().Thumbnail(b.Context(), w.ada, ref); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "thumbnails/s")
	b.ReportMetric(float64(runtime.GOMAXPROCS(0)), "processors")
}
