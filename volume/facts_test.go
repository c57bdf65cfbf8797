package volume_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"ngportal/volume"
)

func group3(attributes string) string {
	return `{"zarr_format":3,"node_type":"group","attributes":` + attributes + `}`
}

func TestReadPlate(t *testing.T) {
	const plate = `{"version":"0.4","field_count":4,"rows":[{"name":"A"},{"name":"B"}],"columns":[{"name":"1"},{"name":"2"},{"name":"3"}],
		"wells":[{"path":"A/1","rowIndex":0,"columnIndex":0},{"path":"B/3"},{"path":"../x"},7]}`
	many := `{"wells":[` + strings.Repeat(`{"path":"A/1"},`, 5000) + `{"path":"A/1"}]}`
	for name, tt := range map[string]struct {
		files  files
		want   volume.PlateError
		inText string
	}{
		"plate of v2": {files{".zattrs": `{"plate":` + plate + "}"}, volume.PlateError{
			Rows: []string{"A", "B"}, Columns: []string{"1", "2", "3"}, Fields: []string{"A/1/0", "B/3/0"}, PerWell: 4,
		}, "2 × 3 wells); Neuroglancer opens one image at a time: open one of its fields, such as A/1/0/"},
		"plate of v3, with the mark of bioformats2raw": {files{"zarr.json": group3(`{"bioformats2raw.layout":3,"ome":{"version":"0.5","plate":` + plate + "}}")}, volume.PlateError{
			Rows: []string{"A", "B"}, Columns: []string{"1", "2", "3"}, Fields: []string{"A/1/0", "B/3/0"}, PerWell: 4,
		}, "plate of many images"},
		"well":             {files{".zattrs": `{"well":{"images":[{"path":"0","acquisition":1},{"path":"1"}]}}`}, volume.PlateError{Fields: []string{"0", "1"}}, "well of a plate (HCS); "},
		"plate of nothing": {files{".zattrs": `{"plate":[]}`}, volume.PlateError{Rows: []string{}, Columns: []string{}}, "ROW/COLUMN/FIELD"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := volume.ReadZarr(tt.files.get)
			var got *volume.PlateError
			if !errors.Is(err, volume.ErrInvalid) || !errors.As(err, &got) {
				t.Fatalf("error %v, want a PlateError that wraps ErrInvalid", err)
			}
			if !reflect.DeepEqual(*got, tt.want) {
				t.Errorf("got %+v, want %+v", *got, tt.want)
			}
			wantSentence(t, "error", err.Error(), tt.inText)
		})
	}
	var got *volume.PlateError
	if _, err := volume.ReadZarr(files{".zattrs": `{"plate":` + many + "}"}.get); !errors.As(err, &got) || len(got.Fields) != 2000 {
		t.Errorf("large plate: error %v", err)
	}
}

func TestReadSeries(t *testing.T) {
	image := ome04(zyx, scale321, "")
	root := files{".zattrs": `{"bioformats2raw.layout":3}`}
	for i := range 3 {
		root[fmt.Sprintf("%d/.zattrs", i)] = image
		root[fmt.Sprintf("%d/0/.zarray", i)] = plain2
	}
	with := func(series string) files {
		f := files{"OME/.zattrs": series, "OME/.zgroup": "{}"}
		for name, text := range root {
			f[name] = text
		}
		return f
	}
	endless := func(name string) ([]byte, error) {
		if strings.HasSuffix(name, ".zattrs") && name != ".zattrs" && name != "OME/.zattrs" {
			return []byte(image), nil
		}
		return root.get(name)
	}
	for name, tt := range map[string]struct {
		get     volume.Getter
		want    []string
		wantSub string
	}{
		"listed":                {with(`{"series":["2","0","../x"]}`).get, []string{"2", "0"}, "2"},
		"looked for":            {root.get, []string{"0", "1", "2"}, "0"},
		"list that is no list":  {with(`{"series":7}`).get, []string{"0", "1", "2"}, "0"},
		"list that is damaged":  {with(`{"series":`).get, []string{"0", "1", "2"}, "0"},
		"more than anyone has ": {endless, nil, "0"},
	} {
		t.Run(name, func(t *testing.T) {
			img, err := volume.ReadZarr(tt.get)
			if err != nil {
				t.Fatal(err)
			}
			if tt.want == nil && len(img.Series) == 100 {
				img.Series = nil
			}
			if img.Sub != tt.wantSub || !reflect.DeepEqual(img.Series, tt.want) || img.Levels[0].Path != tt.wantSub+"/0" {
				t.Errorf("got %q at %q, level at %s, want %q", img.Series, img.Sub, img.Levels[0].Path, tt.want)
			}
		})
	}
	unwell := errors.New("503 slow down")
	for _, sick := range []string{"OME/.zattrs", "1/.zattrs"} {
		_, err := volume.ReadZarr(func(name string) ([]byte, error) {
			if name == sick {
				return nil, unwell
			}
			return root.get(name)
		})
		if !errors.Is(err, unwell) || errors.Is(err, volume.ErrInvalid) {
			t.Errorf("%s unwell: error %v", sick, err)
		}
	}
}

func TestReadImageLabel(t *testing.T) {
	const label = `,"image-label":{"version":"0.4","colors":[{"label-value":3,"rgba":[255,0,16,255]},{"label-value":1,"rgba":[0,0,999,0]},{"label-value":-1}],
		"properties":[{"label-value":3,"class":"left","name":"Left cortex"},{"label-value":18446744073709551615,"name":"too large"},{"label-value":2,"class":"c"},7]}`
	img, err := volume.ReadZarr(files{".zattrs": strings.TrimSuffix(ome04(zyx, scale321, ""), "}") + label + "}", "0/.zarray": plain2}.get)
	if err != nil {
		t.Fatal(err)
	}
	want := []volume.Segment{{ID: 1}, {ID: 2, Name: "c"}, {ID: 3, Name: "Left cortex", Color: "#ff0010"}}
	if !img.IsLabel || !reflect.DeepEqual(img.Segments, want) {
		t.Errorf("got %+v, want %+v", img.Segments, want)
	}
}

// TestReadOME6 describes metadata of version 0.6, which Neuroglancer 2.41.2 does not open.
func TestReadOME6(t *testing.T) {
	array := strings.Replace(strings.Replace(strings.Replace(plain3, "[4,3]", "[4,3,2]", 1), "[2,3]", "[2,3,2]", 1), `["y",null]`, "null", 1)
	meta := func(transform string) files {
		return files{"zarr.json": group3(`{"ome":{"version":"0.6","multiscales":[{"coordinateSystems":[{"name":"other","axes":[{"name":"q"}]},
			{"name":"mm","axes":` + zyx + `}],"coordinateTransformations":[{"type":"rotation"}],
			"datasets":[{"path":"0","coordinateTransformations":[` + transform + `]}]}]}}`), "0/zarr.json": array}
	}
	for name, tt := range map[string]struct {
		transform string
		want      string
		warning   string
	}{
		"scale":    {`{"type":"scale","input":"0","output":"mm","scale":[3,2,1]}`, "[3 2 1] [0 0 0]", ""},
		"sequence": {`{"type":"sequence","output":{"name":"mm"},"transformations":[{"type":"scale","scale":[3,2,1]},{"type":"translation","translation":[1,2,3]}]}`, "[3 2 1] [1 2 3]", ""},
		"affine":   {`{"type":"affine","output":"mm","affine":[[3,0,0,7],[0,2,0,8],[0,0,1,9]]}`, "[3 2 1] [7 8 9]", ""},
		"turned":   {`{"type":"affine","output":"mm","affine":[[0,2,0,7],[3,0,0,8],[0,0,1,9]]}`, "[3 2 1] [7 8 9]", "turned or mirrored"},
	} {
		t.Run(name, func(t *testing.T) {
			img, err := volume.ReadZarr(meta(tt.transform).get)
			if err != nil {
				t.Fatal(err)
			}
			l := img.Levels[0]
			if got := fmt.Sprint(l.Scale, " ", l.Translation); got != tt.want || img.Axes[2].Name != "x" || img.Axes[2].Meters != 1e-6 {
				t.Errorf("got %s, axes %+v, want %s", got, img.Axes, tt.want)
			}
			wantSentence(t, "unreadable", img.Unreadable(), "version 0.6")
			if tt.warning != "" {
				wantSentence(t, "findings", strings.Join(sentences(img), " | "), tt.warning)
			}
		})
	}
	for transform, want := range map[string]string{
		`{"type":"sequence","output":"mm","transformations":[{"type":"sequence"}]}`:                  "holds a sequence",
		`{"type":"affine","output":"mm","affine":[[3,0,0,7],[0,2,0,8]]}`:                             "not 3 rows",
		`{"type":"affine","output":"mm","affine":[[0,0,0,7],[0,2,0,8],[0,0,1,9]]}`:                   "singular",
		`{"type":"displacements","output":"mm","path":"field"}`:                                      "displacements",
		`{"type":"affine","output":"mm","affine":[[1e999,0,0,7],[0,2,0,8],[0,0,1,9]]}`:               "expected a number",
		`{"type":"affine","output":"mm","affine":[[1.7e308,0,0,7],[1.7e308,2,0,8],[1.7e308,0,1,9]]}`: "too large",
	} {
		if _, err := volume.ReadZarr(meta(transform).get); !errors.Is(err, volume.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want ErrInvalid with %q", transform, err, want)
		}
	}
}

func TestConsolidated(t *testing.T) {
	array3 := strings.Replace(strings.Replace(strings.Replace(plain3, "[4,3]", "[4,3,2]", 1), "[2,3]", "[2,3,2]", 1), `["y",null]`, "null", 1)
	inner := strings.TrimSuffix(strings.TrimPrefix(ome04(zyx, scale321, ""), "{"), "}")
	attrs := "{" + inner + "}"
	for name, tt := range map[string]struct {
		files   files
		wantErr string
	}{
		"v2":           {files{".zattrs": attrs, ".zmetadata": `{"zarr_consolidated_format":1,"metadata":{"0/.zarray":` + plain2 + `}}`}, ""},
		"v3":           {files{"zarr.json": strings.TrimSuffix(group3(attrs), "}") + `,"consolidated_metadata":{"kind":"inline","metadata":{"0":` + array3 + `}}}`}, ""},
		"v2 of others": {files{".zattrs": attrs, ".zmetadata": `{"metadata":{"1/.zarray":` + plain2 + `}}`}, "level 0 has no array"},
		"v2, damaged":  {files{".zattrs": attrs, ".zmetadata": `{"metadata":[`}, "level 0 has no array"},
		"v3, a group":  {files{"zarr.json": strings.TrimSuffix(group3(attrs), "}") + `,"consolidated_metadata":{"metadata":{"0":{"zarr_format":3,"node_type":"group"}}}}`}, "is a group"},
	} {
		t.Run(name, func(t *testing.T) {
			img, err := volume.ReadZarr(tt.files.get)
			if tt.wantErr != "" {
				if !errors.Is(err, volume.ErrInvalid) || !strings.Contains(err.Error(), tt.wantErr) {
					t.Errorf("error %v, want ErrInvalid with %q", err, tt.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(img.Levels) != 1 || img.Levels[0].Shape[0] != 4 {
				t.Errorf("levels %+v", img.Levels)
			}
			wantSentence(t, "unreadable", img.Unreadable(), "only in the consolidated metadata")
		})
	}
}
