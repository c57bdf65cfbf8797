package tract_test

import (
	"archive/zip"
	"errors"
	"reflect"
	"strings"
	"testing"

	"ngportal/tract"
)

func FuzzTRX(f *testing.F) {
	f.Add(archive(threeLines()...))
	f.Add(archive(many(20, zip.Store)...))
	f.Add(archive(many(20, zip.Deflate)...))
	f.Add(zip64(3, 46, 0))
	f.Add(archive(append(threeLines(), part{"groups/a.int8", []byte{0, 2}, 0}, part{"dps/x.2.float16", make([]byte, 12), 0})...))
	f.Fuzz(func(t *testing.T, b []byte) {
		checkAnyInput(t, tract.Input{Format: tract.TRX, Source: tract.Bytes(b)})
	})
}

// FuzzTRXFolder reaches what checksums and lists of an archive keep from FuzzTRX.
func FuzzTRXFolder(f *testing.F) {
	for _, parts := range [][]part{threeLines(), many(20, 0)} {
		byName := map[string][]byte{}
		for _, p := range parts {
			byName[p.name] = p.data
		}
		f.Add(byName["header.json"], byName["positions.3.float32"], "offsets.uint32", byName["offsets.uint32"], "dps/x.float32", byName["dps/length.float32"])
		f.Add(byName["header.json"], byName["positions.3.float32"], "offsets.uint64", byName["offsets.uint64"], "groups/even.uint32", byName["groups/even.uint32"])
	}
	f.Fuzz(func(t *testing.T, header, positions []byte, offsetsName string, offsets []byte, name string, data []byte) {
		checkAnyInput(t, tract.Input{Format: tract.TRX, Folder: map[string]tract.Source{
			"header.json": tract.Bytes(header), "positions.3.float32": tract.Bytes(positions),
			offsetsName: tract.Bytes(offsets), name: tract.Bytes(data),
		}})
	})
}

func FuzzVTK(f *testing.F) {
	f.Add([]byte(plainVTK))
	f.Add([]byte(strings.Replace(plainVTK, "LINES 2 7\n2 0 1\n3 2 3 4\n", "LINES 3 5\nOFFSETS vtktypeint64\n0 2 5\nCONNECTIVITY vtktypeint64\n4 3 2 1 0\n", 1)))
	f.Add([]byte("# vtk DataFile Version 4.2\n\nBINARY\nDATASET POLYDATA\nPOINTS 1 float\n" + strings.Repeat("\x00", 12) + "\nLINES 1 3\n" +
		"\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\nMETADATA\nINFORMATION 1\n\nPOINT_DATA 1\nFIELD FieldData 1\nfa 1 1 unsigned_char\n\x07"))
	f.Fuzz(func(t *testing.T, b []byte) {
		checkAnyInput(t, tract.Input{Format: tract.VTK, Source: tract.Bytes(b)})
	})
}

func FuzzTT(f *testing.F) {
	for _, parts := range [][][]byte{
		{ttDim, ttSize, ttMatrix, matrix("track", 50, ttLines...)},
		{ttSize, matrix[uint16]("cluster", 40, 3), matrix("track", 50, ttLines...), matrix("track1", 50, ttLines...)},
	} {
		var plain []byte
		for _, p := range parts {
			plain = append(plain, p...)
		}
		f.Add(plain)
	}
	f.Fuzz(func(t *testing.T, plain []byte) { // what is compressed, as gzip has a checksum
		checkAnyInput(t, tract.Input{Format: tract.TT, Source: tract.Bytes(packed(plain))})
	})
}

// checkAnyInput reads arbitrary bytes in all ways there are; they must agree.
func checkAnyInput(t *testing.T, in tract.Input) {
	f, whole, _, err := openAll(in)
	if err != nil {
		if !errors.Is(err, tract.ErrInvalid) {
			t.Fatalf("error %v of a source that does not fail", err)
		}
		return
	}
	h := f.Header()
	if h.Streamlines >= 0 && int64(len(whole.Points)) != h.Streamlines {
		t.Fatalf("%d streamlines, but the header has %d", len(whole.Points), h.Streamlines)
	}
	for i, p := range whole.Points {
		if len(whole.Scalars[i]) != len(p)/3*width(h.Scalars) || len(whole.Properties[i]) != width(h.Properties) || whole.Positions[i] != int64(i) {
			t.Fatalf("streamline %d at %d has %d points, %d scalars, %d properties", i, whole.Positions[i], len(p)/3, len(whole.Scalars[i]), len(whole.Properties[i]))
		}
	}
	for i, g := range h.Groups {
		if members, err := f.Group(i); err != nil || int64(len(members)) > g.Streamlines {
			t.Fatalf("group %q has %d streamlines (%v), but the header %d", g.Name, len(members), err, g.Streamlines)
		}
	}
	var sum content
	for _, p := range f.Parts(f.Size()/3 + 1) {
		c, _, err := contents(f, p)
		if err != nil {
			t.Fatalf("part %v: %v", p, err)
		}
		sum.Positions, sum.Bundles = append(sum.Positions, c.Positions...), append(sum.Bundles, c.Bundles...)
		sum.Points, sum.Scalars, sum.Properties = append(sum.Points, c.Points...), append(sum.Scalars, c.Scalars...), append(sum.Properties, c.Properties...)
	}
	if !reflect.DeepEqual(bitsOf(sum), bitsOf(whole)) {
		t.Fatal("the parts are not the whole")
	}
}

// bitsOf makes contents comparable that have numbers which are none.
func bitsOf(c content) []any {
	var rows [][]byte
	for _, list := range [][][]float32{c.Points, c.Scalars, c.Properties} {
		for _, r := range list {
			rows = append(rows, numbers(r...))
		}
	}
	return []any{append([]int64{}, c.Positions...), append([]uint16{}, c.Bundles...), rows}
}
