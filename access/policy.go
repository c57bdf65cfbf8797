package access

import (
	"slices"
	"time"
)

// A Policy is everything that decides who may do what, at one revision of the facts. It never changes, and is
// safe for concurrent use.
type Policy struct {
	accounts map[int64]*account
	groups   map[int64]Group
	everyone []int64 // the groups of those kinds
	public   []int64
	datasets []dataset
	byID     map[int64]int // into datasets
	byName   map[string]int
	places   map[string]place
	opens    map[int64][]int // group → the datasets it has a grant on; one may come several times
	runs     map[int64][]int // group → the datasets it has the level Manage on; likewise
	listed   []int           // the datasets that are listed
	bound    map[int64][]int // terms → the datasets that need them
}

type account struct {
	Account
	member   []Member
	accepted map[int64]int // terms → version
}

type dataset struct {
	Dataset
	grants []grant
}

type grant struct {
	Grant
	level Level // that the permission stands for
}

type place struct {
	dataset  int
	location Location
}

// New returns the policy of facts. Facts that speak of something that is not there are passed over: they allow nothing.
func New(f Facts) *Policy {
	p := &Policy{
		accounts: make(map[int64]*account, len(f.Accounts)), groups: make(map[int64]Group, len(f.Groups)),
		byID: make(map[int64]int, len(f.Datasets)), byName: make(map[string]int, len(f.Datasets)),
		places: make(map[string]place, len(f.Datasets)), opens: map[int64][]int{}, runs: map[int64][]int{},
		datasets: make([]dataset, 0, len(f.Datasets)), bound: map[int64][]int{},
	}
	for _, a := range f.Accounts {
		p.accounts[a.ID] = &account{Account: a}
	}
	p.addGroups(f.Groups)
	for _, m := range f.Members {
		a := p.accounts[m.Person]
		if g, ok := p.groups[m.Group]; ok && g.Kind == Members && a != nil {
			a.member = append(a.member, m)
		}
	}
	for _, a := range f.Acceptances {
		p.accept(a)
	}
	for i, d := range f.Datasets {
		p.addDataset(i, d)
	}
	for _, g := range f.Grants {
		p.addGrant(g)
	}
	slices.Sort(p.public)
	return p
}

func (p *Policy) addGroups(groups []Group) {
	for _, g := range groups {
		p.groups[g.ID] = g
		switch g.Kind {
		case Everyone:
			p.everyone = append(p.everyone, g.ID)
		case Public:
			p.public = append(p.public, g.ID)
		case Members:
		}
	}
}

func (p *Policy) accept(a Acceptance) {
	who := p.accounts[a.Person]
	if who == nil {
		return
	}
	if who.accepted == nil {
		who.accepted = map[int64]int{}
	}
	who.accepted[a.Terms] = max(who.accepted[a.Terms], a.Version)
}

func (p *Policy) addDataset(i int, d Dataset) {
	if d.Title == "" {
		d.Title = d.Name
	}
	p.datasets = append(p.datasets, dataset{Dataset: d})
	p.byID[d.ID], p.byName[d.Name] = i, i
	if d.Listed {
		p.listed = append(p.listed, i)
	}
	if d.Terms != 0 {
		p.bound[d.Terms] = append(p.bound[d.Terms], i)
	}
	for _, l := range d.Locations {
		p.places[l.ID] = place{i, l}
	}
}

func (p *Policy) addGrant(g Grant) {
	i, ok := p.byID[g.Dataset]
	if _, known := p.groups[g.Group]; !ok || !known {
		return
	}
	d := &p.datasets[i]
	level := LevelOf(g.Permission)
	d.grants = append(d.grants, grant{g, level})
	p.opens[g.Group] = append(p.opens[g.Group], i)
	if level >= Manage {
		p.runs[g.Group] = append(p.runs[g.Group], i)
	}
}

// For returns what who may do at now with a credential of the given scope. Somebody whom the policy does not know,
// or who is disabled, may do no more than nobody; so may a service account whose owner is.
func (p *Policy) For(who Person, scope Scope, now time.Time) Rights {
	r := Rights{p: p, scope: scope, now: now, groups: p.public}
	a := p.accounts[who.ID]
	if !who.SignedIn() || scope <= NoScope || !p.active(a) {
		return r
	}
	who.Service = who.Service || a.Owner != 0
	r.person, r.account = who, a
	r.groups = make([]int64, 0, len(p.public)+len(p.everyone)+len(a.member))
	r.groups = append(append(r.groups, p.public...), p.everyone...)
	for _, m := range a.member {
		if !over(m.Expires, now) {
			r.groups = append(r.groups, m.Group)
		}
	}
	slices.Sort(r.groups)
	return r
}

// active reports whether an account counts.
func (p *Policy) active(a *account) bool {
	if a == nil || a.Disabled {
		return false
	}
	if a.Owner == 0 {
		return true
	}
	owner := p.accounts[a.Owner]
	return owner != nil && !owner.Disabled
}

// Route returns the location that a data URL with this id leads to. It asks nobody's permission:
// it is for the edge, after the cookies of the request have been checked.
func (p *Policy) Route(id string) (Location, bool) {
	pl, ok := p.places[id]
	return pl.location, ok
}

// Locations returns every location of every dataset.
func (p *Policy) Locations() []Location {
	var out []Location
	for _, d := range p.datasets {
		out = append(out, d.Locations...)
	}
	return out
}
