package volume

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// siExponent is the power of ten of an SI prefix, long or short. Neuroglancer's table has the
// same ones (src/util/si_units.ts).
func siExponent(prefix string) (exponent int, ok bool) {
	const longs = "yotta zetta exa peta tera giga mega kilo hecto deca . deci centi milli micro nano pico femto atto zepto yocto"
	const shorts = "Y Z E P T G M k h da . d c m µ n p f a z y"
	exponents := [...]int{24, 21, 18, 15, 12, 9, 6, 3, 2, 1, 0, -1, -2, -3, -6, -9, -12, -15, -18, -21, -24}
	switch prefix {
	case "":
		prefix = "."
	case ".":
		return 0, false
	}
	for _, table := range []string{longs, shorts} {
		for i, p := range strings.Fields(table) {
			if p == prefix {
				return exponents[i], true
			}
		}
	}
	return 0, false
}

// omeUnit gives the meters or seconds in one unit of OME-Zarr, in the spelling of the
// specification. Neuroglancer refuses an image with any other (src/datasource/zarr/ome.ts).
func omeUnit(name string) (meters, seconds float64, ok bool) {
	switch name {
	case "angstrom":
		return 1e-10, 0, true
	case "foot":
		return 0.3048, 0, true
	case "inch":
		return 0.0254, 0, true
	case "mile":
		return 1609.34, 0, true
	case "parsec":
		return 3.0856775814913673e16, 0, true
	case "yard":
		return 0.9144, 0, true
	case "minute":
		return 0, 60, true
	case "hour":
		return 0, 3600, true
	case "day":
		return 0, 86400, true
	}
	if prefix, found := strings.CutSuffix(name, "meter"); found && (prefix == "" || len(prefix) > 2) {
		e, known := siExponent(prefix)
		return math.Pow10(e), 0, known
	}
	if prefix, found := strings.CutSuffix(name, "second"); found && (prefix == "" || len(prefix) > 2) {
		e, known := siExponent(prefix)
		return 0, math.Pow10(e), known
	}
	return 0, 0, false
}

// anyUnit understands what people write although OME-Zarr does not allow it: symbols,
// plurals, British spelling. It gives zeros for what it does not understand.
func anyUnit(name string) (meters, seconds float64) {
	name = strings.ReplaceAll(strings.TrimSpace(name), "μ", "µ") // the Greek letter for the micro sign
	if m, s, ok := omeUnit(strings.ToLower(name)); ok {
		return m, s
	}
	switch strings.ToLower(name) {
	case "um", "micron", "microns":
		return 1e-6, 0
	case "us":
		return 0, 1e-6
	case "å":
		return 1e-10, 0
	case "sec", "secs":
		return 0, 1
	case "min":
		return 0, 60
	}
	if m, s, ok := symbolUnit(name); ok {
		return m, s
	}
	plain := strings.Replace(strings.TrimSuffix(strings.ToLower(name), "s"), "metre", "meter", 1) //nolint:misspell // British spelling is what is looked for
	meters, seconds, _ = omeUnit(plain)
	return meters, seconds
}

// symbolUnit reads m and s with an SI prefix, such as "nm".
func symbolUnit(name string) (meters, seconds float64, ok bool) {
	if prefix, found := strings.CutSuffix(name, "m"); found && len(prefix) <= 2 {
		e, known := siExponent(prefix)
		return math.Pow10(e), 0, known
	}
	if prefix, found := strings.CutSuffix(name, "s"); found && len(prefix) <= 2 {
		e, known := siExponent(prefix)
		return 0, math.Pow10(e), known
	}
	return 0, 0, false
}

var quantityForm = regexp.MustCompile(`^([-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)\s*(.*)$`)

// quantity reads an element of the attribute dimension_units, such as "4 nm" or "1 micrometer",
// as Neuroglancer does (src/datasource/zarr/metadata/parse.ts); ok is false where it refuses.
func quantity(text string) (size float64, a Axis, ok bool) {
	size, unit := 1.0, strings.TrimSpace(text)
	if m := quantityForm.FindStringSubmatch(unit); m != nil {
		v, err := strconv.ParseFloat(m[1], 64)
		if err != nil || v <= 0 || !sizes(v) {
			return 1, Axis{}, false
		}
		size, unit = v, m[2]
	}
	a.Unit = unit
	if unit == "" {
		return size, a, true
	}
	if a.Meters, a.Seconds, ok = omeUnit(unit); ok {
		return size, a, true
	}
	if a.Meters, a.Seconds, ok = symbolUnit(unit); ok {
		return size, a, true
	}
	a.Meters, a.Seconds = anyUnit(unit)
	return size, a, false
}
