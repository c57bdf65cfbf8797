package handlers

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strconv"
	"strings"

	"ngportal/access"
	"ngportal/store"
)

// A programError is an error of what a program has sent.
type programError struct {
	status    int
	field     string // that it is about; may be empty
	message   string // a sentence
	challenge string // for the header WWW-Authenticate; may be empty
}

func (e *programError) Error() string { return e.message }

// invalidField is an error of one field or parameter of a request that is not well formed.
func invalidField(field, message string) error {
	return &programError{status: http.StatusBadRequest, field: field, message: message}
}

type failureJSON struct {
	Error errorJSON `json:"error"`
}

// An errorJSON is told of in the document by hand: no operation names it.
type errorJSON struct {
	Code     string `json:"code"`
	Message  string `json:"message"`
	Field    string `json:"field,omitzero"`
	Request  string `json:"request"`
	Terms    int64  `json:"terms,omitzero"`
	Version  int    `json:"version,omitzero"`
	PageURL  string `json:"accept_url,omitzero"`
	AcceptBy string `json:"accept_api,omitzero"`
}

// failProgram answers with err in JSON.
func (s *site) failProgram(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		w.WriteHeader(499) // nobody is there to read more; the log keeps the number nginx gave it
		return
	}
	status, out := s.failure(err)
	out.Request = visitOf(r).id
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	if p, ok := errors.AsType[*programError](err); ok && p.challenge != "" {
		w.Header().Set("WWW-Authenticate", p.challenge)
	}
	s.noteRefusal(r, &userError{code: status, heading: out.Message})
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(status)
	_, _ = w.Write(encodeJSON(failureJSON{out})) // a reader who has gone away needs no answer
}

// failure is what a program is told of err. What is not known stays in the log: such texts name buckets and keys.
func (s *site) failure(err error) (status int, out errorJSON) {
	if p, ok := errors.AsType[*programError](err); ok {
		return p.status, errorJSON{Code: codeOf(p.status), Message: p.message, Field: p.field}
	}
	u := explain(err)
	status = u.code
	if f, ok := errors.AsType[*store.Fault](err); ok {
		out.Field = f.Field
		if f.Field == "state" || f.Field == "entry" || f.Field == "version" { // somebody else was quicker
			status = http.StatusConflict
		}
	}
	out.Code, out.Message = codeOf(status), messageOf(err, u)
	if terms, ok := errors.AsType[*access.TermsError](err); ok {
		out.Code, out.Terms, out.Version = "terms_required", terms.Terms, terms.Version
		out.PageURL = s.PortalURL + termsURL(terms.Terms, "/")
		out.AcceptBy = s.PortalURL + apiPath + "terms/" + strconv.FormatInt(terms.Terms, 10) + "/accept"
	}
	return status, out
}

// messageOf is what u says of err, without the words that are for pages only.
func messageOf(err error, u *userError) string {
	_, own := errors.AsType[*userError](err)
	_, tooBig := errors.AsType[*http.MaxBytesError](err)
	switch {
	case own:
		return strings.TrimSpace(u.heading + ". " + u.what + " " + u.do)
	case tooBig:
		return "The body of the request is larger than the portal takes."
	case errors.Is(err, fs.ErrNotExist):
		return "There is nothing of this name or number, or nothing that you may know of."
	}
	return strings.TrimSpace(u.what + " " + u.do)
}

// codeOf is the word for a status.
func codeOf(status int) string {
	switch status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusUnsupportedMediaType:
		return "invalid"
	case http.StatusUnauthorized:
		return "unauthorized"
	case http.StatusForbidden:
		return "forbidden"
	case http.StatusNotFound:
		return "not_found"
	case http.StatusMethodNotAllowed:
		return "method_not_allowed"
	case http.StatusConflict:
		return "conflict"
	case http.StatusRequestEntityTooLarge:
		return "too_large"
	case http.StatusServiceUnavailable:
		return "unavailable"
	}
	return "internal"
}

// notHere is the error of something in an address that does not belong to what comes before it.
func notHere() error { return fmt.Errorf("in another place: %w", fs.ErrNotExist) }
