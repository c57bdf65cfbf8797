package shard_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"slices"
	"testing"

	"ngportal/tract/shard"
)

// folder keeps shards in memory.
type folder map[string]*bytes.Buffer

// A growing is a file of it, which is there once it was closed.
type growing struct {
	b    bytes.Buffer
	done func(*bytes.Buffer)
}

func (g *growing) Write(p []byte) (int, error) { return g.b.Write(p) }
func (g *growing) WriteAt(p []byte, off int64) (int, error) {
	return copy(g.b.Bytes()[off:], p), nil
}

func (g *growing) Close() error {
	g.done(&g.b)
	return nil
}

func (f folder) create(name string) (shard.File, error) {
	if f[name] != nil {
		return nil, fs.ErrExist
	}
	return &growing{done: func(b *bytes.Buffer) { f[name] = b }}, nil
}

func (f folder) open(name string) (shard.ReadFile, error) {
	b, ok := f[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return bytes.NewReader(b.Bytes()), nil
}

// TestMurmurPlacesObjects holds the numbers of the reference, made with another implementation, against where objects go.
func TestMurmurPlacesObjects(t *testing.T) {
	s := shard.Spec{Murmur: true, ShardBits: 64}
	for id, want := range map[uint64]uint64{
		0: 0x4772b084e028ae41, 1: 0xe8bd67d616d4ce9a, 2: 0xd62f9cd21b013f5a, 12345: 0x1d31307e3a65e510,
		1<<32 - 1: 0x007260ffc08751be, 1 << 32: 0xbbb12d133b78fd64, 0x123456789abcdef: 0x708036264c109d93, 1<<64 - 1: 0x574f66bd212b5d1a,
	} {
		if got := s.Shard(id); got != want {
			t.Errorf("Shard(%d) = %#x, want %#x", id, got, want)
		}
	}
	if got := s.Name(0x007260ffc08751be); got != "007260ffc08751be.shard" {
		t.Errorf("Name = %q", got)
	}
	if got := (shard.Spec{}).Name(0); got != "0.shard" {
		t.Errorf("Name of the only shard = %q", got)
	}
}

func TestSpecIsWrittenAsInfoFilesHaveIt(t *testing.T) {
	s := shard.Spec{PreshiftBits: 9, MinishardBits: 6, ShardBits: 15, Murmur: true, GzipIndex: true}
	const want = `{"@type":"neuroglancer_uint64_sharded_v1","preshift_bits":9,"hash":"murmurhash3_x86_128","minishard_bits":6,"shard_bits":15,` +
		`"minishard_index_encoding":"gzip","data_encoding":"raw"}`
	if got := string(s.JSON()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestMortonSkipsBitsThatNoCellHas(t *testing.T) {
	for _, tt := range []struct {
		cell, grid [3]int
		want       uint64
	}{
		{[3]int{0, 0, 0}, [3]int{1, 1, 1}, 0},
		{[3]int{1, 0, 0}, [3]int{2, 2, 2}, 1},
		{[3]int{0, 1, 1}, [3]int{2, 2, 2}, 6},
		{[3]int{0, 1, 3}, [3]int{1, 2, 4}, 7}, // bits y0 z0 z1
		{[3]int{2, 0, 1}, [3]int{3, 1, 2}, 6}, // bits x0 z0 x1
		{[3]int{5, 3, 6}, [3]int{8, 8, 8}, 0b101_110_011},
	} {
		if got := shard.Morton(tt.cell, tt.grid); got != tt.want {
			t.Errorf("Morton(%v, %v) = %b, want %b", tt.cell, tt.grid, got, tt.want)
		}
	}
}

func TestSpecsHaveShardsAndMinishardsOfUsefulSizes(t *testing.T) {
	for _, tt := range []struct{ objects, size int64 }{
		{0, 0}, {1, 1}, {72, 5 << 30}, {1000, 1 << 20}, {40_000_000, 4 << 30}, {1 << 33, 1 << 40}, {4, 1 << 40},
	} {
		for name, s := range map[string]shard.Spec{
			"any": shard.SpecFor(tt.objects, tt.size), "ascending": shard.SpecAscending(uint64(tt.objects)<<8|255, tt.objects, tt.size),
			"dense": shard.SpecAscending(uint64(max(tt.objects, 1)-1), tt.objects, tt.size),
		} {
			if _, err := shard.NewWriter(s, nil); err != nil {
				t.Errorf("%s of %v: %v", name, tt, err)
			}
			if each := float64(tt.objects) / float64(uint64(1)<<(s.MinishardBits+s.ShardBits)); each > 1024 {
				t.Errorf("%s of %v: %.0f objects a minishard (%+v)", name, tt, each, s)
			}
			if s.MinishardBits > 11 || name == "any" && tt.size>>s.ShardBits > 1<<29 {
				t.Errorf("%s of %v: %+v", name, tt, s)
			}
		}
	}
	dense := shard.SpecAscending(1<<20-1, 1<<20, 0)
	if last := dense.Shard(1<<20 - 1); last != uint64(1)<<dense.ShardBits-1 || dense.Shard(0) != 0 {
		t.Errorf("numbers to 2^20 are in shards to %d of %+v", last, dense)
	}
}

// specs are of both hashes and of all encodings.
func specs() []shard.Spec {
	var out []shard.Spec
	for i := range 8 {
		s := shard.Spec{Murmur: i&1 != 0, GzipIndex: i&2 != 0, GzipData: i&4 != 0, PreshiftBits: i, MinishardBits: i % 4, ShardBits: 5 - i%6}
		out = append(out, s)
	}
	return append(out, shard.Spec{}, shard.Spec{MinishardBits: 3}, shard.SpecFor(3000, 3<<30), shard.SpecAscending(1<<20, 3000, 3<<30))
}

// sorted are numbers as a writer wants them.
func sorted(s shard.Spec, ids []uint64) []uint64 {
	return slices.SortedFunc(slices.Values(ids), func(a, b uint64) int {
		if d := int(s.Shard(a)) - int(s.Shard(b)); d != 0 {
			return d
		}
		return int(a) - int(b)
	})
}

func numbers(n int, below uint64) []uint64 {
	r := rand.New(rand.NewPCG(1, below))
	all := map[uint64]bool{0: true, below - 1: true}
	for len(all) < n {
		all[r.Uint64N(below)] = true
	}
	var out []uint64
	for id := range all {
		out = append(out, id)
	}
	return out
}

func object(id uint64) []byte { return bytes.Repeat(fmt.Appendf(nil, "<%d>", id), int(id%7)) }

func TestObjectsAreReadBack(t *testing.T) {
	for _, s := range specs() {
		f := folder{}
		ids := sorted(s, numbers(600, 1<<20))
		w, err := shard.NewWriter(s, f.create)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			if err = w.AddFrom(id, bytes.NewReader(object(id))); err != nil {
				t.Fatalf("%+v: %v", s, err)
			}
		}
		if err = w.Close(); err != nil {
			t.Fatal(err)
		}
		r, err := shard.NewReader(s, 1000, f.open)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			if got, err := r.Get(id); err != nil || !bytes.Equal(got, object(id)) {
				t.Fatalf("%+v: Get(%d) = %q, %v", s, id, got, err)
			}
		}
		for id := uint64(3); id < 1<<20; id += 977 {
			if _, err := r.Get(id); slices.Contains(ids, id) != (err == nil) || err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatalf("%+v: Get(%d): %v", s, id, err)
			}
		}
	}
}

// FuzzShard reads hostile shards.
func FuzzShard(f *testing.F) {
	for _, s := range specs()[:8] {
		s.ShardBits = 0
		made := folder{}
		w, err := shard.NewWriter(s, made.create)
		if err != nil {
			f.Fatal(err)
		}
		for id := range uint64(20) {
			if err = w.Add(id, object(id)); err != nil {
				f.Fatal(err)
			}
		}
		if err = w.Close(); err != nil {
			f.Fatal(err)
		}
		f.Add(made["0.shard"].Bytes(), uint64(13), s.PreshiftBits, s.MinishardBits, s.Murmur, s.GzipIndex, s.GzipData)
	}
	f.Fuzz(func(t *testing.T, b []byte, id uint64, preshift, minishard int, murmur, index, data bool) {
		s := shard.Spec{PreshiftBits: preshift, MinishardBits: minishard, Murmur: murmur, GzipIndex: index, GzipData: data}
		const most = 1 << 16
		r, err := shard.NewReader(s, most, func(string) (shard.ReadFile, error) { return bytes.NewReader(b), nil })
		if err != nil {
			return
		}
		got, err := r.Get(id)
		if len(got) > most {
			t.Errorf("an object of %d bytes", len(got))
		}
		if err != nil && !errors.Is(err, shard.ErrInvalid) && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, io.EOF) {
			t.Errorf("%v", err)
		}
	})
}
