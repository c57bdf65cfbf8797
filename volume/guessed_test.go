package volume_test

import (
	"fmt"
	"io/fs"
	"testing"

	"ngportal/volume"
)

// TestGuessedAxis: OME-Zarr 0.4 need not say the type of an axis; Neuroglancer then treats it otherwise.
func TestGuessedAxis(t *testing.T) {
	for axis, want := range map[string]bool{`{"name":"c"}`: true, `{"name":"c","type":"channel"}`: false} {
		files := map[string]string{
			".zattrs": `{"multiscales":[{"version":"0.4","axes":[` + axis + `,{"name":"y","type":"space"},{"name":"x","type":"space"}],
				"datasets":[{"path":"0","coordinateTransformations":[{"type":"scale","scale":[1,1,1]}]}]}]}`,
			"0/.zarray": `{"zarr_format":2,"shape":[2,4,4],"chunks":[1,4,4],"dtype":"|u1","compressor":null,"fill_value":0,"order":"C","filters":null}`,
		}
		img, err := volume.ReadZarr(func(name string) ([]byte, error) {
			if text, ok := files[name]; ok {
				return []byte(text), nil
			}
			return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
		})
		if err != nil {
			t.Fatal(err)
		}
		if c := img.Axes[0]; c.Kind != "channel" || c.Guessed != want {
			t.Errorf("axis %s: kind %q, guessed %t, want channel, %t", axis, c.Kind, c.Guessed, want)
		}
	}
}
