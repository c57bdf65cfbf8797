package tracttest_test

import (
	"errors"
	"io"
	"math"
	"testing"

	"ngportal/internal/tracttest"
	"ngportal/tract"
)

func TestSyntheticIsTheFileItSays(t *testing.T) {
	s := tracttest.Synthetic{Streamlines: 5000}
	f, err := tract.Open(tract.Input{Format: tract.TRK, Source: s})
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Read(f.All())
	if err != nil {
		t.Fatal(err)
	}
	var n, points int64
	for ; ; n++ {
		var line tract.Streamline
		line, err = r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		points += int64(len(line.Points) / 3)
		want := s.Line(n)
		if len(want) != len(line.Points)/3 || int(line.Properties[0]) != s.Bundle(n) {
			t.Fatalf("streamline %d: %d points of bundle %v", n, len(line.Points)/3, line.Properties)
		}
		for k, p := range want {
			for axis := range 3 {
				if math.Abs(p[axis]-float64(line.Points[3*k+axis])) > 1e-4 {
					t.Fatalf("streamline %d, point %d: %v, want %v", n, k, line.Points[3*k:][:3], p)
				}
			}
		}
	}
	if n != 5000 || points != s.Points() {
		t.Fatal(n, points, s.Points())
	}
	part, err := s.Open(123_457, 5)
	if err != nil {
		t.Fatal(err)
	}
	whole, _ := s.Open(0, s.Size())
	a, _ := io.ReadAll(part)
	b, _ := io.ReadAll(whole)
	if string(a) != string(b[123_457:123_462]) {
		t.Fatal("a part differs from the whole")
	}
}
