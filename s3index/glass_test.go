package s3index_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"ngportal/internal/tracttest"
	"ngportal/s3index"
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
