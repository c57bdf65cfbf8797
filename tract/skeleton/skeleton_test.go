package skeleton_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"math"
	"slices"
	"strings"
	"testing"

	"ngportal/internal/tracttest"
	"ngportal/tract"
	"ngportal/tract/skeleton"
)

var nan = float32(math.NaN())

func every(tract.Streamline) bool { return true }

func TestSkeletonsOfRealFiles(t *testing.T) {
	for name, f := range samples(t) {
		t.Run(name, func(t *testing.T) {
			sum := survey(t, f)
			set := skeleton.NewSet(f, sum, nil)
			lines := int64(0)
			for _, o := range set.Objects {
				if o.ID >= skeleton.StrataID {
					lines += o.Streamlines
				}
				d := draw(t, set, o.ID, skeleton.Attributes(f.Header())...)
				if int64(len(d.positions)) != o.Vertices {
					t.Errorf("object %d has %d vertices, want %d", o.ID, len(d.positions), o.Vertices)
				}
			}
			if lines != sum.Streamlines {
				t.Errorf("strata have %d streamlines, want %d", lines, sum.Streamlines)
			}
			check(t, "all", draw(t, set, skeleton.StrataID), expected(t, f, every))
			points, _, ok := f.Vertices()
			if !ok {
				return
			}
			if points != sum.Points {
				t.Errorf("the header alone tells %d vertices, reading %d", points, sum.Points)
			}
			header := skeleton.NewSet(f, nil, nil)
			if got, want := written(t, header, skeleton.StrataID), written(t, set, skeleton.StrataID); !bytes.Equal(got, want) {
				t.Errorf("without a survey there are %d bytes, want the same %d", len(got), len(want))
			}
		})
	}
}

func TestStrataAreDisjointAndCoverAll(t *testing.T) {
	f := open(t, tract.TRK, tracttest.Synthetic{Streamlines: 8_000})
	sum := survey(t, f)
	set := skeleton.NewSet(f, sum, nil)
	var positions [][3]float32
	var first, lines int64
	last := int64(0)
	for k, o := range set.Objects[tracttest.Bundles:] {
		if o.ID != skeleton.StrataID+uint64(k) || !slices.Equal(o.Tags, []string{"sample"}) {
			t.Errorf("stratum %d has the number %d and tags %q", k, o.ID, o.Tags)
		}
		d := draw(t, set, o.ID)
		positions = append(positions, d.positions...)
		lines += int64(len(d.positions) - len(d.edges))
		if o.First {
			first += o.Vertices
		}
		if k > 1 && math.Abs(float64(o.Vertices)/float64(2*last)-1) > 0.2 {
			t.Errorf("%s has %d vertices, want about twice %d", o.Label, o.Vertices, last)
		}
		last = o.Vertices
	}
	if lines != 8_000 || first > skeleton.FirstVertices || first < skeleton.FirstVertices/2 {
		t.Errorf("%d streamlines in all strata, and %d vertices shown first", lines, first)
	}
	if n := len(set.Objects); n > tracttest.Bundles+4 {
		t.Errorf("%d objects", n)
	}
	want := expected(t, f, every).positions
	order := func(a, b [3]float32) int { return slices.Compare(a[:], b[:]) }
	slices.SortFunc(positions, order)
	slices.SortFunc(want, order)
	if !slices.Equal(positions, want) {
		t.Error("the vertices of all strata are not those of the file")
	}
	stratum := set.Objects[tracttest.Bundles+1]
	if got := stratum.Label; got != "sample 1/8 more" {
		t.Errorf("the second stratum is called %q", got)
	}
	check(t, "a stratum", draw(t, set, stratum.ID),
		expected(t, f, func(s tract.Streamline) bool { return tract.Hash(s.Index)>>61 == 1 }))
}

func TestBundlesAreObjects(t *testing.T) {
	synthetic := tracttest.Synthetic{Streamlines: 3000}
	f := open(t, tract.TRK, synthetic)
	set := skeleton.NewSet(f, survey(t, f), nil)
	if len(set.Objects) != tracttest.Bundles+1 {
		t.Fatalf("%d objects, want %d bundles and all", len(set.Objects), tracttest.Bundles)
	}
	for i, o := range set.Objects[:tracttest.Bundles] {
		if o.ID != uint64(i+1) || !o.First || o.Tags[0] != "bundle" || o.MeanLength < 60 || o.MeanLength > 200 {
			t.Errorf("object %d: %+v", i, o)
		}
	}
	if all := set.Objects[tracttest.Bundles]; all.First || all.Label != "all" || all.Streamlines != 3000 {
		t.Errorf("%+v", all)
	}
	if got := set.Objects[6].Label; got != "bundle 7" {
		t.Errorf("bundle 7 is called %q", got)
	}
	in := func(s tract.Streamline) bool { return synthetic.Bundle(s.Index) == 7 }
	check(t, "bundle 7", draw(t, set, 7), expected(t, f, in))
}

func TestScalarsAndLengthsAreAttributes(t *testing.T) {
	var f trk
	f.scalars, f.properties = []string{"FA", "mean FA"}, []string{"weight"}
	for i := range 40 {
		var l []float32
		for k := range i {
			l = append(l, float32(k*k), float32(2*i), float32(k), float32(i), float32(100*i+k))
		}
		f.lines, f.props = append(f.lines, l), append(f.props, []float32{1})
	}
	f.lines[3][0] = nan
	file := open(t, tract.TRK, f.bytes())
	set := skeleton.NewSet(file, survey(t, file), nil)
	got := draw(t, set, skeleton.StrataID, "s_mean_FA", "length", "s_FA")
	want := expected(t, file, every, 1, 0, 0)
	lengths := got.columns[1]
	got.columns[1] = want.columns[1]
	check(t, "with attributes", got, want)
	at := 0
	for i := range f.lines {
		if i == 3 {
			continue
		}
		long := 0.0
		for k := 1; k < i; k++ {
			long += math.Hypot(float64(2*k-1), 1)
		}
		for range i {
			if math.Abs(float64(lengths[at])-long) > 1e-3 {
				t.Fatalf("streamline %d is %v mm long, want %v", i, lengths[at], long)
			}
			at++
		}
	}
}

func TestWhatAHeaderPromisedIsKept(t *testing.T) {
	line := []float32{1.5, 2.5, 3.5, 2.5, 2.5, 3.5, 4.5, 2.5, 3.5}
	broken := slices.Clone(line)
	broken[4] = nan
	t.Run("a broken streamline", func(t *testing.T) {
		f := open(t, tract.TRK, trk{count: 2, lines: [][]float32{line, broken}}.bytes())
		d := draw(t, skeleton.NewSet(f, nil, nil), skeleton.StrataID, "length")
		if len(d.positions) != 6 || len(d.edges) != 4 {
			t.Fatalf("%d vertices and %d edges, want 6 and 4", len(d.positions), len(d.edges))
		}
		for i := range 3 {
			if d.positions[3+i] != [3]float32{4, 2, 3} || d.orientations[3+i] != [3]float32{} || d.columns[0][3+i] != 0 {
				t.Errorf("vertex %d at %v with %v and %v draws something", 3+i, d.positions[3+i], d.orientations[3+i], d.columns[0][3+i])
			}
		}
		if d.edges[2] != [2]uint32{} || d.edges[3] != [2]uint32{} {
			t.Errorf("edges %v", d.edges)
		}
	})
	t.Run("an empty streamline", func(t *testing.T) {
		f := open(t, tract.TRK, trk{count: 3, lines: [][]float32{line, {}, line}}.bytes())
		k, err := skeleton.NewSet(f, nil, nil).Open(skeleton.StrataID, nil)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := k.WriteTo(new(bytes.Buffer)); n != 0 || !errors.Is(err, tract.ErrInvalid) {
			t.Errorf("WriteTo = %d, %v; want nothing, and a sentence", n, err)
		}
		check(t, "after a survey", draw(t, skeleton.NewSet(f, survey(t, f), nil), skeleton.StrataID), expected(t, f, every))
	})
	t.Run("one point", func(t *testing.T) {
		f := open(t, tract.TRK, trk{count: 2, lines: [][]float32{line[:3], line}}.bytes())
		check(t, "without a survey", draw(t, skeleton.NewSet(f, nil, nil), skeleton.StrataID), expected(t, f, every))
	})
	t.Run("nothing", func(t *testing.T) {
		f := open(t, tract.TRK, trk{}.bytes())
		set := skeleton.NewSet(f, survey(t, f), nil)
		if b := written(t, set, skeleton.StrataID); len(set.Objects) != 1 || !bytes.Equal(b, make([]byte, 8)) {
			t.Errorf("%d objects, %d bytes", len(set.Objects), len(b))
		}
	})
}

func TestLargeObjectsAreTheSame(t *testing.T) {
	f := open(t, tract.TRK, tracttest.Synthetic{Streamlines: 20_000})
	k := skeleton.Whole(f)
	if k.Size() <= 32*(32<<20)/12-8*20_000 {
		t.Fatal("so small an object is kept in memory")
	}
	check(t, "all", drawn(t, k, 0), expected(t, f, every))
}

func TestGroupsMayOverlap(t *testing.T) {
	var offsets, positions []byte
	for i := range 5 {
		offsets = binary.LittleEndian.AppendUint64(offsets, uint64(2*i))
		positions = floats(positions, []float32{float32(i), 0, 0, float32(i), 0, float32(i + 1)})
	}
	group := func(members ...uint32) tract.Bytes {
		var b []byte
		for _, m := range members {
			b = binary.LittleEndian.AppendUint32(b, m)
		}
		return b
	}
	f, err := tract.Open(tract.Input{Format: tract.TRX, Folder: map[string]tract.Source{
		"header.json": tract.Bytes(`{"DIMENSIONS":[9,9,9],"VOXEL_TO_RASMM":[[1,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,0,1]],` +
			`"NB_VERTICES":10,"NB_STREAMLINES":5}`),
		"positions.3.float32": tract.Bytes(positions), "offsets.uint64": tract.Bytes(offsets),
		"groups/CST.uint32": group(4, 0, 1), "groups/AF.uint32": group(1, 2),
	}})
	if err != nil {
		t.Fatal(err)
	}
	sum := survey(t, f)
	set := skeleton.NewSet(f, sum, nil)
	if want := []tract.Bundle{
		{ID: 1, Name: "AF", Streamlines: 2, Points: 4, MeanLength: 2.5}, {ID: 2, Name: "CST", Streamlines: 3, Points: 6, MeanLength: 8. / 3},
	}; !slices.Equal(sum.Bundles, want) {
		t.Errorf("bundles %+v, want %+v", sum.Bundles, want)
	}
	for id, members := range map[uint64][]int64{1: {1, 2}, 2: {0, 1, 4}} {
		check(t, "a group", draw(t, set, id), expected(t, f, func(s tract.Streamline) bool { return slices.Contains(members, s.Index) }))
	}
	if set.Objects[0].First || !set.Objects[2].First {
		t.Errorf("streamline 3 is in no group, but not all are shown first: %+v", set.Objects)
	}
}

func TestTheSampleIsAnObject(t *testing.T) {
	f := open(t, tract.TRK, tracttest.Synthetic{Streamlines: 20_000})
	sample := &tract.Sample{Batch: tract.Batch{Counts: []int32{2, 3}, Points: []float32{0, 0, 0, 0, 1, 0, 9, 9, 9, 8, 8, 8, 7, 7, 7}}}
	set := skeleton.NewSet(f, nil, sample)
	if len(set.Objects) != 1 || set.Objects[0].ID != skeleton.SampleID || !set.Objects[0].First || set.Objects[0].Vertices != 5 {
		t.Fatalf("objects %+v", set.Objects)
	}
	d := draw(t, set, skeleton.SampleID, "length")
	if !slices.Equal(d.edges, [][2]uint32{{0, 1}, {2, 3}, {3, 4}}) || d.orientations[0] != [3]float32{0, 1, 0} || d.columns[0][1] != 1 {
		t.Errorf("%+v", d)
	}
	read := skeleton.NewSet(f, survey(t, f), sample)
	if slices.ContainsFunc(read.Objects, func(o skeleton.Object) bool { return o.ID == skeleton.SampleID }) {
		t.Error("the sample is listed although the file was read")
	}
	written(t, read, skeleton.SampleID)
}

func TestWhatCannotBeOpened(t *testing.T) {
	f := open(t, tract.TRK, tracttest.Synthetic{Streamlines: 3000})
	set := skeleton.NewSet(f, survey(t, f), nil)
	for _, id := range []uint64{0, 73, 65535, skeleton.SampleID, skeleton.StrataID + 1, math.MaxUint64} {
		if _, err := set.Open(id, nil); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("object %d: %v", id, err)
		}
	}
	for _, names := range [][]string{{"s_fa"}, {"length", "length"}, {"orientation"}} {
		if _, err := set.Open(1, names); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("attributes %q: %v", names, err)
		}
	}
}

func TestObjectsTooLargeForAViewer(t *testing.T) {
	f := open(t, tract.TRK, tracttest.Synthetic{Streamlines: 3000})
	sum := survey(t, f)
	sum.Counts = make([]uint32, 1_000_000)
	sum.Member = make([]uint16, 1_000_000)
	for i := range sum.Counts {
		sum.Counts[i], sum.Member[i] = 146, 3
	}
	sum.Bundles = []tract.Bundle{{ID: 3, Name: "bundle 3", Streamlines: 1_000_000, Points: 146_000_000}}
	set := skeleton.NewSet(f, sum, nil)
	if n := len(set.Objects); n < 12 || n > 18 {
		t.Errorf("%d objects", n)
	}
	labels, total := map[string]bool{}, int64(0)
	for _, o := range set.Objects {
		if _, err := set.Open(o.ID, nil); err != nil || o.Vertices > skeleton.MaxVertices || labels[o.Label] {
			t.Errorf("%+v: %v", o, err)
		}
		labels[o.Label], total = true, total+o.Vertices
	}
	if total != 146_000_000 {
		t.Errorf("%d vertices in all strata", total)
	}
	if _, err := set.Open(3, nil); !errors.Is(err, tract.ErrInvalid) || !strings.Contains(err.Error(), "too many") {
		t.Errorf("a bundle of 146 million vertices: %v", err)
	}
}

func TestSizesStayPromisedIfTheWriterFails(t *testing.T) {
	f := open(t, tract.TRK, tracttest.Synthetic{Streamlines: 3000})
	k, err := skeleton.NewSet(f, survey(t, f), nil).Open(skeleton.StrataID, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, limit := range []int64{0, 8, 1 << 20, 8 << 20} {
		w := &full{left: limit}
		if n, err := k.WriteTo(w); !errors.Is(err, errFull) || n != limit {
			t.Errorf("a writer that takes %d bytes: %d, %v", limit, n, err)
		}
	}
}

var errFull = errors.New("full")

// full is a writer that takes so many bytes.
type full struct{ left int64 }

func (f *full) Write(b []byte) (int, error) {
	n := min(int64(len(b)), f.left)
	f.left -= n
	if n < int64(len(b)) {
		return int(n), errFull
	}
	return int(n), nil
}
