package volume_test

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"strings"
	"testing"

	"ngportal/volume"
)

const plain2 = `{"zarr_format":2,"shape":[4,3,2],"chunks":[2,3,2],"dtype":"<u2","order":"C",
	"compressor":{"id":"blosc","cname":"lz4","clevel":5,"shuffle":1},"fill_value":0,"filters":null}`

const plain3 = `{"zarr_format":3,"node_type":"array","shape":[4,3],"data_type":"float32",
	"chunk_grid":{"name":"regular","configuration":{"chunk_shape":[2,3]}},
	"chunk_key_encoding":{"name":"default"},"codecs":[{"name":"bytes","configuration":{"endian":"little"}}],
	"fill_value":"NaN","dimension_names":["y",null]}`

// ome04 makes the .zattrs of an image with one level, "0".
func ome04(axes, transforms, more string) string {
	return fmt.Sprintf(`{"multiscales":[{"version":"0.4","axes":%s,
		"datasets":[{"path":"0","coordinateTransformations":%s}]%s}]}`, axes, transforms, more)
}

const zyx = `[{"name":"z","type":"space","unit":"micrometer"},{"name":"y","type":"space","unit":"micrometer"},
	{"name":"x","type":"space","unit":"micrometer"}]`

const scale321 = `[{"type":"scale","scale":[3,2,1]},{"type":"translation","translation":[10,20,30]}]`

func TestReadZarrArray(t *testing.T) {
	img, err := volume.ReadZarr(files{
		".zarray": plain2,
		".zattrs": `{"_ARRAY_DIMENSIONS":["z","y","x"],"dimension_units":["4 nm","1 micrometer","2.5 µm"]}`,
	}.get)
	if err != nil {
		t.Fatal(err)
	}
	wantAxes := []volume.Axis{
		{Name: "z", Kind: "space", Unit: "nm", Meters: 1e-9},
		{Name: "y", Kind: "space", Unit: "micrometer", Meters: 1e-6},
		{Name: "x", Kind: "space", Unit: "µm", Meters: 1e-6},
	}
	if img.Format != volume.Zarr2 || img.OME != "" || img.DType != "uint16" || !reflect.DeepEqual(img.Axes, wantAxes) {
		t.Errorf("got %+v", img)
	}
	l := img.Levels[0]
	if !reflect.DeepEqual(l.Chunk, []int64{2, 3, 2}) || l.Encoding != "blosc-lz4" || l.Path != "" || l.Shard != nil ||
		!reflect.DeepEqual(l.Scale, []float64{4, 1, 2.5}) || !reflect.DeepEqual(l.Translation, []float64{2, 0.5, 1.25}) {
		t.Errorf("level %+v", l)
	}
	if img.Unreadable() != "" || len(img.Findings) != 0 {
		t.Errorf("unreadable %q, warnings %v, want none", img.Unreadable(), img.Findings)
	}
}

func TestReadZarrArray3(t *testing.T) {
	img, err := volume.ReadZarr(files{"zarr.json": plain3}.get)
	if err != nil {
		t.Fatal(err)
	}
	if img.Format != volume.Zarr3 || img.DType != "float32" || img.Axes[0].Name != "y" || img.Axes[1].Name != "dim_1" {
		t.Errorf("got %+v", img)
	}
	if l := img.Levels[0]; l.Encoding != "raw" || !reflect.DeepEqual(l.Shape, []int64{4, 3}) {
		t.Errorf("level %+v", l)
	}
	wantSentence(t, "warnings", strings.Join(sentences(img), " "), "says no voxel size")
}

func TestReadZarrOME(t *testing.T) {
	const channels = `,"omero":{"channels":[
		{"label":"DAPI","color":"0000FF","active":true,"window":{"start":5,"end":200,"min":0,"max":255}},
		{"color":"#00ff00","active":false}]}`
	attrs := strings.TrimSuffix(ome04(`[{"name":"c","type":"channel"},{"name":"t","type":"time","unit":"millisecond"},{"name":"x","type":"space","unit":"millimeter"}]`,
		`[{"type":"scale","scale":[1,2,0.5]},{"type":"translation","translation":[0,1,7]}]`,
		`,"name":"brain","coordinateTransformations":[{"type":"scale","scale":[1,10,3]},{"type":"translation","translation":[0,0.5,-1]}]`), "}") + channels + "}"
	img, err := volume.ReadZarr(files{
		".zattrs": attrs, ".zgroup": `{"zarr_format":2}`,
		"0/.zarray":       strings.Replace(plain2, "[4,3,2]", "[2.0,3,2]", 1),
		"labels/.zattrs":  `{"labels":["cells","../../secret"]}`,
		"labels/.zgroup":  `{"zarr_format":2}`,
		"../../secret":    "not to be read",
		"0/.zattrs":       "not to be read",
		"labels/.zarray1": "",
	}.get)
	if err != nil {
		t.Fatal(err)
	}
	wantAxes := []volume.Axis{
		{Name: "c", Kind: "channel"},
		{Name: "t", Kind: "time", Unit: "millisecond", Seconds: 1e-3},
		{Name: "x", Kind: "space", Unit: "millimeter", Meters: 1e-3},
	}
	if !reflect.DeepEqual(img.Axes, wantAxes) || img.OME != "0.4" || img.Name != "brain" {
		t.Errorf("got %+v", img)
	}
	l := img.Levels[0]
	if l.Path != "0" || !reflect.DeepEqual(l.Scale, []float64{1, 20, 1.5}) || !reflect.DeepEqual(l.Translation, []float64{0, 10.5, 20}) {
		t.Errorf("level %+v", l)
	}
	wantChannels := []volume.Channel{
		{Label: "DAPI", Color: "#0000ff", Active: true, Window: volume.Window{Set: true, Start: 5, End: 200, Max: 255}},
		{Color: "#00ff00"},
	}
	if !reflect.DeepEqual(img.Channels, wantChannels) {
		t.Errorf("channels %+v, want %+v", img.Channels, wantChannels)
	}
	if !reflect.DeepEqual(img.Labels, []string{"cells"}) || img.IsLabel {
		t.Errorf("labels %q, is label %v", img.Labels, img.IsLabel)
	}
	if img.ChannelAxis() != 0 || img.ChannelCount() != 2 || img.Unreadable() != "" || len(img.Findings) != 0 {
		t.Errorf("channels %d of axis %d, unreadable %q, findings %v", img.ChannelCount(), img.ChannelAxis(), img.Unreadable(), img.Findings)
	}
}

// TestReadZarrReports meets every sentence that says what the viewer will not do.
func TestReadZarrReports(t *testing.T) {
	array := func(old, new string) string { return strings.Replace(plain2, old, new, 1) }
	v3 := func(old, new string) string { return strings.Replace(plain3, old, new, 1) }
	one := func(attrs string) files { return files{".zattrs": attrs, "0/.zarray": plain2} }
	tests := map[string]struct {
		files          files
		wantUnreadable string
		wantWarning    string
	}{
		"float64":              {files{".zarray": array("<u2", "<f8")}, "data type float64", "no voxel size"},
		"float16":              {files{".zarray": array("<u2", "<f2")}, "data type float16", "no voxel size"},
		"bool":                 {files{".zarray": array("<u2", "|b1")}, "data type bool", "no voxel size"},
		"complex":              {files{".zarray": array("<u2", "<c8")}, "data type complex64", "contrast cannot be computed"},
		"strings":              {files{".zarray": array("<u2", "<U5")}, "data type <U5", "contrast cannot be computed"},
		"structured":           {files{".zarray": array(`"<u2"`, `[["a","<i2"]]`)}, "data type structured", "contrast"},
		"byte with endianness": {files{".zarray": array("<u2", "<u1")}, "only as \"|u1\"", ""},
		"int64 in v2":          {files{".zarray": array("<u2", "<i8")}, "", "int64 as uint64"},
		"int64 in v3":          {files{"zarr.json": v3("float32", "int64")}, "data type int64", "no voxel size"},
		"fill value of text":   {files{".zarray": array(`"fill_value":0`, `"fill_value":"0"`)}, "fill value \"\\\"0\\\"\" is none of the type uint16", ""},
		"fill value, fraction": {files{".zarray": array(`"fill_value":0`, `"fill_value":0.5`)}, "fill value \"0.5\"", ""},
		"fill value in hex":    {files{"zarr.json": v3(`"NaN"`, `"0x7fc00000"`)}, "", "no voxel size"},
		"no fill value in v3":  {files{"zarr.json": v3(`"fill_value":"NaN",`, "")}, "fill value nothing", ""},
		"filters":              {files{".zarray": array(`"filters":null`, `"filters":[{"id":"delta"}]`)}, "uses filters", "contrast cannot be computed: it uses filters"},
		"lzma":                 {files{".zarray": array("blosc", "lzma")}, "codec lzma", "codec lzma is not supported"},
		"no order":             {files{".zarray": array(`"order":"C",`, "")}, "\"order\"", ""},
		"codec of v3":          {files{"zarr.json": v3(`"name":"bytes"`, `"name":"vlen-utf8"`)}, "codec vlen-utf8", "not supported"},
		"too few names":        {files{".zarray": plain2, ".zattrs": `{"_ARRAY_DIMENSIONS":["y","x"]}`}, "names 2 axes and has 3", ""},
		"bad dimension unit":   {files{".zarray": plain2, ".zattrs": `{"dimension_units":["1 um","1 um","1 um"]}`}, "holds \"1 um\"", ""},
		"units for others":     {files{".zarray": plain2, ".zattrs": `{"dimension_units":["1 nm"]}`}, "1 units for 3 axes", ""},
		"symbol as unit":       {one(ome04(strings.ReplaceAll(zyx, "micrometer", "µm"), scale321, "")), "unit \"µm\"", ""},
		"nonsense as unit":     {one(ome04(strings.ReplaceAll(zyx, "micrometer", "furlong"), scale321, "")), "nobody knows", ""},
		"no unit":              {one(ome04(strings.ReplaceAll(zyx, `,"unit":"micrometer"`, ""), scale321, "")), "", "Axes z, y and x have no unit"},
		"twice the same axis":  {one(ome04(strings.ReplaceAll(zyx, `"y"`, `"x"`), scale321, "")), "Two axes are called x", ""},
		"old version":          {one(strings.Replace(ome04(zyx, scale321, ""), "0.4", "0.3", 1)), "version 0.3", ""},
		"no version":           {one(strings.Replace(ome04(zyx, scale321, ""), `"version":"0.4",`, "", 1)), "do not say their version", ""},
		"0.5 in v2":            {one(strings.Replace(ome04(zyx, scale321, ""), "0.4", "0.5", 1)), "asks for zarr v3", ""},
		"no transformations": {
			one(`{"multiscales":[{"version":"0.4","axes":` + zyx + `,"datasets":[{"path":"0"}]}]}`),
			"", "no coordinateTransformations",
		},
		"missing level": {one(strings.Replace(ome04(zyx, scale321, ""), `"datasets":[`, `"datasets":[{"path":"9"},`, 1)), "Level 0 is listed", ""},
		"path that leads out": {
			one(strings.Replace(ome04(zyx, scale321, ""), `"datasets":[`, `"datasets":[{"path":"../../x"},`, 1)),
			"holds the segment \"..\"", "",
		},
		"affine transformation": {one(strings.Replace(ome04(zyx, scale321, ""), `"datasets":[`,
			`"datasets":[{"path":"0","coordinateTransformations":[{"type":"affine","affine":[]}]},`, 1)), "transformation \"affine\"", ""},
		"levels of other types": {files{".zattrs": strings.Replace(ome04(zyx, scale321, ""), `"datasets":[`,
			`"datasets":[{"path":"f","coordinateTransformations":`+scale321+`},`, 1), "0/.zarray": plain2, "f/.zarray": array("<u2", "<f4")}, "differ in data type: float32 and uint16", ""},
		"OMERO for other channels": {one(strings.TrimSuffix(ome04(zyx, scale321, ""), "}") + `,"omero":{"channels":[{},{}]}}`), "", "describe 2 channels"},
		"OMERO of nonsense":        {one(strings.TrimSuffix(ome04(zyx, scale321, ""), "}") + `,"omero":{"channels":7}}`), "", "no list of at most"},
		"OMERO color and window": {
			one(strings.TrimSuffix(ome04(zyx, scale321, ""), "}") + `,"omero":{"channels":[{"color":"red","window":{"start":"a"}}]}}`),
			"", "not six hexadecimal digits",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			img, err := volume.ReadZarr(tt.files.get)
			if err != nil {
				t.Fatal(err)
			}
			wantSentence(t, "unreadable", img.Unreadable(), tt.wantUnreadable)
			if tt.wantWarning != "" {
				wantSentence(t, "warnings", strings.Join(sentences(img), " | "), tt.wantWarning)
			}
		})
	}
}

func TestReadZarrKinds(t *testing.T) {
	group3 := func(attributes string) string {
		return `{"zarr_format":3,"node_type":"group","attributes":` + attributes + `}`
	}
	inner := strings.TrimSuffix(strings.TrimPrefix(ome04(zyx, scale321, ""), "{"), "}")
	array3 := strings.Replace(strings.Replace(strings.Replace(plain3, "[4,3]", "[4,3,2]", 1), "[2,3]", "[2,3,2]", 1), `["y",null]`, "null", 1)
	labels05 := group3(`{"ome":{"version":"0.5","labels":["a","b"]}}`)
	tests := map[string]struct {
		files   files
		wantOME string
		wantSub string
		path    string
		label   bool
		labels  int
	}{
		"0.4 in v3":      {files{"zarr.json": group3("{" + inner + "}"), "0/zarr.json": array3}, "0.4", "", "0", false, 0},
		"0.5":            {files{"zarr.json": group3(`{"ome":{"version":"0.5",` + inner + "}}"), "0/zarr.json": array3, "labels/zarr.json": labels05}, "0.5", "", "0", false, 2},
		"label image":    {files{".zattrs": strings.TrimSuffix(ome04(zyx, scale321, ""), "}") + `,"image-label":{}}`, "0/.zarray": plain2}, "0.4", "", "0", true, 0},
		"bioformats2raw": {files{".zattrs": `{"bioformats2raw.layout":3}`, "0/.zattrs": ome04(zyx, scale321, ""), "0/0/.zarray": plain2, "0/labels/.zattrs": `{"labels":["n"]}`}, "0.4", "0", "0/0", false, 1},
		"0.3 with named axes": {
			files{".zattrs": strings.Replace(ome04(`["z","y","x"]`, scale321, ""), "0.4", "0.3", 1), "0/.zarray": plain2},
			"0.3", "", "0", false, 0,
		},
		"0.1 without axes": {
			files{".zattrs": `{"multiscales":[{"version":"0.1","datasets":[{"path":"0"}]}]}`, "0/.zarray": plain2},
			"0.1", "", "0", false, 0,
		},
		"second entry is the one the viewer opens": {files{".zattrs": strings.Replace(ome04(zyx, scale321, ""), `[{"version"`,
			`[{"version":"0.1","datasets":[{"path":"none"}]},{"version"`, 1), "0/.zarray": plain2}, "0.4", "", "0", false, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			img, err := volume.ReadZarr(tt.files.get)
			if err != nil {
				t.Fatal(err)
			}
			if img.OME != tt.wantOME || img.Sub != tt.wantSub || img.Levels[0].Path != tt.path || img.IsLabel != tt.label || len(img.Labels) != tt.labels {
				t.Errorf("got OME %q sub %q path %q label %v labels %q, want %+v", img.OME, img.Sub, img.Levels[0].Path, img.IsLabel, img.Labels, tt)
			}
			names := ""
			for _, a := range img.Axes {
				names += a.Name
			}
			if names != "zyx" {
				t.Errorf("axes %q, want zyx", names)
			}
		})
	}
}

func TestReadZarrRefuses(t *testing.T) {
	array := func(old, new string) files { return files{".zarray": strings.Replace(plain2, old, new, 1)} }
	sharded := func(more string) files {
		return files{"zarr.json": strings.Replace(plain3, `{"name":"bytes","configuration":{"endian":"little"}}`,
			`{"name":"sharding_indexed","configuration":{`+more+`}}`, 1)}
	}
	const codecs = `"codecs":[{"name":"bytes","configuration":{"endian":"little"}}]`
	tests := map[string]struct {
		files files
		want  string
	}{
		"plain group":          {files{".zgroup": `{"zarr_format":2}`}, "neither an array nor an OME-Zarr image"},
		"plain group of v3":    {files{"zarr.json": `{"zarr_format":3,"node_type":"group"}`}, "neither an array nor"},
		"plate":                {files{".zattrs": `{"plate":{}}`}, "plate of many images"},
		"well":                 {files{".zattrs": `{"well":{}}`}, "well of a plate"},
		"labels group":         {files{".zattrs": `{"labels":["cells"]}`}, "list of label images (cells)"},
		"empty bioformats2raw": {files{".zattrs": `{"bioformats2raw.layout":3}`}, "without an image at 0/"},
		"broken .zattrs":       {files{".zattrs": `{"multiscales":[{]}`}, "not JSON: byte 18"},
		"empty .zattrs":        {files{".zattrs": ""}, "the file is empty"},
		"list for .zattrs":     {files{".zattrs": "[]"}, "expected a JSON object"},
		"huge .zattrs":         {files{".zattrs": strings.Repeat(" ", 50<<20)}, "more than the 8 MiB"},
		"deep .zattrs":         {files{".zattrs": `{"multiscales":` + strings.Repeat("[", 100000)}, "exceeded max depth"},
		"deep shards":          {sharded(strings.Repeat(`"chunk_shape":[2,3],"index_codecs":[],"codecs":[{"name":"sharding_indexed","configuration":{`, 2000)), "not JSON"},
		"multiscales of text":  {files{".zattrs": `{"multiscales":"x"}`}, "no list of images"},
		"no datasets":          {files{".zattrs": `{"multiscales":[{"version":"0.4"}]}`}, "no list of levels"},
		"no usable level":      {files{".zattrs": ome04(zyx, scale321, "")}, "none of the 1 levels can be used"},
		"axes of numbers":      {files{".zattrs": ome04("[1]", scale321, "")}, "expected a JSON object, got \"1\""},
		"nameless axis":        {files{".zattrs": ome04("[{}]", scale321, "")}, "an axis has no name"},
		"other rank":           {files{".zattrs": ome04(`["y","x"]`, scale321, ""), "0/.zarray": plain2}, "3 axes where the metadata list 2"},
		"negative scale":       {files{".zattrs": ome04(zyx, `[{"type":"scale","scale":[3,2,-1]}]`, ""), "0/.zarray": plain2}, "scale -1 is not positive"},
		"infinite scale":       {files{".zattrs": ome04(zyx, `[{"type":"scale","scale":[3,2,1e999]}]`, ""), "0/.zarray": plain2}, "expected a number"},
		"scales too large together": {
			files{".zattrs": ome04(zyx, `[{"type":"scale","scale":[1e300,1,1]},{"type":"scale","scale":[1e300,1,1]}]`, ""), "0/.zarray": plain2},
			"too large",
		},
		"short scale":          {files{".zattrs": ome04(zyx, `[{"type":"scale","scale":[3,2]}]`, ""), "0/.zarray": plain2}, "expected 3 numbers"},
		"zero in shape":        {array("[4,3,2]", "[4,0,2]"), "every axis needs at least one voxel"},
		"negative shape":       {array("[4,3,2]", "[4,-3,2]"), "holds -3"},
		"shape beyond 2^63":    {array("[4,3,2]", "[4,9223372036854775808,2]"), "larger than 2^53"},
		"fraction in shape":    {array("[4,3,2]", "[4,3.5,2]"), "expected a whole number"},
		"text in shape":        {array("[4,3,2]", `[4,"3",2]`), "expected a whole number"},
		"empty shape":          {array("[4,3,2]", "[]"), "a single number is no image"},
		"hundred axes":         {array("[4,3,2]", "[1"+strings.Repeat(",1", 99)+"]"), "more than 32 axes"},
		"no shape":             {array(`"shape":[4,3,2],`, ""), "\"shape\" is missing"},
		"no dtype":             {array(`"dtype":"<u2",`, ""), "\"dtype\" is missing"},
		"zero chunk":           {array("[2,3,2]", "[2,0,2]"), "\"chunks\" holds 0"},
		"chunks of other rank": {array("[2,3,2]", "[2,3]"), "\"chunks\" has 2 axes where 3"},
		"separator":            {array(`"filters"`, `"dimension_separator":"-","filters"`), "dimension_separator"},
		"other zarr version":   {array(`"zarr_format":2`, `"zarr_format":1`), "zarr_format is"},
		"unknown node type":    {files{"zarr.json": `{"zarr_format":3,"node_type":"leaf"}`}, "neither array nor group"},
		"irregular grid":       {files{"zarr.json": strings.Replace(plain3, "regular", "rectilinear", 1)}, "only regular grids"},
		"unknown chunk keys":   {files{"zarr.json": strings.Replace(plain3, `"name":"default"`, `"name":"hashed"`, 1)}, "encoded as \"hashed\""},
		"no endianness":        {files{"zarr.json": strings.Replace(plain3, `"endian":"little"`, "", 1)}, "neither little nor big"},
		"no codecs":            {files{"zarr.json": strings.Replace(plain3, `{"name":"bytes","configuration":{"endian":"little"}}`, "", 1)}, "no codec turns"},
		"codecs out of order":  {files{"zarr.json": strings.Replace(plain3, `"codecs":[`, `"codecs":["gzip",`, 1)}, "out of order"},
		"bad permutation": {files{"zarr.json": strings.Replace(plain3, `"codecs":[`,
			`"codecs":[{"name":"transpose","configuration":{"order":[1,1]}},`, 1)}, "no permutation"},
		"uneven shards":    {sharded(`"chunk_shape":[2,2],` + codecs), "do not fill shards"},
		"shard, no index":  {sharded(`"chunk_shape":[1,3],` + codecs), "index_codecs"},
		"compressed index": {sharded(`"chunk_shape":[1,3],` + codecs + `,"index_codecs":[{"name":"bytes","configuration":{"endian":"little"}},"gzip"]`), "size is unknown"},
		"index location": {
			sharded(`"chunk_shape":[1,3],` + codecs + `,"index_codecs":[{"name":"bytes","configuration":{"endian":"little"}}],"index_location":"middle"`),
			"neither start nor end",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := volume.ReadZarr(tt.files.get)
			if !errors.Is(err, volume.ErrInvalid) || errors.Is(err, fs.ErrNotExist) {
				t.Fatalf("error %v, want one that wraps ErrInvalid alone", err)
			}
			wantSentence(t, "error", err.Error(), tt.want)
			if len(err.Error()) > 400 {
				t.Errorf("error of %d bytes: %.100s …", len(err.Error()), err)
			}
		})
	}
}

func TestReadZarrPassesErrorsOn(t *testing.T) {
	if _, err := volume.ReadZarr(files{}.get); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, volume.ErrInvalid) {
		t.Errorf("empty directory: error %v, want fs.ErrNotExist", err)
	}
	unwell := errors.New("503 slow down")
	all := files{".zattrs": ome04(zyx, scale321, ""), "0/.zarray": plain2, "labels/.zattrs": `{"labels":[]}`}
	for _, sick := range []string{"zarr.json", ".zarray", ".zattrs", "0/.zarray", "labels/.zattrs"} {
		_, err := volume.ReadZarr(func(name string) ([]byte, error) {
			if name == sick {
				return nil, unwell
			}
			return all.get(name)
		})
		if !errors.Is(err, unwell) || errors.Is(err, volume.ErrInvalid) || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s unwell: error %v, want it to wrap only that", sick, err)
		}
	}
}

func TestReadZarrBoundsLevels(t *testing.T) {
	f := files{}
	var datasets []string
	for i := range 100 {
		datasets = append(datasets, fmt.Sprintf(`{"path":"%d","coordinateTransformations":%s}`, i, scale321))
		f[fmt.Sprintf("%d/.zarray", i)] = plain2
	}
	f[".zattrs"] = `{"multiscales":[{"version":"0.4","axes":` + zyx + `,"datasets":[` + strings.Join(datasets, ",") + `]}]}`
	img, err := volume.ReadZarr(f.get)
	if err != nil {
		t.Fatal(err)
	}
	if len(img.Levels) != volume.MaxLevels {
		t.Errorf("%d levels, want %d", len(img.Levels), volume.MaxLevels)
	}
	wantSentence(t, "warnings", strings.Join(sentences(img), " "), "more than 32 levels")
}

func TestReadZarrRealFiles(t *testing.T) {
	for name, version := range map[string]string{"simple_0.4.ome.zarr": "0.4", "simple_0.5.ome.zarr": "0.5"} {
		get := dir(testData(t, "volumes", name))
		img, err := volume.ReadZarr(get)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		wantAxes := []volume.Axis{
			{Name: "y", Kind: "space", Unit: "nanometer", Meters: 1e-9},
			{Name: "x", Kind: "space", Unit: "nanometer", Meters: 1e-9},
		}
		if img.OME != version || img.DType != "uint16" || img.Unreadable() != "" || len(img.Findings) != 0 || !reflect.DeepEqual(img.Axes, wantAxes) {
			t.Errorf("%s: got %+v", name, img)
		}
		var got []string
		for _, l := range img.Levels {
			got = append(got, fmt.Sprint(l.Path, " ", l.Shape, l.Chunk, l.Scale, l.Translation))
		}
		want := []string{
			"scale0/image [10 10] [10 10] [4 30] [0 0]",
			"scale1/image [5 5] [5 5] [8 60] [2 15]",
			"scale2/image [2 2] [2 2] [16 120] [6 45]",
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: levels %q, want %q", name, got, want)
		}
		stats, err := volume.ChunkStats(img, ranger(get))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		// 1 to 99 once each, and a 0; the quantiles are numpy's.
		wantStats(t, stats, []volume.Stats{{Min: 1, Max: 99, Q01: 1.98, Q99: 98.02, Count: 99}}, 1e-12)
	}
}
