package handlers

import (
	"cmp"
	"net/http"
	"strconv"
	"time"

	"ngportal/store"
	"ngportal/views"
)

// affiliationsOf tells where somebody works or worked; administrators write it down here.
func (s *site) affiliationsOf(r *http.Request, p store.Profile) (views.Section, error) {
	all, err := s.Store.Affiliations(r.Context(), rights(r), p.ID)
	if err != nil {
		return views.Section{}, err
	}
	out := views.Section{Heading: "Affiliations", Table: &views.Table{
		Caption: "Affiliations", Columns: []views.Column{{Label: "Where"}, {Label: "From"}, {Label: "Until"}},
		Empty: views.Empty{Heading: "None is known", Text: "Administrators of the portal write down here where somebody works."},
	}}
	may := rights(r).Administers()
	for _, a := range all {
		row := views.TableRow{Cells: []views.Cell{{Text: a.Name}, {Text: a.Began}, {Text: a.Ended}}}
		if may {
			row.Actions = []views.Action{{
				Label: "Remove", About: a.Name, Post: adminURL("people", p.ID) + "/affiliations/remove",
				Hidden: []views.Field{{Name: "affiliation", Value: strconv.FormatInt(a.ID, 10)}},
			}}
		}
		out.Table.Rows = append(out.Table.Rows, row)
	}
	if may {
		out.Forms = []views.Form{{
			Action: adminURL("people", p.ID) + "/affiliations", Line: true, Submit: "Add an affiliation",
			Fields: []views.Input{
				{Kind: views.InputText, Name: "name", Label: "Where", Required: true, Max: 120},
				{Kind: views.InputDate, Name: "began", Label: "From"},
				{Kind: views.InputDate, Name: "ended", Label: "Until"},
			},
		}}
	}
	return out, nil
}

func (s *site) addAffiliation(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	_, err = s.Store.AddAffiliation(r.Context(), rights(r), id, store.Affiliation{
		Name: r.PostFormValue("name"), Began: r.PostFormValue("began"), Ended: r.PostFormValue("ended"),
	})
	return s.settle(w, r, err, adminURL("people", id), s.personPage)
}

func (s *site) removeAffiliation(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	which, err := parseID(r.PostFormValue("affiliation"))
	if err != nil {
		return err
	}
	if err = s.Store.RemoveAffiliation(r.Context(), rights(r), id, which); err != nil {
		return err
	}
	return s.done(w, r, adminURL("people", id))
}

// membershipsOf tells which groups somebody is in.
func (s *site) membershipsOf(r *http.Request, p store.Profile) (views.Section, error) {
	all, err := s.Store.MembershipsOf(r.Context(), rights(r), p.ID)
	if err != nil {
		return views.Section{}, err
	}
	t := &views.Table{
		Caption: "Groups", Columns: []views.Column{{Label: "Group"}, {Label: "Since"}, {Label: "Until"}},
		Empty: views.Empty{Heading: "In no group", Text: "It is put into one on the page of the group, by its e-mail address or its number."},
	}
	for _, m := range all {
		t.Rows = append(t.Rows, views.TableRow{Cells: []views.Cell{
			{Text: m.GroupName, Href: adminURL("groups", m.Group), State: s.memberState(m.Admin, m.Expires)},
			momentCell(m.Since, ""), momentCell(m.Expires, "without end"),
		}})
	}
	return views.Section{Heading: "Groups", Table: t}, nil
}

// memberState says what is special about somebody's place in a group, or about a grant.
func (s *site) memberState(admin bool, expires time.Time) views.State {
	switch {
	case !expires.IsZero() && !s.Now().Before(expires):
		return views.State{Word: "ended", Kind: views.Warning}
	case admin:
		return views.State{Word: "administrator", Kind: views.Info}
	}
	return views.State{}
}

// identitiesOf tells how somebody signs in.
func (s *site) identitiesOf(r *http.Request, p store.Profile) (views.Section, error) {
	all, err := s.Store.Identities(r.Context(), rights(r), p.ID)
	if err != nil {
		return views.Section{}, err
	}
	t := &views.Table{
		Caption: "Ways to sign in",
		Columns: []views.Column{{Label: "With"}, {Label: "E-mail"}, {Label: "Number there"}, {Label: "Since"}, {Label: "Last used"}},
		Empty:   views.Empty{Heading: "None", Text: "Nobody can sign in to this account."},
	}
	for _, i := range all {
		t.Rows = append(t.Rows, views.TableRow{Cells: []views.Cell{
			{Text: s.providerTitle(i.Provider), Soft: i.Issuer},
			{Text: cmp.Or(i.Email, "not verified"), Soft: i.Name},
			{Text: i.Subject, Code: true},
			momentCell(i.Created, ""), momentCell(i.Seen, "never"),
		}})
	}
	return views.Section{Heading: "Ways to sign in", Table: t}, nil
}

// sessionsOf tells where somebody is signed in.
func (s *site) sessionsOf(r *http.Request, p store.Profile) (views.Section, error) {
	all, err := s.Store.SessionsOf(r.Context(), rights(r), p.ID)
	if err != nil {
		return views.Section{}, err
	}
	out := views.Section{Heading: "Sessions", Table: &views.Table{
		Caption: "Sessions", Columns: []views.Column{{Label: "Browser"}, {Label: "Signed in"}, {Label: "Last used"}, {Label: "From"}},
		Empty: views.Empty{Heading: "Not signed in anywhere", Text: "A session ends by itself when it is not used."},
	}}
	for _, one := range all {
		out.Table.Rows = append(out.Table.Rows, views.TableRow{Cells: []views.Cell{
			{Text: device(one.Agent), Soft: "with " + s.providerTitle(one.Provider)},
			momentCell(one.Created, ""), momentCell(one.Seen, ""),
			{Text: one.Address, Code: true},
		}})
	}
	if len(all) > 0 {
		out.Actions = []views.Action{{Label: "End all sessions", Post: adminURL("people", p.ID) + "/sessions/end", Weight: views.Danger}}
	}
	return out, nil
}

// tokensOf tells which tokens somebody has made; never a secret.
func (s *site) tokensOf(r *http.Request, p store.Profile) (views.Section, error) {
	all, err := s.Store.Tokens(r.Context(), rights(r), p.ID)
	if err != nil {
		return views.Section{}, err
	}
	return views.Section{Heading: "Tokens", Table: s.tokenTable(all, "")}, nil
}

// tokenTable lists tokens. Those that still count can be revoked where revoke, the start of the addresses, is given.
func (s *site) tokenTable(all []store.Token, revoke string) *views.Table {
	t := &views.Table{
		Caption: "Tokens",
		Columns: []views.Column{{Label: "Name"}, {Label: "May"}, {Label: "Made"}, {Label: "Until"}, {Label: "Last used"}},
		Empty:   views.Empty{Heading: "No tokens", Text: "A token lets a program act for the account."},
	}
	for _, one := range all {
		used := momentCell(one.Used, "never")
		if !one.Used.IsZero() {
			used.Soft = "from " + one.Address
		}
		name := views.Cell{Text: one.Name}
		row := views.TableRow{Cells: []views.Cell{
			name, {Text: one.Scope.String(), Code: true}, momentCell(one.Created, ""), momentCell(one.Expires, "without end"), used,
		}}
		switch {
		case one.Revoked:
			row.Cells[0].State = views.State{Word: "revoked", Kind: views.Warning}
		case !one.Expires.IsZero() && !s.Now().Before(one.Expires):
			row.Cells[0].State = views.State{Word: "ended", Kind: views.Warning}
		case revoke != "":
			row.Actions = []views.Action{{
				Label: "Revoke", About: one.Name, Post: revoke + strconv.FormatInt(one.ID, 10) + "/revoke", Weight: views.Danger,
			}}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// acceptancesOf tells which terms somebody has accepted.
func (s *site) acceptancesOf(r *http.Request, p store.Profile) (views.Section, error) {
	all, err := s.Store.AcceptancesOf(r.Context(), rights(r), p.ID)
	if err != nil {
		return views.Section{}, err
	}
	t := &views.Table{
		Caption: "Terms accepted", Columns: []views.Column{{Label: "Terms"}, {Label: "Version", Number: true}, {Label: "Accepted"}},
		Empty: views.Empty{Heading: "None", Text: "Terms are accepted before the first look at a dataset that has some."},
	}
	for _, a := range all {
		t.Rows = append(t.Rows, views.TableRow{Cells: []views.Cell{
			{Text: a.Name, Href: adminURL("terms", a.Terms)}, {Text: strconv.Itoa(a.Version)}, momentCell(a.At, ""),
		}})
	}
	return views.Section{Heading: "Terms accepted", Table: t}, nil
}
