package handlers

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"ngportal/access"
	"ngportal/store"
	"ngportal/views"
)

// maxOptions is up to how many groups there are to choose from; of more, one is named.
const maxOptions = 200

// grantsSection tells whom a dataset is opened for.
func (s *site) grantsSection(r *http.Request, d store.DatasetRow) (views.Section, error) {
	all, err := s.Store.Grants(r.Context(), rights(r), d.ID)
	if err != nil {
		return views.Section{}, err
	}
	t := &views.Table{
		Caption: "Opened for", Columns: []views.Column{{Label: "Group"}, {Label: "Permission"}, {Label: "Since"}, {Label: "Until"}},
		Empty: views.Empty{Heading: "Nobody but administrators of the portal may see it", Text: "Give a group the permission to view."},
	}
	for _, g := range all {
		name := views.Cell{Text: g.GroupName, State: s.memberState(false, g.Expires)}
		if rights(r).Leads(g.Group) {
			name.Href = adminURL("groups", g.Group)
		}
		row := views.TableRow{Cells: []views.Cell{
			name, {Text: g.Permission, Code: true}, momentCell(g.Since, ""), momentCell(g.Expires, "without end"),
		}}
		if rights(r).Administers() || rights(r).MayGrant(d.ID, g.Group, g.Permission) == nil {
			row.Actions = []views.Action{{
				Label: "Take back", About: g.Permission + " from " + g.GroupName, Post: adminURL("datasets", d.ID) + "/grants/remove", Weight: views.Danger,
				Hidden: []views.Field{{Name: "group", Value: strconv.FormatInt(g.Group, 10)}, {Name: "permission", Value: g.Permission}},
			}}
		}
		t.Rows = append(t.Rows, row)
	}
	form, err := s.grantForm(r, d)
	return views.Section{Heading: "Opened for", Table: t, Forms: []views.Form{form}}, err
}

// grantForm gives a group a permission. It offers what the person may give.
func (s *site) grantForm(r *http.Request, d store.DatasetRow) (views.Form, error) {
	all := rights(r).Administers() || rights(r).Level(d.ID) >= access.Admin
	group, err := s.groupInput(r, all)
	permissions := views.Input{Kind: views.InputSelect, Name: "permission", Label: "Permission", Options: []views.Option{
		{Label: "view: see the data", Value: "view"}, {Label: "edit: also change what is kept with them", Value: "edit"},
	}}
	f := views.Form{
		Action: adminURL("datasets", d.ID) + "/grants", Submit: "Open it for the group", Weight: views.Main,
		Intro: "Who has a permission already keeps it; a date given anew takes the place of the old one.",
	}
	if !all {
		f.Fields = []views.Input{group, permissions, s.untilInput(time.Time{})}
		return f, err
	}
	permissions.Options = append(permissions.Options,
		views.Option{Label: "manage: also say who may see and change them", Value: "manage"},
		views.Option{Label: "admin: also say who manages, and under which terms", Value: "admin"},
	)
	f.Fields = []views.Input{group, permissions, {
		Kind: views.InputText, Name: "other", Label: "Or another service’s word for a permission", Max: 64,
		Help: "Such as “annotate”. It means nothing to this portal, which tells other services who has it.",
	}, s.untilInput(time.Time{})}
	return f, err
}

// groupInput asks for a group: one to choose, or where there are many, one to name. The groups that need no members are
// for those who may give all.
func (s *site) groupInput(r *http.Request, all bool) (views.Input, error) {
	groups, total, err := s.Store.Groups(r.Context(), rights(r), store.Query{Limit: maxOptions})
	if err != nil {
		return views.Input{}, err
	}
	if total > maxOptions {
		return views.Input{
			Kind: views.InputText, Name: "group", Label: "Group", Required: true, Max: 120, Help: "Its name, as the page of groups has it.",
		}, nil
	}
	in := views.Input{Kind: views.InputSelect, Name: "group", Label: "Group", Required: true}
	in.Options = append(in.Options, views.Option{Label: "Choose a group"}) // none by itself: data must not be opened by one press too many
	for _, g := range groups {
		if g.Kind != access.Members && !all {
			continue
		}
		label := g.Name
		if g.Kind != access.Members {
			label += ": " + kindState(g.Kind).Word
		}
		in.Options = append(in.Options, views.Option{Label: label, Value: strconv.FormatInt(g.ID, 10)})
	}
	return in, nil
}

// formGroup reads the group that [site.groupInput] asks for.
func (s *site) formGroup(r *http.Request) (int64, error) {
	text := strings.TrimSpace(r.PostFormValue("group"))
	if id, err := parseID(text); err == nil {
		return id, nil
	}
	found, total, err := s.Store.Groups(r.Context(), rights(r), store.Query{Text: text})
	if err != nil {
		return 0, err
	}
	at := slices.IndexFunc(found, func(g store.GroupRow) bool { return strings.EqualFold(g.Name, text) })
	switch {
	case text == "":
		return 0, &store.Fault{Field: "group", Text: "Say which group."}
	case at >= 0:
		return found[at].ID, nil
	case total == 0:
		return 0, &store.Fault{Field: "group", Text: "There is no group of this name."}
	}
	var names []string
	for _, g := range found[:min(len(found), 5)] {
		names = append(names, "“"+g.Name+"”")
	}
	return 0, &store.Fault{Field: "group", Text: "There is no group of exactly this name. There is " + strings.Join(names, ", ") + "."}
}

func (s *site) addGrant(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	g := access.Grant{Dataset: id, Permission: r.PostFormValue("permission")}
	field := "permission"
	if other := strings.TrimSpace(r.PostFormValue("other")); other != "" {
		g.Permission, field = other, "other"
	}
	if g.Group, err = s.formGroup(r); err == nil {
		g.Expires, err = evening(r, "expires")
	}
	if err == nil {
		err = s.Store.SetGrant(r.Context(), rights(r), g)
	}
	return s.settle(w, r, atField(err, "permission", field), adminURL("datasets", id), s.datasetPage)
}

// removeGrant takes a permission back, once the person has said yes.
func (s *site) removeGrant(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	group, err := parseID(r.PostFormValue("group"))
	if err != nil {
		return err
	}
	word := r.PostFormValue("permission")
	all, err := s.Store.Grants(r.Context(), rights(r), id)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(g store.GrantRow) bool { return g.Group == group && g.Permission == word })
	if at >= 0 && !confirmed(r) {
		name := views.Name(all[at].GroupName)
		if err = rights(r).MayGrant(id, group, word); err != nil && !rights(r).Administers() {
			return err
		}
		return s.askFirst(w, r, question{
			heading: "You are about to take “" + word + "” on " + views.Name(all[at].DatasetTitle) + " from " + name, hidden: sent(r),
			what:   []string{"Who may see the data by this alone will not see them any more. Open viewers end with their cookies."},
			submit: "Yes, take it back", keep: adminURL("datasets", id), keepText: "Leave it to " + name,
		})
	}
	if err = s.Store.RemoveGrant(r.Context(), rights(r), id, group, word); err != nil {
		return err
	}
	return s.done(w, r, adminURL("datasets", id))
}
