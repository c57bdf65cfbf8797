package phantom

import (
	"fmt"
	"strings"
)

const description = "A head defined by formulas, for trying the portal. It never was anybody's."

// writePrivate writes what [PrivateBucket] holds.
func writePrivate(t tree) error {
	for _, step := range []func(tree) error{putPapers, putT1w, putFA, putXPCT, putDseg, putTracts, putRegistered} {
		if err := step(t); err != nil {
			return err
		}
	}
	return nil
}

func putPapers(t tree) error {
	if err := putDescription(t, "Phantom head"); err != nil {
		return err
	}
	if err := t.putText("participants.tsv", "participant_id\tspecies\tage\tsex\nsub-phantom\thomo sapiens\tn/a\tn/a\n"); err != nil {
		return err
	}
	return t.putText("README", description+`

rawdata/      a T1-weighted volume, scanned at an angle
derivatives/  sub-phantom: fractional anisotropy, labels, phase-contrast X-ray of the left hemisphere, streamlines;
              sub-I58: the left hemisphere in four blocks, each in a space of its own, with the registrations in xfm/

All of sub-phantom is in RAS+ millimeters and lines up. The bright spot in the frontal lobe is on the left.
`)
}

func putDescription(t tree, name string) error {
	return t.putJSON("dataset_description.json", map[string]any{
		"Name": name, "BIDSVersion": "1.10.0", "DatasetType": "raw", "License": "CC0",
		"Authors": []string{"ngportal demo"}, "Acknowledgements": description,
	})
}

func putT1w(t tree) error {
	v := T1w()
	data, err := nifti(v.Grid, render(v.Grid, noise{1, v.Noise}, v.Value), "ngportal phantom, T1-weighted")
	if err != nil {
		return err
	}
	if err := t.put(v.Key, data); err != nil {
		return err
	}
	return t.putJSON(sidecar(v.Key), map[string]any{
		"Modality": "MR", "MagneticFieldStrength": 3, "EchoTime": 0.00298, "RepetitionTime": 2.3,
		"FlipAngle": 9, "SampleEnvironment": "in vivo", "Description": description,
	})
}

func putFA(t tree) error {
	v := FA()
	c, err := bloscCodec(2)
	if err != nil {
		return err
	}
	base := render(v.Grid, noise{2, v.Noise}, v.Value)
	m := image{
		name: "FA", unit: "millimeter", chunk: []int{64, 64, 64}, width: 2,
		levels: pyramid(v.Grid, base, [3]int{2, 2, 2}, 4),
	}
	if err := t.putZarr2(v.Key, m, c); err != nil {
		return err
	}
	return t.putJSON(sidecar(v.Key), map[string]any{
		"Description": "Fractional anisotropy times 1000", "Units": "0.001", "PixelSize": []float64{1, 1, 1.5}, "PixelSizeUnits": "mm",
	})
}

func putXPCT(t tree) error {
	v := XPCT()
	c, err := zstdCodec()
	if err != nil {
		return err
	}
	base := render(v.Grid, noise{3, v.Noise}, v.Value)
	m := image{
		name: "XPCT", unit: "micrometer", chunk: []int{32, 32, 32}, width: 1,
		levels: pyramid(v.Grid, base, [3]int{2, 2, 2}, 3),
	}
	if err := t.putZarr3(v.Key, m, c, 2); err != nil {
		return err
	}
	return t.putJSON(sidecar(v.Key), map[string]any{
		"Description": "Phase-contrast X-ray of the left hemisphere", "BodyPart": "BRAIN", "BodyPartDetails": "left hemisphere",
		"PixelSize": []float64{800, 800, 800}, "PixelSizeUnits": "um", "SampleEnvironment": "ex vivo",
	})
}

func putDseg(t tree) error {
	v := Dseg()
	m := image{name: "dseg", unit: "millimeter", chunk: []int{64, 64, 64}, width: 4, extra: imageLabel()}
	for f := 1; f <= 4; f *= 2 {
		g := v.Grid.coarser([3]int{f, f, f}) // labels cannot be averaged: each level asks the head itself
		m.levels = append(m.levels, level{g, render(g, noise{}, v.Value)})
	}
	if err := t.putZarr2(v.Key, m, gzipCodec()); err != nil {
		return err
	}
	var table strings.Builder
	table.WriteString("index\tname\tcolor\n")
	for _, l := range Labels() {
		fmt.Fprintf(&table, "%d\t%s\t#%02X%02X%02X\n", l.Label, l.Name, l.Color[0], l.Color[1], l.Color[2])
	}
	return t.putText(DsegTableKey, table.String())
}

// imageLabel is OME-Zarr 0.4's description of labels.
func imageLabel() map[string]any {
	var colors, properties []any
	for _, l := range Labels() {
		colors = append(colors, map[string]any{
			"label-value": l.Label, "rgba": []int{int(l.Color[0]), int(l.Color[1]), int(l.Color[2]), 255},
		})
		properties = append(properties, map[string]any{"label-value": l.Label, "name": l.Name})
	}
	return map[string]any{"image-label": map[string]any{"version": "0.4", "colors": colors, "properties": properties}}
}

func putTracts(t tree) error {
	lines := Streamlines()
	data, err := trk(tractGrid(), "LAS", lines)
	if err != nil {
		return err
	}
	if err := t.put(TRKKey, data); err != nil {
		return err
	}
	var sift []Streamline
	for i := 0; i < len(lines); i += SiftEvery {
		sift = append(sift, lines[i])
	}
	if err := t.put(TCKKey, tck(sift)); err != nil {
		return err
	}
	for key, count := range map[string]int{TRKKey: len(lines), TCKKey: len(sift)} {
		err := t.putJSON(sidecar(key), map[string]any{
			"Description": "Streamlines along the phantom's bundles", "Count": count, "Bundles": Bundles(),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// sidecar is the key of the .json file beside an asset.
func sidecar(key string) string {
	key = strings.TrimSuffix(key, "/")
	for _, suffix := range []string{".ome.zarr", ".nii.gz", ".trk", ".tck"} {
		key = strings.TrimSuffix(key, suffix)
	}
	return key + ".json"
}
