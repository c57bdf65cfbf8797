package s3index

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"ngportal/access"
	"ngportal/volume"
)

// Limits of looking for a table of labels.
const (
	maxTables    = 8       // that are read
	maxTableSize = 4 << 20 // bytes; FreeSurfer's has a tenth of one MB
)

// Segments finds the names and colors of the labels of a: NAME.tsv or NAME_dseg.tsv beside it, a table that is its own by
// BIDS' principle of inheritance, one whose name is part of its own, a FreeSurfer lookup table (*LUT*.txt) beside it,
// else those of OME-Zarr's own metadata, else nothing. Where the values of the voxels are known the table that names
// most of them is taken, and none that names none. from is the file's name.
//
// The error is that of [Library.Folder]; a table that cannot be read is passed over. The segments are shared: nobody may
// change them.
func (l *Library) Segments(ctx context.Context, who access.Rights, a Asset) (segments []volume.Segment, from string, err error) {
	stats := a.Stats
	if a, err = l.again(ctx, who, a); err != nil {
		return nil, "", err
	}
	return l.segments(ctx, a, stats)
}

func (l *Library) segments(ctx context.Context, a Asset, stats []volume.Stats) (segments []volume.Segment, from string, err error) {
	defer l.faults.caught(&err)
	if !a.drawable() || !strings.Contains(a.Volume.DType, "int") {
		return nil, "", nil
	}
	ctx, cancel := context.WithTimeout(ctx, relatedTime)
	defer cancel()
	f := l.finder(a)
	f.climb(ctx)
	var values []float64
	if len(stats) > 0 {
		values = stats[0].Values
	}
	segments, from = f.bestTable(ctx, values)
	own := a.Volume.Segments
	switch {
	case len(own) == 0:
		return segments, from, nil
	case segments == nil && a.Volume.Format == volume.Zarr3:
		return own, "zarr.json", nil
	case segments == nil:
		return own, ".zattrs", nil
	}
	colors := make(map[uint64]string, len(own))
	for _, s := range own {
		colors[s.ID] = s.Color
	}
	segments = slices.Clone(segments)
	for i, s := range segments {
		segments[i].Color = cmp.Or(s.Color, colors[s.ID])
	}
	return segments, from, nil
}

// bestTable reads tables in the order of how much their names say.
func (f *finder) bestTable(ctx context.Context, values []float64) (best []volume.Segment, from string) {
	if values == nil && !f.isLabel() {
		return nil, "" // any file of its name might be meant for something else
	}
	named := 0
	if !f.isLabel() { // most of its values have to have names
		named = len(values) / 2
	}
	for _, t := range f.tables() {
		found, ok := f.table(ctx, t)
		if !ok {
			continue
		}
		if len(values) == 0 {
			return found, t.name
		}
		if n := naming(found, values); n > named {
			best, from, named = found, t.name, n
		}
	}
	return best, from
}

// table reads a table, which is remembered for its version, as is that a file is none.
func (f *finder) table(ctx context.Context, t tableFile) (segments []volume.Segment, ok bool) {
	b, key := f.asset.origin.bucket, f.asset.Location.Prefix+t.path
	type result struct {
		segments []volume.Segment
		fault    error
	}
	r, err := remember(ctx, f.near, b.memo("table", key, t.version), func(ctx context.Context) (result, int64, error) {
		data, err := b.ReadFile(ctx, key, maxTableSize)
		if err != nil && !ofData(err) {
			return result{}, 0, err
		}
		var found []volume.Segment
		if err == nil {
			found, _, err = volume.ReadSegments(data)
		}
		size := int64(512)
		for _, s := range found {
			size += 64 + int64(len(s.Name)+len(s.Color))
		}
		return result{found, err}, size, nil
	})
	return r.segments, err == nil && r.fault == nil
}

// naming counts the values that have a name.
func naming(segments []volume.Segment, values []float64) (n int) {
	known := make(map[float64]bool, len(segments))
	for _, s := range segments {
		known[float64(s.ID)] = true
	}
	for _, v := range values {
		if known[v] {
			n++
		}
	}
	return n
}

// A tableFile may name labels.
type tableFile struct {
	name    string // relative to the asset's folder
	path    string // inside the location
	version string // as it was listed
}

// tables are the files that may name the labels, those whose names say most first.
func (f *finder) tables() (out []tableFile) {
	ranks := make([][]tableFile, 5)
	for i, s := range f.shelves {
		for n, file := range s.files {
			if rank := f.rank(i, file); rank >= 0 {
				ranks[rank] = append(ranks[rank], tableFile{strings.Repeat("../", i) + file, s.path + file, s.versions[n]})
			}
		}
	}
	out = slices.Concat(ranks...)
	return out[:min(len(out), maxTables)]
}

// rank says how much the name of a file that lies so far up says that it is the table of the asset; -1 is nothing.
func (f *finder) rank(up int, file string) int {
	lower := strings.ToLower(file)
	tsv := strings.HasSuffix(lower, ".tsv")
	n := parseName(file)
	switch {
	case tsv && up == 0 && f.asset.named(file[:len(file)-len(".tsv")]):
		return 0
	case tsv && up == 0 && n.stem == f.name.stem+"_dseg":
		return 1
	case tsv && isLabelName(n) && n.covers(f.name):
		return 2
	case tsv && up == 0 && strings.Contains("_"+f.name.stem+"_", "_"+n.stem+"_"):
		return 3 // LINC: DANDISET_NAME_desc-INITIALS_dseg.ome.zarr and NAME.tsv
	case up == 0 && strings.HasSuffix(lower, ".txt") && strings.Contains(lower, "lut"):
		return 4
	}
	return -1
}

// SegmentProperties is the file info of Neuroglancer's segment properties with the labels of the volume at path in loc,
// and its version. The path of a directory may come without its last slash. Like [Library.SkeletonSet] it asks nobody's
// permission: it is for the viewer host. The error wraps [fs.ErrNotExist] when there is no table, or is that of
// [Library.Describe].
func (l *Library) SegmentProperties(ctx context.Context, loc access.Location, path string) (info []byte, version string, err error) {
	b := l.buckets[loc.Bucket]
	if b == nil {
		return nil, "", fmt.Errorf("labels of %s: %w", loc.URI(path), ErrUnwell)
	}
	if KindOfName(path) == "" && !strings.HasSuffix(path, "/") {
		path += "/"
	}
	ctx, cancel := context.WithTimeout(ctx, describeTime)
	defer cancel()
	a, err := l.lookAt(ctx, b, loc, access.Ref{Location: loc.ID, Path: path})
	if err != nil {
		return nil, "", err
	}
	stats, err := l.contrast(ctx, a)
	if err != nil && !ofData(err) {
		return nil, "", err
	}
	segments, _, err := l.segments(ctx, a, stats)
	if err != nil {
		return nil, "", err
	}
	if segments == nil {
		return nil, "", fmt.Errorf("labels of %s: no table names them: %w", loc.URI(path), fs.ErrNotExist)
	}
	info, err = propertiesOf(segments)
	sum := sha256.Sum256(info)
	return info, hex.EncodeToString(sum[:8]), err
}

// propertiesOf writes Neuroglancer's neuroglancer_segment_properties (src/datasource/precomputed/segment_properties.md):
// ids as strings, and their names as the property of type label. Colors are the state's.
func propertiesOf(segments []volume.Segment) ([]byte, error) {
	type property struct {
		ID     string   `json:"id"`
		Type   string   `json:"type"`
		Values []string `json:"values"`
	}
	type inline struct {
		IDs        []string   `json:"ids"`
		Properties []property `json:"properties"`
	}
	ids, names := []string{}, []string{}
	for _, s := range segments {
		ids, names = append(ids, strconv.FormatUint(s.ID, 10)), append(names, s.Name)
	}
	return json.Marshal(struct {
		Type   string `json:"@type"`
		Inline inline `json:"inline"`
	}{"neuroglancer_segment_properties", inline{ids, []property{{"label", "label", names}}}})
}
