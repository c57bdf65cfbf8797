package views

import "slices"

// A HomePage is the first page. Signed out, it has what is public.
type HomePage struct {
	Page
	Search   *Search // of the datasets; nil for none
	Found    string  // what was searched for; "" for nothing
	Datasets []DatasetCard
	Shown    string    // how many of the datasets these are; "" when that goes without saying
	Askable  []AskCard // listed, and not open to this person
	AskShown string    // as Shown
	Links    []LinkRow // the newest few
	More     bool      // there are more links than these
	Ask      string    // whom to ask for access: "Ask ada@example.org."; "" for nobody in particular
}

// A DatasetCard is a dataset one may see.
type DatasetCard struct {
	Title       string
	Name        string // as in addresses
	Href        string
	Description string
}

// An AskCard is a dataset one may not see, and may know of and ask for.
type AskCard struct {
	Title       string
	Name        string // as in addresses
	Description string
	Href        string // "Request access"; "" where one cannot ask, or has asked
	State       State  // of the request that was made; zero for none
}

// A LinksPage is the links a person has made.
type LinksPage struct {
	Page
	Links []LinkRow
}

// A LinkRow is one link.
type LinkRow struct {
	Title    string
	Href     string // opens it
	Address  string // the whole address, to send to somebody
	When     string // as shown
	DateTime string // the same for machines (RFC 3339); "" to leave it out
	Layers   string // "3 layers"; "" when it is not known
}

// A LinkCreatedPage shows a link that has just been made.
type LinkCreatedPage struct {
	Page
	Name    string // the scene's title
	Href    string // opens it
	Address string // the whole address, to send to somebody
	Notes   []Problem
}

// A LinkRefusedPage tells which datasets of a link its reader may not see, and nothing else of it.
type LinkRefusedPage struct {
	Page
	Lacking  int // how many layers show what one may not see
	Layers   int // of the link; 0 when it is not known
	Missing  []MissingDataset
	Unlisted int    // how many further datasets are missing whose names are nobody's business
	Ask      string // whom to ask for access; "" for nobody in particular
}

func (m LinkRefusedPage) heading() string {
	if m.Layers == 0 {
		return "You may not see all of this link’s data"
	}
	return "You lack access to " + Number(m.Lacking) + " of " + Number(m.Layers) + " " + noun(m.Layers, "layer")
}

// next is what to do about it.
func (m LinkRefusedPage) next() string {
	asked := func(d MissingDataset) bool { return d.Href != "" || d.State.Word != "" }
	switch {
	case slices.ContainsFunc(m.Missing, asked):
		return "Open the link again when access has been given to you."
	case m.Ask != "":
		return m.Ask + " Then open the link again."
	}
	return "Ask whoever sent you the link, or who runs this portal, for access. Then open the link again."
}

// unlisted tells of the datasets that are not named.
func (m LinkRefusedPage) unlisted() string {
	text := Number(m.Unlisted) + " " + noun(m.Unlisted, "dataset")
	if len(m.Missing) > 0 {
		text = "and " + text
	}
	if m.Unlisted == 1 {
		return text + " that is not listed; ask whoever sent you the link"
	}
	return text + " that are not listed; ask whoever sent you the link"
}

// A MissingDataset is a dataset of a link that its reader may not see.
type MissingDataset struct {
	Title string
	Href  string // "Request access"; "" where one cannot ask, or has asked
	State State  // of the request that was made; zero for none
}

// A SignInPage is the choice of a provider.
type SignInPage struct {
	Page
	Providers []Provider
}

// A Provider is a place to sign in at.
type Provider struct {
	Label string // "Sign in with Google"
	Href  string
}

// An ErrorPage tells what happened and what to do.
type ErrorPage struct {
	Page
	Heading   string
	What      string // what happened, one or two sentences
	Do        string // what to do next; "" for nothing
	RequestID string // to find the log line by; "" to leave it out
	RetryHref string // "" where trying again does not help
	BackHref  string // a way out, such as the folder above; "" for the first page
	BackText  string // what BackHref leads to; "" for "Go to the first page"
}
