package handlers_test

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/handlers"
)

func TestAPICredentials(t *testing.T) {
	l := startLabs(t)
	good := strings.TrimPrefix(l.token("ben", access.ScopeRead).header, "Bearer ")
	who := l.people["ben"].who
	revoked, revokedSecret, err := l.config.Store.AddToken(t.Context(), l.rights(who), who.ID, "revoked", access.ScopeRead, l.config.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if err = l.config.Store.RevokeToken(t.Context(), l.rights(who), revoked.ID); err != nil {
		t.Fatal(err)
	}
	_, ended, err := l.config.Store.AddToken(t.Context(), l.rights(who), who.ID, "ended", access.ScopeRead, l.config.Now().Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	l.ahead.Store(int64(2 * time.Minute))
	const realm = `Bearer realm="http://localhost"`
	const unknown = realm + `, error="invalid_token", error_description="The token is not known here has ended or was revoked"`
	const malformed = realm + `, error="invalid_request", error_description="The header Authorization must be Bearer and a token"`
	tests := map[string]struct {
		header    string
		code      int
		challenge string
	}{
		"as it is written":         {"Bearer " + good, 200, ""},
		"in other letters":         {"bEARER " + good, 200, ""},
		"the word token":           {"token " + good, 200, ""},
		"the word Token":           {"Token " + good, 200, ""},
		"spaces around it":         {"Bearer  " + good + " ", 200, ""},
		"revoked":                  {"Bearer " + revokedSecret, 401, unknown},
		"ended":                    {"Bearer " + ended, 401, unknown},
		"never made":               {"Bearer 0123456789abcdef0123456789abcdef", 401, unknown},
		"in capital letters":       {"Bearer " + strings.ToUpper(good), 401, unknown},
		"too short":                {"Bearer " + good[1:], 401, unknown},
		"too long":                 {"Bearer " + good + "0", 401, unknown},
		"with a quote":             {`Bearer "` + good + `"`, 401, unknown},
		"no token":                 {"Bearer", 401, realm},
		"no token but a space":     {"Bearer ", 401, realm},
		"another scheme":           {"Basic " + good, 400, malformed},
		"no scheme":                {good, 400, malformed},
		"no header, no session":    {"", 401, realm},
		"a scheme with more to it": {"BearerX " + good, 400, malformed},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := l.ask(t, credential{header: tt.header}, "GET me", "")
			if got := a.header.Get("WWW-Authenticate"); a.code != tt.code || got != tt.challenge {
				t.Errorf("Authorization: %s answers %d %q, want %d %q: %s", tt.header, a.code, got, tt.code, tt.challenge, a.body)
			}
		})
	}
	t.Run("a bad token beside a good session", func(t *testing.T) {
		with := l.session("ben")
		with.header = "Bearer " + revokedSecret
		if a := l.ask(t, with, "GET me", ""); a.code != 401 {
			t.Errorf("it answers %d %s, want 401", a.code, a.body)
		}
	})
	for name, tt := range map[string]struct {
		path    string
		headers []string
		code    int
	}{
		"a token is nothing to a page": {"/links", []string{"Bearer " + good}, 303},
		"two tokens":                   {"/api/v1/me", []string{"Bearer " + good, "Bearer " + good}, 400},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, l.address+tt.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header["Authorization"] = tt.headers
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != tt.code {
			t.Errorf("%s: %d, want %d", name, res.StatusCode, tt.code)
		}
	}
	for _, secret := range []string{good, revokedSecret, ended} {
		if strings.Contains(l.log.String(), secret) {
			t.Errorf("the log has a token: %s", l.log)
		}
	}
	if !strings.Contains(l.log.String(), `"route":"GET /api/v1/me","status":401`) {
		t.Errorf("the log does not tell of a refusal:\n%s", l.log)
	}
}

// TestAPIScopes asks each class of operations with each scope.
func TestAPIScopes(t *testing.T) {
	l := startLabs(t)
	for name, tt := range map[string]struct {
		line, body        string
		read, share, most int
	}{
		"data":           {"GET datasets", "", 200, 200, 200},
		"the tray":       {"GET tray", "", 403, 200, 200},
		"links":          {"GET links", "", 403, 200, 200},
		"requests":       {"GET me/requests", "", 403, 200, 200},
		"tokens":         {"GET me/tokens", "", 403, 403, 200},
		"administration": {"GET people", "", 403, 403, 200},
		"the audit":      {"GET audit", "", 403, 403, 200},
		"a new group":    {"POST groups", `{"name":"New"}`, 403, 403, 201},
	} {
		for scope, want := range map[access.Scope]int{access.ScopeRead: tt.read, access.ScopeShare: tt.share, access.ScopeAdmin: tt.most} {
			if a := l.ask(t, l.token("ada", scope), tt.line, tt.body); a.code != want {
				t.Errorf("%s with the scope %s: %d %s, want %d", name, scope, a.code, a.body, want)
			}
		}
	}
}

// TestAPISecretIsShownOnce follows a new token through the answers, the audit and the log.
func TestAPISecretIsShownOnce(t *testing.T) {
	l := startLabs(t)
	ada := l.session("ada")
	ends := l.config.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	a := l.ask(t, ada, "POST me/tokens", `{"name":"cave","scope":"admin","expires":"`+ends+`"}`)
	secret := value(t, a.body, "secret")
	if len(secret) != 32 || strings.Trim(secret, "0123456789abcdef") != "" {
		t.Errorf("the secret is %q, want 32 small hexadecimal digits", secret)
	}
	if at := a.header.Get("Location"); at != "/api/v1/me/tokens/"+value(t, a.body, "token.id") {
		t.Errorf("Location = %q", at)
	}
	with := credential{header: "token " + secret}
	for _, line := range []string{"GET me", "GET me/tokens", "GET me/sessions", "GET audit", "GET people", "GET people/1/tokens", "GET nonsense"} {
		if got := l.ask(t, with, line, ""); strings.Contains(got.body, secret) {
			t.Errorf("%s shows the secret again: %s", line, got.body)
		}
	}
	if strings.Contains(l.log.String(), secret) {
		t.Errorf("the log has the secret: %s", l.log)
	}
	for _, c := range ada.cookies {
		if got := l.ask(t, ada, "GET me/sessions", ""); strings.Contains(got.body, c.Value) || strings.Contains(l.log.String(), c.Value) {
			t.Errorf("a cookie is shown: %s", got.body)
		}
	}
}

// TestAPICrossSite is a page of another site that has the browser of somebody who has signed in change things.
func TestAPICrossSite(t *testing.T) {
	l := startLabs(t)
	ada := l.session("ada")
	for name, header := range map[string][2]string{
		"by its origin":       {"Origin", "https://evil.example.com"},
		"by what is fetched":  {"Sec-Fetch-Site", "cross-site"},
		"of a sibling":        {"Sec-Fetch-Site", "same-site"},
		"with an opaque name": {"Origin", "null"},
	} {
		for _, o := range handlers.Operations() {
			line := strings.Replace(o.Pattern, "/api/v1/", "", 1)
			if strings.HasPrefix(line, "GET ") {
				continue
			}
			req, err := http.NewRequestWithContext(t.Context(), strings.Fields(line)[0], l.address+"/api/v1/"+strings.Fields(line)[1], strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set(header[0], header[1])
			req.Header.Set("Content-Type", "application/json")
			for _, c := range ada.cookies {
				req.AddCookie(c)
			}
			res, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != http.StatusForbidden {
				t.Errorf("%s %s: %d, want 403", name, line, res.StatusCode)
			}
		}
	}
	if a := l.ask(t, ada, "GET groups", "", "Origin", l.address); !strings.Contains(a.body, `"name":"Managers"`) || strings.Contains(a.header.Get("Access-Control-Allow-Origin"), "*") {
		t.Errorf("the groups are %s", a.body)
	}
	if a := l.ask(t, ada, "POST groups", `{"name":"Ours"}`, "Sec-Fetch-Site", "same-origin"); a.code != 201 {
		t.Errorf("a page of ours: %d %s, want 201", a.code, a.body)
	}
}

func TestAPIAddressesThatAreNone(t *testing.T) {
	l := startLabs(t)
	ada := l.token("ada", access.ScopeAdmin)
	for name, tt := range map[string]struct {
		with        credential
		line        string
		code        int
		want, allow string
	}{
		"unknown":                        {ada, "GET nonsense", 404, `"code":"not_found"`, ""},
		"unknown, by a change":           {ada, "POST groups/1/nonsense", 404, `"code":"not_found"`, ""},
		"unknown, to nobody":             {credential{}, "GET nonsense", 404, `"code":"not_found"`, ""},
		"nothing":                        {ada, "GET ", 404, `"code":"not_found"`, ""},
		"another method":                 {ada, "DELETE groups", 405, `"code":"method_not_allowed"`, "GET, POST"},
		"another method of something":    {ada, "POST groups/1", 405, "It takes GET and PATCH and DELETE.", "GET, PATCH, DELETE"},
		"another method of the document": {ada, "PUT openapi.json", 405, `"code":"method_not_allowed"`, "GET"},
		"what may be done":               {ada, "OPTIONS me", 405, `"code":"method_not_allowed"`, "GET, PATCH"},
	} {
		t.Run(name, func(t *testing.T) {
			a := l.ask(t, tt.with, tt.line, "")
			if got := a.header.Get("Allow"); a.code != tt.code || !strings.Contains(a.body, tt.want) || got != tt.allow {
				t.Errorf("%s = %d %s, Allow: %s; want %d %s, Allow: %s", tt.line, a.code, a.body, got, tt.code, tt.want, tt.allow)
			}
			if strings.Contains(a.body, "data") || strings.Contains(a.header.Get("Content-Type"), "html") {
				t.Errorf("it answers %s", a.body)
			}
		})
	}
}

func TestAPIBodies(t *testing.T) {
	l := startLabs(t)
	ada := l.token("ada", access.ScopeAdmin)
	for name, tt := range map[string]struct {
		line, body string
		code       int
		want       string
	}{
		"no JSON":             {"POST groups", `{"name":`, 400, `"code":"invalid"`},
		"a number for a text": {"POST groups", `{"name":5}`, 400, `"field":"name","`},
		"a field too many":    {"POST groups", `{"name":"a","id":5}`, 400, `"field":"id","`},
		"a part too many":     {"POST datasets", `{"name":"a","locations":[{"id":"a-id","bucket":"b","prefix":"","owner":1}]}`, 400, `"field":"owner"`},
		"a day for a time":    {"PUT groups/1/members/1", `{"expires":"2026-03-01"}`, 400, "RFC 3339"},
		"too much":            {"POST groups", `{"description":"` + strings.Repeat("x", 9<<20) + `"}`, 413, `"code":"too_large","message":"The body of the request is larger`},
		"a bad query":         {"GET groups?q=%zz", "", 400, `"code":"invalid"`},
		"a value twice":       {"GET groups?q=a&q=b", "", 400, `"field":"q"`},
	} {
		if a := l.ask(t, ada, tt.line, tt.body); a.code != tt.code || !strings.Contains(a.body, tt.want) {
			t.Errorf("%s: %d %s, want %d %s", name, a.code, a.body, tt.code, tt.want)
		}
	}
}

func TestAPIExport(t *testing.T) {
	l := startLabs(t)
	ada := l.token("ada", access.ScopeAdmin)
	if a := l.ask(t, ada, "POST groups", `{"name":"=1+1, \"a\""}`); a.code != 201 {
		t.Fatalf("%d %s", a.code, a.body)
	}
	a := l.ask(t, ada, "GET audit?event=group-made&q=1%2B1", "", "Accept", "application/jsonl")
	lines := strings.Split(strings.TrimSpace(a.body), "\n")
	if len(lines) != 1 || a.header.Get("Content-Type") != "application/jsonl" || value(t, lines[0], "after.name") != `=1+1, "a"` {
		t.Errorf("lines: %s %s", a.header.Get("Content-Type"), a.body)
	}
	if a = l.ask(t, l.token("eve", access.ScopeShare), "POST requests", `{"dataset":"listed","sentence":"=HYPERLINK(1)"}`); a.code != 201 {
		t.Fatalf("%d %s", a.code, a.body)
	}
	if a = l.ask(t, ada, "GET audit?event=access-requested", "", "Accept", "text/csv"); !strings.Contains(a.body, ",'=HYPERLINK(1),") {
		t.Errorf("a spreadsheet takes this for a formula: %s", a.body)
	}
	if a = l.ask(t, ada, "GET audit?event=access-requested", ""); strings.Contains(a.body, `"before"`) || value(t, a.body, "items.0.detail") != "=HYPERLINK(1)" {
		t.Errorf("the audit has %s", a.body)
	}
	a = l.ask(t, ada, "GET audit?event=group-made", "", "Accept", "text/csv;q=0.9, */*")
	rows, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	if err != nil || len(rows) < 3 || rows[0][2] != "event" || rows[1][2] != "group-made" || rows[1][4] != "ada@example.org" {
		t.Errorf("rows: %v %s", err, a.body)
	}
	var after struct{ Name string }
	if err := json.Unmarshal([]byte(rows[1][12]), &after); err != nil || after.Name != `=1+1, "a"` {
		t.Errorf("the newest row is %q", rows[1])
	}
	a = l.ask(t, l.token("eve", access.ScopeAdmin), "GET audit", "", "Accept", "text/csv")
	if a.code != 403 || a.header.Get("Content-Disposition") != "" {
		t.Errorf("somebody who may not: %d %s", a.code, a.body)
	}
	if a = l.ask(t, ada, "GET audit?from=1", "", "Accept", "text/csv"); a.code != 400 {
		t.Errorf("a bad query: %d %s", a.code, a.body)
	}
	if a = l.ask(t, ada, "GET audit?event=nothing", "", "Accept", "text/csv"); a.code != 200 || !strings.HasPrefix(a.body, "id,at,event,") {
		t.Errorf("nothing: %d %s", a.code, a.body)
	}
}

func TestAPIDocumentIsServed(t *testing.T) {
	l := startLabs(t)
	a := l.ask(t, credential{}, "GET openapi.json", "")
	if a.code != 200 || a.header.Get("Content-Type") != "application/json" || value(t, a.body, "openapi") != "3.1.0" {
		t.Errorf("%d %s %.100s", a.code, a.header.Get("Content-Type"), a.body)
	}
	if got := value(t, a.body, "servers.0.url"); got != "http://localhost/api/v1" {
		t.Errorf("the server is %s", got)
	}
}
