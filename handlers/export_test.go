package handlers

import (
	"net/http"
	"reflect"
	"strings"
)

// An Operation is what the document of the API must tell of one.
type Operation struct {
	Pattern, Summary, Scope string
	Query                   []Parameter
	In, Out                 reflect.Type // nil for no body
	Status                  int          // of the good answer
}

// A Parameter is one value of a query.
type Parameter struct {
	Name, Form string
	Words      []string
}

// Operations are those of the API.
func Operations() []Operation {
	body := func(t reflect.Type) reflect.Type {
		if t == reflect.TypeFor[none]() {
			return nil
		}
		return t
	}
	var out []Operation
	for _, o := range newSite(Config{}).operations() {
		one := Operation{
			Pattern: o.pattern, Summary: o.summary, Scope: o.scope.String(), In: body(o.in), Out: body(o.out), Status: http.StatusOK,
		}
		for _, p := range o.query {
			one.Query = append(one.Query, Parameter{p.name, p.form, p.words})
		}
		switch {
		case one.Out == nil:
			one.Status = http.StatusNoContent
		case o.out.Implements(reflect.TypeFor[addressed]()):
			one.Status = http.StatusCreated
		}
		out = append(out, one)
	}
	return out
}

// APIRoutes are the patterns of the portal's routes for programs, but for those that answer what is none of them.
func APIRoutes() []string {
	var out []string
	for _, r := range newSite(Config{}).routes() {
		if r.who == programs && !strings.HasSuffix(r.pattern, " "+apiPath) {
			out = append(out, r.pattern)
		}
	}
	return out
}

// Routes are the patterns of all of the portal's routes.
func Routes() []string {
	var out []string
	for _, r := range newSite(Config{}).routes() {
		out = append(out, r.pattern)
	}
	return out
}
