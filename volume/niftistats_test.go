package volume_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"ngportal/volume"
)

func TestNIfTIStatsBadInput(t *testing.T) {
	le := binary.LittleEndian
	header := nifti1(le, nil)
	img, err := volume.ReadNIfTI(header)
	if err != nil {
		t.Fatal(err)
	}
	file := header
	for i := range 24 {
		file = le.AppendUint16(file, uint16(i))
	}
	got, err := volume.NIfTIStats(img, bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	wantStats(t, got, []volume.Stats{{Min: 1, Max: 23, Q01: 1.22, Q99: 22.78, Count: 23}}, 1e-12)
	if got, err = volume.NIfTIStats(img, bytes.NewReader(file[:352+7])); err != nil || got[0].Max != 2 || got[0].Count != 2 {
		t.Errorf("file cut in its fourth voxel: got %+v, error %v", got, err)
	}
	for name, raw := range map[string][]byte{"header alone": header, "half a header": header[:100], "half a voxel": file[:353]} {
		if _, err = volume.NIfTIStats(img, bytes.NewReader(raw)); !errors.Is(err, volume.ErrInvalid) {
			t.Errorf("%s: error %v, want ErrInvalid", name, err)
		}
	}
	unwell := errors.New("connection lost")
	broken := io.MultiReader(bytes.NewReader(file[:360]), &failing{unwell})
	if _, err = volume.NIfTIStats(img, broken); !errors.Is(err, unwell) || errors.Is(err, volume.ErrInvalid) {
		t.Errorf("error %v, want it to wrap only %v", err, unwell)
	}
	if _, err = volume.NIfTIStats(&volume.Image{}, bytes.NewReader(file)); !errors.Is(err, volume.ErrInvalid) {
		t.Errorf("no NIfTI image: error %v, want ErrInvalid", err)
	}
	colors, err := volume.ReadNIfTI(nifti1(le, func(raw []byte) { le.PutUint16(raw[70:], 128) }))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := volume.NIfTIStats(colors, bytes.NewReader(file)); !errors.Is(err, volume.ErrInvalid) {
		t.Errorf("colors: error %v, want ErrInvalid", err)
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

// endless is a file that never ends: 0, 1 … 250 again and again.
type endless struct{ read int64 }

func (e *endless) Read(p []byte) (int, error) {
	for n := 0; n < len(p); {
		n += copy(p[n:], cycle[(e.read+int64(n))%251:])
	}
	e.read += int64(len(p))
	return len(p), nil
}

func TestNIfTIStatsIsBounded(t *testing.T) {
	img, err := volume.ReadNIfTI(nifti2(1<<16, 1<<16, 1<<16))
	if err != nil {
		t.Fatal(err)
	}
	e := &endless{}
	got, err := volume.NIfTIStats(img, e)
	if err != nil {
		t.Fatal(err)
	}
	if e.read > 260<<20 || got[0].Count == 0 || got[0].Count > 1<<24 {
		t.Errorf("read %d MiB, got %+v", e.read>>20, got)
	}
}

func TestNIfTIStatsOfManyVoxels(t *testing.T) {
	img, err := volume.ReadNIfTI(nifti2(512, 512, 150)) // 39 million voxels: every third one is taken
	if err != nil {
		t.Fatal(err)
	}
	got, err := volume.NIfTIStats(img, &endless{})
	if err != nil {
		t.Fatal(err)
	}
	// All of 0 … 250 come equally often, since 251 is odd; of 13107200 voxels 1/251 are 0.
	want := volume.Stats{Min: 1, Max: 250, Q01: 3, Q99: 248, Count: 13107200 - 52220}
	if g := got[0]; g.Min != want.Min || g.Max != want.Max || !near(g.Q01, want.Q01, 0.5) || !near(g.Q99, want.Q99, 0.01) || !near(float64(g.Count), float64(want.Count), 1e-6) {
		t.Errorf("got %+v, want about %+v", g, want)
	}
}
