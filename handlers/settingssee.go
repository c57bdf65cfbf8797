package handlers

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"ngportal/access"
	"ngportal/store"
	"ngportal/views"
)

// myReasons tells what the person may see, and why. Each dataset has a row for each of its reasons; pages are of datasets.
func (s *site) myReasons(r *http.Request) (views.Section, error) {
	at := listAt(r, "/settings")
	all := rights(r).Visible()
	found := matching(all, strings.TrimSpace(at.text))
	first := min((at.page-1)*listRows, len(found))
	page := found[first:min(first+listRows, len(found))]
	t := &views.Table{
		Caption: "What you may see, and why",
		Columns: []views.Column{{Label: "Dataset"}, {Label: "Permission"}, {Label: "Because"}, {Label: "Since"}, {Label: "Until"}},
		Empty:   views.Empty{Heading: "No dataset", Text: "The first page has the datasets that you can ask for."},
		Pager:   at.pager(len(found), len(page)),
	}
	if len(all) > listRows {
		t.Search = at.search("Search datasets")
	}
	if at.text != "" {
		t.Empty = views.Empty{Heading: "Nothing found", Text: "None of the datasets that you may see has these words."}
	}
	for _, d := range page {
		t.Rows = append(t.Rows, reasonRows(rights(r), d)...)
	}
	return views.Section{Heading: "What you may see, and why", Table: t}, nil
}

// matching are the datasets that have text in the title, the name or the description, whatever the case.
func matching(all []access.Dataset, text string) []access.Dataset {
	if text == "" {
		return all
	}
	text = strings.ToLower(text)
	var out []access.Dataset
	for _, d := range all {
		if slices.ContainsFunc([]string{d.Title, d.Name, d.Description}, func(in string) bool {
			return strings.Contains(strings.ToLower(in), text)
		}) {
			out = append(out, d)
		}
	}
	return out
}

func reasonRows(may access.Rights, d access.Dataset) []views.TableRow {
	name := views.Cell{Text: d.Title, Href: datasetURL(d.Name), Soft: d.Name}
	if _, err := may.Dataset(d.Name); err != nil { // what may be seen lacks nothing but that
		name.State = views.State{Word: "terms to accept", Kind: views.Warning}
	}
	var rows []views.TableRow
	for _, why := range may.Why(d.ID) {
		cells := []views.Cell{name, {Text: why.Grant.Permission, Code: true}, {Text: because(why)}}
		cells = append(cells, momentCell(later(why.Grant.Since, why.Member.Since), ""), momentCell(earlier(why.Grant.Expires, why.Member.Expires), "never"))
		if why.Administers {
			cells[1], cells[4] = views.Cell{Text: access.Admin.String(), Code: true}, views.Cell{}
		}
		rows = append(rows, views.TableRow{Cells: cells})
	}
	return rows
}

// because is a reason in words.
func because(why access.Reason) string {
	switch {
	case why.Administers:
		return "You administer the portal."
	case why.Group.Kind == access.Public:
		return "It is public."
	case why.Group.Kind == access.Everyone:
		return "Everyone may who has signed in."
	}
	return "You are in the group " + views.Name(why.Group.Name) + "."
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// earlier is the first of two ends; zero is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func (s *site) myGroups(r *http.Request) (views.Section, error) {
	all, err := s.Store.MembershipsOf(r.Context(), rights(r), person(r).ID)
	if err != nil {
		return views.Section{}, err
	}
	t := &views.Table{
		Caption: "Groups", Columns: []views.Column{{Label: "Group"}, {Label: "Since"}, {Label: "Until"}},
		Empty: views.Empty{Heading: "You are in no group", Text: "Groups are how datasets are opened for people."},
	}
	for _, m := range all {
		name := views.Cell{Text: m.GroupName}
		switch {
		case !m.Expires.IsZero() && !s.Now().Before(m.Expires):
			name.State = views.State{Word: "ended", Kind: views.Warning}
		case m.Admin:
			name.State = views.State{Word: "you administer it", Kind: views.Info}
		}
		t.Rows = append(t.Rows, views.TableRow{
			Cells:   []views.Cell{name, momentCell(m.Since, ""), momentCell(m.Expires, "never")},
			Actions: []views.Action{{Label: "Leave", About: m.GroupName, Href: leaveURL(m.Group)}},
		})
	}
	return views.Section{Heading: "Groups", Table: t}, nil
}

func leaveURL(group int64) string {
	return "/settings/groups/" + strconv.FormatInt(group, 10) + "/leave"
}

// leaveGroup takes the person out of a group, once they have said yes.
func (s *site) leaveGroup(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return s.notFound(w, r)
	}
	all, err := s.Store.MembershipsOf(r.Context(), rights(r), person(r).ID)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(m store.Membership) bool { return m.Group == id })
	if at < 0 {
		return s.notFound(w, r)
	}
	if !confirmed(r) {
		name := views.Name(all[at].GroupName)
		q := question{
			heading: "You are about to leave " + name, submit: "Leave it", keep: "/settings", keepText: "Stay in " + name,
			what: []string{"You cannot come back by yourself: an administrator of the group would have to let you in again."},
		}
		if lost := lost(rights(r), id); len(lost) > 0 {
			q.what = append(q.what, "You will not see any more: "+strings.Join(lost, ", ")+".")
		}
		return s.askFirst(w, r, q)
	}
	if err := s.Store.RemoveMember(r.Context(), rights(r), id, person(r).ID); err != nil {
		return err
	}
	return s.made(w, r, "/settings") // the person may not undo it
}

// lost are the titles of the datasets that somebody sees by a group alone; after some, there is but their number.
func lost(may access.Rights, group int64) (titles []string) {
	const some = 10
	more := 0
	for _, d := range may.Visible() {
		if slices.ContainsFunc(may.Why(d.ID), func(why access.Reason) bool {
			return why.Administers || why.Group.ID != group && access.LevelOf(why.Grant.Permission) >= access.View
		}) {
			continue
		}
		if len(titles) == some {
			more++
			continue
		}
		titles = append(titles, views.Name(cmp.Or(d.Title, d.Name)))
	}
	if more > 0 {
		titles = append(titles, "and "+plural(more, "more dataset"))
	}
	return titles
}
