package store_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/store"
)

// workshop is an asking with one thing of each kind that can be changed.
type workshop struct {
	asking
	t           *testing.T
	guests      int64 // a group with Ben as its administrator, that may view the dataset
	bot, person int64 // a service account of Ben's; somebody
	affiliation int64
	terms       int64
	request     int64 // Eve's
}

func newWorkshop(t *testing.T) *workshop {
	w := &workshop{asking: newAsking(t), t: t}
	ada, ctx := rights(t, w.Store, w.ada), t.Context()
	var errs []error
	id := func(id int64, err error) int64 {
		errs = append(errs, err)
		return id
	}
	w.guests = id(w.AddGroup(ctx, ada, "guests", "Who visits."))
	w.person = signIn(t, w.Store, "dan@example.org").ID
	w.bot = id(w.AddService(ctx, ada, "nightly", w.ben.ID))
	w.affiliation = id(w.AddAffiliation(ctx, ada, w.ben.ID, store.Affiliation{Name: "UCL", Began: "2020-01-31"}))
	w.terms = id(w.AddTerms(ctx, ada, "Rules", "Be kind."))
	w.request = w.ask(t, w.eve, w.i58)
	errs = append(
		errs,
		w.SetMember(ctx, ada, access.Member{Group: w.guests, Person: w.ben.ID, Admin: true}),
		w.SetMember(ctx, ada, access.Member{Group: w.guests, Person: w.ada.ID, Expires: noon.Add(day)}),
		w.Invite(ctx, ada, store.Invitation{Group: w.guests, Email: "fay@example.org", Expires: noon.Add(day)}),
		w.SetGrant(ctx, ada, access.Grant{Dataset: w.i58, Group: w.guests, Permission: "view", Expires: noon.Add(day)}),
		w.AddLocation(ctx, ada, w.i58, access.Location{ID: "i58-raw", Bucket: "scans", Prefix: "i58/"}),
		w.AddApp(ctx, ada, "https://viewer.example.org", "Viewer"),
	)
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	return w
}

// state is all that an undo can bring back, but since when it is so, and the ids of affiliations.
func (w *workshop) state() string {
	w.t.Helper()
	ctx, by := w.t.Context(), auditor()
	facts, _, err := w.Facts(ctx)
	errs := []error{err}
	for i := range facts.Members {
		facts.Members[i].Since = time.Time{}
	}
	for i := range facts.Grants {
		facts.Grants[i].Since = time.Time{}
	}
	slices.SortFunc(facts.Accounts, func(a, b access.Account) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(facts.Groups, func(a, b access.Group) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(facts.Members, func(a, b access.Member) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Person, b.Person))
	})
	slices.SortFunc(facts.Grants, func(a, b access.Grant) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Dataset, b.Dataset), cmp.Compare(a.Permission, b.Permission))
	})
	people, _, err := w.People(ctx, by, store.Query{})
	errs = append(errs, err)
	services, _, err := w.Services(ctx, by, store.Query{})
	errs = append(errs, err)
	groups, _, err := w.Groups(ctx, by, store.Query{})
	errs = append(errs, err)
	datasets, _, err := w.Datasets(ctx, by, store.Query{})
	errs = append(errs, err)
	locations, err := w.LocationsOf(ctx, by, w.i58)
	errs = append(errs, err)
	invitations, err := w.Invitations(ctx, by, w.guests)
	errs = append(errs, err)
	apps, err := w.Apps(ctx)
	errs = append(errs, err)
	requests, _, err := w.Requests(ctx, by, "", store.Query{})
	errs = append(errs, err)
	affiliations, err := w.Affiliations(ctx, by, w.ben.ID)
	errs = append(errs, err)
	for i := range affiliations {
		affiliations[i].ID = 0
	}
	text, err := json.MarshalIndent([]any{facts, people, services, groups, datasets, locations, invitations, apps, requests, affiliations}, "", " ")
	if err = errors.Join(append(errs, err)...); err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// by are the rights that somebody has by now.
func (w *workshop) by(who access.Person) access.Rights {
	w.t.Helper()
	return rights(w.t, w.Store, who)
}

// undoCases are all kinds of changes that can be undone. since is another change of the same thing.
func undoCases() map[string]struct {
	do, since func(w *workshop) error
	ben       bool // does it, instead of Ada
	oneWay    bool // the undo has no undo
} {
	member := func(admin bool, expires time.Time) func(w *workshop) error {
		return func(w *workshop) error {
			return w.SetMember(w.t.Context(), w.by(w.ada), access.Member{Group: w.guests, Person: w.person, Admin: admin, Expires: expires})
		}
	}
	grant := func(permission string, expires time.Time) func(w *workshop) error {
		return func(w *workshop) error {
			return w.SetGrant(w.t.Context(), w.by(w.ada), access.Grant{Dataset: w.i58, Group: w.guests, Permission: permission, Expires: expires})
		}
	}
	noGrant := func(permission string) func(w *workshop) error {
		return func(w *workshop) error {
			return w.RemoveGrant(w.t.Context(), w.by(w.ada), w.i58, w.guests, permission)
		}
	}
	profile := func(id func(w *workshop) int64, c func(w *workshop) store.ProfileChange) func(w *workshop) error {
		return func(w *workshop) error { return w.ChangeProfile(w.t.Context(), w.by(w.ada), id(w), c(w)) }
	}
	dataset := func(c func(w *workshop) store.DatasetChange) func(w *workshop) error {
		return func(w *workshop) error { return w.ChangeDataset(w.t.Context(), w.by(w.ada), w.i58, c(w)) }
	}
	person, bot := func(w *workshop) int64 { return w.person }, func(w *workshop) int64 { return w.bot }
	yes, no, name, other := true, false, "Another", "And another"
	title := dataset(func(*workshop) store.DatasetChange { return store.DatasetChange{Title: &other} })
	invite := func(email string, expires time.Time) func(w *workshop) error {
		return func(w *workshop) error {
			return w.Invite(w.t.Context(), w.by(w.ada), store.Invitation{Group: w.guests, Email: email, Expires: expires})
		}
	}
	group := func(name string) func(w *workshop) error {
		return func(w *workshop) error { return w.ChangeGroup(w.t.Context(), w.by(w.ada), w.guests, &name, nil) }
	}
	move := func(prefix string) func(w *workshop) error {
		return func(w *workshop) error { return w.MoveLocation(w.t.Context(), w.by(w.ada), "i58-raw", "scans", prefix) }
	}
	affiliate := func(w *workshop) error {
		_, err := w.AddAffiliation(w.t.Context(), w.by(w.ada), w.ben.ID, store.Affiliation{Name: "ESRF"})
		return err
	}
	unaffiliate := func(w *workshop) error {
		return w.RemoveAffiliation(w.t.Context(), w.by(w.ada), w.ben.ID, w.affiliation)
	}
	return map[string]struct {
		do, since   func(w *workshop) error
		ben, oneWay bool
	}{
		"a name": {
			do:    profile(person, func(*workshop) store.ProfileChange { return store.ProfileChange{Name: &name} }),
			since: profile(person, func(*workshop) store.ProfileChange { return store.ProfileChange{Name: &other} }),
		},
		"an administrator": {
			do:    profile(person, func(*workshop) store.ProfileChange { return store.ProfileChange{Admin: &yes} }),
			since: profile(person, func(*workshop) store.ProfileChange { return store.ProfileChange{Admin: &no} }),
		},
		"a disabled person": {
			do:    profile(person, func(*workshop) store.ProfileChange { return store.ProfileChange{Disabled: &yes} }),
			since: profile(person, func(*workshop) store.ProfileChange { return store.ProfileChange{Disabled: &no} }),
		},
		"an owner": {
			do:    profile(bot, func(w *workshop) store.ProfileChange { return store.ProfileChange{Owner: &w.person} }),
			since: profile(bot, func(w *workshop) store.ProfileChange { return store.ProfileChange{Owner: &w.ada.ID} }),
		},
		"an affiliation":      {do: affiliate, since: func(w *workshop) error { return w.Undo(w.t.Context(), w.by(w.ada), w.last(w.ada).ID) }},
		"no affiliation":      {do: unaffiliate, since: func(w *workshop) error { return w.Undo(w.t.Context(), w.by(w.ada), w.last(w.ada).ID) }},
		"a member":            {do: member(false, time.Time{}), since: member(true, time.Time{})},
		"a member for a time": {do: member(true, noon.Add(day)), since: member(true, noon.Add(2*day))},
		"another end of a member": {
			do: func(w *workshop) error {
				return w.SetMember(w.t.Context(), w.by(w.ben), access.Member{Group: w.guests, Person: w.ada.ID, Expires: noon.Add(3 * day)})
			},
			since: func(w *workshop) error {
				return w.SetMember(w.t.Context(), w.by(w.ada), access.Member{Group: w.guests, Person: w.ada.ID, Admin: true, Expires: noon.Add(3 * day)})
			},
			ben: true,
		},
		"no member": {
			do: func(w *workshop) error { return w.RemoveMember(w.t.Context(), w.by(w.ben), w.guests, w.ada.ID) },
			since: func(w *workshop) error {
				return w.SetMember(w.t.Context(), w.by(w.ada), access.Member{Group: w.guests, Person: w.ada.ID})
			},
			ben: true,
		},
		"an invitation":                {do: invite("gus@example.org", time.Time{}), since: invite("gus@example.org", noon.Add(day))},
		"another end of an invitation": {do: invite("fay@example.org", noon.Add(2*day)), since: invite("fay@example.org", noon.Add(3*day))},
		"no invitation": {
			do: func(w *workshop) error {
				return w.Uninvite(w.t.Context(), w.by(w.ada), w.guests, "fay@example.org")
			},
			since: invite("fay@example.org", time.Time{}),
		},
		"a group's name": {do: group("visitors"), since: group("friends")},
		"no group": {
			do: func(w *workshop) error { return w.RemoveGroup(w.t.Context(), w.by(w.ada), w.guests) },
			since: func(w *workshop) error {
				_, err := w.AddGroup(w.t.Context(), w.by(w.ada), "Guests", "")
				return err
			},
			oneWay: true,
		},
		"a grant":                {do: grant("edit", time.Time{}), since: noGrant("edit")},
		"a word":                 {do: grant("cave.annotate", time.Time{}), since: grant("cave.annotate", noon.Add(day))},
		"another end of a grant": {do: grant("view", noon.Add(2*day)), since: grant("view", noon.Add(3*day))},
		"no grant":               {do: noGrant("view"), since: grant("view", time.Time{})},
		"a dataset's title": {
			do:    dataset(func(*workshop) store.DatasetChange { return store.DatasetChange{Title: &name} }),
			since: title,
		},
		"a dataset's terms": {
			do:    dataset(func(w *workshop) store.DatasetChange { return store.DatasetChange{Terms: &w.terms} }),
			since: title,
		},
		"a dataset's name, and hidden": {
			do: dataset(func(*workshop) store.DatasetChange { return store.DatasetChange{Name: &name, Listed: &no} }), since: title,
		},
		"no dataset": {
			do: dataset(func(*workshop) store.DatasetChange { return store.DatasetChange{Retired: &yes} }), since: title,
		},
		"a location elsewhere": {do: move("i58-new/"), since: move("i58-newer/")},
		"no location": {
			do:    func(w *workshop) error { return w.RetireLocation(w.t.Context(), w.by(w.ada), "i58-raw", true) },
			since: func(w *workshop) error { return w.RetireLocation(w.t.Context(), w.by(w.ada), "i58-raw", false) },
		},
		"an app": {
			do:    func(w *workshop) error { return w.AddApp(w.t.Context(), w.by(w.ada), "https://x.example.org", "X") },
			since: func(w *workshop) error { return w.RemoveApp(w.t.Context(), w.by(w.ada), "https://x.example.org") },
		},
		"no app": {
			do: func(w *workshop) error {
				return w.RemoveApp(w.t.Context(), w.by(w.ada), "https://viewer.example.org")
			},
			since: func(w *workshop) error {
				return w.AddApp(w.t.Context(), w.by(w.ada), "https://viewer.example.org", "Viewer")
			},
		},
		"a no": {
			do:     func(w *workshop) error { return w.Decline(w.t.Context(), w.by(w.ben), w.request, "No.", nil) },
			since:  func(w *workshop) error { w.ask(w.t, w.eve, w.i58); return nil },
			ben:    true,
			oneWay: true,
		},
		"a yes": {
			do: func(w *workshop) error {
				_, err := w.Approve(w.t.Context(), w.by(w.ben), w.request, store.Approval{Group: w.guests}, nil)
				return err
			},
			since: func(w *workshop) error {
				return w.SetMember(w.t.Context(), w.by(w.ada), access.Member{Group: w.guests, Person: w.eve.ID, Admin: true})
			},
			ben:    true,
			oneWay: true,
		},
	}
}
