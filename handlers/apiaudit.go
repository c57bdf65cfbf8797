package handlers

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"ngportal/access"
	"ngportal/store"
)

// auditOperations are about what has happened.
func (s *site) auditOperations() []operation {
	const admin = access.ScopeAdmin
	query := append(pageParams(), textParam("q"), numberParam("person"), textParam("dataset"), textParam("event"), timeParam("from"), timeParam("to"))
	audit := call("GET audit", "What has happened, the newest first", admin, s.apiAudit, query...)
	list := audit.handler
	audit.handler = func(w http.ResponseWriter, r *http.Request) error {
		if form := exportForm(r); form != "" {
			if err := checkQuery(r, query); err != nil {
				return err
			}
			return s.streamAudit(w, r, form, auditQuery(r))
		}
		return list(w, r)
	}
	return []operation{
		audit,
		call("POST audit/{entry}/undo", "Undo what an entry tells of, if nothing has changed since", admin, s.apiUndo),
	}
}

type auditJSON struct {
	ID       int64           `json:"id"`
	At       time.Time       `json:"at"`
	Event    string          `json:"event"`
	Person   int64           `json:"person,omitzero" doc:"The id of who did it. Not there for nobody, and for the portal itself."`
	Actor    string          `json:"actor" doc:"What they were called then."`
	Via      string          `json:"via" doc:"By what credential."`
	Address  string          `json:"address" doc:"On the network."`
	Subject  int64           `json:"subject,omitzero" doc:"The id of whom it was done to."`
	Dataset  string          `json:"dataset,omitzero"`
	Object   string          `json:"object,omitzero" doc:"What else it was about."`
	Detail   string          `json:"detail,omitzero"`
	Before   json.RawMessage `json:"before,omitzero" doc:"What was changed, as it was."`
	After    json.RawMessage `json:"after,omitzero" doc:"What was changed, as it is."`
	Undoable bool            `json:"undoable,omitzero"`
}

func jsonEntry(e store.Entry) auditJSON {
	return auditJSON{
		e.ID, e.At, string(e.Event), e.Person, e.Actor, e.Via, e.Address, e.Subject, e.Dataset, e.Object, e.Detail,
		jsonRaw(e.Before), jsonRaw(e.After), store.Undoable(e),
	}
}

// jsonRaw is text as JSON: as it is where it is that already.
func jsonRaw(text string) json.RawMessage {
	switch {
	case text == "":
		return nil
	case json.Valid([]byte(text)):
		return json.RawMessage(text)
	}
	return encodeJSON(text)
}

// An auditListJSON has no total: counting the audit takes long.
type auditListJSON struct {
	Items []auditJSON `json:"items"`
	Next  string      `json:"next,omitzero" doc:"To be given as after for the next part. Not there at the end."`
}

// auditQuery is what an address asks of the audit.
func auditQuery(r *http.Request) store.AuditQuery {
	values := r.URL.Query()
	q := store.AuditQuery{
		Person: queryNumber(r, "person"), Dataset: values.Get("dataset"), Event: store.Event(values.Get("event")), Text: values.Get("q"),
		Limit: int(min(queryNumber(r, "limit"), 1<<31)),
	}
	q.From, _ = time.Parse(time.RFC3339, values.Get("from"))
	q.To, _ = time.Parse(time.RFC3339, values.Get("to"))
	q.Before, _ = strconv.ParseInt(values.Get("after"), 10, 64)
	return q
}

func (s *site) apiAudit(r *http.Request, _ none) (auditListJSON, error) {
	q := auditQuery(r)
	if q.Limit == 0 {
		q.Limit = usualItems
	}
	rows, err := s.Store.Audit(r.Context(), rights(r), q)
	out := auditListJSON{Items: jsonEach(rows, jsonEntry)}
	if len(rows) == min(q.Limit, store.MaxList) {
		out.Next = strconv.FormatInt(rows[len(rows)-1].ID, 10)
	}
	return out, err
}

func (s *site) apiUndo(r *http.Request, _ none) (none, error) {
	return none{}, s.Store.Undo(r.Context(), rights(r), pathNumber(r, "entry"))
}
