package handlers

import (
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ngportal/store"
)

// The forms in which the audit is exported.
const (
	formCSV   = "text/csv"
	formLines = "application/jsonl"
)

// exportForm is the form of an export that a request accepts, or "" if it is no export that it asks for.
func exportForm(r *http.Request) string {
	for _, accepted := range strings.Split(r.Header.Get("Accept"), ",") {
		accepted, _, _ = strings.Cut(accepted, ";")
		switch form := strings.ToLower(strings.TrimSpace(accepted)); form {
		case formCSV, formLines:
			return form
		}
	}
	return ""
}

// streamAudit writes the entries that q asks for as they are read: there may be millions. The error is that of the store if
// nothing has been written; later, the connection is broken off, so that a part is not taken for the whole.
func (s *site) streamAudit(w http.ResponseWriter, r *http.Request, form string, q store.AuditQuery) error {
	rows := csv.NewWriter(w)
	begun := false
	begin := func() error {
		begun = true
		w.Header().Set("Content-Type", form)
		if form == formLines {
			w.Header().Set("Content-Disposition", `attachment; filename="audit.jsonl"`)
			return nil
		}
		w.Header().Set("Content-Disposition", `attachment; filename="audit.csv"`)
		return rows.Write(csvHeader())
	}
	err := s.Store.EachEntry(r.Context(), rights(r), q, func(e store.Entry) error {
		if !begun {
			if err := begin(); err != nil {
				return err
			}
		}
		if form == formCSV {
			return rows.Write(csvRow(e))
		}
		_, err := w.Write(encodeJSON(jsonEntry(e)))
		return err
	})
	if err == nil && !begun {
		err = begin()
	}
	if err != nil && !begun {
		return err
	}
	rows.Flush()
	if err != nil || rows.Error() != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

func csvHeader() []string {
	return []string{"id", "at", "event", "person", "actor", "via", "address", "subject", "dataset", "object", "detail", "before", "after"}
}

// csvRow is an entry as a row. Names come from strangers, and a spreadsheet must not take one for a formula.
func csvRow(e store.Entry) []string {
	row := []string{
		strconv.FormatInt(e.ID, 10), e.At.Format(time.RFC3339Nano), string(e.Event), numberOrNone(e.Person), e.Actor, e.Via, e.Address,
		numberOrNone(e.Subject), e.Dataset, e.Object, e.Detail, e.Before, e.After,
	}
	for i, cell := range row {
		if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
			row[i] = "'" + cell
		}
	}
	return row
}

func numberOrNone(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}
