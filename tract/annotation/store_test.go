package annotation_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"testing"

	"ngportal/internal/tracttest"
	"ngportal/tract"
	"ngportal/tract/annotation"
)

func TestByID(t *testing.T) {
	f := synthetic(t, 5000)
	store, _ := build(t, f, plan(t, f, every(t, f, 9), -1))
	check := func(lines []polyline) {
		for i, p := range lines {
			if i%97 > 1 && i < len(lines)-1 {
				continue
			}
			want := append([]byte(nil), p.record...)
			if p.bundle == 0 {
				want = binary.LittleEndian.AppendUint32(want, 0)
			} else {
				want = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint32(want, 1), uint64(p.bundle))
			}
			got, err := store.ByID(p.id)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("annotation %d: %v, %d bytes, want %d or others", p.id, err, len(got), len(want))
			}
		}
		last := lines[len(lines)-1].id
		if _, err := store.ByID(last + 1); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the annotation after the last: %v", err)
		}
	}
	ids := map[uint64]bool{}
	for n := range store.Levels() {
		for cell := range store.Cells(n) {
			b, err := store.Chunk(n, cell)
			if err != nil {
				t.Fatal(err)
			}
			lines, err := parse(b, 0)
			if err != nil {
				t.Fatal(err)
			}
			check(lines)
			for _, p := range lines {
				ids[p.id] = true
			}
		}
	}
	b, err := store.Bundle(3)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := parse(b, 0)
	if err != nil {
		t.Fatal(err)
	}
	check(lines)
	for _, p := range lines {
		if ids[p.id] {
			t.Fatalf("annotation %d of the bundle is one of a cell", p.id)
		}
	}
	for _, id := range []uint64{1 << 62, math.MaxUint64, 1<<32 - 1} {
		if _, err := store.ByID(id); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("annotation %d: %v", id, err)
		}
	}
}

func TestBundlesHaveWholeStreamlines(t *testing.T) {
	f := synthetic(t, 5000)
	store, _ := build(t, f, plan(t, f, every(t, f, 9), 0.1))
	want := map[uint16]int64{}
	for _, s := range all(t, f) {
		want[s.Bundle]++
	}
	var list struct {
		Inline struct {
			IDs        []string `json:"ids"`
			Properties []struct {
				ID     string `json:"id"`
				Values []any  `json:"values"`
			} `json:"properties"`
		} `json:"inline"`
	}
	if err := json.Unmarshal(store.BundleProperties(), &list); err != nil || len(list.Inline.IDs) != tracttest.Bundles {
		t.Fatalf("%v: %s", err, store.BundleProperties())
	}
	for i, id := range list.Inline.IDs {
		n, err := strconv.ParseUint(id, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		b, err := store.Bundle(n)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := parse(b, 0)
		if err != nil {
			t.Fatal(err)
		}
		numbers := map[uint32]bool{}
		for _, p := range lines[:len(lines)-1] {
			numbers[p.streamline] = true
			line := tracttest.Synthetic{Streamlines: 5000}.Line(int64(p.streamline))
			if !near(p.points[0], line[0]) || !near(p.points[len(p.points)-1], line[len(line)-1]) || uint64(p.bundle) != n {
				t.Fatalf("bundle %d: streamline %d of bundle %d is not whole", n, p.streamline, p.bundle)
			}
		}
		if int64(len(numbers)) != want[uint16(n)] || len(lines[len(lines)-1].points) != 1 || list.Inline.Properties[1].Values[i] != float64(want[uint16(n)]) {
			t.Errorf("bundle %d has %d streamlines, want %d; listed are %v", n, len(numbers), want[uint16(n)], list.Inline.Properties[1].Values[i])
		}
	}
	b, err := store.Bundle(60_000)
	if err != nil || !bytes.Equal(b, make([]byte, 8)) {
		t.Errorf("a bundle that is not there: %v, %v", b, err)
	}
	if _, err := store.Bundle(1 << 20); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a bundle that cannot be: %v", err)
	}
}

func near(a [3]float32, b [3]float64) bool {
	for k := range 3 {
		if math.Abs(float64(a[k])-b[k]) > 1e-3 {
			return false
		}
	}
	return true
}

func TestSurveyAndMembers(t *testing.T) {
	f := synthetic(t, 50_000)
	store, _ := build(t, f, plan(t, f, every(t, f, 50), 0.1))
	want, err := f.Survey(nil)
	if err != nil {
		t.Fatal(err)
	}
	counts, member, err := store.Members()
	if err != nil || !slices.Equal(counts, want.Counts) || !slices.Equal(member, want.Member) {
		t.Errorf("%v, %d counts and %d members, want %d and %d, or others", err, len(counts), len(member), len(want.Counts), len(want.Member))
	}
	want.Counts, want.Member = nil, nil
	got, err := json.Marshal(store.Survey())
	if err != nil {
		t.Fatal(err)
	}
	if text, err := json.Marshal(want); err != nil || string(text) != string(got) {
		t.Errorf("the survey is\n%.300s, want\n%.300s", got, text)
	}
	n := int64(0)
	for _, l := range store.Levels() {
		n += l.Streamlines
	}
	if n != want.Streamlines {
		t.Errorf("levels have %d streamlines of %d", n, want.Streamlines)
	}
}

func TestChunkOutside(t *testing.T) {
	f := synthetic(t, 3000)
	store, _ := build(t, f, plan(t, f, every(t, f, 9), -1))
	grid := store.Levels()[1].Grid
	for _, c := range []struct {
		level int
		cell  [3]int
	}{{-1, [3]int{}}, {99, [3]int{}}, {1, [3]int{-1, 0, 0}}, {1, [3]int{0, grid[1], 0}}, {0, [3]int{0, 0, 1}}} {
		if _, err := store.Chunk(c.level, c.cell); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("level %d cell %v: %v", c.level, c.cell, err)
		}
	}
}

func TestOpenStoreRefusesDamage(t *testing.T) {
	f := synthetic(t, 200)
	_, good := build(t, f, plan(t, f, every(t, f, 1), -1))
	broken := func(name string, b []byte) {
		if _, err := annotation.OpenStore(bytes.NewReader(b), int64(len(b))); !errors.Is(err, tract.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	broken("empty", nil)
	for _, n := range []int{1, 31, 32, 33, len(good) / 2, len(good) - 1} {
		broken(fmt.Sprint("first ", n), good[:n])
	}
	for at := len(good) - 40; at < len(good); at++ {
		b := slices.Clone(good)
		b[at] ^= 0x40
		broken(fmt.Sprint("byte ", at), b)
	}
	if _, err := annotation.OpenStore(failing{}, 1000); !errors.Is(err, errFuse) || errors.Is(err, tract.ErrInvalid) {
		t.Errorf("a disk that fails: %v", err)
	}
	if _, err := annotation.OpenStore(bytes.NewReader(good[:10]), 1000); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a file that is shorter than said: %v", err)
	}
}

type failing struct{}

func (failing) ReadAt([]byte, int64) (int, error) { return 0, errFuse }
