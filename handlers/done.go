package handlers

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"ngportal/auth"
	"ngportal/store"
	"ngportal/views"
)

// doneKey is where an address says which change has led to it: the id of its row in the audit, 0 for one that leaves
// none that could be shown.
const doneKey = "done"

// done leads to a page of ours after a change. The page tells what has been changed, and lets the person undo it.
func (s *site) done(w http.ResponseWriter, r *http.Request, to string) error {
	var id int64
	if e, ok := s.lastChange(r); ok && e.At.Equal(rights(r).Now().Truncate(time.Millisecond)) { // else it is an earlier one
		id = e.ID
	}
	http.Redirect(w, r, doneURL(to, id), http.StatusSeeOther)
	return nil
}

// made leads to what has just been made, or to a page after a change that cannot be undone as a whole.
func (s *site) made(w http.ResponseWriter, r *http.Request, to string) error {
	http.Redirect(w, r, doneURL(to, 0), http.StatusSeeOther)
	return nil
}

// doneURL is the address of a page of ours that tells of a change.
func doneURL(to string, id int64) string {
	u, err := url.Parse(to)
	if err != nil {
		return to
	}
	return withQuery(u, doneKey, strconv.FormatInt(id, 10))
}

// lastChange is what the person has changed last. It is beside the point of a request: the change has been made.
func (s *site) lastChange(r *http.Request) (store.Entry, bool) {
	e, err := s.Store.LastChange(r.Context(), rights(r))
	return e, err == nil
}

// notice tells of the change that has led to a page. An address that names any but the person's last change says nothing.
func (s *site) notice(r *http.Request) *views.Notice {
	q := r.URL.Query()
	if !q.Has(doneKey) || !person(r).SignedIn() || r.Method != http.MethodGet {
		return nil
	}
	id := q.Get(doneKey)
	if id == "0" {
		return &views.Notice{Kind: views.Success, Text: "Everything is as you have asked for."}
	}
	e, ok := s.lastChange(r)
	if !ok || strconv.FormatInt(e.ID, 10) != id {
		return nil
	}
	n := &views.Notice{Kind: views.Success, Text: s.teller(r).toldTo(e)}
	if store.Undoable(e) {
		q.Del(doneKey)
		n.Action = &views.Action{Label: "Undo", Post: "/admin/undo", Hidden: []views.Field{
			{Name: "entry", Value: id}, {Name: "return", Value: withValues(r.URL, q)},
		}}
	}
	return n
}

// undo takes back a change of the person's, and leads back to where they have seen that it was made.
func (s *site) undo(w http.ResponseWriter, r *http.Request) error {
	to := auth.SafeReturn(r.PostFormValue("return"))
	last, _ := s.lastChange(r)
	id, err := parseID(r.PostFormValue("entry"))
	if err == nil {
		err = s.Store.Undo(r.Context(), rights(r), id)
	}
	switch {
	case err == nil && last.ID == id && (last.Event == store.GroupRemoved || last.Event == store.RequestAnswered):
		return s.made(w, r, to) // that somebody comes back into the group, or goes, is not the point
	case err == nil:
		return s.done(w, r, to)
	}
	if fault, ok := errors.AsType[*store.Fault](err); ok {
		u := &userError{
			code: http.StatusUnprocessableEntity, heading: "This can no longer be undone", what: sentence(fault.Text),
			do: "Look at how it is now, and change it there.", cause: err,
		}
		return u.leading(to, "Go back")
	}
	return err
}

// incomplete logs what keeps the words about a change from being complete; they are said all the same.
func (s *site) incomplete(r *http.Request, err error) {
	s.Log.LogAttrs(r.Context(), slog.LevelDebug, "names", slog.String("id", visitOf(r).id), slog.Any("err", fmt.Errorf("name what has changed: %w", err)))
}
