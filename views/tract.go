package views

// A Tractogram is what the page of one shows beside its facts.
type Tractogram struct {
	Lengths     *Chart // nil while they are not known
	Bundles     []Bundle
	BundlesOpen bool   // they are few enough to be seen at once
	BundlesNote string // "and 200 more"; "" when all are here
	BundlesWord string // "72 bundles"
}

// A Bundle is a named set of streamlines.
type Bundle struct {
	Name        string
	Href        string // of what it is made of; "" for nothing
	Streamlines string // "" where that is not known
	MeanLength  string // "52.3 mm"; "" where that is not known
}

// A Chart is a histogram in a box of 400 × 120, of which the lower 20 are for the axis.
type Chart struct {
	Title string
	Path  string // of an area
	Ticks []Tick
	Alt   string // the same in words
	Note  string // below it
}

// A Tick is a place on an axis.
type Tick struct {
	X    string
	Text string
}

// anchor keeps the words of the first and the last tick in the box.
func (c Chart) anchor(i int) string {
	switch i {
	case 0:
		return "start"
	case len(c.Ticks) - 1:
		return "end"
	}
	return "middle"
}

// meanLengths tells whether that of any bundle is known.
func (t Tractogram) meanLengths() bool {
	for _, b := range t.Bundles {
		if b.MeanLength != "" {
			return true
		}
	}
	return false
}
