package views_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"ngportal/views"
)

// TestSection: a section is drawn in the order of its fields, each field once.
func TestSection(t *testing.T) {
	main := all(parse(t, render(t, views.Admin(groupPage()))), "main")[0]
	want := "Groups HiP-CT People Groups Datasets Terms Requests 3 waiting Service accounts Apps Audit" +
		" Groups Whoever has signed in is here. What they may see comes from their groups." +
		" HiP-CT What is known of the group. approved Into the group HiP-CT until 1 May 2026. Warning: Two people have left." +
		" Token “laptop” was made; it is good until 1 May 2026. 0123456789abcdef0123456789abcdef Copy Token “laptop” Copy it now and keep it safe: you will not see it again." +
		" As CSV of HiP-CT End all sessions Administrator Ada Lovelace Request waiting Asked on 3 November 2025. Description " + oddNames()[4] +
		" Add a person E-mail (optional) Permission View Edit " + script + " Until (optional) Empty: without an end. Add"
	if got := text(main); got != want {
		t.Errorf("page reads\n%s\nwant\n%s", got, want)
	}
	if got := text(all(main, `.tabs [aria-current="page"]`)[0]); got != "Groups" {
		t.Errorf("current tab %q, want Groups", got)
	}
	if got := attr(all(main, ".secret button")[0], "data-copy"); got != "0123456789abcdef0123456789abcdef" {
		t.Errorf("the button copies %q", got)
	}
}

// TestTable: what a row says and sends, with its headings.
func TestTable(t *testing.T) {
	table := all(parse(t, render(t, views.Admin(admin("People", views.Section{Table: people(person(8, script))})))), "table")[0]
	if got := text(all(table, "caption")[0]); got != "People" {
		t.Errorf("caption %q, want People", got)
	}
	var headings []string
	for _, n := range all(table, "thead th[scope=col]") {
		link := ""
		for _, a := range all(n, "a") {
			link = attr(a, "href")
		}
		headings = append(headings, strings.Join([]string{text(n), attr(n, "aria-sort"), link}, "|"))
	}
	if want := []string{"Name|ascending|/admin/people?sort=-name", "Groups||", "Last seen||/admin/people?sort=seen", "Links||/admin/people?sort=links", "Id||", "Actions||"}; !slices.Equal(headings, want) {
		t.Errorf("headings %q, want %q", headings, want)
	}
	row := all(table, "tbody tr")[0]
	if got := text(all(row, "th[scope=row] a[href='/admin/people/8'] bdi")[0]); got != script {
		t.Errorf("the row is called %q", got)
	}
	if got, want := text(row), script+" person8@example.org HiP-CT, LINC, everyone signed in declined Has left. 296 4f1bbcd88 Change "+script+" Remove "+script; got != want {
		t.Errorf("row reads\n%s\nwant\n%s", got, want)
	}
	var labels []string // what stands before each cell where the table is narrow
	for _, n := range all(row, "td") {
		labels = append(labels, attr(n, "data-label"))
	}
	if want := []string{"Groups", "Last seen", "Links", "Id", ""}; !slices.Equal(labels, want) {
		t.Errorf("cells are called %q, want %q", labels, want)
	}
	form := all(row, `form[method="post"][action="/admin/people/remove"]`)[0]
	if got := attr(all(form, `input[type="hidden"][name="person"]`)[0], "value"); got != "8" {
		t.Errorf("Remove sends person=%q, want 8", got)
	}
}

// TestTableWithout: no actions, no column for them; no rows, no table; no position, no pager.
func TestTableWithout(t *testing.T) {
	row := person(1, "Ben")
	row.Actions = nil
	bare, none := people(row), people()
	bare.Search, none.Pager = nil, views.Pager{}
	tests := map[string]struct {
		table *views.Table
		want  string // counts of: headings, cells of actions, tables, empty states, searches, pagers
	}{
		"rows without actions or search": {bare, "5 0 1 0 0 1"},
		"nothing found":                  {none, "0 0 0 1 1 0"},
		"all there is":                   {people(person(1, "Ben")), "6 1 1 0 1 1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			doc := parse(t, render(t, views.Admin(admin("People", views.Section{Table: tt.table}))))
			var got []string
			for _, what := range []string{"thead th", "td.act", "table", ".blank", "search", "main nav.pager"} {
				got = append(got, fmt.Sprint(len(all(doc, what))))
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("has %q, want %q", got, tt.want)
			}
		})
	}
}

// TestSearchAndPager: a search keeps the sort and is sent with GET; the pager leads where the model says.
func TestSearchAndPager(t *testing.T) {
	found := people(person(1, "Ben"))
	found.Search.Fields[0].Value, found.Search.Clear = `"Ben"`, "/admin/people?sort=name"
	doc := parse(t, render(t, views.Admin(admin("People", views.Section{Table: found}))))
	form := all(doc, `search form[action="/admin/people"]:not([method])`)[0]
	var sent []string
	for _, n := range all(form, "[name]") {
		sent = append(sent, attr(n, "name")+"="+attr(n, "value"))
	}
	if want := []string{"sort=name", `q="Ben"`}; !slices.Equal(sent, want) {
		t.Errorf("search sends %q, want %q", sent, want)
	}
	var links []string
	for _, n := range all(doc, "search a, main .pager a") {
		links = append(links, text(n)+" "+attr(n, "href"))
	}
	if want := []string{"Show all /admin/people?sort=name", "← Previous /admin/people?page=1", "Next → /admin/people?page=3"}; !slices.Equal(links, want) {
		t.Errorf("links %q, want %q", links, want)
	}
	if got := text(all(doc, ".pager p")[0]); got != "51–100 of 10,000" {
		t.Errorf("position %q", got)
	}
}

// TestForm: what a browser sends of a form that nobody has touched, and how each field is constrained.
func TestForm(t *testing.T) {
	form := all(parse(t, render(t, views.Admin(admin("Groups", views.Section{Forms: []views.Form{fullForm("")}})))), "main form")[0]
	var got []string
	for _, n := range all(form, "[name]") {
		got = append(got, strings.Join([]string{n.Data, attr(n, "type"), attr(n, "name"), value(n), given(n, "checked", "required", "maxlength", "min", "autocomplete", "aria-describedby", "aria-invalid")}, "|"))
	}
	want := []string{
		"input|hidden|version|7|",
		"input|text|name|" + script + "|required maxlength=80 autocomplete=name aria-describedby=s-1-1-1-help",
		"input|email|email|ben@example.org|autocomplete=off",
		"input|url|origin|https://ng.example.org|autocomplete=off",
		"input|date|until|2026-05-01|min=2025-11-04 autocomplete=off aria-describedby=s-1-1-4-help",
		"input|number|days|30|min=1 autocomplete=off",
		"select||level|edit|autocomplete=off",
		"input|radio|group|view|required aria-describedby=s-1-1-7-1-help",
		"input|radio|group|edit|checked required",
		"input|radio|group|x|required",
		"input|checkbox|scope|view|aria-describedby=s-1-1-8-1-help",
		"input|checkbox|scope|edit|checked",
		"input|checkbox|scope|x|",
		"input|checkbox|listed|1|checked aria-describedby=s-1-1-9-help",
		"textarea||why|\nTwo lines,\n</textarea>" + script + "|required maxlength=2000 autocomplete=off",
		"input|checkbox|confirm|yes|required",
	}
	if !slices.Equal(got, want) {
		t.Errorf("fields\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := len(all(form, ".summary, .fault")); got != 0 {
		t.Errorf("%d faults in a form without", got)
	}
}

// value is what a field holds before anybody touches it.
func value(n *html.Node) string {
	switch n.Data {
	case "textarea":
		return n.FirstChild.Data
	case "select":
		return attr(all(n, "option[selected]")[0], "value")
	}
	return attr(n, "value")
}

// given is those of the attributes that n has.
func given(n *html.Node, names ...string) string {
	var out []string
	for _, name := range names {
		for _, a := range n.Attr {
			if a.Key == name {
				out = append(out, strings.TrimSuffix(name+"="+a.Val, "="))
			}
		}
	}
	return strings.Join(out, " ")
}

// TestFaults: the summary at the top leads to each field that is wrong, and the field says so itself.
func TestFaults(t *testing.T) {
	form := all(parse(t, render(t, views.Admin(admin("Groups", views.Section{Forms: []views.Form{fullForm("No.")}})))), "main form")[0]
	summary := all(form, `.summary[role="alert"][autofocus]`)[0]
	if got, want := text(all(summary, "p")[0]), "Nothing was changed: 12 things to put right"; got != want {
		t.Errorf("summary begins %q, want %q", got, want)
	}
	var got []string
	for _, n := range all(summary, "li") {
		line := text(n)
		for _, a := range all(n, "a") {
			line += " → " + attr(all(form, attr(a, "href"))[0], "name")
		}
		got = append(got, line)
	}
	want := []string{
		"Somebody has changed the group since you opened this page.", "Name: No. → name", "E-mail: No. → email", "Origin: No. → origin", "Until: No. → until", "Days: No. → days",
		"Permission: No. → level", "Group: No. → group", "What the token may do: No. → scope", "All signed-in people see its title and description: No. → listed", "Reason: No. → why",
		"Yes, tell everybody: Tick the box to go on. → confirm",
	}
	if !slices.Equal(got, want) {
		t.Errorf("summary\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var invalid []string
	for _, n := range all(form, `[aria-invalid="true"]`) {
		said := ""
		for id := range strings.FieldsSeq(attr(n, "aria-describedby")) {
			said += " " + text(all(form, "#"+id)[0])
		}
		invalid = append(invalid, attr(n, "name")+attr(n, "role")+said)
	}
	wantInvalid := []string{
		"name Error: No. As others see it.", "email Error: No.", "origin Error: No.", "until Error: No. Empty: without an end.", "days Error: No.", "level Error: No.",
		"radiogroup Error: No.", "listed Error: No. They can ask for access then.", "why Error: No.", "confirm Error: Tick the box to go on.",
	}
	if !slices.Equal(invalid, wantInvalid) {
		t.Errorf("fields that say what is wrong\n%s\nwant\n%s", strings.Join(invalid, "\n"), strings.Join(wantInvalid, "\n"))
	}
}
