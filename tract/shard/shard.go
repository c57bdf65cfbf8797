// Package shard writes and reads Neuroglancer's sharded format, neuroglancer_uint64_sharded_v1: many small objects in few files.
package shard

import "io"

// A Spec says where in which file an object lies (src/datasource/precomputed/sharded.md of Neuroglancer).
type Spec struct {
	PreshiftBits  int
	MinishardBits int
	ShardBits     int
	Murmur        bool // hash murmurhash3_x86_128, else identity
	GzipIndex     bool
	GzipData      bool
}

// SpecFor chooses a spec for so many objects of so many bytes in all.
func SpecFor(objects, size int64) Spec { return Spec{} }

// JSON is the spec as info files have it.
func (s Spec) JSON() []byte { return nil }

// A Writer writes objects into shards.
type Writer struct{}

// NewWriter returns a writer whose files are made by create.
func NewWriter(s Spec, create func(name string) (io.WriteCloser, error)) *Writer { return nil }

// Add writes an object; all objects of a shard must come one after the other: see [Spec.Shard].
func (w *Writer) Add(id uint64, data []byte) error { return nil }

// Shard is the number of the file that an object is in.
func (s Spec) Shard(id uint64) uint64 { return 0 }

// Close writes what is left.
func (w *Writer) Close() error { return nil }
