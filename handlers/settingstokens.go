package handlers

import (
	"io/fs"
	"net/http"
	"slices"
	"strconv"
	"time"

	"ngportal/access"
	"ngportal/store"
	"ngportal/views"
)

// byDate is the choice of a token's end by its date.
const byDate = "date"

// tokens lists the person's tokens, and has the form to make one.
func (s *site) tokens(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, r, s.tokensPage)
}

func (s *site) tokensPage(r *http.Request) (views.AdminPage, error) {
	all, err := s.Store.Tokens(r.Context(), rights(r), person(r).ID)
	if err != nil {
		return views.AdminPage{}, err
	}
	m := s.settingsPage(r, "/settings/tokens", "Tokens", "A token lets a program do what you may do here, as far as its scope goes.")
	t := &views.Table{
		Caption: "Tokens",
		Columns: []views.Column{{Label: "Name"}, {Label: "Scope"}, {Label: "Made"}, {Label: "Ends"}, {Label: "Last used"}},
		Empty:   views.Empty{Heading: "You have no token", Text: "Make one below for each program or computer that needs it."},
	}
	for _, one := range all {
		used := momentCell(one.Used, "never")
		used.Soft = one.Address
		row := views.TableRow{Cells: []views.Cell{
			{Text: one.Name}, {Text: one.Scope.String(), Code: true}, momentCell(one.Created, ""), momentCell(one.Expires, "never"), used,
		}}
		switch {
		case one.Revoked:
			row.Cells[0].State = views.State{Word: "revoked", Kind: views.Error}
		case !one.Expires.IsZero() && !s.Now().Before(one.Expires):
			row.Cells[0].State = views.State{Word: "ended", Kind: views.Warning}
		default:
			row.Actions = []views.Action{{Label: "Revoke", About: one.Name, Href: revokeURL(one.ID)}}
		}
		t.Rows = append(t.Rows, row)
	}
	m.Sections = []views.Section{{Table: t}, {Heading: "Make a token", Forms: []views.Form{s.tokenForm()}}}
	return m, nil
}

func revokeURL(id int64) string { return "/settings/tokens/" + strconv.FormatInt(id, 10) + "/revoke" }

func (s *site) tokenForm() views.Form {
	return views.Form{Action: "/settings/tokens", Submit: "Make the token", Weight: views.Main, Fields: []views.Input{
		{
			Kind: views.InputText, Name: "name", Label: "Name", Required: true, Max: 120,
			Help: "What will use it, and where: “notebook on my laptop”.",
		},
		{Kind: views.InputRadio, Name: "scope", Label: "Scope", Required: true, Options: []views.Option{
			{Value: "read", Label: "read", Help: "Look at what you may see.", Selected: true},
			{Value: "share", Label: "share", Help: "The same, and make links and ask for access."},
			{Value: "admin", Label: "admin", Help: "All that you may do, also changing your settings and what you manage. Few programs need it."},
		}},
		{Kind: views.InputSelect, Name: "expires", Label: "Ends", Options: []views.Option{
			{Value: "30", Label: "in 30 days"},
			{Value: "90", Label: "in 90 days", Selected: true},
			{Value: "365", Label: "in 365 days"},
			{Value: byDate, Label: "on the date below"},
		}},
		{
			Kind: views.InputDate, Name: "until", Label: "Date", Min: s.Now().UTC().Format(time.DateOnly),
			Help: "The token works until the end of this day (UTC), at most a year from now.",
		},
	}}
}

// tokenEnd reads when a token is to end. The error is a [*store.Fault] of expires or until.
func (s *site) tokenEnd(r *http.Request) (time.Time, error) {
	switch chosen := r.PostFormValue("expires"); chosen {
	case byDate:
		return evening(r, "until")
	case "30", "90", "365":
		days, err := strconv.Atoi(chosen)
		return s.Now().AddDate(0, 0, days), err
	}
	return time.Time{}, &store.Fault{Field: "expires", Text: "Choose when the token ends."}
}

// makeToken makes a token and shows its secret, this once.
func (s *site) makeToken(w http.ResponseWriter, r *http.Request) error {
	scope, err := access.ParseScope(r.PostFormValue("scope"))
	if err != nil {
		scope = access.NoScope // the store finds fault with it
	}
	expires, err := s.tokenEnd(r)
	var token store.Token
	var secret string
	if err == nil {
		token, secret, err = s.Store.AddToken(r.Context(), rights(r), person(r).ID, r.PostFormValue("name"), scope, expires)
	}
	if r.PostFormValue("expires") == byDate {
		err = atField(err, "expires", "until")
	}
	if err != nil {
		return s.again(w, r, err, s.tokensPage)
	}
	m := s.settingsPage(r, "/settings/tokens", "Your new token", "")
	m.Sections = []views.Section{
		{
			Secret: &views.Secret{Name: token.Name, Value: secret, Text: "is good until " + token.Expires.UTC().Format(timeForm) + ", with the scope " + token.Scope.String() + "."},
		},
		{
			Heading: "How to use it", Intro: "Send it with each request, in a header. Programs made for CAVE take it as their token as it is.",
			Prose: []views.Block{{Kind: views.BlockCode, Text: "Authorization: Bearer " + secret}},
		},
		{Actions: []views.Action{{Label: "I have copied it: go to my tokens", Href: "/settings/tokens"}}},
	}
	return s.render(w, r, http.StatusCreated, views.Admin(m))
}

// revokeToken ends a token of the person for good, once they have said yes.
func (s *site) revokeToken(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return s.notFound(w, r)
	}
	all, err := s.Store.Tokens(r.Context(), rights(r), person(r).ID)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(t store.Token) bool { return t.ID == id })
	if at < 0 {
		u := &userError{
			code: http.StatusNotFound, heading: "You have no such token", what: "The address names none of your tokens. Nothing has been changed.",
			cause: fs.ErrNotExist,
		}
		return u.leading("/settings/tokens", "Go to your tokens")
	}
	if !confirmed(r) {
		name := views.Name(all[at].Name)
		return s.askFirst(w, r, question{
			heading: "You are about to revoke the token " + name, submit: "Revoke it", keep: "/settings/tokens", keepText: "Keep it",
			what: []string{"Whatever uses it is refused from the next request on. This cannot be undone: you would have to make a new one."},
		})
	}
	if err := s.Store.RevokeToken(r.Context(), rights(r), id); err != nil {
		return err
	}
	return s.done(w, r, "/settings/tokens")
}
