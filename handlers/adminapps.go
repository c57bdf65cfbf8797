package handlers

import (
	"net/http"

	"ngportal/views"
)

// apps lists the viewers elsewhere that may be given somebody's token.
func (s *site) apps(w http.ResponseWriter, r *http.Request) error { return s.show(w, r, s.appsPage) }

func (s *site) appsPage(r *http.Request) (views.AdminPage, error) {
	if err := rights(r).MayAdminister(); err != nil {
		return views.AdminPage{}, err
	}
	all, err := s.Store.Apps(r.Context())
	if err != nil {
		return views.AdminPage{}, err
	}
	m := s.adminPage(r, "/admin/apps", "Apps", "Viewers elsewhere that people may give a token of theirs, so that they read data as them. No other site is given any.")
	t := &views.Table{
		Caption: "Apps", Columns: []views.Column{{Label: "Name"}, {Label: "Origin"}, {Label: "Since"}},
		Empty: views.Empty{Heading: "No app is trusted", Text: "The portal’s own viewer needs no entry here."},
	}
	for _, a := range all {
		t.Rows = append(t.Rows, views.TableRow{
			Cells: []views.Cell{{Text: a.Name}, {Text: a.Origin, Code: true}, momentCell(a.Created, "")},
			Actions: []views.Action{{
				Label: "Remove", About: a.Name, Post: "/admin/apps/remove", Hidden: []views.Field{{Name: "origin", Value: a.Origin}}, Weight: views.Danger,
			}},
		})
	}
	m.Sections = []views.Section{{Table: t}, {Heading: "Trust an app", Forms: []views.Form{{
		Action: "/admin/apps", Submit: "Trust it", Weight: views.Main,
		Intro: "Whoever runs it can read with the tokens that people give it. Trust only whom you know.",
		Fields: []views.Input{
			{Kind: views.InputText, Name: "name", Label: "Name", Required: true, Max: 120},
			{Kind: views.InputURL, Name: "origin", Label: "Origin", Required: true, Max: 300, Help: "https:// and a host, and nothing after it: https://viewer.example.org."},
		},
	}}}}
	return m, nil
}

func (s *site) addApp(w http.ResponseWriter, r *http.Request) error {
	err := s.Store.AddApp(r.Context(), rights(r), r.PostFormValue("origin"), r.PostFormValue("name"))
	return s.settle(w, r, err, "/admin/apps", s.appsPage)
}

// removeApp trusts an app no longer, once the person has said yes.
func (s *site) removeApp(w http.ResponseWriter, r *http.Request) error {
	if err := rights(r).MayAdminister(); err != nil {
		return err
	}
	origin := r.PostFormValue("origin")
	if !confirmed(r) {
		return s.askFirst(w, r, question{
			heading: "You are about to trust " + origin + " no longer", hidden: sent(r),
			what:   []string{"It is given no more tokens. Those that people have given it work until they end or are revoked."},
			submit: "Yes, remove it", keep: "/admin/apps", keepText: "Keep it",
		})
	}
	if err := s.Store.RemoveApp(r.Context(), rights(r), origin); err != nil {
		return err
	}
	return s.done(w, r, "/admin/apps")
}
