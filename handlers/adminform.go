package handlers

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"ngportal/store"
	"ngportal/views"
)

// parseID reads the number of something in the store. The error wraps [fs.ErrNotExist]: there is nothing of any other form.
func parseID(text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 || strconv.FormatInt(id, 10) != text {
		return 0, fmt.Errorf("%q is not the number of anything: %w", text, fs.ErrNotExist)
	}
	return id, nil
}

// pathID reads a number of a request's path.
func pathID(r *http.Request, name string) (int64, error) { return parseID(r.PathValue(name)) }

// formID reads a number that a select sends; "" is 0.
func formID(r *http.Request, name string) (int64, error) {
	text := r.PostFormValue(name)
	if text == "" {
		return 0, nil
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 0 {
		return 0, &store.Fault{Field: name, Text: "Choose one of the list."}
	}
	return id, nil
}

// evening reads a date as the end of that day; "" is no end.
func evening(r *http.Request, name string) (time.Time, error) {
	text := strings.TrimSpace(r.PostFormValue(name))
	if text == "" {
		return time.Time{}, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, &store.Fault{Field: name, Text: "Write the day as 2026-03-01, or leave it empty."}
	}
	return day.AddDate(0, 0, 1), nil
}

// untilInput asks for an end; end is the one that there is.
func (s *site) untilInput(end time.Time) views.Input {
	return views.Input{
		Kind: views.InputDate, Name: "expires", Label: "Until the end of", Value: lastDay(end), Help: "Empty: without end.",
		Min: s.Now().UTC().Format(time.DateOnly),
	}
}

// lastDay is the inverse of evening; of a moment within a day it is that day.
func lastDay(end time.Time) string {
	if end.IsZero() {
		return ""
	}
	return end.Add(-time.Nanosecond).UTC().Format(time.DateOnly)
}

// tick is a checkbox that sends yes.
func tick(name, label, help string, on bool) views.Input {
	return views.Input{Kind: views.InputCheckbox, Name: name, Label: label, Value: "yes", Help: help, Checked: on}
}

func ticked(r *http.Request, name string) bool { return r.PostFormValue(name) == "yes" }

// sent is all that a form has sent, to be sent again.
func sent(r *http.Request) []views.Field {
	var out []views.Field
	for _, name := range slices.Sorted(maps.Keys(r.PostForm)) {
		for _, value := range r.PostForm[name] {
			if name != unconfirmed {
				out = append(out, views.Field{Name: name, Value: value})
			}
		}
	}
	return out
}

// A drawer makes a page of the administration.
type drawer func(r *http.Request) (views.AdminPage, error)

// show answers with the page that draw makes.
func (s *site) show(w http.ResponseWriter, r *http.Request, draw drawer) error {
	m, err := draw(r)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, views.Admin(m))
}

// settle answers a form. If err is nil, it leads to a page that tells of the change. If it is a fault of a form that is
// on the page that draw makes, that page comes back with all that was entered.
func (s *site) settle(w http.ResponseWriter, r *http.Request, err error, to string, draw drawer) error {
	if err == nil {
		return s.done(w, r, to)
	}
	return s.again(w, r, err, draw)
}

// again is settle for an error.
func (s *site) again(w http.ResponseWriter, r *http.Request, err error, draw drawer) error {
	fault, ok := errors.AsType[*store.Fault](err)
	if !ok {
		return err
	}
	m, failed := draw(r)
	if failed != nil {
		return failed
	}
	if !giveBack(&m, r, fault) {
		return err
	}
	return s.render(w, r, http.StatusUnprocessableEntity, views.Admin(m))
}

// atField moves a fault from the store's name of a field to the one that it has in a form.
func atField(err error, from, to string) error {
	if fault, ok := errors.AsType[*store.Fault](err); ok && fault.Field == from {
		return &store.Fault{Field: to, Text: fault.Text}
	}
	return err
}

// unconfirmed is the field of the yes, and of a fault of a form whose box was not ticked.
const unconfirmed = "confirm"

// giveBack fills the form of the page that r has sent with what was entered, and says what is wrong with it. It reports
// false if no form of the page is it.
func giveBack(m *views.AdminPage, r *http.Request, fault *store.Fault) bool {
	for i := range m.Sections {
		for j := range m.Sections[i].Forms {
			f := &m.Sections[i].Forms[j]
			if f.Action != r.URL.Path || slices.ContainsFunc(f.Hidden, func(h views.Field) bool { return r.PostFormValue(h.Name) != h.Value }) {
				continue
			}
			for k := range f.Fields {
				refill(&f.Fields[k], r)
			}
			if fault.Field == unconfirmed && f.Confirm != "" {
				f.Unconfirmed = true
			} else {
				blame(f, fault)
			}
			return true
		}
	}
	return false
}

// refill puts into a field what was entered.
func refill(in *views.Input, r *http.Request) {
	entered := r.PostForm[in.Name]
	if in.Kind == views.InputCheckbox {
		in.Checked = slices.Contains(entered, in.Value)
		return
	}
	in.Value = r.PostFormValue(in.Name)
	for i := range in.Options {
		in.Options[i].Selected = slices.Contains(entered, in.Options[i].Value)
	}
}
