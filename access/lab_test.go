package access_test

import (
	"slices"
	"testing"
	"time"

	"ngportal/access"
)

// The people of the lab that the tests of this package are about.
var (
	ada    = access.Person{ID: 1, Name: "Ada", Email: "ada@example.org"} // administers the portal
	ben    = access.Person{ID: 2, Name: "Ben", Email: "ben@example.org"} // views
	cleo   = access.Person{ID: 3, Name: "Cleo"}                          // edits, and leads the viewers
	dan    = access.Person{ID: 4, Name: "Dan"}                           // manages
	fay    = access.Person{ID: 5, Name: "Fay"}                           // has the permission admin
	eve    = access.Person{ID: 6, Name: "Eve"}                           // is in no group
	gus    = access.Person{ID: 7, Name: "Gus"}                           // would administer, but is disabled
	hal    = access.Person{ID: 8, Name: "Hal"}                           // views, edits and manages until noon
	robot  = access.Person{ID: 9, Name: "robot", Service: true}          // Ben's: views
	orphan = access.Person{ID: 10, Name: "orphan", Service: true}        // Gus's: views
	ghost  = access.Person{ID: 99, Name: "Ghost"}                        // whom nobody knows
	nobody access.Person
)

var (
	noon   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	before = noon.Add(-time.Millisecond)
)

// The groups, datasets and terms of the lab.
const (
	everyone, public, viewers, editors, managers, admins, others      = 1, 2, 3, 4, 5, 6, 7
	open, wide, bens, listed, bound, closed, soon, foreign, wideBound = 1, 2, 3, 4, 5, 6, 7, 8, 9
	rules, moreRules, unused                                          = 70, 71, 72
)

func facts() access.Facts {
	return access.Facts{
		Accounts: []access.Account{
			{ID: ada.ID, Admin: true},
			{ID: ben.ID},
			{ID: cleo.ID},
			{ID: dan.ID},
			{ID: fay.ID},
			{ID: eve.ID},
			{ID: gus.ID, Admin: true, Disabled: true},
			{ID: hal.ID},
			{ID: robot.ID, Owner: ben.ID},
			{ID: orphan.ID, Owner: gus.ID},
		},
		Groups: []access.Group{
			{ID: everyone, Name: "everyone", Kind: access.Everyone},
			{ID: public, Name: "public", Kind: access.Public},
			{ID: viewers, Name: "viewers"},
			{ID: editors, Name: "editors"},
			{ID: managers, Name: "managers"},
			{ID: admins, Name: "admins"},
			{ID: others, Name: "others"},
		},
		Members: []access.Member{
			{Group: viewers, Person: ben.ID},
			{Group: viewers, Person: cleo.ID, Admin: true},
			{Group: editors, Person: cleo.ID},
			{Group: managers, Person: dan.ID},
			{Group: admins, Person: fay.ID},
			{Group: viewers, Person: robot.ID},
			{Group: viewers, Person: orphan.ID},
			{Group: managers, Person: gus.ID},
			{Group: viewers, Person: hal.ID, Admin: true, Expires: noon},
			{Group: managers, Person: hal.ID, Expires: noon},
			{Group: managers, Person: robot.ID, Expires: noon},
			{Group: 55, Person: eve.ID},
			{Group: admins, Person: 98},
			{Group: everyone, Person: eve.ID, Admin: true}, // such a group has no members, whatever is written down
		},
		Datasets: []access.Dataset{
			{ID: open, Name: "open", Locations: at("loc-open", "b", "open/")},
			{ID: wide, Name: "wide", Title: "The wide one", Locations: at("loc-wide", "b", "wide/")},
			{ID: bens, Name: "bens", Locations: at("loc-bens", "b", "bens/")},
			{ID: listed, Name: "listed", Listed: true, Locations: at("loc-listed", "b", "listed/")},
			{ID: bound, Name: "bound", Title: "Bound by rules", Terms: rules, TermsVersion: 2, Locations: at("loc-bound", "b", "bound/")},
			{ID: closed, Name: "closed", Locations: at("loc-closed", "c", "")},
			{ID: soon, Name: "soon", Locations: at("loc-soon", "b", "soon/")},
			{ID: foreign, Name: "foreign", Listed: true, Terms: moreRules, TermsVersion: 1},
			{ID: wideBound, Name: "wide-bound", Terms: moreRules, TermsVersion: 1},
		},
		Grants: []access.Grant{
			{Dataset: open, Group: everyone, Permission: "view"},
			{Dataset: wide, Group: public, Permission: "view"},
			{Dataset: wide, Group: public, Permission: "admin"},
			{Dataset: bens, Group: admins, Permission: "admin"},
			{Dataset: bens, Group: viewers, Permission: "view"},
			{Dataset: bens, Group: editors, Permission: "edit"},
			{Dataset: bens, Group: managers, Permission: "manage"},
			{Dataset: bens, Group: viewers, Permission: "neuprint:read"},
			{Dataset: bens, Group: editors, Permission: "neuprint:read"},
			{Dataset: listed, Group: viewers, Permission: "view"},
			{Dataset: bound, Group: viewers, Permission: "view"},
			{Dataset: bound, Group: managers, Permission: "manage"},
			{Dataset: closed, Group: viewers, Permission: "neuprint:read"}, // of another service: opens nothing here
			{Dataset: soon, Group: viewers, Permission: "view", Expires: noon},
			{Dataset: soon, Group: managers, Permission: "manage", Expires: noon},
			{Dataset: foreign, Group: others, Permission: "view"},
			{Dataset: wideBound, Group: public, Permission: "view"},
			{Dataset: open, Group: 56, Permission: "view"},
			{Dataset: 57, Group: viewers, Permission: "view"},
		},
		Acceptances: []access.Acceptance{
			{Person: ben.ID, Terms: rules, Version: 2},
			{Person: ben.ID, Terms: rules, Version: 1},
			{Person: cleo.ID, Terms: rules, Version: 1},
			{Person: 98, Terms: rules, Version: 2},
		},
	}
}

// when is what who may do with a session at a time.
func when(who access.Person, now time.Time) access.Rights {
	return access.New(facts()).For(who, access.ScopeAdmin, now)
}

func names(sets []access.Dataset) []string {
	var out []string
	for _, d := range sets {
		out = append(out, d.Name)
	}
	return out
}

func same[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}
