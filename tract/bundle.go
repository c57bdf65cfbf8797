package tract

import (
	"math"
	"slices"
	"strings"
)

// bundleProperty returns the number of the property that by its name tells the bundle of a streamline, or -1.
func bundleProperty(properties []Column) int {
	names := []string{"bundle", "bundle_id", "cluster", "cluster_id", "label", "labels", "tract", "tract_id"}
	return slices.IndexFunc(properties, func(c Column) bool {
		return c.Components == 1 && slices.Contains(names, strings.ToLower(strings.TrimSpace(c.Name)))
	})
}

// bundleOf is the bundle that the value of such a property stands for, see [Streamline].
func bundleOf(v float32) uint16 {
	switch {
	case v == 0:
		return Unassigned
	case v < 1 || v >= Unassigned || math.Trunc(float64(v)) != float64(v): // or NaN
		return 0
	}
	return uint16(v)
}
