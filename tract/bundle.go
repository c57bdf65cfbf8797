package tract

import (
	"fmt"
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

// bundleName names a bundle that is a value of the property.
func (h *Header) bundleName(id uint16) string {
	value := id
	if id == Unassigned {
		value = 0
	}
	return fmt.Sprintf("%s %d", strings.TrimSpace(h.Properties[h.BundleProperty].Name), value)
}

// SampledBundles are the bundles that a sample has met, where a property numbers them, without counts: a small one may be
// missing.
func (h *Header) SampledBundles(s *Sample) []Bundle {
	if h.BundleProperty < 0 || len(h.Groups) > 0 {
		return nil
	}
	ids := slices.Clone(s.Bundles)
	slices.Sort(ids)
	var out []Bundle
	for _, id := range slices.Compact(ids) {
		if id != 0 && len(out) < maxBundles {
			out = append(out, Bundle{ID: id, Name: h.bundleName(id)})
		}
	}
	return out
}
