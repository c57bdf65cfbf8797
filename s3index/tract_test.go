package s3index_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ngportal/internal/tracttest"
	"ngportal/s3index"
	"ngportal/tract"
	"ngportal/tract/skeleton"
	"ngportal/tractstore"
)

func TestSourceIsOneVersion(t *testing.T) {
	d, b := hold(t, 0, map[string]tract.Source{"a.trk": tracttest.Synthetic{Streamlines: 100}})
	tests := map[string]struct {
		changed, storage bool
	}{
		"":             {},
		"another tag":  {changed: true},
		"another size": {changed: true},
		"whole":        {storage: true},
		"another part": {storage: true},
		"short":        {storage: true},
	}
	for trouble, want := range tests {
		t.Run(trouble, func(t *testing.T) {
			d.is("")
			s, err := s3index.SourceOf(t.Context(), b, "a.trk")
			if err != nil {
				t.Fatal(err)
			}
			d.is(trouble)
			var data []byte
			body, err := s.Open(1000, 5000)
			if err == nil {
				data, err = io.ReadAll(body)
				body.Close()
			}
			if errors.Is(err, tract.ErrChanged) != want.changed || (err != nil) != (want.changed || want.storage) {
				t.Errorf("%d bytes, %v; want changed %v, storage's fault %v", len(data), err, want.changed, want.storage)
			}
			if _, ok := errors.AsType[*s3index.StorageError](err); err != nil && !ok || errors.Is(err, tract.ErrInvalid) {
				t.Errorf("%v is not storage's", err)
			}
			if err == nil && len(data) != 5000 {
				t.Errorf("%d bytes, want 5000", len(data))
			}
		})
	}
	d.is("")
	s, err := s3index.SourceOf(t.Context(), b, "a.trk")
	if err != nil {
		t.Fatal(err)
	}
	d.put("a.trk", "tag-1", tract.Bytes("short now"))
	for _, span := range [][2]int64{{0, s.Size()}, {4000, 10}} {
		if body, fault := s.Open(span[0], span[1]); fault == nil {
			_, fault = io.ReadAll(body)
			body.Close()
			if fault == nil {
				t.Errorf("a file that became shorter is read at %d", span[0])
			}
		}
	}
	if _, err = s.Open(s.Size()-5, 10); err == nil {
		t.Error("a part outside is read")
	}
}

// TestFirstPicture: what the first view of a large tractogram reads, with 50 ms before each answer.
func TestFirstPicture(t *testing.T) {
	source := tracttest.Synthetic{Streamlines: 1_000_000}
	d, b := hold(t, 50*time.Millisecond, map[string]tract.Source{"big.trk": source})
	l := keptIn(t, b, "")
	begun := time.Now()
	s, err := l.SkeletonSet(t.Context(), place(), "big.trk", s3index.TractOptions{})
	if err != nil {
		t.Fatal(err)
	}
	k, err := s.Open(t.Context(), skeleton.SampleID)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if n, fault := k.WriteTo(&out); fault != nil || n != k.Size() || int64(out.Len()) != n {
		t.Fatalf("%d of %d bytes, %v", n, k.Size(), fault)
	}
	took := time.Since(begun)
	if _, err = s.Properties(t.Context()); err != nil || s.Final {
		t.Errorf("properties: %v; final %v", err, s.Final)
	}
	a, _, err := l.Annotations(t.Context(), place(), "big.trk", s3index.TractOptions{Tolerance: tractstore.Usual})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = a.Info(t.Context()); err != nil {
		t.Fatal(err)
	}
	cell, err := a.Chunk(t.Context(), 0, [3]int{})
	if err != nil {
		t.Fatal(err)
	}
	reads, sent := d.since()
	t.Logf("the first picture of %d MB: %v, %d ranges, %.1f MB read, skeleton of %.1f MB, level 0 of %.1f MB",
		source.Size()/1e6, took.Round(time.Millisecond), reads, float64(sent)/1e6, float64(out.Len())/1e6, float64(len(cell.Data))/1e6)
	if reads > 64 || sent > 16<<20 {
		t.Errorf("%d ranges of %d bytes, want at most 64 of 16 MB", reads, sent)
	}
	if out.Len() < 100<<10 {
		t.Errorf("the skeleton has %d bytes only", out.Len())
	}
}

// TestFirstAnnotations: what the viewer asks for to show all of 100,000 streamlines once they are built: level 0 and 1.
func TestFirstAnnotations(t *testing.T) {
	_, b := hold(t, 0, map[string]tract.Source{"a.trk": tracttest.Synthetic{Streamlines: 100_000}})
	l := keptIn(t, b, t.TempDir())
	a, version, err := l.Annotations(t.Context(), place(), "a.trk", s3index.TractOptions{Tolerance: tractstore.Usual})
	if err != nil || version == "" {
		t.Fatal(err)
	}
	info, err := a.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); !info.Final; time.Sleep(20 * time.Millisecond) {
		if info, err = a.Info(t.Context()); err != nil || time.Now().After(end) {
			t.Fatalf("built %v, %v", a.Built(), err)
		}
	}
	requests, total := 1, len(info.Data)
	for level := range 2 {
		for x := range 1 << level {
			for y := range 1 << level {
				for z := range 1 << level {
					f, err := a.Chunk(t.Context(), level, [3]int{x, y, z})
					if errors.Is(err, fs.ErrNotExist) {
						continue
					}
					if err != nil {
						t.Fatal(err)
					}
					requests, total = requests+1, total+len(f.Data)
				}
			}
		}
	}
	t.Logf("the first view: %d requests, %.2f MB", requests, float64(total)/1e6)
	if requests > 12 || total > 6e6 {
		t.Errorf("%d requests of %d bytes, want at most 12 of 6 MB", requests, total)
	}
}

// TestSmallTractogramIsReadWhole, and everything that is listed can be opened.
func TestSmallTractogramIsReadWhole(t *testing.T) {
	d, b := hold(t, 0, map[string]tract.Source{"a.trk": tracttest.Synthetic{Streamlines: 2000}})
	l := keptIn(t, b, "")
	s, err := l.SkeletonSet(t.Context(), place(), "a.trk", s3index.TractOptions{Attributes: []string{"length"}})
	if err != nil {
		t.Fatal(err)
	}
	if reads, _ := d.since(); reads != 0 || !s.Final {
		t.Errorf("%d reads to find the version, final %v", reads, s.Final)
	}
	checkListed(t, s, tracttest.Bundles)
	other, err := l.SkeletonSet(t.Context(), place(), "a.trk", s3index.TractOptions{})
	if err != nil || other.Version == s.Version {
		t.Errorf("other attributes have the same version %q, %v", other.Version, err)
	}
	none, err := l.SkeletonSet(t.Context(), place(), "a.trk", s3index.TractOptions{Attributes: []string{"s_fa"}})
	if err != nil {
		t.Fatal(err)
	}
	var option *s3index.OptionError
	if _, err = none.Info(t.Context()); !errors.As(err, &option) {
		t.Errorf("an attribute that there is not: %v", err)
	}
	if _, err = none.Open(t.Context(), 1); !errors.As(err, &option) {
		t.Errorf("an object with it: %v", err)
	}
}

func checkListed(t *testing.T, s *s3index.Skeletons, least int) {
	t.Helper()
	data, err := s.Properties(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ids := s3index.Listed(data)
	if len(ids) < least {
		t.Errorf("%d objects are listed, want %d or more: %.200s", len(ids), least, data)
	}
	for _, id := range ids {
		k, fault := s.Open(t.Context(), id)
		if fault != nil {
			t.Fatalf("object %d: %v", id, fault)
		}
		if n, torn := k.WriteTo(io.Discard); torn != nil || n != k.Size() || n <= 8 {
			t.Errorf("object %d has %d of %d bytes, %v", id, n, k.Size(), torn)
		}
	}
	if _, err = s.Open(t.Context(), 999_999); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an object that is not listed: %v", err)
	}
}

// TestFolderOfBundles: each file is an object; one that cannot be read leaves the others alone.
func TestFolderOfBundles(t *testing.T) {
	objects := map[string]tract.Source{"b/x/inner.trk": tract.Bytes("x"), "b/notes.txt": tract.Bytes("x"), "empty/x.txt": tract.Bytes("x")}
	for i := range 5 {
		objects[fmt.Sprintf("b/bundle_%d.trk", i)] = tracttest.Synthetic{Streamlines: int64(10 + i)}
	}
	d, b := hold(t, 0, objects)
	l := keptIn(t, b, "")
	s, err := l.SkeletonSet(t.Context(), place(), "b", s3index.TractOptions{})
	if err != nil {
		t.Fatal(err)
	}
	checkListed(t, s, 5)
	k, err := s.Open(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	if want := (tracttest.Synthetic{Streamlines: 12}).Points(); k.Size() != 8+want*24+(want-12)*8 {
		t.Errorf("the third has %d bytes, want that of %d points", k.Size(), want)
	}
	if _, err = l.SkeletonSet(t.Context(), place(), "empty", s3index.TractOptions{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder without tractograms: %v", err)
	}
	d.put("c/a.trk", "t", tracttest.Synthetic{Streamlines: 5})
	d.put("c/bad.trk", "t", tract.Bytes("no tractogram"))
	if s, err = l.SkeletonSet(t.Context(), place(), "c/", s3index.TractOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err = s.Properties(t.Context()); err != nil {
		t.Errorf("one file of two is bad: %v", err)
	}
	if _, err = s.Open(t.Context(), 1); err != nil {
		t.Errorf("the good one: %v", err)
	}
	if _, err = s.Open(t.Context(), 2); !errors.Is(err, tract.ErrInvalid) {
		t.Errorf("the bad one: %v", err)
	}
}

// TestScalarsBesideATCK: their versions are a part of its own.
func TestScalarsBesideATCK(t *testing.T) {
	objects := map[string]tract.Source{}
	for _, name := range []string{"t.tck", "t.tsf", "t_fa.tsf", "t-md.TSF", "tother.tsf", "t_.tsf", "t_note.txt"} {
		objects["s/"+name] = tract.Bytes("text of " + name)
	}
	d, b := hold(t, 0, objects)
	in, version, err := s3index.InputOf(t.Context(), b, "s/t.tck")
	if err != nil || len(in.Scalars) != 3 || in.Scalars["fa"] == nil || in.Scalars["md"] == nil || in.Scalars["scalar"] == nil {
		t.Errorf("scalars %v, %v", in.Scalars, err)
	}
	d.put("s/t_fa.tsf", "tag-2", tract.Bytes("other"))
	if _, now, err := s3index.InputOf(t.Context(), b, "s/t.tck"); err != nil || now == version {
		t.Errorf("a scalar changed and the version did not: %q, %v", now, err)
	}
}

// TestFolderOfTRX: a folder called .trx is one tractogram.
func TestFolderOfTRX(t *testing.T) {
	d, b := hold(t, 0, map[string]tract.Source{"a.trx/header.json": tract.Bytes("{}"), "a.trx/dpv/fa.float32": tract.Bytes("1234")})
	in, version, err := s3index.InputOf(t.Context(), b, "a.trx")
	if err != nil || in.Source != nil || len(in.Folder) != 2 || in.Folder["dpv/fa.float32"].Size() != 4 {
		t.Fatalf("%+v, %v", in, err)
	}
	d.put("a.trx/dpv/fa.float32", "tag-2", tract.Bytes("5678"))
	if _, now, fault := s3index.InputOf(t.Context(), b, "a.trx/"); fault != nil || now == version {
		t.Errorf("a member changed and the version did not: %q, %v", now, fault)
	}
	if _, _, err = s3index.InputOf(t.Context(), b, "none.trx"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing there: %v", err)
	}
	for i := range 20_010 {
		d.put(fmt.Sprintf("many.trx/dps/%d.float32", i), "t", tract.Bytes("1234"))
	}
	if _, _, err = s3index.InputOf(t.Context(), b, "many.trx"); !errors.Is(err, tract.ErrInvalid) {
		t.Errorf("20,010 files: %v", err)
	}
}

func TestTractOptions(t *testing.T) {
	skeletons := map[string]bool{
		"": true, "length": true, "length,s_fa,frame=lps": true, "frame=ras": true,
		"frame=xyz": false, "tol=0.25": false, "length,length": false, ",": false, "length,": false,
	}
	for text, good := range skeletons {
		if o, err := s3index.ParseSkeletonOptions(text); (err == nil) != good || err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("skeleton options %q: %+v, %v", text, o, err)
		}
	}
	annotations := map[string]bool{
		"": true, "tol=0": true, "tol=0.25": true, "frame=lps,tol=10": true,
		"tol=-1": false, "tol=11": false, "tol=NaN": false, "tol=0.250": false, "tol=0.125": false, "tol=1e0": false, "length": false,
	}
	for text, good := range annotations {
		if o, err := s3index.ParseAnnotationOptions(text); (err == nil) != good || err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("annotation options %q: %+v, %v", text, o, err)
		}
	}
}

// TestDescribesRealTractograms of the shared data.
func TestDescribesRealTractograms(t *testing.T) {
	shared := os.Getenv("NGPORTAL_TEST_DATA")
	if shared == "" {
		shared = "../../shared/data"
	}
	files, _ := filepath.Glob(filepath.Join(shared, "tracts", "*", "*.tr[kx]"))
	if len(files) == 0 {
		t.Skip("the shared data are not here")
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, b := hold(t, 0, map[string]tract.Source{filepath.Base(file): tract.Bytes(data)})
		l := keptIn(t, b, "")
		s, err := l.SkeletonSet(t.Context(), place(), filepath.Base(file), s3index.TractOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Base(file) == "empty.trk" {
			continue
		}
		checkListed(t, s, 1)
	}
}
