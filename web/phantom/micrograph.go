package phantom

import (
	"fmt"
	"math"
	"strings"
)

// writeMicroscopy writes what [MicroscopyBucket] holds.
func writeMicroscopy(t tree) error {
	if err := putDescription(t, "Phantom microscopy"); err != nil {
		return err
	}
	for _, step := range []func(tree) error{putFluo, putTiles, putOdd} {
		if err := step(t); err != nil {
			return err
		}
	}
	return nil
}

func putFluo(t tree) error {
	v := Fluo()
	c, err := bloscCodec(2)
	if err != nil {
		return err
	}
	var volumes []array
	for n := range Channels() {
		value := func(x, y, z float64) float64 { return Fluorescence(n, x, y, z) }
		volumes = append(volumes, render(v.Grid, noise{uint64(100 + n), v.Noise}, value))
	}
	m := image{
		name: "FLUO", unit: "micrometer", chunk: []int{1, 14, 120, 120}, width: 2, extra: omero(),
		levels: pyramid(v.Grid, stack(volumes), [3]int{2, 2, 1}, 3),
	}
	if err := t.putZarr2(v.Key, m, c); err != nil {
		return err
	}
	return t.putJSON(sidecar(v.Key), map[string]any{
		"SampleStaining": []string{"DAPI", "Lectin", "MBP", "GFAP"}, "PixelSize": []float64{0.65, 0.65},
		"PixelSizeUnits": "um", "SliceThickness": 2.5, "SliceThicknessUnits": "um", "SampleEnvironment": "ex vivo",
	})
}

// omero tells viewers how to show the channels.
func omero() map[string]any {
	var channels []any
	for _, c := range Channels() {
		channels = append(channels, map[string]any{
			"label": c.Label, "color": c.Color, "active": true, "family": "linear", "coefficient": 1, "inverted": false,
			"window": map[string]any{"min": 0, "max": 65535, "start": fluoDark + 10, "end": c.Max},
		})
	}
	return map[string]any{"omero": map[string]any{
		"id": 1, "name": "sub-phantom_sample-slice0001_stain-multi_FLUO", "version": "0.4", "channels": channels,
		"rdefs": map[string]any{"defaultT": 0, "defaultZ": 7, "model": "color"},
	}}
}

// putTiles writes many small objects, as a microscope does that writes one for each field of view.
func putTiles(t tree) error {
	for n := 1; n <= TileCount; n++ {
		row, column := (n-1)/50, (n-1)%50
		text := fmt.Sprintf(`{"tile": %d, "row": %d, "column": %d, "x_um": %.1f, "y_um": %.1f, "mean": %d}`+"\n",
			n, row, column, float64(column)*149.5, float64(row)*149.5, 100+hash(50, uint64(n))%900)
		if err := t.putText(fmt.Sprintf("%stile-%04d.json", TilesPrefix, n), text); err != nil {
			return err
		}
	}
	return nil
}

// OddKeys lists the small text objects with odd names below [OddPrefix].
// [OddTRKKey] and [OddZarrKey] lie there besides.
func OddKeys() []string {
	names := []string{
		"a name with spaces.txt",
		"plus+sign.txt",
		"hash #1.txt",
		"100%.txt",
		"this & that.txt",
		"single 'quotes'.txt",
		`double "quotes".txt`,
		"brackets [1] (2) {3}.txt",
		"über-Größe.txt", // composed letters (NFC)
		"<script>alert(1)<script>.txt",
		`"><img src=x onerror=alert(1)>.txt`,
		"what?.txt",
		"a=b;c.txt",
		"~tilde~.txt",
		"@home, $5, 2*3, a|b.txt",
		"brain 🧠.txt",
		"encoded%2Fslash.txt",
		"encoded%20space.txt",
		"ends with a dot.",
		"long-" + strings.Repeat("x", 191) + ".txt",
		"sub folder #1 & more/plain.txt",
		"sub folder #1 & more/Ü+ü %25/deep file?.txt",
		"<b>bold<b>/it's \"here\".txt",
		"quer=y?a=1&b=2/file.txt",
		"%2F/file.txt",
	}
	for i, name := range names {
		names[i] = OddPrefix + name
	}
	return names
}

func putOdd(t tree) error {
	for i, key := range OddKeys() {
		if err := t.putText(key, fmt.Sprintf("Odd name %d of the phantom: %s\n", i+1, key)); err != nil {
			return err
		}
	}
	lines := []Streamline{helix(1), helix(-1)}
	g := Grid{Size: [3]int{20, 20, 20}, Voxel: [3]float64{2, 2, 2}, Axes: upright()}
	g = g.centered([3]float64{})
	data, err := trk(g, "RAS", lines)
	if err != nil {
		return err
	}
	if err := t.put(OddTRKKey, data); err != nil {
		return err
	}
	small := Grid{Size: [3]int{16, 16, 16}, Voxel: [3]float64{2, 2, 2}, Axes: upright()}.centered([3]float64{})
	ball := func(x, y, z float64) float64 { return 1000 * smoothstep(14, 6, math.Sqrt(x*x+y*y+z*z)) }
	m := image{
		name: "tiny", unit: "millimeter", chunk: []int{16, 16, 16}, width: 2,
		levels: pyramid(small, render(small, noise{}, ball), [3]int{2, 2, 2}, 2),
	}
	return t.putZarr2(OddZarrKey, m, gzipCodec())
}

// helix is a small streamline around the origin.
func helix(turn float64) Streamline {
	s := Streamline{Bundle: callosumName}
	for i := range 40 {
		a := float64(i) / 5
		s.Points = append(s.Points, [3]float64{12 * math.Cos(turn*a), 12 * math.Sin(turn*a), float64(i)/2 - 10})
	}
	return s
}
