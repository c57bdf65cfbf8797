package views

import (
	"strconv"

	"github.com/a-h/templ"
)

// A TrayPage is the assets a person has collected, and how they are arranged into one scene.
type TrayPage struct {
	Page
	Href    string // this very page, with what is open on it; its forms come back to it
	Items   []TrayItem
	Offers  []TransformOffer
	View    ViewControls
	Preview ScenePreview
	Scene   string // suggested title of the link
	Undo    string // what "Undo" undoes, such as "renaming “scan”"; "" for nothing
	Redo    string
	Import  ImportForm
}

// A TrayItem is one asset in the tray.
type TrayItem struct {
	Asset      string // form value
	Name       string // the layer's name, which the person may change
	Href       string // its asset page; "" for one that lies elsewhere, or that may no longer be seen
	Where      string // dataset and path, or an address elsewhere
	Icon       Icon
	Thumb      string // address of its picture; "" where there can be none
	Kind       string // "OME-Zarr 0.4"
	Layer      LayerType
	LayerFixed bool // the type cannot be chosen, as with tracts
	Hidden     bool
	Shown      string   // how much of a tractogram is: "all 2,134 streamlines shown"
	Changes    []string // what has been chosen for it, in words: "moved by x.lta"
	AdjustHref string   // opens or closes what can be adjusted; "" where nothing can
	Adjust     *Adjust  // nil while it is closed
	Problems   []Problem
}

// An Adjust is what can be changed about the looks and the place of an asset.
type Adjust struct {
	Opacity   string // percent; "" for automatic
	Blends    []Option
	Colormaps []Option // nil where channels have colors
	Channels  []ChannelControl
	Moves     [][]Option // one after the other; each is one transform, or none
	MoveNote  string     // a sentence, such as that no transform lies near
	Groups    []Option   // left or right; nil without a comparison
	Tract     *TractControl
}

// A ChannelControl is how one channel looks.
type ChannelControl struct {
	Name      string // "DAPI"; "" for an image without channels
	Low, High string // "" for automatic
	AutoLow   string // what automatic is; "" if that is not known
	AutoHigh  string
	Color     string // "#rrggbb"; "" where it cannot be chosen
	AutoColor string
	Hidden    bool
	AutoShown string // "shown" or "hidden": what it is by itself; "" for an image without channels
}

// ViewControls are how the scene is looked at.
type ViewControls struct {
	Layouts      []Option
	Orientations []Option
	Position     [3]string // millimeters; all "" for the middle
	Compare      bool
}

// A ScenePreview is what the scene looks like in three planes.
type ScenePreview struct {
	Groups []SceneGroup
	Notes  []Problem // what is not in the pictures
}

// A SceneGroup is one side of a comparison, or all.
type SceneGroup struct {
	Name    string // "Left"; "" without a comparison
	Empty   string // why there are no figures; "" where there are
	Figures []Figure
}

// A TransformOffer is a registration that would bring layers together.
type TransformOffer struct {
	Text   string   // "2 layers are in XPCT02, and others in XPCT01."
	Assets []string // form values
	Moves  []string // form values, one transform after the other
	Submit string   // "Move them onto XPCT01"
	File   string
}

// An ImportForm takes a scene that was made elsewhere.
type ImportForm struct {
	Fault string // what is wrong with Text; "" for nothing
	Text  string
}

// An ImportPage asks about the layers of a scene that come from elsewhere.
type ImportPage struct {
	Page
	Text    string // of the import, as it was entered
	Known   int    // layers whose data are ours
	Foreign []ForeignLayer
	Notes   []Problem // what was left out
}

// A ForeignLayer is one that the person's own browser would read from another place.
type ForeignLayer struct {
	Value   string // form value
	Name    string
	Address string
}

// A LayerType is how Neuroglancer shows an asset.
type LayerType string

// The layer types, as the field "type" of POST /tray/type sends them.
const (
	LayerAuto         LayerType = "auto" // what the asset's own metadata say
	LayerImage        LayerType = "image"
	LayerSegmentation LayerType = "segmentation"
)

// A choice is an option of a select.
type choice struct {
	value LayerType
	text  string
}

func layerTypes() []choice {
	return []choice{{LayerAuto, "Automatic"}, {LayerImage, "Image"}, {LayerSegmentation, "Segmentation"}}
}

// showWord is what the button that shows or hides a layer says.
func (t TrayItem) showWord() string {
	if t.Hidden {
		return "Show"
	}
	return "Hide"
}

// of says of which channel a control is, for those who do not see the row.
func (c ChannelControl) of() string {
	if c.Name == "" {
		return ""
	}
	return " of " + c.Name
}

// auto is the placeholder of a field that may be left empty.
func auto(value string) string {
	if value == "" {
		return "automatic"
	}
	return value
}

// spot makes an id of an item's part: the page keeps the focus by it.
func spot(part string, at int) string { return part + "-" + strconv.Itoa(at) }

// traySwap is how the forms of the tray page put the new page in place of the old.
func traySwap() templ.Attributes {
	return templ.Attributes{
		"hx-target": "main", "hx-select": "main", "hx-select-oob": "#tray", "hx-push-url": "false", "hx-swap": "outerHTML show:none",
	}
}

// moveLabel names one of the transforms that move an asset.
func moveLabel(i int) string {
	if i == 0 {
		return "Transform"
	}
	return "Then transform"
}

// importHeading heads the page that asks about a scene.
func importHeading(m ImportPage) string {
	if len(m.Foreign) == 0 {
		return "Not everything can be added"
	}
	return "Some layers come from elsewhere"
}

// importWords says what of a scene will be added in any case.
func importWords(m ImportPage) string {
	const stranger = "what they show is up to whoever runs these places, and they learn that you look."
	if m.Known == 0 {
		return "None of its layers has its data in this portal. Tick those that you want all the same: " + stranger
	}
	added := Number(m.Known) + " " + noun(m.Known, "layer") + " with data of this portal will be added."
	if len(m.Foreign) == 0 {
		return added
	}
	return added + " Tick the others that you want, too: " + stranger
}
