package handlers

import (
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"ngportal/auth"
	"ngportal/store"
	"ngportal/views"
)

// acceptedTerms lists the terms that the person has accepted.
func (s *site) acceptedTerms(w http.ResponseWriter, r *http.Request) error {
	all, err := s.Store.AcceptancesOf(r.Context(), rights(r), person(r).ID)
	if err != nil {
		return err
	}
	m := s.settingsPage(r, "/settings/terms", "Terms", "What you have accepted before seeing data.")
	t := &views.Table{
		Caption: "Terms", Columns: []views.Column{{Label: "Terms"}, {Label: "Version", Number: true}, {Label: "Accepted"}},
		Empty: views.Empty{Heading: "You have accepted no terms", Text: "Datasets that have terms show them before they open."},
	}
	for _, a := range all {
		name := views.Cell{Text: a.Name}
		if rights(r).KnowsTerms(a.Terms) { // not those of a dataset that they may not know of any more
			name.Href = versionURL(a.Terms, a.Version)
		}
		t.Rows = append(t.Rows, views.TableRow{Cells: []views.Cell{name, {Text: strconv.Itoa(a.Version)}, momentCell(a.At, "")}})
	}
	m.Sections = []views.Section{{Table: t}}
	return s.render(w, r, http.StatusOK, views.Admin(m))
}

// termsURL is where terms are read and accepted, and where it goes on afterwards.
func termsURL(id int64, after string) string {
	return termsPath(id) + "?" + url.Values{"return": {auth.SafeReturn(after)}}.Encode()
}

// versionURL is where one version of terms is read.
func versionURL(id int64, version int) string {
	return termsPath(id) + "?version=" + strconv.Itoa(version)
}

func termsPath(id int64) string { return "/terms/" + strconv.FormatInt(id, 10) }

// terms shows terms of use, and lets the person accept the newest version.
func (s *site) terms(w http.ResponseWriter, r *http.Request) error {
	version := 0
	if text := r.URL.Query().Get("version"); text != "" {
		var err error
		if version, err = strconv.Atoi(text); err != nil || version < 1 {
			return s.notFound(w, r)
		}
	}
	return s.showTerms(w, r, http.StatusOK, version, views.Form{})
}

// showTerms shows a version of terms, 0 for the newest; form has what was wrong with accepting them.
func (s *site) showTerms(w http.ResponseWriter, r *http.Request, status, version int, form views.Form) error {
	id, err := pathID(r, "id")
	if err != nil {
		return s.notFound(w, r)
	}
	newest, err := s.Store.TermsByID(r.Context(), rights(r), id, 0)
	shown := newest
	if err == nil && version != 0 && version != newest.Version {
		shown, err = s.Store.TermsByID(r.Context(), rights(r), id, version)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return s.notFound(w, r)
	}
	if err != nil {
		return err
	}
	accepted, err := s.Store.AcceptancesOf(r.Context(), rights(r), person(r).ID)
	if err != nil {
		return err
	}
	m := s.versionPage(r, newest, shown, accepted, form)
	return s.render(w, r, status, views.Admin(m))
}

// versionPage is the page of a version of terms, of which the newest can be accepted by form.
func (s *site) versionPage(r *http.Request, newest, shown store.Terms, accepted []store.Accepted, form views.Form) views.AdminPage {
	m := views.AdminPage{
		Page: s.page(r, shown.Name), Heading: shown.Name,
		Intro: "Terms of use, version " + strconv.Itoa(shown.Version) + " of " + on(shown.Created),
	}
	top, end := views.Section{}, views.Section{}
	after := auth.SafeReturn(r.FormValue("return"))
	if shown.Version != newest.Version {
		top.Notes = []views.Problem{{Severity: views.Warning, Text: "This is an old version. The newest is version " + strconv.Itoa(newest.Version) + "."}}
		top.Actions = []views.Action{{Label: "Read the newest version", Href: termsURL(newest.ID, after)}}
	}
	at := slices.IndexFunc(accepted, func(a store.Accepted) bool { return a.Terms == shown.ID && a.Version == shown.Version })
	switch {
	case at >= 0:
		top.State = views.State{Word: "accepted", Kind: views.Success, Text: "You have accepted this version on " + on(accepted[at].At) + "."}
		end.Actions = []views.Action{{Label: "Go on", Href: after}}
	case shown.Version == newest.Version:
		end.Forms = []views.Form{acceptForm(form, newest, after)}
	}
	m.Sections = []views.Section{top, {Prose: prose(shown.Text)}, end}
	return m
}

// acceptForm completes the form by which terms are accepted.
func acceptForm(form views.Form, t store.Terms, after string) views.Form {
	form.Action = termsPath(t.ID) + "/accept"
	form.Confirm = "I have read and accept version " + strconv.Itoa(t.Version) + " of these terms"
	form.Submit, form.Weight = "Accept and go on", views.Main
	form.Hidden = []views.Field{{Name: "version", Value: strconv.Itoa(t.Version)}, {Name: "return", Value: after}}
	return form
}

// acceptTerms keeps that the person has accepted terms, and goes on to what they are for.
func (s *site) acceptTerms(w http.ResponseWriter, r *http.Request) error {
	if !confirmed(r) {
		return s.showTerms(w, r, http.StatusUnprocessableEntity, 0, views.Form{Unconfirmed: true})
	}
	id, err := pathID(r, "id")
	if err != nil {
		return s.notFound(w, r)
	}
	version, err := strconv.Atoi(r.PostFormValue("version"))
	if err != nil {
		version = -1 // which is not the newest
	}
	err = s.Store.AcceptTerms(r.Context(), rights(r), id, version)
	if _, ok := errors.AsType[*store.Fault](err); ok {
		return s.showTerms(w, r, http.StatusUnprocessableEntity, 0, views.Form{
			Fault: "These terms are not what they were when you opened the page. This is the newest version: please read it.",
		})
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, auth.SafeReturn(r.PostFormValue("return")), http.StatusSeeOther)
	return nil
}
