// Package access decides who may do what on which dataset, and where a dataset's data lie.
//
// It is pure: it is given facts (people, groups, datasets, grants) and answers questions about them. Everything is
// denied unless a grant allows it. A [Policy] is all that is known at one revision of the facts; [Rights] are what
// one person may do by it at one moment, and the only way to ask.
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

// A Refusal says what somebody may not do and why, in a sentence for them. It wraps [fs.ErrPermission].
type Refusal struct{ Reason string }

func (e *Refusal) Error() string { return e.Reason }

// Unwrap returns [fs.ErrPermission].
func (e *Refusal) Unwrap() error { return fs.ErrPermission }

func refuse(format string, args ...any) error { return &Refusal{fmt.Sprintf(format, args...)} }

// A TermsError says that somebody may see a dataset once they accept its terms. It wraps [fs.ErrPermission].
type TermsError struct {
	Dataset string // name
	Title   string
	Terms   int64 // id
	Version int   // to be accepted
}

func (e *TermsError) Error() string {
	return fmt.Sprintf("dataset %q: version %d of its terms has not been accepted", e.Dataset, e.Version)
}

// Unwrap returns [fs.ErrPermission].
func (e *TermsError) Unwrap() error { return fs.ErrPermission }

// A Person is a person or a service account that the portal knows. The zero Person is nobody.
type Person struct {
	ID      int64  // the store's
	Name    string // for display only
	Email   string // lower case; empty unless an identity provider has verified it
	Service bool   // a service account
}

// SignedIn reports whether p is somebody.
func (p Person) SignedIn() bool { return p.ID != 0 }

// An Identity is how an identity provider names somebody. A person may have several.
type Identity struct {
	Issuer  string // of the identity provider, such as https://accounts.google.com
	Subject string // the provider's own name for the person; never changes, unlike the e-mail
	Email   string // lower case; empty unless the provider has verified it
	Name    string // for display only
}

// A Location is one bucket and prefix of a dataset.
type Location struct {
	ID     string // opaque, [a-z0-9-]{4,64}; data URLs and cookies carry it
	Bucket string
	Prefix string // "" or ending in "/"
}

// A Dataset is what access is granted on.
type Dataset struct {
	ID           int64  // the store's
	Name         string // in addresses, [a-z0-9A-Z._-]
	Title        string // for people
	Description  string
	Listed       bool  // its title and description are for everyone who has signed in
	Terms        int64 // id of the terms to accept before seeing data; 0 for none
	TermsVersion int   // that must have been accepted
	Locations    []Location
}

// A Ref names one folder or object: a dataset, one of its locations, and the path inside the location.
type Ref struct {
	Dataset  string
	Location string // id
	Path     string // a key without the location's prefix; a folder ends in "/" or is ""
}

var (
	nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	idForm   = regexp.MustCompile(`^[a-z0-9-]{4,64}$`)
)

// CheckDatasets tells everything that is wrong with datasets that are to stand beside each other: an ill-formed name
// or id, a name or id used twice, a dataset without a location, locations of which one lies inside another.
// Each fault wraps [ErrInvalid].
func CheckDatasets(datasets []Dataset) error {
	var faults []error
	names := map[string]bool{}
	var all []Location
	for _, d := range datasets {
		if err := CheckName(d.Name); err != nil {
			faults = append(faults, err)
		}
		if names[d.Name] {
			faults = append(faults, fmt.Errorf("%w: dataset %q: the name is used twice", ErrInvalid, d.Name))
		}
		names[d.Name] = true
		if len(d.Locations) == 0 {
			faults = append(faults, fmt.Errorf("%w: dataset %q: it has no location", ErrInvalid, d.Name))
		}
		for _, l := range d.Locations {
			for _, text := range locationFaults(l, all) {
				faults = append(faults, fmt.Errorf("%w: dataset %q: %s", ErrInvalid, d.Name, text))
			}
			all = append(all, l)
		}
	}
	return errors.Join(faults...)
}

// CheckName tells why name cannot be that of a dataset, or nil. The error wraps [ErrInvalid].
func CheckName(name string) error {
	if nameForm.MatchString(name) {
		return nil
	}
	return fmt.Errorf("%w: dataset %q: a name has letters, digits, '.', '_' and '-', at most 64", ErrInvalid, name)
}

// CheckLocation tells why l cannot stand beside others, which may be of any dataset, or nil. Each fault wraps [ErrInvalid].
func CheckLocation(l Location, others []Location) error {
	var faults []error
	for _, text := range locationFaults(l, others) {
		faults = append(faults, fmt.Errorf("%w: %s", ErrInvalid, text))
	}
	return errors.Join(faults...)
}

// locationFaults are the sentences of [CheckLocation].
func locationFaults(l Location, others []Location) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if !idForm.MatchString(l.ID) {
		fault("location id %q is not [a-z0-9-]{4,64}", l.ID)
	}
	if l.Prefix != "" && !strings.HasSuffix(l.Prefix, "/") {
		fault("prefix %q of location %q must end in \"/\"", l.Prefix, l.ID)
	}
	if err := CheckPath(l.Prefix); err != nil {
		fault("prefix of location %q: %s", l.ID, strings.TrimPrefix(err.Error(), ErrInvalid.Error()+": "))
	}
	for _, o := range others {
		if o.ID == l.ID {
			fault("location id %q is used twice", l.ID)
		}
		if overlap(l, o) {
			fault("location %q (%s/%s) and location %q (%s/%s) overlap: one lies inside the other",
				o.ID, o.Bucket, o.Prefix, l.ID, l.Bucket, l.Prefix)
		}
	}
	return faults
}

func overlap(a, b Location) bool {
	return a.Bucket == b.Bucket && (strings.HasPrefix(a.Prefix, b.Prefix) || strings.HasPrefix(b.Prefix, a.Prefix))
}

// Locations returns every location of datasets.
func Locations(datasets []Dataset) []Location {
	var out []Location
	for _, d := range datasets {
		out = slices.Concat(out, d.Locations)
	}
	return out
}
