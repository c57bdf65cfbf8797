package ngstate_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"ngportal/ngstate"
)

// agree fails unless the viewer puts a voxel at want, in millimeters: by its rules as they are understood here, and, where
// there is node and the viewer's package, by its own code.
func agree(t *testing.T, what string, a ngstate.Asset, s space, voxel []float64, want [3]float64) (address string) {
	t.Helper()
	address, source := sourceOf(t, a)
	got := s.locate(t, source, voxel)
	for i, name := range []string{"x", "y", "z"} {
		at, ok := got[name]
		if !ok || math.Abs(at*1e3-want[i]) > 1e-9*(1+math.Abs(want[i])) {
			t.Fatalf("%s: voxel %v lies at %s = %v mm, want %v\n%s", what, voxel, name, at*1e3, want[i], source)
		}
	}
	var o struct{ Transform json.RawMessage }
	_ = json.Unmarshal(source, &o)
	asked = append(asked, question{"", s.raw(), s.names, s.meters, s.origin, o.Transform, voxel, want, what})
	return address
}

func (s space) raw() json.RawMessage {
	if s.attrs == "" {
		return nil
	}
	return json.RawMessage(s.attrs)
}

// A question is one for testdata/locate.mjs.
type question struct {
	Lib    string          `json:"lib"`
	Attrs  json.RawMessage `json:"attrs,omitempty"`
	Names  []string        `json:"names"`
	Meters []float64       `json:"meters"`
	Origin []float64       `json:"origin"`
	Spec   json.RawMessage `json:"spec,omitempty"`
	Voxel  []float64       `json:"voxel"`
	want   [3]float64
	what   string
}

// asked are the questions of a test so far; they go to node together, because starting it takes long.
var asked []question

// askNeuroglancer asks Neuroglancer's own code what it makes of the sources that [agree] has looked at, where there is
// node and the viewer's package.
func askNeuroglancer(t *testing.T) {
	t.Helper()
	questions := asked
	asked = nil
	lib, err := filepath.Abs("../viewer/node_modules/neuroglancer/lib")
	if err != nil {
		t.Fatal(err)
	}
	node, err := exec.LookPath("node")
	if _, missing := os.Stat(lib); err != nil || missing != nil {
		t.Log("not asked Neuroglancer itself: there is no node, or its packages are not installed (npm ci in viewer/)")
		return
	}
	questions[0].Lib = lib
	in, err := json.Marshal(questions)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, "testdata/locate.mjs")
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var answers []map[string]float64
	if err = json.Unmarshal(out, &answers); err != nil || len(answers) != len(questions) {
		t.Fatalf("%d answers to %d questions: %v", len(answers), len(questions), err)
	}
	for i, q := range questions {
		for row, name := range []string{"x", "y", "z"} {
			at, ok := answers[i][name]
			if !ok || math.Abs(at*1e3-q.want[row]) > 1e-9*(1+math.Abs(q.want[row])) {
				t.Fatalf("%s: Neuroglancer puts voxel %v at %s = %v mm, want %v\n%s", q.what, q.Voxel, name, at*1e3, q.want[row], q.Spec)
			}
		}
	}
	t.Logf("%d places", len(questions))
}
