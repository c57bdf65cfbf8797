package access

import "slices"

// A Reason is one of the grants by which somebody has a permission on a dataset, and how they come to be in its group.
type Reason struct {
	Administers bool // of the portal; then there is nothing else
	Group       Group
	Grant       Grant
	Member      Member // zero for the groups that need no members
}

// Why returns the grants that give the person something on the dataset with this id now, the highest level first.
func (r Rights) Why(id int64) []Reason {
	if r.p == nil {
		return nil
	}
	i, ok := r.p.byID[id]
	if !ok {
		return nil
	}
	var out []Reason
	for _, g := range r.p.datasets[i].grants {
		if r.holds(g) {
			out = append(out, Reason{Group: r.p.groups[g.Group], Grant: g.Grant, Member: r.membership(g.Group)})
		}
	}
	slices.SortStableFunc(out, func(a, b Reason) int {
		return int(LevelOf(b.Grant.Permission) - LevelOf(a.Grant.Permission))
	})
	if r.account != nil && r.account.Admin {
		out = append([]Reason{{Administers: true}}, out...)
	}
	return out
}

func (r Rights) membership(group int64) Member {
	if r.account != nil {
		for _, m := range r.account.member {
			if m.Group == group && !over(m.Expires, r.now) {
				return m
			}
		}
	}
	return Member{}
}

// Of returns what another person may do by the same policy at the same moment, for telling an administrator.
// The credential of somebody else is taken to be a session; about themselves everybody may ask. The error is a [*Refusal].
func (r Rights) Of(who Person) (Rights, error) {
	if who.ID == r.person.ID {
		return r, nil
	}
	if !r.Administers() {
		return Rights{}, refuse("Only an administrator of the portal may ask what others may see.")
	}
	return r.p.For(who, ScopeAdmin, r.now), nil
}

// MayAdminister tells why the person may not do what administrators of the portal do, or nil. The error is a [*Refusal].
func (r Rights) MayAdminister() error {
	if r.Administers() {
		return nil
	}
	if r.account != nil && r.account.Admin {
		return refuse("This needs a credential of the scope admin, and this one has the scope %s.", r.scope)
	}
	return refuse("Only an administrator of the portal may do this.")
}

// MayShare tells why the person may not keep anything or make links, or nil. The error is a [*Refusal].
func (r Rights) MayShare() error {
	switch {
	case r.account == nil:
		return refuse("Sign in first.")
	case r.scope < ScopeShare:
		return refuse("This needs a credential of the scope share, and this one has the scope %s.", r.scope)
	}
	return nil
}

// MayManage tells why the person has not at least the level least on the dataset with this id, or nil.
// The error is a [*Refusal].
func (r Rights) MayManage(id int64, least Level) error {
	if r.Level(id) >= max(least, View) {
		return nil
	}
	if least == Manage {
		return refuse("Only a manager of the dataset may do this.")
	}
	return refuse("Only somebody with the permission “%s” on the dataset may do this.", least)
}

// Manages returns the datasets on which the person has at least the level Manage, in order.
func (r Rights) Manages() []Dataset {
	if r.account == nil {
		return nil
	}
	return r.with(Manage, r.p.runs)
}

// Leads reports whether the person may change who is in the group with this id.
func (r Rights) Leads(group int64) bool {
	return r.Administers() || r.account != nil && r.scope >= ScopeAdmin && r.membership(group).Admin
}

// MayLead tells why the person may not change who is in the group with this id, or nil. The error is a [*Refusal].
func (r Rights) MayLead(group int64) error {
	if r.Leads(group) {
		return nil
	}
	return refuse("Only an administrator of the group may change who is in it.")
}

// Led returns the ids of the groups that the person is an administrator of; for an administrator of the portal
// these are not all that they may change.
func (r Rights) Led() []int64 {
	if r.account == nil || r.scope < ScopeAdmin {
		return nil
	}
	var out []int64
	for _, m := range r.account.member {
		if m.Admin && !over(m.Expires, r.now) {
			out = append(out, m.Group)
		}
	}
	return out
}

// MayAdmit tells why the person may not put somebody into the group with this id to give them a dataset, or nil.
// They may if they lead the group, or if all that it opens is theirs to give. The error is a [*Refusal].
func (r Rights) MayAdmit(group int64) error {
	if r.Leads(group) {
		return nil
	}
	if r.p == nil || r.p.groups[group].Kind != Members || len(r.p.opens[group]) == 0 {
		return r.MayLead(group)
	}
	for _, i := range r.p.opens[group] {
		for _, g := range r.p.datasets[i].grants {
			if g.Group == group && r.MayGrant(g.Dataset, group, g.Permission) != nil {
				return refuse("The group also opens datasets that you do not manage. An administrator of the group may put people into it.")
			}
		}
	}
	return nil
}

// MayGrant tells why the person may not give or take a permission on the dataset with this id to a group, or nil.
// Managers give view and edit to groups with members; for anything else it needs the level Admin.
// The error is a [*Refusal].
func (r Rights) MayGrant(dataset, group int64, permission string) error {
	least := Admin
	if l := LevelOf(permission); (l == View || l == Edit) && r.p != nil && r.p.groups[group].Kind == Members {
		least = Manage
	}
	return r.MayManage(dataset, least)
}

// Acting reports whether the person has anything to administer.
func (r Rights) Acting() bool {
	if r.account == nil || r.scope < ScopeAdmin {
		return false
	}
	manages := func(i int) bool { return r.level(i) >= Manage }
	return r.account.Admin || len(r.Led()) > 0 ||
		slices.ContainsFunc(r.groups, func(g int64) bool { return slices.ContainsFunc(r.p.runs[g], manages) })
}

// KnowsTerms reports whether the person may read the terms with this id: they are those of a dataset that they may
// know of, or the person has something to administer.
func (r Rights) KnowsTerms(id int64) bool {
	if r.p == nil || id == 0 {
		return false
	}
	return slices.ContainsFunc(r.p.bound[id], r.knows) || r.Acting()
}

// Managers returns the ids of the people who may answer a request for the dataset with this id: those in groups that
// have the level Manage on it, else the administrators of the portal. Service accounts are left out.
func (r Rights) Managers(dataset int64) []int64 {
	if r.p == nil {
		return nil
	}
	i, ok := r.p.byID[dataset]
	if !ok {
		return nil
	}
	managing := map[int64]bool{}
	for _, g := range r.p.datasets[i].grants {
		if g.level >= Manage && !over(g.Expires, r.now) {
			managing[g.Group] = true
		}
	}
	managers := r.p.people(func(a *account) bool {
		return slices.ContainsFunc(a.member, func(m Member) bool { return managing[m.Group] && !over(m.Expires, r.now) })
	})
	if len(managers) > 0 {
		return managers
	}
	return r.p.people(func(a *account) bool { return a.Admin })
}

// people returns the ids of those who are not disabled and of whom is says so, sorted.
func (p *Policy) people(is func(*account) bool) []int64 {
	var out []int64
	for id, a := range p.accounts {
		if a.Owner == 0 && !a.Disabled && is(a) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}
