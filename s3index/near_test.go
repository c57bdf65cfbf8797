package s3index_test

import (
	"errors"
	"fmt"
	"testing"

	"ngportal/s3index"
	"ngportal/xfm"
)

// nearby is eight images of one folder, with a table of labels and transforms.
func nearby() map[string]string {
	objects := map[string]string{
		"sub-1/xfms/sub-1_from-a_to-b_xfm.txt": "1 0 0 5\n0 1 0 6\n0 0 1 7\n", "sub-1/xfms/broken.lta": "hello",
		"sub-1/micr/sub-1_dseg.tsv": "index\tname\n1\tcortex\n", "sub-1/dwi/sub-1_tracts.trk": "x",
	}
	for i := range 8 {
		objects[fmt.Sprintf("sub-1/micr/sub-1_chunk-%d_dseg.nii", i)] = niftiFile([3]int{4, 2, 2}, func(x, _, _ int) byte { return byte(x) })
	}
	return objects
}

// TestASecondLookIsCheap: what lies around assets is listed once for all of them, and small files are read once.
func TestASecondLookIsCheap(t *testing.T) {
	w := newLab(t, "cheap", nearby())
	look := func() {
		for i := range 8 {
			a := w.describe(t, fmt.Sprintf("sub-1/micr/sub-1_chunk-%d_dseg.nii", i))
			files, err := w.Transforms(t.Context(), w.ada, s3index.Asset{Ref: a.Ref})
			if err != nil || len(files) != 2 {
				t.Fatalf("transforms %v, %v", files, err)
			}
			for _, f := range files {
				got, err := w.NearTransform(t.Context(), w.ada, f)
				if f.Name == "broken.lta" != errors.Is(err, xfm.ErrInvalid) || err == nil && got.Matrix[2][3] != 7 {
					t.Errorf("%s: %v, %v", f.Name, got.Matrix, err)
				}
			}
			if named, _, err := w.Segments(t.Context(), w.ada, a); err != nil || len(named) != 1 {
				t.Errorf("%s: labels %v, %v", a.Name, named, err)
			}
		}
	}
	look()
	if n := w.reads("/cheapdata/sub-1/dwi/"); n != 0 { // as it is to find tractograms
		t.Errorf("a folder that holds no transforms was listed %d times", n)
	}
	for what, n := range map[string]int{
		"the folder": w.reads("/cheapdata/sub-1/micr/"), "a transform": w.reads("sub-1/xfms/broken.lta"), "the table": w.reads("sub-1/micr/sub-1_dseg.tsv"),
	} {
		if n != 1 {
			t.Errorf("%s was read %d times, want once", what, n)
		}
	}
	before := w.all()
	if look(); w.all()-before != 8 {
		t.Errorf("the second look took %d requests, want one for each of 8 assets", w.all()-before)
	}
}

// TestTransformIsFresh: what a scene is opened with is what lies there now.
func TestTransformIsFresh(t *testing.T) {
	w := newLab(t, "freshmoves", nearby())
	ref := w.ref("sub-1/xfms/sub-1_from-a_to-b_xfm.txt")
	for _, want := range []float64{7, 8.25} {
		w.write(t, ref.Path, fmt.Sprintf("1 0 0 5\n0 1 0 6\n0 0 1 %g\n", want))
		if got, err := w.Transform(t.Context(), w.ada, ref); err != nil || got.Matrix[2][3] != want {
			t.Errorf("%v, %v, want %g", got.Matrix, err, want)
		}
	}
}
