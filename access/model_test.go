package access_test

import (
	"slices"
	"time"

	"ngportal/access"
)

// A model answers as Rights do, straight from the facts and without any index.
type model struct {
	access.Facts
	who   int64
	scope access.Scope
	now   time.Time
}

func (m model) lasts(end time.Time) bool { return end.IsZero() || end.After(m.now) }

func (m model) account(id int64) (access.Account, bool) {
	for _, a := range m.Accounts {
		if a.ID == id && id != 0 {
			return a, true
		}
	}
	return access.Account{}, false
}

// somebody reports whether it is anybody at all.
func (m model) somebody() bool {
	a, ok := m.account(m.who)
	if !ok || a.Disabled || m.scope < access.ScopeRead {
		return false
	}
	owner, owned := m.account(a.Owner)
	return a.Owner == 0 || owned && !owner.Disabled
}

func (m model) admin() bool {
	a, _ := m.account(m.who)
	return m.somebody() && a.Admin
}

func (m model) full() bool { return m.somebody() && m.scope == access.ScopeAdmin }

func (m model) kind(group int64) (access.GroupKind, bool) {
	for _, g := range m.Groups {
		if g.ID == group {
			return g.Kind, true
		}
	}
	return "", false
}

func (m model) in(person, group int64, admin bool) bool {
	for _, x := range m.Members {
		if kind, ok := m.kind(group); ok && kind == access.Members && x.Group == group && x.Person == person && m.lasts(x.Expires) && (x.Admin || !admin) {
			return true
		}
	}
	return false
}

// holds are the permissions on a dataset that count.
func (m model) holds(dataset int64) (out []string) {
	for _, g := range m.Grants {
		kind, ok := m.kind(g.Group)
		if g.Dataset != dataset || !m.lasts(g.Expires) || !ok {
			continue
		}
		if kind == access.Public || m.somebody() && (kind == access.Everyone || m.in(m.who, g.Group, false)) {
			out = append(out, g.Permission)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (m model) level(dataset int64) int {
	if _, ok := m.dataset(dataset); !ok {
		return 0
	}
	best := 0
	for _, p := range m.holds(dataset) {
		best = max(best, slices.Index([]string{"", "view", "edit", "manage", "admin"}, p))
	}
	if m.admin() {
		best = 4
	}
	if !m.full() {
		best = min(best, 1)
	}
	return best
}

func (m model) dataset(id int64) (access.Dataset, bool) {
	for _, d := range m.Datasets {
		if d.ID == id {
			return d, true
		}
	}
	return access.Dataset{}, false
}

func (m model) accepted(d access.Dataset) bool {
	a, _ := m.account(m.who)
	if a.Owner != 0 {
		a.ID = a.Owner
	}
	return d.Terms == 0 || d.TermsVersion == 0 || m.somebody() && slices.ContainsFunc(m.Acceptances, func(x access.Acceptance) bool {
		return x.Person == a.ID && x.Terms == d.Terms && x.Version >= d.TermsVersion
	})
}

// sees is how the question for the data of a dataset is answered.
func (m model) sees(d access.Dataset) string {
	switch {
	case m.level(d.ID) == 0 && d.Listed && m.somebody():
		return "no"
	case m.level(d.ID) == 0:
		return "absent"
	case !m.accepted(d):
		return "terms"
	}
	return "yes"
}

func (m model) leads(group int64) bool {
	return m.full() && (m.admin() || m.in(m.who, group, true))
}

func (m model) acts() bool {
	if m.full() && m.admin() {
		return true
	}
	for _, g := range m.Groups {
		if m.full() && m.in(m.who, g.ID, true) {
			return true
		}
	}
	for _, d := range m.Datasets {
		if m.somebody() && m.level(d.ID) >= 3 {
			return true
		}
	}
	return false
}

func (m model) grants(dataset, group int64, permission string) bool {
	kind, ok := m.kind(group)
	least := 4
	if (permission == "view" || permission == "edit") && (!ok || kind == access.Members) {
		least = 3
	}
	return m.level(dataset) >= least
}

func (m model) admits(group int64) bool {
	if m.leads(group) {
		return true
	}
	kind, ok := m.kind(group)
	opens := false
	for _, g := range m.Grants {
		if _, there := m.dataset(g.Dataset); g.Group != group || !there {
			continue
		}
		opens = true
		if !m.grants(g.Dataset, group, g.Permission) {
			return false
		}
	}
	return ok && kind == access.Members && opens
}

func (m model) managers(dataset int64) (out []int64) {
	if _, ok := m.dataset(dataset); !ok {
		return nil
	}
	var admins []int64
	for _, a := range m.Accounts {
		manages := slices.ContainsFunc(m.Grants, func(g access.Grant) bool {
			return g.Dataset == dataset && (g.Permission == "manage" || g.Permission == "admin") && m.lasts(g.Expires) && m.in(a.ID, g.Group, false)
		})
		switch {
		case a.Disabled || a.Owner != 0:
		case manages:
			out = append(out, a.ID)
		}
		if a.Admin && !a.Disabled && a.Owner == 0 {
			admins = append(admins, a.ID)
		}
	}
	if len(out) == 0 {
		out = admins
	}
	slices.Sort(out)
	return out
}

func (m model) knowsTerms(terms int64) bool {
	if terms == 0 {
		return false
	}
	return m.acts() || slices.ContainsFunc(m.Datasets, func(d access.Dataset) bool {
		return d.Terms == terms && m.sees(d) != "absent"
	})
}
