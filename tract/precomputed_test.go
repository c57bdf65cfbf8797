package tract_test

import (
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"testing"

	"ngportal/tract"
)

// fails accepts some writes and no more.
type fails struct{ writes int }

func (f *fails) Write(b []byte) (int, error) {
	if f.writes--; f.writes < 0 {
		return 1, io.ErrClosedPipe
	}
	return len(b), nil
}

func TestWriteToStopsAtTheFirstError(t *testing.T) {
	k, _ := build(t, numbered(1000, func(int) int { return 100 }), tract.TRK, tract.Choose(1000, 1000), 1<<30)
	w := &fails{writes: 2}
	n, err := k.WriteTo(w)
	if !errors.Is(err, io.ErrClosedPipe) || n != 2<<16+1 || w.writes != -1 {
		t.Errorf("WriteTo = %d, %v after %d further writes, want %d and the error at once", n, err, -1-w.writes, 2<<16+1)
	}
}

func TestSkeletonInfo(t *testing.T) {
	const want = `{"@type":"neuroglancer_skeletons","transform":[1000000,0,0,0,0,1000000,0,0,0,0,1000000,0],` +
		`"vertex_attributes":[{"id":"orientation","data_type":"float32","num_components":3}],"segment_properties":"prop"}`
	if got := string(tract.SkeletonInfo()); got != want {
		t.Errorf("info %s, want %s", got, want)
	}
}

func TestSegmentProperties(t *testing.T) {
	got := tract.SegmentProperties("CST \"left\" <1,000 of 2,134>", 1000)
	const want = `{"@type":"neuroglancer_segment_properties","inline":{"ids":["1"],"properties":[` +
		`{"id":"label","type":"label","values":["CST \"left\" <1,000 of 2,134>"]},` +
		`{"id":"streamlines","type":"number","data_type":"uint32","values":[1000]}]}}`
	var a, b any
	if err := json.Unmarshal(got, &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("segment properties %s, want %s", got, want)
	}
}
