package ngstate_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ngportal/ngstate"
)

// lincLink is one that the LINC archive makes: Python's quote escapes all but letters, digits and "_.-~/".
const lincLink = "https://neuroglancer.lincbrain.org/cloudfront/frontend/index.html#!%7B%22layers%22%3A%20%5B%7B%22type%22%3A%20%22image%22%2C%20" +
	"%22source%22%3A%20%22https%3A//neuroglancer.lincbrain.org/zarr/0a1b/%22%2C%20%22tab%22%3A%20%22source%22%2C%20%22name%22%3A%20%220a1b%22%7D%5D%2C%20" +
	"%22selectedLayer%22%3A%20%7B%22visible%22%3A%20true%2C%20%22layer%22%3A%20%220a1b%22%7D%2C%20%22layout%22%3A%20%224panel%22%7D"

func layers(t *testing.T, text string) []ngstate.ImportedLayer {
	t.Helper()
	got, err := ngstate.Import(text)
	if err != nil {
		t.Fatalf("Import(%.200s): %v", text, err)
	}
	return got.Layers
}

func TestImportReadsEveryForm(t *testing.T) {
	state := `{"layers":[{"type":"image","source":"s3://b/k_1&2.zarr|zarr2:","name":"it's"}]}`
	urlSafe := `{'layers':[{'type':'image'_'source':'s3://b/k_1&2.zarr|zarr2:'&'name':'it\'s'}]}`
	want := []ngstate.ImportedLayer{{
		Name: "it's", Type: "image", Sources: []string{"s3://b/k_1&2.zarr"},
		Raw: json.RawMessage(`{"name":"it's","type":"image","source":"s3://b/k_1&2.zarr|zarr2:"}`),
	}}
	tests := map[string]string{
		"JSON":                   state,
		"JSON with a mark":       "\ufeff\n" + state + "\n",
		"a link":                 "https://ng.example.org/#!" + url.PathEscape(state),
		"a link to be merged":    "https://ng.example.org/#!+" + url.PathEscape(state),
		"a link not escaped":     "https://ng.example.org/#!" + state,
		"a link escaped twice":   "https://ng.example.org/#%21" + url.PathEscape(state),
		"a part of a link":       "!" + url.PathEscape(state),
		"the escaped state":      url.PathEscape(state),
		"for addresses":          "#!" + urlSafe,
		"for addresses, escaped": "https://ng.example.org/v/#!" + url.PathEscape(urlSafe),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			if got := layers(t, text); !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v\nraw %s", got, got[0].Raw)
			}
		})
	}
}

func TestImportLINCLink(t *testing.T) {
	got, err := ngstate.Import(lincLink)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Layers) != 1 || got.Layers[0].Name != "0a1b" || got.View.Layout != "4panel" || len(got.Warnings) != 0 ||
		!slices.Equal(got.Layers[0].Sources, []string{"https://neuroglancer.lincbrain.org/zarr/0a1b/"}) {
		t.Errorf("got %+v", got)
	}
}

func TestImportRemote(t *testing.T) {
	tests := map[string]string{
		"https://ng.example.org/#!https://ng.example.org/_session/state/abc": "https://ng.example.org/_session/state/abc",
		"https://x/#!s3://aind-open-data/a%20b/state.json":                   "s3://aind-open-data/a%20b/state.json",
		"https://x/#!https%3A%2F%2Fng.example.org%2Fstate":                   "https://ng.example.org/state",
		"#!middleauth+https://g.example.org/nglstate/api/v1/5":               "middleauth+https://g.example.org/nglstate/api/v1/5",
		"https://portal.example.org/s/abc\n":                                 "https://portal.example.org/s/abc",
	}
	for text, want := range tests {
		got, err := ngstate.Import(text)
		if err != nil || got.Remote != want || got.Layers != nil {
			t.Errorf("Import(%q) = %+v, %v, want the address %q", text, got, err, want)
		}
	}
}

func TestImportRefuses(t *testing.T) {
	deep := strings.Repeat(`{"layers":[`, 5000) + strings.Repeat("]}", 5000)
	tests := map[string]struct{ text, want string }{
		"nothing":            {"", "neither"},
		"words":              {"hello", "neither"},
		"a number":           {"7", "neither"},
		"an empty link":      {"https://ng.example.org/#!", "no scene in it"},
		"cut off":            {lincLink[:len(lincLink)-10], "cut off"},
		"without layers":     {`{"title":"x"}`, "no list of layers"},
		"no layers":          {`{"layers":[]}`, "no layer that can be taken over"},
		"a list":             {`[1]`, "neither"},
		"layers are a text":  {`{"layers":"x"}`, "no list of layers"},
		"depth":              {deep, "neither"},
		"depth of a layer":   {`{"layers":[{"name":"a","source":"s3://b/k","shaderControls":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}]}`, "neither"},
		"size":               {`{"layers":[],"title":"` + strings.Repeat("x", ngstate.MaxState) + `"}`, "larger than"},
		"size, escaped":      {"#!" + strings.Repeat("%20", 2*ngstate.MaxState), "larger than"},
		"members":            {`{"layers":[]` + manyMembers(2000) + `}`, "more than 1024 members"},
		"a remote program":   {"#!javascript://alert(1)", "begins with “javascript”"},
		"a remote file":      {"#!file:///etc/passwd", "begins with “file”"},
		"a remote password":  {"#!https://me:secret@example.org/state", "user name or password"},
		"a remote line":      {"#!https://example.org/\x01", "characters"},
		"a source":           {"zarr://https://example.org/x.zarr", "begins with “zarr”"},
		"only bad sources":   {`{"layers":[{"name":"a","source":"javascript:alert(1)"}]}`, "“javascript:alert(1)”"},
		"only helper layers": {`{"layers":[{"name":"__world_axes_native__","type":"annotation","source":"local://annotations"}]}`, "ngtools"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := ngstate.Import(tt.text)
			if !errors.Is(err, ngstate.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %+v, %v, want ErrInvalid with %q", got, err, tt.want)
			}
			if err != nil && (len(err.Error()) > 1500 || strings.Contains(err.Error(), "secret")) {
				t.Errorf("the error is %s", err)
			}
		})
	}
}

func manyMembers(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`,"m` + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + strings.Repeat("y", i/26) + `":1`)
	}
	return b.String()
}

// TestImportLeavesOut meets every reason to leave something out, and says what stays.
func TestImportLeavesOut(t *testing.T) {
	good := `"name":"a","source":"s3://b/k"`
	long := strings.Repeat("x", 70<<10)
	tests := map[string]struct{ layer, want, warning string }{
		"an unknown member":       {`{` + good + `,"onclick":"x","opacity":0.5}`, `{` + good + `,"opacity":0.5}`, `Layer “a”: “onclick” is not known`},
		"a long shader":           {`{` + good + `,"shader":"` + long + `"}`, `{` + good + `}`, "its shader was left out"},
		"a shader that is a list": {`{` + good + `,"shader":[1]}`, `{` + good + `}`, "its shader was left out"},
		"an unknown type":         {`{` + good + `,"type":"iframe"}`, `{` + good + `}`, "its type is not known"},
		"a skeleton's shader": {
			`{` + good + `,"skeletonRendering":{"shader":"` + long + `","mode2d":"lines","x":1}}`,
			`{` + good + `,"skeletonRendering":{"mode2d":"lines"}}`, "shader was left out",
		},
		"one source of two": {
			`{"name":"a","source":["python://x",{"url":"s3://b/k","transform":{"matrix":[[1]]},"html":"<b>","state":null}]}`,
			`{"name":"a","source":[{"url":"s3://b/k","transform":{"matrix":[[1]]}}]}`, "“python:” are not read",
		},
		"a legacy mesh": {`{` + good + `,"mesh":"file:///etc/passwd"}`, `{` + good + `}`, "“file:” are not read"},
		"a signature": {
			`{"name":"a","source":"https://b.s3.amazonaws.com/k.nii.gz?X-Amz-Signature=abc&x=1|gzip:|nifti:"}`,
			`{"name":"a","source":"https://b.s3.amazonaws.com/k.nii.gz|gzip:|nifti:"}`, "signature or token",
		},
		"a repeated member":   {`{` + good + `,"opacity":0.1,"pick":false,"opacity":0.2}`, `{` + good + `,"opacity":0.2,"pick":false}`, ""},
		"null":                {`{` + good + `,"shader":null,"opacity":null}`, `{` + good + `}`, ""},
		"a name of two lines": {`{"name":" a\n\u0000 <b> ","source":"s3://b/k"}`, `{"name":"a <b>","source":"s3://b/k"}`, ""},
		"a member's own text": {`{` + good + `,"shader":"a<b && c>d"}`, `{` + good + `,"shader":"a<b && c>d"}`, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := ngstate.Import(`{"layers":[` + tt.layer + `]}`)
			if err != nil {
				t.Fatal(err)
			}
			if string(got.Layers[0].Raw) != tt.want {
				t.Errorf("raw %s\nwant %s", got.Layers[0].Raw, tt.want)
			}
			if all := strings.Join(got.Warnings, "\n"); !strings.Contains(all, tt.warning) || tt.warning == "" && all != "" {
				t.Errorf("warnings %q, want %q", all, tt.warning)
			}
		})
	}
}

func TestImportHostileSources(t *testing.T) {
	for name, source := range map[string]string{
		"program": "javascript:alert(1)", "program with slashes": "javascript://%0aalert(1)", "upper case": "JavaScript://x", "hidden": "java\nscript://x",
		"data": "data:application/json,{}", "python": "python://volume/1", "file": "file:///etc/passwd", "behind a format": "zarr://file:///etc",
		"behind formats": "zarr://n5://python://x", "blob": "blob:https://x/1", "password": "https://me:secret@example.org/k", "user": "zarr2://https://me@example.org/k",
		"relative": "/etc/passwd", "nothing": "", "format only": "zarr://", "no host": "https:///k", "backslashes": `https:\\evil.example.org\k`,
		"backslash": `https://good.example.org\@evil.example.org/k`, "parents": "https://ng.example.org/d/mine/../other/k",
		"escaped parents": "https://ng.example.org/d/mine/%2e%2E/other/k", "huge": "https://example.org/" + strings.Repeat("x", 5000), "zero": "s3://b/%00k",
		"other local": "local://files",
	} {
		given, err := json.Marshal(source)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ngstate.Import(`{"layers":[{"name":"good","source":"s3://b/k"},{"name":"bad","source":` + string(given) + `}]}`)
		if err != nil || len(got.Layers) != 1 || got.Layers[0].Name != "good" || len(got.Warnings) != 2 {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
		if all := strings.Join(got.Warnings, ""); strings.Contains(all, "secret") || len(all) > 1000 {
			t.Errorf("%s: warnings %s", name, all)
		}
	}
}

func TestImportOldLayersAndScenesOfNgtools(t *testing.T) {
	got, err := ngstate.Import(`{
		"dimensions":{"x":[0.001,"m"],"y":["1","mm"],"t":[1,"s"],"z":[1000,"um"]},"position":[1,-2,7,3.5],
		"crossSectionOrientation":[-0.70710678,0,0,0.70710678],"layout":{"type":"4panel-alt"},"secret":1,"title":" My\tscene ",
		"layers":{
			"old":"precomputed://gs://bucket/em",
			"seg":{"type":"segmentation","source":"precomputed://https://h/seg","mesh":"precomputed://https://h/mesh","segments":["1"],"visible":false},
			"__world_axes_current__":{"type":"annotation","source":"local://annotations"},
			"::landmarks::fixed":{"type":"annotation","source":{"url":"local://annotations","transform":{}},"annotations":[{"type":"point","point":[1,2,3],"id":"1"}]},
			"dandi":{"type":"image","source":[{"url":"zarr://dandi://linc/000005@draft/sub-I58/a.ome.zarr"}]},
			"linc":{"source":"linc://zarr/0a1b","archived":true},
			"empty":{"type":"image"}
		}}`)
	if err != nil {
		t.Fatal(err)
	}
	want := []ngstate.ImportedLayer{
		{Name: "old", Sources: []string{"gs://bucket/em"}},
		{Name: "seg", Type: "segmentation", Hidden: true, Sources: []string{"https://h/seg", "https://h/mesh"}},
		{Name: "::landmarks::fixed", Type: "annotation"},
		{Name: "dandi", Type: "image", Sources: []string{"dandi://linc/000005@draft/sub-I58/a.ome.zarr"}},
		{Name: "linc", Hidden: true, Sources: []string{"linc://zarr/0a1b"}},
	}
	for i := range got.Layers {
		if !json.Valid(got.Layers[i].Raw) {
			t.Errorf("raw %s", got.Layers[i].Raw)
		}
		got.Layers[i].Raw = nil
	}
	if !reflect.DeepEqual(got.Layers, want) {
		t.Errorf("layers %+v\nwant %+v", got.Layers, want)
	}
	v := got.View
	if got.Title != "My scene" || v.Layout != "4panel" || !v.Neurological || v.Position == nil || *v.Position != [3]float64{1, -2, 3.5} {
		t.Errorf("title %q, view %+v, position %v", got.Title, v, v.Position)
	}
	all := strings.Join(got.Warnings, "\n")
	for _, w := range []string{"“secret”", "ngtools keeps its axes", "“empty” was left out"} {
		if !strings.Contains(all, w) {
			t.Errorf("warnings %q lack %q", all, w)
		}
	}
}

func TestImportHasNoPositionWithoutLengths(t *testing.T) {
	for name, view := range map[string]string{
		"no unit":     `"dimensions":{"x":[1,""],"y":[1,"m"],"z":[1,"m"]},"position":[1,2,3]`,
		"no z":        `"dimensions":{"x":[1,"m"],"y":[1,"m"]},"position":[1,2]`,
		"another":     `"dimensions":{"x":[1,"m"],"y":[1,"m"],"z":[1,"m"]},"position":[1,2]`,
		"far away":    `"dimensions":{"x":[1,"m"],"y":[1,"m"],"z":[1,"m"]},"position":[1,2,1e300]`,
		"no numbers":  `"dimensions":{"x":[1,"m"],"y":[1,"m"],"z":[1,"m"]},"position":["a",2,3]`,
		"no list":     `"dimensions":7,"position":{}`,
		"nan in text": `"dimensions":{"x":["nan","m"],"y":[1,"m"],"z":[1,"m"]},"position":[1,2,3]`,
	} {
		got, err := ngstate.Import(`{` + view + `,"layout":{"type":"row","children":[]},"layers":["s3://b/k/x.zarr/"]}`)
		if err != nil || got.View.Position != nil || got.View.Layout != "" || len(got.Warnings) != 1 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestResource(t *testing.T) {
	for source, want := range map[string]string{
		"zarr://s3://b/k":  "s3://b/k",
		"s3://b/k/|zarr2:": "s3://b/k/",
		"https://H.example.org:8080/Dir/x.nii.gz|gzip:|nifti:": "https://h.example.org:8080/Dir/x.nii.gz",
		"precomputed://gs://b/a%20b":                           "gs://b/a b",
		"s3://Bucket/a%2Fb%23c%3F.zarr|zarr:":                  "s3://Bucket/a/b#c?.zarr",
		"https://h/100%.zarr":                                  "https://h/100%.zarr",
		"https://h/x?sig=1#dimension_separator=/":              "https://h/x",
		"ZARR2://HTTPS://h":                                    "https://h",
		"tracts://zarr3://dandi://linc/000005@draft/a b/":      "dandi://linc/000005@draft/a b/",
		"local://annotations":                                  "local://annotations",
		"graphene://middleauth+https://h/table":                "middleauth+https://h/table",
		"x.zarr":                                               "x.zarr",
		"":                                                     "",
		"://x":                                                 "://x",
	} {
		if got := ngstate.Resource(source); got != want {
			t.Errorf("Resource(%q) = %q, want %q", source, got, want)
		}
	}
}
