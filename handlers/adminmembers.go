package handlers

import (
	"cmp"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"ngportal/access"
	"ngportal/store"
	"ngportal/views"
)

// memberURL is where a group's member is changed.
func memberURL(group, person int64) string {
	return adminURL("groups", group) + "/members/" + strconv.FormatInt(person, 10)
}

// membersSection lists who is in a group, and takes people in.
func (s *site) membersSection(r *http.Request, g store.GroupRow) (views.Section, error) {
	path := adminURL("groups", g.ID)
	at := listAt(r, path)
	all, total, err := s.Store.Members(r.Context(), rights(r), g.ID, at.query())
	if err != nil {
		return views.Section{}, err
	}
	t := &views.Table{
		Caption: "Members",
		Columns: []views.Column{at.column("Name", "name"), at.column("E-mail", "email"), at.column("Since", "since"), at.column("Until", "expires")},
		Pager:   at.pager(total, len(all)), Empty: views.Empty{Heading: "Nobody is in it", Text: "Add people by their e-mail addresses."},
	}
	if at.text != "" || total > listRows {
		t.Search = at.search("Name or e-mail")
	}
	if at.text != "" {
		t.Empty = views.Empty{Heading: "Nobody in it is called so", Text: "Names and e-mail addresses are searched."}
	}
	for _, m := range all {
		t.Rows = append(t.Rows, views.TableRow{
			Cells: []views.Cell{
				{Text: shown(m.Who), Href: adminURL("people", m.Person), State: s.memberState(m.Admin, m.Expires)},
				{Text: m.Who.Email},
				momentCell(m.Since, ""), momentCell(m.Expires, "without end"),
			},
			Actions: []views.Action{
				{Label: "Change", About: shown(m.Who), Href: path + "?" + url.Values{"member": {strconv.FormatInt(m.Person, 10)}}.Encode()},
				{Label: "Remove", About: shown(m.Who), Post: memberURL(g.ID, m.Person) + "/remove", Weight: views.Danger},
			},
		})
	}
	return views.Section{Heading: "Members", Table: t, Forms: []views.Form{s.addMemberForm(path + "/members")}}, nil
}

func (s *site) addMemberForm(action string) views.Form {
	return views.Form{
		Action: action, Line: true, Submit: "Add", Weight: views.Main,
		Intro: "Somebody who has not signed in yet is invited: they are in it from their first sign-in with this address.",
		Fields: []views.Input{
			{Kind: views.InputText, Name: "email", Label: "E-mail address, or number of a person", Required: true, Max: 254, Help: "A service account has a number alone; its page tells it."},
			s.untilInput(time.Time{}),
			tick("admin", "Administers the group", "May change who is in it.", false),
		},
	}
}

// membershipSection is where the place of one member is changed, if the address asks for it; else it is empty. Also
// somebody is taken so who is not in the group yet.
func (s *site) membershipSection(r *http.Request, g store.GroupRow) (views.Section, error) {
	which := r.PathValue("person")
	if which == "" && r.Method == http.MethodGet {
		which = r.URL.Query().Get("member")
	}
	if which == "" {
		return views.Section{}, nil
	}
	id, err := parseID(which)
	if err != nil {
		return views.Section{}, err
	}
	m, err := s.member(r, g.ID, id)
	if err != nil {
		return views.Section{}, err
	}
	return views.Section{Heading: "Change " + views.Name(shown(m.Who)), Forms: []views.Form{{
		Action: memberURL(g.ID, id), Line: true, Submit: "Save", Weight: views.Main,
		Fields: []views.Input{
			s.untilInput(m.Expires), tick("admin", "Administers the group", "May change who is in it.", m.Admin),
		},
	}}}, nil
}

// member returns somebody in a group; who is not in it is as one who would be new.
func (s *site) member(r *http.Request, group, person int64) (store.MemberRow, error) {
	p, err := s.Store.Profile(r.Context(), rights(r), person)
	if err != nil {
		return store.MemberRow{}, err
	}
	q := store.Query{Text: cmp.Or(p.Email, p.Name)}
	for {
		some, total, err := s.Store.Members(r.Context(), rights(r), group, q)
		if err != nil {
			return store.MemberRow{}, err
		}
		for _, m := range some {
			if m.Person == person {
				return m, nil
			}
		}
		if q.Offset += len(some); len(some) == 0 || q.Offset >= total {
			return store.MemberRow{Who: p.Person, Member: access.Member{Group: group, Person: person}}, nil
		}
	}
}

// addMember puts somebody into a group by address or number, or invites them.
func (s *site) addMember(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	until, err := evening(r, "expires")
	who := strings.TrimSpace(r.PostFormValue("email"))
	switch number, none := parseID(who); {
	case err != nil:
	case none == nil:
		err = s.addNumbered(r, access.Member{Group: id, Person: number, Admin: ticked(r, "admin"), Expires: until})
	default:
		err = s.Store.Invite(r.Context(), rights(r), store.Invitation{Group: id, Email: who, Admin: ticked(r, "admin"), Expires: until})
	}
	return s.settle(w, r, err, adminURL("groups", id), s.groupPage)
}

// addNumbered puts somebody into a group whose number is known. Who is in it already is not changed by being added.
func (s *site) addNumbered(r *http.Request, m access.Member) error {
	is, err := s.member(r, m.Group, m.Person)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &store.Fault{Field: "email", Text: "Nobody has this number."}
	case err != nil:
		return err
	case !is.Since.IsZero() && (is.Expires.IsZero() || s.Now().Before(is.Expires)):
		return &store.Fault{Field: "email", Text: shown(is.Who) + " is in this group already."}
	}
	return s.Store.SetMember(r.Context(), rights(r), m)
}

// changeMember changes until when somebody is in a group, and whether they administer it.
func (s *site) changeMember(w http.ResponseWriter, r *http.Request) error {
	group, err := pathID(r, "id")
	if err != nil {
		return err
	}
	person, err := pathID(r, "person")
	if err != nil {
		return err
	}
	until, err := evening(r, "expires")
	if err == nil {
		err = s.Store.SetMember(r.Context(), rights(r), access.Member{Group: group, Person: person, Admin: ticked(r, "admin"), Expires: until})
	}
	return s.settle(w, r, err, adminURL("groups", group), s.groupPage)
}

// removeMember takes somebody out of a group, once the person who asks for it has said yes.
func (s *site) removeMember(w http.ResponseWriter, r *http.Request) error {
	group, err := pathID(r, "id")
	if err != nil {
		return err
	}
	person, err := pathID(r, "person")
	if err == nil {
		err = rights(r).MayLead(group) // before they are asked whether they mean it
	}
	if err != nil {
		return err
	}
	if !confirmed(r) {
		return s.askToRemove(w, r, group, person)
	}
	if err = s.Store.RemoveMember(r.Context(), rights(r), group, person); err != nil {
		return err
	}
	return s.done(w, r, adminURL("groups", group))
}

func (s *site) askToRemove(w http.ResponseWriter, r *http.Request, group, person int64) error {
	g, err := s.Store.Group(r.Context(), rights(r), group)
	if err != nil {
		return err
	}
	p, err := s.Store.Profile(r.Context(), rights(r), person)
	if err != nil {
		return err
	}
	name, in := views.Name(shown(p.Person)), views.Name(g.Name)
	return s.askFirst(w, r, question{
		heading: "You are about to take " + name + " out of " + in,
		what:    []string{name + " will lose " + opens(g) + ". Open viewers end with their cookies."},
		submit:  "Yes, take them out", keep: adminURL("groups", group), keepText: "Keep " + name + " in " + in,
	})
}

// invitedSection lists who is invited into a group; it is empty if nobody is.
func (s *site) invitedSection(r *http.Request, g store.GroupRow) (views.Section, error) {
	all, err := s.Store.Invitations(r.Context(), rights(r), g.ID)
	if err != nil || len(all) == 0 {
		return views.Section{}, err
	}
	t := &views.Table{Caption: "Invited", Columns: []views.Column{{Label: "E-mail"}, {Label: "Invited"}, {Label: "Until"}}}
	for _, v := range all {
		t.Rows = append(t.Rows, views.TableRow{
			Cells: []views.Cell{{Text: v.Email, State: s.memberState(v.Admin, v.Expires)}, momentCell(v.Created, ""), momentCell(v.Expires, "without end")},
			Actions: []views.Action{{
				Label: "Take back", About: "the invitation of " + v.Email, Post: adminURL("groups", g.ID) + "/invitations/remove",
				Hidden: []views.Field{{Name: "email", Value: v.Email}},
			}},
		})
	}
	return views.Section{Heading: "Invited", Intro: "They have not signed in yet with this address.", Table: t}, nil
}

func (s *site) removeInvitation(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	if err = s.Store.Uninvite(r.Context(), rights(r), id, r.PostFormValue("email")); err != nil {
		return err
	}
	return s.done(w, r, adminURL("groups", id))
}

// opens says what somebody loses who leaves a group.
func opens(g store.GroupRow) string {
	if g.Datasets == 0 {
		return "nothing: the group opens no dataset"
	}
	return "what only this group opens for them: " + plural(g.Datasets, "dataset")
}
