package volume_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"ngportal/volume"
)

func TestPrecomputedParts(t *testing.T) {
	edit := func(more string) string { return strings.Replace(precomputed, `"type"`, more+`,"type"`, 1) }
	for text, want := range map[string][]string{
		edit(`"mesh":"mesh","segment_properties":"props","skeletons":"skel"`): {"mesh", "segment properties", "skeletons"},
		`{"@type":"neuroglancer_skeletons","vertex_attributes":[{"id":"radius"},{"id":"orientation"}],"segment_properties":"p"}`: {
			"segment properties", "vertex attributes: radius, orientation",
		},
		`{"@type":"neuroglancer_multilod_draco"}`: {"several levels of detail"},
		`{"@type":"neuroglancer_annotations_v1","annotation_type":"LINE","properties":[{"id":"fa"}],"relationships":[{"id":"tract"}]}`: {
			"annotations: line", "properties: fa", "relationships: tract",
		},
		`{"@type":"neuroglancer_segment_properties","inline":{"ids":["7","x","18446744073709551615"],"properties":[{"id":"l","type":"label","values":["a","b","c"]}]}}`: {
			"properties: l", "2 segments",
		},
		`{"@type":"neuroglancer_segment_properties","inline":7}`: nil,
	} {
		img, err := volume.ReadPrecomputed([]byte(text))
		if err != nil || !reflect.DeepEqual(img.Parts, want) {
			t.Errorf("%.80s: got %q, error %v, want %q", text, img.Parts, err, want)
		}
		if strings.Contains(text, "18446744073709551615") {
			if want := []volume.Segment{{ID: 7, Name: "a"}, {ID: 1<<64 - 1, Name: "c"}}; !reflect.DeepEqual(img.Segments, want) {
				t.Errorf("segments %+v, want %+v", img.Segments, want)
			}
		}
	}
}

func TestPrecomputedSharding(t *testing.T) {
	const sharding = `{"@type":"neuroglancer_uint64_sharded_v1","preshift_bits":9,"hash":"murmurhash3_x86_128","minishard_bits":6,"shard_bits":15,"minishard_index_encoding":"gzip","data_encoding":"GZIP"}`
	read := func(old, new string) error {
		text := strings.Replace(precomputed, `"encoding":"raw"`, `"encoding":"RAW","sharding":`+strings.Replace(sharding, old, new, 1), 1)
		_, err := volume.ReadPrecomputed([]byte(text))
		return err
	}
	if err := read("", ""); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ old, new, want string }{
		{"murmurhash3_x86_128", "sha256", "hash \"sha256\""},
		{`"preshift_bits":9`, `"preshift_bits":65`, "not between 0 and 64"},
		{`"preshift_bits":9,`, "", "preshift_bits"},
		{`"shard_bits":15`, `"shard_bits":60`, "too many"},
		{`"minishard_bits":6`, `"minishard_bits":40`, "too many"},
		{`"GZIP"`, `"zstd"`, "neither raw nor gzip"},
	} {
		if err := read(tt.old, tt.new); !errors.Is(err, volume.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s for %s: error %v, want ErrInvalid with %q", tt.new, tt.old, err, tt.want)
		}
	}
}
