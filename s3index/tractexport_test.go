package s3index

import (
	"context"
	"encoding/json"
	"strconv"

	"ngportal/tract"
)

// SourceOf is what reads an object in parts, in the version it has now.
func SourceOf(ctx context.Context, b *Bucket, key string) (tract.Source, error) {
	o, err := b.Stat(ctx, key)
	return &tractSource{ctx, b, o}, err
}

// InputOf is what a tractogram is read from, and its version.
func InputOf(ctx context.Context, b *Bucket, key string) (tract.Input, string, error) {
	f, err := b.locate(ctx, key)
	return f.input(ctx, tract.Unstated), f.version(), err
}

// VolumeOf is where the volume of a header lies.
func VolumeOf(h tract.Header) [2][3]float64 {
	d := Tractogram{Header: h}
	d.know()
	return d.Bounds
}

// Listed are the objects of segment properties.
func Listed(info []byte) (ids []uint64) {
	var v struct {
		Inline struct {
			IDs []string `json:"ids"`
		} `json:"inline"`
	}
	_ = json.Unmarshal(info, &v)
	for _, text := range v.Inline.IDs {
		id, _ := strconv.ParseUint(text, 10, 64)
		ids = append(ids, id)
	}
	return ids
}

// StemOf is a name without its ending.
func StemOf(text string) string { return parseName(text).stem }

// Walked is how many files of these sizes are read whole to list them.
func Walked(sizes ...int64) int { return (&folderSkeletons{sizes: sizes}).walked() }
