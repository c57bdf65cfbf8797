package handlers

import (
	"bytes"
	_ "embed"
	"errors"
	"io/fs"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"ngportal/access"
	"ngportal/store"
)

// apiPath is what the addresses for programs begin with.
const apiPath = "/api/v1/"

// An operation is what programs can do by one route. The document at openapi.json tells of each.
type operation struct {
	route
	summary string
	query   []parameter
	in, out reflect.Type // the bodies of the request and of the good answer
}

// none is the body that a request or an answer does not have.
type none struct{}

// call makes an operation of f, which is given the body of a request and returns that of its answer.
func call[In, Out any](pattern, summary string, scope access.Scope, f func(*http.Request, In) (Out, error), query ...parameter) operation {
	method, path, _ := strings.Cut(pattern, " ")
	o := operation{summary: summary, query: query, in: reflect.TypeFor[In](), out: reflect.TypeFor[Out]()}
	o.route = route{method + " " + apiPath + path, nil, programs, scope}
	o.handler = func(w http.ResponseWriter, r *http.Request) error {
		if err := checkQuery(r, query); err != nil {
			return err
		}
		var in In
		if err := readJSON(r, &in); err != nil {
			return err
		}
		out, err := f(r, in)
		if err != nil {
			return err
		}
		return writeJSON(w, out)
	}
	return o
}

// operations are all that programs can do: all that the pages do.
func (s *site) operations() []operation {
	return slices.Concat(s.meOperations(), s.dataOperations(), s.sharingOperations(), s.requestOperations(), s.peopleOperations(),
		s.groupOperations(), s.datasetOperations(), s.termsOperations(), s.auditOperations())
}

// apiRoutes are the operations, the document of them, and an answer in JSON for what is none of them.
func (s *site) apiRoutes() []route {
	out := []route{{"GET " + apiPath + "openapi.json", s.openAPI, programs, 0}}
	known := http.NewServeMux()
	for _, o := range s.operations() {
		out = append(out, o.route)
		known.Handle(o.pattern, http.NotFoundHandler())
	}
	known.Handle(out[0].pattern, http.NotFoundHandler())
	for _, method := range apiMethods() {
		out = append(out, route{method + " " + apiPath, noOperation(known), programs, 0})
	}
	return out
}

// apiMethods are those that some route may have.
func apiMethods() []string {
	return []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}
}

// noOperation answers for an address that is not known, or not by this method.
func noOperation(known *http.ServeMux) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		var allowed []string
		for _, method := range apiMethods() {
			asked := *r
			asked.Method = method
			if _, pattern := known.Handler(&asked); pattern != "" {
				allowed = append(allowed, method)
			}
		}
		if len(allowed) == 0 {
			return &programError{status: http.StatusNotFound, message: "There is no such address here. " + apiPath + "openapi.json has all."}
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		return &programError{
			status:  http.StatusMethodNotAllowed,
			message: "This address does not take " + r.Method + ". It takes " + strings.Join(allowed, " and ") + ".",
		}
	}
}

//go:embed openapi.json
var openAPIDocument []byte

// openAPI is the document of the operations.
func (s *site) openAPI(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", jsonType)
	_, _ = w.Write(bytes.ReplaceAll(openAPIDocument, []byte(documentedURL), []byte(s.PortalURL))) // a reader who has gone away needs no answer
	return nil
}

// documentedURL is where the portal is in the document, before it is served.
const documentedURL = "https://portal.example.org"

// token returns the token that a request brings.
func (s *site) token(r *http.Request) (store.Token, error) {
	scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	secret = strings.TrimSpace(secret)
	switch {
	case !strings.EqualFold(scheme, "Bearer") && !strings.EqualFold(scheme, "token"), len(r.Header.Values("Authorization")) > 1:
		return store.Token{}, s.challenge(http.StatusBadRequest, "invalid_request", "The header Authorization must be Bearer and a token.")
	case secret == "":
		return store.Token{}, s.challenge(http.StatusUnauthorized, "", "The header Authorization has no token.")
	}
	t, err := s.Store.UseToken(r.Context(), secret, s.Now(), s.address(r))
	if errors.Is(err, fs.ErrNotExist) {
		return t, s.challenge(http.StatusUnauthorized, "invalid_token", "The token is not known here, has ended or was revoked.")
	}
	return t, err
}

// challenge is an error about the credential of a request, in the form of RFC 6750, section 3. Some clients read it by
// splitting at commas: its texts have none.
func (s *site) challenge(status int, code, message string) *programError {
	text := `Bearer realm="` + s.PortalURL + `"`
	if code != "" {
		text += `, error="` + code + `", error_description="` + strings.TrimSuffix(strings.ReplaceAll(message, ",", ""), ".") + `"`
	}
	return &programError{status: status, message: message, challenge: text}
}

// admitted tells why whoever sends r may not use a route for programs at all, or nil.
func (s *site) admitted(o route, r *http.Request) error {
	v := visitOf(r)
	switch has := v.rights.Scope(); {
	case o.scope == access.NoScope:
		return nil
	case v.err != nil:
		return v.err
	case !v.rights.Person().SignedIn():
		return s.challenge(http.StatusUnauthorized, "", "This needs a token in the header Authorization, or a browser that has signed in.")
	case has < o.scope:
		return s.challenge(http.StatusForbidden, "insufficient_scope",
			"This needs a credential of the scope "+o.scope.String()+", and this one has the scope "+has.String()+".")
	}
	return nil
}

// answerProgram makes JSON of what a route's handler answers.
func (s *site) answerProgram(o route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rec := recorderOf(w); rec != nil {
			rec.pattern = r.Pattern
		}
		err := s.admitted(o, r)
		if err == nil {
			err = o.handler(w, r)
		}
		if err != nil {
			visitOf(r).cause = err
			s.failProgram(w, r, err)
		}
	})
}
