package handlers

import (
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"ngportal/access"
	"ngportal/store"
	"ngportal/views"
)

// services lists the service accounts.
func (s *site) services(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, r, s.servicesPage)
}

func (s *site) servicesPage(r *http.Request) (views.AdminPage, error) {
	if err := rights(r).MayAdminister(); err != nil {
		return views.AdminPage{}, err
	}
	at := listAt(r, "/admin/services")
	all, total, err := s.Store.Services(r.Context(), rights(r), at.query())
	if err != nil {
		return views.AdminPage{}, err
	}
	m := s.adminPage(r, "/admin/services", "Service accounts", "They act by tokens, and belong to a person who answers for them.")
	t := &views.Table{
		Caption: "Service accounts",
		Columns: []views.Column{
			at.column("Name", "name"), {Label: "Belongs to"}, at.column("Since", "created"), at.column("Last used", "seen"), at.column("Account", "disabled"),
		},
		Search: at.search("Name"),
		Pager:  at.pager(total, len(all)),
		Empty:  views.Empty{Heading: "There are none", Text: "Make one for a program that is to go on working when people come and go."},
	}
	for _, p := range all {
		row := []views.Cell{
			{Text: shown(p.Person), Href: adminURL("services", p.ID)},
			{Text: shown(p.Owner), Href: adminURL("people", p.Owner.ID)},
			momentCell(p.Created, ""), momentCell(p.Seen, "never"),
			{},
		}
		if p.Disabled {
			row[4].State = views.State{Word: "disabled", Kind: views.Warning}
		}
		t.Rows = append(t.Rows, views.TableRow{Cells: row})
	}
	m.Sections = []views.Section{{Table: t}, {Heading: "Make a service account", Forms: []views.Form{{
		Action: "/admin/services", Submit: "Make the account", Weight: views.Main,
		Fields: []views.Input{serviceName(""), ownerInput("")},
	}}}}
	return m, nil
}

func serviceName(value string) views.Input {
	return views.Input{Kind: views.InputText, Name: "name", Label: "Name", Value: value, Required: true, Max: 120, Help: "What it does, and where it runs."}
}

func ownerInput(value string) views.Input {
	return views.Input{
		Kind: views.InputText, Name: "owner", Label: "Belongs to", Value: value, Required: true, Max: 254,
		Help: "The e-mail address or the number of a person. They may make its tokens; it may do nothing while their account is disabled.",
	}
}

// somebody finds the person whose verified address or number a form names. The error is a [*store.Fault] of the field
// if there is none, or several.
func (s *site) somebody(r *http.Request, field, text string) (int64, error) {
	text = strings.TrimSpace(text)
	if id, err := parseID(text); err == nil {
		return id, nil
	}
	if text == "" {
		return 0, &store.Fault{Field: field, Text: "Say who, by an e-mail address or a number."}
	}
	found, _, err := s.Store.People(r.Context(), rights(r), store.Query{Text: text})
	if err != nil {
		return 0, err
	}
	var names []string
	var id int64
	for _, p := range found {
		if strings.EqualFold(p.Email, text) {
			id = p.ID
			names = append(names, fmt.Sprintf("“%s” (person %d)", shown(p.Person), p.ID))
		}
	}
	switch len(names) {
	case 0:
		return 0, &store.Fault{Field: field, Text: "Nobody has signed in with this address."}
	case 1:
		return id, nil
	}
	return 0, &store.Fault{Field: field, Text: "Several people have this address: " + strings.Join(names, ", ") + ". Write the number of the one you mean."}
}

func (s *site) addService(w http.ResponseWriter, r *http.Request) error {
	if err := rights(r).MayAdminister(); err != nil { // before it is told who is here
		return err
	}
	var id int64
	owner, err := s.somebody(r, "owner", r.PostFormValue("owner"))
	if err == nil {
		id, err = s.Store.AddService(r.Context(), rights(r), r.PostFormValue("name"), owner)
	}
	if err != nil {
		return s.again(w, r, err, s.servicesPage)
	}
	return s.made(w, r, adminURL("services", id))
}

// service is a service account with its tokens, for administrators of the portal and for the person whom it belongs to.
func (s *site) service(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, r, s.servicePage)
}

// pathService is the service account in the path.
func (s *site) pathService(r *http.Request) (store.Profile, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return store.Profile{}, err
	}
	p, err := s.Store.Profile(r.Context(), rights(r), id)
	if err == nil && !p.Service {
		err = fmt.Errorf("service account %d: it is a person: %w", id, fs.ErrNotExist)
	}
	return p, err
}

func (s *site) servicePage(r *http.Request) (views.AdminPage, error) {
	p, err := s.pathService(r)
	if err != nil {
		return views.AdminPage{}, err
	}
	tokens, err := s.Store.Tokens(r.Context(), rights(r), p.ID)
	if err != nil {
		return views.AdminPage{}, err
	}
	m := s.adminPage(r, "/admin/services", shown(p.Person), "A service account.")
	if rights(r).Administers() {
		under(&m, "Service accounts", "/admin/services")
	}
	facts := views.Section{State: accountState(p), Facts: []views.Fact{
		{Label: "Number", Value: fmt.Sprint(p.ID)},
		{Label: "Belongs to", Value: shown(p.Owner)},
		{Label: "Here since", Value: p.Created.Format(timeForm)},
		{Label: "Last used", Value: momentCell(p.Seen, "never").Text},
	}}
	if rights(r).Acting() {
		facts.Facts[1].Href = adminURL("people", p.Owner.ID)
	}
	m.Sections = append(m.Sections, facts, views.Section{
		Heading: "Tokens", Intro: "It may have several: make a new one, give it to the program, and revoke the old one.",
		Table: s.tokenTable(tokens, adminURL("services", p.ID)+"/tokens/"), Forms: []views.Form{s.serviceTokenForm(p)},
	})
	if f := serviceForm(r, p); len(f.Fields) > 0 {
		m.Sections = append(m.Sections, views.Section{Heading: "The account", Forms: []views.Form{f}})
	}
	if !rights(r).Administers() {
		return m, nil
	}
	return m, addSections(&m, r, p, []func(*http.Request, store.Profile) (views.Section, error){s.membershipsOf, s.whySection})
}

// serviceForm has what the person may change of a service account.
func serviceForm(r *http.Request, p store.Profile) views.Form {
	f := views.Form{Action: adminURL("services", p.ID), Submit: "Save"}
	disabled := tick("disabled", "The account is disabled", "Its tokens do not work. Nothing is deleted.", p.Disabled)
	switch {
	case rights(r).Administers():
		f.Fields = []views.Input{serviceName(p.Name), ownerInput(fmt.Sprint(p.Owner.ID)), disabled}
	case !p.Disabled: // the owner may close it, and an administrator open it again
		f.Fields = []views.Input{disabled}
	}
	return f
}

// changeService changes a service account. To disable it is asked about first.
func (s *site) changeService(w http.ResponseWriter, r *http.Request) error {
	p, err := s.pathService(r)
	if err == nil && p.Owner.ID != person(r).ID {
		err = rights(r).MayAdminister()
	}
	if err != nil {
		return err
	}
	disabled := ticked(r, "disabled")
	c := store.ProfileChange{Name: given(r, "name"), Disabled: &disabled}
	if disabled && !p.Disabled && !confirmed(r) {
		return s.askFirst(w, r, question{
			heading: "You are about to disable " + views.Name(shown(p.Person)), hidden: sent(r),
			what:   []string{"Programs that use its tokens are refused from the next request on."},
			submit: "Yes, disable it", keep: adminURL("services", p.ID), keepText: "Leave it as it is",
		})
	}
	if owner := given(r, "owner"); owner != nil {
		c.Owner = new(int64)
		if *c.Owner, err = s.somebody(r, "owner", *owner); err != nil {
			return s.again(w, r, err, s.servicePage)
		}
	}
	err = s.Store.ChangeProfile(r.Context(), rights(r), p.ID, c)
	return s.settle(w, r, err, adminURL("services", p.ID), s.servicePage)
}

// serviceTokenForm makes a token of a service account.
func (s *site) serviceTokenForm(p store.Profile) views.Form {
	f := views.Form{Action: adminURL("services", p.ID) + "/tokens", Submit: "Make a token"}
	f.Fields = []views.Input{
		{Kind: views.InputText, Name: "name", Label: "Name", Required: true, Max: 120, Help: "What will use it, and where."},
		{Kind: views.InputRadio, Name: "scope", Label: "Scope", Required: true, Options: []views.Option{
			{Value: access.ScopeRead.String(), Label: "read", Help: "Look at what the account may see.", Selected: true},
			{Value: access.ScopeShare.String(), Label: "share", Help: "The same, and make links."},
			{Value: access.ScopeAdmin.String(), Label: "admin", Help: "All that the account may do."},
		}},
		s.untilInput(time.Time{}),
	}
	return f
}
