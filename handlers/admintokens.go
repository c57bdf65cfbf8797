package handlers

import (
	"fmt"
	"io/fs"
	"net/http"
	"slices"

	"ngportal/access"
	"ngportal/store"
	"ngportal/views"
)

// addServiceToken makes a token of a service account and shows its secret, this once.
func (s *site) addServiceToken(w http.ResponseWriter, r *http.Request) error {
	p, err := s.pathService(r)
	if err != nil {
		return err
	}
	scope, err := access.ParseScope(r.PostFormValue("scope"))
	if err != nil {
		scope = access.NoScope // the store finds fault with it
	}
	until, err := evening(r, "expires")
	var token store.Token
	var secret string
	if err == nil {
		token, secret, err = s.Store.AddToken(r.Context(), rights(r), p.ID, r.PostFormValue("name"), scope, until)
	}
	if err != nil {
		return s.again(w, r, err, s.servicePage)
	}
	m := s.adminPage(r, "/admin/services", "The new token", "Of the service account “"+views.Name(shown(p.Person))+"”.")
	end := "without end"
	if !until.IsZero() {
		end = "until " + until.Format(timeForm)
	}
	m.Sections = []views.Section{
		{Secret: &views.Secret{Name: token.Name, Value: secret, Text: "is good " + end + ", with the scope " + token.Scope.String() + "."}},
		{Actions: []views.Action{{Label: "I have copied it: go to the account", Href: adminURL("services", p.ID)}}},
	}
	return s.render(w, r, http.StatusCreated, views.Admin(m))
}

// revokeServiceToken ends a token for good, once the person has said yes.
func (s *site) revokeServiceToken(w http.ResponseWriter, r *http.Request) error {
	p, err := s.pathService(r)
	if err != nil {
		return err
	}
	id, err := pathID(r, "token")
	if err != nil {
		return err
	}
	all, err := s.Store.Tokens(r.Context(), rights(r), p.ID)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(t store.Token) bool { return t.ID == id })
	if at < 0 {
		return fmt.Errorf("token %d of account %d: %w", id, p.ID, fs.ErrNotExist)
	}
	to := adminURL("services", p.ID)
	if !confirmed(r) {
		return s.askFirst(w, r, question{
			heading: "You are about to revoke the token “" + views.Name(all[at].Name) + "”",
			what:    []string{"Programs that use it are refused from the next request on. It cannot be undone."},
			submit:  "Yes, revoke it", keep: to, keepText: "Keep it",
		})
	}
	if err = s.Store.RevokeToken(r.Context(), rights(r), id); err != nil {
		return err
	}
	return s.made(w, r, to)
}
