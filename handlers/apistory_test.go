package handlers_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"ngportal/access"
	"ngportal/handlers"
)

// A step is a request to the API and what must come of it. {name} stands for what a step before has kept.
type step struct {
	who  string // a person and the scope of the token, or session
	line string
	body string
	code int
	want []string // that the answer has
	keep string   // name=path of a value of the answer
}

// TestAPIStory uses every operation.
func TestAPIStory(t *testing.T) {
	l := startLabs(t)
	kept := map[string]string{"soon": l.config.Now().AddDate(0, 1, 0).UTC().Format("2006-01-02T15:04:05Z")}
	with := map[string]credential{}
	for name, b := range l.people {
		kept[name] = strconv.FormatInt(b.who.ID, 10)
		with[name+" session"] = l.session(name)
		for _, scope := range []access.Scope{access.ScopeRead, access.ScopeShare, access.ScopeAdmin} {
			with[name+" "+scope.String()] = l.token(name, scope)
		}
	}
	filled := func(text string) string {
		for name, value := range kept {
			text = strings.ReplaceAll(text, "{"+name+"}", value)
		}
		return text
	}
	for i, s := range story() {
		a := l.ask(t, with[s.who], filled(s.line), filled(s.body))
		if a.code != s.code {
			t.Errorf("step %d, %s: %s %s = %d, want %d: %s", i, s.who, s.line, s.body, a.code, s.code, a.body)
		}
		for _, want := range s.want {
			if !strings.Contains(a.body, filled(want)) {
				t.Errorf("step %d, %s: %s %s answers %s, which has no %s", i, s.who, s.line, s.body, a.body, filled(want))
			}
		}
		if name, path, ok := strings.Cut(s.keep, "="); ok {
			kept[name] = value(t, a.body, path)
		}
	}
	refuseAll(t, l, filled)
	for _, o := range handlers.Operations() {
		if n := l.seen[o.Pattern]; n[0] == 0 && !strings.HasSuffix(o.Pattern, "/identities") || n[1] == 0 {
			t.Errorf("%s was answered well %d times and refused %d times", o.Pattern, n[0], n[1])
		}
	}
}

// value is the text or number at a path of names and places in JSON.
func value(t *testing.T, body, path string) string {
	t.Helper()
	var v any
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	for name := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			v = in[name]
		case []any:
			at, err := strconv.Atoi(name)
			if err != nil || at >= len(in) {
				t.Fatalf("%s: there is no %s", body, path)
			}
			v = in[at]
		}
	}
	if v == nil {
		t.Fatalf("%s: there is no %s", body, path)
	}
	return fmt.Sprint(v)
}
