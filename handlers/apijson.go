package handlers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"ngportal/access"
	"ngportal/store"
)

// jsonType is the type of every answer, to the letter: clients compare it as a whole.
const jsonType = "application/json"

// encodeJSON is v as JSON.
func encodeJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // our own structs have nothing that JSON has not
	}
	return append(b, '\n')
}

// addressed is an answer about something new that has an address.
type addressed interface{ address() string }

// writeJSON writes an answer.
func writeJSON(w http.ResponseWriter, out any) error {
	if out == (none{}) {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	w.Header().Set("Content-Type", jsonType)
	body := encodeJSON(out)
	if made, ok := out.(addressed); ok {
		w.Header().Set("Location", made.address())
		w.WriteHeader(http.StatusCreated)
	}
	_, _ = w.Write(body) // a reader who has gone away needs no answer
	return nil
}

// readJSON reads the body of a request. Without one, in stays as it is.
func readJSON(r *http.Request, in any) error {
	body, err := io.ReadAll(r.Body)
	if err != nil || len(body) == 0 {
		return err
	}
	if form, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); form != jsonType {
		return &programError{status: http.StatusUnsupportedMediaType, message: "The Content-Type of the body must be " + jsonType + "."}
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(in); err != nil {
		return explainJSON(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return invalidField("", "The body has more than one JSON value.")
	}
	return nil
}

func explainJSON(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return invalidField(wrong.Field, fmt.Sprintf("This cannot be a %s.", wrong.Value))
	}
	if at, ok := errors.AsType[*time.ParseError](err); ok {
		return invalidField("", "The time "+at.Value+" is not as RFC 3339 has it: 2026-03-01T12:00:00Z.")
	}
	// https://go.dev/issue/29035: the error for an unknown field has no type of its own.
	if quoted, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		name, _ := strconv.Unquote(quoted)
		return invalidField(name, "There is no such field here.")
	}
	return invalidField("", "The body is not JSON: "+err.Error()+".")
}

// A parameter is one value of a query.
type parameter struct {
	name  string
	form  string   // "" for text, or integer, boolean, date-time
	words []string // all values it may have; nil for any
}

// The forms of parameters.
func textParam(name string) parameter   { return parameter{name: name} }
func numberParam(name string) parameter { return parameter{name: name, form: "integer"} }
func timeParam(name string) parameter   { return parameter{name: name, form: "date-time"} }
func truthParam(name string) parameter  { return parameter{name: name, form: "boolean"} }

// pageParams are those of every long list.
func pageParams() []parameter { return []parameter{textParam("after"), numberParam("limit")} }

// searchParams are those of a long list that can be searched, and more.
func searchParams(more ...parameter) []parameter {
	return slices.Concat([]parameter{textParam("q")}, pageParams(), more)
}

// sortParam takes one of columns, or one with "-" before it for the other way round.
func sortParam(columns ...string) parameter {
	p := parameter{name: "sort"}
	for _, c := range columns {
		p.words = append(p.words, c, "-"+c)
	}
	return p
}

// checkQuery tells what is wrong with the query of a request, or nil. A name that is not known is an error: it may have
// been meant to narrow what is asked for.
func checkQuery(r *http.Request, known []parameter) error {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return invalidField("", "The query of the address is not well formed.")
	}
	for name, values := range query {
		at := slices.IndexFunc(known, func(p parameter) bool { return p.name == name })
		switch {
		case at < 0:
			return invalidField(name, "There is no such parameter here.")
		case len(values) > 1:
			return invalidField(name, "This is there twice.")
		}
		if err := known[at].check(values[0]); err != nil {
			return err
		}
	}
	return nil
}

func (p parameter) check(value string) error {
	var err error
	switch p.form {
	case "integer":
		_, err = strconv.ParseUint(value, 10, 63)
	case "boolean":
		if value != "true" && value != "false" {
			err = access.ErrInvalid
		}
	case "date-time":
		_, err = time.Parse(time.RFC3339, value)
	}
	switch {
	case err != nil:
		return invalidField(p.name, "This must be of the form "+p.form+".")
	case p.words != nil && !slices.Contains(p.words, value):
		return invalidField(p.name, "This must be one of "+strings.Join(p.words, ", ")+".")
	}
	return nil
}

// queryNumber is a whole number of a query, which checkQuery has read, or 0.
func queryNumber(r *http.Request, name string) int64 {
	n, _ := strconv.ParseInt(r.URL.Query().Get(name), 10, 64)
	return n
}

// pathNumber is the number in the path of a request, or 0, which is nobody's and nothing's.
func pathNumber(r *http.Request, name string) int64 {
	n, _ := strconv.ParseInt(r.PathValue(name), 10, 64)
	return n
}

// A listJSON is a part of a list.
type listJSON[T any] struct {
	Items []T    `json:"items"`
	Total int    `json:"total" doc:"How many there are in all."`
	Next  string `json:"next,omitzero" doc:"To be given as after for the next part. Not there at the end."`
}

// usualItems is how many items a part of a list has unless another limit is asked for.
const usualItems = 100

// askedPart is the part of a list that a request asks for.
func askedPart(r *http.Request) (store.Query, error) {
	values := r.URL.Query()
	q := store.Query{Text: values.Get("q"), Limit: usualItems}
	q.Sort, q.Desc = strings.CutPrefix(values.Get("sort"), "-")
	if n := queryNumber(r, "limit"); n > 0 {
		q.Limit = int(min(n, store.MaxList))
	}
	var err error
	if after := values.Get("after"); after != "" {
		if q.Offset, err = strconv.Atoi(after); err != nil || q.Offset < 0 {
			return q, invalidField("after", "This is none of those that a list has given as next.")
		}
	}
	return q, nil
}

// jsonList is the part of a list that q asks for: rows of total, as item has them.
func jsonList[Row, T any](q store.Query, rows []Row, total int, item func(Row) T) listJSON[T] {
	out := listJSON[T]{Items: jsonEach(rows, item), Total: total}
	if end := q.Offset + len(rows); len(rows) > 0 && end < total {
		out.Next = strconv.Itoa(end)
	}
	return out
}

// jsonPart is jsonList where all rows are there.
func jsonPart[Row, T any](q store.Query, all []Row, item func(Row) T) listJSON[T] {
	from := min(q.Offset, len(all))
	return jsonList(q, all[from:min(from+q.Limit, len(all))], len(all), item)
}

// jsonWhole is a list that has no parts.
func jsonWhole[Row, T any](rows []Row, item func(Row) T) listJSON[T] {
	return listJSON[T]{Items: jsonEach(rows, item), Total: len(rows)}
}

// jsonEach never returns nil, which JSON writes as null.
func jsonEach[Row, T any](rows []Row, item func(Row) T) []T {
	out := make([]T, 0, len(rows))
	for _, row := range rows {
		out = append(out, item(row))
	}
	return out
}
