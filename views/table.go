package views

import "slices"

// A Table is rows that can be searched, sorted and paged through. The handler does all of it: the
// table holds the rows of one page and the addresses of others.
type Table struct {
	Caption string // what the rows are, for those who do not see the page: "People"
	Columns []Column
	Rows    []TableRow
	Search  *Search // nil for none
	Pager   Pager
	Empty   Empty // shown instead of no rows
}

// A Column is a heading of a table. The first column names its row.
type Column struct {
	Label  string
	Sort   SortLink
	Number bool // figures, put under each other at the end of the cell
}

// A TableRow is one line of a table, with a cell for each column.
type TableRow struct {
	Cells   []Cell
	Actions []Action // in a column of their own, after the others
}

// A Cell is what a row has in a column. Names may be anybody's: they are kept from turning what
// stands around them.
type Cell struct {
	Text     string
	Href     string // makes Text a link
	DateTime string // Text is this time (RFC 3339)
	Code     bool   // Text is an identifier, and drawn as one
	Soft     string // a second line, less loud
	State    State
}

// An Empty says that there is nothing, and what to do about it.
type Empty struct {
	Heading string
	Text    string
}

// A Search narrows a table; it is sent with GET.
type Search struct {
	Action string
	Fields []Input // mostly one of kind [InputSearch]
	Hidden []Field // what must be kept, such as the sort order
	Clear  string  // the table without it; "" while nothing is searched for
}

// A Pager leads to the pages of a table.
type Pager struct {
	Position string // "51–100 of 10,000"; "" hides the pager
	First    string // addresses; "" for none
	Previous string
	Next     string
}

// acts reports whether any row can be acted on.
func (t Table) acts() bool {
	return slices.ContainsFunc(t.Rows, func(r TableRow) bool { return len(r.Actions) > 0 })
}
