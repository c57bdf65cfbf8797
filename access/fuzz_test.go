package access_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"ngportal/access"
)

// randomFacts are small, so that much meets, and speak of things that are not there.
func randomFacts(rnd *rand.Rand) (f access.Facts) {
	id := func() int64 { return rnd.Int64N(6) + 1 }
	chance := func(n int) bool { return rnd.IntN(n) == 0 }
	end := func() time.Time {
		return []time.Time{{}, {}, noon.Add(-time.Nanosecond), noon, noon.Add(time.Nanosecond)}[rnd.IntN(5)]
	}
	for i := range int64(5) {
		a := access.Account{ID: i + 1, Admin: chance(6), Disabled: chance(6)}
		if chance(4) {
			a.Owner = id()
		}
		f.Accounts = append(f.Accounts, a)
		f.Groups = append(f.Groups, access.Group{ID: i + 1, Kind: []access.GroupKind{"", "", "", access.Everyone, access.Public}[rnd.IntN(5)]})
		d := access.Dataset{ID: i + 1, Name: fmt.Sprintf("d%d", i+1), Listed: chance(2), TermsVersion: rnd.IntN(3)}
		if chance(2) {
			d.Terms = id()
		}
		d.Locations = at(fmt.Sprintf("loc-%d", i+1), "b", fmt.Sprintf("%d/", i+1))
		f.Datasets = append(f.Datasets, d)
	}
	rnd.Shuffle(len(f.Groups), func(i, j int) { f.Groups[i], f.Groups[j] = f.Groups[j], f.Groups[i] })
	rnd.Shuffle(len(f.Datasets), func(i, j int) { f.Datasets[i], f.Datasets[j] = f.Datasets[j], f.Datasets[i] })
	members, grants := map[[2]int64]bool{}, map[string]bool{}
	for range rnd.IntN(15) {
		m := access.Member{Group: id(), Person: id(), Admin: chance(3), Expires: end()}
		if key := [2]int64{m.Group, m.Person}; !members[key] {
			members[key] = true
			f.Members = append(f.Members, m)
		}
		g := access.Grant{Dataset: id(), Group: id(), Expires: end(), Permission: words[rnd.IntN(len(words))]}
		if key := fmt.Sprint(g.Dataset, g.Group, g.Permission); !grants[key] {
			grants[key] = true
			f.Grants = append(f.Grants, g)
		}
		f.Acceptances = append(f.Acceptances, access.Acceptance{Person: id(), Terms: id(), Version: rnd.IntN(3)})
	}
	return f
}

var words = []string{"view", "view", "edit", "manage", "admin", "other:word"}

// FuzzRights asks all questions of random facts, of the policy and of the model.
func FuzzRights(f *testing.F) {
	for seed := range uint64(100) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		facts := randomFacts(rand.New(rand.NewPCG(seed, 1)))
		p := access.New(facts)
		for who := range int64(7) { // nobody, five, and one whom nobody knows
			for scope := access.NoScope; scope <= access.ScopeAdmin; scope++ {
				m := model{facts, who, scope, noon}
				a, _ := m.account(who)
				r := p.For(access.Person{ID: who, Service: a.Owner != 0}, scope, noon)
				compare(t, fmt.Sprintf("seed %d, person %d, scope %v", seed, who, scope), r, m)
			}
		}
	})
}

func compare(t *testing.T, what string, r access.Rights, m model) {
	t.Helper()
	check := func(question string, got, want any) {
		t.Helper()
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %s = %v, the model says %v", what, question, got, want)
		}
	}
	var visible, listed, manages []string
	for _, d := range m.Datasets {
		if m.level(d.ID) >= 1 {
			visible = append(visible, d.Name)
		}
		if m.level(d.ID) == 0 && d.Listed && m.somebody() {
			listed = append(listed, d.Name)
		}
		if m.somebody() && m.level(d.ID) >= 3 {
			manages = append(manages, d.Name)
		}
		compareDataset(check, r, m, d)
	}
	check("Visible", names(r.Visible()), visible)
	check("Listed", names(r.Listed()), listed)
	check("Manages", names(r.Manages()), manages)
	check("Administers", r.MayAdminister() == nil, m.full() && m.admin())
	check("MayShare", r.MayShare() == nil, m.somebody() && m.scope >= access.ScopeShare)
	check("Acting", r.Acting(), m.acts())
	for id := range int64(7) {
		check("Level", int(r.Level(id)), m.level(id))
		check("Leads", r.Leads(id), m.leads(id))
		check("Led", slices.Contains(r.Led(), id), m.full() && m.in(m.who, id, true))
		check("MayAdmit", r.MayAdmit(id) == nil, m.admits(id))
		check("KnowsTerms", r.KnowsTerms(id), m.knowsTerms(id))
		check("Managers", r.Managers(id), m.managers(id))
		for dataset := range int64(7) {
			for _, word := range words {
				check("MayGrant", r.MayGrant(dataset, id, word) == nil, m.grants(dataset, id, word))
			}
		}
	}
}

func compareDataset(check func(string, any, any), r access.Rights, m model, d access.Dataset) {
	answer := func(err error) string {
		_, terms := errors.AsType[*access.TermsError](err)
		switch {
		case err == nil:
			return "yes"
		case terms:
			return "terms"
		case errors.Is(err, fs.ErrPermission):
			return "no"
		case errors.Is(err, fs.ErrNotExist):
			return "absent"
		}
		return err.Error()
	}
	_, errDataset := r.Dataset(d.Name)
	_, _, errLocation := r.Location(d.Locations[0].ID)
	_, errResolve := r.Resolve(access.Ref{Dataset: d.Name, Location: d.Locations[0].ID})
	_, known := r.Known(d.Name)
	check("Dataset", answer(errDataset), m.sees(d))
	check("Location", answer(errLocation), m.sees(d))
	check("Resolve", answer(errResolve), m.sees(d))
	check("Known", known, m.sees(d) != "absent")
	held := m.holds(d.ID)
	if r.Scope() < access.ScopeAdmin {
		held = slices.DeleteFunc(held, func(word string) bool { return word != "view" })
	}
	check("Permissions", r.Permissions(d.ID), held)
	var why []string
	administers := false
	for i, reason := range r.Why(d.ID) {
		if reason.Administers {
			administers = i == 0
			continue
		}
		why = append(why, reason.Grant.Permission)
	}
	slices.Sort(why)
	check("Why", slices.Compact(why), m.holds(d.ID))
	check("Why an administrator", administers, m.admin())
}
