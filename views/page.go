// Package views draws the portal's pages.
//
// Every component is a pure function of its model: the same model gives the same bytes. A model
// holds text and addresses ready to print; a view builds no address, asks nobody and knows no time.
// Every page works without JavaScript; htmx and our scripts only make it quicker.
package views

// A Page is what all pages have in common. Every page's model embeds it.
type Page struct {
	Title        string  // for the browser's tab; " · ngportal" is added
	Person       *Person // nil when nobody is signed in
	TrayCount    int
	SignInHref   string // leads back here afterwards; "" hides the link
	SettingsHref string // "" hides the link
	AdminHref    string // "" hides the link, as from those who manage nothing
	Waiting      int    // requests for access that wait for this person; 0 shows nothing
	Breadcrumbs  []Crumb
	Notice       *Notice // what the action before this page did; nil for nothing
}

// A Person is somebody who has signed in.
type Person struct {
	Name  string // as shown; the e-mail when there is no name
	Email string
}

// A Crumb is one step from the datasets down to here. The last has no Href.
type Crumb struct {
	Name string
	Href string
}

// A Notice tells once what happened.
type Notice struct {
	Kind   Severity
	Text   string
	Action *Action // "Undo"; nil for none
}

// A Severity colors a notice or a problem, and names it for those who do not see the color.
type Severity string

// The severities. Any other is shown as Info.
const (
	Info    Severity = "info"
	Success Severity = "success"
	Warning Severity = "warning"
	Error   Severity = "error"
)

// word is what stands before a problem's text.
func (s Severity) word() string {
	switch s {
	case Error:
		return "Error"
	case Warning:
		return "Warning"
	case Success:
		return "Done"
	case Info:
	}
	return "Note"
}

// class is the CSS class of a box of that severity.
func (s Severity) class() string { return "note " + s.tone() }

// tone is the CSS class of the severity; an unknown one has Info's.
func (s Severity) tone() string {
	switch s {
	case Error, Warning, Success:
		return string(s)
	case Info:
	}
	return "info"
}

// An Icon is a picture for a kind of thing. The kind is always written out as well.
type Icon string

// The icons. Any other is drawn as IconFile.
const (
	IconDataset Icon = "dataset"
	IconFolder  Icon = "folder"
	IconVolume  Icon = "volume"  // OME-Zarr, zarr, N5, precomputed, NIfTI images
	IconLabels  Icon = "labels"  // segmentations
	IconTracts  Icon = "tracts"  // streamlines
	IconFile    Icon = "file"    // anything else
	IconUnknown Icon = "unknown" // an asset of an uncertain kind
)

// ref is the reference into the page's sprite.
func (i Icon) ref() string {
	switch i {
	case IconDataset, IconFolder, IconVolume, IconLabels, IconTracts, IconUnknown:
		return "#i-" + string(i)
	case IconFile:
	}
	return "#i-file"
}

// Addresses are the texts one may copy of an asset, file or folder. An empty one is not offered.
type Addresses struct {
	S3     string // s3://bucket/key
	Data   string // https://VIEWERHOST/d/…
	Source string // what Neuroglancer takes as a layer's source
}

// An address is one of them with its name. In a row only the short end of the name is seen.
type address struct{ before, short, text string }

func (a address) name() string { return a.before + a.short }

func (a Addresses) list() []address {
	all := [...]address{{"", "S3 URI", a.S3}, {"", "data URL", a.Data}, {"Neuroglancer ", "source", a.Source}}
	some := make([]address, 0, len(all))
	for _, one := range all {
		if one.text != "" {
			some = append(some, one)
		}
	}
	return some
}

// A Field is a form value that goes along unseen.
type Field struct {
	Name  string
	Value string
}
