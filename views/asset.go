package views

import "strconv"

// An AssetPage is what an asset says about itself.
type AssetPage struct {
	Page
	Name       string
	Icon       Icon
	Kind       string // "OME-Zarr 0.4"
	What       string // one line: "Image, 3 levels, 2 channels"
	Asset      string // form value; "" for a file that no viewer opens
	Href       string // this very page; "Add to tray" comes back to it
	FolderHref string // the folder it lies in
	InTray     bool
	Checks     []Check
	Preview    *Preview // nil where there is nothing to draw
	Facts      []Fact
	Measure    *Measure    // of a directory; nil for an object, whose size is among the facts
	Tract      *Tractogram // nil for any other
	Words      []Fact      // what its name says
	Problems   []Problem
	Related    []LinkGroup
	Sidecars   []Sidecar
	Codes      []Code
	Raw        []Code // its own metadata, as they are
	Copy       Addresses
}

// A Light colors a check, and gives it a sign for those who do not see the color.
type Light string

// The lights. Any other is shown as Amber.
const (
	Green Light = "green"
	Amber Light = "amber"
	Red   Light = "red"
)

// A Check is one thing that was looked at before opening.
type Check struct {
	Light  Light
	Text   string // a sentence
	Repair string // what is done about it, a sentence; "" for nothing
	Tried  bool   // it is opened all the same, although it is red
}

// word says the light in words.
func (c Check) word() string {
	switch {
	case c.Light == Green:
		return "Good"
	case c.Light == Red && c.Tried:
		return "May not open"
	case c.Light == Red:
		return "Does not open"
	case c.Repair != "":
		return "Repaired"
	}
	return "Mind"
}

// tone is the CSS class of the light.
func (c Check) tone() string {
	switch c.Light {
	case Green:
		return "success"
	case Red:
		return "error"
	case Amber:
	}
	return "warning"
}

// verdict sums the checks up.
func verdict(all []Check) string {
	amber := 0
	for _, c := range all {
		switch c.Light {
		case Red:
			if c.Tried {
				return "It may not open in Neuroglancer as it is. You can try."
			}
			return "It does not open in Neuroglancer as it is."
		case Green:
		default:
			amber++
		}
	}
	switch amber {
	case 0:
		return "It opens as it should."
	case 1:
		return "It opens, with one thing to know."
	}
	return "It opens, with " + strconv.Itoa(amber) + " things to know."
}

// A Measure is how much lies in a directory, as far as it has been counted.
type Measure struct {
	Text    string // "12,304 objects, 4.1 GB"
	Running bool
	Href    string // answers with [Measured] anew
	Page    string // the page it is on, for readers without scripts
}

// A LinkGroup is links to what has to do with an asset in one way.
type LinkGroup struct {
	Title string
	Links []Link
	More  string // "and 20 more"; "" when all are here
}

// A Link leads to another asset or file.
type Link struct {
	Name, Href string
	Note       string // "moves XPCT02 onto XPCT01"; may be empty
}

// A Sidecar is a small file that describes an asset: Facts of JSON, a Table of TSV, or what cannot be read as either.
type Sidecar struct {
	Name  string
	Href  string // its own page
	Facts []Fact
	Head  []string
	Rows  [][]string
	Note  string // what is left out, or why there is nothing; "" for nothing
}

// A Code is a text to copy into another program.
type Code struct {
	Title string // "Python: zarr"
	Text  string
	Note  string // what it needs; may be empty
}

// A Fact is one thing known about an asset, a person, or whatever the page is about.
type Fact struct {
	Label string
	Value string     // lines are kept apart by "\n"
	Rows  [][]string // a matrix, instead of Value
	Href  string     // makes Value a link
	State State
}

// A Problem is one thing that is not as it should be, or that one should know.
type Problem struct {
	Severity Severity
	Text     string
}
