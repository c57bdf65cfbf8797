package volume

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// readSpace finds the axes of the image; they stay unknown where nothing in the group tells how many there are.
func (r *n5Reader) readSpace() error {
	if n := n5Rank(r.group); n > 0 {
		return r.space(r.group)
	}
	return nil
}

// n5Rank is how many axes the attributes speak of, 0 if of none.
func n5Rank(o object) int {
	resolution, _ := members(o["pixelResolution"], "dimensions")
	for _, raw := range []json.RawMessage{o["dimensions"], o["resolution"], o["axes"], o["units"], resolution["dimensions"]} {
		if list, _, err := elements(raw, maxRank); err == nil && len(list) > 0 {
			return len(list)
		}
	}
	for _, name := range []string{"scales", "downsamplingFactors"} {
		list, _, err := elements(o[name], 1)
		if err != nil || len(list) == 0 {
			continue
		}
		if inner, _, err := elements(list[0], maxRank); err == nil {
			return len(inner)
		}
		whole, _, _ := elements(o[name], maxRank)
		return len(whole)
	}
	return 0
}

// space makes the axes from the attributes o and, before these, of the group.
func (r *n5Reader) space(o object) error {
	rank := n5Rank(o)
	if rank == 0 {
		return invalid("nothing tells how many axes there are")
	}
	names := n5AxisNames(rank)
	if o.has("axes") {
		if names = o.strs("axes"); len(names) != rank {
			return invalid("\"axes\" names %d axes where there are %d", len(names), rank)
		}
	}
	sizes, units, err := r.resolution(o, rank)
	if err != nil {
		return err
	}
	r.sizes = sizes
	unitless := true
	for i, name := range names {
		a := Axis{Name: name, Kind: kindOf(name), Unit: units[i], Guessed: true}
		a.Meters, a.Seconds = anyUnit(a.Unit)
		unitless = unitless && a.Unit == ""
		if !viewerUnit(a.Unit) {
			r.img.refuse(RuleUnitName, "Axis %s has the unit %.40q; for N5, Neuroglancer takes only symbols such as \"nm\" or \"um\".", name, a.Unit)
		}
		r.img.Axes = append(r.img.Axes, a)
	}
	if unitless {
		r.img.warn(RuleUnit, "The N5 attributes say no unit here: Neuroglancer takes nanometers.")
	}
	r.img.checkNames()
	return nil
}

// n5AxisNames are the names of axes that have none (getDefaultAxes in Neuroglancer's n5/frontend.ts).
func n5AxisNames(rank int) []string {
	names := strings.Split("xyztc", "")
	for i := len(names); i < rank; i++ {
		names = append(names, fmt.Sprintf("d%d", i+1))
	}
	return names[:rank]
}

// resolution reads voxel sizes and units: "pixelResolution" stands before "resolution", "units" before its unit.
func (r *n5Reader) resolution(o object, rank int) (sizes []float64, units []string, err error) {
	sizes = slices.Repeat([]float64{1}, rank)
	raw, unit := o["resolution"], ""
	if o.has("pixelResolution") {
		p, bad := members(o["pixelResolution"], "unit", "dimensions")
		if !p.has("unit") {
			r.img.refuse(RuleUnitName, "The attribute pixelResolution says no unit, and Neuroglancer then refuses it.")
		}
		if bad != nil {
			raw = o["pixelResolution"] // the numbers alone, as the first versions of N5-viewer had it
		} else if unit = p.text("unit"); p.has("dimensions") {
			raw = p["dimensions"]
		}
	}
	if raw != nil {
		if sizes, err = positive(raw, rank); err != nil {
			return nil, nil, inMember("resolution", err)
		}
	}
	units = slices.Repeat([]string{unit}, rank)
	if o.has("units") {
		if units = o.strs("units"); len(units) != rank {
			return nil, nil, invalid("\"units\" names %d units where there are %d axes", len(units), rank)
		}
	}
	return sizes, units, nil
}

// viewerUnit tells whether Neuroglancer understands the unit of an N5 dataset (src/util/si_units.ts); "" stands for none.
func viewerUnit(unit string) bool {
	for _, base := range []string{"rad/s", "Hz", "m", "s"} {
		if prefix, found := strings.CutSuffix(unit, base); found {
			_, ok := siExponent(prefix)
			return prefix == "u" || ok && len([]rune(prefix)) <= 2
		}
	}
	return unit == ""
}

// listed returns the levels that the group lists; nil when it lists none.
func (r *n5Reader) listed() ([]n5Level, error) {
	name := "scales"
	if !r.group.has(name) {
		name = "downsamplingFactors"
	}
	list, more, err := elements(r.group[name], MaxLevels)
	if !r.group.has(name) {
		return r.cosem()
	}
	if err != nil || len(list) == 0 {
		return nil, invalid("%q is no list of levels: %s", name, excerpt(r.group[name]))
	}
	if more {
		r.img.warn(RuleLevels, "The image has more than %d levels; the others are passed over.", MaxLevels)
	}
	if _, alone := number(list[0]); alone && name == "downsamplingFactors" {
		return r.cosem() // those of this level alone
	}
	levels := make([]n5Level, len(list))
	for i, raw := range list {
		levels[i].path = fmt.Sprintf("s%d", i)
		if levels[i].factors, err = positive(raw, len(r.sizes)); err != nil {
			return nil, inMember(name, err)
		}
	}
	return levels, nil
}

// cosem returns the levels of "multiscales", an attribute of COSEM's that Neuroglancer does not read. Their voxels are
// taken to be as much larger as their attributes say, since Neuroglancer would read these, too.
func (r *n5Reader) cosem() ([]n5Level, error) {
	if !r.group.has("multiscales") {
		return nil, nil
	}
	list, _, err := elements(r.group["multiscales"], 1)
	if err != nil || len(list) == 0 {
		return nil, invalid("\"multiscales\" is no list of images: %s", excerpt(r.group["multiscales"]))
	}
	first, err := members(list[0], "datasets")
	if err != nil {
		return nil, inMember("multiscales", err)
	}
	datasets, _, err := elements(first["datasets"], MaxLevels)
	if err != nil {
		return nil, inMember("multiscales", err)
	}
	var levels []n5Level
	for _, raw := range datasets {
		d, err := members(raw, "path")
		if err != nil {
			return nil, inMember("multiscales", err)
		}
		levels = append(levels, n5Level{path: d.text("path")})
	}
	r.img.refuse(RuleLevels, "The levels are listed in \"multiscales\", which Neuroglancer does not read in N5; it needs \"scales\".")
	return levels, nil
}

// factors reads how much larger than the finest the voxels of a dataset are; 1 when it does not say.
func (r *n5Reader) factors(o object) ([]float64, error) {
	rank := len(r.sizes)
	list, _, err := elements(o["downsamplingFactors"], 1)
	if err == nil && len(list) > 0 {
		if _, alone := number(list[0]); alone {
			factors, err := positive(o["downsamplingFactors"], rank)
			return factors, err
		}
	}
	return slices.Repeat([]float64{1}, rank), nil
}

// positive reads n positive numbers.
func positive(raw json.RawMessage, n int) ([]float64, error) {
	values, err := numbers(raw, n)
	if err != nil {
		return nil, err
	}
	for _, v := range values {
		if v <= 0 {
			return nil, invalid("the number %v is not positive", v)
		}
	}
	return values, nil
}
