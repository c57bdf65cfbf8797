package handlers

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"

	"ngportal/access"
	"ngportal/auth"
	"ngportal/ngstate"
	"ngportal/s3index"
	"ngportal/store"
	"ngportal/tract"
	"ngportal/views"
	"ngportal/volume"
	"ngportal/xfm"
)

// A userError is an error whose text is for the person who asked. Its cause is for the log.
type userError struct {
	code    int
	heading string
	what    string // what happened
	do      string // what to do about it
	retry   bool   // trying again may help
	cause   error
	to      *way // where to go from here; nil for what the page offers by itself
}

// A way leads on from an error.
type way struct{ href, text string }

// leading adds a way out to u.
func (e *userError) leading(href, text string) *userError {
	e.to = &way{href, text}
	return e
}

func (e *userError) Error() string {
	if e.cause != nil {
		return e.heading + ": " + e.cause.Error()
	}
	return e.heading + ": " + e.what
}

func (e *userError) Unwrap() error { return e.cause }

// fail answers with the page of err, or to programs with its JSON.
func (s *site) fail(w http.ResponseWriter, r *http.Request, err error) {
	if strings.HasPrefix(r.URL.Path, apiPath) {
		s.failProgram(w, r, err)
		return
	}
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		w.WriteHeader(499) // nobody is there to read more; the log keeps the number nginx gave it
		return
	}
	if terms, ok := errors.AsType[*access.TermsError](err); ok && r.Method == http.MethodGet {
		http.Redirect(w, r, termsURL(terms.Terms, r.URL.RequestURI()), http.StatusSeeOther)
		return
	}
	u := explain(err)
	s.noteRefusal(r, u)
	page := views.ErrorPage{Page: s.page(r, u.heading), Heading: u.heading, What: u.what, Do: u.do, RequestID: visitOf(r).id}
	page.SignInHref, page.Notice = loginURL("/"), nil
	if u.to != nil {
		page.BackHref, page.BackText = u.to.href, u.to.text
	}
	if u.retry {
		w.Header().Set("Retry-After", "5")
		if r.Method == http.MethodGet {
			page.RetryHref = r.URL.RequestURI()
		}
	}
	if r.Method == http.MethodPost && u.to == nil && strings.HasPrefix(r.URL.Path, "/tray") && person(r).SignedIn() {
		page.BackHref, page.BackText = "/tray", "Go to the tray"
	}
	if err := s.render(w, r, u.code, views.Failure(page)); err != nil {
		http.Error(w, u.what, u.code)
	}
}

// explain finds what to tell a person about err. What it does not know stays in the log: such
// texts name buckets and keys.
func explain(err error) *userError {
	if u, ok := errors.AsType[*userError](err); ok {
		return u
	}
	if errors.Is(err, auth.ErrState) || errors.Is(err, auth.ErrRefused) || errors.Is(err, auth.ErrProvider) {
		return explainSignIn(err) // first: what it was caused by may be that something is not there
	}
	if u := explainRefusal(err); u != nil {
		return u
	}
	if u := explainStore(err); u != nil {
		return u
	}
	if u := explainStorage(err); u != nil {
		return u
	}
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &tooBig):
		return &userError{
			http.StatusRequestEntityTooLarge, "That was too much at once", "The form is larger than the portal takes.",
			"Tick fewer assets at a time.", false, err, nil,
		}
	case errors.Is(err, access.ErrInvalid):
		return &userError{
			http.StatusBadRequest, "This address cannot be right", sentence(text(err)),
			"Go to the dataset and walk to what you look for.", false, err, nil,
		}
	case isInvalid(err):
		return &userError{
			http.StatusUnprocessableEntity, "This cannot be shown", sentence(text(err)), "", false, err, nil,
		}
	}
	return &userError{
		http.StatusInternalServerError, "Something went wrong here", "This is a fault of the portal and not yours. It has been noted.",
		"Try again; if it stays so, tell whoever runs this portal.", true, err, nil,
	}
}

// explainStorage keeps "not there", "not allowed" and "unwell" apart; nil is none of them.
func explainStorage(err error) *userError {
	_, storage := errors.AsType[*s3index.StorageError](err)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &userError{
			http.StatusNotFound, "Nothing lies here", "There is no such folder or file. It may have been moved or deleted, or the address was cut.",
			"Go up by the path and look for it.", false, err, nil,
		}
	case errors.Is(err, fs.ErrPermission) && storage:
		return &userError{
			http.StatusForbidden, "The storage does not let the portal read this",
			"You may see this dataset, but the portal itself is not allowed to read it where it is stored.",
			"Whoever runs this portal must allow it; give them the number of the request.", false, err, nil,
		}
	case errors.Is(err, fs.ErrPermission):
		return &userError{
			http.StatusForbidden, "You may not see this", "It has not been opened for you.",
			"Ask whoever manages the data for access.", false, err, nil,
		}
	case errors.Is(err, s3index.ErrUnwell), errors.Is(err, context.DeadlineExceeded):
		return &userError{
			http.StatusServiceUnavailable, "The storage does not answer as it should",
			"The portal is up, but the place where the data are stored is slow or failing just now. Nothing is lost.",
			"Try again in a moment.", true, err, nil,
		}
	}
	return nil
}

func isInvalid(err error) bool {
	for _, known := range []error{volume.ErrInvalid, tract.ErrInvalid, ngstate.ErrInvalid, xfm.ErrInvalid, errors.ErrUnsupported} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// text is the sentence of an error that was made for people, without the words that mark it so.
func text(err error) string {
	t := err.Error()
	for _, mark := range []error{volume.ErrInvalid, tract.ErrInvalid, ngstate.ErrInvalid, xfm.ErrInvalid, errors.ErrUnsupported} {
		t = strings.ReplaceAll(t, mark.Error()+": ", "")
		t = strings.TrimSuffix(t, ": "+mark.Error())
	}
	return t
}

func explainStore(err error) *userError {
	if full, ok := errors.AsType[*store.TrayFullError](err); ok {
		return &userError{
			http.StatusUnprocessableEntity, "The tray cannot take so many", sentence(full.Error()),
			"Tick fewer, or remove some from the tray. Nothing has been added.", false, err, nil,
		}
	}
	if f, ok := errors.AsType[*store.Fault](err); ok {
		return &userError{
			code: http.StatusUnprocessableEntity, heading: "This cannot be done so", what: f.Text,
			do: "Nothing has been changed.", cause: err,
		}
	}
	switch {
	case errors.Is(err, store.ErrInvalid), errors.Is(err, store.ErrTooLarge):
		return &userError{
			http.StatusUnprocessableEntity, "This is too long to be kept", "A name, a title or a scene is larger than the portal stores.",
			"Make it shorter, or show fewer assets. Nothing has been changed.", false, err, nil,
		}
	case errors.Is(err, store.ErrUnavailable):
		return &userError{
			http.StatusServiceUnavailable, "The portal cannot keep anything just now",
			"Its database is locked, or its disk is full or failing. Nothing has been changed.",
			"Try again in a moment; if it stays so, tell whoever runs this portal.", true, err, nil,
		}
	}
	return nil
}

// explainRefusal is about what somebody may not do, or not yet; nil is another error.
func explainRefusal(err error) *userError {
	if no, ok := errors.AsType[*access.Refusal](err); ok {
		return &userError{code: http.StatusForbidden, heading: "You may not do this", what: no.Reason, do: "Nothing has been changed.", cause: err}
	}
	if errors.Is(err, store.ErrDisabled) {
		return explainSignIn(err)
	}
	if terms, ok := errors.AsType[*access.TermsError](err); ok {
		u := &userError{
			code: http.StatusForbidden, heading: "There are terms to accept first", cause: err,
			what: "The data of “" + terms.Title + "” are for those who have accepted the terms of its use.",
		}
		return u.leading(termsURL(terms.Terms, "/"), "Read the terms")
	}
	return nil
}

// noteRefusal writes into the audit that somebody was refused. Those who have not signed in could fill it.
func (s *site) noteRefusal(r *http.Request, u *userError) {
	if u.code != http.StatusForbidden || !person(r).SignedIn() {
		return
	}
	e := store.Entry{Event: store.Refused, Dataset: r.PathValue("dataset"), Object: r.Pattern, Detail: u.heading}
	if err := s.Store.Note(r.Context(), rights(r), e); err != nil {
		s.Log.LogAttrs(r.Context(), slog.LevelError, "refusal not noted", slog.String("id", visitOf(r).id), slog.Any("err", err))
	}
}

func (s *site) notFound(http.ResponseWriter, *http.Request) error {
	return &userError{
		code: http.StatusNotFound, heading: "There is no such page", what: "The address leads nowhere in this portal.",
		do: "It may have been cut when it was copied.",
	}
}
