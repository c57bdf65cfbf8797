package views

import (
	"strconv"
	"strings"
)

// A Block is a part of a longer text, such as terms of service. Whatever its texts hold is text:
// there is no way to put markup into it.
type Block struct {
	Kind    BlockKind
	Level   int      // of a heading; drawn as 2 to 6, as a page has one h1
	Ordered bool     // of a list
	Start   int      // of an ordered list: its first number
	Text    string   // of code
	Inlines []Inline // of a heading or paragraph
	Blocks  []Block  // of a quote or item, and the items of a list
}

// A BlockKind is what a block is.
type BlockKind string

// The kinds of blocks. Any other is drawn as BlockParagraph.
const (
	BlockParagraph BlockKind = "paragraph"
	BlockHeading   BlockKind = "heading"
	BlockList      BlockKind = "list"
	BlockItem      BlockKind = "item" // of a list
	BlockQuote     BlockKind = "quote"
	BlockCode      BlockKind = "code"
	BlockRule      BlockKind = "rule"
)

// An Inline is a piece of a paragraph or heading.
type Inline struct {
	Kind    InlineKind
	Text    string   // of text and code
	Href    string   // of a link
	Inlines []Inline // of strong, emphasis and link
}

// An InlineKind is what a piece of a paragraph is.
type InlineKind string

// The kinds of pieces. Any other is drawn as InlineText.
const (
	InlineText     InlineKind = "text"
	InlineStrong   InlineKind = "strong"
	InlineEmphasis InlineKind = "emphasis"
	InlineCode     InlineKind = "code"
	InlineLink     InlineKind = "link" // to http, https or mailto; to anywhere else only its words are drawn
	InlineBreak    InlineKind = "break"
)

// leads reports whether a link may go there.
func leads(href string) bool {
	href = strings.ToLower(href)
	for _, scheme := range []string{"https://", "http://", "mailto:"} {
		if strings.HasPrefix(href, scheme) {
			return true
		}
	}
	return false
}

// nth is the id of part i of what has this id.
func nth(id string, i int) string { return id + "-" + strconv.Itoa(i+1) }
