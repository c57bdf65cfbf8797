package skeleton_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ngportal/internal/tracttest"
	"ngportal/tract"
	"ngportal/tract/skeleton"
)

func TestAttributesAreIdentifiers(t *testing.T) {
	for want, columns := range map[string][]tract.Column{
		"length":                              nil,
		"length s_FA":                         {{Name: "FA", Components: 1}},
		"length s_mean_FA":                    {{Name: "mean FA  ", Components: 1}},
		"length s_color_1 s_color_2":          {{Name: "color", Components: 2}},
		"length s_gr_e":                       {{Name: "größe", Components: 1}},
		"length s_gl_x s_2_d s_scalar":        {{Name: "gl_x", Components: 1}, {Name: "2 d", Components: 1}, {Name: "", Components: 1}},
		"length s_a_b s_a_b_2 s_a_b_3":        {{Name: "a b", Components: 1}, {Name: "a__b_", Components: 1}, {Name: "_a-b", Components: 1}},
		"length s_c_1 s_c_2 s_c_1_2":          {{Name: "c", Components: 2}, {Name: "c_1", Components: 1}},
		"length s_scalar s_scalar_2":          {{Name: "α", Components: 1}, {Name: "%", Components: 1}},
		"length s_void s_length":              {{Name: "void", Components: 1}, {Name: "length", Components: 1}},
		"length s_" + strings.Repeat("x", 58): {{Name: strings.Repeat("x", 300), Components: 1}},
	} {
		if got := strings.Join(skeleton.Attributes(tract.Header{Scalars: columns}), " "); got != want {
			t.Errorf("attributes %q, want %q", got, want)
		}
	}
	if got := skeleton.Attributes(tract.Header{Scalars: []tract.Column{{Name: "scalars", Components: 32767}}}); len(got) != 101 {
		t.Errorf("%d attributes of 32,767 numbers", len(got))
	}
}

// An identifier of GLSL ES 3.00, §3.8: no two underscores after each other.
var glsl = regexp.MustCompile(`^s(_[A-Za-z0-9]+)+$`)

func FuzzAttributes(f *testing.F) {
	f.Add("FA", "mean FA", 3)
	f.Add("gl_", "größe\x00__", 1)
	f.Fuzz(func(t *testing.T, a, b string, n int) {
		names := skeleton.Attributes(tract.Header{Scalars: []tract.Column{{Name: a, Components: n}, {Name: b, Components: 1}, {Name: a + b, Components: 1}}})
		for i, name := range names[1:] {
			if !glsl.MatchString(name) || len(name) > 80 || slices.Contains(names[:i+1], name) {
				t.Fatalf("%q and %q make %q", a, b, names)
			}
		}
	})
}

func TestInfo(t *testing.T) {
	const want = `{"@type":"neuroglancer_skeletons","transform":[1000000,0,0,0,0,1000000,0,0,0,0,1000000,0],"vertex_attributes":[` +
		`{"id":"orientation","data_type":"float32","num_components":3},{"id":"length","data_type":"float32","num_components":1}],` +
		`"segment_properties":"prop"}`
	if got := string(skeleton.Info([]string{"length"})); got != want {
		t.Errorf("info %s, want %s", got, want)
	}
}

func TestProperties(t *testing.T) {
	f := open(t, tract.TRK, tracttest.Synthetic{Streamlines: 3000})
	set := skeleton.NewSet(f, survey(t, f), nil)
	var got struct {
		Type   string `json:"@type"`
		Inline struct {
			IDs        []string
			Properties []struct {
				ID, Type string
				DataType string `json:"data_type"`
				Tags     []string
				Values   []any
			}
		}
	}
	if err := json.Unmarshal(set.Properties(), &got); err != nil {
		t.Fatal(err)
	}
	ids := got.Inline.IDs
	if got.Type != "neuroglancer_segment_properties" || len(ids) != 73 || ids[0] != "1" || ids[72] != "1000001" {
		t.Errorf("%s of %q", got.Type, ids)
	}
	var of7 []any
	for _, p := range got.Inline.Properties {
		if len(p.Values) != len(ids) {
			t.Errorf("%s has %d values", p.ID, len(p.Values))
		}
		of7 = append(of7, p.ID, p.Type, p.DataType, p.Values[6])
	}
	o := set.Objects[6]
	if text, _ := json.Marshal(of7); string(text) != mustJSON([]any{
		"label", "label", "", "bundle 7", "streamlines", "number", "uint32", o.Streamlines, "vertices", "number", "uint32", o.Vertices,
		"mean_length", "number", "float32", float32(o.MeanLength), "tags", "tags", "",
		[]int{0},
	}) {
		t.Errorf("bundle 7: %s", text)
	}
	if tags := got.Inline.Properties[4].Tags; !slices.Equal(tags, []string{"bundle", "sample"}) {
		t.Errorf("tags %q", tags)
	}
	if none := string((&skeleton.Set{}).Properties()); !strings.Contains(none, `"ids":[]`) || strings.Contains(none, "null") {
		t.Errorf("properties of nothing: %s", none)
	}
}

func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
