package views

// An AdminPage is a page under /settings, /admin, /terms or /request: a heading, tabs to its
// neighbors, and sections of what there is to know and to do.
type AdminPage struct {
	Page
	Heading  string
	Intro    string // a sentence under the heading; "" for none
	Area     string // what the tabs are called for those who do not see them: "Administration"
	Tabs     []Tab  // nil on a page that stands alone
	Sections []Section
}

// A Tab leads to a neighbor of the page.
type Tab struct {
	Label   string
	Href    string
	Current bool
	Waiting int // what waits for an answer there; 0 shows nothing
}

// A Section is a part of a page. It is drawn in the order of its fields, and what is empty is left
// out. Who wants another order makes two sections, the second without a heading.
type Section struct {
	Heading string
	Intro   string // a sentence under the heading
	State   State
	Notes   []Problem
	Secret  *Secret
	Actions []Action
	Facts   []Fact
	Prose   []Block
	Table   *Table
	Forms   []Form
}

// A State is a word in color with an optional sentence: how a request stands, what a person is. The
// zero State shows nothing. [Waiting], [Approved] and [Declined] make those of a request.
type State struct {
	Word string
	Kind Severity
	Text string // sentence after the word; "" for none
}

// Waiting is the state of a request nobody has answered: "Asked on 3 November 2025."
func Waiting(text string) State { return State{Word: "waiting", Kind: Warning, Text: text} }

// Approved is the state of a request that was granted: "Into the group HiP-CT until 1 May 2026."
func Approved(text string) State { return State{Word: "approved", Kind: Success, Text: text} }

// Declined is the state of a request that was refused, with the reason.
func Declined(text string) State { return State{Word: "declined", Kind: Error, Text: text} }

// An Action is something to do at once: a link, or a button that posts.
type Action struct {
	Label  string  // "Remove"
	About  string  // what it is done to, for those who hear one button of many: "Ben"
	Href   string  // a link to a page; "" for a button
	Post   string  // where the button posts to
	Hidden []Field // what it sends
	Weight Weight
}

// A Weight is how much a button asks for.
type Weight string

// The weights. Any other is drawn as Plain.
const (
	Plain  Weight = ""
	Main   Weight = "main"   // what one has come to the page for
	Danger Weight = "danger" // what cannot easily be taken back
)

// class is the CSS class of a button of that weight.
func (w Weight) class() string {
	switch w {
	case Main, Danger:
		return string(w)
	case Plain:
	}
	return ""
}

// A Secret is shown once, when it has been made, such as a token.
type Secret struct {
	Name  string // “laptop”
	Value string
	Text  string // what to do with it; "" for nothing
}

// A ConfirmPage asks before something that cannot easily be taken back.
type ConfirmPage struct {
	Page
	Heading  string   // "You are about to remove Ben from HiP-CT"
	What     []string // what will happen, a sentence each
	Form     Form     // the button, what it sends, and a reason or a tick if one is wanted
	BackHref string
	BackText string // "Keep Ben in HiP-CT"
}

// Name makes a name from a stranger fit to stand within a sentence: one that is written from right
// to left, or pretends to be, does not turn the words around it. Where a name has a field of its own
// the page does that, and the name goes there as it is.
func Name(name string) string {
	const isolate, end = "\u2068", "\u2069"
	turned := false
	kept := make([]rune, 0, len(name))
	for _, r := range name {
		turned = turned || rightToLeft(r)
		if !directs(r) {
			kept = append(kept, r)
		}
	}
	if !turned {
		return string(kept)
	}
	return isolate + string(kept) + end
}

// directs reports whether r embeds, overrides or isolates a direction.
func directs(r rune) bool { return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 }

// rightToLeft reports whether r is of a block that Unicode keeps for scripts from right to left,
// or the mark that stands for one.
func rightToLeft(r rune) bool {
	return r == 0x200F || r >= 0x0590 && r <= 0x08FF || r >= 0xFB1D && r <= 0xFDFF ||
		r >= 0xFE70 && r <= 0xFEFF || r >= 0x10800 && r <= 0x10FFF || r >= 0x1E800 && r <= 0x1EFFF
}
