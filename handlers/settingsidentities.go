package handlers

import (
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"time"

	"ngportal/access"
	"ngportal/store"
	"ngportal/views"
)

// proposedFor is how long an identity that somebody has shown waits for their yes.
const proposedFor = 10 * time.Minute

func (s *site) myIdentities(r *http.Request) (views.Section, error) {
	all, err := s.Store.Identities(r.Context(), rights(r), person(r).ID)
	if err != nil {
		return views.Section{}, err
	}
	t := &views.Table{
		Caption: "Ways to sign in",
		Columns: []views.Column{{Label: "With"}, {Label: "E-mail"}, {Label: "Since"}, {Label: "Last used"}},
	}
	for _, i := range all {
		row := views.TableRow{Cells: []views.Cell{
			{Text: s.providerTitle(i.Provider), Soft: i.Name}, {Text: i.Email}, momentCell(i.Created, ""), momentCell(i.Seen, "never"),
		}}
		if len(all) > 1 {
			row.Actions = []views.Action{{Label: "Remove", About: s.accountAt(i), Href: removeIdentityURL(i.Identity)}}
		}
		t.Rows = append(t.Rows, row)
	}
	out := views.Section{Heading: "Ways to sign in", Intro: "Whoever signs in with one of these accounts is you.", Table: t}
	for _, p := range s.Providers {
		out.Actions = append(out.Actions, views.Action{
			Label: "Link another account: " + p.Provider().Title, Href: "/auth/" + p.Provider().Name + "?link=1",
		})
	}
	return out, nil
}

func removeIdentityURL(i access.Identity) string {
	return "/settings/identities/remove?" + url.Values{"issuer": {i.Issuer}, "subject": {i.Subject}}.Encode()
}

func identityFields(i access.Identity) []views.Field {
	return []views.Field{{Name: "issuer", Value: i.Issuer}, {Name: "subject", Value: i.Subject}}
}

// providerTitle is what people call the provider with this name.
func (s *site) providerTitle(name string) string {
	for _, p := range s.Providers {
		if p.Provider().Name == name {
			return p.Provider().Title
		}
	}
	return name
}

// accountAt names an identity within a sentence: "GitHub account ada (ada@example.org)".
func (s *site) accountAt(i store.LinkedIdentity) string {
	name := called(access.Person{Name: i.Name, Email: i.Email})
	if i.Name == "" && i.Email == "" {
		name = i.Subject
	}
	return s.providerTitle(i.Provider) + " account " + views.Name(name)
}

// removeIdentity takes away one of the ways in which somebody signs in, once they have said yes.
func (s *site) removeIdentity(w http.ResponseWriter, r *http.Request) error {
	who := access.Identity{Issuer: r.FormValue("issuer"), Subject: r.FormValue("subject")}
	all, err := s.Store.Identities(r.Context(), rights(r), person(r).ID)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(i store.LinkedIdentity) bool { return i.Issuer == who.Issuer && i.Subject == who.Subject })
	if at < 0 {
		return s.notFound(w, r)
	}
	if !confirmed(r) {
		account := s.accountAt(all[at])
		return s.askFirst(w, r, question{
			heading: "You are about to remove the " + account,
			what:    []string{"You will not be able to sign in with it here any more. Whoever does gets an account of their own."},
			submit:  "Remove it", keep: "/settings", keepText: "Keep it",
			hidden: identityFields(who),
		})
	}
	if err := s.Store.RemoveIdentity(r.Context(), rights(r), person(r).ID, who.Issuer, who.Subject); err != nil {
		return err
	}
	return s.done(w, r, "/settings")
}

// proposeIdentity keeps the identity that somebody has shown to add it to their account, and asks them whether to. It must
// be the same browser and session that set out for it, and the person must say yes: else a stranger could have
// it come back with the stranger's own account, and be whoever has followed their link.
func (s *site) proposeIdentity(w http.ResponseWriter, r *http.Request, provider string, who access.Identity, pre store.PreLogin) error {
	session := visitOf(r).session
	if !person(r).SignedIn() || session.Hash != pre.Linking {
		return errLinking(http.StatusForbidden, nil)
	}
	err := s.Store.ProposeIdentity(r.Context(), session.Hash, provider, who, s.Now().Add(proposedFor))
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/settings/identities/confirm", http.StatusSeeOther)
	return nil
}

// errLinking tells that an account cannot be linked as things are.
func errLinking(code int, cause error) *userError {
	u := &userError{
		code: code, heading: "This account cannot be linked", cause: cause,
		what: "It was shown too long ago, in another browser or session, or has been answered already. Nothing has been changed.",
		do:   "Begin again from your settings, in one browser.",
	}
	return u.leading("/settings", "Go to your settings")
}

// confirmIdentity adds the identity that waits in this session to the person's account, once they have said yes.
func (s *site) confirmIdentity(w http.ResponseWriter, r *http.Request) error {
	session := visitOf(r).session.Hash
	waiting, err := s.Store.PendingIdentity(r.Context(), session, s.Now())
	if errors.Is(err, fs.ErrNotExist) {
		return errLinking(http.StatusNotFound, err)
	}
	if err != nil {
		return err
	}
	// The yes must be to the very identity that waits: another may have taken its place since the page was drawn.
	if !confirmed(r) || r.PostFormValue("issuer") != waiting.Issuer || r.PostFormValue("subject") != waiting.Subject {
		account := s.accountAt(waiting)
		return s.askFirst(w, r, question{
			heading: "Link the " + account + " to your account here?",
			what: []string{
				"Whoever signs in with it will be you, and may do here what you may.",
				"You are signed in here as " + views.Name(called(person(r))) + ". Say yes only if the " + account +
					" is your own, and it was you who asked to link it just now.",
			},
			submit: "Yes, link it", keep: "/settings", keepText: "No, leave my account as it is", hidden: identityFields(waiting.Identity),
		})
	}
	err = s.Store.ConfirmIdentity(r.Context(), rights(r), session)
	if errors.Is(err, fs.ErrNotExist) {
		return errLinking(http.StatusNotFound, err)
	}
	if err != nil {
		return err
	}
	return s.done(w, r, "/settings")
}
