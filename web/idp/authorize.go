package idp

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

//go:embed page.html
var pageText string

// A grant is what a code stands for.
type grant struct {
	person    Person
	challenge string
	nonce     string
	scopes    []string
}

// A question is what a client asks of the authorization endpoint.
type question struct{ url.Values }

// remembered are the parameters that the page carries from the question to the choice.
func remembered() []string {
	return []string{"client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "code_challenge", "code_challenge_method"}
}

// foreign tells why no answer may be sent anywhere, or is "".
func (p *provider) foreign(q question) string {
	switch {
	case q.Get("client_id") != p.ClientID:
		return "An application that is not known here has asked to sign you in."
	case q.Get("redirect_uri") != p.RedirectURL:
		return "The application wants the answer sent to an address that is not its own."
	}
	return ""
}

// faulty tells what to answer the client, or is "": https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1.
func (q question) faulty() string {
	challenge := regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)
	switch {
	case q.Get("response_type") != "code":
		return "unsupported_response_type"
	case !slices.Contains(strings.Fields(q.Get("scope")), "openid"):
		return "invalid_scope"
	case q.Get("code_challenge_method") != "S256" || !challenge.MatchString(q.Get("code_challenge")):
		return "invalid_request"
	}
	for _, name := range remembered() {
		if len(q.Values[name]) > 1 {
			return "invalid_request"
		}
	}
	return ""
}

// authorize shows the page.
func (p *provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := question{r.URL.Query()}
	if !p.settled(w, r, q) {
		p.page(w, http.StatusOK, q, "")
	}
}

// choose takes the choice and sends the browser back with a code.
func (p *provider) choose(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		p.page(w, http.StatusBadRequest, question{}, "The form could not be read.")
		return
	}
	q := question{r.PostForm}
	if p.settled(w, r, q) {
		return
	}
	who, ok := p.person(q.Get("person"))
	if !ok {
		p.page(w, http.StatusBadRequest, q, "Nobody here has that name.")
		return
	}
	code, ok := p.codes.put(p.Now(), codeTime, grant{
		person: who, challenge: q.Get("code_challenge"), nonce: q.Get("nonce"), scopes: strings.Fields(q.Get("scope")),
	})
	if !ok {
		p.page(w, http.StatusServiceUnavailable, q, "Too many are signing in. Try again in a minute.")
		return
	}
	p.back(w, r, q, "code", code)
}

// settled answers a question that is not in order, and reports whether it was.
func (p *provider) settled(w http.ResponseWriter, r *http.Request, q question) bool {
	if problem := p.foreign(q); problem != "" {
		p.page(w, http.StatusBadRequest, q, problem)
		return true
	}
	if fault := q.faulty(); fault != "" {
		p.back(w, r, q, "error", fault)
		return true
	}
	return false
}

// back sends the browser to the callback with one parameter besides state and issuer.
func (p *provider) back(w http.ResponseWriter, r *http.Request, q question, name, value string) {
	answer := url.Values{name: {value}, "iss": {p.Issuer}}
	if state := q.Get("state"); state != "" {
		answer.Set("state", state)
	}
	http.Redirect(w, r, p.RedirectURL+"?"+answer.Encode(), http.StatusSeeOther)
}

type field struct{ Name, Value string }

func (p *provider) page(w http.ResponseWriter, status int, q question, problem string) {
	model := struct {
		Problem, Action string
		Fields          []field
		People          []Person
	}{problem, p.Issuer + "/authorize", nil, p.People}
	for _, name := range remembered() {
		if v := q.Get(name); v != "" {
			model.Fields = append(model.Fields, field{name, v})
		}
	}
	page, err := template.New("page").Parse(pageText)
	var b bytes.Buffer
	if err == nil {
		err = page.Execute(&b, model)
	}
	if err != nil {
		http.Error(w, "The page cannot be written.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Security-Policy", p.policy())
	w.Header().Set("X-Frame-Options", "DENY")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // The browser may have left.
}

// policy allows the page its own style and nothing else. Chromium applies form-action to every
// redirect that follows, and signing in may lead on to the viewer, on another port.
func (p *provider) policy() string {
	_, rest, _ := strings.Cut(pageText, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	callback, _ := url.Parse(p.RedirectURL) // New has parsed it.
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; form-action 'self' http://" + callback.Hostname() + ":*; base-uri 'none'; frame-ancestors 'none'"
}
