package annotation_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ngportal/tract"
	"ngportal/tract/annotation"
)

// trk is a .trk file of voxels of 1 mm with the identity, so that a stored point is half a voxel beside the one meant.
// Points have the scalars, streamlines the properties, as far as there are any; names are those of scalars, then properties.
func trk(lines [][]float32, scalars, properties []string) []byte {
	h := make([]byte, 1000)
	le := binary.LittleEndian
	copy(h, "TRACK")
	for k := range 3 {
		le.PutUint16(h[6+2*k:], 100)
		le.PutUint32(h[12+4*k:], math.Float32bits(1))
		le.PutUint32(h[440+20*k:], math.Float32bits(1))
	}
	le.PutUint32(h[440+60:], math.Float32bits(1))
	le.PutUint16(h[36:], uint16(len(scalars)))
	for i, n := range scalars {
		copy(h[38+20*i:], n)
	}
	le.PutUint16(h[238:], uint16(len(properties)))
	for i, n := range properties {
		copy(h[240+20*i:], n)
	}
	copy(h[948:], "RAS")
	le.PutUint32(h[988:], uint32(len(lines)))
	le.PutUint32(h[992:], 2)
	le.PutUint32(h[996:], 1000)
	for i, l := range lines {
		h = le.AppendUint32(h, uint32(len(l)/3))
		for k := 0; k < len(l); k += 3 {
			for a := range 3 {
				h = le.AppendUint32(h, math.Float32bits(l[k+a]+0.5))
			}
			for s := range scalars {
				h = le.AppendUint32(h, math.Float32bits(scalarOf(i, k/3, s)))
			}
		}
		for p := range properties {
			h = le.AppendUint32(h, math.Float32bits(float32(i+100*p)))
		}
	}
	return h
}

func scalarOf(line, point, column int) float32 {
	if (line+point)%5 == 0 {
		return float32(math.NaN())
	}
	return float32(line) + float32(point*point)/10 + 1000*float32(column)
}

func TestBuildOfBadLines(t *testing.T) {
	nan, huge := float32(math.NaN()), float32(1e30)
	straight := []float32{0, 0, 0, 1, 2, 3, 9, 9, 9}
	flat := make([][]float32, 50)
	same := make([][]float32, 5000)
	for i := range flat {
		flat[i] = []float32{0, 0, 5, float32(i), 0, 5, float32(i), 7, 5}
	}
	for i := range same {
		same[i] = []float32{1, 1, 1, 2, 2, 2, 3, 3, 3.5}
	}
	for _, c := range []struct {
		name  string
		lines [][]float32
		drawn int
	}{
		{"empty", nil, 0},
		{"nothing to draw", [][]float32{{}, {1, 2, 3}, {nan, 0, 0, 1, 1, 1}}, 0},
		{"some", [][]float32{{1, 2, 3}, straight, {}, {nan, 0, 0, 1, 1, 1}, straight}, 2},
		{"flat", flat, 50},
		{"all the same", same, 5000},
		{"all points the same", [][]float32{{5, 5, 5, 5, 5, 5, 5, 5, 5}}, 1},
		{"far away", [][]float32{straight, {huge, huge, -huge, 1, 1, 1, -huge, 5, 5}, {math.MaxFloat32, 0, 0, -math.MaxFloat32, 0, 0}}, 3},
	} {
		for _, sampled := range []bool{true, false} {
			t.Run(fmt.Sprint(c.name, " sampled ", sampled), func(t *testing.T) {
				f := open(t, tract.Bytes(trk(c.lines, nil, nil)), tract.TRK)
				var s *tract.Sample
				if sampled {
					s = every(t, f, 1)
				}
				l := plan(t, f, s, 0.1)
				store, b := build(t, f, l)
				drawn := map[uint32]bool{}
				for _, level := range chunks(t, store) {
					for _, p := range level {
						drawn[p.streamline] = true
						if !(p.length <= math.MaxFloat32) || p.bundle != 0 {
							t.Fatalf("length %v, bundle %v", p.length, p.bundle)
						}
					}
				}
				if len(drawn) != c.drawn || !json.Valid(store.Info()) || len(b) > 2_000_000 {
					t.Errorf("%d streamlines are drawn, want %d; %d bytes; %s", len(drawn), c.drawn, len(b), store.Info())
				}
				if first, ok := l.First(); ok != sampled || ok && c.drawn == 0 && !bytes.Equal(first, make([]byte, 8)) {
					t.Errorf("level 0 is %v, %v", first, ok)
				}
				if strings.Contains(string(store.Info()), `"id":"bundle","key"`) {
					t.Error("a file without bundles has their relationship")
				}
			})
		}
	}
}

func TestPlanRefusesTolerances(t *testing.T) {
	f := open(t, tract.Bytes(trk(nil, nil, nil)), tract.TRK)
	for _, bad := range []float64{math.NaN(), math.Inf(1)} {
		if _, err := annotation.Plan(f, nil, bad); !errors.Is(err, tract.ErrInvalid) {
			t.Errorf("tolerance %v: %v", bad, err)
		}
	}
	if l := plan(t, f, nil, -1); l.Tolerance() != 0.1 {
		t.Errorf("the usual tolerance is %v", l.Tolerance())
	}
	if got := annotation.UsualTolerance(tract.Header{VoxelSize: [3]float64{2, 0.4, 0}}); got != 0.05 {
		t.Errorf("the usual tolerance of voxels of 0.4 mm is %v", got)
	}
}

// The means are those of a straightforward computation, and properties have names that shaders take.
func TestMeansAndNames(t *testing.T) {
	lines := make([][]float32, 30)
	for i := range lines {
		for k := range 2 + i {
			lines[i] = append(lines[i], float32(k), float32(i), float32(k*k%7))
		}
	}
	f := open(t, tract.Bytes(trk(lines, []string{"FA", "gl_x y"}, []string{"weight", "bundle"})), tract.TRK)
	store, _ := build(t, f, plan(t, f, every(t, f, 1), 0.1))
	want := []string{"length", "streamline", "mean_FA", "mean_gl_x_y", "p_weight", "bundle"}
	if got := properties(t, store.Info()); !slices.Equal(got, want) {
		t.Fatalf("properties %v, want %v", got, want)
	}
	for _, p := range slices.Concat(chunks(t, store)...) {
		i := int(p.streamline)
		for c := range 2 {
			sum, n := 0.0, 0
			for k := range len(lines[i]) / 3 {
				if v := float64(scalarOf(i, k, c)); !math.IsNaN(v) {
					sum, n = sum+v, n+1
				}
			}
			if math.Abs(float64(p.means[c])-sum/float64(n)) > 1e-3 {
				t.Errorf("streamline %d: mean %d is %v, want %v", i, c, p.means[c], sum/float64(n))
			}
		}
		bundle := uint16(i + 100)
		if p.means[2] != float32(i) || p.bundle != bundle || math.Abs(float64(p.length)-tract.Length(lines[i])) > 1e-3 {
			t.Errorf("streamline %d: weight %v, bundle %d, length %v", i, p.means[2], p.bundle, p.length)
		}
	}
}

func TestNotMoreThanEightMeans(t *testing.T) {
	var names []string
	for i := range 10 {
		names = append(names, fmt.Sprint("s", i))
	}
	f := open(t, tract.Bytes(trk([][]float32{{0, 0, 0, 1, 1, 1}}, names, names)), tract.TRK)
	store, _ := build(t, f, plan(t, f, nil, 0.1))
	if got := properties(t, store.Info()); len(got) != 3+8 || got[9] != "mean_s7" {
		t.Errorf("properties %v", got)
	}
	chunks(t, store)
}

// real are the tractograms of the shared data that can be opened.
func real(t testing.TB) map[string]*tract.File {
	t.Helper()
	dir := os.Getenv("NGPORTAL_TEST_DATA")
	if dir == "" {
		dir = "../../../shared/data"
	}
	files := map[string]*tract.File{}
	err := filepath.WalkDir(filepath.Join(dir, "tracts"), func(path string, d os.DirEntry, err error) error {
		format, ok := tract.FormatOf(path)
		if err != nil || !ok || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if f, err := tract.Open(tract.Input{Format: format, Source: tract.Bytes(b)}); err == nil {
			files[filepath.Base(path)] = f
		}
		return nil
	})
	if err != nil || len(files) < 5 {
		t.Skipf("the shared data are not there: %v", err)
	}
	return files
}

// Each point of the real files is within the tolerance of what is drawn of its streamline; drawn once, and whole.
func TestRealFiles(t *testing.T) {
	for name, f := range real(t) {
		t.Run(name, func(t *testing.T) {
			const tolerance = 0.1
			r, err := f.Read(f.All())
			if err != nil {
				t.Skip(err)
			}
			if err := r.ReadBatch(&tract.Batch{}); err != nil {
				t.Skip(err)
			}
			r.Close()
			for _, s := range []*tract.Sample{nil, every(t, f, 1)} {
				store, _ := build(t, f, plan(t, f, s, tolerance))
				drawn := map[uint32][][2][3]float32{}
				for _, level := range chunks(t, store) {
					for _, p := range level {
						for k := 1; k < len(p.points); k++ {
							drawn[p.streamline] = append(drawn[p.streamline], [2][3]float32{p.points[k-1], p.points[k]})
						}
					}
				}
				lines, points := 0, 0
				for _, line := range all(t, f) {
					if len(line.Points) < 6 {
						continue
					}
					lines++
					of := drawn[uint32(line.Index)]
					points += len(of)
					for k := 0; k < len(line.Points); k += 3 {
						if points < 60_000 && !within([3]float32(line.Points[k:]), of, tolerance*(1+1e-4)+1e-5) {
							t.Fatalf("point %d of streamline %d is not drawn", k/3, line.Index)
						}
					}
				}
				if len(drawn) != lines {
					t.Errorf("%d streamlines are drawn of %d", len(drawn), lines)
				}
			}
		})
	}
}

// within reports whether a point is that near to one of the segments.
func within(p [3]float32, segments [][2][3]float32, tolerance float64) bool {
	for _, s := range segments {
		var ab, ap, bp, dot, sq float64
		for k := range 3 {
			d, x := float64(s[1][k])-float64(s[0][k]), float64(p[k])-float64(s[0][k])
			dot, sq, ap = dot+d*x, sq+d*d, ap+x*x
			y := float64(p[k]) - float64(s[1][k])
			bp += y * y
		}
		ab = min(ap, bp)
		if dot > 0 && dot < sq {
			ab = ap - dot*dot/sq
		}
		if ab <= tolerance*tolerance {
			return true
		}
	}
	return false
}
