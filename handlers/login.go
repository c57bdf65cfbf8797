package handlers

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"

	"ngportal/auth"
	"ngportal/store"
	"ngportal/views"
)

// login lets a person choose where to sign in. A single provider is no choice: it leads straight there.
func (s *site) login(w http.ResponseWriter, r *http.Request) error {
	after := auth.SafeReturn(r.URL.Query().Get("return"))
	if person(r).SignedIn() {
		http.Redirect(w, r, after, http.StatusSeeOther)
		return nil
	}
	if len(s.Providers) == 1 {
		http.Redirect(w, r, providerURL(s.Providers[0].Provider(), after), http.StatusSeeOther)
		return nil
	}
	m := views.SignInPage{Page: views.Page{Title: "Sign in"}}
	for _, p := range s.Providers {
		m.Providers = append(m.Providers, views.Provider{
			Label: "Sign in with " + p.Provider().Title, Href: providerURL(p.Provider(), after),
		})
	}
	return s.render(w, r, http.StatusOK, views.SignIn(m))
}

func providerURL(p auth.Provider, after string) string {
	return "/auth/" + p.Name + "?" + url.Values{"return": {after}}.Encode()
}

func (s *site) provider(r *http.Request) (auth.SignInProvider, error) {
	for _, p := range s.Providers {
		if p.Provider().Name == r.PathValue("provider") {
			return p, nil
		}
	}
	return nil, &userError{
		code: http.StatusNotFound, heading: "There is no such way to sign in",
		what: "The portal knows no provider of this name.", do: "Sign in from the first page.",
	}
}

// beginLogin sends the browser to the identity provider.
func (s *site) beginLogin(w http.ResponseWriter, r *http.Request) error {
	p, err := s.provider(r)
	if err != nil {
		return err
	}
	var linking store.Hash
	after := r.URL.Query().Get("return")
	if r.URL.Query().Get("link") != "" {
		if !person(r).SignedIn() {
			return errSignIn
		}
		linking, after = visitOf(r).session.Hash, "/settings"
	}
	to, id, err := p.Begin(r.Context(), after, linking)
	if err != nil {
		return err
	}
	if err := s.Sessions.SetPreLogin(w, r, id); err != nil {
		return err
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// completeLogin takes the browser back from the identity provider, and signs the person in.
func (s *site) completeLogin(w http.ResponseWriter, r *http.Request) error {
	p, err := s.provider(r)
	if err != nil {
		return err
	}
	id, err := s.Sessions.TakePreLogin(w, r)
	if err != nil {
		return err
	}
	who, pre, err := p.Complete(r.Context(), id, r.URL.Query())
	if err != nil {
		s.noteSignInRefused(r, p, err)
		return err
	}
	if pre.Linking != (store.Hash{}) {
		return s.proposeIdentity(w, r, p.Provider().Name, who, pre)
	}
	if err := s.Sessions.SignIn(w, r, p.Provider().Name, who, rights(r).From); err != nil {
		s.noteSignInRefused(r, p, err)
		return err
	}
	http.Redirect(w, r, pre.ReturnPath, http.StatusSeeOther)
	return nil
}

// noteSignInRefused writes into the audit that somebody did not get in. What comes of no sign-in under way here is left out:
// anybody can bring that about, as often as they like.
func (s *site) noteSignInRefused(r *http.Request, p auth.SignInProvider, cause error) {
	if !errors.Is(cause, auth.ErrRefused) && !errors.Is(cause, store.ErrDisabled) {
		return
	}
	e := store.Entry{Event: store.SignInRefused, Object: p.Provider().Name, Detail: cause.Error()}
	if err := s.Store.Note(r.Context(), rights(r), e); err != nil {
		s.Log.LogAttrs(r.Context(), slog.LevelError, "refusal not noted", slog.String("id", visitOf(r).id), slog.Any("err", err))
	}
}

// logout ends the session. If data have been opened, it leads through the viewer host, which alone can
// take its cookies out of the browser: the next person at this desk must not read with them.
func (s *site) logout(w http.ResponseWriter, r *http.Request) error {
	opened, err := s.Viewers.Opened(r.Context(), visitOf(r).session)
	if err != nil {
		return err
	}
	if err := s.Sessions.SignOut(w, r); err != nil {
		return err
	}
	if person(r).SignedIn() {
		if err := s.Store.Note(r.Context(), rights(r), store.Entry{Event: store.SignedOut}); err != nil {
			return err
		}
	}
	to := "/"
	if len(opened) > 0 {
		to = s.ViewerURL + "/_session/leave?" + url.Values{"l": opened}.Encode()
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// notAllowed is why somebody may not sign in, or "".
func notAllowed(err error) string {
	if no, ok := errors.AsType[*auth.NotAllowed](err); ok {
		return no.Reason
	}
	return ""
}

func explainSignIn(err error) *userError {
	switch {
	case errors.Is(err, store.ErrDisabled):
		return &userError{
			http.StatusForbidden, "Your account has been disabled", "An administrator of this portal has closed it.",
			"Ask whoever runs this portal.", false, err, nil,
		}
	case errors.Is(err, auth.ErrState):
		return &userError{
			http.StatusBadRequest, "This sign-in cannot be finished", "It was begun too long ago, in another browser, or has been used already.",
			"Sign in again from the first page.", false, err, nil,
		}
	case notAllowed(err) != "":
		return &userError{
			code: http.StatusForbidden, heading: "You could not be signed in", what: notAllowed(err),
			do: "Use another account, or ask whoever runs this portal.", cause: err,
		}
	case errors.Is(err, auth.ErrRefused):
		return &userError{
			http.StatusForbidden, "You could not be signed in", "The account may not be used here, or its e-mail address has not been verified.",
			"Use another account, or ask whoever runs this portal.", false, err, nil,
		}
	}
	return &userError{
		http.StatusServiceUnavailable, "The sign-in service does not answer", "The portal cannot reach the place where you sign in.",
		"Try again in a moment.", true, err, nil,
	}
}
