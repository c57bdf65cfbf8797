package volume_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"ngportal/volume"
)

// TestLargeMetadata reads files of nearly the largest size that is read, of which all is well formed: it takes a moment
// each, and what is kept of them is little.
func TestLargeMetadata(t *testing.T) {
	fill := func(before, item, after string) string {
		n := (volume.MaxMetadata - len(before) - len(after)) / (len(item) + 1)
		return before + strings.Repeat(item+",", n-1) + item + after
	}
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	const start, end = `{"multiscales":[{"version":"0.4","axes":`, `,"datasets":[{"path":"0"}]}]`
	zarr := func(attrs string) error {
		_, err := volume.ReadZarr(files{".zattrs": attrs, "0/.zarray": plain2}.get)
		return err
	}
	n5 := func(attrs string) error {
		_, err := volume.ReadN5(files{"attributes.json": attrs, "s0/attributes.json": n5Level(9, "")}.get)
		return err
	}
	info := func(text string) error {
		_, err := volume.ReadPrecomputed([]byte(text))
		return err
	}
	for name, tt := range map[string]struct {
		read func(string) error
		text string
	}{
		"members nobody wants":  {zarr, fill(`{"a":[`, "1", `],`+(start + zyx + end + "}")[1:])},
		"axes":                  {zarr, fill(start+"[", `{"name":"x"}`, "]"+end+"}")},
		"multiscales":           {zarr, fill(`{"multiscales":[`, `{"version":"0.1"}`, "]}")},
		"channels":              {zarr, fill(start+zyx+end+`,"omero":{"channels":[`, `{"color":"ff0000"}`, "]}}")},
		"colors of labels":      {zarr, fill(start+zyx+end+`,"image-label":{"colors":[`, `{"label-value":1,"rgba":[1,2,3,4]}`, "]}}")},
		"wells":                 {zarr, fill(`{"plate":{"wells":[`, `{"path":"A/1"}`, "]}}")},
		"rows":                  {zarr, fill(`{"plate":{"rows":[`, `{"name":"A"}`, "]}}")},
		"depth of 9000":         {zarr, `{"multiscales":` + deep(9000) + "}"},
		"depth of 9000 in axes": {zarr, start + deep(9000) + end + "}"},
		"depth of 20000":        {zarr, start + deep(20000) + end + "}"},
		"a long name":           {zarr, start + `[{"name":"` + strings.Repeat("x", 4<<20) + `"}]` + end + "}"},
		"scales of N5":          {n5, fill(`{"scales":[`, "[1,1,1]", "]}")},
		"axes of N5":            {n5, fill(`{"axes":[`, `"x"`, "]}")},
		"depth of N5":           {n5, `{"scales":` + deep(9990) + "}"},
		"scales of precomputed": {info, fill(strings.SplitAfter(precomputed, `"scales":[`)[0], `{"key":"1"}`, "]}")},
		"segments":              {info, fill(`{"@type":"neuroglancer_segment_properties","inline":{"ids":[`, `"1"`, "]}}")},
		"properties":            {info, fill(`{"@type":"neuroglancer_annotations_v1","properties":[`, `{"id":"a"}`, "]}")},
		"50 MB":                 {info, `{"a":"` + strings.Repeat("x", 50<<20) + `"}`},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begin := time.Now()
			err := tt.read(tt.text)
			took := time.Since(begin)
			runtime.ReadMemStats(&after)
			if err != nil && (!errors.Is(err, volume.ErrInvalid) || len(err.Error()) > 1000) {
				t.Errorf("error of %d bytes %.200v, want a sentence that wraps ErrInvalid", len(err.Error()), err)
			}
			if allocated := after.TotalAlloc - before.TotalAlloc; took > 20*time.Second || allocated > 600<<20 {
				t.Errorf("took %v and %d MiB", took, allocated>>20)
			}
			t.Logf("%v, %d MiB allocated: %.120v", took.Round(time.Millisecond), (after.TotalAlloc-before.TotalAlloc)>>20, err)
		})
	}
}
