package views_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"ngportal/views"
)

// TestHeader: who manages something is led to it, and told what waits.
func TestHeader(t *testing.T) {
	none, nothing := page("Data"), page("Data")
	none.SettingsHref = "/settings/"
	nothing.SettingsHref, nothing.AdminHref = "/settings/", "/admin/"
	tests := map[string]struct {
		page views.Page
		want []string
	}{
		"no addresses, no links":         {page("Data"), []string{"Data /", "Links /links"}},
		"settings are everybody's":       {none, []string{"Data /", "Links /links", "Settings /settings/"}},
		"an administrator, nobody waits": {nothing, []string{"Data /", "Links /links", "Admin /admin/", "Settings /settings/"}},
		"three wait":                     {managed("Data"), []string{"Data /", "Links /links", "Admin 3 waiting /admin/", "Settings /settings/"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			doc := parse(t, render(t, views.Home(views.HomePage{Page: tt.page})))
			var got []string
			for _, n := range all(doc, ".top nav a, .top .me a") {
				got = append(got, text(n)+" "+attr(n, "href"))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("header has %q, want %q", got, tt.want)
			}
			if got := len(all(doc, `.top .me form[action="/logout"]`)); got != 1 {
				t.Errorf("%d ways to sign out, want 1", got)
			}
		})
	}
}

// TestNotice: what was done can be undone by a button that needs no script.
func TestNotice(t *testing.T) {
	m := admin("People")
	m.Notice = &views.Notice{
		Kind: views.Success, Text: "Ben was removed.",
		Action: &views.Action{Label: "Undo", About: "removing Ben", Post: "/admin/undo", Hidden: []views.Field{{Name: "change", Value: "12"}}},
	}
	box := all(parse(t, render(t, views.Admin(m))), `main .note.success[role="status"]`)[0]
	if got, want := text(box), "Ben was removed. Undo removing Ben"; got != want {
		t.Errorf("notice reads %q, want %q", got, want)
	}
	if got := attr(all(box, `form[method="post"][action="/admin/undo"] input[name="change"]`)[0], "value"); got != "12" {
		t.Errorf("Undo sends change=%q, want 12", got)
	}
}

// TestAskable: a dataset one may ask for leads to asking, and tells how it stands.
func TestAskable(t *testing.T) {
	doc := parse(t, render(t, stories()["home-ask"]))
	want := []string{
		"Macaque M1 Two-photon microscopy. m1 Request access to Macaque M1 → /request/m1",
		script + " odd waiting Asked on 3 November 2025.",
		"دماغ HiP-CT brain declined Only for members of the project. Request access to دماغ → /request/brain",
	}
	if got := leading(all(doc, ".cards.ask li")); !slices.Equal(got, want) {
		t.Errorf("cards\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := strings.Count(text(all(parse(t, render(t, stories()["home"])), "main")[0]), "You may ask for"); got != 0 {
		t.Error("a page with nothing to ask for says so")
	}
}

// leading is what each of the nodes says, and where its links lead.
func leading(nodes []*html.Node) []string {
	var out []string
	for _, n := range nodes {
		line := text(n)
		for _, a := range all(n, "a") {
			line += " → " + attr(a, "href")
		}
		out = append(out, line)
	}
	return out
}

// TestLacking: what a refusal says of layers and datasets, listed and not.
func TestLacking(t *testing.T) {
	one := []views.MissingDataset{{Title: "I58", Href: "/request/I58"}}
	const of = "It shows data of datasets that have not been opened for you: "
	tests := map[string]struct {
		page views.LinkRefusedPage
		want string
	}{
		"one listed, one not": {
			views.LinkRefusedPage{Lacking: 1, Layers: 3, Missing: one, Unlisted: 1, Ask: "Ask grace@example.org."},
			"You lack access to 1 of 3 layers " + of + "I58 Request access to I58 and 1 dataset that is not listed; ask whoever sent you the link Open the link again when access has been given to you.",
		},
		"none listed": {
			views.LinkRefusedPage{Lacking: 1, Layers: 1, Unlisted: 2, Ask: "Ask grace@example.org."},
			"You lack access to 1 of 1 layer " + of + "2 datasets that are not listed; ask whoever sent you the link Ask grace@example.org. Then open the link again.",
		},
		"asked already": {
			views.LinkRefusedPage{Lacking: 2, Layers: 2, Missing: []views.MissingDataset{{Title: script, State: views.Waiting("Asked today.")}}},
			"You lack access to 2 of 2 layers It shows data of a dataset that has not been opened for you: " + script + " waiting Asked today. Open the link again when access has been given to you.",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tt.page.Page = page("No access")
			got := text(all(parse(t, render(t, views.LinkRefused(tt.page))), "main")[0])
			if want := tt.want + " Go to the first page"; got != want {
				t.Errorf("refusal reads\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// TestName: a name within a sentence keeps its direction to itself.
func TestName(t *testing.T) {
	tests := map[string]struct{ name, want string }{
		"left to right":           {"Ada Łukasiewicz 李", "Ada Łukasiewicz 李"},
		"Hebrew":                  {"דניאל", "\u2068דניאל\u2069"},
		"Arabic forms":            {"ﷺ", "\u2068ﷺ\u2069"},
		"Adlam":                   {"𞤀", "\u2068𞤀\u2069"},
		"an override":             {"a\u202enaB", "anaB"},
		"the end of an isolation": {"א\u2069\u202eb", "\u2068אb\u2069"},
		"a mark":                  {"a\u200f!", "\u2068a\u200f!\u2069"},
		"nothing":                 {"", ""},
		"bytes that are no text":  {"a\xff", "a\uFFFD"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := views.Name(tt.name); got != tt.want {
				t.Errorf("Name(%+q) = %+q, want %+q", tt.name, got, tt.want)
			}
		})
	}
}
