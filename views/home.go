package views

// A HomePage is the first page. Signed out, only Page.SignInHref is used.
type HomePage struct {
	Page
	Datasets []DatasetCard
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
	Missing []string // titles of datasets
	Ask     string   // whom to ask for access; "" for nobody in particular
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
