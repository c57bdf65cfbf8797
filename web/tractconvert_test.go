package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ngportal/internal/pythontest"
	"ngportal/tract"
	"ngportal/tract/annotation"
	"ngportal/tract/skeleton"
	"ngportal/tractstore"
)

// agree has another program read a sharded folder, and compare it with the one with a file for each object.
func agree(t *testing.T, flat, sharded string) {
	t.Helper()
	script := readOut(t, the.source, "web/testdata/readshards.py")
	pythontest.Run(t, fmt.Sprintf("flat, sharded = %q, %q\n%s", flat, sharded, script))
}

func openAt(t *testing.T, path string) *tract.File {
	t.Helper()
	in := tractInput{path: path}
	f, err := in.open()
	if err != nil {
		t.Fatal(err)
	}
	return f.File
}

func TestTractConvertWritesSkeletons(t *testing.T) {
	linc := filepath.Join(tractData(t), "linc/sub-I58_sample-hemi_desc-CSD_tractography.smalltest.trk")
	for path, attributes := range map[string][]string{linc: nil, synthetic(t, 2000): {"length"}} {
		dir := t.TempDir()
		flat, sharded := filepath.Join(dir, "flat"), filepath.Join(dir, "sharded")
		extra := []string{"--as", "skeleton", "--attributes", strings.Join(attributes, ",")}
		mustTell(t, append([]string{"convert", path, flat}, extra...)...)
		mustTell(t, append([]string{"convert", path, sharded, "--sharded"}, extra...)...)
		agree(t, flat, sharded)
		f := openAt(t, path)
		survey, err := f.Survey(nil)
		if err != nil {
			t.Fatal(err)
		}
		set := skeleton.NewSet(f, survey, nil)
		if len(set.Objects) == 0 {
			t.Fatal("no objects")
		}
		for _, o := range set.Objects {
			var want bytes.Buffer
			k, err := set.Open(o.ID, attributes)
			if err == nil {
				_, err = k.WriteTo(&want)
			}
			if got := readOut(t, flat, fmt.Sprint(o.ID)); err != nil || !bytes.Equal(got, want.Bytes()) || len(got) < 8 {
				t.Errorf("object %d has %d bytes, want %d (%v)", o.ID, len(got), want.Len(), err)
			}
		}
		for name, want := range map[string][]byte{"info": skeleton.Info(attributes), "prop/info": set.Properties()} {
			if got := readOut(t, flat, name); !bytes.Equal(got, want) {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
	}
}

// build makes a store as the server does.
func build(t *testing.T, path string, tolerance float64) *annotation.Store {
	t.Helper()
	f := openAt(t, path)
	sample, err := f.Sample(tractstore.Streamlines, fmt.Sprint(f.Size()), tract.FirstPicture())
	if err != nil {
		t.Fatal(err)
	}
	layout, err := annotation.Plan(f, sample, tolerance)
	if err != nil {
		t.Fatal(err)
	}
	shop, err := openWorkshop(filepath.Join(t.TempDir(), "shop"), "")
	if err != nil {
		t.Fatal(err)
	}
	if err = annotation.Build(f, layout, shop, 1, nil); err != nil {
		t.Fatal(err)
	}
	r, err := shop.Open(annotation.StoreName)
	if err != nil {
		t.Fatal(err)
	}
	store, err := annotation.OpenStore(r, r.Size())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.Close()
		if err := shop.end(); err != nil {
			t.Error(err)
		}
	})
	return store
}

func TestTractConvertWritesAnnotations(t *testing.T) {
	path, dir := synthetic(t, 20_000), t.TempDir()
	flat, sharded := filepath.Join(dir, "flat"), filepath.Join(dir, "sharded")
	if out := mustTell(t, "convert", path, flat, "--as", "annotation", "--tolerance", "0.25"); !strings.Contains(out, "Without --sharded") {
		t.Errorf("said %q", out)
	}
	mustTell(t, "convert", path, sharded, "--as", "annotation", "--tolerance", "0.25", "--sharded")
	agree(t, flat, sharded)
	store := build(t, path, 0.25)
	if got := readOut(t, flat, "info"); !bytes.Equal(got, store.Info()) {
		t.Errorf("info %s, want %s", got, store.Info())
	}
	if got := readOut(t, flat, "list/info"); !bytes.Equal(got, store.BundleProperties()) {
		t.Errorf("list/info %s, want %s", got, store.BundleProperties())
	}
	if len(store.Levels()) < 2 {
		t.Errorf("%d levels only", len(store.Levels()))
	}
	for level := range store.Levels() {
		cells := 0
		for c := range store.Cells(level) {
			cells++
			want, err := store.Chunk(level, c)
			name := fmt.Sprintf("%d_%d_%d", c[0], c[1], c[2])
			if got := readOut(t, flat, fmt.Sprint("spatial", level), name); err != nil || !bytes.Equal(got, want) {
				t.Errorf("level %d, cell %s: %d bytes, want %d (%v)", level, name, len(got), len(want), err)
			}
		}
		if files, err := os.ReadDir(filepath.Join(flat, fmt.Sprint("spatial", level))); err != nil || len(files) != cells || cells == 0 {
			t.Errorf("level %d: %d files, want %d (%v)", level, len(files), cells, err)
		}
	}
	for _, b := range store.Survey().Bundles {
		want, err := store.Bundle(uint64(b.ID))
		if got := readOut(t, flat, "bundle", fmt.Sprint(b.ID)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("bundle %d: %d bytes, want %d (%v)", b.ID, len(got), len(want), err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || !slices.Equal(left, []string{flat, sharded}) {
		t.Errorf("left behind: %q, %v", left, err)
	}
}
