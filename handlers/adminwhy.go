package handlers

import (
	"net/http"
	"strings"
	"time"

	"ngportal/access"
	"ngportal/store"
	"ngportal/views"
)

// whySection answers why somebody may see what they see, and why not what they do not.
func (s *site) whySection(r *http.Request, p store.Profile) (views.Section, error) {
	may, err := rights(r).Of(p.Person)
	if err != nil {
		return views.Section{}, err
	}
	path, name := r.URL.Path, views.Name(shown(p.Person))
	if r.Method != http.MethodGet { // a form on the page that comes back has an address of its own
		path = adminURL(kindOf(p), p.ID)
	}
	at := listAt(r, path)
	text := strings.TrimSpace(at.text)
	found := matching(may.Visible(), text)
	first := min((at.page-1)*listRows, len(found))
	page := found[first:min(first+listRows, len(found))]
	t := &views.Table{
		Caption: "Why may they see …", Columns: []views.Column{{Label: "Dataset"}, {Label: "Why"}}, Search: at.search("Dataset"),
		Pager: at.pager(len(found), len(page)),
		Empty: views.Empty{Heading: name + " may see no dataset", Text: "None of the groups that the account is in opens any."},
	}
	for _, d := range page {
		row := []views.Cell{{Text: d.Title, Href: adminURL("datasets", d.ID), Soft: d.Name}, {Text: whyIn(name, may, d)}}
		if _, err := may.Dataset(d.Name); err != nil { // what may be seen lacks nothing but that
			row[1].State = views.State{Word: "terms to accept", Kind: views.Warning}
		}
		t.Rows = append(t.Rows, views.TableRow{Cells: row})
	}
	out := views.Section{Heading: "Why may they see …", Table: t}
	if text != "" && len(page) == 0 {
		t.Empty = whyNot(name, text, rights(r), may)
	}
	if p.Disabled {
		out.Notes = []views.Problem{{Severity: views.Warning, Text: "The account is disabled: it may see what is public, as anybody may."}}
	}
	return out, nil
}

func kindOf(p store.Profile) string {
	if p.Service {
		return "services"
	}
	return "people"
}

// whyIn is a sentence: "Ben may view I58: group HiP-CT, view, since 3 March 2026."
func whyIn(name string, may access.Rights, d access.Dataset) string {
	var reasons []string
	for _, why := range may.Why(d.ID) {
		reasons = append(reasons, reason(why))
	}
	return name + " may " + may.Level(d.ID).String() + " " + views.Name(d.Title) + ": " + strings.Join(reasons, "; ") + "."
}

// reason is one of the grants by which somebody may do something, in words.
func reason(why access.Reason) string {
	if why.Administers {
		return "administers the portal"
	}
	text := "group " + views.Name(why.Group.Name)
	switch why.Group.Kind {
	case access.Everyone:
		text = "everyone who has signed in"
	case access.Public:
		text = "public"
	case access.Members:
	}
	text += ", " + why.Grant.Permission + ", since " + on(later(why.Grant.Since, why.Member.Since))
	if end := earlier(why.Grant.Expires, why.Member.Expires); !end.IsZero() {
		text += ", until " + on(end.Add(-time.Nanosecond))
	}
	return text
}

// whyNot answers about a dataset that the person may not see. asks are the rights of whoever wants to know: there may be
// datasets that they do not know of either.
func whyNot(name, text string, asks, may access.Rights) views.Empty {
	d, ok := asks.Known(text)
	if !ok {
		if found := matching(asks.Visible(), text); len(found) > 0 {
			d, ok = found[0], true
		}
	}
	if !ok {
		return views.Empty{Heading: "There is no such dataset", Text: "Titles, names and descriptions are searched. Upper and lower case do not matter."}
	}
	out := views.Empty{
		Heading: name + " may not see " + views.Name(d.Title), Text: "None of the groups that the account is in has the permission to view it.",
	}
	if words := may.Permissions(d.ID); len(words) > 0 {
		out.Text += " It has other permissions there: " + strings.Join(words, ", ") + "."
	}
	return out
}
