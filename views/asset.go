package views

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
	Facts      []Fact
	Problems   []Problem
	Copy       Addresses
}

// A Fact is one thing known about an asset, a person, or whatever the page is about.
type Fact struct {
	Label string
	Value string // lines are kept apart by "\n"
	Href  string // makes Value a link
	State State
}

// A Problem is one thing that is not as it should be, or that one should know.
type Problem struct {
	Severity Severity
	Text     string
}

// A TrayPage is the assets a person has collected.
type TrayPage struct {
	Page
	Items []TrayItem
	Scene string // suggested title of the link
}

// A TrayItem is one asset in the tray.
type TrayItem struct {
	Asset      string // form value
	Name       string // the layer's name, which the person may change
	Href       string // its asset page
	Where      string // dataset and path
	Icon       Icon
	Kind       string // "OME-Zarr 0.4"
	Layer      LayerType
	LayerFixed bool // the type cannot be chosen, as with tracts
	Problems   []Problem
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
