package handlers

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"time"

	"ngportal/store"
	"ngportal/views"
)

// settingsRoutes are what people see and change of themselves.
func (s *site) settingsRoutes() []route {
	return []route{
		{pattern: "GET /settings", handler: s.settings},
		{pattern: "POST /settings/name", handler: s.changeName},
		{pattern: "GET /settings/identities/remove", handler: s.removeIdentity},
		{pattern: "POST /settings/identities/remove", handler: s.removeIdentity},
		{pattern: "GET /settings/identities/confirm", handler: s.confirmIdentity},
		{pattern: "POST /settings/identities/confirm", handler: s.confirmIdentity},
		{pattern: "GET /settings/groups/{id}/leave", handler: s.leaveGroup},
		{pattern: "POST /settings/groups/{id}/leave", handler: s.leaveGroup},
		{pattern: "GET /settings/sessions", handler: s.sessions},
		{pattern: "GET /settings/sessions/end", handler: s.endSession},
		{pattern: "POST /settings/sessions/end", handler: s.endSession},
		{pattern: "POST /settings/sessions/end-others", handler: s.endOtherSessions},
		{pattern: "GET /settings/tokens", handler: s.tokens},
		{pattern: "POST /settings/tokens", handler: s.makeToken},
		{pattern: "GET /settings/tokens/{id}/revoke", handler: s.revokeToken},
		{pattern: "POST /settings/tokens/{id}/revoke", handler: s.revokeToken},
		{pattern: "GET /settings/terms", handler: s.acceptedTerms},
	}
}

// settingsPage begins a page of the settings; tab is the address of the one among them that is shown.
func (s *site) settingsPage(r *http.Request, tab, heading, intro string) views.AdminPage {
	m := views.AdminPage{Page: s.page(r, heading), Heading: heading, Intro: intro, Area: "Settings"}
	for _, t := range []views.Tab{
		{Label: "Profile", Href: "/settings"},
		{Label: "Sessions", Href: "/settings/sessions"},
		{Label: "Tokens", Href: "/settings/tokens"},
		{Label: "Terms", Href: "/settings/terms"},
		{Label: "Requests", Href: "/requests"},
	} {
		t.Current = t.Href == tab
		m.Tabs = append(m.Tabs, t)
	}
	return m
}

// confirmed reports whether somebody has said yes to what a page like [site.askFirst]'s asks.
func confirmed(r *http.Request) bool {
	return r.Method == http.MethodPost && r.PostFormValue("confirm") == "yes"
}

// A question is what is asked before something that ends something.
type question struct {
	heading  string
	what     []string
	submit   string
	hidden   []views.Field // that the answer needs, besides the yes
	keep     string        // where no leads to
	keepText string
}

// askFirst asks q; yes is posted to the address of the request itself.
func (s *site) askFirst(w http.ResponseWriter, r *http.Request, q question) error {
	return s.render(w, r, http.StatusOK, views.Confirm(views.ConfirmPage{
		Page: s.page(r, q.heading), Heading: q.heading, What: q.what, BackHref: q.keep, BackText: q.keepText,
		Form: views.Form{
			Action: r.URL.Path, Submit: q.submit, Weight: views.Danger,
			Hidden: append([]views.Field{{Name: "confirm", Value: "yes"}}, q.hidden...),
		},
	}))
}

// blame puts a fault at the field of the form that it is about; what is about none of them is about the form. It
// reports whether err is a fault at all.
func blame(f *views.Form, err error) bool {
	fault, ok := errors.AsType[*store.Fault](err)
	if !ok {
		return false
	}
	if i := slices.IndexFunc(f.Fields, func(in views.Input) bool { return in.Name == fault.Field }); i >= 0 {
		f.Fields[i].Fault = fault.Text
		return true
	}
	f.Fault = fault.Text
	return true
}

const timeForm = "2 January 2006, 15:04 UTC"

// momentCell shows a moment; none is said in the words of never.
func momentCell(t time.Time, never string) views.Cell {
	if t.IsZero() {
		return views.Cell{Text: never}
	}
	return views.Cell{Text: t.UTC().Format(timeForm), DateTime: t.UTC().Format(time.RFC3339)}
}

// on is the day of t within a sentence.
func on(t time.Time) string { return t.UTC().Format("2 January 2006") }

// settings are what the portal keeps of a person, and what they may see.
func (s *site) settings(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, r, s.settingsProfile)
}

func (s *site) settingsProfile(r *http.Request) (views.AdminPage, error) {
	m := s.settingsPage(r, "/settings", "Profile", "")
	for _, section := range []func(*http.Request) (views.Section, error){
		s.myName, s.myIdentities, s.myAffiliations, s.myGroups, s.myReasons,
	} {
		one, err := section(r)
		if err != nil {
			return m, err
		}
		m.Sections = append(m.Sections, one)
	}
	return m, nil
}

func (s *site) myName(r *http.Request) (views.Section, error) {
	p, err := s.Store.Profile(r.Context(), rights(r), person(r).ID)
	if err != nil {
		return views.Section{}, err
	}
	name := views.Input{
		Kind: views.InputText, Name: "name", Label: "Name", Max: 120, Autocomplete: "name",
		Help: "What others here see. Leave it empty to go by the name that your sign-in gives.",
	}
	if p.Named {
		name.Value = p.Name
	}
	form := views.Form{Action: "/settings/name", Fields: []views.Input{name}, Submit: "Save the name"}
	facts := []views.Fact{
		{Label: "Name", Value: cmp.Or(p.Name, "none")},
		{Label: "E-mail", Value: cmp.Or(p.Email, "none that has been verified")},
		{Label: "Here since", Value: on(p.Created)},
	}
	if p.Admin {
		facts = append(facts, views.Fact{Label: "Administers", Value: "the portal"})
	}
	return views.Section{Facts: facts, Forms: []views.Form{form}}, nil
}

// changeName gives a person the name that they want to go by.
func (s *site) changeName(w http.ResponseWriter, r *http.Request) error {
	name := r.PostFormValue("name")
	err := s.Store.ChangeProfile(r.Context(), rights(r), person(r).ID, store.ProfileChange{Name: &name})
	return s.settle(w, r, err, "/settings", s.settingsProfile)
}

func (s *site) myAffiliations(r *http.Request) (views.Section, error) {
	all, err := s.Store.Affiliations(r.Context(), rights(r), person(r).ID)
	if err != nil {
		return views.Section{}, err
	}
	t := &views.Table{
		Caption: "Affiliations", Columns: []views.Column{{Label: "Where"}, {Label: "From"}, {Label: "Until"}},
		Empty: views.Empty{Heading: "None is known", Text: "An administrator of the portal can write down where you work."},
	}
	for _, a := range all {
		t.Rows = append(t.Rows, views.TableRow{Cells: []views.Cell{{Text: a.Name}, {Text: a.Began}, {Text: a.Ended}}})
	}
	return views.Section{Heading: "Affiliations", Table: t}, nil
}
