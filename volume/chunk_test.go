package volume_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"ngportal/volume"
)

// same is the statistics of voxels that all have the value v.
func same(v float64, count int64) volume.Stats {
	return volume.Stats{Min: v, Max: v, Q01: v, Q99: v, Count: count}
}

func TestChunkStatsOfShards(t *testing.T) {
	for _, order := range []string{"[0,1,2]", "[2,1,0]", "[1,2,0]", "[2,0,1]"} {
		for _, atStart := range []bool{false, true} {
			f := sharded(t, order, atStart)
			img, err := volume.ReadZarr(f.get)
			if err != nil {
				t.Fatal(err)
			}
			l := img.Levels[0]
			if fmt.Sprintf("%v %v %s", l.Chunk, l.Shard, l.Encoding) != "[2 3 2] [4 6 4] gzip" || img.Unreadable() != "" {
				t.Errorf("chunk %v, shard %v, encoding %s, unreadable %q", l.Chunk, l.Shard, l.Encoding, img.Unreadable())
			}
			got, err := volume.ChunkStats(img, ranger(f.get))
			if err != nil {
				t.Fatalf("order %s: %v", order, err)
			}
			// 6 of the 20 voxels of channels 0 and 1 are in the chunk that is not there: -7.
			if g := got[0]; g.Count != 20 || g.Min != -7 || g.Max != 1 || g.Q99 != 1 {
				t.Errorf("order %s, index at start %v: channel 0 has %+v", order, atStart, g)
			}
			if g := got[1]; g.Count != 20 || g.Min != -7 || g.Max != 2 {
				t.Errorf("order %s, index at start %v: channel 1 has %+v", order, atStart, g)
			}
			wantStats(t, got[2:], []volume.Stats{same(3, 20)}, 0)
		}
	}
}

// TestChunkStatsTransposedShards has a transposition before the shards, and perhaps another
// one inside them. The array is y (2) × c (4), its shards c × y with inner chunks of 2 × 2.
func TestChunkStatsTransposedShards(t *testing.T) {
	for inner, shard := range map[string][]byte{
		"": {1, 1, 2, 2, 3, 3, 4, 4}, // c × y
		`{"name":"transpose","configuration":{"order":[1,0]}},`: {1, 2, 1, 2, 3, 4, 3, 4}, // y × c
		`{"name":"transpose","configuration":{"order":"F"}},`:   {1, 2, 1, 2, 3, 4, 3, 4},
	} {
		f := files{"zarr.json": `{"zarr_format":3,"node_type":"array","shape":[2,4],"data_type":"uint8","dimension_names":["y","c"],
			"chunk_grid":{"name":"regular","configuration":{"chunk_shape":[2,4]}},"chunk_key_encoding":{"name":"v2"},"fill_value":0,
			"codecs":[{"name":"transpose","configuration":{"order":[1,0]}},{"name":"sharding_indexed","configuration":{"chunk_shape":[2,2],
			"codecs":[` + inner + `"bytes"],"index_codecs":[{"name":"bytes","configuration":{"endian":"big"}}]}}]}`}
		for i := range uint64(2) {
			shard = binary.BigEndian.AppendUint64(shard, 4*i)
			shard = binary.BigEndian.AppendUint64(shard, 4)
		}
		f["0.0"] = string(shard)
		img, err := volume.ReadZarr(f.get)
		if err != nil {
			t.Fatal(err)
		}
		if l := img.Levels[0]; fmt.Sprint(l.Chunk, l.Shard) != "[2 2] [2 4]" {
			t.Errorf("chunk %v, shard %v", l.Chunk, l.Shard)
		}
		got, err := volume.ChunkStats(img, ranger(f.get))
		if err != nil {
			t.Fatal(err)
		}
		wantStats(t, got, []volume.Stats{same(1, 2), same(2, 2), same(3, 2), same(4, 2)}, 0)
	}
}

func TestChunkStatsDecodes(t *testing.T) {
	copied := append([]byte{2, 1, 2, 2, 48, 0, 0, 0, 48, 0, 0, 0, 64, 0, 0, 0}, ramp()...)
	bits := make([]byte, 48) // bit planes of 24 elements of 2 bytes: 3 bytes each
	for i := range 24 {
		for b := range 16 {
			if i>>b&1 == 1 {
				bits[3*b+i/8] |= 1 << (i % 8)
			}
		}
	}
	for name, f := range map[string]files{
		"raw":                array2("null", ramp()),
		"gzip":               array2("gzip", gz(t, ramp())),
		"zstd":               array2("zstd", zst(t, ramp())),
		"blosc copied":       array2("blosc", copied),
		"blosc stored":       array2("blosc", blosc(0x30, 2, 48, ramp())),
		"blosc shuffled":     array2("blosc", blosc(0x31, 2, 48, shuffled(ramp()))),
		"blosc bit shuffled": array2("blosc", blosc(0x34, 2, 48, bits)),
	} {
		img, err := volume.ReadZarr(f.get)
		if err != nil {
			t.Fatal(err)
		}
		got, err := volume.ChunkStats(img, ranger(f.get))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		wantStats(t, got, []volume.Stats{{Min: 1, Max: 23, Q01: 1.22, Q99: 22.78, Count: 23}}, 1e-12)
	}
}

func TestChunkStatsRefuses(t *testing.T) {
	bomb := zst(t, make([]byte, 32<<20))
	long := append(ramp(), 0)
	edit := func(raw []byte, at int, v uint32) []byte {
		raw = bytes.Clone(raw)
		binary.LittleEndian.PutUint32(raw[at:], v)
		return raw
	}
	good := blosc(0x30, 2, 48, ramp())
	shard := sharded(t, "[0,1,2]", false)
	body := []byte(shard["c.0.0.0"])
	shardOf := func(raw []byte) files { return files{"zarr.json": shard["zarr.json"], "c.0.0.0": string(raw)} }
	far := append(bytes.Clone(body[:len(body)-132]), crc(edit(body[len(body)-132:len(body)-4], 8, 1<<30))...)
	tests := map[string]struct {
		files files
		want  string
	}{
		"short raw chunk":           {array2("null", ramp()[:47]), "47 bytes where 48"},
		"long raw chunk":            {array2("null", long), "49 bytes where 48"},
		"no gzip":                   {array2("gzip", ramp()), "gzip"},
		"cut gzip":                  {array2("gzip", gz(t, ramp())[:20]), "bytes where 48"},
		"long gzip":                 {array2("gzip", gz(t, long)), "longer than the 48 bytes"},
		"gzip bomb":                 {array2("gzip", gz(t, make([]byte, 32<<20))), "longer than the 48 bytes"},
		"no zstd":                   {array2("zstd", ramp()), "zstd"},
		"zstd bomb":                 {array2("zstd", bomb), "zstd"},
		"no zlib":                   {array2("zlib", ramp()), "zlib"},
		"blosc without header":      {array2("blosc", ramp()[:10]), "too few for a header"},
		"blosc of 2 GiB":            {array2("blosc", edit(good, 4, 1<<31-1)), "claims 2147483647 bytes"},
		"blosc of 4 GiB":            {array2("blosc", edit(good, 4, math.MaxUint32)), "claims 4294967295 bytes"},
		"blosc too short":           {array2("blosc", edit(good, 4, 40)), "blocks of 48 bytes in 40"},
		"blosc longer than it is":   {array2("blosc", edit(good, 12, 1<<20)), "claims 1048576 packed bytes"},
		"blosc with empty blocks":   {array2("blosc", edit(good, 8, 0)), "blocks of 0 bytes"},
		"blosc with tiny blocks":    {array2("blosc", edit(good, 8, 1)), "too few for the addresses of 48 blocks"},
		"blosc block outside":       {array2("blosc", edit(good, 16, 1<<20)), "start at byte 1048576"},
		"blosc block in the header": {array2("blosc", edit(good, 16, 3)), "start at byte 3"},
		"blosc part outside":        {array2("blosc", edit(good, 20, 1<<20)), "claims 1048576 bytes"},
		"blosc lz4 of nonsense":     {array2("blosc", blosc(0x30, 2, 48, []byte{1, 2, 3})), "lz4"},
		"blosc snappy":              {array2("blosc", blosc(0x50, 2, 48, []byte{1, 2, 3})), "not supported"},
		"blosc 2":                   {array2("blosc", edit(good, 0, 0x02300105)), "Blosc 2"},
		"blosc of no voxels":        {array2("blosc", edit(good, 0, 0x00300102)), "voxels of 0 bytes"},
		"blosc copied, cut":         {array2("blosc", edit(blosc(0x02, 2, 48), 12, 20)), "4 copied bytes"},
		"blosclz before the data":   {array2("blosc", blosc(0x10, 2, 48, []byte{0, 7, 0xe0, 1, 0xff, 0xff, 9})), "outside the data"},
		"blosclz literals":          {array2("blosc", blosc(0x10, 2, 48, []byte{31, 7})), "literals pass the end"},
		"cut shard":                 {shardOf(body[:100]), "too few for its index"},
		"damaged shard":             {shardOf(append([]byte{body[0] ^ 1}, body[1:]...)), "the checksum is"},
		"damaged index":             {shardOf(append(bytes.Clone(body[:len(body)-1]), body[len(body)-1]^1)), "index: crc32c: invalid: the checksum is"},
		"index that points outside": {shardOf(far), "bytes are claimed for what has 24"},
		"filters": {
			files{".zarray": strings.Replace(array2("null", nil)[".zarray"], `"fill_value"`, `"filters":[{"id":"delta"}],"fill_value"`, 1)},
			"it uses filters",
		},
		"chunk of 1 GiB": {files{".zarray": strings.ReplaceAll(array2("null", nil)[".zarray"], "[4,3,2]", "[1024,1024,512]")}, "64 MiB"},
		"chunk of 2^150 voxels": {
			files{".zarray": strings.ReplaceAll(array2("null", nil)[".zarray"], "[4,3,2]", "[1e15,1e15,1e15]")},
			"64 MiB",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			img, err := volume.ReadZarr(tt.files.get)
			if err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got, err := volume.ChunkStats(img, ranger(tt.files.get))
			runtime.ReadMemStats(&after)
			if !errors.Is(err, volume.ErrInvalid) {
				t.Fatalf("got %+v, error %v, want ErrInvalid", got, err)
			}
			wantSentence(t, "error", err.Error(), tt.want)
			if used := after.TotalAlloc - before.TotalAlloc; used > 16<<20 {
				t.Errorf("%d MiB allocated", used>>20)
			}
		})
	}
}

func TestChunkStatsPassesErrorsOn(t *testing.T) {
	f := array2("null", ramp())
	img, err := volume.ReadZarr(f.get)
	if err != nil {
		t.Fatal(err)
	}
	unwell := errors.New("503 slow down")
	_, err = volume.ChunkStats(img, func(string, int64, int64) ([]byte, error) { return nil, unwell })
	if !errors.Is(err, unwell) || errors.Is(err, volume.ErrInvalid) || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want it to wrap only %v", err, unwell)
	}
	if _, err = volume.ChunkStats(&volume.Image{}, ranger(f.get)); !errors.Is(err, volume.ErrInvalid) {
		t.Errorf("image without levels: error %v, want ErrInvalid", err)
	}
	got, err := volume.ChunkStats(img, ranger(files{}.get))
	if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], volume.Stats{}) {
		t.Errorf("no chunks at all: got %+v, error %v, want one empty description", got, err)
	}
}

// TestChunkStatsChoosesLevel has three levels, each filled with its own value.
func TestChunkStatsChoosesLevel(t *testing.T) {
	level := func(n int) string {
		return strings.ReplaceAll(strings.ReplaceAll(plain2, "[4,3,2]", fmt.Sprintf("[2,%d,%d]", n, n)), "[2,3,2]", fmt.Sprintf("[2,%d,%d]", n, n))
	}
	for name, tt := range map[string]struct {
		sizes []int
		want  string
	}{
		"first overview":    {[]int{200, 64, 32}, "1/0.0.0"},
		"none: coarsest":    {[]int{200, 100, 80}, "2/0.0.0"},
		"finest is small":   {[]int{10, 5, 2}, "0/0.0.0"},
		"time may be large": {[]int{65, 64}, "1/0.0.0"},
	} {
		f := files{}
		var datasets []string
		for i, n := range tt.sizes {
			f[fmt.Sprintf("%d/.zarray", i)] = level(n)
			datasets = append(datasets, fmt.Sprintf(`{"path":"%d","coordinateTransformations":%s}`, i, scale321))
		}
		f[".zattrs"] = `{"multiscales":[{"version":"0.4","axes":` + zyx + `,"datasets":[` + strings.Join(datasets, ",") + `]}]}`
		img, err := volume.ReadZarr(f.get)
		if err != nil {
			t.Fatal(err)
		}
		var asked []string
		if _, err := volume.ChunkStats(img, func(name string, _, _ int64) ([]byte, error) {
			asked = append(asked, name)
			return nil, fs.ErrNotExist
		}); err != nil {
			t.Fatal(err)
		}
		if len(asked) != 1 || asked[0] != tt.want {
			t.Errorf("%s: asked for %q, want %q alone", name, asked, tt.want)
		}
	}
}

func TestChunkStatsFillValue(t *testing.T) {
	for name, tt := range map[string]struct {
		dtype, fill string
		want        volume.Stats
	}{
		"number":         {"int16", "-3", same(-3, 12)},
		"true":           {"bool", "true", same(1, 12)},
		"false":          {"bool", "false", volume.Stats{}},
		"half in hex":    {"float16", `"0xc100"`, same(-2.5, 12)},
		"tiny half":      {"float16", `"0x0001"`, same(0x1p-24, 12)},
		"infinite half":  {"float16", `"0x7c00"`, volume.Stats{}},
		"half of NaN":    {"float16", `"0x7e00"`, volume.Stats{}},
		"single in hex":  {"float32", `"0x3fc00000"`, same(1.5, 12)},
		"double in hex":  {"float64", `"0x3ff8000000000000"`, same(1.5, 12)},
		"hex too long":   {"float32", `"0x3ff8000000000000"`, volume.Stats{}},
		"not a number":   {"float32", `"NaN"`, volume.Stats{}},
		"infinity":       {"float32", `"-Infinity"`, volume.Stats{}},
		"not understood": {"float32", `{"a":1}`, volume.Stats{}},
	} {
		f := files{"zarr.json": strings.NewReplacer("float32", tt.dtype, `"NaN"`, tt.fill).Replace(plain3)}
		img, err := volume.ReadZarr(f.get)
		if err != nil {
			t.Fatal(err)
		}
		got, err := volume.ChunkStats(img, ranger(f.get))
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) { wantStats(t, got, []volume.Stats{tt.want}, 0) })
	}
}

func TestChunkStatsOfShardsInShards(t *testing.T) {
	f := sharded(t, "[0,1,2]", false)
	f["zarr.json"] = strings.Replace(f["zarr.json"], `{"name":"transpose","configuration":{"order":[0,1,2]}},{"name":"bytes","configuration":{"endian":"big"}}`,
		`{"name":"sharding_indexed","configuration":{}}`, 1)
	img, err := volume.ReadZarr(f.get)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := volume.ChunkStats(img, ranger(f.get)); !errors.Is(err, volume.ErrInvalid) || !strings.Contains(err.Error(), "shards inside the shards") {
		t.Errorf("error %v, want ErrInvalid for shards inside the shards", err)
	}
}
