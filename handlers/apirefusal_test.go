package handlers_test

import (
	"strings"
	"testing"

	"ngportal/access"
	"ngportal/handlers"
)

// refuseAll asks for each operation in the ways in which none may be answered well. filled fills in the places of paths.
func refuseAll(t *testing.T, l *labs, filled func(string) string) {
	t.Helper()
	l.people["eve"], l.people["ada"] = l.signIn("eve@example.org"), l.signIn("ada@example.org")
	places := strings.NewReplacer("{dataset}", "hidden", "{person}", "{ben}", "{location}", "place-hidden", "{permission}", "view", "{email}", "x@example.org")
	eve, ada := l.token("eve", access.ScopeAdmin), l.token("ada", access.ScopeAdmin)
	less := map[string]credential{"share": l.token("ada", access.ScopeRead), "admin": l.token("ada", access.ScopeShare)}
	for _, o := range handlers.Operations() {
		line := filled(places.Replace(strings.Replace(o.Pattern, "/api/v1/", "", 1)))
		body := ""
		if o.In != nil {
			body = "{}"
		}
		expect := func(what string, a answer, code int, has string) {
			t.Helper()
			if a.code != code || !strings.Contains(a.body, has) {
				t.Errorf("%s, %s: %d %s, want %d and %s", o.Pattern, what, a.code, a.body, code, has)
			}
		}
		expect("nobody", l.ask(t, credential{}, line, body), 401, `"code":"unauthorized"`)
		expect("a token in the query", l.ask(t, credential{}, line+"?token="+strings.TrimPrefix(ada.header, "Bearer "), body), 401, `"code":"unauthorized"`)
		expect("an unknown parameter", l.ask(t, ada, line+"?nonsense=1", body), 400, `"field":"nonsense"`)
		if with, ok := less[o.Scope]; ok {
			a := l.ask(t, with, line, body)
			expect("too small a scope", a, 403, `"code":"forbidden"`)
			if got := a.header.Get("WWW-Authenticate"); !strings.Contains(got, `error="insufficient_scope"`) {
				t.Errorf("%s: WWW-Authenticate = %q", o.Pattern, got)
			}
		}
		if o.In != nil {
			expect("an unknown field", l.ask(t, ada, line, `{"nonsense":1}`), 400, `"field":"nonsense"`)
			expect("a body that is no object", l.ask(t, ada, line, `[]`), 400, `"code":"invalid"`)
			expect("two bodies", l.ask(t, ada, line, `{} {}`), 400, `"code":"invalid"`)
			expect("a form", l.ask(t, ada, line, "a=b", "Content-Type", "application/x-www-form-urlencoded"), 415, `"code":"invalid"`)
		}
		if !strings.Contains(o.Pattern, "/v1/me") && o.Scope == "admin" {
			code, word := 403, `"code":"forbidden"`
			if strings.Contains(o.Pattern, "{dataset}") || strings.HasSuffix(o.Pattern, "/accept") { // of terms that are not theirs to know
				code, word = 404, `"code":"not_found"`
			}
			a := l.ask(t, eve, line, body)
			expect("somebody who administers nothing", a, code, word)
			if strings.Contains(a.body, "place-") || strings.Contains(a.body, "lab") {
				t.Errorf("%s tells of what is hidden: %s", o.Pattern, a.body)
			}
		}
	}
}
