package volume_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/pierrec/lz4/v4"

	"ngportal/volume"
)

// The vectors are those of the Python library mmh3, from reference/neuroglancer.md §4.2.
func TestHashOfShards(t *testing.T) {
	for id, want := range map[uint64]uint64{
		0: 0x4772b084e028ae41, 1: 0xe8bd67d616d4ce9a, 2: 0xd62f9cd21b013f5a, 12345: 0x1d31307e3a65e510, 1<<32 - 1: 0x007260ffc08751be,
		1 << 32: 0xbbb12d133b78fd64, 0x123456789abcdef: 0x708036264c109d93, 1<<64 - 1: 0x574f66bd212b5d1a,
	} {
		if got := volume.Hashed(id); got != want {
			t.Errorf("hash of %d is %x, want %x", id, got, want)
		}
	}
}

func TestMorton(t *testing.T) {
	for _, tt := range []struct {
		position, grid [3]int64
		want           uint64
		ok             bool
	}{
		{[3]int64{1, 0, 0}, [3]int64{2, 2, 2}, 1, true},
		{[3]int64{0, 1, 0}, [3]int64{2, 2, 2}, 2, true},
		{[3]int64{3, 1, 5}, [3]int64{4, 2, 8}, 1 | 2 | 4 | 8 | 32, true}, // x0 y0 z0 x1 z1 z2
		{[3]int64{0, 0, 6}, [3]int64{1, 1, 7}, 6, true},
		{[3]int64{}, [3]int64{1 << 40, 1 << 40, 1 << 40}, 0, false},
	} {
		if got, ok := volume.Morton(tt.position, tt.grid); got != tt.want || ok != tt.ok {
			t.Errorf("code of %v in %v is %b, %v, want %b, %v", tt.position, tt.grid, got, ok, tt.want, tt.ok)
		}
	}
}

func TestUnshuffle(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for typesize := 2; typesize <= 16; typesize++ {
		for _, n := range []int{0, 1, 7, 8, 15, 16, 17, 31, 33, 100, 1000, 4096} {
			size := n*typesize + r.IntN(typesize)
			src := make([]byte, size)
			for i := range src {
				src[i] = byte(r.Uint32())
			}
			want := bytes.Clone(src) // the tail stays
			for i := range n {
				for b := range typesize {
					want[i*typesize+b] = src[b*n+i]
				}
			}
			for name, unshuffle := range map[string]func(dst, src []byte, typesize int){"fast": volume.Unshuffle, "plain": volume.UnshufflePlain} {
				got := bytes.Repeat([]byte{0xee}, size+32)
				unshuffle(got[:size], src, typesize)
				if !bytes.Equal(got[:size], want) || !bytes.Equal(got[size:], bytes.Repeat([]byte{0xee}, 32)) {
					t.Fatalf("%s: %d elements of %d bytes and %d more are not what was shuffled", name, n, typesize, size-n*typesize)
				}
			}
		}
	}
}

// reads counts what is asked of a Ranger, one at a time.
func reads(get volume.Ranger, into *[]string) volume.Ranger {
	return func(name string, offset, length int64) ([]byte, error) {
		*into = append(*into, fmt.Sprintf("%s %d %d", name, offset, length))
		return get(name, offset, length)
	}
}

// TestShardsAreReadInParts looks at one chunk: the index from where it lies, and then the bytes of the chunk alone.
func TestShardsAreReadInParts(t *testing.T) {
	for atStart, index := range map[bool]string{true: "c.0.0.0 0 132", false: "c.0.0.0 -132 -1"} {
		f := sharded(t, "[0,1,2]", atStart)
		img, err := volume.ReadZarr(f.get)
		if err != nil {
			t.Fatal(err)
		}
		var asked []string
		stored, err := volume.SampleChunk(img, reads(ranger(f.get), &asked))
		if err != nil || !stored || len(asked) != 2 || asked[0] != index || strings.HasSuffix(asked[1], " -1") {
			t.Errorf("stored %v, error %v, asked for %q, want %q and a part", stored, err, asked, index)
		}
	}
}

// n5 is a dataset of one axis of so many 16-bit voxels in blocks of four.
func n5(voxels int, compression string, blocks ...[]byte) files {
	f := files{"attributes.json": fmt.Sprintf(`{"dimensions":[%d,1,1],"blockSize":[4,1,1],"dataType":"uint16","compression":{"type":"%s"}}`, voxels, compression)}
	for i, b := range blocks {
		if b != nil {
			f[fmt.Sprintf("%d/0/0", i)] = string(b)
		}
	}
	return f
}

func n5Block(mode uint16, extent []uint32, body ...byte) []byte {
	out := binary.BigEndian.AppendUint16(nil, mode)
	out = binary.BigEndian.AppendUint16(out, uint16(len(extent)))
	for _, n := range extent {
		out = binary.BigEndian.AppendUint32(out, n)
	}
	return append(out, body...)
}

// lz4Blocks is a stream of lz4-java: one block of each part, and the end. Parts that do not shrink are stored.
func lz4Blocks(t testing.TB, parts ...[]byte) []byte {
	t.Helper()
	var out []byte
	for _, p := range append(parts, nil) {
		method, packed := byte(0x10), p
		buffer := make([]byte, lz4.CompressBlockBound(len(p)))
		if n, err := lz4.CompressBlock(p, buffer, nil); err != nil {
			t.Fatal(err)
		} else if n > 0 && n < len(p) {
			method, packed = 0x20, buffer[:n]
		}
		out = append(out, "LZ4Block"...)
		out = append(out, method|5)
		out = binary.LittleEndian.AppendUint32(out, uint32(len(packed)))
		out = binary.LittleEndian.AppendUint32(out, uint32(len(p)))
		out = append(out, 0, 0, 0, 0)
		out = append(out, packed...)
	}
	return out
}

func TestN5Blocks(t *testing.T) {
	whole := []uint32{4, 1, 1}
	full := n5Block(0, whole, 0, 1, 0, 2, 0, 3, 1, 4)
	for name, tt := range map[string]struct {
		files files
		want  []float32
		error string
	}{
		"blocks that are smaller at the edge": {n5(6, "raw", full, n5Block(0, []uint32{2, 1, 1}, 0, 5, 0, 6)), []float32{1, 2, 3, 260, 5, 6}, ""},
		"a whole block at the edge":           {n5(6, "raw", full, full), []float32{1, 2, 3, 260, 1, 2}, ""},
		"smaller than need be":                {n5(6, "raw", n5Block(0, []uint32{1, 1, 1}, 0, 9), full), []float32{9, 0, 0, 0, 1, 2}, ""},
		"a missing block":                     {n5(6, "raw", nil, full), []float32{0, 0, 0, 0, 1, 2}, ""},
		"lz4, stored and packed": {
			n5(4, "lz4", n5Block(0, whole, lz4Blocks(t, []byte{0, 1}, []byte{0, 2, 0, 3, 1, 4})...)),
			[]float32{1, 2, 3, 260},
			"",
		},
		"lz4, packed":        {n5(4, "lz4", n5Block(0, whole, lz4Blocks(t, make([]byte, 8))...)), make([]float32, 4), ""},
		"no header":          {n5(4, "raw", []byte{0, 0, 0}), nil, "too few for the header"},
		"another mode":       {n5(4, "raw", n5Block(1, whole)), nil, "mode 1"},
		"other axes":         {n5(4, "raw", n5Block(0, []uint32{4, 1}, make([]byte, 99)...)), nil, "2 axes where the dataset has 3"},
		"absurd sizes":       {n5(4, "raw", n5Block(0, []uint32{math.MaxUint32, 1, 1})), nil, "claims 4294967295 voxels along axis 0"},
		"no voxels":          {n5(4, "raw", n5Block(0, []uint32{4, 0, 1})), nil, "claims 0 voxels along axis 1"},
		"too short":          {n5(4, "raw", full[:len(full)-1]), nil, "7 bytes where 8"},
		"too long":           {n5(4, "raw", append(bytes.Clone(full), 0)), nil, "9 bytes where 8"},
		"lz4 without a mark": {n5(4, "lz4", n5Block(0, whole, make([]byte, 40)...)), nil, "mark"},
		"lz4 without an end": {n5(4, "lz4", n5Block(0, whole, lz4Blocks(t, []byte{1, 2, 3, 4, 5, 6, 7, 8})[:29]...)), nil, "mark"},
		"lz4 too long":       {n5(4, "lz4", n5Block(0, whole, lz4Blocks(t, make([]byte, 1<<20))...)), nil, "to become 1048576 of 8"},
		"xz":                 {n5(4, "xz", full), nil, "xz is not supported"},
	} {
		t.Run(name, func(t *testing.T) {
			img, err := volume.ReadN5(tt.files.get)
			if err != nil {
				t.Fatal(err)
			}
			b, err := volume.Overview(img, 64, ranger(tt.files.get))
			if tt.error != "" {
				if !errors.Is(err, volume.ErrInvalid) {
					t.Fatalf("error %v, want ErrInvalid", err)
				}
				wantSentence(t, "error", err.Error(), tt.error)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			sameVoxels(t, b.Data, tt.want)
		})
	}
}

func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestBombs has chunks that unpack to far more than they declare, and declare as much as is decoded.
func TestBombs(t *testing.T) {
	const size = 64 << 20
	var zeros bytes.Buffer
	w, err := gzip.NewWriterLevel(&zeros, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	for range 4 * size >> 20 {
		if _, err := w.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	claim := append(binary.LittleEndian.AppendUint32(nil, 1<<31), make([]byte, 99)...)
	for name, tt := range map[string]struct {
		compressor string
		chunk      []byte
	}{
		"gzip":  {"gzip", zeros.Bytes()},
		"zstd":  {"zstd", zst(t, make([]byte, 4*size))},
		"bz2":   {"bz2", bzip2Bomb()},
		"lz4":   {"lz4", claim},
		"blosc": {"blosc", blosc(0x90, 2, 1<<31-1, []byte{1, 2, 3})},
	} {
		t.Run(name, func(t *testing.T) {
			f := files{".zarray": `{"zarr_format":2,"shape":[1024,1024,64],"chunks":[1024,1024,64],"dtype":"|u1","order":"C",
				"compressor":{"id":"` + tt.compressor + `"},"fill_value":0}`, "0.0.0": string(tt.chunk)}
			img, err := volume.ReadZarr(f.get)
			if err != nil {
				t.Fatal(err)
			}
			used := allocated(func() { _, err = volume.ChunkStats(img, ranger(f.get)) })
			if !errors.Is(err, volume.ErrInvalid) {
				t.Errorf("error %v, want ErrInvalid", err)
			}
			if used > 2*size {
				t.Errorf("%d MiB allocated for %d bytes", used>>20, len(tt.chunk))
			}
			t.Logf("%d bytes, %d MiB allocated: %v", len(tt.chunk), used>>20, err)
		})
	}
}

// bzip2Bomb is 320 times what Python's bz2 makes of 900,000 zeros, one behind the other.
func bzip2Bomb() []byte {
	one, _ := hex.DecodeString("425a683931415926535963e3eca20006e4c100c00002000008200030cc09aa6994a136a9284f17724538509063e3eca2")
	return bytes.Repeat(one, 320)
}
