package volume_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"ngportal/volume"
)

// TestNIfTIZarr has the ways in which the header in a NIfTI-Zarr may differ from the metadata around it.
func TestNIfTIZarr(t *testing.T) {
	header := func(edit func(raw []byte)) string { // 2 × 3 × 4 voxels of 2 × 2.5 × 3 mm
		return string(nifti1(binary.LittleEndian, edit))
	}
	array := func(n int) string {
		return fmt.Sprintf(`{"zarr_format":2,"shape":[%d],"chunks":[%d],"dtype":"|u1","compressor":null,"fill_value":0,"order":"C","filters":null}`, n, n)
	}
	millimeters := strings.ReplaceAll(zyx, "micrometer", "millimeter")
	image := func(scale string) files {
		return files{".zattrs": ome04(millimeters, `[{"type":"scale","scale":`+scale+`}]`, ""), "0/.zarray": plain2}
	}
	tests := map[string]struct {
		array, chunk string
		scale        string
		wantSource   string
		want         string // in the findings; "" for none
	}{
		"as it should be":        {array(352), header(nil), "[3,2.5,2]", "NIfTI-Zarr header", ""},
		"mark of a draft":        {array(352), header(func(raw []byte) { copy(raw[344:], "nz1") }), "[3,2.5,2]", "NIfTI-Zarr header", ""},
		"less than 0.1 % apart":  {array(352), header(nil), "[3.002,2.5,2]", "NIfTI-Zarr header", ""},
		"more than 0.1 % apart":  {array(352), header(nil), "[3.004,2.5,2]", "NIfTI-Zarr header", "along z is 3 mm by the NIfTI header and 3.004 mm by the OME-Zarr metadata"},
		"micrometers in header":  {array(352), header(func(raw []byte) { raw[123] = 3 }), "[3,2.5,2]", "NIfTI-Zarr header", "along x × y × z is 0.002 × 0.0025 × 0.003 mm by the NIfTI header"},
		"another image":          {array(352), header(func(raw []byte) { raw[42] = 7 }), "[3,2.5,2]", "NIfTI-Zarr header", "speaks of 7 voxels along x, and the finest level has 2"},
		"places nothing":         {array(352), header(func(raw []byte) { raw[254] = 0 }), "[3,2.5,2]", "none", "does not say where"},
		"singular":               {array(352), header(func(raw []byte) { putFloat(raw, 280, 0) }), "[3,2.5,2]", "none", "singular"},
		"labels that are scaled": {array(352), header(func(raw []byte) { raw[68], raw[69] = 0xea, 3; putFloat(raw, 112, 2) }), "[3,2.5,2]", "NIfTI-Zarr header", "scales voxels"},
		"no header at all":       {array(352), strings.Repeat("x", 352), "[3,2.5,2]", "OME-Zarr", "does not begin as NIfTI"},
		"too short":              {array(352), "x", "[3,2.5,2]", "OME-Zarr", "has 1 bytes where 352"},
		"no chunk":               {array(352), "", "[3,2.5,2]", "OME-Zarr", "its chunk is not there"},
		"large":                  {array(2 << 20), "x", "[3,2.5,2]", "OME-Zarr", "more than the 1 MiB"},
		"large chunk":            {strings.Replace(array(2<<40), "[2199023255552]", "[352]", 1), "x", "[3,2.5,2]", "OME-Zarr", "not in one chunk"},
		"of words":               {strings.Replace(array(352), "|u1", "<u2", 1), "x", "[3,2.5,2]", "OME-Zarr", "no list of bytes"},
		"no array":               {`{"zarr_format":2,"shape":[-1]}`, "x", "[3,2.5,2]", "OME-Zarr", "holds -1"},
		"absurd offset":          {array(352), header(func(raw []byte) { putFloat(raw, 108, 1e30) }), "[3,2.5,2]", "NIfTI-Zarr header", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := image(tt.scale)
			f["nifti/.zarray"] = tt.array
			if tt.chunk != "" {
				f["nifti/0"] = tt.chunk
			}
			img, err := volume.ReadZarr(f.get)
			if err != nil {
				t.Fatal(err)
			}
			if p := img.Place(); p.Source != tt.wantSource || p.Axes != [3]int{2, 1, 0} {
				t.Errorf("got %+v, want from %s", p, tt.wantSource)
			}
			if img.IsLabel != strings.HasPrefix(name, "labels") {
				t.Errorf("label %t", img.IsLabel)
			}
			wantSentence(t, "findings", strings.Join(sentences(img), " | "), tt.want)
		})
	}
}

// TestNIfTIZarr3 reads the header where zarr v3 has it: nifti/zarr.json and nifti/c/0, or nifti/c.0.
func TestNIfTIZarr3(t *testing.T) {
	inner := strings.TrimSuffix(strings.TrimPrefix(ome04(zyx, scale321, ""), "{"), "}")
	array3 := strings.Replace(strings.Replace(strings.Replace(plain3, "[4,3]", "[4,3,2]", 1), "[2,3]", "[2,3,2]", 1), `["y",null]`, "null", 1)
	header := string(nifti1(binary.LittleEndian, nil))
	for separator, key := range map[string]string{"/": "nifti/c/0", ".": "nifti/c.0"} {
		bytes3 := strings.NewReplacer("[4,3]", "[352]", "[2,3]", "[352]", `["y",null]`, "null", "float32", "uint8", `"NaN"`, "0",
			`{"name":"default"}`, `{"name":"default","configuration":{"separator":"`+separator+`"}}`).Replace(plain3)
		for _, version := range []string{"0.4", "0.5"} { // linc-convert writes 0.4 in v3
			meta := group3("{" + inner + "}")
			if version == "0.5" {
				meta = group3(`{"ome":{"version":"0.5",` + inner + "}}")
			}
			img, err := volume.ReadZarr(files{"zarr.json": meta, "0/zarr.json": array3, "nifti/zarr.json": bytes3, key: header}.get)
			if err != nil {
				t.Fatal(err)
			}
			if p := img.Place(); p.Source != "NIfTI-Zarr header" || p.Matrix != [3][4]float64{{-2, 0, 0, 10}, {0, 2.5, 0, -20}, {0, 0, 3, 30}} || img.OME != version {
				t.Errorf("%s of %s: got %+v, findings %q", key, version, p, sentences(img))
			}
		}
	}
}
