package annotation_test

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"testing"

	"ngportal/tract"
	"ngportal/tract/annotation"
)

func FuzzOpenStore(f *testing.F) {
	file := open(f, tract.Bytes(trk([][]float32{{0, 0, 0, 1, 1, 1}, {5, 5, 5, 60, 60, 60, 1, 1, 1}}, nil, []string{"bundle"})), tract.TRK)
	_, b := build(f, file, plan(f, file, nil, 0.1))
	f.Add(b)
	f.Add(b[len(b)-200:])
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := annotation.OpenStore(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			if !errors.Is(err, tract.ErrInvalid) {
				t.Fatal(err)
			}
			return
		}
		s.Info()
		s.BundleProperties()
		s.Survey()
		for n := range s.Levels() {
			for cell := range s.Cells(n) {
				if _, err := s.Chunk(n, cell); err != nil {
					t.Fatal(err)
				}
			}
		}
		for id := range uint64(4) {
			for _, cell := range []uint64{0, 1, 5, 100} {
				if _, err := s.ByID(cell<<32 | id); err != nil && !errors.Is(err, tract.ErrInvalid) && !errors.Is(err, fs.ErrNotExist) {
					t.Fatal(err)
				}
			}
			if _, err := s.Bundle(id); err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
		}
		if _, _, err := s.Members(); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzBuild(f *testing.F) {
	f.Add(trk([][]float32{{0, 0, 0, 1, 1, 1}, {5, 5, 5, 60, 60, 60, 1, 1, 1}, {}, {1, 1, 1}}, []string{"fa"}, []string{"bundle"}), 0.1)
	f.Add(trk([][]float32{{float32(math.NaN()), 0, 0, 1e30, 1, 1}, {1e30, 0, 0, -1e30, 1, 1, 1, 1, 1}}, nil, nil), 0.0)
	f.Fuzz(func(t *testing.T, b []byte, tolerance float64) {
		if len(b) > 1<<16 {
			return
		}
		file, err := tract.Open(tract.Input{Format: tract.TRK, Source: tract.Bytes(b)})
		if err != nil {
			return
		}
		sample, err := file.Sample(1000, "", tract.FirstPicture())
		if err != nil {
			return
		}
		for _, s := range []*tract.Sample{sample, nil} {
			l, err := annotation.Plan(file, s, tolerance)
			if errors.Is(err, tract.ErrInvalid) {
				return
			}
			m := newMemory()
			if err != nil || annotation.Build(file, l, m, 1, nil) != nil {
				t.Fatalf("a file that was sampled is not built: %v", err)
			}
			store := m.store(t)
			chunks(t, store)
			if first, ok := l.First(); ok {
				if got, err := store.Chunk(0, [3]int{}); err != nil || !bytes.Equal(got, first) {
					t.Fatalf("%v: level 0 has %d bytes, before building %d, or others", err, len(got), len(first))
				}
			}
		}
	})
}
