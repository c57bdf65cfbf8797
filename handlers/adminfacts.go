package handlers

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"ngportal/store"
	"ngportal/views"
)

// facts are what the audit keeps of a thing before or after a change.
type facts map[string]any

// factsOf reads what the audit has kept; what is not JSON is kept as it is under the name "text".
func factsOf(text string) facts {
	f := facts{}
	if text == "" {
		return f
	}
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		return facts{"text": text}
	}
	return f
}

// differences says what has changed: "name: “HiP” → “HiP-CT”"; of what has been made or removed, what it is or was.
func (t *teller) differences(e store.Entry) string {
	before, after := factsOf(e.Before), factsOf(e.After)
	var keys []string
	for key := range before {
		keys = append(keys, key)
	}
	for key := range after {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	var out []string
	for _, key := range slices.Compact(keys) {
		was, is := t.value(key, before[key]), t.value(key, after[key])
		switch {
		case told(e.Event, key), was == is && e.Before != "" && e.After != "":
		case e.Before == "":
			out = append(out, label(key)+": "+views.Name(is))
		case e.After == "":
			out = append(out, label(key)+": "+views.Name(was))
		default:
			out = append(out, label(key)+": "+views.Name(was)+" → "+views.Name(is))
		}
	}
	return strings.Join(out, "; ")
}

// told reports whether a fact is in the sentence already, or nothing to people.
func told(e store.Event, key string) bool {
	switch key {
	case "id", "named", "dataset", "person":
		return true
	case "group":
		return e != store.RequestAnswered
	}
	return false
}

// label is what people call a fact.
func label(key string) string {
	switch key {
	case "admin":
		return "administrator"
	case "expires":
		return "until"
	}
	return key
}

// value writes a fact for people. What is left out of the audit is what it is by itself: no, never, nothing.
func (t *teller) value(key string, v any) string {
	switch v := v.(type) {
	case nil:
		return absent(key)
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case float64:
		return t.number(key, int64(v))
	case string:
		if key == "name" || key == "title" || key == "description" || key == "prefix" {
			return "“" + v + "”"
		}
		return v
	}
	return fmt.Sprint(v)
}

func absent(key string) string {
	switch key {
	case "expires":
		return "without end"
	case "admin", "disabled", "retired", "listed":
		return "no"
	}
	return "none"
}

func (t *teller) number(key string, n int64) string {
	switch {
	case key == "expires":
		return time.UnixMilli(n).UTC().Format(timeForm)
	case key == "owner" || key == "person":
		return t.person(n)
	case key == "group" && n != 0:
		return t.groupNamed(n)
	}
	return fmt.Sprint(n)
}
