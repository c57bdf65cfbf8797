package main

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"strings"

	"ngportal/tract"
	"ngportal/tract/skeleton"
)

// tractInfo reads a whole tractogram and tells what is in it.
func tractInfo(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var in tractInput
	flags := flag.NewFlagSet("tract info", flag.ContinueOnError)
	in.flags(flags)
	asJSON := flags.Bool("json", false, "print one document for programs")
	files, err := parseMixed(flags, args, "FILE")
	if err != nil {
		return err
	}
	in.path = files[0]
	if err = in.check(); err != nil {
		return err
	}
	f, err := in.open()
	if err != nil {
		return err
	}
	line := newProgressLine(ctx, stderr)
	if !line.live {
		line.to = io.Discard // the answer is all that a script wants
	}
	survey, err := f.Survey(line.begin("reading"))
	line.end()
	if err != nil {
		return fmt.Errorf("%s: %w", in.path, stopped(err))
	}
	facts := factsOf(in.path, f, survey)
	if *asJSON {
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(facts)
	}
	_, err = io.WriteString(stdout, facts.text())
	return err
}

// tractFacts are what is told about a tractogram. Names stay the same from version to version; sentences need not.
type tractFacts struct {
	File        string         `json:"file"`
	Format      tract.Format   `json:"format"`
	Bytes       int64          `json:"bytes"`
	Streamlines int64          `json:"streamlines"`
	Points      int64          `json:"points"`
	Bounds      *[2][3]float64 `json:"bounds"` // RAS mm; null without a point
	MeanLength  float64        `json:"mean_length"`
	MaxLength   float64        `json:"max_length"`
	BinWidth    float64        `json:"bin_width"` // mm
	Lengths     []int64        `json:"lengths"`   // streamlines in each bin
	Dim         [3]int         `json:"dim"`
	VoxelSize   [3]float64     `json:"voxel_size"`
	VoxelOrder  string         `json:"voxel_order"`
	Affine      *[4][4]float64 `json:"affine"` // voxels to RAS mm; null if none is recorded
	Scalars     []columnFacts  `json:"scalars"`
	Properties  []columnFacts  `json:"properties"`
	Bundles     []bundleFacts  `json:"bundles"`
	Attributes  []string       `json:"attributes"` // that skeletons can have
	Warnings    []string       `json:"warnings"`
}

type columnFacts struct {
	Name       string       `json:"name"`
	Components int          `json:"components"`
	Range      [][2]float64 `json:"range,omitempty"` // of each component
}

type bundleFacts struct {
	ID          uint16  `json:"id"`
	Name        string  `json:"name"`
	Streamlines int64   `json:"streamlines"`
	Points      int64   `json:"points"`
	MeanLength  float64 `json:"mean_length"`
}

func factsOf(path string, f *openTract, s *tract.Survey) *tractFacts {
	h := f.Header()
	facts := &tractFacts{
		File: path, Format: h.Format, Bytes: f.Size(), Streamlines: s.Streamlines, Points: s.Points, MeanLength: s.Lengths.Mean,
		MaxLength: s.Lengths.Max, BinWidth: s.Lengths.Width, Lengths: list(s.Lengths.Counts), Dim: h.Dim, VoxelSize: h.VoxelSize,
		VoxelOrder: h.VoxelOrder, Properties: columnsOf(h.Properties, nil), Scalars: columnsOf(h.Scalars, s.Scalars), Bundles: []bundleFacts{},
		Attributes: list(skeleton.Attributes(h)), Warnings: list(s.Warnings),
	}
	if s.Points > 0 {
		facts.Bounds = &s.Bounds
	}
	if h.HasAffine {
		facts.Affine = &h.Affine
	}
	for _, b := range s.Bundles {
		facts.Bundles = append(facts.Bundles, bundleFacts(b))
	}
	return facts
}

// list has an empty list be one in JSON.
func list[T any](s []T) []T { return append([]T{}, s...) }

// columnsOf joins columns with what was found in them, a range for each component if anything was.
func columnsOf(columns []tract.Column, ranges [][2]float64) []columnFacts {
	out := []columnFacts{}
	for _, c := range columns {
		one := columnFacts{Name: c.Name, Components: c.Components}
		if len(ranges) >= c.Components {
			for _, r := range ranges[:c.Components] {
				if r[0] <= r[1] && !math.IsInf(r[0], 0) && !math.IsInf(r[1], 0) {
					one.Range = append(one.Range, r)
				}
			}
			ranges = ranges[c.Components:]
		}
		out = append(out, one)
	}
	return out
}

// text is the facts as people read them.
func (t *tractFacts) text() string {
	var b strings.Builder
	row := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-12s %s\n", name, fmt.Sprintf(format, args...))
	}
	fmt.Fprintln(&b, t.File)
	row("format", ".%s, %d bytes", t.Format, t.Bytes)
	row("streamlines", "%d", t.Streamlines)
	row("points", "%d", t.Points)
	if t.Bounds != nil {
		row("length", "%.1f mm in the mean, %.1f mm the longest", t.MeanLength, t.MaxLength)
		lo, hi := t.Bounds[0], t.Bounds[1]
		row("box", "%.2f to %.2f, %.2f to %.2f, %.2f to %.2f (RAS mm)", lo[0], hi[0], lo[1], hi[1], lo[2], hi[2])
	}
	t.space(row)
	for _, c := range t.Scalars {
		row("scalar", "%s", c.text())
	}
	for _, c := range t.Properties {
		row("property", "%s", c.text())
	}
	if len(t.Attributes) > 0 {
		row("attributes", "%s (of skeletons)", strings.Join(t.Attributes, ", "))
	}
	for _, n := range t.Bundles {
		row("bundle", "%5d  %s: %d streamlines, %d points, %.1f mm", n.ID, n.Name, n.Streamlines, n.Points, n.MeanLength)
	}
	t.histogram(&b)
	for _, w := range t.Warnings {
		row("warning", "%s", w)
	}
	return b.String()
}

// space tells how the file's own coordinates lie.
func (t *tractFacts) space(row func(name, format string, args ...any)) {
	if t.Dim != [3]int{} {
		row("voxels", "%d x %d x %d of %.4g x %.4g x %.4g mm, %s", t.Dim[0], t.Dim[1], t.Dim[2],
			t.VoxelSize[0], t.VoxelSize[1], t.VoxelSize[2], cmp.Or(t.VoxelOrder, "in no stated order"))
	}
	if t.Affine == nil {
		return
	}
	for i, name := range []string{"affine", "", ""} {
		r := t.Affine[i]
		row(name, "%12.6g %12.6g %12.6g %12.6g", r[0]+0, r[1]+0, r[2]+0, r[3]+0) // no -0
	}
}

func (c columnFacts) text() string {
	var ranges []string
	for _, r := range c.Range {
		ranges = append(ranges, fmt.Sprintf("%.6g to %.6g", r[0], r[1]))
	}
	out := strings.TrimRight(c.Name, " ")
	if c.Components > 1 {
		out += fmt.Sprintf(", %d components", c.Components)
	}
	if len(ranges) > 0 {
		out += ": " + strings.Join(ranges, ", ")
	}
	return out
}

// histogram draws how long the streamlines are, in ten rows at most.
func (t *tractFacts) histogram(b *strings.Builder) {
	const rows, wide = 10, 40
	last := 0 // bins that are not empty
	for i, n := range t.Lengths {
		if n > 0 {
			last = i + 1
		}
	}
	each := (last + rows - 1) / rows
	var sums []int64
	var most int64
	for i, n := range t.Lengths[:last] {
		if i%each == 0 {
			sums = append(sums, 0)
		}
		sums[len(sums)-1] += n
		most = max(most, sums[len(sums)-1])
	}
	for i, n := range sums {
		width := t.BinWidth * float64(each)
		fmt.Fprintf(b, "  %6.4g to %-6.4g mm  %-*s %d\n", float64(i)*width, float64(i+1)*width, wide, strings.Repeat("#", int(wide*n/most)), n)
	}
}
