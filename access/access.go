// Package access decides who may see which dataset, and where a dataset's data lie.
//
// It is pure: it is given people and datasets and answers questions about them.
// Everything is denied unless a rule of a dataset allows it.
package access

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
)

// ErrInvalid is wrapped by every error about a dataset, location or path that is not well formed.
var ErrInvalid = errors.New("invalid")

// Everyone is the viewer entry that stands for every signed-in person.
const Everyone = "*"

// A Person is somebody who has signed in. The zero Person is nobody.
type Person struct {
	Issuer  string // of the identity provider, such as https://accounts.google.com
	Subject string // the provider's own name for the person; never changes, unlike the e-mail
	Email   string // lower case; empty unless the provider has verified it
	Name    string // for display only
}

// SignedIn reports whether p is somebody.
func (p Person) SignedIn() bool { return p.Issuer != "" && p.Subject != "" }

// A Location is one bucket and prefix of a dataset.
type Location struct {
	ID     string // opaque, [a-z0-9-]{4,64}; data URLs and cookies carry it
	Bucket string
	Prefix string // "" or ending in "/"
}

// A Dataset is what access is granted on.
type Dataset struct {
	Name        string // in addresses, [a-z0-9A-Z._-]
	Title       string // for people
	Description string
	Locations   []Location
	Viewers     []string // e-mail addresses, or [Everyone]
}

// A Ref names one folder or object: a dataset, one of its locations, and the path inside the location.
type Ref struct {
	Dataset  string
	Location string // id
	Path     string // a key without the location's prefix; a folder ends in "/" or is ""
}

// A Policy knows the datasets and who may see them. It is safe for concurrent use.
type Policy struct {
	datasets []Dataset
	byName   map[string]int
	byID     map[string]place
	admins   []string

	locations []Location // of all datasets, in their order
}

type place struct {
	dataset  int
	location Location
}

var (
	nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	idForm   = regexp.MustCompile(`^[a-z0-9-]{4,64}$`)
)

// New returns the policy of datasets. People whose verified e-mail is in admins may see all of them.
//
// The error joins every fault found: an ill-formed name or id, a name or id used twice, a
// dataset without a location, locations of which one lies inside another. Each wraps [ErrInvalid].
func New(datasets []Dataset, admins []string) (*Policy, error) {
	p := &Policy{byName: map[string]int{}, byID: map[string]place{}, admins: lower(admins)}
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...)))
	}
	for i, d := range datasets {
		if !nameForm.MatchString(d.Name) {
			fault("dataset %q: a name has letters, digits, '.', '_' and '-', at most 64", d.Name)
		}
		if _, twice := p.byName[d.Name]; twice {
			fault("dataset %q: the name is used twice", d.Name)
		}
		if len(d.Locations) == 0 {
			fault("dataset %q: it has no location", d.Name)
		}
		for _, l := range d.Locations {
			p.check(d.Name, l, fault)
			p.byID[l.ID] = place{i, l}
			p.locations = append(p.locations, l)
		}
		if d.Title == "" {
			d.Title = d.Name
		}
		d.Viewers = lower(d.Viewers)
		p.byName[d.Name] = i
		p.datasets = append(p.datasets, d)
	}
	return p, errors.Join(faults...)
}

// check looks at a location beside those that are there already.
func (p *Policy) check(dataset string, l Location, fault func(format string, args ...any)) {
	if !idForm.MatchString(l.ID) {
		fault("dataset %q: location id %q is not [a-z0-9-]{4,64}", dataset, l.ID)
	}
	if _, twice := p.byID[l.ID]; twice {
		fault("dataset %q: location id %q is used twice", dataset, l.ID)
	}
	if l.Prefix != "" && !strings.HasSuffix(l.Prefix, "/") {
		fault("dataset %q: prefix %q of location %q must end in \"/\"", dataset, l.Prefix, l.ID)
	}
	for _, o := range p.locations {
		if overlap(l, o) {
			fault("location %q (%s/%s) and location %q (%s/%s) overlap: one lies inside the other",
				o.ID, o.Bucket, o.Prefix, l.ID, l.Bucket, l.Prefix)
		}
	}
}

func lower(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = strings.ToLower(w)
	}
	return out
}

func overlap(a, b Location) bool {
	return a.Bucket == b.Bucket && (strings.HasPrefix(a.Prefix, b.Prefix) || strings.HasPrefix(b.Prefix, a.Prefix))
}

// Admin reports whether who administers the portal.
func (p *Policy) Admin(who Person) bool {
	return who.SignedIn() && who.Email != "" && slices.Contains(p.admins, who.Email)
}

func (p *Policy) mayView(who Person, d Dataset) bool {
	if !who.SignedIn() {
		return false
	}
	return p.Admin(who) ||
		slices.Contains(d.Viewers, Everyone) ||
		who.Email != "" && slices.Contains(d.Viewers, who.Email)
}

// Visible returns the datasets who may see, in the order of the configuration.
func (p *Policy) Visible(who Person) []Dataset {
	var out []Dataset
	for _, d := range p.datasets {
		if p.mayView(who, d) {
			out = append(out, d)
		}
	}
	return out
}

// Dataset returns the dataset called name if who may see it.
//
// The error wraps [fs.ErrNotExist] if there is none, and [fs.ErrPermission] if who may not see it.
func (p *Policy) Dataset(who Person, name string) (Dataset, error) {
	i, ok := p.byName[name]
	if !ok {
		return Dataset{}, fmt.Errorf("dataset %q: %w", name, fs.ErrNotExist)
	}
	if d := p.datasets[i]; p.mayView(who, d) {
		return d, nil
	}
	return Dataset{}, fmt.Errorf("dataset %q: %w", name, fs.ErrPermission)
}

// Location returns the location id and its dataset if who may see it; errors are those of [Policy.Dataset].
func (p *Policy) Location(who Person, id string) (Dataset, Location, error) {
	pl, ok := p.byID[id]
	if !ok {
		return Dataset{}, Location{}, fmt.Errorf("location %q: %w", id, fs.ErrNotExist)
	}
	d, err := p.Dataset(who, p.datasets[pl.dataset].Name)
	return d, pl.location, err
}

// Resolve returns the location that ref lies in if who may see it.
//
// The error is that of [Policy.Dataset], also when ref's location belongs to another dataset.
func (p *Policy) Resolve(who Person, ref Ref) (Location, error) {
	d, err := p.Dataset(who, ref.Dataset)
	if err != nil {
		return Location{}, err
	}
	for _, l := range d.Locations {
		if l.ID == ref.Location {
			return l, nil
		}
	}
	return Location{}, fmt.Errorf("location %q of dataset %q: %w", ref.Location, ref.Dataset, fs.ErrNotExist)
}

// Route returns the location that a data URL with this id leads to. It asks nobody's permission:
// it is for the edge, after the cookies of the request have been checked.
func (p *Policy) Route(id string) (Location, bool) {
	pl, ok := p.byID[id]
	return pl.location, ok
}

// Title returns the title of the dataset called name, for telling a person what they lack;
// it is the name itself if there is no such dataset.
func (p *Policy) Title(name string) string {
	if i, ok := p.byName[name]; ok {
		return p.datasets[i].Title
	}
	return name
}

// Locations returns every location of every dataset, for checking a configuration.
func (p *Policy) Locations() []Location { return slices.Clone(p.locations) }
