package handlers

import (
	"cmp"
	"net/http"
	"strconv"

	"ngportal/access"
	"ngportal/store"
	"ngportal/views"
)

// shown is a name for a person that is never empty.
func shown(p access.Person) string { return cmp.Or(p.Name, p.Email, "without a name") }

// people lists who has signed in.
func (s *site) people(w http.ResponseWriter, r *http.Request) error {
	at := listAt(r, "/admin/people")
	all, total, err := s.Store.People(r.Context(), rights(r), at.query())
	if err != nil {
		return err
	}
	m := s.adminPage(r, "/admin/people", "People", "Everybody who has ever signed in. What they may see comes from the groups that they are in.")
	t := &views.Table{
		Caption: "People",
		Columns: []views.Column{
			at.column("Name", "name"), at.column("E-mail", "email"), at.column("Here since", "created"), at.column("Last seen", "seen"),
			at.column("Administers", "admin"), at.column("Account", "disabled"),
		},
		Search: at.search("Name or e-mail"),
		Pager:  at.pager(total, len(all)),
		Empty:  views.Empty{Heading: "Nobody is called so", Text: "Names and e-mail addresses are searched. Upper and lower case do not matter."},
	}
	for _, p := range all {
		row := []views.Cell{
			{Text: shown(p.Person), Href: adminURL("people", p.ID)}, {Text: p.Email}, momentCell(p.Created, ""), momentCell(p.Seen, "never"), {}, {},
		}
		if p.Admin {
			row[4].State = views.State{Word: "the portal", Kind: views.Info}
		}
		if p.Disabled {
			row[5].State = views.State{Word: "disabled", Kind: views.Warning}
		}
		t.Rows = append(t.Rows, views.TableRow{Cells: row})
	}
	m.Sections = []views.Section{{Table: t}}
	return s.render(w, r, http.StatusOK, views.Admin(m))
}

// person is all that is known of one of them.
func (s *site) person(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	p, err := s.Store.Profile(r.Context(), rights(r), id)
	if err != nil {
		return err
	}
	if p.Service {
		http.Redirect(w, r, adminURL("services", id), http.StatusSeeOther)
		return nil
	}
	return s.show(w, r, s.personPage)
}

// personPage is the page of the person whose number is in the path. What is not for whoever asks is left out.
func (s *site) personPage(r *http.Request) (views.AdminPage, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return views.AdminPage{}, err
	}
	p, err := s.Store.Profile(r.Context(), rights(r), id)
	if err != nil {
		return views.AdminPage{}, err
	}
	m := s.adminPage(r, "/admin/people", shown(p.Person), "")
	under(&m, "People", "/admin/people")
	m.Sections = append(m.Sections, s.profileSection(r, p))
	parts := []func(*http.Request, store.Profile) (views.Section, error){s.affiliationsOf}
	if rights(r).Administers() {
		parts = append(parts, s.membershipsOf, s.whySection, s.identitiesOf, s.sessionsOf, s.tokensOf, s.acceptancesOf)
	}
	return m, addSections(&m, r, p, parts)
}

func addSections(m *views.AdminPage, r *http.Request, p store.Profile, parts []func(*http.Request, store.Profile) (views.Section, error)) error {
	for _, part := range parts {
		section, err := part(r, p)
		if err != nil {
			return err
		}
		m.Sections = append(m.Sections, section)
	}
	return nil
}

// profileSection tells who somebody is; administrators change it here.
func (s *site) profileSection(r *http.Request, p store.Profile) views.Section {
	out := views.Section{State: accountState(p), Facts: []views.Fact{
		{Label: "Number", Value: strconv.FormatInt(p.ID, 10)},
		{Label: "E-mail", Value: cmp.Or(p.Email, "none that has been verified")},
		{Label: "Here since", Value: p.Created.Format(timeForm)},
		{Label: "Last seen", Value: momentCell(p.Seen, "never").Text},
	}}
	if !rights(r).Administers() {
		return out
	}
	name := views.Input{
		Kind: views.InputText, Name: "name", Label: "Name", Max: 120,
		Help: "Empty: the name that the sign-in gives.",
	}
	if p.Named {
		name.Value = p.Name
	}
	out.Forms = []views.Form{{
		Action: adminURL("people", p.ID), Submit: "Save",
		Fields: []views.Input{
			name,
			tick("admin", "Administers the portal", "May do everything, on all of these pages.", p.Admin),
			tick("disabled", "The account is disabled", "Cannot sign in, and tokens and links do not work. Nothing is deleted.", p.Disabled),
		},
	}}
	out.Actions = []views.Action{{Label: "What they have done, and what was done to them", Href: auditURL("person", strconv.FormatInt(p.ID, 10))}}
	return out
}

func accountState(p store.Profile) views.State {
	switch {
	case p.Disabled:
		return views.State{Word: "disabled", Kind: views.Warning, Text: "The account may do nothing."}
	case p.Admin:
		return views.State{Word: "administrator", Kind: views.Info, Text: "Administers the portal."}
	}
	return views.State{}
}

// changePerson changes what somebody is called, and whether they administer the portal or are kept out of it. What takes
// something from them is asked about first.
func (s *site) changePerson(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	p, err := s.Store.Profile(r.Context(), rights(r), id)
	if err == nil {
		err = rights(r).MayAdminister() // before they are asked whether they mean it
	}
	if err != nil {
		return err
	}
	admin, disabled := ticked(r, "admin"), ticked(r, "disabled")
	q := question{heading: "You are about to change " + views.Name(shown(p.Person)), submit: "Yes, change it", keep: adminURL("people", id), keepText: "Leave it as it is"}
	if p.Admin && !admin {
		q.what = append(q.what, views.Name(shown(p.Person))+" will not administer the portal any more.")
	}
	if !p.Disabled && disabled {
		q.what = append(q.what, views.Name(shown(p.Person))+" will be signed out everywhere, and cannot sign in again. Open viewers end with their cookies.")
	}
	if len(q.what) > 0 && !confirmed(r) {
		q.hidden = sent(r)
		return s.askFirst(w, r, q)
	}
	c := store.ProfileChange{Admin: &admin, Disabled: &disabled}
	if r.PostForm.Has("name") {
		name := r.PostForm.Get("name")
		c.Name = &name
	}
	err = s.Store.ChangeProfile(r.Context(), rights(r), id, c)
	return s.settle(w, r, err, adminURL("people", id), s.personPage)
}

// endSessionsOf signs somebody out everywhere; oneself everywhere but here.
func (s *site) endSessionsOf(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	p, err := s.Store.Profile(r.Context(), rights(r), id)
	if err != nil {
		return err
	}
	if _, err = s.Store.SessionsOf(r.Context(), rights(r), id); err != nil {
		return err
	}
	if !confirmed(r) {
		return s.askFirst(w, r, question{
			heading: "You are about to sign " + views.Name(shown(p.Person)) + " out everywhere",
			what:    []string{"All sessions end, and open viewers with them. They can sign in again."},
			submit:  "Yes, end all sessions", keep: adminURL("people", id), keepText: "Leave the sessions as they are",
		})
	}
	if _, err = s.Store.EndSessions(r.Context(), rights(r), id, visitOf(r).session.Hash); err != nil {
		return err
	}
	return s.made(w, r, adminURL("people", id))
}
