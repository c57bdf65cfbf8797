package access

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// Rights are what one person may do at one moment, with one credential. The zero Rights allow nothing at all.
type Rights struct {
	Via  string // the credential, for the audit: "session", "token 12"
	From string // the network address of whoever uses it, for the audit

	p       *Policy
	account *account // nil for nobody
	person  Person
	scope   Scope
	now     time.Time
	groups  []int64 // that count now, sorted
}

// Person returns who it is; it is the zero Person for nobody, and for somebody who may do no more than nobody.
func (r Rights) Person() Person { return r.person }

// Now is the moment that the rights hold for.
func (r Rights) Now() time.Time { return r.now }

// Scope is that of the credential.
func (r Rights) Scope() Scope { return r.scope }

// Administers reports whether it is an administrator of the portal, who may do everything.
func (r Rights) Administers() bool {
	return r.account != nil && r.account.Admin && r.scope >= ScopeAdmin
}

// holds reports whether a grant counts for the person now.
func (r Rights) holds(g grant) bool {
	if over(g.Expires, r.now) {
		return false
	}
	_, in := slices.BinarySearch(r.groups, g.Group)
	return in
}

// level is the highest level that the dataset at i allows. For nobody, and without the scope of an administrator,
// it is at most View.
func (r Rights) level(i int) Level {
	most := View
	if r.account != nil && r.scope >= ScopeAdmin {
		most = Admin
	}
	if r.account != nil && r.account.Admin {
		return most
	}
	best := None
	for _, g := range r.p.datasets[i].grants {
		if min(g.level, most) > best && r.holds(g) {
			best = min(g.level, most)
		}
	}
	return best
}

// Level returns the highest level that the person has on the dataset with this id, whether or not its terms have
// been accepted.
func (r Rights) Level(id int64) Level {
	if r.p == nil {
		return None
	}
	i, ok := r.p.byID[id]
	if !ok {
		return None
	}
	return r.level(i)
}

// Permissions returns the permissions granted on the dataset with this id, also those of other services, sorted. Without the
// scope of an administrator it is view at most: what other services make of their words is not known here.
func (r Rights) Permissions(id int64) []string {
	if r.p == nil {
		return nil
	}
	i, ok := r.p.byID[id]
	if !ok {
		return nil
	}
	var out []string
	for _, g := range r.p.datasets[i].grants {
		if r.holds(g) && (r.scope >= ScopeAdmin || LevelOf(g.Permission) == View) {
			out = append(out, g.Permission)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// see tells why the data of the dataset at i may not be seen, or nil.
func (r Rights) see(i int) error {
	d := &r.p.datasets[i]
	if r.level(i) < View {
		if d.Listed && r.account != nil {
			return fmt.Errorf("dataset %q: %w", d.Name, fs.ErrPermission)
		}
		return fmt.Errorf("dataset %q: %w", d.Name, fs.ErrNotExist) // hidden: as if it were not there
	}
	if d.Terms != 0 && r.accepted(d.Terms) < d.TermsVersion {
		return &TermsError{Dataset: d.Name, Title: d.Title, Terms: d.Terms, Version: d.TermsVersion}
	}
	return nil
}

// accepted is the version of terms that the person has accepted. For a service account its owner has.
func (r Rights) accepted(terms int64) int {
	a := r.account
	if a != nil && r.person.Service {
		a = r.p.accounts[a.Owner]
	}
	if a == nil {
		return 0
	}
	return a.accepted[terms]
}

// Visible returns the datasets that the person may see, in order. Those whose terms they have yet to accept are among them.
func (r Rights) Visible() []Dataset {
	if r.p == nil {
		return nil
	}
	return r.with(View, r.p.opens)
}

// with returns the datasets on which the person has at least a level, in order. of has, for each group, those that may be
// among them.
func (r Rights) with(least Level, of map[int64][]int) []Dataset {
	var places []int
	if r.account != nil && r.account.Admin {
		for i := range r.p.datasets {
			places = append(places, i)
		}
	} else {
		for _, g := range r.groups {
			places = append(places, of[g]...)
		}
		slices.Sort(places)
		places = slices.Compact(places)
	}
	places = slices.DeleteFunc(places, func(i int) bool { return r.level(i) < least })
	out := make([]Dataset, len(places))
	for n, i := range places {
		out[n] = r.p.datasets[i].Dataset
	}
	return out
}

// Listed returns the datasets that the person may not see but may ask for, in order.
func (r Rights) Listed() []Dataset {
	if r.account == nil {
		return nil
	}
	var out []Dataset
	for _, i := range r.p.listed {
		if r.level(i) < View {
			out = append(out, r.p.datasets[i].Dataset)
		}
	}
	return out
}

// Dataset returns the dataset called name if the person may see its data.
//
// The error wraps [fs.ErrNotExist] if there is none, or none that the person may know of, and [fs.ErrPermission] if they
// may ask for it; a [*TermsError] tells that they must accept its terms first.
func (r Rights) Dataset(name string) (Dataset, error) {
	if r.p != nil {
		if i, ok := r.p.byName[name]; ok {
			if err := r.see(i); err != nil {
				return Dataset{}, err
			}
			return r.p.datasets[i].Dataset, nil
		}
	}
	return Dataset{}, fmt.Errorf("dataset %q: %w", name, fs.ErrNotExist)
}

// Known returns the dataset called name if the person may know of it: they may see it, with or without accepting
// its terms, or it is listed.
func (r Rights) Known(name string) (Dataset, bool) {
	if r.p == nil {
		return Dataset{}, false
	}
	i, ok := r.p.byName[name]
	if !ok || !r.knows(i) {
		return Dataset{}, false
	}
	return r.p.datasets[i].Dataset, true
}

func (r Rights) knows(i int) bool {
	return r.level(i) >= View || r.p.datasets[i].Listed && r.account != nil
}

// Location returns the location id and its dataset if the person may see it; errors are those of [Rights.Dataset].
func (r Rights) Location(id string) (Dataset, Location, error) {
	if r.p != nil {
		if pl, ok := r.p.places[id]; ok {
			err := r.see(pl.dataset)
			if err == nil {
				return r.p.datasets[pl.dataset].Dataset, pl.location, nil
			}
			if !errors.Is(err, fs.ErrNotExist) { // else the name is not theirs to know
				return Dataset{}, Location{}, err
			}
		}
	}
	return Dataset{}, Location{}, fmt.Errorf("location %q: %w", id, fs.ErrNotExist)
}

// Resolve returns the location that ref lies in if the person may see it.
//
// The error is that of [Rights.Dataset], also when ref's location belongs to another dataset.
func (r Rights) Resolve(ref Ref) (Location, error) {
	d, err := r.Dataset(ref.Dataset)
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

// Locate returns where the object or folder at key of a bucket lies, if the person may see it. The error is that of
// [Rights.Location]: what lies in no location is as little there as what the person may not know of.
func (r Rights) Locate(bucket, key string) (Ref, Location, error) {
	if r.p != nil {
		for id, pl := range r.p.places {
			if pl.location.Bucket == bucket && strings.HasPrefix(key, pl.location.Prefix) { // locations do not overlap
				d, loc, err := r.Location(id)
				if errors.Is(err, fs.ErrNotExist) {
					break // the id is not theirs to know
				}
				if err != nil {
					return Ref{}, Location{}, err
				}
				return Ref{Dataset: d.Name, Location: id, Path: key[len(loc.Prefix):]}, loc, nil
			}
		}
	}
	return Ref{}, Location{}, fmt.Errorf("%s of bucket %q: %w", key, bucket, fs.ErrNotExist)
}

// Lacks returns the datasets of locations that the person may not see, each once and in that order: those that they may
// know of, and how many others. A location that is not there counts as one of those.
func (r Rights) Lacks(locations []string) (known []Dataset, others int) {
	seen := map[int]bool{}
	for _, id := range locations {
		if _, _, err := r.Location(id); err == nil {
			continue
		}
		if r.p == nil {
			others++
			continue
		}
		pl, there := r.p.places[id]
		if there && seen[pl.dataset] {
			continue
		}
		if there {
			seen[pl.dataset] = true
			if d, ok := r.Known(r.p.datasets[pl.dataset].Name); ok {
				known = append(known, d)
				continue
			}
		}
		others++
	}
	return known, others
}
