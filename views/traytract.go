package views

// A TractControl is what can be changed about the looks of a tractogram.
type TractControl struct {
	As          []Option // nil where there is no choice
	Notes       []string // a sentence for each representation
	Colors      []Option
	Paint       string // "#rrggbb", of one color for all
	Densities   []Option
	Width       string // pixels; "" for automatic
	MinLength   string // mm; "" for none
	Frames      []Option
	Bundles     []BundleTick
	BundlesWord string // "72 bundles", "2 of 72 bundles"
	BundlesNote string // that there are more than are listed; "" when there are not
}

// A BundleTick is a bundle that can be chosen.
type BundleTick struct {
	Value  string
	Name   string
	Count  string // streamlines; "" where that is not known
	Chosen bool
}

// searched reports whether the bundles are so many that one wants to search them.
func (c TractControl) searched() bool {
	const few = 12
	return len(c.Bundles) > few
}

// chosen reports whether any bundle is.
func (c TractControl) chosen() bool {
	for _, b := range c.Bundles {
		if b.Chosen {
			return true
		}
	}
	return false
}
