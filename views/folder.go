package views

// A FolderPage is one page of a folder's listing.
type FolderPage struct {
	Page
	Name     string // the heading: the folder's own name
	Href     string // this very page; "Add to tray" comes back to it
	Tree     TreeList
	Rows     []Row
	Sort     Sort
	Filter   Filter
	Position string    // "objects 201–400, there are more"
	First    string    // address of the first page where that of the page before is not known; else ""
	Previous string    // address of the page before; "" on the first
	Next     string    // address of the page after; "" on the last
	Copy     Addresses // of the folder itself
	Offer    *Offer    // nil for nothing
}

// An Offer is to open a folder as one asset, which it is beside being a folder.
type Offer struct {
	Text   string
	Asset  string // form value; "" for nobody's tray
	InTray bool
	Href   string // its page as an asset
}

// A Row is one line of a listing: a folder, an asset or another file.
type Row struct {
	Name     string
	Href     string // folder or asset page; "" for a file that has none
	Icon     Icon
	Thumb    string // address of a small picture, which may turn out not to be there; "" for none
	Kind     string // "OME-Zarr 0.4", "folder"
	Size     string // "1.2 MB"; "" when it is not known
	Date     string // as shown; "" when there is none
	DateTime string // the same for machines (RFC 3339); "" to leave it out
	Asset    string // form value; "" for what cannot be ticked
	InTray   bool
	Copy     Addresses
}

// A Sort holds the three columns a page can be sorted by.
type Sort struct {
	Name, Size, Date SortLink
}

// A SortLink is a column's heading.
type SortLink struct {
	Href  string    // sorts by this column, or turns its order round; "" for plain text
	Order SortOrder // of the rows as they are now
}

// A SortOrder is in which order the rows are by one column.
type SortOrder string

// The orders, as aria-sort spells them.
const (
	Unsorted   SortOrder = ""
	Ascending  SortOrder = "ascending"
	Descending SortOrder = "descending"
)

// A Filter is the box that narrows a folder to the names that begin with a text.
type Filter struct {
	Action string  // where ?filter= is sent
	Value  string  // what narrows this page; "" for nothing
	Clear  string  // the same folder without it
	Hidden []Field // what must be kept, such as the sort order
}

// A TreeList is the sub-folders of one folder.
type TreeList struct {
	Nodes []TreeNode
	More  string // "and 1,204 more"; "" when all are here
}

// A TreeNode is a folder in the tree at the side.
type TreeNode struct {
	Name     string
	Href     string // its page
	TreeHref string // answers with [Tree] of its sub-folders
	Current  bool   // it is the folder of this page
	Open     bool   // Kids have been listed
	Kids     TreeList
}

// A TraySummary is the tray in the header of every page.
type TraySummary struct {
	Count int
	Said  string // what has just happened: "Added 3 assets. The tray holds 5."
}
