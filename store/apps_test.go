package store_test

import (
	"fmt"
	"testing"

	"ngportal/access"
	"ngportal/store"
)

func TestApps(t *testing.T) {
	l := newLab(t)
	ada := l.as(l.ada)
	add := func(origin, name string) func() error {
		return func() error { return l.AddApp(t.Context(), ada, origin, name) }
	}
	want := store.Entry{Event: store.AppChanged, Object: "app https://ng.example.org:8443"}
	want.After = `{"origin":"https://ng.example.org:8443","name":"Viewer"}`
	l.tells("an app", ada, false, want, add(" https://ng.example.org:8443 ", " Viewer "))
	for _, good := range []string{
		"https://spelunker.cave-explorer.org", "https://xn--bcher-kva.example", "http://localhost:8080", "http://127.0.0.1", "http://[::1]:3000", "https://[2001:db8::1]",
	} {
		l.must(add(good, "an app at "+good)())
	}
	got, err := l.Apps(t.Context())
	if err != nil || len(got) != 7 || got[0].Origin != "http://127.0.0.1" || got[6] != (store.App{Origin: "https://ng.example.org:8443", Name: "Viewer", Created: noon}) {
		t.Errorf("Apps = %+v, %v", got, err)
	}
	l.refuses("adding an app", map[string]access.Person{"a manager": l.dan, "who has admin": l.fay, "Eve": l.eve, "nobody": nobody}, func(by access.Rights) error {
		return l.AddApp(t.Context(), by, "https://x.example.org", "x")
	})
	l.refuses("removing an app", map[string]access.Person{"a manager": l.dan, "nobody": nobody}, func(by access.Rights) error {
		return l.RemoveApp(t.Context(), by, "https://ng.example.org:8443")
	})
	remove := func() error { return l.RemoveApp(t.Context(), ada, "https://ng.example.org:8443") }
	want.Before, want.After = want.After, ""
	l.tells("removing it", ada, false, want, remove)
	wantAbsent(t, l.Store, "removing it again", remove)
}

func TestAddAppFindsFault(t *testing.T) {
	l := newLab(t)
	add := func(origin, name string) func() error {
		return func() error { return l.AddApp(t.Context(), l.as(l.ada), origin, name) }
	}
	l.must(add("https://ng.example.org", "Viewer")())
	wantFault(t, l.Store, "the same again", "origin", "This origin is trusted already, as “Viewer”.", add("https://ng.example.org", "Other"))
	for name, says := range badNames {
		wantFault(t, l.Store, fmt.Sprintf("an app %.20q", name), "name", says, add("https://x.example.org", name))
	}
	origins := map[string]string{
		"":                               "https:// and a host",
		"ng.example.org":                 "https:// and a host",
		"https://":                       "https:// and a host",
		"https://ng.example.org/":        "nothing after it",
		"https://ng.example.org/a":       "nothing after it",
		"https://ng.example.org?a":       "nothing after it",
		"https://ng.example.org#a":       "nothing after it",
		"https://ada@ng.example.org":     "https:// and a host",
		"HTTPS://ng.example.org":         "https:// and a host",
		"https://NG.example.org":         "small letters",
		"https://bücher.example":         "xn--",
		"https://*.example.org":          "as browsers do",
		"https://a_b.example.org":        "as browsers do",
		"https://[2001:DB8::1]":          "small letters",
		"https://[2001:db8:0::1]":        "as browsers do",
		"https://ng.example.org:443":     "Leave out the port 443",
		"http://localhost:80":            "Leave out the port 80",
		"https://ng.example.org:":        "colon",
		"http://ng.example.org":          "http:// on this machine",
		"http://10.0.0.1":                "http:// on this machine",
		"http://localhost.example.org":   "http:// on this machine",
		"ftp://localhost":                "https://, or http://",
		"null":                           "https:// and a host",
		"https://a.example https://b.ex": "https:// and a host",
		"javascript:alert(1)":            "https:// and a host",
	}
	for origin, says := range origins {
		wantFault(t, l.Store, fmt.Sprintf("the origin %q", origin), "origin", says, add(origin, "x"))
	}
}
