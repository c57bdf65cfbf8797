package volume_test

import (
	"errors"
	"io/fs"
	"math"
	"path"
	"strings"
	"testing"

	"ngportal/volume"
)

// read does all that is done with chunks. What is found must be an error that says so, or a block as it should be.
func read(t *testing.T, img *volume.Image, get volume.Ranger, most int64) {
	t.Helper()
	if _, err := volume.ChunkStats(img, get); err != nil && !errors.Is(err, volume.ErrInvalid) {
		t.Fatalf("statistics: error %v does not wrap ErrInvalid", err)
	}
	if _, err := volume.SampleChunk(img, get); err != nil && !errors.Is(err, volume.ErrInvalid) {
		t.Fatalf("sample: error %v does not wrap ErrInvalid", err)
	}
	b, err := volume.Overview(img, most, get)
	if err != nil {
		if !errors.Is(err, volume.ErrInvalid) {
			t.Fatalf("overview: error %v does not wrap ErrInvalid", err)
		}
		return
	}
	total := int64(1)
	for axis, n := range b.Shape {
		total *= n
		if last := (n - 1) * b.Stride[axis]; n < 1 || last >= img.Levels[b.Level].Shape[axis] {
			t.Fatalf("shape %v and stride %v of an overview of %v", b.Shape, b.Stride, img.Levels[b.Level].Shape)
		}
		if math.IsNaN(b.Index(img, axis, 1)) {
			t.Fatalf("index along axis %d is no number", axis)
		}
	}
	if total != int64(len(b.Data)) {
		t.Fatalf("%d voxels in a block of %v", len(b.Data), b.Shape)
	}
}

// FuzzOverview gives the same text for every file of a kind, and the same bytes for every chunk.
func FuzzOverview(f *testing.F) {
	shard := sharded(f, "[2,0,1]", false)
	f.Add("zarr.json", shard["zarr.json"], "", []byte(shard["c.0.0.0"]), int64(2))
	f.Add(".zarray", array2("zstd", nil)[".zarray"], `{"_ARRAY_DIMENSIONS":["c","y","x"]}`, zst(f, ramp()), int64(64))
	f.Add(".zarray", array2("null", nil)[".zarray"], ome04(zyx, scale321, ""), ramp(), int64(1))
	f.Add("attributes.json", n5(6, "gzip")["attributes.json"], "", n5Block(0, []uint32{4, 1, 1}, gz(f, make([]byte, 8))...), int64(3))
	f.Add("info", precomputed8("raw", "uint16", 3, nil)["info"], "", make([]byte, 384), int64(5))
	f.Fuzz(func(t *testing.T, file, text, attributes string, chunk []byte, most int64) {
		get := func(name string) ([]byte, error) {
			switch base := path.Base(name); {
			case base == file:
				return []byte(text), nil
			case base == ".zattrs" && attributes != "":
				return []byte(attributes), nil
			case strings.HasPrefix(base, ".z") || base == "zarr.json" || base == "attributes.json" || base == "info":
				return nil, fs.ErrNotExist
			}
			return chunk, nil
		}
		kind := map[string]string{"attributes.json": "n5", "info": ""}
		k, other := kind[file]
		if !other {
			k = "zarr"
		}
		img, err := open(k, get)
		if err != nil || len(img.Levels) == 0 {
			return
		}
		read(t, img, ranger(func(string) ([]byte, error) { return chunk, nil }), most)
	})
}

func FuzzCodec(f *testing.F) {
	names := []string{"gzip", "zlib", "zstd", "lz4", "bz2", "null"}
	for i := range names {
		for _, raw := range [][]byte{ramp(), gz(f, ramp()), zst(f, ramp()), bzip2Bomb()[:48], {48, 0, 0, 0, 0xf0, 33, 1, 2, 3}} {
			f.Add(byte(i), raw)
		}
	}
	f.Fuzz(func(t *testing.T, which byte, raw []byte) {
		d := array2(names[int(which)%len(names)], raw)
		img, err := volume.ReadZarr(d.get)
		if err != nil {
			t.Fatal(err)
		}
		read(t, img, ranger(d.get), 64)
	})
}

func FuzzShard(f *testing.F) {
	for _, atStart := range []bool{true, false} {
		f.Add(atStart, []byte(sharded(f, "[0,1,2]", atStart)["c.0.0.0"]))
	}
	f.Fuzz(func(t *testing.T, atStart bool, raw []byte) {
		// Without checksums, which no fuzzer guesses.
		d := sharded(t, "[0,1,2]", atStart)
		d["zarr.json"] = strings.ReplaceAll(strings.ReplaceAll(d["zarr.json"], `,"crc32c"`, ""), `{"name":"gzip","configuration":{"level":5}}`, `"gzip"`)
		d["c.0.0.0"] = string(raw)
		img, err := volume.ReadZarr(d.get)
		if err != nil {
			t.Fatal(err)
		}
		read(t, img, ranger(d.get), 64)
	})
}

func FuzzN5Block(f *testing.F) {
	names := []string{"raw", "gzip", "lz4", "bzip2", "blosc", "zstd"}
	whole := []uint32{4, 1, 1}
	f.Add(byte(0), n5Block(0, whole, 1, 2, 3, 4, 5, 6, 7, 8))
	f.Add(byte(1), n5Block(0, whole, gz(f, make([]byte, 8))...))
	f.Add(byte(2), n5Block(0, whole, lz4Blocks(f, make([]byte, 4), []byte{1, 2, 3, 4})...))
	f.Add(byte(5), n5Block(0, []uint32{2, 1, 1}, zst(f, make([]byte, 4))...))
	f.Fuzz(func(t *testing.T, which byte, raw []byte) {
		d := n5(6, names[int(which)%len(names)], raw, raw)
		img, err := volume.ReadN5(d.get)
		if err != nil {
			t.Fatal(err)
		}
		read(t, img, ranger(d.get), 64)
	})
}

func FuzzPrecomputedChunk(f *testing.F) {
	encodings := []string{"raw", "jpeg", "png", "compressed_segmentation"}
	types := []string{"uint8", "uint16", "uint32", "uint64", "float32"}
	f.Add(byte(0), byte(0), byte(0), make([]byte, 64))
	f.Add(byte(0), byte(0), byte(0), gz(f, make([]byte, 64)))
	f.Add(byte(1), byte(0), byte(0), picture(f, asJPEG, grays()))
	f.Add(byte(2), byte(0), byte(0), picture(f, asPNG, grays()))
	f.Add(byte(3), byte(2), byte(0), words(1, 4|1<<24, 2, 0, 5, 6))
	f.Add(byte(3), byte(3), byte(1), words(2, 2, 4|1<<24, 2, 0, 5, 6, 0, 0))
	f.Fuzz(func(t *testing.T, encoding, dtype, channels byte, raw []byte) {
		d := precomputed8(encodings[int(encoding)%len(encodings)], types[int(dtype)%len(types)], 1+int(channels%4), raw)
		img, err := volume.ReadPrecomputed([]byte(d["info"]))
		if err != nil {
			t.Fatal(err)
		}
		read(t, img, ranger(d.get), 64)
	})
}

func FuzzPrecomputedShard(f *testing.F) {
	good := precomputed8("raw", "uint8", 1, nil)
	f.Add(false, []byte(longs(0, 24, 0, 0, 0, 0, 64)+strings.Repeat("v", 99)))
	f.Add(true, []byte(longs(0, 24, 0, 0)+string(gz(f, []byte(longs(0, 1, 2))))))
	f.Fuzz(func(t *testing.T, zipped bool, raw []byte) {
		d := inShards(good, string(raw))
		if zipped {
			d["info"] = strings.Replace(d["info"], `"shard_bits":0`, `"shard_bits":0,"minishard_index_encoding":"gzip","data_encoding":"gzip"`, 1)
		}
		img, err := volume.ReadPrecomputed([]byte(d["info"]))
		if err != nil {
			t.Fatal(err)
		}
		read(t, img, ranger(d.get), 64)
	})
}
