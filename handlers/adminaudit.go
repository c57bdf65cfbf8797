package handlers

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"ngportal/store"
	"ngportal/views"
)

// auditURL is the audit narrowed to what has a value, such as a dataset of this name.
func auditURL(name, value string) string {
	return "/admin/audit?" + url.Values{name: {value}}.Encode()
}

// auditFields are the parts of an address that narrow the audit.
func auditFields() []string { return []string{"person", "dataset", "event", "text", "from", "to"} }

// An auditSearch is what of the audit is asked for.
type auditSearch struct {
	q      store.AuditQuery
	asked  url.Values     // what the address has, without which page
	faults []*store.Fault // what of it cannot be read; then nothing is found
}

// auditSearch reads what of the audit a request asks for. Managers, who may read that of their datasets, are given the
// first of these unless they ask for another.
func (s *site) auditSearch(r *http.Request) (auditSearch, error) {
	from := r.URL.Query()
	a := auditSearch{asked: url.Values{}}
	for _, name := range auditFields() {
		if v := strings.TrimSpace(from.Get(name)); v != "" {
			a.asked.Set(name, v)
		}
	}
	a.q = store.AuditQuery{Dataset: a.asked.Get("dataset"), Event: store.Event(a.asked.Get("event")), Text: a.asked.Get("text")}
	if managed := rights(r).Manages(); a.q.Dataset == "" && !rights(r).Administers() && len(managed) > 0 {
		a.q.Dataset = managed[0].Name
	}
	var err error
	if a.q.From, err = day(a.asked.Get("from")); err != nil {
		a.faults = append(a.faults, &store.Fault{Field: "from", Text: err.Error()})
	}
	if a.q.To, err = day(a.asked.Get("to")); err != nil {
		a.faults = append(a.faults, &store.Fault{Field: "to", Text: err.Error()})
	} else if !a.q.To.IsZero() {
		a.q.To = a.q.To.AddDate(0, 0, 1)
	}
	if who := a.asked.Get("person"); who != "" {
		a.q.Person, err = s.somebody(r, "person", who)
		if fault, ok := errors.AsType[*store.Fault](err); ok {
			a.faults = append(a.faults, fault)
			err = nil
		}
		return a, err
	}
	return a, nil
}

// day reads a date; "" is the zero one.
func day(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("“%s” is no day such as 2026-03-01", text)
	}
	return t, nil
}

// audit shows a page of what has happened, the newest first.
func (s *site) audit(w http.ResponseWriter, r *http.Request) error {
	search, err := s.auditSearch(r)
	if err != nil {
		return err
	}
	search.q.Limit = listRows + 1 // one more tells whether there are any
	if before := r.URL.Query().Get("before"); before != "" {
		if search.q.Before, err = parseID(before); err != nil {
			return err
		}
	}
	entries, err := s.Store.Audit(r.Context(), rights(r), search.q)
	if err != nil {
		return err
	}
	if len(search.faults) > 0 {
		entries = nil
	}
	m := s.adminPage(r, "/admin/audit", "Audit", "What has been done, by whom. Nothing is ever changed here, and what is old is removed after the time that the configuration sets.")
	t := s.auditTable(r, entries[:min(len(entries), listRows)])
	t.Search, t.Pager = s.auditInputs(r, search), search.pager(entries)
	section := views.Section{Table: t, Actions: []views.Action{
		{Label: "Export as CSV", About: "what is asked for", Href: search.at("/admin/audit/export", "format", "csv")},
		{Label: "Export as JSON lines", About: "what is asked for", Href: search.at("/admin/audit/export", "format", "jsonl")},
	}}
	for _, fault := range search.faults {
		section.Notes = append(section.Notes, views.Problem{Severity: views.Error, Text: sentence(fault.Text)})
	}
	m.Sections = []views.Section{section}
	return s.render(w, r, http.StatusOK, views.Admin(m))
}

// pager leads to what happened before the first of entries, and back to the newest. Of what is older than a page has room
// for there is one entry.
func (a auditSearch) pager(entries []store.Entry) (p views.Pager) {
	more := len(entries) > listRows
	if more || a.q.Before != 0 {
		p.Position = "The newest first"
	}
	if a.q.Before != 0 {
		p.Position, p.First = "Older ones", a.at("/admin/audit", "", "")
	}
	if more {
		p.Next = a.at("/admin/audit", "before", strconv.FormatInt(entries[listRows-1].ID, 10))
	}
	return p
}

// at is an address with what is asked for, and one value more.
func (a auditSearch) at(path, name, value string) string {
	q := maps.Clone(a.asked)
	if name != "" {
		q.Set(name, value)
	}
	return withValues(&url.URL{Path: path}, q)
}

// auditTable tells of entries.
func (s *site) auditTable(r *http.Request, entries []store.Entry) *views.Table {
	t := &views.Table{
		Caption: "What has happened", Columns: []views.Column{{Label: "When"}, {Label: "Who"}, {Label: "What"}, {Label: "Before and after"}},
		Empty: views.Empty{Heading: "Nothing of the kind has happened", Text: "Or it was so long ago that it has been removed."},
	}
	tell := s.teller(r)
	for _, e := range entries {
		who := views.Cell{Text: e.Actor, Soft: "by " + e.Via + " from " + e.Address}
		if e.Via == "" || e.Address == "" {
			who.Soft = e.Via + e.Address
		}
		if e.Person != 0 {
			who.Href = adminURL("people", e.Person)
		}
		what := views.Cell{Text: sentence(tell.did(e)), Soft: e.Detail}
		if strings.Contains(what.Text, views.Name(e.Detail)) {
			what.Soft = ""
		}
		t.Rows = append(t.Rows, views.TableRow{Cells: []views.Cell{momentCell(e.At, ""), who, what, {Text: tell.differences(e)}}})
	}
	return t
}

// auditInputs narrow the audit.
func (s *site) auditInputs(r *http.Request, a auditSearch) *views.Search {
	dataset := views.Input{Kind: views.InputText, Name: "dataset", Label: "Dataset", Value: a.asked.Get("dataset")}
	if !rights(r).Administers() {
		dataset.Kind = views.InputSelect
		for _, d := range rights(r).Manages() {
			dataset.Options = append(dataset.Options, views.Option{Label: d.Title, Value: d.Name, Selected: d.Name == a.q.Dataset})
		}
	}
	event := views.Input{Kind: views.InputSelect, Name: "event", Label: "Event", Options: []views.Option{{Label: "any", Value: ""}}}
	for _, e := range events() {
		event.Options = append(event.Options, views.Option{Label: strings.ReplaceAll(string(e), "-", " "), Value: string(e), Selected: e == a.q.Event})
	}
	out := &views.Search{Action: "/admin/audit", Fields: []views.Input{
		{Kind: views.InputText, Name: "person", Label: "Person (e-mail or number)", Value: a.asked.Get("person")},
		dataset, event,
		{Kind: views.InputSearch, Name: "text", Label: "Words", Value: a.asked.Get("text")},
		{Kind: views.InputDate, Name: "from", Label: "From", Value: a.asked.Get("from")},
		{Kind: views.InputDate, Name: "to", Label: "To", Value: a.asked.Get("to")},
	}}
	if len(a.asked) > 0 {
		out.Clear = "/admin/audit"
	}
	return out
}

// events are those that the audit can be searched for, by name.
func events() []store.Event {
	var out []store.Event
	for e := range phrases() {
		out = append(out, e)
	}
	slices.Sort(out)
	return out
}

// exportAudit sends what of the audit is asked for as a file.
func (s *site) exportAudit(w http.ResponseWriter, r *http.Request) error {
	form := map[string]string{"csv": formCSV, "jsonl": formLines}[r.URL.Query().Get("format")]
	if form == "" {
		return &userError{
			code: http.StatusBadRequest, heading: "There is no such format", what: "The audit is exported as csv or as jsonl.", do: "Export it from its page.",
		}
	}
	search, err := s.auditSearch(r)
	if err != nil {
		return err
	}
	if len(search.faults) > 0 {
		return search.faults[0]
	}
	return s.streamAudit(w, r, form, search.q)
}
