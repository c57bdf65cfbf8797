package handlers_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// A contract is the document of the API as a library has read it that knows nothing of how it was made.
type contract struct {
	doc    *openapi3.T
	routes *http.ServeMux // finds what the document says of a request
}

func newContract(t *testing.T) *contract {
	t.Helper()
	c := &contract{routes: http.NewServeMux()}
	var err error
	if c.doc, err = openapi3.NewLoader().LoadFromFile(documentFile); err != nil {
		t.Fatal(err)
	}
	if err := c.doc.Validate(t.Context()); err != nil {
		t.Fatalf("the document is not OpenAPI %s: %v", c.doc.OpenAPI, err)
	}
	for path, item := range c.doc.Paths.Map() {
		for method := range item.Operations() {
			c.routes.Handle(method+" /api/v1"+path, http.NotFoundHandler())
		}
	}
	return c
}

// check holds an exchange against the document, the request too if it was answered well. It returns the operation.
func (c *contract) check(t *testing.T, req *http.Request, body string, a answer) string {
	t.Helper()
	_, pattern := c.routes.Handler(req)
	if pattern == "" {
		return ""
	}
	method, path, _ := strings.Cut(pattern, " /api/v1")
	item := c.doc.Paths.Find(path)
	req = req.Clone(t.Context())
	req.Body = io.NopCloser(strings.NewReader(body))
	in := &openapi3filter.RequestValidationInput{
		Request: req, PathParams: pathValues(req, pattern), QueryParams: req.URL.Query(),
		Route:   &routers.Route{Spec: c.doc, Path: path, PathItem: item, Method: method, Operation: item.GetOperation(method)},
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true},
	}
	if a.code < 400 {
		if err := openapi3filter.ValidateRequest(t.Context(), in); err != nil {
			t.Errorf("%s %s: the document does not allow what was asked: %v", req.Method, req.URL, err)
		}
	}
	in.Options.ExcludeResponseBody = a.code < 400 && a.header.Get("Content-Type") != "application/json" // exports, and none
	err := openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: a.code, Header: a.header, Body: io.NopCloser(bytes.NewReader([]byte(a.body))), Options: in.Options,
	})
	if err != nil {
		t.Errorf("%s %s: the document does not have what was answered: %v\n%s", req.Method, req.URL, err, a.body)
	}
	return pattern
}

// pathValues are the values that a request has in the places of a pattern.
func pathValues(req *http.Request, pattern string) map[string]string {
	out := map[string]string{}
	mux := http.NewServeMux()
	mux.HandleFunc(pattern, func(_ http.ResponseWriter, r *http.Request) {
		for _, name := range inPath.FindAllStringSubmatch(pattern, -1) {
			out[name[1]] = r.PathValue(name[1])
		}
	})
	mux.ServeHTTP(httptest.NewRecorder(), req)
	return out
}
