package tract_test

import (
	"archive/zip"
	"testing"

	"ngportal/tract"
)

// The windows of a sample of a file with more offsets than are kept, groups, scalars and properties.
func TestSampleOfTRX(t *testing.T) {
	src := &counting{Source: tract.Bytes(archive(many(140_000, zip.Store)...))}
	f, err := tract.Open(tract.Input{Format: tract.TRX, Source: src})
	if err != nil {
		t.Fatal(err)
	}
	budget := tract.Budget{Ranges: 64, Bytes: 16 << 20}
	s, err := f.Sample(2000, "seed", budget)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Counts) < 1800 || s.Exact || s.Streamlines != 140_000 {
		t.Errorf("%d streamlines of %d, exact %v", len(s.Counts), s.Streamlines, s.Exact)
	}
	if ranges, size := src.ranges.Load(), src.bytes.Load(); ranges > 64 || size > budget.Bytes || ranges != int64(s.Ranges) {
		t.Errorf("%d ranges of %d bytes were read, told as %d of %d", ranges, size, s.Ranges, s.Bytes)
	}
	points := s.Batch.Points
	for i, p := range s.Positions {
		if want := int(1 + p*7919%40); int(s.Counts[i]) != want || points[0] != float32(p) || points[3*(want-1)+1] != float32(want-1) {
			t.Fatalf("streamline %d has %d points from %v, want %d", p, s.Counts[i], points[:3], want)
		}
		want := uint16(1) // the group of the even ones
		if p%2 == 1 {
			want = 0 // the other group has the first 1,500
		}
		if p >= 1500 && s.Bundles[i] != want {
			t.Fatalf("streamline %d is in bundle %d, want %d", p, s.Bundles[i], want)
		}
		if s.Properties[i] != float32(p)/3 {
			t.Fatalf("streamline %d has length %v", p, s.Properties[i])
		}
		points = points[3*s.Counts[i]:]
	}
	if s.Positions[0] > 15_000 || s.Positions[len(s.Positions)-1] < 125_000 {
		t.Errorf("streamlines from %d to %d, want some from all along the file", s.Positions[0], s.Positions[len(s.Positions)-1])
	}
}
