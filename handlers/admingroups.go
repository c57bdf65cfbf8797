package handlers

import (
	"net/http"

	"ngportal/access"
	"ngportal/store"
	"ngportal/views"
)

// groups lists the groups, and is where new ones are made.
func (s *site) groups(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, r, s.groupsPage)
}

func (s *site) groupsPage(r *http.Request) (views.AdminPage, error) {
	at := listAt(r, "/admin/groups")
	all, total, err := s.Store.Groups(r.Context(), rights(r), at.query())
	if err != nil {
		return views.AdminPage{}, err
	}
	m := s.adminPage(r, "/admin/groups", "Groups", "A dataset is opened for a group, and so for everybody in it.")
	t := &views.Table{
		Caption: "Groups",
		Columns: []views.Column{at.column("Name", "name"), at.number("Members", "members"), at.number("Datasets", "datasets"), at.column("Since", "created")},
		Search:  at.search("Name or description"),
		Pager:   at.pager(total, len(all)),
		Empty:   views.Empty{Heading: "No group is called so", Text: "Names and descriptions are searched. Upper and lower case do not matter."},
	}
	for _, g := range all {
		name := views.Cell{Text: g.Name, Soft: g.Description, State: kindState(g.Kind)}
		if rights(r).Leads(g.ID) {
			name.Href = adminURL("groups", g.ID)
		}
		members := views.Cell{Text: views.Number(g.Members)}
		if g.Kind != access.Members {
			members.Text = "–"
		}
		t.Rows = append(t.Rows, views.TableRow{Cells: []views.Cell{name, members, {Text: views.Number(g.Datasets)}, momentCell(g.Created, "")}})
	}
	form := views.Form{Action: "/admin/groups", Fields: groupFields(store.GroupRow{}), Submit: "Make the group", Weight: views.Main}
	if !rights(r).Administers() {
		form.Intro = "You will be its first administrator."
	}
	m.Sections = []views.Section{{Table: t}, {Heading: "Make a group", Forms: []views.Form{form}}}
	return m, nil
}

// kindState marks the groups that need no members.
func kindState(k access.GroupKind) views.State {
	switch k {
	case access.Everyone:
		return views.State{Word: "whoever has signed in", Kind: views.Info}
	case access.Public:
		return views.State{Word: "whoever comes", Kind: views.Info}
	case access.Members:
	}
	return views.State{}
}

func groupFields(g store.GroupRow) []views.Input {
	return []views.Input{
		{Kind: views.InputText, Name: "name", Label: "Name", Value: g.Name, Required: true, Max: 120},
		{Kind: views.InputTextArea, Name: "description", Label: "Description", Value: g.Description, Max: 4000, Help: "Who is in it, and what for."},
	}
}

func (s *site) addGroup(w http.ResponseWriter, r *http.Request) error {
	id, err := s.Store.AddGroup(r.Context(), rights(r), r.PostFormValue("name"), r.PostFormValue("description"))
	if err != nil {
		return s.again(w, r, err, s.groupsPage)
	}
	return s.made(w, r, adminURL("groups", id))
}

// group is a group with who is in it and what it opens.
func (s *site) group(w http.ResponseWriter, r *http.Request) error { return s.show(w, r, s.groupPage) }

func (s *site) groupPage(r *http.Request) (views.AdminPage, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return views.AdminPage{}, err
	}
	opens, err := s.Store.GrantsOf(r.Context(), rights(r), id)
	if err != nil {
		return views.AdminPage{}, err
	}
	g, err := s.Store.Group(r.Context(), rights(r), id)
	if err != nil {
		return views.AdminPage{}, err
	}
	m := s.adminPage(r, "/admin/groups", g.Name, g.Description)
	under(&m, "Groups", "/admin/groups")
	if g.Kind != access.Members {
		m.Sections = []views.Section{{State: kindState(g.Kind), Intro: "Nobody is written down as in it."}, s.opensSection(r, opens)}
		return m, nil
	}
	for _, part := range []func(*http.Request, store.GroupRow) (views.Section, error){s.membershipSection, s.membersSection, s.invitedSection} {
		section, err := part(r, g)
		if err != nil {
			return views.AdminPage{}, err
		}
		if section.Heading != "" {
			m.Sections = append(m.Sections, section)
		}
	}
	change := views.Section{Heading: "Name and description", Forms: []views.Form{{
		Action: adminURL("groups", id), Fields: groupFields(g), Submit: "Save",
	}}}
	m.Sections = append(m.Sections, s.opensSection(r, opens), change)
	if rights(r).Administers() {
		m.Sections = append(m.Sections, views.Section{Heading: "Remove the group", Actions: []views.Action{
			{Label: "Remove", About: g.Name, Href: adminURL("groups", id) + "/remove", Weight: views.Danger},
		}})
	}
	return m, nil
}

// opensSection tells what a group opens.
func (s *site) opensSection(r *http.Request, grants []store.GrantRow) views.Section {
	t := &views.Table{
		Caption: "What it opens", Columns: []views.Column{{Label: "Dataset"}, {Label: "Permission"}, {Label: "Since"}, {Label: "Until"}},
		Empty: views.Empty{Heading: "Nothing yet", Text: "Permissions are given on the page of a dataset, by those who manage it."},
	}
	for _, g := range grants {
		name := views.Cell{Text: g.DatasetTitle, Soft: g.DatasetName, State: s.memberState(false, g.Expires)}
		if rights(r).MayManage(g.Dataset, access.Manage) == nil {
			name.Href = adminURL("datasets", g.Dataset)
		}
		t.Rows = append(t.Rows, views.TableRow{Cells: []views.Cell{
			name, {Text: g.Permission, Code: true}, momentCell(g.Since, ""), momentCell(g.Expires, "without end"),
		}})
	}
	return views.Section{Heading: "What it opens", Table: t}
}

func (s *site) changeGroup(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	name, description := r.PostFormValue("name"), r.PostFormValue("description")
	err = s.Store.ChangeGroup(r.Context(), rights(r), id, &name, &description)
	return s.settle(w, r, err, adminURL("groups", id), s.groupPage)
}

// removeGroup removes a group, once somebody has said yes.
func (s *site) removeGroup(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err == nil {
		err = rights(r).MayAdminister()
	}
	if err != nil {
		return err
	}
	g, err := s.Store.Group(r.Context(), rights(r), id)
	if err != nil {
		return err
	}
	if !confirmed(r) {
		name := views.Name(g.Name)
		return s.askFirst(w, r, question{
			heading: "You are about to remove the group " + name,
			what: []string{
				plural(g.Members, "member") + " will lose " + opens(g) + ".",
				"Invitations into it end, too. It can be undone for as long as nobody makes another group of this name.",
			},
			submit: "Yes, remove the group", keep: adminURL("groups", id), keepText: "Keep " + name,
		})
	}
	if err = s.Store.RemoveGroup(r.Context(), rights(r), id); err != nil {
		return err
	}
	return s.done(w, r, "/admin/groups")
}
