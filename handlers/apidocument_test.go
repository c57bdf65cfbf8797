package handlers_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"ngportal/handlers"
)

var update = flag.Bool("update", false, "write openapi.json anew")

// documentFile is found before the S3 server of the tests has gone to its own directory.
var documentFile, _ = filepath.Abs("openapi.json")

// TestAPIDocument holds openapi.json against the routes and the types that they read and write. What has changed in the
// one must be seen in the other: go test ./handlers -run TestAPIDocument -update
func TestAPIDocument(t *testing.T) {
	want := document()
	if *update {
		if err := os.WriteFile(documentFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(documentFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("openapi.json is not what the operations are. See what has changed: go test ./handlers -run TestAPIDocument -update; git diff")
	}
}

// TestAPIDocumentHasEveryRoute reads the document by itself, whoever has made it.
func TestAPIDocumentHasEveryRoute(t *testing.T) {
	data, err := os.ReadFile(documentFile)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct{ Paths map[string]map[string]any }
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	var got []string
	for path, methods := range doc.Paths {
		for method := range methods {
			got = append(got, strings.ToUpper(method)+" /api/v1"+path)
		}
	}
	want := handlers.APIRoutes()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the document has\n%q\nand the portal\n%q", got, want)
	}
	if len(want) < 80 {
		t.Errorf("there are only %d routes", len(want))
	}
}

type object map[string]any

// document is OpenAPI's document of the operations.
func document() []byte {
	w := writer{schemas: object{}, errors: object{
		"default": object{"description": "An error.", "content": jsonContent(schemaRef("Failure"))},
	}}
	w.schemas["Failure"] = failureSchema()
	paths := object{"/openapi.json": object{"get": object{
		"operationId": "getOpenapi", "summary": "This document", "tags": []string{"openapi"}, "security": []any{},
		"responses": object{"200": object{"description": "Done.", "content": jsonContent(object{"type": "object"})}},
	}}}
	for _, o := range handlers.Operations() {
		method, path, _ := strings.Cut(o.Pattern, " /api/v1")
		at, ok := paths[path].(object)
		if !ok {
			at = object{}
			paths[path] = at
		}
		at[strings.ToLower(method)] = w.operation(o, method, path)
	}
	doc := object{
		"openapi": "3.1.0",
		"info": object{
			"title": "ngportal", "version": "1",
			"description": "Everything that the pages of the portal do, for programs. Tokens are made in the settings; see docs/api.md.",
		},
		"servers":  []any{object{"url": "https://portal.example.org/api/v1"}},
		"security": []any{object{"token": []any{}}, object{"session": []any{}}},
		"paths":    paths,
		"components": object{"schemas": w.schemas, "securitySchemes": object{
			"token":   object{"type": "http", "scheme": "bearer", "description": "32 hexadecimal digits. The word token will do for Bearer."},
			"session": object{"type": "apiKey", "in": "cookie", "name": "__Host-sid", "description": "A browser's, for requests from the portal's own pages."},
		}},
	}
	out, err := json.MarshalIndent(doc, "", " ")
	if err != nil {
		panic(err) // nothing in it but text
	}
	return append(out, '\n')
}

// failureSchema is written by hand: it is the answer that no operation names.
func failureSchema() object {
	return object{
		"type": "object", "additionalProperties": false, "required": []string{"error"},
		"properties": object{"error": object{
			"type": "object", "additionalProperties": false, "required": []string{"code", "message", "request"},
			"properties": object{
				"code": object{"type": "string", "enum": []string{
					"invalid", "unauthorized", "forbidden", "terms_required", "not_found", "method_not_allowed", "conflict", "too_large", "unavailable", "internal",
				}},
				"message":    object{"type": "string", "description": "A sentence or two for people."},
				"field":      object{"type": "string", "description": "The field or parameter that the error is about."},
				"request":    object{"type": "string", "description": "Names the request in the portal's log."},
				"terms":      object{"type": "integer", "description": "Of terms_required: the terms to accept first."},
				"version":    object{"type": "integer", "description": "Of terms_required: the version to accept."},
				"accept_url": object{"type": "string", "description": "Of terms_required: the page on which a person reads and accepts them."},
				"accept_api": object{"type": "string", "description": "Of terms_required: where a program of theirs accepts them, by POST with the version."},
			},
		}},
	}
}

// A writer collects the schemas of the types that it meets.
type writer struct{ schemas, errors object }

var inPath = regexp.MustCompile(`\{(\w+)\}`)

func (w writer) operation(o handlers.Operation, method, path string) object {
	name := strings.ToLower(method)
	for _, word := range strings.FieldsFunc(path, func(r rune) bool { return strings.ContainsRune("/{}", r) }) {
		name += strings.ToUpper(word[:1]) + word[1:]
	}
	good := object{"description": "Done."}
	if o.Out != nil {
		good["content"] = jsonContent(w.schema(o.Out))
	}
	if o.Status == 201 {
		good["headers"] = object{"Location": object{"description": "The address of what has been made.", "schema": object{"type": "string"}}}
	}
	if path == "/audit" {
		content, _ := good["content"].(object)
		content["text/csv"], content["application/jsonl"] = object{}, object{}
	}
	out := object{
		"operationId": name, "summary": o.Summary, "tags": []string{strings.Split(path, "/")[1]}, "x-scope": o.Scope,
		"responses": object{map[int]string{200: "200", 201: "201", 204: "204"}[o.Status]: good, "default": w.errors["default"]},
	}
	var parameters []any
	for _, p := range inPath.FindAllStringSubmatch(path, -1) {
		parameters = append(parameters, object{"name": p[1], "in": "path", "required": true, "schema": pathSchema(p[1])})
	}
	for _, p := range o.Query {
		parameters = append(parameters, object{"name": p.Name, "in": "query", "schema": querySchema(p), "description": parameterText(p.Name)})
	}
	if parameters != nil {
		out["parameters"] = parameters
	}
	if o.In != nil {
		_, needed := w.fields(o.In)["required"] // else no body is as good as {}
		out["requestBody"] = object{"required": needed, "content": jsonContent(w.schema(o.In))}
	}
	return out
}

func jsonContent(schema object) object { return object{"application/json": object{"schema": schema}} }

func schemaRef(name string) object { return object{"$ref": "#/components/schemas/" + name} }

func pathSchema(name string) object {
	if slices.Contains([]string{"dataset", "location", "permission", "email", "slug", "session"}, name) {
		return object{"type": "string"}
	}
	return object{"type": "integer"}
}

func querySchema(p handlers.Parameter) object {
	switch {
	case p.Words != nil:
		return object{"type": "string", "enum": p.Words}
	case p.Form == "date-time":
		return object{"type": "string", "format": p.Form}
	case p.Form != "":
		return object{"type": p.Form}
	}
	return object{"type": "string"}
}

// parameterText is what a parameter means wherever it is.
func parameterText(name string) string {
	return map[string]string{
		"after":    "The next of the part before.",
		"limit":    "How many items at most. 100 unless it is there, and never more than 500.",
		"q":        "To be found in names, whatever the case.",
		"sort":     "With - before it the other way round.",
		"managed":  "Those that you administer; for administrators of the portal also those that are retired.",
		"path":     "Inside the location. That of a folder ends in a slash.",
		"location": "Needed where the dataset has several.",
		"from":     "At this time or later.",
		"to":       "Before this time.",
		"person":   "The id of who did it, or to whom it was done.",
		"dataset":  "Its name.",
		"event":    "The kind of what has happened.",
		"version":  "The newest unless it is there.",
		"state":    "How far they have come.",
		"issuer":   "Of the identity.",
		"subject":  "Of the identity.",
		"origin":   "Of the viewer.",
	}[name]
}

// schema is that of a type as encoding/json writes it.
func (w writer) schema(t reflect.Type) object {
	switch t {
	case reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case reflect.TypeFor[json.RawMessage]():
		return object{}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return w.schema(t.Elem())
	case reflect.Slice:
		return object{"type": "array", "items": w.schema(t.Elem())}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return object{"type": "integer"}
	case reflect.Float64: // null is for what JSON cannot write
		return object{"type": []string{"number", "null"}}
	case reflect.Struct:
		return w.structure(t)
	default:
		panic("no schema for " + t.String())
	}
}

// structure is the schema of a struct. Those with a name are kept once.
func (w writer) structure(t reflect.Type) object {
	name := strings.TrimSuffix(t.Name(), "JSON")
	if strings.Contains(name, "[") { // a list is told of where it is
		return w.fields(t)
	}
	name = strings.ToUpper(name[:1]) + name[1:]
	if _, known := w.schemas[name]; !known {
		w.schemas[name] = nil
		w.schemas[name] = w.fields(t)
	}
	return schemaRef(name)
}

func (w writer) fields(t reflect.Type) object {
	properties, required := object{}, []string{}
	for _, f := range reflect.VisibleFields(t) {
		name, option, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			continue
		}
		schema := w.schema(f.Type)
		if words := f.Tag.Get("enum"); words != "" {
			schema["enum"] = strings.Fields(words)
		}
		if text := f.Tag.Get("doc"); text != "" {
			schema["description"] = text
		}
		properties[name] = schema
		if option == "" && f.Type.Kind() != reflect.Pointer {
			required = append(required, name)
		}
	}
	out := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		out["required"] = required
	}
	return out
}
