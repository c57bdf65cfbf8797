package volume

import "fmt"

// ReadN5 recognizes an N5 dataset or multiscale group by its attributes.json.
//
// A dataset has one level, with sizes from "pixelResolution" where it is there. A multiscale
// group ("scales" or "downsamplingFactors" of BigDataViewer, "multiScale" of Paintera) has none
// here: its levels are datasets of their own. The error wraps [ErrInvalid], also for a plain container.
func ReadN5(attributes []byte) (*Image, error) {
	o, err := parse(attributes, "dimensions", "dataType", "blockSize", "compression", "pixelResolution",
		"scales", "downsamplingFactors", "multiScale")
	if err != nil {
		return nil, fmt.Errorf("read attributes.json: %w", err)
	}
	img := &Image{Format: N5, Kind: "volume", DType: o.text("dataType")}
	if !o.has("dimensions") {
		if o.has("scales") || o.has("downsamplingFactors") || o.has("multiScale") {
			return img, nil
		}
		return nil, fmt.Errorf("read attributes.json: %w", invalid("this is an N5 container; open one of the datasets in it"))
	}
	if err := img.readN5(o); err != nil {
		return nil, fmt.Errorf("read attributes.json: %w", err)
	}
	return img, nil
}

func (img *Image) readN5(o object) error {
	var l Level
	var err error
	if l.Shape, err = o.extent("dimensions", 0); err != nil {
		return err
	}
	if l.Chunk, err = o.extent("blockSize", len(l.Shape)); err != nil {
		return err
	}
	if img.DType == "" {
		return invalid("the member \"dataType\" is missing")
	}
	if !viewerDType(img.DType, N5) {
		img.refuse(RuleDType, noDType, img.DType)
	}
	compression, err := members(o["compression"], "type")
	if l.Encoding = compression.text("type"); err != nil || l.Encoding == "" {
		l.Encoding = "raw"
	}
	sizes, unit := n5Resolution(o, len(l.Shape))
	for i := range l.Shape {
		a := Axis{Name: fmt.Sprintf("d%d", i), Unit: unit}
		if i < 3 && len(l.Shape) >= 3 {
			a.Name, a.Kind = "xyz"[i:i+1], "space"
		}
		a.Meters, a.Seconds = anyUnit(unit)
		img.Axes = append(img.Axes, a)
		l.Scale = append(l.Scale, sizes[i])
		l.Translation = append(l.Translation, sizes[i]/2)
	}
	if unit == "" {
		img.warn(RuleUnit, "The N5 dataset says no unit: it cannot line up with other data by itself.")
	}
	img.Levels = []Level{l}
	return nil
}

// n5Resolution reads {"unit": …, "dimensions": […]}, or the numbers alone; without them a voxel is 1.
func n5Resolution(o object, rank int) (sizes []float64, unit string) {
	raw := o["pixelResolution"]
	if r, err := members(raw, "unit", "dimensions"); err == nil {
		raw, unit = r["dimensions"], r.text("unit")
	}
	sizes, err := numbers(raw, rank)
	valid := err == nil
	for _, s := range sizes {
		valid = valid && s > 0
	}
	if valid {
		return sizes, unit
	}
	sizes = make([]float64, rank)
	for i := range sizes {
		sizes[i] = 1
	}
	return sizes, unit
}
