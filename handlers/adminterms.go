package handlers

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"ngportal/store"
	"ngportal/views"
)

// allTerms lists the terms of use.
func (s *site) allTerms(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, r, s.allTermsPage)
}

func (s *site) allTermsPage(r *http.Request) (views.AdminPage, error) {
	all, err := s.Store.AllTerms(r.Context(), rights(r))
	if err != nil {
		return views.AdminPage{}, err
	}
	m := s.adminPage(r, "/admin/terms", "Terms", "What people must accept before they see the data of a dataset that needs it.")
	t := &views.Table{
		Caption: "Terms", Columns: []views.Column{{Label: "Name"}, {Label: "Version", Number: true}, {Label: "Published"}},
		Empty: views.Empty{Heading: "There are none", Text: "Datasets can be seen without accepting anything."},
	}
	for _, one := range all {
		t.Rows = append(t.Rows, views.TableRow{Cells: []views.Cell{
			{Text: one.Name, Href: adminURL("terms", one.ID)}, {Text: strconv.Itoa(one.Version)}, momentCell(one.Created, ""),
		}})
	}
	m.Sections = []views.Section{{Table: t}}
	if rights(r).Administers() {
		m.Sections = append(m.Sections, views.Section{Heading: "Write terms", Forms: []views.Form{termsForm("/admin/terms", true, "")}})
	}
	return m, nil
}

// termsForm is where terms are written. It leads to a preview, and from there they are published.
func termsForm(action string, isNew bool, text string) views.Form {
	f := views.Form{Action: action, Submit: "Preview", Weight: views.Main}
	if isNew {
		f.Fields = []views.Input{{Kind: views.InputText, Name: "name", Label: "Name", Required: true, Max: 120}}
	}
	f.Fields = append(f.Fields, views.Input{
		Kind: views.InputTextArea, Name: "text", Label: "Text", Value: text, Required: true,
		Help: "In Markdown: “# Heading”, “**strong**”, “- item”, “[words](https://…)”. What you write is shown to you before it is published.",
	})
	return f
}

// addTerms makes terms, once they have been looked at as they will be shown.
func (s *site) addTerms(w http.ResponseWriter, r *http.Request) error {
	if err := rights(r).MayAdminister(); err != nil {
		return err
	}
	if !previewed(r) {
		return s.preview(w, r, termsForm("/admin/terms", true, ""), r.PostFormValue("name"), "Yes, publish these terms")
	}
	id, err := s.Store.AddTerms(r.Context(), rights(r), r.PostFormValue("name"), r.PostFormValue("text"))
	if err != nil {
		return s.again(w, r, err, s.allTermsPage)
	}
	return s.made(w, r, adminURL("terms", id))
}

// seen marks a text in a form that has been shown to the person. Browsers end lines in a way of their own.
func seen(text string) string {
	sum := sha256.Sum256([]byte(strings.ReplaceAll(text, "\r\n", "\n")))
	return hex.EncodeToString(sum[:])
}

// previewed reports whether the text of a form is the one that the person has been shown, and said yes to.
func previewed(r *http.Request) bool {
	return confirmed(r) && r.PostFormValue("seen") == seen(r.PostFormValue("text"))
}

// preview shows a text as it will be, and asks whether to publish it. Who changes it there is shown it again.
func (s *site) preview(w http.ResponseWriter, r *http.Request, f views.Form, name, yes string) error {
	text := r.PostFormValue("text")
	if len(text) > store.MaxTerms {
		return &userError{
			code: http.StatusUnprocessableEntity, heading: "The text is too long", what: "Terms have at most 256 kB.",
			do: "Go back in the browser, and make it shorter. Nothing has been changed.",
		}
	}
	for i := range f.Fields {
		f.Fields[i].Value = r.PostFormValue(f.Fields[i].Name)
	}
	f.Hidden = []views.Field{{Name: "seen", Value: seen(text)}}
	f.Confirm, f.Submit = yes, "Publish"
	f.Unconfirmed = r.PostFormValue("seen") == seen(text) && !confirmed(r)
	m := s.adminPage(r, "/admin/terms", "Preview: "+views.Name(name), "So it will be shown. Nothing has been changed yet.")
	m.Sections = []views.Section{{Prose: prose(text)}, {Heading: "Publish, or change the text first", Forms: []views.Form{f}}}
	return s.render(w, r, http.StatusOK, views.Admin(m))
}

// termsFacts are terms with their text, their versions and who has accepted them.
func (s *site) termsFacts(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, r, s.termsPage)
}

func (s *site) termsPage(r *http.Request) (views.AdminPage, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return views.AdminPage{}, err
	}
	if _, err = s.Store.AllTerms(r.Context(), rights(r)); err != nil { // this page is for those with something to administer
		return views.AdminPage{}, err
	}
	newest, err := s.Store.TermsByID(r.Context(), rights(r), id, 0)
	if err != nil {
		return views.AdminPage{}, err
	}
	m := s.adminPage(r, "/admin/terms", newest.Name, "Version "+strconv.Itoa(newest.Version)+" of "+on(newest.Created)+".")
	under(&m, "Terms", "/admin/terms")
	versions := views.Section{Heading: "Versions", Table: &views.Table{Caption: "Versions", Columns: []views.Column{{Label: "Version"}, {Label: "Published"}}}}
	for n := newest.Version; n > 0 && n > newest.Version-listRows; n-- {
		var one store.Terms
		if one, err = s.Store.TermsByID(r.Context(), rights(r), id, n); err != nil {
			return views.AdminPage{}, err
		}
		versions.Table.Rows = append(versions.Table.Rows, views.TableRow{Cells: []views.Cell{
			{Text: strconv.Itoa(n), Href: versionURL(id, n)}, momentCell(one.Created, ""),
		}})
	}
	m.Sections = []views.Section{{Heading: "Text", Prose: prose(newest.Text)}, versions}
	if !rights(r).Administers() {
		return m, nil
	}
	accepted, err := s.acceptedSection(r, id)
	m.Sections = append(m.Sections, accepted, views.Section{
		Heading: "Write a new version", Intro: "Everybody must accept it anew before they see data again.",
		Forms: []views.Form{termsForm(adminURL("terms", id), false, newest.Text)},
	})
	return m, err
}

// acceptedSection tells who has accepted terms.
func (s *site) acceptedSection(r *http.Request, id int64) (views.Section, error) {
	at := listAt(r, adminURL("terms", id))
	all, total, err := s.Store.Acceptances(r.Context(), rights(r), id, at.query())
	if err != nil {
		return views.Section{}, err
	}
	t := &views.Table{
		Caption: "Accepted by",
		Columns: []views.Column{at.column("Name", "name"), at.column("E-mail", "email"), at.number("Version", "version"), at.column("Accepted", "at")},
		Search:  at.search("Name or e-mail"), Pager: at.pager(total, len(all)),
		Empty: views.Empty{Heading: "Nobody", Text: "Whoever accepts the terms is listed here."},
	}
	for _, a := range all {
		t.Rows = append(t.Rows, views.TableRow{Cells: []views.Cell{
			{Text: shown(a.Who), Href: adminURL("people", a.Who.ID)}, {Text: a.Who.Email}, {Text: strconv.Itoa(a.Version)}, momentCell(a.At, ""),
		}})
	}
	return views.Section{Heading: "Accepted by", Table: t}, nil
}

// addTermsVersion publishes a new version of terms, once it has been looked at as it will be shown.
func (s *site) addTermsVersion(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err == nil {
		err = rights(r).MayAdminister()
	}
	if err != nil {
		return err
	}
	newest, err := s.Store.TermsByID(r.Context(), rights(r), id, 0)
	if err != nil {
		return err
	}
	if !previewed(r) {
		return s.preview(w, r, termsForm(adminURL("terms", id), false, ""), newest.Name, "Yes, everybody must accept it anew")
	}
	_, err = s.Store.AddTermsVersion(r.Context(), rights(r), id, r.PostFormValue("text"))
	if err != nil {
		return s.again(w, r, err, s.termsPage)
	}
	return s.made(w, r, adminURL("terms", id))
}
